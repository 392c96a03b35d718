"""Find a browser, start it, and watch for its POST to AWS."""
