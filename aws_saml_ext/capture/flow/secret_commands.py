"""Commands that print a secret: a password, a one-time code."""

from __future__ import annotations

import locale
import os
import subprocess
import threading
from collections.abc import Callable, Mapping

from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.aws_process import without_mark

MAX_COMMAND_SECONDS = 60.0
"""Seconds that a command may take: the person may have to unlock a key store."""
_MAX_LINE_BYTES = 4096
_MAX_READ_SECONDS = 1.0
"""Seconds to read the rest of the output, once the command has ended."""

RunCommand = Callable[[tuple[str, ...], float], str]
"""
Run a command for at most so many seconds, and return the first line that it prints.

Raises:
    CommandFailed: see `first_line`.
"""


class CommandFailed(Exception):
    """A command that printed no secret; the text is a predicate, `printed nothing`."""


def first_line(
    command: tuple[str, ...],
    seconds: float = MAX_COMMAND_SECONDS,
    *,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Run a command without a shell, and return the first line that it prints.

    Its errors go to standard error. The command itself must end; a process that it started in the
    background may run on and keep the output open.

    Raises:
        CommandFailed: it could not be run, took too long, failed, or printed no text.
    """
    deadline = Deadline(seconds)
    try:
        process = subprocess.Popen(
            command,
            env=without_mark(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
    except OSError as error:
        raise CommandFailed(f"could not be run: {error.strerror}: {command[0]}") from None
    output = _Output(process)
    try:
        status = process.wait(seconds)
        line = output.first_line(deadline) if status == 0 else b""
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"took longer than {seconds:.3g} seconds") from None
    finally:
        process.kill()  # does nothing to a process that has ended
        process.wait()
    if status != 0:
        raise CommandFailed(f"ended with exit status {status}")
    try:
        text = line.decode(locale.getpreferredencoding(False)).rstrip("\r\n")
    except UnicodeDecodeError:
        # The cause would hold the secret.
        raise CommandFailed("printed something that is no text") from None
    if not text:
        raise CommandFailed("printed nothing")
    return text


class _Output:
    """The output of a command; all of it is read, so that the command never blocks on it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._line = b""
        self._is_whole = threading.Event()
        threading.Thread(target=self._read, name="command output", daemon=True).start()

    def first_line(self, deadline: Deadline) -> bytes:
        """Return the first line, once the command has ended.

        A background process may keep the output open: after a short wait, a line without an end
        counts as whole.
        """
        self._is_whole.wait(deadline.at_most(_MAX_READ_SECONDS))
        if not self._line:
            self._is_whole.wait(deadline.at_most(deadline.remaining))
        return self._line

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 - it is a pipe
        with output:
            while read := os.read(output.fileno(), _MAX_LINE_BYTES):
                if self._is_whole.is_set():
                    continue
                line, end, _ = (self._line + read).partition(b"\n")
                self._line = line[:_MAX_LINE_BYTES]
                if end or len(line) >= _MAX_LINE_BYTES:
                    self._is_whole.set()
        self._is_whole.set()
