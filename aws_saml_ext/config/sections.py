"""The sections of AWS's files: their names."""

from __future__ import annotations

import shlex

from aws_saml_ext.files import ini


def config_section(profile: str) -> str:
    """
    Return the section of a profile in the config file: `profile dev`, `profile 'my dev'`.

    `profile default` stands for `[default]`, and for `[profile default]` where a file has that.
    """
    return f"profile {shlex.quote(profile)}"


def idp_section(name: str) -> str:
    """Return the section of an identity provider in the config file: `saml-idp corp`."""
    return f"saml-idp {shlex.quote(name)}"


def profile_of(section: str) -> str | None:
    """
    Return the profile of a section: `dev` of `dev` and of `profile dev`.

    None for a section of another kind, such as `saml-idp corp`. The section is named as in
    `files.transaction.Change`, and is one of the credentials file or of the config file.
    """
    words = ini.words(section)
    if len(words) != 2 or words[0] not in ini.QUOTED_KINDS:
        return section
    return words[1] if words[0] == "profile" else None
