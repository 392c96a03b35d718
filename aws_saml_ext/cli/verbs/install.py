"""`aws saml-login install`: the alias, and when asked the profile."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext import installer
from aws_saml_ext.cli import keeping, profile_changes
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import UsageError
from aws_saml_ext.files.transaction import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallOptions(Options):
    """The options of `install`."""

    overwrite: bool = False


def run(invocation: Invocation, options: InstallOptions) -> int:
    """Write the alias, and the profile that `--profile` and the settings beside it describe."""
    installer.install(
        home=Path.home(),
        script=installer.script_path(sys.argv[0]),
        profile=_profile(invocation, options),
        overwrite=options.overwrite,
        notify=invocation.prompt.notify,
        environ=invocation.environ,
    )
    if invocation.profile_asked_for:
        profile = shlex.quote(invocation.profile)
        invocation.prompt.notify(f"Sign in with: aws saml-login --profile {profile}")
    return 0


def _profile(invocation: Invocation, options: InstallOptions) -> list[Change]:
    """What becomes of the profile; nothing where none was named."""
    if invocation.profile_asked_for:
        settings = profile_changes.checked(invocation)
        wanted = profile_changes.from_options(invocation, settings)
        keeping.prepare(settings)
        return wanted
    of_aws = (getattr(options, name) for name in profile_changes.OF_AWS)
    if options.settings or any(value is not None for value in of_aws):
        raise UsageError(
            "These settings need a profile to go to.",
            hint="aws-saml-login install --profile NAME --idp-url URL",
        )
    invocation.check_output()
    return []
