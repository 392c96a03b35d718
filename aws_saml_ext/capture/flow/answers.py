"""The answers to the sign-in forms of one sign-in.

The username stays the same from page to page. A password or a code is kept until it is submitted,
for the origin that asked for it, and never typed for another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext.capture.flow.questions import NothingTyped
from aws_saml_ext.capture.page.reader import PageChanged
from aws_saml_ext.errors import ConfigError, IdentityProviderRefused
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_of, is_loopback

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.flow.secret_sources import CodeSource, PasswordSource
    from aws_saml_ext.capture.page.description import Description, Field
    from aws_saml_ext.capture.page.kinds import SignInForm
    from aws_saml_ext.capture.page.reader import Page
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings

MAX_ATTEMPTS = 3
"""Attempts of one sign-in; many identity providers lock an account after five."""
_MAX_CAPTION = 60
"""Characters of a question in the page's words."""
_MAX_NEW_LINES = 3
"""Lines of a page that can be its words about an answer."""


class Answers:
    """The answers to the forms of one sign-in, and how the pages took them."""

    def __init__(
        self, settings: Settings, questions: Questions, passwords: PasswordSource, codes: CodeSource
    ) -> None:
        """Start with the username of the settings."""
        self._settings = settings
        self._questions = questions
        self._passwords = passwords
        self._codes = codes
        self._username = settings.username
        self._username_is_doubtful = False
        self._password: _Secret | None = None
        self._code: _Secret | None = None
        self._submitted: set[_FormKey] = set()
        self._first_lines: dict[_FormKey, frozenset[str]] = {}
        self._refusals = 0

    def gather(self, page: Description, form: SignInForm, deadline: Deadline) -> None:
        """Gather the answers to a form; the person is asked for those that are not known.

        Raises:
            IdentityProviderRefused: the page refuses the answers for the third time, or nobody is
                there to try again.
            SignInRequired: nobody is there to answer.
            NothingTyped: the person typed nothing.
            Stopped: the input ended.
            TimedOut: nobody answered in time.
            ConfigError: the page would send the answers over http.
        """
        _check_addresses(page, form)
        origin = page.origins[form.last.frame]
        if _FormKey.of(page, form) in self._submitted:
            self._note_refusal(page, form)
        self._questions.introduce(host_of(origin))
        if form.username is not None and (self._username is None or self._username_is_doubtful):
            self._ask_username(form.username, deadline)
        if form.password is not None and not _is_for(origin, self._password):
            caption = _caption(form.password, "Password")
            password = self._passwords.get(caption, self._username, deadline)
            self._password = _Secret(origin, password)
        if form.code and not _is_for(origin, self._code):
            in_boxes = len(form.code) > 1
            caption = "Code" if in_boxes else _caption(form.code[0], "Code")
            length = len(form.code) if in_boxes else None
            self._code = _Secret(origin, self._codes.get(caption, length, deadline))

    def has_all(self, page: Description, form: SignInForm) -> bool:
        """Return whether every answer to a form has been gathered."""
        origin = page.origins[form.last.frame]
        return (
            (form.username is None or self._username is not None)
            and (form.password is None or _is_for(origin, self._password))
            and (not form.code or _is_for(origin, self._code))
        )

    def submit(self, page: Page, form: SignInForm) -> None:
        """Fill in a form and submit it.

        Raises:
            PageChanged: another page is there by now; nothing was submitted.
            ConfigError: the page would send the answers over http by now; nothing was typed.
        """
        _check_addresses(page.description, form)
        if form.username is not None and self._username is not None:
            page.fill(form.username, self._username)
        if form.password is not None and self._password is not None:
            page.fill(form.password, self._password.text)
        if form.remember is not None:
            page.tick(form.remember, on=self._settings.keep_session)
        if not self._fill_code(page, form.code):
            page.submit(form.button, form.last)
        self._password = None if form.password is not None else self._password
        self._code = None if form.code else self._code
        key = _FormKey.of(page.description, form)
        self._submitted.add(key)
        self._first_lines.setdefault(key, frozenset(page.description.lines))

    def accepted(self) -> None:
        """Note that the identity provider accepted the answers."""
        self._passwords.accepted()

    def _fill_code(self, page: Page, fields: tuple[Field, ...]) -> bool:
        """Fill in a code, and return whether that submitted the form: many last boxes do."""
        if not fields or self._code is None:
            return False
        if len(fields) == 1:
            page.fill(fields[0], self._code.text)
            return False
        *first, last = zip(fields, self._code.text, strict=True)
        for box, character in first:
            page.fill(box, character)
        try:
            page.fill(*last)
        except PageChanged:
            return True
        return False

    def _note_refusal(self, page: Description, form: SignInForm) -> None:
        """Prepare the next attempt after a form that came again."""
        words = self._words_about_refusal(page, form)
        if form.password is not None and self._passwords.refused():
            words += " The remembered password is forgotten."
        self._passwords.forget_typed()
        self._refusals += 1
        if self._refusals == MAX_ATTEMPTS or not self._questions.interactive:
            raise IdentityProviderRefused(
                f"{page.host} did not sign you in: {words}",
                command=sign_in_command(self._settings.profile),
            )
        self._questions.explain(words)
        self._submitted.clear()
        self._password = self._code = None
        # A username from the settings is not to blame where a secret was asked for as well.
        asks_for_secrets = form.password is not None or bool(form.code)
        self._username_is_doubtful = not asks_for_secrets or not self._settings.username

    def _words_about_refusal(self, page: Description, form: SignInForm) -> str:
        before = self._first_lines[_FormKey.of(page, form)]
        new = [line for line in page.lines if line not in before]
        if words := form.error or " ".join(new[:_MAX_NEW_LINES]):
            return words
        if form.username is not None and form.username.invalid:
            return "The username does not have the form that the page expects."
        return "The page asks again."

    def _ask_username(self, username: Field, deadline: Deadline) -> None:
        before = self._username
        caption = _caption(username, "Username") + (f" [{before}]" if before else "")
        typed = self._questions.ask(caption, deadline, instead="--username NAME")
        self._username = typed or before
        self._username_is_doubtful = False
        if self._username is None:
            raise NothingTyped


