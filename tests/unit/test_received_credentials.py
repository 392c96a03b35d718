"""The JSON that `store` reads: what it takes, and what it refuses without a word of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from aws_saml_ext.cli.received_credentials import MAX_BYTES, of_principal, parse
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.errors import UsageError
from tests.stored import CREDENTIALS, NOW

OURS = {
    "Version": 1,
    "AccessKeyId": "ASIA1",
    "SecretAccessKey": "secret1",
    "SessionToken": "token1",
    "Expiration": "2026-11-23T13:00:00Z",
    "RoleArn": CREDENTIALS.role_arn,
    "AssumedRoleArn": CREDENTIALS.assumed_role_arn,
}


def parsed(values: Any) -> Credentials:
    return parse(json.dumps(values).encode(), now=NOW)


def without(*names: str, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**OURS, **changed}.items() if name not in names}


def test_what_env_prints_is_taken_as_it_is() -> None:
    assert parsed(OURS) == CREDENTIALS


@pytest.mark.parametrize(
    "values",
    [
        without("RoleArn", "AssumedRoleArn"),
        without("AssumedRoleArn"),
        without(RoleArn="x\n[default]"),
        without(AssumedRoleArn=7),
        without(RoleArn="arn:aws:iam::1:role/Dev"),
        without(RoleArn="arn:aws:iam::210987654321:role/Other"),
    ],
)
def test_without_a_usable_role_the_role_is_unknown(values: dict[str, Any]) -> None:
    assert (parsed(values).role_arn, parsed(values).assumed_role_arn) == ("", "")


@pytest.mark.parametrize("end", ["2026-11-23T13:00:00+00:00", "2026-11-23T14:00:00+01:00"])
def test_each_way_to_write_the_end_is_read(end: str) -> None:
    assert parsed(without(Expiration=end)).expiration == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "is no JSON"),
        (b"\xff\xfe{\0}\0", "is no JSON"),
        (b"[" * 60_000, "is no JSON"),
        (json.dumps({**OURS, "X": float("nan")}).encode(), "is no JSON"),
        (b'{"Version": 1, ' + json.dumps(OURS).encode()[1:], "is no JSON"),
        (b"[]", "is no JSON object"),
        (b'"x"', "is no JSON object"),
        (b" " * (MAX_BYTES + 1), "is longer than 64 KB"),
    ],
)
def test_what_is_no_object_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(UsageError, match=rf"^Standard input {problem}\.$"):
        parse(content, now=NOW)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (without("Version"), "is not of Version 1"),
        (without(Version=2), "is not of Version 1"),
        (without(Version=True), "is not of Version 1"),
        (without("Expiration"), "has no Expiration"),
        (without(Expiration="soon"), "has an Expiration that is no time"),
        (without(Expiration=7), "has an Expiration that is no time"),
        (without(Expiration="2026-11-23T11:59:59Z"), "holds credentials that have expired"),
        (without("AccessKeyId"), "has no AccessKeyId"),
        (without("SecretAccessKey"), "has no SecretAccessKey"),
        (without("SessionToken"), "has no SessionToken"),
        (without(SessionToken=""), "has a value of SessionToken that AWS does not issue"),
        (without(SessionToken=["x"]), "has a value of SessionToken that AWS does not issue"),
        (without(SecretAccessKey="s3cret\n[default]"), "has a value of SecretAccessKey that AWS"),
        (without(AccessKeyId="AS IA"), "has a value of AccessKeyId that AWS does not issue"),
    ],
)
def test_what_is_no_temporary_credentials_is_refused(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(values)
    assert str(refused.value).startswith(f"Standard input {problem}")
    assert "s3cret" not in f"{refused.value} {refused.value.advice}"


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse(b"\xef\xbb\xbf" + json.dumps(OURS).encode(), now=NOW) == CREDENTIALS


@pytest.mark.parametrize(
    ("arn", "role_arn"),
    [
        (
            "arn:aws-cn:sts::111111111111:assumed-role/Dev/jane",
            "arn:aws-cn:iam::111111111111:role/Dev",
        ),
        ("arn:aws:sts::111111111111:federated-user/jane", ""),
        ("", ""),
    ],
)
def test_the_role_follows_from_the_principal(arn: str, role_arn: str) -> None:
    unknown = parsed(without("RoleArn", "AssumedRoleArn"))
    found = of_principal(unknown, arn)
    assert (found.assumed_role_arn, found.role_arn) == (arn, role_arn)
