"""Find a browser, start it, and intercept its POST to AWS."""