@dataclass(frozen=True, slots=True)
class _Secret:
    """A password or a code that is not submitted yet."""

    origin: str
    """The only origin that may get it."""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _FormKey:
    """The identity of a form: a form with the same key comes again after a refusal."""

    origin: str
    asks_for: str

    @classmethod
    def of(cls, page: Description, form: SignInForm) -> _FormKey:
        """Return the key of a form.

        A form with username and password counts as one for the password: of two pages in a row,
        the second one may show the username again.
        """
        asks_for = "code" if form.code else "username"
        if form.password is not None:
            asks_for = "password"
        return cls(page.origins[form.last.frame], asks_for)


def _is_for(origin: str, secret: _Secret | None) -> bool:
    return secret is not None and secret.origin == origin


def _caption(asked: Field, default: str) -> str:
    """Return the page's own caption of a field as a question, or `default` if it does not fit."""
    words = asked.caption.strip(" :*\N{FULLWIDTH COLON}\N{FULLWIDTH ASTERISK}")
    return words if 0 < len(words) <= _MAX_CAPTION else default


def _check_addresses(page: Description, form: SignInForm) -> None:
    """Check that the answers travel over https, or stay on this machine.

    Raises:
        ConfigError: they would not.
    """
    origins = [page.origin, page.origins[form.last.frame]]
    origins += [target for target in form.targets if target != "null"]  # then a script submits it
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ConfigError(
                f"{host_of(origin) or 'A page'} asks for a sign-in over http, which everybody on "
                "the way can read. Nothing was typed.",
                advice="Ask whoever runs the identity provider for an https address, and set it "
                "as saml_idp_url.",
            )
