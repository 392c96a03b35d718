"""Checks that explain why a sign-in fails: pure functions from values to findings."""
