"""The command at a terminal whose screen a test reads, as a person would see it."""

from __future__ import annotations

import signal
import termios
import time
from collections.abc import Callable, Mapping

import pexpect
import pyte

from tests.command import COMMAND, Home

ENTER, ESC, TAB = "\r", "\x1b", "\t"
CTRL_A, CTRL_C, CTRL_D, CTRL_U = "\x01", "\x03", "\x04", "\x15"
UP, DOWN, PAGE_DOWN, HOME, END = "\x1b[A", "\x1b[B", "\x1b[6~", "\x1b[H", "\x1b[F"


class Screen:
    """A command at a pseudo terminal, and what this shows."""

    def __init__(
        self,
        home: Home,
        *arguments: str,
        rows: int = 24,
        columns: int = 80,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Start the command; the terminal is one that can show a menu."""
        menus = {"TERM": "xterm-256color", "AWS_SAML_PICKER": "", "LANG": "C.UTF-8"}
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        """Everything that the command has written to the terminal."""
        self.process = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], *arguments],
            env={**home.environ, **menus, **(environ or {})},
            dimensions=(rows, columns),
            timeout=30,
        )

    @property
    def lines(self) -> list[str]:
        """The lines of the screen that are not empty, without blanks at their ends."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def shows(self, text: str, seconds: float = 30.0) -> bool:
        """Wait until the screen shows a text; return whether it does."""
        return self.until(lambda: any(text in line for line in self.screen.display), seconds)

    def until(self, happened: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Read what the command writes, until something has happened on the screen."""
        deadline = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > deadline or not self._read():
                return happened()
        return True

    def press(self, *keys: str) -> None:
        """Press keys, or type texts."""
        for key in keys:
            self.process.send(key)

    def end(self) -> int:
        """Read until the command ends, and return its exit status."""
        while self._read():
            pass
        self.process.close()
        status = self.process.exitstatus
        return status if status is not None else 128 + int(self.process.signalstatus or 0)

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self.process.kill(number)

    @property
    def echoes(self) -> bool:
        """True if the terminal shows what is typed and knows lines, as it does for a shell."""
        flags = termios.tcgetattr(self.process.child_fd)[3]
        return bool(flags & termios.ECHO and flags & termios.ICANON and flags & termios.ISIG)

    @property
    def has_cursor(self) -> bool:
        """True if the cursor is shown."""
        return not self.screen.cursor.hidden

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        self.process.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def _read(self) -> bool:
        """Read once; return whether the command may write more."""
        try:
            content = self.process.read_nonblocking(1 << 16, timeout=1)
        except pexpect.TIMEOUT:
            return True
        except (pexpect.EOF, OSError):
            return False
        self.written += content
        self._stream.feed(content)
        return True
