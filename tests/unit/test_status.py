"""`status` for people: a table that fits the terminal, and the size of a wrong clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.cli.verbs.status import clock_problem, table
from aws_saml_ext.store.credential_store import StoredProfile
from tests.samples import CREDENTIALS

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ROW: dict[str, object] = {
    "Profile": "dev",
    "AccountId": "123456789012",
    "AccountName": None,
    "RoleArn": "arn:aws:iam::123456789012:role/team/Role.Admin",
    "Username": "jane",
    "IdentityProvider": "idp.example.com",
    "RemainingSeconds": 3540,
    "Store": "credentials-file",
    "Valid": True,
    "Restricted": [],
}


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (120, "dev 123456789012 Role.Admin jane idp.example.com credentials-file 59 minutes"),
        (80, "dev 123456789012 Role.Admin jane idp.example.com 59 minutes"),
        (60, "dev 123456789012 Role.Admin jane 59 minutes"),
        (20, "dev Role.Admin 59 minutes"),
    ],
)
def test_a_narrow_terminal_gets_fewer_columns(columns: int, line: str) -> None:
    assert " ".join(table([ROW], columns).splitlines()[1].split()) == line


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({}, "59 minutes"),
        ({"Valid": False}, "hidden"),
        ({"Valid": False, "RemainingSeconds": 0}, "expired"),
        ({"Valid": False, "RemainingSeconds": 0, "RoleArn": None}, "signed out"),
    ],
)
def test_the_last_column_says_whether_the_credentials_can_be_used(
    changed: dict[str, object], left: str
) -> None:
    assert table([{**ROW, **changed}], 120).splitlines()[1].endswith(f"  {left}")


def test_names_of_wide_characters_leave_the_columns_aligned() -> None:
    wide = "\N{CJK UNIFIED IDEOGRAPH-65E5}"
    lines = table([ROW, {**ROW, "Profile": f"{wide}-dev"}], 120).splitlines()
    assert [line.index("123456789012") + line.count(wide) for line in lines[1:]] == [9, 9]


def test_a_restricted_session_is_marked() -> None:
    row = {**ROW, "Restricted": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
    assert "  Role.Admin (restricted)  " in table([row], 120)


@pytest.mark.parametrize(
    ("issued", "problem"),
    [
        (NOW + 3 * HOUR, "The clock of this machine is 3 hours behind the time"),
        (NOW + timedelta(seconds=90), "None"),
        (NOW - HOUR, "None"),
    ],
    ids=["set back", "nearly right", "right"],
)
def test_a_clock_that_was_set_back_is_told_by_its_size(issued: datetime, problem: str) -> None:
    stored = StoredProfile("dev", CREDENTIALS.role_arn, issued + HOUR, issued=issued)
    assert str(clock_problem(stored, NOW)).startswith(problem)
