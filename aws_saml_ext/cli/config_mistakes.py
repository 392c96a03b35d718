"""Mistakes in the config file that botocore passes over in silence, with the nearest right name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aws_saml_ext import hints
from aws_saml_ext.config import aws_settings, idp_sections, lookup
from aws_saml_ext.config.sections import config_section, idp_section
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.credentials import KEYS
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.paths import FOLDER
from aws_saml_ext.text import closest, did_you_mean, listed, printable

if TYPE_CHECKING:
    from botocore.session import Session

    from aws_saml_ext.cli.context import Invocation

_OURS = "saml_"
_STORED = {setting.name for setting in SETTINGS if setting.in_profile}
_VARIABLES = {setting.env for setting in SETTINGS if setting.env} | {FOLDER}
_INTERNAL = ("AWS_SAML_AWS_PID", "AWS_SAML_EXEC", "AWS_SAML_FAST_PATH", "AWS_SAML_PROGRAM_GOES")
"""The beginnings of the variables by which processes of this program speak to each other."""
_OF_CREDENTIALS = frozenset(KEYS)
"""The keys that sign-ins write: botocore reads both of AWS's files into one profile."""
_OPTIONS_ONLY = {setting.name: setting.flag for setting in SETTINGS if not setting.in_profile}
_COMMENT = re.compile(r"\s[#;].*", re.DOTALL)
_MISNAMED = {
    "profile": r"(aws[\s_-]*)?prof\w*[\s:.=_-]*",
    "saml-idp": r"(saml)?[\s:.=_-]*(idp)?[\s:.=_-]*",
}
"""The words before a name that people write in place of `profile` and `saml-idp`."""
_NEARLY = 0.88
"""The least likeness of a key to one of ours where it does not begin as they do."""
_COMMANDS = (
    *("saml_password_command", "saml_mfa_command", "saml_browser_arguments"),
    "saml_console_command",
)
"""Settings for a shell, whose words may begin with `#` or `;`."""


def notify(invocation: Invocation) -> None:
    """Notify which lines of the profile and of its IdP section do not mean what they say."""
    for mistake in mistakes(invocation.session, invocation.profile):
        invocation.prompt.notify(mistake)
    for mistake in misspelt_variables(invocation.environ):
        invocation.prompt.notify(mistake)
    if invocation.kept("endpoint_url") is None and (
        sentence := unknown_region(invocation.session, environ=invocation.environ)
    ):
        invocation.prompt.notify(sentence)


def unknown_region(session: Session, *, environ: Mapping[str, str]) -> str | None:
    """Return a sentence about a region that is in no list; None where STS has a setting of its own.

    The region may be newer than the list.

    Args:
        session: one whose settings can be read.
        environ: the environment.
    """
    name = str(session.get_config_variable("region") or "")
    if not name or aws_settings.endpoint(session, "sts", environ=environ) is not None:
        return None
    table = session.get_component("data_loader").load_data("partitions")
    known = [region for partition in table["partitions"] for region in partition["regions"]]
    if name in known:
        return None
    return (
        f"The region {printable(name, max_length=80)} is misspelt, or too new for this program."
        f"{did_you_mean(name, known)}"
    )


def mistakes(session: Session, profile: str) -> Iterator[str]:
    """Yield a sentence for each line of a profile, or of its IdP section, that has no effect.

    Args:
        session: any session; it has read the config file.
        profile: the name of the profile.
    """
    own = session.full_config.get("profiles", {}).get(profile, {})
    yield from _in_section(f"[{config_section(profile)}]", own)
    nickname = own.get("saml_idp")
    section = idp_sections(session).get(nickname) if isinstance(nickname, str) else None
    if section is not None:
        yield from _in_section(f"[{idp_section(str(nickname))}]", section)


