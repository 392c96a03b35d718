"""The rows of many profiles: their lines, data and exit status."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aws_saml_ext.cli.many.rows import Result, Row, Table, of_error, status_of
from aws_saml_ext.errors import (
    ConfigError,
    RoleNotOffered,
    SamlLoginError,
    StoreError,
    StsRefused,
    StsUnreachable,
)
from tests.stored import CREDENTIALS, NOW, ROLE

ADMIN = "arn:aws:iam::222222222222:role/teams/Admin"
RENEWED = Row("dev", Result.RENEWED, ROLE, CREDENTIALS)


def refused() -> StsRefused:
    error = StsRefused("STS refused the role. It has a long explanation.")
    error.code, error.words = "AccessDenied", "Not authorized."
    return error


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (RENEWED, "until 13:00 UTC"),
        (replace(RENEWED, message="4 hours at most"), "until 13:00 UTC (4 hours at most)"),
        (replace(RENEWED, result=Result.KEPT), "still valid for 60 minutes"),
        (of_error("dev", ROLE, refused()), "refused: Not authorized (AccessDenied)"),
        (Row("dev", Result.SKIPPED, message="no role is set"), "skipped: no role is set"),
        (Row("dev", Result.NOT_OFFERED, message="gone"), "not offered: gone"),
        (Row("dev", Result.NO_ANSWER, message="silence"), "no answer: silence"),
    ],
)
def test_each_outcome_has_its_words(row: Row, outcome: str) -> None:
    assert row.outcome(NOW) == outcome


def test_words_of_others_stay_on_their_line() -> None:
    row = Row("dev", Result.REFUSED, message="\x1b[2Jevil\n" + "x" * 300)
    assert row.outcome(NOW).isprintable()
    assert len(row.outcome(NOW)) < 130


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (RoleNotOffered("no", advice="Ask."), Result.NOT_OFFERED),
        (refused(), Result.REFUSED),
        (ConfigError("no"), Result.SKIPPED),
        (StoreError("no"), Result.SKIPPED),
        (StsUnreachable("no"), Result.NO_ANSWER),
    ],
)
def test_each_error_has_its_result(error: SamlLoginError, result: Result) -> None:
    assert of_error("dev", ROLE, error).result is result


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([], 0),
        ([Result.RENEWED, Result.KEPT], 0),
        ([Result.RENEWED, Result.SKIPPED], 253),
        ([Result.SKIPPED, Result.REFUSED, Result.KEPT], 254),
        ([Result.NOT_OFFERED], 254),
        ([Result.REFUSED, Result.NO_ANSWER], 255),
    ],
)
def test_the_highest_status_counts(results: list[Result], status: int) -> None:
    assert status_of(Row("dev", result) for result in results) == status


def test_the_columns_are_aligned() -> None:
    table = Table({"dev": ROLE, "administration": ADMIN, "none": None})
    assert table.line(RENEWED, NOW) == ("  dev             111111111111  Dev    until 13:00 UTC")
    assert table.line(Row("none", Result.SKIPPED, message="no"), NOW) == (
        "  none            -             -      skipped: no"
    )


def test_names_of_wide_characters_leave_the_columns_aligned() -> None:
    wide = "\N{CJK UNIFIED IDEOGRAPH-65E5}" * 2
    table = Table({wide: ROLE, "admin": ADMIN})
    assert table.line(replace(RENEWED, profile=wide), NOW) == (
        f"  {wide}   111111111111  Dev    until 13:00 UTC"
    )


def test_names_of_accounts_have_a_column_where_one_is_known() -> None:
    table = Table({"dev": ROLE, "admin": ADMIN}, {"222222222222": "production"})
    assert table.line(RENEWED, NOW) == "  dev    -           111111111111  Dev    until 13:00 UTC"


def test_data_has_every_key_and_no_secret() -> None:
    assert RENEWED.data() == {
        "Profile": "dev",
        "RoleArn": ROLE,
        "AssumedRoleArn": CREDENTIALS.assumed_role_arn,
        "Expiration": (NOW + timedelta(hours=1)).isoformat(),
        "Result": "renewed",
        "Code": None,
        "Message": None,
    }
    assert of_error("dev", ROLE, refused()).data() == {
        "Profile": "dev",
        "RoleArn": ROLE,
        "AssumedRoleArn": None,
        "Expiration": None,
        "Result": "refused",
        "Code": "AccessDenied",
        "Message": "Not authorized",
    }
