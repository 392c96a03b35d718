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
"""The time after which a program is not held any longer: it may write nothing, or this system
may not show where a program waits."""
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
        text, deadline = b"", Deadline(_MAX_SECONDS)
        while not deadline.has_passed and (running := list(pids())):
            if any(map(_waits_to_write, running)):
                if closed():
                    break
                text += os.read(self.reader, _MAX_BYTES)
            else:
                time.sleep(_POLL_INTERVAL)
        with suppress(OSError):  # beyond the limit of this user for pipes
            fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, _MAX_BYTES)
        return text.decode(errors="replace")


def _waits_to_write(pid: int) -> bool:
    """Return whether a thread of a process waits for room in a pipe."""
    with suppress(OSError):  # it has ended
        return any(
            _PIPE in wchan.read_text() for wchan in Path(f"/proc/{pid}/task").glob("*/wchan")
        )
    return False
