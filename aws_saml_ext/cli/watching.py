"""`aws saml-login --watch`: renew the credentials of a profile before they expire, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import NoReturn

from aws_saml_ext.cli.notices import until
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.config.flows import Flow
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

_POLL_INTERVAL = timedelta(seconds=10)
"""The longest sleep: a laptop that wakes up looks at the time this soon."""
_RETRY_AFTER = tuple(timedelta(seconds=seconds) for seconds in (15, 30, 60, 120))
"""The pauses after failed renewals; the last one repeats."""
_TRANSIENT = (BrowserError, IdentityProviderUnreachable, StoreError, StsUnreachable, TimedOut)
"""Failures that may be over in a minute: no network, a machine that wakes up."""
_BELL = "\a"
_ANSWER_TIME = timedelta(minutes=5)
"""The time to wait for Enter, before trying and ringing again."""

Find = Callable[[], "Issued | None"]
"""Return the fresh credentials that the profile has by now: another program may renew them."""

Renew = Callable[[Issued, "Flow | None"], Issued]
"""Renew these credentials in this flow; None takes that of the settings, and may ask."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The means of a watch."""

    find: Find
    renew: Renew
    prompt: Prompt
    warn: Callable[[str], None]
    """Hears of failures, `--quiet` or not."""
    command: str
    """The command that signs in."""
    clock: Clock = SYSTEM

    def run(self, issued: Issued) -> NoReturn:
        """Renew credentials before they expire, with a line for each renewal, until Ctrl-C.

        Where a person is needed, ring the bell, say so, and wait for Enter or for another program
        that renews.

        Args:
            issued: the credentials that the profile has.

        Raises:
            Stopped: the profile was signed out of, or its store was switched.
            SamlLoginError: the identity provider or STS refuses: a retry would change nothing.
        """
        self.prompt.notify(f"{_next_renewal(issued, self.clock)} Ctrl-C ends this.")
        while True:
            self._wait(issued.fresh_until)
            issued = self._renewed(issued)

    def _wait(self, until: datetime) -> None:
        while (remaining := until - self.clock.now()) > timedelta():
            self.clock.sleep(min(remaining, _POLL_INTERVAL).total_seconds())

    def _renewed(self, issued: Issued) -> Issued:
        """Renew now, or as soon as it is possible, unless another program has.

        Each reason for a failure is reported once.
        """
        flow: Flow | None = Flow.SILENT
        pauses = chain(_RETRY_AFTER, repeat(_RETRY_AFTER[-1]))
        reported = ""
        while True:
            try:
                return self._obtained(issued, flow)
            except SignInRequired as error:
                if self.prompt.interactive:
                    self.warn(f"{_BELL}{error}")
                    flow = None if self._is_back() else Flow.SILENT
                    continue
                reason = f"{_BELL}{error} Sign in with:\n  {self.command}"
            except _TRANSIENT as error:
                reason = f"{error} Trying again, at least every 2 minutes. {self._end(issued)}"
            except SamlLoginError:
                self.warn(_BELL)
                raise
            if reason != reported:
                reported = reason
                self.warn(reason)
            self._wait(self.clock.now() + next(pauses))

    def _obtained(self, issued: Issued, flow: Flow | None) -> Issued:
        renewed = self.find()
        done = "Another program has renewed them."
        if renewed is None:
            renewed = self.renew(issued, flow)
            now = self.clock.now()
            done = f"Renewed at {until(now, now)}."
        self.prompt.notify(f"{done} {_next_renewal(renewed, self.clock)}")
        session_name = renewed.credentials.session_name
        if session_name != issued.credentials.session_name:
            self.warn(f"The credentials are now those of {session_name}.")
        return renewed

    def _end(self, issued: Issued) -> str:
        end, now = issued.credentials.expiration, self.clock.now()
        if end <= now:
            return "The credentials have expired."
        return f"The credentials are valid until {until(end, now)}."

    def _is_back(self) -> bool:
        """Wait for Enter, and return whether it came in time."""
        try:
            self.prompt.ask(
                "Press Enter to sign in (Ctrl-C stops): ",
                instead="--use-browser",
                seconds=_ANSWER_TIME.total_seconds(),
            )
        except TimedOut:
            return False
        return True


def _next_renewal(issued: Issued, clock: Clock) -> str:
    return f"The next renewal is at {until(issued.fresh_until, clock.now())}."
