"""`aws saml-login uninstall`: take out what `install` put in."""

from __future__ import annotations

from pathlib import Path

from aws_saml_ext import install
from aws_saml_ext.cli.invocation import Invocation


def run(invocation: Invocation) -> int:
    """Take out the alias and the profile, byte for byte; the program itself stays."""
    install.uninstall(home=Path.home(), tell=invocation.person.tell)
    return 0
