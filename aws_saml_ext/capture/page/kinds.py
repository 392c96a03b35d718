"""The kinds of page: one class for each, and the union of them.

A new kind is one more class here and one more function in `classify.KINDS`; the flows decide how to
answer it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from aws_saml_ext.capture.page.description import Button, Field, Link
from aws_saml_ext.capture.page.wording import bare

MAX_PART = 5
"""Characters in each of two or three fields that take one code; a row of boxes takes one each."""


class AnswerType(Enum):
    """The types of answers to a question of a form."""

    TEXT = auto()
    SECRET = auto()
    """A text that must not show while it is typed."""
    ONE_OF = auto()
    """One of several options: a list, radio buttons."""
    TICK = auto()
    """Yes or no: a check box."""


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """A question of a form besides those for a username, a password and a one-time code."""

    caption: str
    """The page's own words for it."""
    type: AnswerType
    fields: tuple[Field, ...]
    """One field, or one for each radio button."""
    options: tuple[str, ...] = ()
    chosen: int = -1
    """The place of the option that the page has chosen; -1 where it has none."""


@dataclass(frozen=True, slots=True)
class SignInForm:
    """A form that signs in: it asks for a username, a password, a one-time code, or more."""

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
    others: tuple[FormQuestion, ...] = ()
    """Its other questions."""
    changes_password: bool = False
    """True if it asks for a new password."""
    is_lone: bool = False
    """True if it is one text field, whose words are not known, and one button."""
    name: str = ""
    """The page's words for the form; empty where it has none."""
    order: tuple[int, ...] = ()
    """The indexes of its fields in the order of the page."""

    @property
    def parts(self) -> tuple[Field | FormQuestion, ...]:
        """Its questions in the order of the page: fields for what has a meaning, and the others.

        The boxes of one code count as one field, the first.
        """
        known = [field for field in (self.username, self.password, *self.code[:1]) if field]
        return tuple(sorted([*known, *self.others], key=self._turn))

    @property
    def asked(self) -> tuple[Field, ...]:
        """The fields to fill in, in order."""
        known = [field for field in (self.username, self.password, *self.code) if field]
        others = [field for question in self.others for field in question.fields]
        return tuple(sorted([*known, *others], key=self._place))

    @property
    def code_lengths(self) -> tuple[int, ...]:
        """The characters of a code that each of several fields takes."""
        return tuple(
            box.maxlength if 1 < box.maxlength <= MAX_PART and not box.row else 1
            for box in self.code
        )

    def code_parts(self, code: str) -> Iterator[tuple[Field, str]]:
        """Yield each field of a code with its part of it; none where the code is empty."""
        if len(self.code) == 1:
            yield from [(self.code[0], code)] if code else []
            return
        for box, length in zip(self.code, self.code_lengths, strict=True):
            yield box, code[:length]
            code = code[length:]

    @property
    def last(self) -> Field:
        """The field that is filled in last: of text, where it has one."""
        choices = {"radio", "checkbox"}
        texts = [field for field in self.asked if field.type not in choices]
        return texts[-1] if texts else self.asked[-1]

    def _turn(self, part: Field | FormQuestion) -> tuple[int, bool]:
        """Return the place of a question; a password comes behind its username."""
        place = self._place(part)
        is_password = part == self.password
        if is_password and self.username is not None:
            place = max(place, self._place(self.username))
        return place, is_password

    def _place(self, part: Field | FormQuestion) -> int:
        first = part if isinstance(part, Field) else part.fields[0]
        return self.order.index(first.index)


@dataclass(frozen=True, slots=True)
class SeveralForms:
    """A page with several sign-in forms, none of them better than the others."""

    forms: tuple[SignInForm, ...]

    @property
    def names(self) -> list[str]:
        """Names that tell them apart."""
        names = []
        for number, form in enumerate(self.forms, start=1):
            captions = [bare(part.caption) for part in form.parts if part.caption]
            button = form.button.text if form.button and form.button.text else f"form {number}"
            names.append(f"{form.name or button} ({', '.join(captions)})")
        if len(set(names)) < len(names):
            names = [f"form {number}: {name}" for number, name in enumerate(names, start=1)]
        return names


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

    @property
    def is_puzzle(self) -> bool:
        """True if it asks for a CAPTCHA or the like: it often follows a wrong password."""
        return "CAPTCHA" in self.asks or "picture" in self.asks


PageKind = (
    SignInForm
    | SeveralForms
    | Choice
    | StaySignedInOffer
    | PushApproval
    | Loading
    | Refusal
    | Unsupported
)
"""The kind of a page, with the parts of the page that answer it."""