def misspelt_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that is nearly, but not, one of our settings."""
    for name in environ:
        if not name.startswith("AWS_SAML_") or name in _VARIABLES or name.startswith(_INTERNAL):
            continue
        if (meant := closest(name, _VARIABLES)) is not None:
            yield f"{printable(name)} in the environment is no setting. Did you mean {meant}?"


def check_profile(invocation: Invocation) -> None:
    """Check that the profile can be read, or that a profile of this name can be new.

    Raises:
        ConfigError: its section, or that of its identity provider, has another name.
    """
    session, name = invocation.session, invocation.profile
    own = session.full_config["profiles"].get(name) or {}
    nickname = lookup(session, "saml_idp", invocation.overrides, environ=invocation.environ)
    if not _has_settings(own) and (header := misnamed(session, "profile", name)) is not None:
        raise ConfigError(
            f"The config file has the settings of profile {name} in [{header}], which no AWS tool "
            "reads.",
            advice=f"Rename the section [{header}] to [{config_section(name)}].",
        )
    if nickname is None or nickname in idp_sections(session):
        return
    if (header := misnamed(session, "saml-idp", nickname)) is not None:
        raise ConfigError(
            f"The config file has the settings of the identity provider {nickname} in [{header}], "
            "which is not read.",
            advice=f"Rename the section [{header}] to [{idp_section(nickname)}].",
        )


def misnamed(session: Session, kind: str, name: str) -> str | None:
    """Return the section with our settings that somebody meant for another: `Profile dev`.

    Args:
        session: any session; it has read the config file.
        kind: the first word of the right section: `profile` or `saml-idp`.
        name: the name behind it.
    """
    wanted = re.compile(rf"({_MISNAMED[kind]})?{re.escape(name)}", re.IGNORECASE)
    return next(
        (
            header
            for header, values in session.full_config.items()
            if wanted.fullmatch(header) and _has_settings(values)
        ),
        None,
    )


def check_exists(invocation: Invocation, verb: str) -> None:
    """Check that the profile is in one of AWS's files.

    Args:
        invocation: the profile, and the session that has read the files.
        verb: the verb that the profile is for.

    Raises:
        ConfigError: it is in neither of them.
    """
    check_profile(invocation)
    if invocation.profile not in existing(invocation.session.full_config):
        raise unknown_profile(invocation, verb)


def unknown_profile(invocation: Invocation, verb: str = "") -> ConfigError:
    """Return the error for a profile that is in neither of AWS's files.

    Args:
        invocation: the profile, and the session that has read the files.
        verb: the verb to use with the profile that was meant; empty for the sign-in.
    """
    name, config = invocation.profile, invocation.session.full_config
    names = [printable(each) for each in configured(config)]
    known = f"The profiles with SAML settings are {listed(names)}." if names else ""
    meant = closest(name, existing(config))
    words = [verb] if verb else []
    if meant is not None:
        command = hints.command(*words, "--profile", meant)
    elif verb == "logout":  # a new profile is of no use to it
        command = hints.command("status")
    else:
        command = hints.command("configure", "--profile", name)
    return ConfigError(
        f"There is no profile {name}.{did_you_mean(name, [meant] if meant else [])} "
        f"{known or 'No profile has SAML settings.'}",
        command=command,
    )


def _has_settings(section: object) -> bool:
    return isinstance(section, dict) and any(key.startswith(_OURS) for key in section)


def existing(full_config: Mapping[str, Any]) -> list[str]:
    """Return the profiles that have any setting or credentials."""
    return [name for name, values in full_config["profiles"].items() if values]


def configured(full_config: Mapping[str, Any]) -> list[str]:
    """Return the profiles of the config file that have settings of a sign-in."""
    return [
        name
        for name, values in full_config.get("profiles", {}).items()
        if "saml_idp_url" in values or "saml_idp" in values
    ]


def _meant(key: str) -> str | None:
    """Return the setting that somebody meant by a key that does not begin as ours do."""
    plain = key.replace("-", "_").removeprefix("aws_")
    if plain.startswith(_OURS):
        return closest(plain, _STORED)
    from difflib import get_close_matches  # here, as most config files have no such key

    return next(iter(get_close_matches(plain, _STORED, n=1, cutoff=_NEARLY)), None)


def _in_section(section: str, values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        if key in _OF_CREDENTIALS:
            continue
        if not key.startswith(_OURS):
            if (meant := _meant(key)) is not None:
                yield f"{key} in {section} is no setting. Did you mean {meant}?"
            continue
        if key in _OPTIONS_ONLY:
            yield f"{key} in {section} has no effect: use the option {_OPTIONS_ONLY[key]}."
        elif key not in _STORED:
            yield f"{key} in {section} is no setting.{did_you_mean(key, _STORED)}"
        elif isinstance(value, str) and key not in _COMMANDS and (found := _COMMENT.search(value)):
            comment = printable(found.group(), max_length=40)
            yield (
                f"{key} in {section} has {comment!r} in its value: AWS's files have comments only "
                "on lines of their own."
            )
