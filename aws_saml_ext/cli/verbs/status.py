"""`aws saml-login status`: what is stored, for which role, and how long it still lives."""

from __future__ import annotations

import shlex
from datetime import datetime, timezone
from typing import Any

from aws_saml_ext.cli import stores
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.store.credentials_file import StoredProfile

_NOT_VALID = 253


def run(invocation: Invocation, _: Options) -> int:
    """Print one row a profile; 0 if each of them is valid, else 253."""
    invocation.check_output()
    now = datetime.now(timezone.utc)
    stored: dict[str, tuple[str, StoredProfile]] = {}
    for store in stores.every(invocation):
        for each in store.stored():
            stored.setdefault(each.profile, (store.name, each))
    asked_for = invocation.profile_asked_for
    names = [asked_for] if asked_for else list(dict.fromkeys([*stored, *_configured(invocation)]))
    rows = [_row(name, *stored.get(name, (None, None)), now=now) for name in names]
    invocation.print({"Profiles": rows})
    if not rows:
        invocation.prompt.notify("No profile has SAML settings or keys of ours yet: aws saml-login")
    for row in rows:
        if not row["Valid"]:
            invocation.prompt.notify(
                f"Sign in with: aws saml-login --profile {shlex.quote(row['Profile'])}"
            )
    return 0 if all(row["Valid"] for row in rows) else _NOT_VALID


def _configured(invocation: Invocation) -> list[str]:
    """The profiles of the config file that have settings of a sign-in."""
    profiles = invocation.session.full_config["profiles"]
    return [
        name
        for name, values in profiles.items()
        if "saml_idp_url" in values or "saml_idp" in values
    ]


def _row(
    profile: str, store: str | None, stored: StoredProfile | None, *, now: datetime
) -> dict[str, Any]:
    ends = stored.expiration if stored else None
    remaining = max(0, int((ends - now).total_seconds())) if ends else 0
    return {
        "Profile": profile,
        "RoleArn": stored.role_arn if stored else None,
        "Expiration": ends.isoformat(timespec="seconds") if ends else None,
        "RemainingSeconds": remaining,
        "Store": store,
        "Valid": remaining > 0,
    }
