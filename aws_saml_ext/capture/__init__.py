"""Plug 1: from the address of an identity provider to the SAMLResponse that it posts."""
