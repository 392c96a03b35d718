"""A terminal that goes away while a question waits: a window that is closed, a lost connection."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command import COMMAND, home_at

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no hang-up")

ASK = """
import sys
from aws_saml_ext import entry, prompt
from aws_saml_ext.errors import SamlLoginError

def opened():
    terminal = prompt._controlling_terminal()
    if {first!r}:
        print("opened", file=terminal[1], flush=True)
        sys.stdin.read()
    return terminal

entry._answer_signals()
try:
    prompt.TerminalPrompt(open_terminal=opened).ask("Question: ", instead="x", secret={secret!r})
except SamlLoginError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_status)
"""
"""Asks; with `first`, only once its standard input has ended."""

# The signal would otherwise end the program before it reads.
IGNORING = ("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh")


@dataclass
class AtTerminal:
    """A program at a terminal of its own, its standard input and error being no terminal."""

    process: subprocess.Popen[bytes]
    master: int
    errors: Path

    def expect(self, text: bytes) -> None:
        shown = b""
        while text not in shown:
            shown += os.read(self.master, 1024)

    def close_terminal(self) -> None:
        os.close(self.master)

    def end(self) -> tuple[int, str]:
        return self.process.wait(20), self.errors.read_text()


@contextmanager
def at_terminal(
    *command: str, folder: Path, environ: dict[str, str], stdin: int | None = subprocess.PIPE
) -> Iterator[AtTerminal]:
    """Run a command as the first program of a terminal; without `stdin` that is the terminal."""
    errors = folder / "errors"
    master, slave = os.openpty()
    # A session's leader gets the first terminal that it opens.
    leader = 'exec 9<>"$0"; exec "$@" 9>&-'
    with errors.open("wb") as written:
        process = subprocess.Popen(
            ["/bin/sh", "-c", leader, os.ttyname(slave), *command],
            stdin=slave if stdin is None else stdin,
            stdout=subprocess.DEVNULL,
            stderr=written,
            env=environ,
            start_new_session=True,
        )
    try:
        yield AtTerminal(process, master, errors)
    finally:
        os.close(slave)  # not before, or the terminal ends between two programs that have it open
        process.kill()
        process.communicate()


@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.parametrize("wrapper", [(), IGNORING], ids=["hung up", "signal ignored"])
def test_a_question_ends_with_129(wrapper: tuple[str, ...], secret: bool, tmp_path: Path) -> None:
    program = ASK.format(first=False, secret=secret)
    words = (*wrapper, sys.executable, "-c", program)
    with at_terminal(*words, folder=tmp_path, environ=dict(os.environ)) as running:
        running.expect(b"Question: ")
        time.sleep(0.2)  # it waits by now
        running.close_terminal()
        status, said = running.end()
    assert (status, "Traceback" in said) == (129, False), said


def test_one_that_went_before_echo_is_off_is_129_too(tmp_path: Path) -> None:
    words = (*IGNORING, sys.executable, "-c", ASK.format(first=True, secret=True))
    with at_terminal(*words, folder=tmp_path, environ=dict(os.environ)) as running:
        running.expect(b"opened")
        running.close_terminal()
        assert running.process.stdin is not None
        running.process.stdin.close()
        running.process.stdin = None
        status, said = running.end()
    assert status == 129, said
    assert said == "The terminal went away while a question was waiting for an answer.\n"


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        (("roles",), b"identity provider"),
        (("roles", "--assertion", "-", "--idp-url", "https://idp.example.com/"), b""),
    ],
    ids=["address", "pasting"],
)
@pytest.mark.parametrize("wrapper", [(), IGNORING], ids=["hung up", "signal ignored"])
def test_the_command_ends_with_129_and_no_traceback(
    wrapper: tuple[str, ...], arguments: tuple[str, ...], question: bytes, tmp_path: Path
) -> None:
    home = home_at(tmp_path / "home")
    words = (*wrapper, *COMMAND, *arguments)
    stdin = None if "-" in arguments else subprocess.DEVNULL
    with at_terminal(*words, folder=tmp_path, environ=home.environ, stdin=stdin) as running:
        if question:
            running.expect(question)
        else:
            end = time.monotonic() + 20
            while "Paste" not in running.errors.read_text() and time.monotonic() < end:
                time.sleep(0.05)
        time.sleep(0.3)
        running.close_terminal()
        status, said = running.end()
    assert (status, "Traceback" in said) == (128 + signal.SIGHUP, False), said
