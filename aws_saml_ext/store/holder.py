"""The process that holds a lock: noted beside it, so that others can see whether it is stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from aws_saml_ext import fast_path
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic


@contextmanager
def noted(path: Path) -> Iterator[None]:
    """Note this process as the holder while the context lasts."""
    with suppress(StoreError):
        atomic.write_private(path, f"{os.getpid()} {_start(os.getpid())}".encode())
    try:
        yield
    finally:
        with suppress(StoreError):
            atomic.remove(path)


def is_stopped(path: Path) -> bool:
    """Return whether the noted process is stopped by a signal or a debugger.

    False where that is not known: nothing is noted, or the process is one of another container.
    """
    pid, _, noted_start = (
        (fast_path.read_private(str(path)) or b"").decode(errors="replace").partition(" ")
    )
    found = _start_and_status(int(pid)) if pid.isdecimal() else None
    if found is None:
        return False
    start, status = found
    return start == noted_start and status in {"T", "t", "stopped", "tracing-stop"}


@lru_cache(maxsize=1)  # that of this process, which may hold many locks
def _start(pid: int) -> str:
    start, _ = _start_and_status(pid) or ("", "")
    return start


def _start_and_status(pid: int) -> tuple[str, str] | None:
    """Return when a process started, and its status, in the words of the system; None if unknown.

    The start tells a process from a later one with the same id.
    """
    if sys.platform == "linux":  # psutil takes longer to import than this takes to read
        try:
            fields = Path("/proc", str(pid), "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return None
        return fields[19].decode(), fields[0].decode()
    import psutil

    try:
        process = psutil.Process(pid)
        return f"{process.create_time():.0f}", process.status()
    except psutil.Error:
        return None
