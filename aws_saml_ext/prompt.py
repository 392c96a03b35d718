"""
The person at the terminal: what is told to them, and what they are asked.

People read standard error, standard output is for data. Answers come from the terminal itself, so
that standard input stays free (`--assertion -`), and questions go there too.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from typing import Protocol, TextIO

from aws_saml_ext.errors import SignInRequired, Stopped, TimedOut

_MORE_TIME = "Give it longer with --timeout SECONDS"

_TURN = 0.5  # seconds
_LONGEST_NUMBER = 6  # digits; a longer one is part of a text

OpenTerminal = Callable[[], "tuple[TextIO, TextIO] | None"]
"""Open the terminal for reading and writing; `None` where there is none."""


class Prompt(Protocol):
    """Somebody who reads what we tell, and may be there to answer."""

    @property
    def interactive(self) -> bool:
        """Whether a question can be answered at all."""

    def notify(self, text: str) -> None:
        """Say `text`, one or more lines, unless silence was asked for. Not being heard is fine."""

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
    ) -> str:
        """
        Show `listing`, then `question`, and return the line typed, without its white space.

        A `secret` is not echoed and keeps its white space. `instead` is what answers the question
        where nobody is there: an option, or a whole command. `seconds` are how long the answer may
        take; None waits for ever.

        Raises:
            SignInRequired: nobody is there to answer.
            Stopped: the input ended.
            TimedOut: no line came in `seconds` (on Windows, the answer is waited for).
        """


def chosen(
    prompt: Prompt,
    texts: Sequence[str],
    *,
    words: str,
    instead: str,
    before: Sequence[str] = (),
    seconds: Callable[[], float] | None = None,
) -> int | None:
    """
    Ask for one of several `texts`, by its number or a part of it; `before` is shown first.

    Returns:
        Its place, from 0; None where the person pressed Enter.

    Raises:
        SignInRequired, Stopped, TimedOut: as `Person.ask`.
    """
    width = len(str(len(texts) - 1)) + 2
    lines = [f"{at:>{width}}  {text}" for at, text in enumerate(texts)]
    listing = [*before, words, *lines]
    while True:
        answer = prompt.ask(
            "Number, or part of the text: ",
            instead=instead,
            listing=listing,
            seconds=seconds() if seconds is not None else None,
        )
        if not answer:
            return None
        if answer.isdecimal() and len(answer) <= _LONGEST_NUMBER and int(answer) < len(texts):
            return int(answer)
        wanted = answer.casefold()
        found = [at for at, text in enumerate(texts) if text.casefold() == wanted]
        found = found or [at for at, text in enumerate(texts) if wanted in text.casefold()]
        if len(found) == 1:
            return found[0]
        fits = f"{len(found)} of them" if found else "none of them"
        listing = [f"That fits {fits}.", *(lines[at] for at in found)]


class TerminalPrompt:
    """The person at the controlling terminal of this process."""

    def __init__(
        self,
        *,
        quiet: bool = False,
        open_terminal: OpenTerminal | None = None,
        errors: TextIO | None = None,
    ) -> None:
        self._quiet = quiet
        self._open = open_terminal or _controlling_terminal
        self._errors = errors or sys.stderr

    @property
    def interactive(self) -> bool:
        opened = self._open()
        if opened is None:
            return False
        _close(opened)
        return True

    def notify(self, text: str) -> None:
        if not self._quiet:
            with suppress(OSError):
                print(text, file=self._errors, flush=True)

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
    ) -> str:
        opened = self._open()
        if opened is None:
            raise SignInRequired(
                f"There is a question ({question.strip(' :')}) and no terminal to ask it at.",
                hint=f"Answer it with {instead}",
            )
        keyboard, screen = opened
        try:
            for line in listing:
                print(line, file=screen)
            screen.write(question)
            screen.flush()
            if secret:
                line = _without_echo(keyboard, screen, seconds)
            else:
                line = _line(keyboard, screen, seconds)
        finally:
            _close(opened)
        if not line:
            raise Stopped("The input ended at a question.")
        return line.rstrip("\r\n") if secret else line.strip()


class NonInteractive:
    """
    Nobody who could be asked: a program runs us, and its terminal is not ours to read.

    What must be told all the same (a window opens) goes to the terminal, if there is one.
    """

    interactive = False

    def __init__(self, *, open_terminal: OpenTerminal | None = None) -> None:
        self._open = open_terminal or _controlling_terminal

    def notify(self, text: str) -> None:
        """See `Person`."""
        opened = self._open()
        if opened is not None:
            with suppress(OSError):
                print(text, file=opened[1], flush=True)
            _close(opened)

    def ask(
        self,
        question: str,
        *,
        instead: str,  # noqa: ARG002 - that of `Person`
        listing: Sequence[str] = (),  # noqa: ARG002
        secret: bool = False,  # noqa: ARG002
        seconds: float | None = None,  # noqa: ARG002
    ) -> str:
        """See `Person`: nobody answers."""
        raise SignInRequired(f"A person is needed: {question.strip(' :')} is asked for.")


class Introduced:
    """Another person, who hears what all this is about before the first word of it."""

    def __init__(self, prompt: Prompt, words: str) -> None:
        self._person = prompt
        self._words: str | None = words

    @property
    def interactive(self) -> bool:
        """See `Person`."""
        return self._person.interactive

    def notify(self, text: str) -> None:
        """See `Person`."""
        self._introduce()
        self._person.notify(text)

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
    ) -> str:
        """See `Person`."""
        if self._person.interactive:
            self._introduce()
        return self._person.ask(
            question, instead=instead, listing=listing, secret=secret, seconds=seconds
        )

    def _introduce(self) -> None:
        words, self._words = self._words, None
        if words is not None:
            self._person.notify(words)


def _controlling_terminal() -> tuple[TextIO, TextIO] | None:
    """The terminal of this process: never a redirected standard input."""
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


def _close(opened: tuple[TextIO, TextIO]) -> None:
    for stream in opened:
        stream.close()


def _line(keyboard: TextIO, screen: TextIO, seconds: float | None) -> str:
    """
    The next line, empty at the end of input.

    Raises:
        TimedOut: none was ended by Enter in `seconds`.
    """
    if sys.platform != "win32" and not _is_there_in_time(keyboard, seconds):
        screen.write("\n")
        raise TimedOut("The question was not answered in time.", hint=_MORE_TIME)
    return keyboard.readline()


def _is_there_in_time(keyboard: TextIO, seconds: float | None) -> bool:
    """
    Wait for a whole line, which is when a terminal has something to read.

    In short turns: a signal that comes in the moment before a wait is heard only after it.
    """
    from select import select

    ends = inf if seconds is None else time.monotonic() + seconds
    while True:
        left = ends - time.monotonic()
        ready, _, _ = select([keyboard], [], [], max(0.0, min(left, _TURN)))
        if ready or left <= 0:
            return bool(ready)


def _without_echo(keyboard: TextIO, screen: TextIO, seconds: float | None) -> str:
    """
    One line that does not show while it is typed; empty at the end of input.

    The terminal is put back whatever happens, Ctrl-C included. Not `getpass.getpass`: it falls
    back to standard input, where a password would show, and cannot tell the end of input.
    """
    if sys.platform == "win32":
        return _without_echo_on_windows(screen)
    import termios

    handle = keyboard.fileno()
    before = termios.tcgetattr(handle)
    silent = list(before)
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(handle, termios.TCSAFLUSH, silent)
        line = _line(keyboard, screen, seconds)
    finally:
        # From the background, tcsetattr would stop the process instead (SIGTTOU).
        if os.tcgetpgrp(handle) == os.getpgrp():
            termios.tcsetattr(handle, termios.TCSAFLUSH, before)
    screen.write("\n")
    screen.flush()
    return line


def _without_echo_on_windows(screen: TextIO) -> str:
    import msvcrt

    read_key: Callable[[], str] = getattr(msvcrt, "getwch")  # noqa: B009 - absent elsewhere
    typed: list[str] = []
    while (key := read_key()) not in {"\r", "\n"}:
        if key == "\x03":
            raise KeyboardInterrupt
        if key == "\x1a":
            return ""
        if key == "\b":
            del typed[-1:]
        elif key in {"\x00", "\xe0"}:
            read_key()  # an arrow or function key: two codes, no character
        else:
            typed.append(key)
    screen.write("\n")
    screen.flush()
    return "".join(typed) + "\n"
