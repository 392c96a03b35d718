"""Output that holds a program at each line, until its ports are closed to others.

chromedriver writes that it has started after it listens, and before it takes a connection, in one
thread. So nobody can be served before the gate is closed. Linux only.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from aws_saml_ext.clock import Deadline

if sys.platform == "linux":
    import fcntl

_POLL_INTERVAL = 0.005
_MAX_SECONDS = 5.0
"""The time after which a program is not held any longer: it may write nothing."""
_MAX_UNSHOWN_SECONDS = 1.0
"""The same where nothing shows where the program waits: some systems hide that."""
_MAX_BYTES = 65536
_PIPE = "pipe_write"  # the part of the kernel that waits for room in a pipe: anon_pipe_write


class HeldOutput:
    """A pipe with room for one write. As it is full from the start, the first write waits."""

    def __init__(self) -> None:
        """Make the pipe.

        Raises:
            OSError: the system makes none of this kind.
        """
        # With O_DIRECT each write takes a page of its own.
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 1)  # one page, however small the number
        os.write(self.writer, b"\n")

    def let_go(self, pids: Callable[[], Iterable[int]], closed: Callable[[], bool]) -> str:
        """Let the program write until it listens; return what it wrote meanwhile.

        Args:
            pids: the processes that may write.
            closed: closes the ports of the program, while the program waits. False if it does not
                listen yet.

        Raises:
            BrowserError: from `closed`.
        """
        text, deadline, is_shown = b"", Deadline(_MAX_SECONDS), False
        unshown = Deadline(_MAX_UNSHOWN_SECONDS)
        while not deadline.has_passed and (running := list(pids())):
            places = [place for pid in running for place in _waits(pid)]
            is_shown = is_shown or bool(places)
            if not is_shown and unshown.has_passed:
                break
            if any(_PIPE in place for place in places):
                if closed():
                    break
                text += os.read(self.reader, _MAX_BYTES)
            else:
                time.sleep(_POLL_INTERVAL)
        with suppress(OSError):  # beyond the limit of this user for pipes
            fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, _MAX_BYTES)
        return text.decode(errors="replace")


def _waits(pid: int) -> list[str]:
    """Return where in the kernel the threads of a process wait, as far as the system shows it."""
    places: list[str] = []
    with suppress(OSError):  # it has ended
        places.extend(each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/wchan"))
    return [place for place in places if place not in {"", "0"}]  # it runs, or nothing is shown
