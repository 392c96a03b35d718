"""The kinds of page: one class for each, and the union of them.

A new kind is one more class here and one more function in `classify.KINDS`; the flows decide how to
answer it.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_saml_ext.capture.page.description import Button, Field, Link


@dataclass(frozen=True, slots=True)
class SignInForm:
    """A form that asks for a username, a password or a one-time code, or for several of them."""

    username: Field | None
    password: Field | None
    code: tuple[Field, ...]
    """One field, or one for each character; empty where no code is asked for."""
    remember: Field | None
    """A check box that keeps the session."""
    button: Button | None
    """The button that submits it; `None` where only Enter does."""
    error: str
    """The page's own words about the previous answer."""
    targets: tuple[str, ...]
    """The origins that it and its buttons submit it to; empty where a script submits it."""

    @property
    def asked(self) -> tuple[Field, ...]:
        """The fields to fill in, in order."""
        return tuple(field for field in (self.username, self.password, *self.code) if field)

    @property
    def last(self) -> Field:
        """The field that is filled in last."""
        return self.asked[-1]


@dataclass(frozen=True, slots=True)
class Option:
    """One of several options to choose from."""

    text: str
    element: Button | Link | Field


@dataclass(frozen=True, slots=True)
class Choice:
    """A page that asks to choose one option: an account, a method to verify an identity."""

    words: str
    """The page's own words for it."""
    options: tuple[Option, ...]
    button: Button | None
    """The button that submits it; `None` where choosing is enough."""


@dataclass(frozen=True, slots=True)
class StaySignedInOffer:
    """A page that offers to keep the session: yes or no."""

    words: str
    accept: Button | Link
    decline: Button | Link


@dataclass(frozen=True, slots=True)
class PushApproval:
    """A page that waits until the person approves the sign-in on another device."""

    words: str
    number: str
    """The number to type or tap there; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Loading:
    """A page that is blank, still loads, or goes on without an answer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page that refuses the sign-in and asks nothing."""

    words: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A page that asks for more than a terminal or this program can answer."""

    asks: str
    """A name for the requested answer, `a one-time code`; empty where it is not known."""
    fillable: bool
    """True if it has something to fill in or to choose."""


PageKind = SignInForm | Choice | StaySignedInOffer | PushApproval | Loading | Refusal | Unsupported
"""The kind of a page, with the parts of the page that answer it."""
