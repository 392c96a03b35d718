"""The sign-in, told once. Whatever touches the world is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.errors import AssertionTooLate


class Captured(Protocol):
    """A SAMLResponse, and the means to get another one while they are open."""

    @property
    def saml_response(self) -> str:
        """The base64 text that the identity provider posted."""

    def again(self) -> str:
        """
        A new SAMLResponse, silently, through the session that the identity provider keeps.

        Raises:
            SignInRequired: the identity provider would ask something.
        """


Capture = Callable[[Settings], AbstractContextManager[Captured]]
"""Bring back what the identity provider posts; on leaving, put the browser away. See capture/."""

Choose = Callable[[Assertion], Role]
"""Pick one role among those offered. See roles.py."""

Exchange = Callable[[Assertion, Role], Credentials]
"""Trade the assertion for credentials. See sts.py."""

Store = Callable[[Credentials], None]
"""Keep the credentials where the AWS tools look. See store/."""

Hear = Callable[[Assertion], None]
"""Be told who signed in and what is offered, before the role is chosen."""


# Seconds.
_A_PERSONS = 1.0  # a choice that takes longer than this is made by a person
_AFTER_A_QUESTION = 30.0


class TimeLimit:
    """
    The time of a whole sign-in, `saml_timeout`: it runs from the making of this.

    STS is in it, and so is what a person takes at the question for the role. But who was slow
    there does not lose: STS then has 30 seconds of its own, however late it is.
    """

    def __init__(self, length: timedelta, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + length.total_seconds()
        self._asked = False

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """What is done meanwhile may be a question to a person."""
        began = self._clock()
        yield
        self._asked = self._clock() - began > _A_PERSONS

    def left(self) -> float:
        """Seconds for STS, which is about to be asked; negative when the time is over."""
        left = self._end - self._clock()
        return max(left, _AFTER_A_QUESTION) if self._asked else left


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in came to."""

    assertion: Assertion
    role: Role
    credentials: Credentials


def sign_in(
    settings: Settings,
    *,
    capture: Capture,
    hear: Hear,
    choose: Choose,
    exchange: Exchange,
    store: Store,
    limit: TimeLimit | None = None,
) -> SignIn:
    """
    Browser, assertion, role, credentials, file: in that order.

    An assertion that ran out while the person was choosing is renewed once, silently.

    Args:
        limit: hears when the role is chosen; its time is for `exchange` to keep.

    Raises:
        SamlLoginError: any step failed; nothing is stored then.
    """
    with capture(settings) as captured:
        assertion = Assertion.parse(captured.saml_response)
        hear(assertion)
        with limit.choosing() if limit else nullcontext():
            role = choose(assertion)
        try:
            credentials = exchange(assertion, role)
        except AssertionTooLate:
            assertion = Assertion.parse(captured.again())
            credentials = exchange(assertion, role)
        store(credentials)
    return SignIn(assertion, role, credentials)
