"""Drive a sign-in: silently, at the terminal, or in a window."""
