"""Commands that print a secret: a password, a one-time code."""

from __future__ import annotations

import locale
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping

from aws_saml_ext.config.aws_process import without_mark

COMMAND_SECONDS = 60.0  # a person may have to unlock a key store
_LONGEST_LINE = 4096  # bytes of a password
_LAST_WORDS = 1.0  # to read what a command had printed when it ended

RunCommand = Callable[[tuple[str, ...], float], str]
"""The first line that a command prints, within so many seconds. Raises CommandFailed."""


class CommandFailed(Exception):
    """A command did not give what it should; the text is the end of a sentence about it."""


def first_line(
    command: tuple[str, ...],
    seconds: float = COMMAND_SECONDS,
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
