"""`aws saml-login uninstall`: remove what `install` added."""

from __future__ import annotations

from pathlib import Path

from aws_saml_ext import installer
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options


def run(invocation: Invocation, _: Options) -> int:
    """Remove the alias and the profile, byte for byte; the program itself stays."""
    installer.uninstall(home=Path.home(), notify=invocation.prompt.notify)
    return 0
