"""One line from a terminal: shown or hidden while it is typed, within a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from aws_saml_ext.clock import Deadline
from aws_saml_ext.errors import TimedOut

POLL_INTERVAL = 0.5  # seconds


class QuestionOver(Exception):
    """A question is over without an answer: its cause is gone."""


def not_in_time() -> TimedOut:
    """Return the error for a question that nobody answered in time."""
    return TimedOut(
        "The question was not answered in time.",
        advice="Allow more time with --timeout SECONDS.",
    )


def read_line(
    question: str,
    keyboard: TextIO,
    screen: TextIO,
    seconds: float | None,
    until: Callable[[], bool] | None = None,
) -> str:
    """Write a question and return the next line, empty where the input was closed.

    Raises:
        TimedOut: none was ended by Enter in time.
        QuestionOver: `until` returned true before.
    """
    _write(question, screen)
    if sys.platform != "win32" and not _has_line(keyboard, screen, Deadline(seconds), until):
        screen.write("\n")
        raise not_in_time()
    return keyboard.readline()


def _has_line(
    keyboard: TextIO,
    screen: TextIO,
    deadline: Deadline,
    until: Callable[[], bool] | None,
) -> bool:
    """Wait for a whole line; only then has a terminal something to read.

    The waits are short: a signal in the moment before one is handled only after it.
    """
    from select import select

    while True:
        is_last = deadline.has_passed
        ready, _, _ = select([keyboard], [], [], deadline.at_most(POLL_INTERVAL))
        if ready or is_last:
            return bool(ready)
        if until is not None and until():
            screen.write("\n")
            raise QuestionOver


def read_secret(
    question: str,
    keyboard: TextIO,
    screen: TextIO,
    seconds: float | None,
    until: Callable[[], bool] | None = None,
) -> str:
    """Write a question and return the next line, hidden while it is typed; see `read_line`.

    The echo is off before the question appears: a fast answer would show, and be lost.
    The terminal is restored in any case, Ctrl-C included. `getpass.getpass` would fall back to
    standard input, where a password shows, and cannot tell a closed input.
    """
    if sys.platform == "win32":
        return _read_secret_on_windows(question, screen)
    import termios

    handle = keyboard.fileno()
    try:
        before = termios.tcgetattr(handle)
        silent = list(before)
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(handle, termios.TCSAFLUSH, silent)
    except termios.error as error:
        raise OSError(*error.args) from error
    try:
        line = read_line(question, keyboard, screen, seconds, until)
    finally:
        # A terminal that went away has nothing to restore.
        with suppress(OSError, termios.error):
            # From the background, tcsetattr would stop the process instead (SIGTTOU).
            if os.tcgetpgrp(handle) == os.getpgrp():
                termios.tcsetattr(handle, termios.TCSAFLUSH, before)
    _write("\n", screen)
    return line


def _read_secret_on_windows(question: str, screen: TextIO) -> str:
    import msvcrt

    _write(question, screen)
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
    _write("\n", screen)
    return "".join(typed) + "\n"


def _write(text: str, screen: TextIO) -> None:
    screen.write(text)
    screen.flush()
