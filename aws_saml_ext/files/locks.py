"""Locks between processes, each of them a lock file; the system frees those of a dead process."""

from __future__ import annotations

import errno
import logging
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aws_saml_ext import hints
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.text import counted

WAIT = timedelta(seconds=30)
"""The time to wait for another process that holds a lock."""
POLL_INTERVAL = 0.05
"""Seconds between two attempts to take a lock."""
_LOOK_INTERVAL = 1.0
"""Seconds between two looks at the process that holds a lock."""
_MISSING = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})
"""The errors of `flock` on a file system without locks, such as some network drives."""

logger = logging.getLogger("aws_saml_ext")


class LockTimeout(StoreError):
    """Another process still held the lock when the time to wait had passed."""


class HolderStopped(LockTimeout):
    """The process that holds the lock is stopped, and will not free it."""


@contextmanager
def lock(
    path: Path,
    *,
    activity: str,
    wait: timedelta = WAIT,
    on_wait: Callable[[], None] | None = None,
    is_stopped: Callable[[], bool] | None = None,
    poll_interval: float = POLL_INTERVAL,
) -> Iterator[None]:
    """Hold a lock while the context lasts.

    Where the file system of `path` has no locks, the lock is one in a folder of this machine; where
    there is none either, nothing is locked. Both are logged as a warning, once.

    Args:
        path: the lock file, made with mode 0600 in private folders. It stays.
        activity: a clause for the error, such as `Another sign-in has been changing FILE`.
        wait: the time to wait for another process; zero is a single attempt.
        on_wait: called once before the wait, where there is one.
        is_stopped: whether the holder will not go on, asked each second of the wait.
        poll_interval: seconds between two attempts.

    Raises:
        LockTimeout: another process holds the lock for longer than `wait`.
        HolderStopped: the same, and `is_stopped` has said so twice.
        StoreError: the file cannot be made or locked.
    """
    from filelock import FileLock, Timeout

    atomic.make_private_folder(path.parent)
    if (missing := _missing_in(path.parent)) is not None:
        elsewhere = _folder_of_this_machine()
        _warn_once(path.parent, missing, elsewhere)
        if elsewhere is None:
            yield
            return
        path = elsewhere / f"{atomic.name_of(str(path))}.lock"
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
            _wait_for(file_lock, seconds, poll_interval, is_stopped)
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


def _wait_for(
    file_lock: Any, seconds: float, poll_interval: float, is_stopped: Callable[[], bool] | None
) -> None:
    """Take a lock that another process holds, as soon as it is free."""
    from filelock import Timeout

    end = time.monotonic() + seconds
    stopped = 0
    while True:
        remaining = end - time.monotonic()
        step = remaining if is_stopped is None else min(_LOOK_INTERVAL, remaining)
        try:
            file_lock.acquire(timeout=max(0, step), poll_interval=poll_interval)
        except Timeout:
            stopped = stopped + 1 if is_stopped is not None and is_stopped() else 0
            if stopped > 1:  # a single look may have met a process that a debugger begins to watch
                raise HolderStopped("The program that holds the lock is stopped.") from None
            if step >= remaining:
                raise
        else:
            return


@cache
def _missing_in(folder: Path) -> str | None:
    """Return why files in a folder cannot be locked; None if they can."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Any other error is that of the lock file itself, which the caller gets.
        return os.strerror(error.errno) if error.errno in _MISSING else None
    return None


@cache
def _folder_of_this_machine() -> Path | None:
    """Return a private folder whose files can be locked; None if there is none."""
    if sys.platform == "win32":
        return None
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if not parent:
            continue
        folder = Path(parent) / f"aws-saml-login-{os.getuid()}"
        with suppress(OSError):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            found = folder.lstat()
            is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
            if is_ours and not found.st_mode & 0o077 and _missing_in(folder) is None:
                return folder
    return None


@cache
def _warn_once(folder: Path, reason: str, elsewhere: Path | None) -> None:
    if elsewhere is None:
        effect = "nothing is locked: do not run this twice at once"
    else:
        effect = f"locks are in {elsewhere}, where other machines do not see them"
    logger.warning("Files in %s cannot be locked (%s); %s.", folder, reason.lower(), effect)
