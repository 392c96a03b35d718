"""No core dumps: a process that crashes leaves no file with a password in it."""

from __future__ import annotations

import sys
from contextlib import suppress

_PR_SET_DUMPABLE = 4  # prctl(2)


_before: list[tuple[int, int]] = []
"""The limit of the size of core files before `forbid`, if it can be restored."""


def forbid(*, for_good: bool = True) -> None:
    """Let this process never write a core dump, nor any program that it starts from now on.

    Unless it is `for_good`, `allow_again` restores the limit for a command of the person's.

    On Linux, other processes of the same user can no longer read its memory either. (Programs that
    it starts become readable again; only the limit of the size of core files is inherited.) The
    system then gives the files below `/proc/self` to root: those that need no such access, as
    `stat` and `cmdline`, can still be read. Does nothing on Windows, which writes no core dumps.
    """
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        before = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0 if for_good else before[1]))
        _before[:] = [] if for_good else [before]
    if sys.platform == "linux":
        import ctypes

        # A limit of 0 does not hold where core dumps go to a program (core(5)); this does.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_again() -> None:
    """Restore the limit of the size of core files, for the command that is started next."""
    if sys.platform == "win32":
        return
    import resource

    for before in _before:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, before)
