"""`aws saml-login demo`: an identity provider and an AWS on loopback."""

from __future__ import annotations

from aws_saml_ext import demo
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.prompt import TerminalPrompt


def run(invocation: Invocation) -> int:
    """Start both, say how to sign in at them, and stay until Ctrl-C, which ends it as any other."""
    demo.run(
        TerminalPrompt().notify,  # `--quiet` or not: the addresses are what was asked for
        port_idp=invocation.option("idp_port", 0),
        port_aws=invocation.option("aws_port", 0),
    )
    return 0
