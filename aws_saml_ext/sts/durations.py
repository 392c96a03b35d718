"""The search for the longest session that a role allows.

Only those who may read a role in IAM know its MaxSessionDuration, so STS is asked for sessions of
different lengths: each call that succeeds gives credentials, and the longest ones count.
"""

from __future__ import annotations

from collections.abc import Callable

from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import SamlLoginError, StsRefused
from aws_saml_ext.text import counted

_HOUR = 3600
_UNITS = ((_HOUR, "hour"), (60, "minute"), (1, "second"))


class DurationTooLong(StsRefused):
    """STS refused a duration that is longer than the role's MaxSessionDuration."""


def longest_granted(requested: int, ask: Callable[[int], Issued]) -> tuple[int, Issued]:
    """Return the longest duration, in seconds, that `ask` grants up to `requested`, and its grant.

    A role's maximum is an hour at least, and mostly whole hours: these are bisected first, with
    four calls at most, and a fifth shows that one second more is too much. Once there are
    credentials, no failure takes them away: the longest that were granted count.

    Args:
        requested: seconds.
        ask: requests a session of so many seconds.

    Raises:
        DurationTooLong: nothing was granted.
        StsRefused, StsUnreachable: `ask` failed otherwise, before any grant.
    """
    search = _Search(ask)
    try:
        if not search.grants(requested):
            search.below(requested)
    except SamlLoginError:
        if search.longest is None:
            raise
    if search.longest is None:
        raise search.refusal
    return search.longest


class _Search:
    """The calls of one search, and the longest session that they brought."""

    def __init__(self, ask: Callable[[int], Issued]) -> None:
        self._ask = ask
        self.longest: tuple[int, Issued] | None = None
        self.refusal = DurationTooLong("")

    def grants(self, seconds: int) -> bool:
        """Ask for a session of this length; return whether it is granted."""
        try:
            self.longest = (seconds, self._ask(seconds))
        except DurationTooLong as error:
            self.refusal = error
            return False
        return True

    def below(self, refused: int) -> None:
        """Find the longest session that is shorter than `refused` seconds."""
        low, high = self._bisected(0, refused, _HOUR)
        if low and high - low > 1 and self.grants(low + 1):
            low, high = self._bisected(low + 1, high, 60)
            self._bisected(low, high, 1)

    def _bisected(self, low: int, high: int, unit: int) -> tuple[int, int]:
        """Narrow `low`, which is granted, and `high`, which is not, by multiples of `unit`."""
        first, last = low // unit + 1, (high - 1) // unit
        while first <= last:
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
