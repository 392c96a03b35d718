"""The longest duration that a role allows, found in few calls."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import AssertionTooLate, StsRefused, StsUnreachable
from aws_saml_ext.role_memory import UNKNOWN, KnownRole, Lesson
from aws_saml_ext.sts.durations import Answers, DurationTooLong, longest_granted
from tests.samples import CREDENTIALS
from tests.stored import NOW

HOUR = 3600


class Role:
    """Grants up to `longest` seconds, and fails in another way from call number `fails_at` on."""

    def __init__(self, longest: int, *, fails_at: int = 99, error: type[Exception] = StsRefused):
        self.longest = longest
        self.fails_at = fails_at
        self.error = error
        self.asked: list[int] = []

    def __call__(self, seconds: int) -> Issued:
        self.asked.append(seconds)
        if len(self.asked) >= self.fails_at:
            raise self.error("no")
        if seconds > self.longest:
            raise DurationTooLong("too long")
        return lasting(seconds)


def lasting(seconds: int) -> Issued:
    end = CREDENTIALS.expiration + timedelta(seconds=seconds)
    return Issued(replace(CREDENTIALS, expiration=end), CREDENTIALS.expiration)


@pytest.mark.parametrize("hours", range(1, 12))
def test_whole_hours_are_found_in_six_calls_at_most(hours: int) -> None:
    role = Role(hours * HOUR)
    found = longest_granted(12 * HOUR, role)
    assert (found.granted, found.issued) == (hours * HOUR, lasting(hours * HOUR))
    assert len(role.asked) <= 6


@pytest.mark.parametrize("longest", [HOUR + 1, 5400, 5401, 2 * HOUR - 1, 19_020, 43_199])
def test_any_other_maximum_is_found_to_the_half_hour_in_six_calls(longest: int) -> None:
    role = Role(longest)
    found = longest_granted(12 * HOUR, role)
    assert longest - 1800 <= found.granted <= longest
    assert len(role.asked) <= 6


def test_quarters_of_an_hour_are_found_where_calls_are_left() -> None:
    role = Role(HOUR + 2 * 900 + 17)
    assert longest_granted(3 * HOUR, role).granted == HOUR + 2 * 900


@pytest.mark.parametrize("wanted", [HOUR + 1, 5400, 2 * HOUR])
def test_a_little_more_than_an_hour_comes_down_to_the_hour(wanted: int) -> None:
    role = Role(HOUR)
    assert longest_granted(wanted, role).granted == HOUR
    assert len(role.asked) <= 4


def test_what_is_allowed_is_asked_for_once() -> None:
    role = Role(12 * HOUR)
    assert longest_granted(12 * HOUR, role) == Answers(lasting(12 * HOUR), 12 * HOUR, None)
    assert role.asked == [12 * HOUR]


@pytest.mark.parametrize("longest", [HOUR, 5400, 11 * HOUR])
def test_nothing_is_asked_for_twice(longest: int) -> None:
    role = Role(longest)
    longest_granted(12 * HOUR, role)
    assert len(role.asked) == len(set(role.asked))


@pytest.mark.parametrize("error", [AssertionTooLate, StsUnreachable, StsRefused])
def test_a_failure_after_a_grant_leaves_the_grant(error: type[Exception]) -> None:
    role = Role(8 * HOUR, fails_at=3, error=error)
    assert longest_granted(12 * HOUR, role).issued == lasting(6 * HOUR)


@pytest.mark.parametrize("error", [AssertionTooLate, StsUnreachable])
def test_a_failure_before_any_grant_is_one(error: type[Exception]) -> None:
    with pytest.raises(error):
        longest_granted(12 * HOUR, Role(HOUR, fails_at=2, error=error))


@pytest.mark.parametrize("wanted", [900, HOUR, 12 * HOUR])
def test_a_role_that_grants_nothing_is_a_refusal(wanted: int) -> None:
    role = Role(0)
    with pytest.raises(DurationTooLong):
        longest_granted(wanted, role)
    assert len(role.asked) <= 5


# ---- with a memory ----


def known_after(longest: int, *, wanted: int = 12 * HOUR) -> KnownRole:
    """Return what a first search for `wanted` teaches of a role."""
    found = longest_granted(wanted, Role(longest))
    lesson = Lesson("arn", "", NOW, granted=found.granted, refused=found.refused)
    return UNKNOWN.after(lesson)


@pytest.mark.parametrize("longest", [HOUR, 4 * HOUR, 5 * HOUR, 19_020, 11 * HOUR])
def test_the_second_search_takes_one_call(longest: int) -> None:
    role, known = Role(longest), known_after(longest)
    assert longest_granted(12 * HOUR, role, known=known).granted == known.granted
    assert len(role.asked) == 1


def test_a_shorter_session_than_the_known_maximum_is_asked_for_as_it_is() -> None:
    role = Role(4 * HOUR)
    longest_granted(2 * HOUR, role, known=known_after(4 * HOUR))
    assert role.asked == [2 * HOUR]


def test_a_longer_session_than_any_before_is_asked_for() -> None:
    role = Role(4 * HOUR)
    known = known_after(4 * HOUR, wanted=HOUR)
    assert longest_granted(12 * HOUR, role, known=known).granted == 4 * HOUR


def test_a_maximum_that_was_lowered_is_searched_for_below_in_six_calls() -> None:
    role = Role(2 * HOUR)
    found = longest_granted(12 * HOUR, role, known=known_after(4 * HOUR))
    assert found.granted == 2 * HOUR
    assert role.asked[0] == 4 * HOUR
    assert len(role.asked) <= 6


def test_a_known_refusal_without_a_grant_is_asked_one_second_below() -> None:
    role = Role(12 * HOUR)
    longest_granted(12 * HOUR, role, known=KnownRole(refused=2 * HOUR))
    assert role.asked == [2 * HOUR - 1]


def test_a_retry_that_is_refused_costs_one_call_more() -> None:
    role = Role(4 * HOUR)
    known = known_after(4 * HOUR)
    assert longest_granted(12 * HOUR, role, known=known, is_retry=True).granted == 4 * HOUR
    assert role.asked == [12 * HOUR, 4 * HOUR]


def test_a_retry_finds_a_maximum_that_was_raised() -> None:
    role = Role(12 * HOUR)
    known = known_after(4 * HOUR)
    assert longest_granted(12 * HOUR, role, known=known, is_retry=True).granted == 12 * HOUR
