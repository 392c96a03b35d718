"""Times and durations in the words of messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.cli.notices import time_left, until
from tests.samples import CREDENTIALS

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
BERLIN = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("zone", "moment", "text"),
    [
        (BERLIN, NOON + timedelta(hours=1), "15:00 (13:00 UTC)"),
        (timezone.utc, NOON + timedelta(hours=1), "13:00 UTC"),
        (BERLIN, NOON + timedelta(days=1), "2026-06-02 14:00 (12:00 UTC)"),
        (timezone.utc, NOON + timedelta(days=1), "2026-06-02 12:00 UTC"),
        (BERLIN, NOON + timedelta(hours=11), "2026-06-02 01:00 (2026-06-01 23:00 UTC)"),
    ],
)
def test_a_time_is_that_of_the_person_and_utc(zone: timezone, moment: datetime, text: str) -> None:
    assert until(moment, NOON, zone=zone) == text


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=59), "1 minute"),
        (timedelta(minutes=60), "60 minutes"),
        (timedelta(hours=4), "4 hours"),
        (timedelta(hours=11, minutes=30), "11 hours 30 minutes"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_fits(left: timedelta, words: str) -> None:
    assert time_left(replace(CREDENTIALS, expiration=NOON + left), NOON) == words
