"""Locks between processes, each of them a lock file; the system frees those of a dead process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from aws_saml_ext import hints
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.text import counted

WAIT = timedelta(seconds=30)
"""The time to wait for another process that holds a lock."""
POLL_INTERVAL = 0.05
"""Seconds between two attempts to take a lock."""


class LockTimeout(StoreError):
    """Another process still held the lock when the time to wait had passed."""


@contextmanager
def lock(
    path: Path,
    *,
    activity: str,
    wait: timedelta = WAIT,
    on_wait: Callable[[], None] | None = None,
    poll_interval: float = POLL_INTERVAL,
) -> Iterator[None]:
    """Hold a lock while the context lasts.

    Args:
        path: the lock file, made with mode 0600 in private folders. It stays.
        activity: a clause for the error, such as `Another sign-in has been changing FILE`.
        wait: the time to wait for another process; zero is a single attempt.
        on_wait: called once before the wait, where there is one.
        poll_interval: seconds between two attempts.

    Raises:
        LockTimeout: another process holds the lock for longer than `wait`.
        StoreError: the file cannot be made or locked.
    """
    from filelock import FileLock, Timeout

    atomic.make_private_folder(path.parent)
    # A caller may leave the context in another thread.
    file_lock = FileLock(path, mode=0o600, thread_local=False)
    seconds = wait.total_seconds()
    try:
        try:
            file_lock.acquire(timeout=0)
        except Timeout:
            if not seconds:
                raise
            if on_wait is not None:
                on_wait()
            file_lock.acquire(timeout=seconds, poll_interval=poll_interval)
    except Timeout:
        raise _timeout(path, activity, seconds) from None
    except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
        cause = error if isinstance(error, OSError) else OSError()
        raise atomic.failed(path, "locked", cause) from error
    try:
        yield
    finally:
        file_lock.release()


@contextmanager
def held(paths: Iterable[Path], *, folder: Path, wait: timedelta = WAIT) -> Iterator[None]:
    """Hold the locks of files while the context lasts.

    Each real path has one lock file. They are taken in one order, so that two processes never
    wait for each other.

    Args:
        paths: the real paths of the files.
        folder: the program's own folder, whose folder `locks` has the lock files.
        wait: the time to wait for each.

    Raises:
        LockTimeout: another process holds one for longer than `wait`.
        StoreError: one cannot be locked.
    """
    with ExitStack() as stack:
        for path in sorted({os.path.normcase(path) for path in paths}):
            file = folder / "locks" / f"{atomic.name_of(path)}.lock"
            activity = f"Another sign-in has been changing {path}"
            stack.enter_context(lock(file, activity=activity, wait=wait))
        yield


def _timeout(path: Path, activity: str, seconds: float) -> LockTimeout:
    message = f"{activity} for {counted(round(seconds), 'second')}."
    if sys.platform == "win32":
        return LockTimeout(message, advice="End it, or wait for it, and run this again.")
    # It shows the process that holds the lock.
    return LockTimeout(
        f"{message} End it, or wait for it.", command=hints.shown("fuser", str(path))
    )
