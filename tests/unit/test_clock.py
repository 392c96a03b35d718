"""A deadline: what remains, and what later steps get."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from aws_saml_ext.clock import Deadline
from tests.doubles import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("length", [timedelta(seconds=10), 10, 10.0])
def test_time_remains_until_the_end(length: timedelta | float, clock: FakeClock) -> None:
    deadline = Deadline(length, monotonic=clock.monotonic)
    clock.advance(4)
    assert (deadline.remaining, deadline.has_passed) == (6, False)


def test_it_passes_at_its_end(clock: FakeClock) -> None:
    deadline = Deadline(10, monotonic=clock.monotonic)
    clock.advance(10)
    assert deadline.has_passed


def test_without_a_length_it_never_passes() -> None:
    assert Deadline(None).remaining == math.inf


@pytest.mark.parametrize(("passed", "seconds"), [(0, 3), (8, 2), (12, 0)])
def test_a_wait_is_cut_to_what_remains(passed: float, seconds: float, clock: FakeClock) -> None:
    deadline = Deadline(10, monotonic=clock.monotonic)
    clock.advance(passed)
    assert deadline.at_most(3) == seconds


@pytest.mark.parametrize(("passed", "seconds"), [(0, 10), (8, 5), (60, 5)])
def test_a_step_has_at_least_the_reserve(passed: float, seconds: float, clock: FakeClock) -> None:
    deadline = Deadline(10, monotonic=clock.monotonic)
    deadline.reserve(5)
    clock.advance(passed)
    assert deadline.of_step().remaining == seconds


def test_the_deadline_itself_has_no_reserve(clock: FakeClock) -> None:
    deadline = Deadline(10, monotonic=clock.monotonic)
    deadline.reserve(5)
    clock.advance(60)
    assert deadline.has_passed
