"""Process sessions: a program and all that it starts, killed together, even if we die first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from aws_saml_ext.capture.browser.held_output import HeldOutput


class ProcessSession:
    """A program in a process session of its own, with the processes that it starts."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, held: bool = False
    ) -> None:
        """Start `command` with `environ` as its whole environment.

        Args:
            command: the program and its options.
            environ: its environment.
            held: whether the program waits when it writes, until `let_go`. Linux only.

        Raises:
            OSError: the program cannot be started.
        """
        self._held = HeldOutput() if held else None
        # Apart, so that Ctrl-C at the terminal reaches this program alone.
        apart: dict[str, Any]
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
            apart = {"creationflags": flags}
        else:
            apart = {"start_new_session": True, "preexec_fn": _die_with(os.getpid())}
        output = subprocess.PIPE if self._held is None else self._held.writer
        try:
            self._popen = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
                env=dict(environ),
                **apart,
            )
        except BaseException:
            if self._held is not None:
                os.close(self._held.reader)
            raise
        finally:
            if self._held is not None:
                os.close(self._held.writer)

    @property
    def pid(self) -> int:
        """The process id of the program, which is also the id of its session."""
        return self._popen.pid

    @property
    def is_alive(self) -> bool:
        """True while the program itself runs."""
        return self._popen.poll() is None

    def lines(self, listens: Callable[[], bool] = lambda: True) -> Iterator[str]:
        """Yield each line of the program's output, until its end.

        Args:
            listens: called while a program that is held waits; True lets it go on for good.

        Raises:
            BrowserError: from `listens`.
        """
        if self._held is None:
            if self._popen.stdout is not None:
                with self._popen.stdout as output:
                    yield from output
            return
        with os.fdopen(self._held.reader, encoding="utf-8", errors="replace") as output:
            *lines, begun = self._held.let_go(self._running, listens).split("\n")
            yield from lines
            for line in output:
                yield begun + line
                begun = ""

    def wait(self, seconds: float) -> None:
        """Wait at most so many seconds for the program's end."""
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)

    def child_states(self) -> list[str]:
        """Return the state of each other process of the session: `S`, or `Z` after its end.

        As proc_pid_stat(5) has it. Linux only.
        """
        states: list[str] = []
        for pid in self.pids():
            with suppress(OSError):  # nobody shows it any longer
                if pid != self.pid:
                    states.append(_fields(Path(f"/proc/{pid}"))[0])
        return states

    def hide(self, secret: str) -> None:
        """Blank `secret` in the command lines of the session, which every user can read.

        Linux only, as far as its security modules allow. A program must have read its command
        line before: until then other users can read the secret. It remains readable on macOS,
        whose `ps` shows it; Windows shows command lines to their own user and administrators.
        """
        for pid in self.pids():
            with suppress(OSError, ValueError):
                _blank(Path(f"/proc/{pid}"), secret.encode())

    def pids(self) -> list[int]:
        """Return the id of each process of the session; empty where the system is not Linux."""
        if sys.platform != "linux":
            return []
        found: list[int] = []
        for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):  # noqa: PTH208 - often
            with suppress(OSError):  # it has ended
                if os.getsid(pid) == self.pid:
                    found.append(pid)
        return found

    def _running(self) -> list[int]:
        """Return the id of each process of the session that has not ended."""
        ended = () if self.is_alive else (self.pid,)
        return [pid for pid in self.pids() if pid not in ended]

    def kill_program(self) -> None:
        """Kill the program alone, without waiting for its end."""
        self._popen.kill()

    def kill(self) -> None:
        """Kill the whole session and wait for the program's end. Idempotent."""
        if sys.platform == "win32":
            _kill_tree(self.pid)
        else:
            # By process group, before the program is waited for: its number cannot be reused yet.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


def _die_with(parent: int) -> Callable[[], None] | None:
    """Return a `preexec_fn` by which a child dies with its parent; None where not on Linux."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)

    def set_death_signal() -> None:
        prctl(death_signal, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the signal was set
            os._exit(1)

    return set_death_signal


def _blank(process: Path, secret: bytes) -> None:
    """Overwrite `secret` in the command line of a process, given by its folder in /proc."""
    begin, end = (int(number) for number in _fields(process)[45:47])  # arg_start, arg_end
    with (process / "mem").open("r+b", buffering=0) as memory:
        memory.seek(begin)
        words = memory.read(end - begin)
        at = words.find(secret)
        if at >= 0:
            memory.seek(begin + at)
            memory.write(b"*" * len(secret))


def _fields(process: Path) -> list[str]:
    """Return what proc_pid_stat(5) tells of a process, given by its folder in /proc.

    From the third field on: the second one, its name, may contain blanks and parentheses.
    """
    return (process / "stat").read_text(errors="replace").rpartition(")")[2].split()


def _kill_tree(pid: int) -> None:
    import psutil

    with suppress(psutil.Error):
        program = psutil.Process(pid)
        for process in [*program.children(recursive=True), program]:
            with suppress(psutil.Error):
                process.kill()


_WATCHDOG = """\
while read -r line; do session=$line; done
[ -z "$session" ] || kill -s KILL -- "-$session"
for try in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$1" && exit
  sleep 1  # a killed process may write for a moment more
done
"""


class Watchdog:
    """A process that outlives us when we are killed, ends a session and removes a folder.

    Its input closes with this program, however that ends. Needed since Firefox does not end with
    its driver. Does nothing on Windows, which has no process groups of this kind.
    """

    def __init__(self, folder: Path) -> None:
        """Start to watch. `folder` is removed when this program is killed."""
        self._popen: subprocess.Popen[bytes] | None = None
        if sys.platform != "win32":
            self._popen = subprocess.Popen(
                ["/bin/sh", "-c", _WATCHDOG, "sh", str(folder)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C at the terminal must not end it
            )

    def watch(self, session: ProcessSession) -> None:
        """Kill this session, in place of the one before, when this program is killed."""
        if self._popen is not None and self._popen.stdin is not None:
            with suppress(OSError):  # somebody killed it
                self._popen.stdin.write(b"%d\n" % session.pid)

    def stop(self) -> None:
        """End without killing or removing anything."""
        if self._popen is not None:
            self._popen.kill()
            with self._popen:
                pass  # closes its input, and waits for it
