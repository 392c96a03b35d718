"""Time: the clocks of this machine, and the end of the time that something may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone


def utc_now() -> datetime:
    """Return the time of the wall clock, aware, in UTC."""
    return datetime.now(timezone.utc)


def time_of(headers: Mapping[str, str]) -> datetime | None:
    """Return the time at a server, by the header Date of its answer (`date`); None without one."""
    from email.utils import parsedate_to_datetime  # here: not for the fast paths

    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks that the program reads; tests pass their own."""

    now: Callable[[], datetime] = utc_now
    """Return the time of the wall clock, aware, in UTC."""
    monotonic: Callable[[], float] = time.monotonic
    """Return seconds that never go back, for measuring how long something takes."""
    sleep: Callable[[float], None] = time.sleep
    """Wait for so many seconds."""


SYSTEM = Clock()
"""The clocks of this machine."""


class Deadline:
    """The end of the time that something may take."""

    __slots__ = ("_end", "_monotonic", "_reserve")

    def __init__(
        self, length: timedelta | float | None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin now, with a length in seconds or as a `timedelta`; None never ends."""
        seconds = length.total_seconds() if isinstance(length, timedelta) else length
        self._monotonic = monotonic
        self._end = math.inf if seconds is None else monotonic() + seconds
        self._reserve = -math.inf

    @property
    def remaining(self) -> float:
        """The seconds until the end: negative after it, infinite where there is none."""
        return self._end - self._monotonic()

    @property
    def has_passed(self) -> bool:
        """True if no time remains."""
        return self.remaining <= 0

    def at_most(self, seconds: float) -> float:
        """Return `seconds`, or what remains where that is less; never negative."""
        return max(0.0, min(seconds, self.remaining))

    def reserve(self, seconds: float) -> None:
        """Give each step that begins from now on at least so many seconds, however late it is."""
        self._reserve = seconds

    def of_step(self) -> Deadline:
        """Return the deadline of a step that begins now: this one, or a later one by `reserve`."""
        return Deadline(max(self.remaining, self._reserve), monotonic=self._monotonic)
