"""A profile of the two AWS files: what in it conflicts with our credentials, and its process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aws_saml_ext import hints
from aws_saml_ext.credentials import SECRET_ACCESS_KEY, SECURITY_TOKEN, SESSION_TOKEN
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files.transaction import Check

PROCESS = "credential_process"
_OUR_PROCESS = re.compile(
    r"""(aws-saml-login(\.exe)?|-m\s+aws_saml_ext)["']?\s+credential-process\b"""
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something in a profile that a sign-in would replace, or that would hide its credentials."""

    description: str
    """In the words of the file: `long-lived keys`, or a key such as `sso_session`."""
    is_preferred: bool
    """True if the SDKs use it in place of our credentials."""


def conflicts(
    credentials: Mapping[str, str], config: Mapping[str, str], *, by_process: bool = False
) -> Iterator[Conflict]:
    """Yield the conflicts of a profile, given its section in each of the two files.

    The order in which the SDKs look is that of `botocore.credentials`: assume role, web identity,
    SSO, credentials file, login session, process, config file.

    Args:
        credentials: its section in the credentials file.
        config: its section in the config file.
        by_process: whether programs get the credentials from the `credential_process`.
    """
    # botocore adds the keys of the credentials file to the profile of the config file.
    both = {**config, **credentials}
    if any(is_long_lived(section) for section in (credentials, config)):
        yield Conflict("long-lived keys", is_preferred=False)
    if both.get("role_arn"):
        for key in ("source_profile", "credential_source"):
            if both.get(key):
                yield Conflict(f"role_arn with {key}", is_preferred=True)
    if both.get("web_identity_token_file"):
        yield Conflict("web_identity_token_file", is_preferred=True)
    for key in both:
        if key.startswith("sso_"):
            yield Conflict(key, is_preferred=True)
    if both.get("login_session"):
        yield Conflict("login_session", is_preferred=by_process)
    process = both.get(PROCESS, "")
    if process and not is_our_process(process):
        yield Conflict(PROCESS, is_preferred=False)


def check_for(
    profile: str, config: Mapping[str, str], *, overwrite: bool, command: str | None = None
) -> Check:
    """Return the check that a sign-in replaces nothing that it did not write.

    Call it with the profile's section of the credentials file, before the browser opens and again
    under the lock. It raises StoreError, with `command`, else with a sign-in to another profile.
    """

    def check(credentials: Mapping[str, str]) -> None:
        found = [] if overwrite else list(conflicts(credentials, config))
        if found:
            descriptions = ", ".join(conflict.description for conflict in found)
            raise StoreError(
                f"Profile {profile} has {descriptions}, which a sign-in does not overwrite "
                "without --overwrite.",
                command=command or hints.sign_in_command(f"{profile}-saml"),
            )

    return check


def is_our_process(command: str) -> bool:
    """Return whether a profile's `credential_process` runs this program."""
    return _OUR_PROCESS.search(command) is not None


def is_long_lived(options: Mapping[str, str]) -> bool:
    """Return whether a section holds a secret access key without a session token."""
    token = options.get(SESSION_TOKEN) or options.get(SECURITY_TOKEN)
    return bool(options.get(SECRET_ACCESS_KEY)) and not token
