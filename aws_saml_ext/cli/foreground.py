"""The terminal for a command below `aws`: the foreground is the command's, as in a shell.

At Ctrl-C `aws` ends and gives the shell its prompt back, while a command that survives goes on and
reads the same terminal. So the command gets a process group of its own, and that group the
foreground of the terminal: Ctrl-C and Ctrl-Z reach the command alone. Where it stops, this process
stops the whole job, `aws` included, and the shell's `fg` or `bg` continues both. Where `aws` alone
is ended, the command gets SIGTERM (Linux): it would go on unseen behind the shell's prompt.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import NoReturn

_POLL_INTERVAL = 0.1  # seconds, while the command is in the background
_TERMINAL = "/dev/tty"


def terminal() -> int | None:
    """Return the opened terminal whose foreground a command can have; None where it cannot.

    In a pipeline it cannot: the other programs of the same job, such as a pager, need the terminal.
    Neither can what a script has started with `&`, which ignores Ctrl-C.
    """
    if sys.platform == "win32" or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return None
    for stream in (0, 1, 2):
        with suppress(OSError):
            mode = os.fstat(stream).st_mode
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                return None
    try:
        return os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None


def run(opened: int, replace: Callable[[], NoReturn]) -> int:
    """Run a command in the foreground of a terminal, and return its exit status as a shell has it.

    Args:
        opened: the terminal; see `terminal`.
        replace: lets the command take the place of the process that calls it.

    Raises:
        OSError: no process can be started.
    """
    hold, release = os.pipe()
    command = os.fork()
    if command == 0:
        _become(hold, release, replace)
    os.close(hold)
    job = _Job(opened, command)
    job.begin()
    os.close(release)
    status = job.ended()
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if number == signal.SIGINT:  # so did the rest of the job, in a shell: a script ends there
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGINT)
    return 128 + number


def _become(hold: int, release: int, replace: Callable[[], NoReturn]) -> NoReturn:
    """In the new process: wait until its group has the terminal, then run the command."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        os.close(release)
        os.read(hold, 1)
        replace()
    finally:
        os._exit(126)


class _Job:
    """A command in a process group of its own, and the group of `aws` and this process."""

    _FORWARDED = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2")

    def __init__(self, terminal: int, command: int) -> None:
        self._terminal = terminal
        self._command = command
        self._own = os.getpgrp()
        self._parent = os.getppid()
        self._has_terminal = False
        self._is_continued = False

    def begin(self) -> None:
        """Give the command its group and, where we have it, the terminal."""
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # `tcsetpgrp` is for the background, too
        signal.signal(signal.SIGCONT, self._continued)
        for name in self._FORWARDED:
            signal.signal(getattr(signal, name), self._forward)
        with suppress(OSError):  # it may have done so itself
            os.setpgid(self._command, self._command)
        self._give_terminal()
        self._end_with(_parent_of(self._parent))  # between `aws` and us is the alias's shell

    def ended(self) -> int:
        """Return the wait status of the command when it has ended."""
        while True:
            # In the background, a shell's `fg` may give us the terminal without a signal.
            how = os.WUNTRACED | (0 if self._has_terminal else os.WNOHANG)
            process, status = os.waitpid(self._command, how)
            if process == 0:
                time.sleep(_POLL_INTERVAL)
                self._give_terminal()
            elif os.WIFSTOPPED(status):
                self._stop(os.WSTOPSIG(status))
            else:
                self._take_terminal()
                return status

    def _stop(self, number: int) -> None:
        """Stop with the command, and continue it when the shell continues us."""
        self._take_terminal()
        if number in {signal.SIGTTIN, signal.SIGTTOU} and self._is_foreground():
            # It wanted the terminal in the background, and `fg` has just brought that to us.
            self._give_terminal()
            self._signal(signal.SIGCONT)
            return
        self._is_continued = False
        os.killpg(self._own, signal.SIGTSTP)
        # Here, the shell has continued us; or nobody has stopped us, since nobody could continue.
        while not self._is_continued and not self._is_foreground():
            if os.getppid() != self._parent:
                self._signal(signal.SIGHUP)  # the job is gone, and the terminal with it
                break
            time.sleep(_POLL_INTERVAL)
        self._give_terminal()
        self._signal(signal.SIGCONT)

    def _end_with(self, aws: int) -> None:
        """End the command when `aws` ends before it; on Linux."""
        if sys.platform != "linux" or not aws:
            return
        try:
            process = os.pidfd_open(aws)
        except OSError:  # an old system
            return

        def wait() -> None:
            select.select([process], [], [])
            self._signal(signal.SIGTERM)

        threading.Thread(target=wait, name="aws", daemon=True).start()

    def _is_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == self._own
        except OSError:  # the terminal went away
            return False

    def _give_terminal(self) -> None:
        if self._is_foreground():
            with suppress(OSError):
                os.tcsetpgrp(self._terminal, self._command)
                self._has_terminal = True

    def _take_terminal(self) -> None:
        """Take the terminal back, unless the shell has given it to another job."""
        self._has_terminal = False
        with suppress(OSError):
            if os.tcgetpgrp(self._terminal) == self._command:
                os.tcsetpgrp(self._terminal, self._own)

    def _continued(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._is_continued = True

    def _forward(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._signal(number)

    def _signal(self, number: int) -> None:
        with suppress(OSError):
            os.killpg(self._command, number)


def _parent_of(pid: int) -> int:
    """Return the process above another one, by proc(5); 0 where that is not known."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
