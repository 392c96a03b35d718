"""`aws saml-login status`: which profiles have credentials, of which role, until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aws_saml_ext import hints, partitions
from aws_saml_ext.assertion import is_role_arn
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.clock import utc_now
from aws_saml_ext.net import host_and_port, host_of
from aws_saml_ext.store import cache
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credential_store import StoredProfile
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.profile import PROCESS, is_our_process

_NOT_VALID = 253
_CACHE_ONLY = "cache"
"""The store of credentials that only extended sessions find."""


def run(invocation: Invocation, _: Options) -> int:
    """Print one row a profile; return 0 if each of them is valid, else 253."""
    invocation.check_output()
    stored: dict[str, tuple[str, StoredProfile]] = {}
    for store, profile in _stored(invocation):
        stored.setdefault(profile.profile, (store, profile))
    requested = invocation.profile_asked_for
    names = [requested] if requested else list(dict.fromkeys([*stored, *_configured(invocation)]))
    now = utc_now()
    rows = [_row(name, *stored.get(name, (None, None)), now=now) for name in names]
    invocation.print({"Profiles": rows})
    if not rows:
        invocation.prompt.notify(
            "No profile has SAML settings or credentials yet. Start with: "
            + hints.command("configure")
        )
    for row in rows:
        if row["IssuedBy"] is not None:
            invocation.prompt.notify(
                f"The credentials of profile {row['Profile']} come from {row['IssuedBy']}, and not "
                "from AWS."
            )
        if not row["Valid"]:
            command = hints.sign_in_command(row["Profile"])
            invocation.prompt.notify(f"Sign in with: {command}")
    return 0 if all(row["Valid"] for row in rows) else _NOT_VALID


def _stored(invocation: Invocation) -> Iterator[tuple[str, StoredProfile]]:
    """Yield the stores' names and profiles; of one profile, the credentials that count first."""
    profiles = invocation.session.full_config["profiles"]

    def has_process(name: str) -> bool:
        return is_our_process(str(profiles.get(name, {}).get(PROCESS, "")))

    def is_of_its_role(stored: StoredProfile) -> bool:
        role = str(profiles.get(stored.profile, {}).get("saml_role_arn", ""))
        return not is_role_arn(role) or role == stored.role_arn

    cached = [each for each in Cache(invocation.saml_folder).profiles() if is_of_its_role(each)]
    file = CredentialsFile(invocation.credentials_file, invocation.saml_folder)
    yield from ((cache.NAME, each) for each in cached if has_process(each.profile))
    yield from ((file.name, each) for each in file.profiles())
    yield from ((_CACHE_ONLY, each) for each in cached if not has_process(each.profile))


def _elsewhere(sts: str) -> str | None:
    """Return the host and port of an STS that is none of AWS's; None for AWS's own."""
    address = sts.rpartition(" ")[2]  # `CredentialRequest.sts`: region and address
    if "://" not in address or partitions.is_aws_host(host_of(address)):
        return None
    return host_and_port(address)


def _configured(invocation: Invocation) -> list[str]:
    """Return the profiles of the config file that have settings of a sign-in."""
    profiles = invocation.session.full_config["profiles"]
    return [
        name
        for name, values in profiles.items()
        if "saml_idp_url" in values or "saml_idp" in values
    ]


def _row(
    profile: str, store: str | None, stored: StoredProfile | None, *, now: datetime
) -> dict[str, Any]:
    end = stored.expiration if stored else None
    remaining = max(0, int((end - now).total_seconds())) if end else 0
    return {
        "Profile": profile,
        "RoleArn": stored.role_arn if stored else None,
        "Expiration": end.isoformat(timespec="seconds") if end else None,
        "RemainingSeconds": remaining,
        "Store": store,
        "IssuedBy": _elsewhere(stored.sts) if stored else None,
        "Valid": remaining > 0,
    }
