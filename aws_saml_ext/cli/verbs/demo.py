"""`aws saml-login demo`: run an identity provider and an AWS on loopback."""

from __future__ import annotations

from dataclasses import dataclass

from aws_saml_ext import demo
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.progress import LINE
from aws_saml_ext.prompt import TerminalPrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions(Options):
    """The options of `demo`."""

    idp_port: int = 0
    """0 takes a free one."""
    aws_port: int = 0
    """0 takes a free one."""
    throttle: int = 0
    """The first calls of STS that are throttled."""


def run(_: Invocation, options: DemoOptions) -> int:
    """Start both, print how to sign in at them, and stay until Ctrl-C."""
    LINE.show("Starting the identity provider and AWS", is_brief=True)
    demo.run(
        TerminalPrompt(progress=LINE).notify,  # also with `--quiet`: the addresses are the answer
        port_idp=options.idp_port,
        port_aws=options.aws_port,
        throttled=options.throttle,
    )
    return 0
