"""The settings of a sign-in: where they are written, what they mean, what they come to."""
