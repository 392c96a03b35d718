"""Lossless, atomic changes of a person's files. Knows nothing of SAML or AWS."""
