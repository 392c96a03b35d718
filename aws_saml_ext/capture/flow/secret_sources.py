"""The sources of a password and of a one-time code: a command, a remembered one, the person.

A command and a remembered password serve once: many identity providers lock an account after a few
wrong ones. A rule about the origins that may get a secret belongs in `get`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aws_saml_ext.capture.flow.questions import WINDOW_OPTION, NothingTyped
from aws_saml_ext.capture.flow.secret_commands import MAX_COMMAND_SECONDS, CommandFailed

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.flow.secret_commands import RunCommand
    from aws_saml_ext.clock import Deadline


class Passwords(Protocol):
    """The passwords that are remembered from one sign-in to the next."""

    def recall(self, username: str) -> str | None:
        """Return the password of a user at this identity provider; `None` where there is none."""

    def refused(self, username: str) -> None:
        """Forget the password that `recall` returned: the identity provider refused it."""

    def typed(self, username: str, password: str) -> None:
        """Take a password that the person typed and the identity provider accepted."""


class PasswordSource:
    """The password of one sign-in."""

    def __init__(
        self, command: CommandSource, passwords: Passwords | None, questions: Questions
    ) -> None:
        """Take the sources, in the order in which they are tried.

        Args:
            command: `saml_password_command`.
            passwords: remembered passwords; None remembers none.
            questions: ask the person.
        """
        self._command = command
        self._passwords = passwords
        self._questions = questions
        self._was_recalled = False
        self._recalled_of: str | None = None
        """The user whose remembered password was used last; None for another password."""
        self._typed: tuple[str, str] | None = None
        """The username and the password that the person typed last."""

    def get(
        self, caption: str, username: str | None, deadline: Deadline, *, must_be_typed: bool = False
    ) -> str:
        """Return the next password to try.

        Args:
            caption: the question.
            username: whose password it is.
            deadline: the end of the time for the answer.
            must_be_typed: whether it is for an account that is not that of the settings: then no
                command runs, and nothing is recalled or remembered.

        Raises:
            NothingTyped: the person typed nothing.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        if not must_be_typed:
            if printed := self._command.take(deadline):
                return printed
            if recalled := self._recall(username):
                return recalled
        password = self._questions.ask(
            caption,
            deadline,
            instead=f"saml_password_command in the profile, or {WINDOW_OPTION}",
            secret=True,
        )
        if not password:
            raise NothingTyped
        if username is not None and not must_be_typed:
            self._typed = (username, password)
        return password

    def refused(self) -> bool:
        """Note that the last password was refused, and return whether it was a remembered one."""
        username, self._recalled_of = self._recalled_of, None
        if self._passwords is None or username is None:
            return False
        self._passwords.refused(username)
        return True

    def forget_typed(self) -> None:
        """Forget the password that was typed last: an answer was refused."""
        self._typed = None

    def accepted(self) -> None:
        """Note that the identity provider accepted the last password."""
        if self._typed is not None and self._passwords is not None:
            self._passwords.typed(*self._typed)
        self._typed = None

    def _recall(self, username: str | None) -> str | None:
        """Return the remembered password, the first time that one is asked for."""
        is_first, self._was_recalled = not self._was_recalled, True
        self._recalled_of = None
        if not is_first or self._passwords is None or username is None:
            return None
        password = self._passwords.recall(username)
        self._recalled_of = username if password is not None else None
        return password


class CodeSource:
    """The one-time codes of one sign-in."""

    def __init__(self, command: CommandSource, questions: Questions) -> None:
        """Take the sources, in the order in which they are tried.

        Args:
            command: `saml_mfa_command`.
            questions: ask the person.
        """
        self._command = command
        self._questions = questions

    @property
    def has_command(self) -> bool:
        """True if a command can print the next code."""
        return self._command.is_left

    def get(
        self,
        caption: str,
        length: int | None,
        deadline: Deadline,
        *,
        must_be_typed: bool = False,
        secret: bool = False,
    ) -> str:
        """Return the next code to try, without blanks.

        Args:
            caption: the question.
            length: the characters that it must have; None for any number.
            deadline: the end of the time for the answer.
            must_be_typed: as for `PasswordSource.get`.
            secret: whether it must not show while it is typed.

        Raises:
            NothingTyped: the person typed nothing.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        printed = None if must_be_typed else self._command.take(deadline)
        code = _without_blanks(printed or "")
        while not code or length not in {None, len(code)}:
            if code:
                self._questions.explain(f"The code has {length} characters.")
            instead = f"saml_mfa_command in the profile, or {WINDOW_OPTION}"
            code = _without_blanks(
                self._questions.ask(caption, deadline, instead=instead, secret=secret)
            )
            if not code:
                raise NothingTyped
        return code


class CommandSource:
    """A command of the settings that prints a secret; it runs once."""

    def __init__(
        self, setting: str, command: tuple[str, ...], run: RunCommand, questions: Questions
    ) -> None:
        """Take a command without running it.

        Args:
            setting: the name of the setting, for messages.
            command: its words; empty where the setting is not set.
            run: runs a command.
            questions: explain to the person why a command failed.
        """
        self._setting = setting
        self._command = command
        self._run = run
        self._questions = questions

    @property
    def is_left(self) -> bool:
        """True if it has not run yet."""
        return bool(self._command)

    def take(self, deadline: Deadline) -> str | None:
        """Return the secret that the command prints, the first time; None if it fails."""
        command, self._command = self._command, ()
        if not command:
            return None
        try:
            return self._run(command, deadline.at_most(MAX_COMMAND_SECONDS))
        except CommandFailed as failure:
            self._questions.explain(f"{self._setting} {failure}.")
            return None


def _without_blanks(code: str) -> str:
    """Return a code as it is typed: `123 456` is shown for people to read and means 123456."""
    return "".join(code.split())
