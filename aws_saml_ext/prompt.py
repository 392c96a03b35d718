"""Asking and telling: messages and questions for the person at the terminal.

Messages go to standard error, since standard output is for data. Answers come from the terminal
itself, so that standard input stays free (`--assertion -`), and questions go there too.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, TextIO

from aws_saml_ext.errors import SignInRequired, Stopped, TerminalGone
from aws_saml_ext.line_reading import QuestionOver, not_in_time, read_line, read_secret
from aws_saml_ext.picker.menu import Menu, Picked, has_room
from aws_saml_ext.progress import Progress
from aws_saml_ext.text import printable, wrapped

_log = logging.getLogger(__name__)

_GONE = "The terminal went away while a question was waiting for an answer."

OpenTerminal = Callable[[], "tuple[TextIO, TextIO] | None"]
"""Open the terminal for reading and writing; None where there is none."""


class Prompt(Protocol):
    """The way to a person: messages to read, questions to answer."""

    @property
    def interactive(self) -> bool:
        """True if somebody can answer a question."""

    def notify(self, text: str) -> None:
        """Print one or more lines for people; does nothing where that is impossible."""

    def waiting(self, text: str, *, left: Callable[[], float] | None = None) -> None:
        """Say what the program waits for, while it lasts, at a terminal; empty ends it.

        Args:
            text: what it waits for.
            left: returns the seconds that remain for it, where they matter to the person.
        """

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> str:
        """Ask a question and return the line typed.

        Args:
            question: the text before the cursor.
            instead: the option that answers it where nobody can be asked.
            listing: lines to show before the question.
            secret: whether the answer is hidden while it is typed, and keeps its white space.
            seconds: the time for the answer; None waits without end.
            until: called every half second; the question is over once it returns true (never on
                Windows, which waits).

        Raises:
            QuestionOver: `until` returned true.
            SignInRequired: nobody can be asked.
            Stopped: the input was closed.
            TerminalGone: the terminal went away.
            TimedOut: no line came in time (never on Windows, which waits).
        """

    def pick(
        self,
        menu: Menu,
        *,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> Picked | None:
        """Let the person choose from a menu; None where `ask`, with a list, is the way.

        Args:
            menu: the question.
            seconds: as for `ask`.
            until: as for `ask`.

        Raises:
            QuestionOver, Stopped, TerminalGone, TimedOut: as for `ask`.
            KeyboardInterrupt: the person pressed Ctrl-C or Esc.
        """


class TerminalPrompt:
    """The person at the controlling terminal of this process."""

    def __init__(
        self,
        *,
        quiet: bool = False,
        open_terminal: OpenTerminal | None = None,
        errors: TextIO | None = None,
        progress: Progress | None = None,
        allows_menus: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the edges to the world.

        Args:
            quiet: whether `notify` prints nothing.
            open_terminal: opens the terminal.
            errors: the stream of `notify`; None is standard error.
            progress: the line of `waiting`; None shows none.
            allows_menus: whether menus may be shown; only the command has the terminal to itself.
        """
        self._allows_menus = allows_menus
        self._quiet = quiet
        self._open = open_terminal or _controlling_terminal
        self._errors = errors or sys.stderr
        self._progress = progress or Progress()

    @property
    def interactive(self) -> bool:
        """True if this process has a terminal."""
        opened = self._open()
        if opened is None:
            return False
        _close(opened)
        return True

    def notify(self, text: str) -> None:
        """See `Prompt`."""
        if not self._quiet:
            with suppress(OSError), self._progress.hidden():
                print(wrapped(text, _columns(self._errors)), file=self._errors, flush=True)

    def waiting(self, text: str, *, left: Callable[[], float] | None = None) -> None:
        """See `Prompt`."""
        self._progress.show(text, left=left)

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> str:
        """See `Prompt`."""
        opened = self._open()
        if opened is None:
            raise SignInRequired(
                f"An answer is needed ({question.strip(' :')}), and there is no terminal to ask "
                "for it.",
                advice=f"Answer it with {instead}.",
            )
        _log.debug("Question: %s", printable(question))
        with self._progress.hidden():
            return self._asked(
                opened, question, listing, secret=secret, seconds=seconds, until=until
            )

    def _asked(
        self,
        opened: tuple[TextIO, TextIO],
        question: str,
        listing: Sequence[str],
        *,
        secret: bool,
        seconds: float | None,
        until: Callable[[], bool] | None,
    ) -> str:
        keyboard, screen = opened
        try:
            for line in listing:
                print(line, file=screen)
            words = question.rstrip()
            shown = wrapped(words, _columns(screen)) + question[len(words) :]
            read = read_secret if secret else read_line
            line = read(shown, keyboard, screen, seconds, until)
            is_gone = not line and _is_gone(keyboard)
        except OSError:
            is_gone = True
        finally:
            _close(opened)
        if is_gone:
            raise TerminalGone(_GONE)
        if not line:
            raise Stopped("Input was closed while a question was waiting for an answer.")
        return line.rstrip("\r\n") if secret else line.strip()

    def pick(
        self,
        menu: Menu,
        *,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> Picked | None:
        """See `Prompt`."""
        if not self._allows_menus() or (opened := self._open()) is None:
            return None
        try:
            if not has_room(opened[1]):
                return None
            with self._progress.hidden():
                return _picked(menu, opened, seconds, until)
        finally:
            _close(opened)


class NonInteractive:
    """Nobody to ask: a program runs this one, and its terminal is not for our questions.

    Messages (a window opens) go to the terminal all the same, if there is one.
    """

    interactive = False

    def __init__(self, *, open_terminal: OpenTerminal | None = None) -> None:
        """Take what opens the terminal."""
        self._open = open_terminal or _controlling_terminal

    def notify(self, text: str) -> None:
        """See `Prompt`."""
        opened = self._open()
        if opened is not None:
            with suppress(OSError):
                print(text, file=opened[1], flush=True)
            _close(opened)

    def waiting(
        self,
        text: str,
        *,
        left: Callable[[], float] | None = None,
    ) -> None:
        """See `Prompt`; a program says itself what it waits for."""

    def ask(
        self,
        question: str,
        *,
        instead: str,  # noqa: ARG002 - that of `Prompt`
        listing: Sequence[str] = (),  # noqa: ARG002
        secret: bool = False,  # noqa: ARG002
        seconds: float | None = None,  # noqa: ARG002
        until: Callable[[], bool] | None = None,  # noqa: ARG002
    ) -> str:
        """Raise `SignInRequired`; see `Prompt`."""
        raise SignInRequired(f"An answer is needed ({question.strip(' :')}), and nobody is asked.")

    def pick(
        self,
        menu: Menu,  # noqa: ARG002 - that of `Prompt`
        *,
        seconds: float | None = None,  # noqa: ARG002
        until: Callable[[], bool] | None = None,  # noqa: ARG002
    ) -> Picked | None:
        """Return None; see `Prompt`."""
        return None


class HeadedPrompt:
    """Another prompt, with a heading before its first message or question."""

    def __init__(self, prompt: Prompt, heading: str) -> None:
        """Take the prompt and the line that says what its messages are about."""
        self._prompt = prompt
        self._heading: str | None = heading

    @property
    def interactive(self) -> bool:
        """See `Prompt`."""
        return self._prompt.interactive

    def notify(self, text: str) -> None:
        """See `Prompt`."""
        self._show_heading()
        self._prompt.notify(text)

    def waiting(self, text: str, *, left: Callable[[], float] | None = None) -> None:
        """See `Prompt`."""
        self._prompt.waiting(text, left=left)

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> str:
        """See `Prompt`."""
        if self._prompt.interactive:
            self._show_heading()
        return self._prompt.ask(
            question,
            instead=instead,
            listing=listing,
            secret=secret,
            seconds=seconds,
            until=until,
        )

    def pick(
        self,
        menu: Menu,
        *,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> Picked | None:
        """See `Prompt`."""
        if self._prompt.interactive:
            self._show_heading()
        return self._prompt.pick(menu, seconds=seconds, until=until)

    def _show_heading(self) -> None:
        heading, self._heading = self._heading, None
        if heading is not None:
            self._prompt.notify(heading)


def _picked(
    menu: Menu,
    opened: tuple[TextIO, TextIO],
    seconds: float | None,
    until: Callable[[], bool] | None,
) -> Picked:
    from aws_saml_ext.picker import application

    _log.debug("Question: %s (a menu of %d)", printable(menu.question), len(menu.items))
    keyboard, screen = opened
    with suppress(OSError):  # a terminal that went away is found out below
        for line in menu.before:
            print(line, file=screen, flush=True)
    answer = application.ask(menu, keyboard, screen, seconds=seconds, until=until)
    match answer:
        case signal.Signals():
            signal.raise_signal(answer)  # now that the menu is erased
            raise KeyboardInterrupt
        case application.End.CLOSED:
            raise Stopped("Input was closed while a question was waiting for an answer.")
        case application.End.GONE:
            raise TerminalGone(_GONE)
        case application.End.OVER:
            raise QuestionOver
        case application.End.LATE:
            raise not_in_time()
        case Picked():
            if text := menu.answered(answer):
                with suppress(OSError):
                    print(text, file=screen, flush=True)
            return answer


def _controlling_terminal() -> tuple[TextIO, TextIO] | None:
    """Open the terminal of this process, never a redirected standard input."""
    names = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")
    try:
        # Two opens: a terminal cannot seek, which one file opened for both would have to.
        keyboard = open(names[0], encoding=_encoding(sys.stdin), errors="replace")  # noqa: SIM115, PTH123
    except OSError:
        return None
    try:
        screen = open(names[1], "w", encoding=_encoding(sys.stderr), errors="replace")  # noqa: SIM115, PTH123
    except OSError:
        keyboard.close()
        return None
    return keyboard, screen


def _encoding(stream: TextIO | None) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _columns(stream: TextIO) -> int | None:
    """Return the width of the terminal that a stream is; None where it is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def _close(opened: tuple[TextIO, TextIO]) -> None:
    for stream in opened:
        with suppress(OSError):  # what is written to a terminal that went away
            stream.close()


def _is_gone(keyboard: TextIO) -> bool:
    """Return whether an empty line is the end of the terminal, and not a Ctrl-D."""
    if sys.platform == "win32" or not isinstance(keyboard, io.TextIOWrapper):
        return False
    import termios

    try:
        termios.tcgetattr(keyboard.fileno())
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False
