"""`aws saml-login install`: write the alias and, with `--profile`, the profile."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext import hints, installer
from aws_saml_ext.cli import profile_changes, store_changes, written
from aws_saml_ext.cli.completion import completion_files
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import UsageError
from aws_saml_ext.files import atomic
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store import launcher


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallOptions(Options):
    """The options of `install`."""

    completion: bool = False
    overwrite: bool = False


def run(invocation: Invocation, options: InstallOptions) -> int:
    """Write the alias, and the profile that `--profile` and other options describe."""
    profile = _profile(invocation, options)
    profiles = invocation.session.full_config["profiles"] if profile else {}
    lines = written.lines(profile, profiles)
    installer.install(
        home=Path.home(),
        script=launcher.script_path(sys.argv[0]),
        profile=profile,
        overwrite=options.overwrite,
        notify=invocation.prompt.notify,
        environ=invocation.environ,
    )
    folder = invocation.saml_folder
    # A shell's prompt calls it, whatever the store of its profile is.
    launcher.write(saml_folder=folder, script=launcher.script_path(sys.argv[0]))
    if options.completion:
        completion_files.install(
            home=Path.home(),
            folder=folder,
            environ=invocation.environ,
            notify=invocation.prompt.notify,
        )
    completion_files.refresh(folder)
    if shutil.which("aws"):
        hints.use_door(hints.PROGRAM.split())  # it works from now on
    for line in lines:
        invocation.prompt.notify(line)
    if invocation.profile_asked_for:
        command = hints.sign_in_command(invocation.profile)
        invocation.prompt.notify(f"Sign in with:\n  {command}")
        return 0
    config_file = atomic.expanded(Path(invocation.session.get_config_variable("config_file")))
    if b"saml_idp" not in (atomic.read(config_file) or b""):
        invocation.prompt.notify(f"Set up a profile with:\n  {hints.command('configure')}")
    return 0


def _profile(invocation: Invocation, options: InstallOptions) -> list[Change]:
    """Return the changes that make the profile; none without `--profile`.

    Raises:
        UsageError: there are settings, and no profile to write them to.
    """
    if invocation.profile_asked_for:
        settings = profile_changes.checked(invocation)
        wanted = profile_changes.from_options(invocation, settings, overwrite=options.overwrite)
        store_changes.prepare(settings)
        return wanted
    of_aws = (getattr(options, name) for name in profile_changes.OF_AWS)
    if options.settings or any(value is not None for value in of_aws):
        raise UsageError(
            "These settings belong to a profile, and --profile is missing.",
            command=hints.command("install", "--profile", "NAME", "--idp-url", "URL"),
        )
    invocation.check_output()
    return []
