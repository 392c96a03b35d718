"""Credentials that another program has printed, in the JSON of `credential_process`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_saml_ext import hints
from aws_saml_ext.assertion import is_role_arn
from aws_saml_ext.credentials import Credentials, parse_time
from aws_saml_ext.errors import UsageError

MAX_BYTES = 64 * 1024
_KEY_ID = re.compile(r"\w{3,128}", re.ASCII)
_SECRET = re.compile(r"[!-~]+")
_ASSUMED_ROLE = re.compile(r"arn:[\w-]+:sts::\d{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+", re.ASCII)


def parse(content: bytes, *, now: datetime) -> Credentials:
    """Return the credentials of a JSON object; its role may be unknown, and empty.

    Args:
        content: what was read, at most a byte more than `MAX_BYTES`.
        now: the time, aware.

    Raises:
        UsageError: it is no such object, or its credentials are not temporary or have expired. No
            value is quoted.
    """
    if len(content) > MAX_BYTES:
        raise _refused("is longer than 64 KB")
    if not content.strip():
        raise _refused("is empty")
    try:
        values = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_once_each, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise _refused("is no JSON") from None
    if not isinstance(values, dict):
        raise _refused("is no JSON object")
    if type(version := values.get("Version")) is not int or version != 1:  # True equals 1
        raise _refused("is not of Version 1")
    expiration = _expiration(values)
    if expiration <= now:
        raise _refused("holds credentials that have expired")
    role_arn, assumed = values.get("RoleArn"), values.get("AssumedRoleArn")
    is_known = (
        isinstance(role_arn, str)
        and is_role_arn(role_arn)
        and isinstance(assumed, str)
        and _ASSUMED_ROLE.fullmatch(assumed) is not None
        and _is_session_of(assumed, role_arn)
    )
    return Credentials(
        access_key_id=_text(values, "AccessKeyId", _KEY_ID),
        secret_access_key=_text(values, "SecretAccessKey", _SECRET),
        session_token=_text(values, "SessionToken", _SECRET),
        expiration=expiration,
        role_arn=str(role_arn) if is_known else "",
        assumed_role_arn=str(assumed) if is_known else "",
    )


def of_principal(credentials: Credentials, arn: str) -> Credentials:
    """Return credentials whose principal STS has named; empty where it has not.

    The ARN of the role follows from that of its session, but for a path, which STS does not tell.
    """
    if _ASSUMED_ROLE.fullmatch(arn) is None:
        return replace(credentials, assumed_role_arn=arn, role_arn="")
    _, partition, _, _, account, session = arn.split(":")
    role_arn = f"arn:{partition}:iam::{account}:role/{session.split('/')[1]}"
    return replace(credentials, assumed_role_arn=arn, role_arn=role_arn)


def _is_session_of(assumed: str, role_arn: str) -> bool:
    """Return whether an assumed role is that of a role's ARN, which also has the role's path."""
    _, partition, _, _, account, session = assumed.split(":")
    begin, name = f"arn:{partition}:iam::{account}:role/", session.split("/")[1]
    return role_arn.startswith(begin) and role_arn.removeprefix(begin).rpartition("/")[2] == name


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object of JSON.

    Raises:
        ValueError: a name stands twice, so that two readers may see two values.
    """
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError
    return values


def _no_number(_: str) -> float:
    """Refuse `NaN` and `Infinity`, which are no JSON.

    Raises:
        ValueError: always.
    """
    raise ValueError


def _text(values: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = values.get(name)
    if value is None:
        raise _refused(f"has no {name}")
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise _refused(f"has a value of {name} that AWS does not issue")
    return value


def _expiration(values: dict[str, Any]) -> datetime:
    value = values.get("Expiration")
    if value is None:
        raise _refused("has no Expiration: only temporary credentials are stored")
    try:
        return parse_time(value)
    except (ValueError, AttributeError, TypeError):
        raise _refused("has an Expiration that is no time") from None


def _refused(problem: str) -> UsageError:
    return UsageError(
        f"Standard input {problem}.",
        advice="It must be the JSON of credential_process, as this prints: "
        + hints.command("env", "--format", "process"),
    )
