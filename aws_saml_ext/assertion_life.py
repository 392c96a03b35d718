"""The time in which STS takes an assertion."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aws_saml_ext.clock import SYSTEM, Clock, Deadline

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion

REDEEMABLE = timedelta(minutes=5)
"""From its issue on (IAM user guide)."""


def redeemable(assertion: Assertion, clock: Clock = SYSTEM) -> Deadline:
    """Return the time in which STS takes an assertion, by the clock of this machine.

    Where that is over already, either clock may be wrong: then STS decides.
    """
    now = clock.now()
    ends = [] if assertion.issued_at is None else [assertion.issued_at + REDEEMABLE]
    ends += [] if assertion.not_on_or_after is None else [assertion.not_on_or_after]
    left = min((end - now for end in ends), default=REDEEMABLE)
    return Deadline(
        min(left, REDEEMABLE) if left > timedelta() else REDEEMABLE, monotonic=clock.monotonic
    )
