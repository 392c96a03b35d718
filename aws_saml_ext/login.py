"""The story of a sign-in, and the types of the plugs that do its steps."""

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
    """A SAMLResponse, and the session to get another one while it is open."""

    @property
    def saml_response(self) -> str:
        """The base64 text that the identity provider posted."""

    def again(self) -> str:
        """Return a new SAMLResponse, silently, through the session at the identity provider.

        Raises:
            SignInRequired: the identity provider asks a question.
        """

    def check_single(self) -> None:
        """Check that no other SAMLResponse was posted meanwhile, before anything is stored.

        Raises:
            BrowserError: one was: nobody knows which of them is the person's.
        """


Capture = Callable[[Settings], AbstractContextManager[Captured]]
"""Sign in and capture the SAMLResponse; close the browser on leaving. See capture/."""

Choose = Callable[[Assertion], Role]
"""Choose one role among those on offer. See role_choice.py."""

Exchange = Callable[[Assertion, Role], Issued]
"""Exchange the assertion for credentials. See sts/."""

Store = Callable[[Issued], None]
"""Store the credentials where AWS tools find them. See store/."""

Hear = Callable[[Assertion], None]
"""Take note of the person and the roles on offer, before the role is chosen."""

Confirm = Callable[[Assertion, Role], None]
"""Raise an error unless the assertion and the role are of the expected identity provider.

See identity.py.
"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The results of a sign-in."""

    assertion: Assertion
    role: Role
    issued: Issued


def sign_in(
    settings: Settings,
    *,
    capture: Capture,
    hear: Hear,
    choose: Choose,
    confirm: Confirm,
    exchange: Exchange,
    store: Store,
) -> SignIn:
    """Capture an assertion, choose a role, exchange both for credentials, and store these.

    An assertion that expired while the person was choosing is replaced once, silently.

    Raises:
        SamlLoginError: a step failed; nothing is stored then.
    """
    with capture(settings) as captured:
        assertion = Assertion.parse(captured.saml_response)
        hear(assertion)
        role = choose(assertion)
        confirm(assertion, role)
        try:
            issued = exchange(assertion, role)
        except AssertionTooLate:
            assertion = Assertion.parse(captured.again())
            confirm(assertion, role)
            issued = exchange(assertion, role)
        captured.check_single()
        store(issued)
    return SignIn(assertion, role, issued)
