"""`aws saml-login install`: the alias, and when asked the profile."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from aws_saml_ext import installer
from aws_saml_ext.cli import keeping, profile_changes
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.errors import UsageError
from aws_saml_ext.files.transaction import Change


def run(invocation: Invocation) -> int:
    """Write the alias, and the profile that `--profile` and the settings beside it describe."""
    installer.install(
        home=Path.home(),
        script=installer.script_path(sys.argv[0]),
        profile=_profile(invocation),
        overwrite=invocation.option("overwrite", False),
        notify=invocation.prompt.notify,
        environ=invocation.environ,
    )
    if invocation.profile_asked_for:
        profile = shlex.quote(invocation.profile)
        invocation.prompt.notify(f"Sign in with: aws saml-login --profile {profile}")
    return 0


def _profile(invocation: Invocation) -> list[Change]:
    """What becomes of the profile; nothing where none was named."""
    if invocation.profile_asked_for:
        settings = profile_changes.checked(invocation)
        wanted = profile_changes.from_options(invocation, settings)
        keeping.prepare(settings)
        return wanted
    if any(name in invocation.options for name in profile_changes.NAMES):
        raise UsageError(
            "These settings need a profile to go to.",
            hint="aws-saml-login install --profile NAME --idp-url URL",
        )
    invocation.check_output()
    return []
