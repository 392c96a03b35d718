"""The sign-in, told once. Whatever touches the world is handed in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Issued
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

Exchange = Callable[[Assertion, Role], Issued]
"""Trade the assertion for credentials. See sts/."""

Store = Callable[[Issued], None]
"""Keep the credentials where the AWS tools look. See store/."""

Hear = Callable[[Assertion], None]
"""Be told who signed in and what is offered, before the role is chosen."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in came to."""

    assertion: Assertion
    role: Role
    issued: Issued


def sign_in(
    settings: Settings,
    *,
    capture: Capture,
    hear: Hear,
    choose: Choose,
    exchange: Exchange,
    store: Store,
) -> SignIn:
    """
    Browser, assertion, role, credentials, file: in that order.

    An assertion that ran out while the person was choosing is renewed once, silently.

    Raises:
        SamlLoginError: any step failed; nothing is stored then.
    """
    with capture(settings) as captured:
        assertion = Assertion.parse(captured.saml_response)
        hear(assertion)
        role = choose(assertion)
        try:
            issued = exchange(assertion, role)
        except AssertionTooLate:
            assertion = Assertion.parse(captured.again())
            issued = exchange(assertion, role)
        store(issued)
    return SignIn(assertion, role, issued)
