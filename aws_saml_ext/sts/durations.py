"""The search for the longest session that a role allows.

Only those who may read a role in IAM know its MaxSessionDuration, so STS is asked for sessions of
different lengths: each call that succeeds gives credentials, and the longest ones count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import SamlLoginError, StsRefused
from aws_saml_ext.role_memory import UNKNOWN, KnownRole
from aws_saml_ext.text import counted

_HOUR = 3600
_QUARTER = 900
_MAX_CALLS = 6
_UNITS = ((_HOUR, "hour"), (60, "minute"), (1, "second"))


class DurationTooLong(StsRefused):
    """STS refused a duration that is longer than the role's MaxSessionDuration."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of STS to one search."""

    issued: Issued
    granted: int
    """The longest session that was granted, in seconds; that of `issued`."""
    refused: int | None
    """The shortest session that was refused, in seconds; None where none was."""


def longest_granted(
    requested: int,
    ask: Callable[[int], Issued],
    *,
    known: KnownRole = UNKNOWN,
    is_retry: bool = False,
) -> Answers:
    """Return the longest session that `ask` grants, up to `requested` seconds.

    A session that is known to be refused is not requested again: the longest that is known to be
    granted is. Where nothing is known, or that is refused by now, the search takes six calls at
    most: whole hours are bisected, as most roles have one of them, then quarters of an hour. Once
    there are credentials, no failure takes them away: the longest that were granted count.

    Args:
        requested: seconds.
        ask: requests a session of so many seconds.
        known: what is known of the role.
        is_retry: request the session once more although it is known to be refused.

    Raises:
        DurationTooLong: nothing was granted.
        StsRefused, StsUnreachable: `ask` failed otherwise, before any grant.
    """
    search = _Search(ask)
    try:
        _run(search, requested, known, is_retry=is_retry)
    except SamlLoginError:
        if search.longest is None:
            raise
    if search.longest is None:
        raise search.refusal
    granted, issued = search.longest
    return Answers(issued, granted, search.shortest)


def _run(search: _Search, requested: int, known: KnownRole, *, is_retry: bool) -> None:
    first = requested
    if known.refused is not None and requested >= known.refused:
        first = known.granted or known.refused - 1
        if is_retry and search.grants(requested):
            return
    if not search.grants(first):
        search.below(first)


class _Search:
    """The calls of one search, and the sessions that were granted and refused."""

    def __init__(self, ask: Callable[[int], Issued]) -> None:
        self._ask = ask
        self._calls = 0
        self.longest: tuple[int, Issued] | None = None
        self.shortest: int | None = None
        """The shortest session that was refused."""
        self.refusal = DurationTooLong("")

    def grants(self, seconds: int) -> bool:
        """Ask for a session of this length; return whether it is granted."""
        self._calls += 1
        try:
            self.longest = (seconds, self._ask(seconds))
        except DurationTooLong as error:
            self.refusal = error
            self.shortest = seconds
            return False
        return True

    def below(self, refused: int) -> None:
        """Find the longest session that is shorter than `refused` seconds."""
        low, high = self._bisected(0, refused, _HOUR)
        if low:
            self._bisected(low, high, _QUARTER)

    def _bisected(self, low: int, high: int, unit: int) -> tuple[int, int]:
        """Narrow `low`, which is granted, and `high`, which is not, by multiples of `unit`."""
        first, last = low // unit + 1, (high - 1) // unit
        while first <= last and self._calls < _MAX_CALLS:
            middle = (first + last) // 2
            if self.grants(middle * unit):
                low, first = middle * unit, middle + 1
            else:
                high, last = middle * unit, middle - 1
        return low, high


def shown(seconds: int) -> str:
    """Return `12 hours`, `1 hour`, `90 minutes` or `5401 seconds`: the largest unit that fits."""
    unit, noun = next(pair for pair in _UNITS if seconds % pair[0] == 0)
    return counted(seconds // unit, noun)
