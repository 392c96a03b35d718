"""The sources of a password and of a one-time code: a command, a remembered one, the person.

A command and a remembered password serve once: many identity providers lock an account after a few
wrong ones. `unattended` has the rules that decide whether one of them may be sent.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from aws_saml_ext.capture.flow.questions import WINDOW_OPTION, NothingTyped
from aws_saml_ext.capture.flow.secret_commands import MAX_COMMAND_SECONDS, CommandFailed

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.questions import Questions
    from aws_saml_ext.capture.flow.secret_commands import RunCommand
    from aws_saml_ext.capture.flow.secret_places import Place
    from aws_saml_ext.capture.flow.unattended import Unattended
    from aws_saml_ext.clock import Deadline

_log = logging.getLogger(__name__)

_RECALLED = "the remembered password"


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
        self,
        command: CommandSource,
        passwords: Passwords | None,
        questions: Questions,
        unattended: Unattended,
    ) -> None:
        """Take the sources, in the order in which they are tried.

        Args:
            command: `saml_password_command`.
            passwords: remembered passwords; None remembers none.
            questions: ask the person.
            unattended: the rules for passwords that no person types.
        """
        self._command = command
        self._passwords = passwords
        self._questions = questions
        self._unattended = unattended
        self._recalled: str | None = None
        """The remembered password, until it is used."""
        self._was_recalled = False
        self._recalled_of: str | None = None
        """The user whose remembered password was used last; None for another password."""
        self._typed: tuple[str, str] | None = None
        """The username and the password that the person typed last."""

    def check(self, username: str | None, deadline: Deadline) -> None:
        """Check, before a browser starts, that the command prints no password that was refused.

        Raises:
            Withheld: it does, and nobody can be asked.
        """
        if self._command.is_left and self._unattended.has_refused("password", username):
            printed = self._command.peek(deadline)
            if printed is not None:
                self._unattended.may_send("password", self._command.secret, username, printed)

    def get(
        self,
        caption: str,
        username: str | None,
        place: Place,
        deadline: Deadline,
        *,
        must_be_typed: bool = False,
    ) -> str:
        """Return the next password to try.

        Args:
            caption: the question.
            username: whose password it is.
            place: the place that asks for it.
            deadline: the end of the time for the answer.
            must_be_typed: whether it is for an account that is not that of the settings: then no
                command runs, and nothing is recalled or remembered.

        Raises:
            NothingTyped: the person typed nothing.
            Withheld: nobody can be asked, and no password that nobody types may be sent.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        self._recalled_of = None
        if not must_be_typed and (password := self._fetched(username, place, deadline)):
            return password
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
        self._unattended.typed("password", place)
        return password

    def _fetched(self, username: str | None, place: Place, deadline: Deadline) -> str | None:
        """Return the next password that no person types and that may be sent to this place."""
        rules, command = self._unattended, self._command
        if command.is_left and rules.allow(command.secret, command.idp_url, place, deadline):
            printed = command.take(deadline)
            if printed and rules.may_send("password", command.secret, username, printed):
                _log.debug("Answered by %s.", command.secret)
                return printed
        recalled = self._recall(username)
        if recalled is None or not rules.allow(_RECALLED, None, place, deadline):
            return None
        self._recalled = None
        if not rules.may_send("password", _RECALLED, username, recalled):
            return None
        self._recalled_of = username
        _log.debug("Answered by %s.", _RECALLED)
        return recalled

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
        """Return the remembered password, until it was used."""
        if self._passwords is not None and username is not None and not self._was_recalled:
            self._was_recalled = True
            self._recalled = self._passwords.recall(username)
        return self._recalled


