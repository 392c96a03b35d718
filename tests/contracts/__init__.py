"""The contracts of our plugs, as test classes that the tests of each implementation inherit."""
