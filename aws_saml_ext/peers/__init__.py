"""The settings of other sign-in tools, read from their files, which are never changed."""
