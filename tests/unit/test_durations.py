"""The longest duration that a role allows, found in few calls."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import AssertionTooLate, StsRefused, StsUnreachable
from aws_saml_ext.sts.durations import DurationTooLong, longest_granted
from tests.samples import CREDENTIALS

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
    assert longest_granted(12 * HOUR, role) == (hours * HOUR, lasting(hours * HOUR))
    assert len(role.asked) <= 6


@pytest.mark.parametrize("longest", [HOUR + 1, 5400, 5401, 2 * HOUR - 1, 11 * HOUR + 59, 43199])
def test_any_other_maximum_is_found_to_the_second(longest: int) -> None:
    role = Role(longest)
    assert longest_granted(12 * HOUR, role) == (longest, lasting(longest))
    assert len(role.asked) <= 19


@pytest.mark.parametrize("wanted", [HOUR + 1, 5400, 2 * HOUR])
def test_a_little_more_than_an_hour_comes_down_to_the_hour(wanted: int) -> None:
    role = Role(HOUR)
    assert longest_granted(wanted, role)[0] == HOUR
    assert len(role.asked) <= 3


def test_what_is_allowed_is_asked_for_once() -> None:
    role = Role(12 * HOUR)
    assert longest_granted(12 * HOUR, role) == (12 * HOUR, lasting(12 * HOUR))
    assert role.asked == [12 * HOUR]


@pytest.mark.parametrize("longest", [HOUR, 5400, 11 * HOUR])
def test_nothing_is_asked_for_twice(longest: int) -> None:
    role = Role(longest)
    longest_granted(12 * HOUR, role)
    assert len(role.asked) == len(set(role.asked))


@pytest.mark.parametrize("error", [AssertionTooLate, StsUnreachable, StsRefused])
def test_a_failure_after_a_grant_leaves_the_grant(error: type[Exception]) -> None:
    role = Role(8 * HOUR, fails_at=3, error=error)
    assert longest_granted(12 * HOUR, role) == (6 * HOUR, lasting(6 * HOUR))


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
