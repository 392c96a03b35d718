"""`aws saml-login install`: the alias, and when asked the profile."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from aws_saml_ext import install
from aws_saml_ext.cli.invocation import Invocation
from aws_saml_ext.errors import UsageError
from aws_saml_ext.settings import Settings
from aws_saml_ext.settings_table import KEYS
from aws_saml_ext.store import credentials_file, ini_file
from aws_saml_ext.store.changes import Change

_OF_THE_IDP = ("saml_idp_url", "saml_username")
"""What several profiles share: with `--idp-nickname`, it goes to the section of that name."""


def run(invocation: Invocation) -> int:
    """Write the alias, and the profile that `--profile` and the settings beside it describe."""
    install.install(
        home=Path.home(),
        script=install.script_path(sys.argv[0]),
        profile=_profile(invocation),
        overwrite=invocation.option("overwrite", False),
        tell=invocation.person.tell,
        environ=invocation.environ,
    )
    if invocation.profile_asked_for:
        profile = shlex.quote(invocation.profile)
        invocation.person.tell(f"Sign in with: aws saml-login --profile {profile}")
    return 0


def _profile(invocation: Invocation) -> list[Change]:
    wanted: dict[str, str | None] = {
        key.name: value for key in KEYS if (value := invocation.option(key.name, None)) is not None
    }
    if not invocation.profile_asked_for:
        if wanted or "region" in invocation.options:
            raise UsageError(
                "These settings need a profile to go to.",
                hint="aws-saml-login install --profile NAME --idp-url URL",
            )
        return []
    settings = invocation.settings(idp_needed=False)  # a bad value is refused, by its flag
    for name in ("region", "output"):
        if (value := invocation.kept(name)) is not None:
            wanted[name] = value
    shared: dict[str, str | None] = {}
    if settings.idp_name is not None:
        shared = {name: wanted.pop(name) for name in _OF_THE_IDP if name in wanted}
    changes = []
    if shared:
        section = ini_file.idp_section(settings.idp_name or "")
        changes.append(Change(settings.config_file, section, shared))
    if wanted:
        changes.append(_profile_change(invocation, settings, wanted))
    return changes


def _profile_change(
    invocation: Invocation, settings: Settings, wanted: Mapping[str, str | None]
) -> Change:
    """The profile's own keys; one that holds another kind of sign-in is left alone."""
    credentials = ini_file.read_section(settings.credentials_file, settings.profile) or {}
    overwrite = invocation.option("overwrite", False)

    def refuse(config: Mapping[str, str]) -> None:
        check = credentials_file.refusing(settings.profile, config, overwrite=overwrite)
        check(credentials)

    section = ini_file.config_section(settings.profile)
    return Change(settings.config_file, section, wanted, check=refuse)
