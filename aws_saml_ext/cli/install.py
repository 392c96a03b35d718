"""`aws saml-login install`: the alias, and when asked the profile."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from aws_saml_ext import install
from aws_saml_ext.cli.invocation import Invocation
from aws_saml_ext.errors import UsageError
from aws_saml_ext.settings import Settings, idp_sections
from aws_saml_ext.settings_table import KEYS
from aws_saml_ext.store import credentials_file, ini_file
from aws_saml_ext.store.changes import Change

_OF_THE_IDP = ("saml_idp_url", "saml_username")
"""What several profiles share: with `--idp-nickname`, it goes to the section of that name."""

_OF_AWS = ("region", "output", "endpoint_url", "ca_bundle")
"""Options that a profile can hold: AWS's own keys."""


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
    _check_options(invocation)
    if not invocation.profile_asked_for:
        if wanted or any(name in invocation.options for name in _OF_AWS):
            raise UsageError(
                "These settings need a profile to go to.",
                hint="aws-saml-login install --profile NAME --idp-url URL",
            )
        return []
    settings = invocation.settings(idp_needed=False)  # a bad value is refused, by its flag
    for name in _OF_AWS:
        if (value := invocation.kept(name)) is not None:
            wanted[name] = str(Path(value).absolute()) if name == "ca_bundle" else value
    own = invocation.session.get_scoped_config()
    # Not that of AWS_SAML_IDP, which is of this moment: the profile stays.
    given = invocation.option("saml_idp", None)
    nickname: str | None = given or own.get("saml_idp")
    changes = []
    if nickname:
        shared = {name: wanted.pop(name) for name in _OF_THE_IDP if name in wanted}
        there = {**idp_sections(invocation.session).get(nickname, {}), **shared}
        wanted |= dict.fromkeys(_hiding(own, there, shared, given=given is not None))
        if shared:
            changes.append(Change(settings.config_file, ini_file.idp_section(nickname), shared))
    if wanted:
        changes.append(_profile_change(invocation, settings, wanted))
    return changes


def _hiding(
    own: Mapping[str, object],
    section: Mapping[str, object],
    written: Mapping[str, object],
    *,
    given: bool,
) -> list[str]:
    """
    The profile's own keys that would come before what its IdP section says, and so have to go.

    Those that are now written to the section; the address where the section was named for this
    profile (`given`); and with an address the username, which was that one's.
    """
    url, username = _OF_THE_IDP
    hiding = {name for name in _OF_THE_IDP if name in own and name in written}
    if given and url in own and section.get(url):
        hiding.add(url)
    if url in hiding and username in own:
        hiding.add(username)
    return sorted(hiding)


def _check_options(invocation: Invocation) -> None:
    """What can be wrong on the command line is told before anything is read or written."""
    invocation.sts_options()
    if invocation.output_asked_for:
        invocation.check_output()


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
