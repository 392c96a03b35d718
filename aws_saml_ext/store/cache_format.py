"""The format of the cache: an entry, whose answer goes to the SDKs unchanged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from aws_saml_ext import fast_path
from aws_saml_ext.credentials import Credentials, Issued, parse_time
from aws_saml_ext.fast_path import Entry


def answer(credentials: Credentials) -> bytes:
    """Return the JSON of `credential_process`, on one line (AWS CLI user guide, version 1)."""
    values = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return json.dumps(values).encode()


def encode(issued: Issued, *, profile: str, sts: str, restricted: Sequence[str] = ()) -> bytes:
    """Return the entry of credentials.

    Args:
        issued: the credentials.
        profile: the one that asked first.
        sts: who issued them.
        restricted: the session policies, as `status` shows them.
    """
    credentials = issued.credentials
    about = {
        "RoleArn": credentials.role_arn,
        "AssumedRoleArn": credentials.assumed_role_arn,
        "Profile": profile,
        "Sts": sts,
        "Restricted": list(restricted),
    }
    entry = Entry(
        int(issued.fresh_until.timestamp()),
        int(issued.at.timestamp()),
        answer(credentials),
        json.dumps(about).encode(),
    )
    return fast_path.entry_content(entry)


def decode(entry: Entry) -> Issued | None:
    """Return the credentials of an entry; None where it holds none."""
    try:
        values: dict[str, Any] = {**json.loads(entry.answer), **json.loads(entry.about)}

        def text(name: str) -> str:
            value = values[name]
            if not isinstance(value, str):
                raise TypeError(name)
            return value

        credentials = Credentials(
            access_key_id=text("AccessKeyId"),
            secret_access_key=text("SecretAccessKey"),
            session_token=text("SessionToken"),
            expiration=parse_time(text("Expiration")),
            role_arn=text("RoleArn"),
            assumed_role_arn=text("AssumedRoleArn"),
        )
        return Issued(credentials, datetime.fromtimestamp(entry.issued, timezone.utc))
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


def first_profile(entry: Entry) -> str | None:
    """Return the profile that asked for the credentials of an entry first."""
    return _about(entry, "Profile")


def sts(entry: Entry) -> str:
    """Return the STS of an entry, as in `CredentialRequest`; empty in those of earlier versions."""
    return _about(entry, "Sts") or ""


def restricted(entry: Entry) -> tuple[str, ...]:
    """Return the session policies of the credentials of an entry, as `status` shows them."""
    try:
        return tuple(map(str, json.loads(entry.about).get("Restricted", ())))
    except (ValueError, AttributeError, TypeError):
        return ()


def _about(entry: Entry, name: str) -> str | None:
    try:
        value = json.loads(entry.about).get(name)
    except (ValueError, AttributeError):
        return None
    return value if isinstance(value, str) else None
