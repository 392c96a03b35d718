"""`aws saml-login --watch`: the keys of a profile are renewed before they end, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import NoReturn

from aws_saml_ext.cli.stored_profile import end_of
from aws_saml_ext.clock import utc_now
from aws_saml_ext.config.settings import SignInWay
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderUnreachable,
    SamlLoginError,
    SignInRequired,
    StoreError,
    StsUnreachable,
    TimedOut,
)
from aws_saml_ext.prompt import Prompt

_TURN = timedelta(seconds=10)
"""The longest sleep: after a laptop has slept, the time is looked at anew this soon."""
_LATER = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 120))
"""How long to wait after a renewal that came to nothing; then always as long as the last."""
_MAY_PASS = (BrowserError, IdentityProviderUnreachable, StoreError, StsUnreachable, TimedOut)
"""What may be otherwise in a minute: a network that is away, a machine that wakes up."""
_BELL = "\a"
_UNANSWERED = timedelta(minutes=5)
"""How long to wait for Enter before it is tried, and rung, again."""

Renew = Callable[[Issued, "SignInWay | None"], Issued]
"""Renews those keys, in this way; None is as the settings say, and may ask the person."""


def watch(
    stored: Issued,
    *,
    kept: Callable[[], Issued | None],
    renew: Renew,
    prompt: Prompt,
    warn: Callable[[str], None],
    command: str,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> NoReturn:
    """
    Stay, and renew what is stored before it ends, one line a renewal; Ctrl-C ends it.

    Where a person is needed it rings, says so and waits for Enter, or for somebody else to renew.

    Args:
        stored: what the profile holds.
        kept: what it holds by now, if it is fresh: somebody else may have renewed it.
        renew: renews it.
        person: hears of it.
        warn: hears why it is not renewed, also where silence was asked for.
        command: what to type for a sign-in.
        now: the clock of the wall, aware: a laptop that sleeps does not stop it.
        sleep: waits for so many seconds.

    Raises:
        Stopped: the keys are gone, or kept elsewhere by now.
        SamlLoginError: the identity provider or STS refuses, which asking again will not change.
    """
    while True:
        _wait(stored.fresh_until, now, sleep)
        stored = _renewed(
            stored,
            renew,
            kept=kept,
            prompt=prompt,
            warn=warn,
            command=command,
            now=now,
            sleep=sleep,
        )


def _wait(until: datetime, now: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
    while (left := until - now()) > timedelta():
        sleep(min(left, _TURN).total_seconds())


def _renewed(
    stored: Issued,
    renew: Renew,
    *,
    kept: Callable[[], Issued | None],
    prompt: Prompt,
    warn: Callable[[str], None],
    command: str,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> Issued:
    """
    Renew, now or as soon as it can be done, unless somebody else has.

    Each reason why it cannot be done is told once.
    """
    way: SignInWay | None = SignInWay.SILENT
    later = chain(_LATER, repeat(_LATER[-1]))
    told = ""
    while True:
        try:
            if (found := kept()) is None:
                found = renew(stored, way)
                end = end_of(found.credentials)
                prompt.notify(f"Renewed at {now():%H:%M:%S} UTC. They expire at {end}.")
            if found.credentials.session_name != stored.credentials.session_name:
                warn(f"The keys are {found.credentials.session_name}'s by now.")
            return found
        except SignInRequired as error:
            if prompt.interactive:
                warn(f"{_BELL}{error}")
                way = None if _is_back(prompt) else SignInWay.SILENT
                continue
            why = f"{_BELL}{error} Sign in with: {command}"
        except _MAY_PASS as error:
            why = f"{error} It is tried again."
        except SamlLoginError:
            warn(_BELL)
            raise
        if why != told:
            told = why
            warn(why)
        _wait(now() + next(later), now, sleep)


def _is_back(prompt: Prompt) -> bool:
    """Wait for Enter; False where it did not come for a while."""
    try:
        prompt.ask(
            "Press Enter to sign in (Ctrl-C stops): ",
            instead="--use-browser",
            seconds=_UNANSWERED.total_seconds(),
        )
    except TimedOut:
        return False
    return True
