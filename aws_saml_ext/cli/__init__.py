"""The command `aws saml-login`: the parser, what the verbs share, and one file for each verb."""
