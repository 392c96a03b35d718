"""The menu of the roles on offer: their order, their names, and the time that is left."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.role_menu import Known, ago, by_use, menu, seconds_left
from tests.doubles import FakeClock
from tests.saml import ADMIN_ROLE, READER_ROLE, USER_ROLE, saml_response

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
ROLES = (USER_ROLE, ADMIN_ROLE, READER_ROLE)
DAY = timedelta(days=1)


def test_roles_that_were_used_come_first_the_latest_before_all() -> None:
    used = {USER_ROLE.arn: NOW - DAY, READER_ROLE.arn: NOW}
    assert by_use(ROLES, used) == [2, 0, 1]


def test_without_memory_the_order_is_that_of_the_assertion() -> None:
    assert by_use(ROLES, {}) == [0, 1, 2]


def test_a_role_shows_account_name_path_and_its_last_use() -> None:
    known = Known({READER_ROLE.arn: NOW - DAY}, {"222222222222": "prod"})
    items = menu(ROLES, known, now=NOW).items
    assert items[0].columns == ("-", "111111111111", "Role.User")
    assert (items[2].columns, items[2].note) == (
        ("prod", "222222222222", "team/Reader"),
        "yesterday",
    )


def test_the_line_that_stays_names_role_and_account() -> None:
    known = Known({}, {"222222222222": "prod"})
    items = menu(ROLES, known, now=NOW).items
    assert str(items[2]) == "team/Reader of prod (222222222222)"
    assert str(items[0]) == "Role.User of account 111111111111"


def test_of_one_role_by_two_providers_each_is_named() -> None:
    twice = (USER_ROLE, Role(USER_ROLE.arn, f"{USER_ROLE.principal_arn}2"))
    items = menu(twice, Known(), now=NOW).items
    assert [item.columns[-1] for item in items] == ["by Corp", "by Corp2"]


def test_names_that_could_steer_a_terminal_are_made_printable() -> None:
    known = Known({}, {"111111111111": "a\x1b[2J\u202eb" + "c" * 300})
    [item] = menu((USER_ROLE,), known, now=NOW).items
    assert item.columns[0].isprintable()
    assert len(item.columns[0]) == 64


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23), "23 hours ago"),
        (DAY, "yesterday"),
        (6 * DAY, "6 days ago"),
        (30 * DAY, "2026-10-24"),
    ],
)
def test_the_last_use_is_told_in_words(before: timedelta, words: str) -> None:
    assert ago(NOW - before, NOW) == words


@pytest.mark.parametrize(
    ("ends", "seconds"),
    [
        ("2026-11-23T13:00:00Z", 300),
        ("2026-11-23T12:02:00Z", 120),
        ("2026-11-23T11:00:00Z", 300),
    ],
    ids=["five minutes at most", "its own end", "of a clock that cannot be compared"],
)
def test_the_time_that_is_left_is_that_of_the_assertion(ends: str, seconds: int) -> None:
    clock = FakeClock(NOW)
    left = seconds_left(Assertion.parse(saml_response(not_on_or_after=ends)), clock)
    clock.advance(10)
    assert left() == seconds - 10
