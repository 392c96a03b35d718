"""Answer what a page asks: from the settings, from what is remembered, or from the person."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from aws_saml_ext.capture.flow.secret_commands import COMMAND_SECONDS, CommandFailed
from aws_saml_ext.capture.page.description import Field
from aws_saml_ext.capture.page.kinds import Choice, Option, SignInForm
from aws_saml_ext.capture.page.reader import PageChanged
from aws_saml_ext.errors import ConfigError, IdentityProviderRefused
from aws_saml_ext.net import host_of, is_loopback
from aws_saml_ext.prompt import chosen

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.secret_commands import RunCommand
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.reader import Page
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.prompt import Prompt

TRIES = 3
"""How often a sign-in is tried; many identity providers lock an account after five."""
_LONGEST_CAPTION = 60  # characters of a prompt
_IN_A_WINDOW = "--use-browser"


class NothingTyped(Exception):
    """The person pressed Enter at a question, and typed nothing."""


class Passwords(Protocol):
    """Passwords that are remembered from one sign-in to the next."""

    def recall(self, username: str) -> str | None:
        """The password of this user at this identity provider; None where there is none."""

    def refused(self, username: str) -> None:
        """The identity provider did not take what `recall` gave: never give it again."""

    def typed(self, username: str, password: str) -> None:
        """The person typed this one, and it was taken."""


class Answers:
    """
    What one person answers during one sign-in, and what the pages said to it.

    The username is kept from page to page. A password or a code is kept until it has been
    submitted, for the origin that asked for it, and never given to another one.
    """

    def __init__(
        self,
        settings: Settings,
        prompt: Prompt,
        *,
        run: RunCommand,
        left: Callable[[], float],
        passwords: Passwords | None = None,
    ) -> None:
        """`left` tells how many seconds an answer may take. Without `passwords`, none is kept."""
        self._settings = settings
        self._person = prompt
        self._run = run
        self._left = left
        self._passwords = passwords
        self._username = settings.username
        self._username_is_doubtful = False
        self._password: _Secret | None = None
        self._code: _Secret | None = None
        self._commands = {"saml_password_command": settings.password_command}
        self._commands["saml_mfa_command"] = settings.mfa_command
        self._was_recalled = False
        self._recalled: str | None = None
        """Whose remembered password was given last; None where it was another one."""
        self._typed: tuple[str, str] | None = None
        """Username and password as the person typed them last."""
        self._chosen: set[tuple[str, str]] = set()
        self._submitted: set[tuple[str, str]] = set()
        self._first_lines: dict[tuple[str, str], frozenset[str]] = {}
        self._refusals = 0
        self._to_be_said: list[str] = []
        self._hosts = {host_of(settings.idp_url)}

    def gather(self, description: Description, form: SignInForm) -> None:
        """
        Know what this form asks for; the person is asked what nobody else can tell.

        Raises:
            IdentityProviderRefused: the page refuses what was submitted, for the third time, or
                with nobody there to try again.
            SignInRequired: nobody is there to answer.
            NothingTyped: the person typed nothing.
            Stopped: the input ended.
            TimedOut: nobody answered in time.
            ConfigError: the page is not safe to type anything into.
        """
        _must_be_safe(description, form)
        origin = description.origins[form.last.frame]
        if _question(description, form) in self._submitted:
            self._refused(description, form)
        self._introduce(host_of(origin))
        if form.username is not None and (self._username is None or self._username_is_doubtful):
            self._ask_username(form.username)
        if form.password is not None and not _is_for(origin, self._password):
            self._password = _Secret(origin, self._find_password(form.password))
        if form.code and not _is_for(origin, self._code):
            self._code = _Secret(origin, self._find_code(form.code))

    def knows(self, description: Description, form: SignInForm) -> bool:
        """Whether everything that this form asks for has been gathered."""
        origin = description.origins[form.last.frame]
        return (
            (form.username is None or self._username is not None)
            and (form.password is None or _is_for(origin, self._password))
            and (not form.code or _is_for(origin, self._code))
        )

    def give(self, page: Page, form: SignInForm) -> None:
        """
        Fill in the form and submit it.

        Raises:
            PageChanged: another page stands there by now; nothing was submitted.
        """
        if form.username is not None and self._username is not None:
            page.fill(form.username, self._username)
        if form.password is not None and self._password is not None:
            page.fill(form.password, self._password.text)
        if form.remember is not None:
            page.tick(form.remember, on=self._settings.keep_session)
        if self._fill_code(page, form.code):
            page.submit(form.button, form.last)
        self._password = None if form.password is not None else self._password
        self._code = None if form.code else self._code
        question = _question(page.description, form)
        self._submitted.add(question)
        self._first_lines.setdefault(question, frozenset(page.description.lines))

    def choose(self, description: Description, choice: Choice) -> Option:
        """
        What the settings or the person choose of several.

        Raises:
            SignInRequired, NothingTyped, Stopped, TimedOut: as `gather`.
        """
        option = self.known(description, choice)
        if option is None:
            self._introduce(description.host)
            listing, self._to_be_said = self._to_be_said, []
            number = chosen(
                self._person,
                [each.text for each in choice.options],
                words=choice.words,
                before=listing,
                instead=_IN_A_WINDOW,
                seconds=self._left,
            )
            if number is None:
                raise NothingTyped
            option = choice.options[number]
        self._chosen.add((description.origin, option.text))
        return option

    def known(self, description: Description, choice: Choice) -> Option | None:
        """The account of `saml_username`, where it is to be chosen; None if that led nowhere."""
        theirs = [each for each in choice.options if self._is_theirs(each)]
        if len(theirs) != 1 or (description.origin, theirs[0].text) in self._chosen:
            return None
        self._chosen.add((description.origin, theirs[0].text))
        return theirs[0]

    def signed_in(self) -> None:
        """The identity provider has taken what was given."""
        if self._typed is not None:
            if self._passwords is not None:
                self._passwords.typed(*self._typed)
            self._typed = None

    def _is_theirs(self, option: Option) -> bool:
        """Whether an account to choose is that of `saml_username`."""
        if self._settings.username is None:
            return False
        words = option.text.casefold().replace("(", " ").replace(")", " ").split()
        return self._settings.username.casefold() in words

    def _fill_code(self, page: Page, fields: tuple[Field, ...]) -> bool:
        """Whether the form is still to be submitted: many are by their last box."""
        if not fields or self._code is None:
            return True
        if len(fields) == 1:
            page.fill(fields[0], self._code.text)
            return True
        *first, last = zip(fields, self._code.text, strict=True)
        for field, character in first:
            page.fill(field, character)
        try:
            page.fill(*last)
        except PageChanged:
            return False
        return True

    def _refused(self, description: Description, form: SignInForm) -> None:
        before = self._first_lines[_question(description, form)]
        new = [line for line in description.lines if line not in before]
        host = description.host
        words = form.error or " ".join(new[:3])
        if not words:
            invalid = form.username is not None and form.username.invalid
            words = "The username is not taken in this form." if invalid else "It asks again."
        if form.password is not None and self._passwords and self._recalled is not None:
            self._passwords.refused(self._recalled)
            words += " The remembered password is forgotten."
        self._typed = None
        self._refusals += 1
        if self._refusals == TRIES or not self._person.interactive:
            raise IdentityProviderRefused(
                f"{host} did not sign you in: {words}",
                hint=f"aws saml-login --profile {shlex.quote(self._settings.profile)}",
            )
        self._to_be_said.append(words)
        self._submitted.clear()
        self._password = self._code = None
        # A username from the settings is not to blame where a password was asked for as well.
        asks_for_secrets = form.password is not None or bool(form.code)
        self._username_is_doubtful = not asks_for_secrets or not self._settings.username

    def _introduce(self, host: str) -> None:
        """Whoever types a password sees no address bar: say who asks."""
        if host not in self._hosts:
            self._hosts.add(host)
            self._to_be_said.append(f"{host} asks:")

    def _ask_username(self, field: Field) -> None:
        before = self._username
        caption = _caption(field, "Username") + (f" [{before}]" if before else "")
        self._username = self._ask(caption, instead="--username NAME") or before
        self._username_is_doubtful = False
        if self._username is None:
            raise NothingTyped

    def _find_password(self, field: Field) -> str:
        if printed := self._printed_by("saml_password_command"):
            return printed
        if recalled := self._recalled_password():
            return recalled
        instead = f"saml_password_command in the profile, or {_IN_A_WINDOW}"
        password = self._ask(_caption(field, "Password"), instead=instead, secret=True)
        if not password:
            raise NothingTyped
        if self._username is not None:
            self._typed = (self._username, password)
        return password

    def _recalled_password(self) -> str | None:
        """A remembered password, the first time that one is asked for: accounts are locked soon."""
        first, self._was_recalled = not self._was_recalled, True
        if not first or self._passwords is None or self._username is None:
            self._recalled = None
            return None
        password = self._passwords.recall(self._username)
        self._recalled = self._username if password is not None else None
        return password

    def _find_code(self, fields: tuple[Field, ...]) -> str:
        caption = "Code" if len(fields) > 1 else _caption(fields[0], "Code")
        instead = f"saml_mfa_command in the profile, or {_IN_A_WINDOW}"
        code = _without_blanks(self._printed_by("saml_mfa_command") or "")
        boxes = len(fields) if len(fields) > 1 else None
        while not code or boxes not in {None, len(code)}:
            if code:
                self._to_be_said.append(f"A code of {boxes} characters is asked for.")
            code = _without_blanks(self._ask(caption, instead=instead))
            if not code:
                raise NothingTyped
        return code

    def _printed_by(self, setting: str) -> str | None:
        """What the command of a setting prints; it is tried once."""
        command = self._commands.pop(setting, ())
        if not command:
            return None
        try:
            return self._run(command, min(COMMAND_SECONDS, self._left()))
        except CommandFailed as failure:
            self._to_be_said.append(f"{setting} {failure}.")
            return None

    def _ask(self, caption: str, *, instead: str, secret: bool = False) -> str:
        listing, self._to_be_said = self._to_be_said, []
        return self._person.ask(
            f"{caption}: ",
            instead=instead,
            listing=listing,
            secret=secret,
            seconds=self._left(),
        )


class _Secret:
    """A password or a code that has not been submitted yet, and who may have it."""

    __slots__ = ("origin", "text")

    def __init__(self, origin: str, text: str) -> None:
        self.origin = origin
        self.text = text


def _is_for(origin: str, secret: _Secret | None) -> bool:
    return secret is not None and secret.origin == origin


def _without_blanks(code: str) -> str:
    """`123 456` is shown for people to read, and meant as 123456."""
    return "".join(code.split())


def _question(description: Description, form: SignInForm) -> tuple[str, str]:
    """
    What tells that a form comes again: who asks, and for what.

    A form that asks for both counts as one for the password: of two pages in a row, the second may
    show the username once more.
    """
    asks_for = "code" if form.code else "username"
    if form.password is not None:
        asks_for = "password"
    return description.origins[form.last.frame], asks_for


def _caption(field: Field, otherwise: str) -> str:
    """The page's own word for a field, as a prompt."""
    words = field.caption.strip(" :*\N{FULLWIDTH COLON}\N{FULLWIDTH ASTERISK}")
    return words if 0 < len(words) <= _LONGEST_CAPTION else otherwise


def _must_be_safe(description: Description, form: SignInForm) -> None:
    """What is typed travels over https, or stays on this machine."""
    origins = [description.origin, description.origins[form.last.frame]]
    if form.action not in {"", "null"}:  # a script submits it
        origins.append(form.action)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise ConfigError(
                f"{host_of(origin) or 'A page'} asks for a sign-in over http, where everybody on "
                "the way can read it. Nothing was typed.",
                hint="Ask whoever runs the identity provider for an https address, "
                "and set it as saml_idp_url",
            )