class CodeSource:
    """The one-time codes of one sign-in."""

    def __init__(
        self, command: CommandSource, questions: Questions, unattended: Unattended
    ) -> None:
        """Take the sources, in the order in which they are tried.

        Args:
            command: `saml_mfa_command`.
            questions: ask the person.
            unattended: the rules for codes that no person types.
        """
        self._command = command
        self._questions = questions
        self._unattended = unattended

    @property
    def has_command(self) -> bool:
        """True if a command can print the next code."""
        return self._command.is_left

    def check(self, username: str | None) -> None:
        """Check, before a browser starts, that not every code of the command was refused.

        Raises:
            Withheld: the last few were, and nobody can be asked.
        """
        if self._command.is_left:
            self._unattended.check_count("code", self._command.secret, username)

    def get(
        self,
        caption: str,
        length: int | None,
        username: str | None,
        place: Place,
        deadline: Deadline,
        *,
        must_be_typed: bool = False,
        secret: bool = False,
        optional: bool = False,
    ) -> str:
        """Return the next code to try, without blanks; empty where it is optional.

        Args:
            caption: the question.
            username: whose code it is.
            place: the place that asks for it.
            length: the characters that it must have; None for any number.
            deadline: the end of the time for the answer.
            must_be_typed: as for `PasswordSource.get`.
            secret: whether it must not show while it is typed.
            optional: whether an empty answer is one.

        Raises:
            NothingTyped: the person typed nothing.
            Withheld: nobody can be asked, and the code of the command may not be sent.
            SignInRequired, Stopped, TimedOut: as for `Questions.ask`.
        """
        code = "" if must_be_typed else self._fetched(username, place, deadline)
        if code:
            _log.debug("Answered by %s.", self._command.secret)
        is_typed = not code or length not in {None, len(code)}
        while not code or length not in {None, len(code)}:
            if code:
                self._questions.explain(f"The code has {length} characters.")
            instead = f"saml_mfa_command in the profile, or {WINDOW_OPTION}"
            code = _without_blanks(
                self._questions.ask(caption, deadline, instead=instead, secret=secret)
            )
            if not code and optional:
                break
            if not code:
                raise NothingTyped
        if is_typed and code:
            self._unattended.typed("code", place)
        return code

    def _fetched(self, username: str | None, place: Place, deadline: Deadline) -> str:
        rules, command = self._unattended, self._command
        if not command.is_left or not rules.allow(command.secret, command.idp_url, place, deadline):
            return ""
        code = _without_blanks(command.take(deadline) or "")
        return code if code and rules.may_send("code", command.secret, username, code) else ""


class CommandSource:
    """A command of the settings that prints a secret; it runs once."""

    def __init__(
        self,
        secret: str,
        setting: str,
        command: tuple[str, ...],
        run: RunCommand,
        questions: Questions,
        *,
        idp_url: str = "",
    ) -> None:
        """Take a command without running it.

        Args:
            secret: what it prints, `password`.
            setting: the name of the setting, for messages.
            command: its words; empty where the setting is not set.
            run: runs a command.
            questions: explain to the person why a command failed.
            idp_url: the address that it is for; empty for that of the sign-in.
        """
        self.secret = f"the {secret} of {setting}"
        """The name of what it prints."""
        self.idp_url = idp_url or None
        """The address that it is for; None for that of the sign-in."""
        self._setting = setting
        self._printed: str | None = None
        self._command = command
        self._run = run
        self._questions = questions

    @property
    def is_left(self) -> bool:
        """True if its secret was not taken yet."""
        return bool(self._command) or self._printed is not None

    def take(self, deadline: Deadline) -> str | None:
        """Return the secret that the command prints, the first time; None if it fails."""
        printed, self._printed = self.peek(deadline), None
        return printed

    def peek(self, deadline: Deadline) -> str | None:
        """Return the secret, and keep it for `take`."""
        command, self._command = self._command, ()
        if not command:
            return self._printed
        try:
            self._printed = self._run(command, deadline.at_most(MAX_COMMAND_SECONDS))
            return self._printed
        except CommandFailed as failure:
            self._questions.explain(f"{self._setting} {failure}.")
            return None


def _without_blanks(code: str) -> str:
    """Return a code as it is typed: `123 456` is shown for people to read and means 123456."""
    return "".join(code.split())
