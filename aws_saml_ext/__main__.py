"""`python -m aws_saml_ext`."""

from aws_saml_ext.entry import entry

if __name__ == "__main__":
    entry()
