"""`aws saml-login uninstall`: remove what `install` added."""

from __future__ import annotations

from pathlib import Path

from aws_saml_ext import installer
from aws_saml_ext.cli import leftovers
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options


def run(invocation: Invocation, _: Options) -> int:
    """Remove the alias and the profile, byte for byte, and list what stays."""
    installer.uninstall(home=Path.home(), notify=invocation.prompt.notify)
    for line in leftovers.lines(invocation):
        invocation.prompt.notify(line)
    return 0
