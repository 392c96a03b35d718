"""No core dumps: a process that crashes leaves no file with a password in it."""

from __future__ import annotations

import sys
from contextlib import suppress

_PR_SET_DUMPABLE = 4  # prctl(2)


def forbid() -> None:
    """Let this process never write a core dump, nor any program that it starts from now on.

    On Linux, other processes of the same user can no longer read its memory either. (Programs that
    it starts become readable again; only the limit of the size of core files is inherited.) The
    system then gives the files below `/proc/self` to root: those that need no such access, as
    `stat` and `cmdline`, can still be read. Does nothing on Windows, which writes no core dumps.
    """
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        # A limit of 0 does not hold where core dumps go to a program (core(5)); this does.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
