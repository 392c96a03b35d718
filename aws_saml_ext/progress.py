"""One line at a terminal that says what the program waits for, with the seconds.

The line is rewritten in place, and cleared before any other output. It appears at terminals only:
never in a pipe, a file, a dumb terminal, or where people asked for quiet.
"""

from __future__ import annotations

import os
import sys
import threading
import time

TYPE_CHECKING = False  # the first word on the terminal waits for these imports
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import TextIO

_INTERVAL = 0.5  # seconds
_COLUMNS = 80  # of a terminal that does not tell its width


class Progress:
    """The line at the end of one terminal; `LINE` is that of this process."""

    def __init__(
        self, stream: TextIO | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the terminal; None is standard error. Nothing is shown before `enable`."""
        self._given = stream
        self._monotonic = monotonic
        self._enabled = False
        self._text = ""
        self._is_brief = False
        self._left: Callable[[], float] | None = None
        self._since = 0.0
        self._width = 0
        self._hiding = 0
        self._lock = threading.RLock()
        self._ticker: threading.Thread | None = None

    def enable(self, environ: Mapping[str, str] = os.environ) -> None:
        """Show what is waited for from now on, if the stream is a terminal that can rewrite."""
        self._enabled = can_rewrite(self._stream, environ)

    def show(
        self, text: str, *, is_brief: bool = False, left: Callable[[], float] | None = None
    ) -> None:
        """Say that the program waits for this now.

        Args:
            text: what it waits for; an empty text ends the line.
            is_brief: whether the first other output ends it, too.
            left: returns the seconds that remain, which are shown in place of those that passed.
        """
        if not self._enabled or text == self._text:
            return
        with self._lock:
            self._text, self._since, self._is_brief = text, self._monotonic(), is_brief
            self._left = left
            if not text:
                self._erase()
            elif not self._hiding:
                self.draw()
        if text and self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)
            self._ticker.start()

    def hidden(self) -> AbstractContextManager[None]:
        """Clear the line for other output, inside a `with` block; the next tick brings it back."""
        from contextlib import contextmanager

        @contextmanager
        def hide() -> Iterator[None]:
            with self._lock:
                self._hiding += 1
                self._erase()
                if self._is_brief:
                    self._text = ""
            try:
                yield
            finally:
                with self._lock:
                    self._hiding -= 1

        return hide()

    def abandon(self) -> bytes:
        """End the line without waiting for anything; return the bytes that clear it.

        For the handler of a signal, which may have interrupted `show`.
        """
        width, self._text, self._enabled, self._width = self._width, "", False, 0
        return b"\r" + b" " * width + b"\r" if width else b""

    def draw(self) -> None:
        """Write the line with the seconds since its text was set, or those that remain."""
        if not self._text or self._hiding:
            return
        seconds = int(self._monotonic() - self._since)
        time = f" {seconds} s" if seconds else ""
        if self._left is not None:
            minutes, rest = divmod(max(0, int(self._left())), 60)
            time = f" {minutes}:{rest:02} left"
        line = f"{self._text}…{time}"
        line = line[: self._columns() - 1]
        padding = " " * (self._width - len(line))
        self._width = len(line)
        self._write(f"\r{line}{padding}" + "\b" * len(padding))

    def _tick(self) -> None:
        while self._enabled:
            time.sleep(_INTERVAL)
            with self._lock:
                self.draw()

    def _erase(self) -> None:
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal went away, or the stream is closed
            self._enabled = False

    @property
    def _stream(self) -> TextIO:
        return self._given or sys.stderr

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or _COLUMNS
        except (OSError, ValueError):
            return _COLUMNS


def can_rewrite(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether a stream is a terminal that can go back to the beginning of a line."""
    is_dumb = sys.platform != "win32" and environ.get("TERM", "dumb") in {"", "dumb", "unknown"}
    try:
        return stream.isatty() and not is_dumb
    except (AttributeError, ValueError):
        return False


LINE = Progress()
"""The line at the terminal of this process."""
