"""Answer what a page asks from the settings, from a command, or from the person at the terminal."""

from __future__ import annotations

import locale
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext.aws_globals import without_mark
from aws_saml_ext.capture.page import Field, SignInForm, host_of
from aws_saml_ext.errors import ConfigError, IdentityProviderRefused
from aws_saml_ext.settings import is_loopback

if TYPE_CHECKING:
    from aws_saml_ext.capture.page import Description
    from aws_saml_ext.capture.reading import Page
    from aws_saml_ext.person import Person
    from aws_saml_ext.settings import Settings

TRIES = 3
"""How often a sign-in is tried; many identity providers lock an account after five."""
_COMMAND_SECONDS = 60.0  # a person may have to unlock a key store
_LONGEST_LINE = 4096  # bytes of a password
_LONGEST_CAPTION = 60  # characters of a prompt

_LAST_WORDS = 1.0  # to read what a command had printed when it ended

RunCommand = Callable[[tuple[str, ...], float], str]
"""The first line that a command prints, within so many seconds. Raises CommandFailed."""


class NothingTyped(Exception):
    """The person pressed Enter at a question, and typed nothing."""


class CommandFailed(Exception):
    """A command did not give a password; the text is the end of a sentence about it."""


class Answers:
    """
    What one person answers during one sign-in, and what the pages said to it.

    The username is kept from page to page. A password is kept until it has been submitted, for
    the origin that asked for it, and never given to another one.
    """

    def __init__(
        self,
        settings: Settings,
        person: Person,
        *,
        run: RunCommand,
        left: Callable[[], float],
    ) -> None:
        """`left` tells how many seconds an answer may take."""
        self._settings = settings
        self._person = person
        self._run = run
        self._left = left
        self._username = settings.username
        self._username_is_doubtful = False
        self._password: _Password | None = None
        self._command_was_tried = not settings.password_command
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
        if form.password is not None and not self._has_password_for(origin):
            self._password = _Password(origin, self._find_password(form.password))

    def knows(self, description: Description, form: SignInForm) -> bool:
        """Whether everything that this form asks for has been gathered."""
        username = form.username is None or self._username is not None
        origin = description.origins[form.last.frame]
        return username and (form.password is None or self._has_password_for(origin))

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
        page.submit(form.button, form.last)
        self._password = None if form.password is not None else self._password
        question = _question(page.description, form)
        self._submitted.add(question)
        self._first_lines.setdefault(question, frozenset(page.description.lines))

    def _refused(self, description: Description, form: SignInForm) -> None:
        before = self._first_lines[_question(description, form)]
        new = [line for line in description.lines if line not in before]
        host = description.host
        words = form.error or " ".join(new[:3])
        if not words:
            invalid = form.username is not None and form.username.invalid
            words = "The username is not taken in this form." if invalid else "It asks again."
        self._refusals += 1
        if self._refusals == TRIES or not self._person.is_there:
            raise IdentityProviderRefused(f"{host} did not sign you in: {words}")
        self._to_be_said.append(words)
        self._submitted.clear()
        self._password = None
        # A username from the settings is not to blame where a password was asked for as well.
        self._username_is_doubtful = form.password is None or not self._settings.username

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
        if not self._command_was_tried:
            self._command_was_tried = True
            try:
                seconds = min(_COMMAND_SECONDS, self._left())
                return self._run(self._settings.password_command, seconds)
            except CommandFailed as failure:
                self._to_be_said.append(f"saml_password_command {failure}.")
        instead = "saml_password_command in the profile, or --use-browser"
        password = self._ask(_caption(field, "Password"), instead=instead, secret=True)
        if not password:
            raise NothingTyped
        return password

    def _ask(self, caption: str, *, instead: str, secret: bool = False) -> str:
        listing, self._to_be_said = self._to_be_said, []
        return self._person.ask(
            f"{caption}: ",
            instead=instead,
            listing=listing,
            secret=secret,
            seconds=self._left(),
        )

    def _has_password_for(self, origin: str) -> bool:
        return self._password is not None and self._password.origin == origin


class _Password:
    """A password that has not been submitted yet, and who may have it."""

    __slots__ = ("origin", "text")

    def __init__(self, origin: str, text: str) -> None:
        self.origin = origin
        self.text = text


def _question(description: Description, form: SignInForm) -> tuple[str, str]:
    """
    What tells that a form comes again: who asks, and for what.

    A form that asks for both counts as one for the password: of two pages in a row, the second may
    show the username once more.
    """
    asks_for = "username" if form.password is None else "password"
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


def first_line(
    command: tuple[str, ...],
    seconds: float = _COMMAND_SECONDS,
    *,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """
    The first line that a command prints, run without a shell. Its errors go to standard error.

    The command must end; what it started in the background may go on, with its output still open.

    Raises:
        CommandFailed: it could not be run, took too long, failed, or printed no text.
    """
    until = time.monotonic() + seconds
    try:
        process = subprocess.Popen(
            command,
            env=without_mark(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
    except OSError as error:
        raise CommandFailed(f"could not be run: {error.strerror}: {command[0]}") from None
    printed = _Printed(process)
    try:
        status = process.wait(seconds)
        line = printed.first_line(until - time.monotonic()) if status == 0 else b""
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"took longer than {seconds:.3g} seconds") from None
    finally:
        process.kill()  # nothing happens to one that has ended
        process.wait()
    if status != 0:
        raise CommandFailed(f"ended with exit status {status}")
    try:
        text = line.decode(locale.getpreferredencoding(False)).rstrip("\r\n")
    except UnicodeDecodeError:
        # The cause holds what was printed.
        raise CommandFailed("printed something that is no text") from None
    if not text:
        raise CommandFailed("printed nothing")
    return text


class _Printed:
    """
    The first line of a command's output. The rest is read and dropped, for as long as there is any:
    a command that nobody listens to may fail.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._line = b""
        self._is_whole = threading.Event()
        threading.Thread(target=self._read, name="command output", daemon=True).start()

    def first_line(self, seconds: float) -> bytes:
        """
        The line, once the command has ended.

        What it started may hold its output open: a line without an end is then taken as it is.
        """
        if not self._is_whole.wait(min(_LAST_WORDS, max(0.0, seconds))) and not self._line:
            self._is_whole.wait(max(0.0, seconds - _LAST_WORDS))
        return self._line

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 - it is a pipe
        with output:
            while read := os.read(output.fileno(), _LONGEST_LINE):
                if self._is_whole.is_set():
                    continue
                line, end, _ = (self._line + read).partition(b"\n")
                self._line = line[:_LONGEST_LINE]
                if end or len(line) >= _LONGEST_LINE:
                    self._is_whole.set()
        self._is_whole.set()
