"""Describe a page of an identity provider, and classify what it asks."""
