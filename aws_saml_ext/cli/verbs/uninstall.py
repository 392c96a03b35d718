"""`aws saml-login uninstall`: remove what `install` added."""

from __future__ import annotations

from pathlib import Path

from aws_saml_ext import installer
from aws_saml_ext.cli import leftovers
from aws_saml_ext.cli.completion import completion_files
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options

_PROGRAM_GOES = "AWS_SAML_PROGRAM_GOES"
"""Set by the install scripts, which remove the program next."""


def run(invocation: Invocation, _: Options) -> int:
    """Remove the alias and the profile, byte for byte, and list what stays."""
    completion_files.uninstall(folder=invocation.saml_folder, notify=invocation.prompt.notify)
    goes = bool(invocation.environ.get(_PROGRAM_GOES))
    installer.uninstall(home=Path.home(), notify=invocation.prompt.notify, program_goes=goes)
    for line in leftovers.lines(invocation, program_goes=goes):
        invocation.prompt.notify(line)
    return 0
