"""The sections of AWS's files: their names, and which of their keys hold secrets."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta

from aws_saml_ext.credentials import (
    EXPIRES,
    KEYS,
    SECRET_KEYS,
    SECURITY_TOKEN,
    SESSION_TOKEN,
    parse_time,
)
from aws_saml_ext.files import ini
from aws_saml_ext.files.journal import Secrets

_EXPIRY_KEYS = (EXPIRES, "aws_expiration", "expiration")
"""The keys that hold an expiration: our own, and those of other programs."""
_MAX_SESSION = timedelta(hours=36)
"""The longest session of STS, that of GetSessionToken."""


def config_section(profile: str) -> str:
    """Return the section of a profile in the config file: `profile dev`, `profile 'my dev'`.

    A name is quoted only where botocore would not read it without: other SDKs take quotes for a
    part of the name. `profile default` stands for `[default]`, and for `[profile default]` where a
    file has that.
    """
    return f"profile {_written(profile)}"


def idp_section(name: str) -> str:
    """Return the section of an identity provider in the config file: `saml-idp corp`."""
    return f"saml-idp {_written(name)}"


def is_for_botocore_only(profile: str) -> bool:
    """Return whether the SDKs of other languages cannot read the section of a profile."""
    return config_section(profile) != f"profile {profile}"


def _written(name: str) -> str:
    try:
        is_one_word = shlex.split(name) == [name]
    except ValueError:
        is_one_word = False
    return name if is_one_word else shlex.quote(name)


def profile_of(section: str) -> str | None:
    """Return the profile of a section: `dev` of `dev` and of `profile dev`.

    None for a section of another kind, such as `saml-idp corp`. The section is named as in
    `files.transaction.Change`, and is one of the credentials file or of the config file.
    """
    words = ini.words(section)
    if len(words) != 2 or words[0] not in ini.QUOTED_KINDS:
        return section
    return words[1] if words[0] == "profile" else None


def expiration(options: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the credentials of a section expire; None where they are long-lived.

    Credentials with a token and without an expiration that can be read have expired in 36 hours.
    """
    if not (options.get(SESSION_TOKEN) or options.get(SECURITY_TOKEN)):
        return None
    written = next((options[key] for key in _EXPIRY_KEYS if options.get(key)), "")
    try:
        return parse_time(written)
    except ValueError:
        return now + _MAX_SESSION


SECRETS = Secrets(keys=SECRET_KEYS, companions=frozenset(KEYS), expiration=expiration)
"""The secrets that a section of the credentials file or of the config file may hold."""
