"""Where credentials are kept, and how files of the user's are changed."""
