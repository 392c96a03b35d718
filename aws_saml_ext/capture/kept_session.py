"""
Browser profiles of ours under `~/.aws/saml/browser`, where an identity provider's session is kept.

One for each identity provider (its whole address), username and browser; only one sign-in at a time
uses it. Folders are 0700: the cookies in them are as good as being signed in.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from aws_saml_ext.config.settings import Settings

WAIT = timedelta(seconds=30)
"""How long another sign-in with the same profile is waited for; a silent one takes two seconds."""

_ABOUT = "about.json"
_FRESH = "fresh-"
_REMOVAL_SECONDS = 2.0
"""How long to try to remove a folder that a dying browser still writes to."""


@contextmanager
def opened(
    settings: Settings,
    browser: Browser,
    *,
    notify: Callable[[str], None],
    wait: timedelta = WAIT,
) -> Iterator[Path]:
    """
    The folder of the browser profile for this sign-in, for nobody else until it is left.

    With `saml_keep_session` off, or where another sign-in holds the kept one for longer than
    `wait`, it is a fresh folder, which is removed on leaving.

    Raises:
        BrowserError: the folder cannot be made, locked or used.
    """
    root = _root(settings)
    _sweep(root)
    if settings.keep_session:
        folder = root / _name(settings, browser)
        lock = _lock(folder)
        # Not for all the time that there is: the sign-in itself comes after it.
        if _acquired(lock, min(wait, settings.timeout / 2), notify):
            try:
                yield _kept(folder, settings, browser)
            finally:
                lock.release()
            return
        notify("It still does. This sign-in goes on without the kept session.")
    with _fresh(root) as folder:
        yield folder


def forget(settings: Settings) -> bool:
    """
    Remove the kept profiles of this identity provider and username, whatever the browser.

    Returns:
        Whether there was one.

    Raises:
        BrowserError: a sign-in that runs is using one, or it cannot be locked or removed.
    """
    root = settings.saml_folder / "browser"
    found = False
    for folder in (root / _name(settings, browser) for browser in Browser):
        try:
            if not folder.is_dir():
                continue
        except OSError as error:
            raise _unusable(folder, error) from error
        lock = _lock(folder)
        if not _acquired(lock, timedelta(0), lambda _: None):
            raise BrowserError(
                "A sign-in that runs is using the kept browser profile.",
                hint="End it, and run this again",
            )
        try:
            _remove(folder)
        finally:
            # The lock's file stays: somebody may be waiting for it.
            lock.release()
        if folder.exists():
            raise BrowserError(
                f"The kept browser profile {folder} could not be removed.",
                hint=f"Remove it by hand: rm -r {shlex.quote(str(folder))}",
            )
        found = True
    return found


def adopt(settings: Settings, username: str) -> None:
    """
    Let the kept profile of nobody by name be that of `username`, who has signed in with it.

    Where they have one already, or a sign-in that runs is using it, it stays as it is.
    """
    root = settings.saml_folder / "browser"
    for browser in Browser:
        folder = root / _name(settings, browser)
        theirs = root / _name(replace(settings, username=username), browser)
        with ExitStack() as held, suppress(BrowserError, OSError):
            for lock in (_lock(folder), _lock(theirs)) if folder.is_dir() else ():
                if not _acquired(lock, timedelta(0), lambda _: None):
                    break
                held.callback(lock.release)
            else:
                if folder.is_dir() and not theirs.exists():
                    (folder / _ABOUT).unlink(missing_ok=True)
                    folder.rename(theirs)


def _root(settings: Settings) -> Path:
    root = settings.saml_folder / "browser"
    try:
        for folder in [*reversed(root.parents), root]:
            if not folder.is_dir():
                folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BrowserError(
            f"The folder for browser profiles, {root}, cannot be made: {error.strerror}.",
            hint=f"See who may write there: ls -ld {shlex.quote(str(root.parent))}",
        ) from error
    return root


def _name(settings: Settings, browser: Browser) -> str:
    key = [settings.idp_url, settings.username, browser.value]
    return sha256(json.dumps(key).encode()).hexdigest()[:32]


def _kept(folder: Path, settings: Settings, browser: Browser) -> Path:
    """Make the folder of a kept profile, with a note of whose it is, for people."""
    profile = folder / "profile"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        profile.mkdir(mode=0o700, exist_ok=True)
        about = {
            "idp_url": settings.idp_url,
            "username": settings.username,
            "browser": browser.value,
        }
        with suppress(FileExistsError), (folder / _ABOUT).open("x", encoding="utf-8") as note:
            (folder / _ABOUT).chmod(0o600)
            json.dump(about, note, indent=2)
        if not os.access(profile, os.R_OK | os.W_OK | os.X_OK):  # left by a sign-in under sudo
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(profile))
    except OSError as error:
        raise _unusable(folder, error) from error
    return profile


def _unusable(folder: Path, error: OSError) -> BrowserError:
    """An operating system's error about the folder of a kept profile, or about its lock."""
    at_fault = Path(os.fsdecode(error.filename)) if error.filename else folder
    paths = " ".join(shlex.quote(str(path)) for path in (at_fault.parent, at_fault))
    return BrowserError(
        f"The browser profile {folder} cannot be used: {error.strerror or error}.",
        hint=f"See whose it is (a sign-in under sudo leaves root's): ls -ld {paths}",
    )


@contextmanager
def _fresh(root: Path) -> Iterator[Path]:
    """A folder for one sign-in. Its lock says that it is in use, until it is gone."""
    folder = root / (_FRESH + secrets.token_hex(8))
    lock = _lock(folder)
    _acquired(lock, timedelta(0), lambda _: None)  # nobody else knows its name
    try:
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise _unusable(folder, error) from error
        yield folder
    finally:
        try:
            _remove(folder)
        finally:
            lock.release()
            _unlink(lock)


def _sweep(root: Path) -> None:
    """Remove what sign-ins left that were killed."""
    for lock_file in root.glob(f"{_FRESH}*.lock"):
        folder = lock_file.with_suffix("")
        lock = _lock(folder)
        with suppress(BrowserError):  # somebody else's, who has to remove it
            if _acquired(lock, timedelta(0), lambda _: None):
                try:
                    _remove(folder)
                finally:
                    lock.release()
                _unlink(lock)


def _lock(folder: Path) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(f"{folder}.lock", mode=0o600)


def _acquired(lock: BaseFileLock, wait: timedelta, notify: Callable[[str], None]) -> bool:
    """
    Whether the lock is ours now; it is waited for, and that is told.

    Raises:
        BrowserError: it cannot be locked: the file is somebody else's.
    """
    from filelock import Timeout

    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                return False
            notify("Another sign-in is using the kept browser session; waiting for it to end…")
            lock.acquire(timeout=wait.total_seconds())
    except Timeout:
        return False
    except OSError as error:
        raise _unusable(Path(lock.lock_file).with_suffix(""), error) from error
    return True


def _unlink(lock: BaseFileLock) -> None:
    with suppress(OSError):  # Windows: somebody else opened it meanwhile
        os.unlink(lock.lock_file)  # noqa: PTH108 - it is a string


def _remove(folder: Path) -> None:
    """Remove a folder, into which a browser that was killed may write for a moment more."""
    until = time.monotonic() + _REMOVAL_SECONDS
    while folder.exists() and time.monotonic() < until:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.05)
