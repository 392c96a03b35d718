"""`aws saml-login`: from argv to an exit status."""
