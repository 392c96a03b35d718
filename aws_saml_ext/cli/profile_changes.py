"""The changes that `install` and `configure` make: of a profile, and of its IdP section."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path

from aws_saml_ext import hints, session_policies
from aws_saml_ext.cli import store_changes, written
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import idp_sections
from aws_saml_ext.config.sections import config_section, idp_section
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.config.sources import plain
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.files import ini
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store.profile import PROCESS, check_for
from aws_saml_ext.text import did_you_mean, quoted

_OF_THE_IDP = ("saml_idp_url", "saml_username")
"""Settings that several profiles share: with a nickname, they go to the section of that name."""

OF_AWS = ("region", "output", "endpoint_url", "ca_bundle")
"""Options that a profile can hold as settings of AWS."""

NAMES = (*(setting.name for setting in SETTINGS), *OF_AWS)
"""Every option that a profile can hold."""


def requested(invocation: Invocation) -> bool:
    """Return whether the command line has a setting that a profile can hold."""
    return bool(invocation.overrides) or any(invocation.kept(name) is not None for name in OF_AWS)


def from_options(
    invocation: Invocation,
    settings: Settings,
    names: Container[str] = NAMES,
    *,
    copied: Mapping[str, str] | None = None,
    overwrite: bool = False,
    is_switch: bool = False,
) -> list[Change]:
    """Return the changes that save the options of the command line in its profile.

    Args:
        invocation: the command line.
        settings: what it adds up to.
        names: the options to save.
        copied: values of another profile, which the options precede.
        overwrite: replace credentials or settings that this program did not write.
        is_switch: whether a sign-in saves them for renewals, until the store is switched back.

    Raises:
        StoreError: a file cannot be read.
    """
    wanted: dict[str, str | None] = {
        setting.name: invocation.overrides[setting.name]
        for setting in SETTINGS
        if setting.name in names and setting.name in invocation.overrides
    }
    for name in OF_AWS:
        if name in names and (value := invocation.kept(name)) is not None:
            wanted[name] = str(Path(value).absolute()) if name == "ca_bundle" else value
    if policy := wanted.get("saml_policy"):
        wanted["saml_policy"] = session_policies.absolute(policy)
    own = invocation.session.get_scoped_config()
    # AWS_SAML_IDP is for this run only: it does not choose the section that is written.
    given = invocation.overrides.get("saml_idp")
    nickname: str | None = given
    if not given and not is_switch:  # switching back takes out what the profile got, and no more
        nickname = _unshared(invocation, own.get("saml_idp"))
    changes = []
    if nickname:
        shared = {name: wanted.pop(name) for name in _OF_THE_IDP if name in wanted}
        there = {**idp_sections(invocation.session).get(nickname, {}), **shared}
        wanted |= dict.fromkeys(_hiding(own, there, shared, given=given is not None))
        if shared:
            changes.append(Change(settings.config_file, idp_section(nickname), shared))
    wanted = {**(copied or {}), **wanted}
    of_store = store_changes.in_config(invocation, settings)
    wanted |= {
        key: value
        for key, value in of_store.items()
        if key not in wanted or key in (PROCESS, "saml_store")
    }
    if wanted:
        change = of_profile(settings, wanted, overwrite=overwrite)
        noted = store_changes.noted(invocation, settings, wanted if is_switch else {})
        changes.append(
            replace(
                change,
                remove_empty=noted.remove_empty,
                lead=noted.lead,
                unended=noted.unended,
                private=noted.private,
            )
        )
    return [*changes, *store_changes.in_credentials(settings, overwrite=overwrite)]


def _unshared(invocation: Invocation, nickname: str | None) -> str | None:
    """Return the section of the profile if no other profile uses it.

    A shared one changes only where an option names it.
    """
    users = written.users_of(nickname or "", invocation.session.full_config["profiles"])
    return nickname if set(users) <= {invocation.profile} else None


def _hiding(
    own: Mapping[str, object],
    section: Mapping[str, object],
    shared: Mapping[str, object],
    *,
    given: bool,
) -> list[str]:
    """Return the profile's own keys that would precede those of its IdP section.

    They are those that are now written to the section; the address, where an option named the
    section (`given`); and with the address the username, which belonged to it.
    """
    url, username = _OF_THE_IDP
    hiding = {name for name in _OF_THE_IDP if name in own and name in shared}
    if given and url in own and section.get(url):
        hiding.add(url)
    if url in hiding and username in own:
        hiding.add(username)
    return sorted(hiding)


def copied(invocation: Invocation, name: str) -> dict[str, str]:
    """Return the settings of another profile, with those of AWS that a sign-in uses, for a second.

    Its credentials, and what else it holds, are not among them.

    Raises:
        UsageError: it is the profile that they are for.
        ConfigError: there is no such profile, or it has no SAML settings.
    """
    if name == invocation.profile:
        raise UsageError(
            f"--like names profile {name} itself.",
            command=hints.command("configure", "--profile", "NAME", "--like", name),
        )
    profiles = invocation.session.full_config["profiles"]
    ours = tuple(setting.name for setting in SETTINGS if setting.in_profile)
    found = {
        key: text
        for key in (*ours, *OF_AWS)
        if (text := plain(profiles.get(name, {}).get(key), f"{key} of profile {name}")) is not None
    }
    if not any(key in found for key in ours):
        problem = "has no SAML settings" if name in profiles else "does not exist"
        raise ConfigError(
            f"Profile {quoted(name)} {problem} (--like).{did_you_mean(name, profiles)}",
            command=hints.command("status"),
        )
    return found


def checked(invocation: Invocation, copied: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the command line adds up to, before anything is written.

    Args:
        invocation: the command line.
        copied: values of another profile, which the options precede.

    Raises:
        UsageError: an option cannot be used.
        ConfigError: a value of the environment or the config file cannot be used.
    """
    invocation.sts_options()
    if invocation.output_asked_for:
        invocation.check_output()
    others = {key: text for key, text in (copied or {}).items() if key not in invocation.overrides}
    return invocation.settings(others, idp_needed=False)


def of_profile(settings: Settings, wanted: Mapping[str, str | None], *, overwrite: bool) -> Change:
    """Return the change of the profile's own keys.

    Applying it raises StoreError where the profile has another kind of sign-in.
    """
    credentials = ini.read_section(settings.credentials_file, settings.profile) or {}

    def refuse(config: Mapping[str, str]) -> None:
        check = check_for(settings.profile, config, overwrite=overwrite)
        check(credentials)

    section = config_section(settings.profile)
    return Change(settings.config_file, section, wanted, check=refuse)
