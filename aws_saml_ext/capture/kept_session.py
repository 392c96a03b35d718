"""Everything that stays of a session at an identity provider: open it, forget it, adopt it.

That is a folder under `~/.aws/saml/browser` for each identity provider (its whole address),
username and browser, with a browser profile and the cookies to replay in it. One sign-in at a time
uses it. Folders are 0700: the cookies in them are worth a sign-in. Whatever else is kept of a
session belongs in the same folder, under its lock.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.capture import approvals
from aws_saml_ext.capture.replay import shared_assertion
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError, StoreError
from aws_saml_ext.files import atomic, own_folder
from aws_saml_ext.files.locks import LockTimeout, lock
from aws_saml_ext.hints import shown
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings

MAX_WAIT = timedelta(seconds=30)
"""The time to wait for another sign-in with the same profile; a silent one takes two seconds."""

_ABOUT = "about.json"
_PROFILE = "profile"
_COOKIES = "cookies.json"
_SIGNED_IN = "signed-in"
_TEMPORARY = "fresh-"
_MAX_REMOVAL_SECONDS = 2.0
"""Seconds to remove a folder while a browser that was killed still writes to it."""
_REMOVAL_INTERVAL = 0.05
"""Seconds between two attempts to remove it."""
_AT_ONCE = timedelta(0)


@contextmanager
def opened(
    settings: Settings,
    browser: Browser,
    *,
    notify: Callable[[str], None],
    wait: timedelta = MAX_WAIT,
) -> Iterator[Path]:
    """Open the folder of the browser profile for one sign-in; no other sign-in uses it meanwhile.

    It is a temporary folder, removed on leaving, if `saml_keep_session` is off or another sign-in
    uses the kept profile for longer than `wait`.

    Args:
        settings: those of the sign-in.
        browser: the browser that the profile is for.
        notify: prints a line for people.
        wait: the time to wait for another sign-in, at most half of `saml_timeout`.

    Raises:
        BrowserError: the folder cannot be locked or used.
        StoreError: the folder cannot be made, or a symbolic link stands in its place.
    """
    root = _made_root(settings, notify)
    _sweep(root)
    if settings.keep_session:
        folder = root / _name(settings, browser)
        with ExitStack() as locked:
            try:
                # Half of the time: the sign-in itself comes after the wait.
                shorter = min(wait, settings.timeout / 2)
                locked.enter_context(_locked(folder, wait=shorter, notify=notify))
            except LockTimeout:
                notify("It is still in use. This sign-in continues without the kept session.")
            else:
                with _dropped_unless_signed_in(folder):
                    yield _kept(folder, settings, browser)
                return
    with _temporary(root) as folder:
        yield folder


def cookies_file(profile: Path, *, platform: str = sys.platform) -> Path | None:
    """Return the file of the cookies to replay, beside the browser profile of `opened`.

    Returns:
        None for a temporary profile. None on Windows too, where the browser encrypts its cookies:
        a file that is only private would give more away than lies there.
    """
    is_kept = profile.name == _PROFILE and platform != "win32"
    return profile.with_name(_COOKIES) if is_kept else None


def forget(settings: Settings) -> bool:
    """Remove the kept profiles of this identity provider and username, for every browser.

    The approved origins of the identity provider are forgotten, too.

    Returns:
        Whether there was one.

    Raises:
        BrowserError: a running sign-in uses one, or it cannot be locked or removed.
    """
    approvals.forget(settings)
    root = _root(settings)
    removed = [_forgotten(root / _name(settings, browser)) for browser in Browser]
    return any(removed)


def forget_all(saml_folder: Path) -> None:
    """Remove every kept profile, of all identity providers and people.

    Raises:
        BrowserError: as `forget`.
    """
    for folder in _all_kept(saml_folder):
        _forgotten(folder)


def forget_assertions(saml_folder: Path) -> None:
    """Remove every SAMLResponse that waits for another profile; see `shared_assertion`."""
    for path in _assertions(saml_folder / "browser"):
        shared_assertion.remove(path)


def count(saml_folder: Path) -> int:
    """Return the number of kept profiles."""
    return len(_all_kept(saml_folder))


def people(settings: Settings) -> list[str]:
    """Return the usernames that have a kept profile of this identity provider."""
    found = set()
    for folder in _all_kept(settings.saml_folder):
        with suppress(OSError, ValueError, AttributeError):
            about = json.loads((folder / _ABOUT).read_bytes())
            if about.get("idp_url") == settings.idp_url and about.get("username"):
                found.add(printable(str(about["username"])))
    return sorted(found)


def note_signed_in(settings: Settings, browser: Browser) -> None:
    """Note that somebody has signed in with the kept profile, which is worth keeping now."""
    with suppress(OSError):
        (_root(settings) / _name(settings, browser) / _SIGNED_IN).touch(mode=0o600)


def _all_kept(saml_folder: Path) -> list[Path]:
    """Return the folders of all kept profiles; those of one sign-in only are none."""
    folders = (saml_folder / "browser").glob("*/")
    return sorted(
        folder for folder in folders if folder.is_dir() and not folder.name.startswith(_TEMPORARY)
    )


def _forgotten(folder: Path) -> bool:
    """Remove a kept profile; return whether there was one."""
    try:
        if not folder.is_dir():
            return False
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        with _locked(folder):
            _remove(folder)  # the lock file stays: another sign-in may be waiting for it
    except LockTimeout:
        raise BrowserError(
            "A running sign-in is using the browser profile.",
            advice="Wait for it or end it, and run this again.",
        ) from None
    if folder.exists():
        raise BrowserError(
            f"The browser profile {folder} could not be removed.",
            command=shown("rm", "-r", str(folder)),
        )
    return True


@contextmanager
def _dropped_unless_signed_in(folder: Path) -> Iterator[None]:
    """Remove a new kept profile after an error, unless somebody has signed in with it."""
    is_new = not folder.exists()
    try:
        yield
    except BaseException:
        if is_new and not (folder / _SIGNED_IN).exists():
            _remove(folder)
        raise


def adopt(settings: Settings, username: str) -> None:
    """Make the kept profile without a username that of `username`, who has signed in with it.

    It stays without one if that user has a profile already, or a running sign-in uses either.
    """
    root = _root(settings)
    for browser in Browser:
        folder = root / _name(settings, browser)
        adopted = root / _name(replace(settings, username=username), browser)
        with suppress(BrowserError, LockTimeout, OSError):
            if folder.is_dir():
                _rename(folder, adopted)


def _rename(folder: Path, adopted: Path) -> None:
    """Rename a kept profile, unless the new name is taken by now."""
    with _locked(folder), _locked(adopted):
        if folder.is_dir() and not adopted.exists():
            (folder / _ABOUT).unlink(missing_ok=True)
            folder.rename(adopted)


def _root(settings: Settings) -> Path:
    return settings.saml_folder / "browser"


def _made_root(settings: Settings, notify: Callable[[str], None]) -> Path:
    """Make the folder of the browser profiles; a temporary one where that is read-only."""
    root = own_folder.writable(settings.saml_folder, notify=notify) / "browser"
    atomic.make_private_folder(root)
    return root


def _name(settings: Settings, browser: Browser) -> str:
    key = [settings.idp_url, settings.username, browser.value]
    return sha256(json.dumps(key).encode()).hexdigest()[:32]


def _kept(folder: Path, settings: Settings, browser: Browser) -> Path:
    """Make the folder of a kept profile, with a note for people about its owner."""
    profile = folder / _PROFILE
    try:
        atomic.make_private_folder(profile)
        about = {
            "idp_url": settings.idp_url,
            "username": settings.username,
            "browser": browser.value,
        }
        with suppress(FileExistsError), (folder / _ABOUT).open("x", encoding="utf-8") as note:
            (folder / _ABOUT).chmod(0o600)
            json.dump(about, note, indent=2)
        if not os.access(profile, os.R_OK | os.W_OK | os.X_OK):  # after a sign-in under sudo
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(profile))
    except OSError as error:
        raise _unusable(folder, error) from error
    return profile


def _unusable(folder: Path, error: OSError) -> BrowserError:
    """Convert an `OSError` about the folder of a profile, or about its lock."""
    path = Path(os.fsdecode(error.filename)) if error.filename else folder
    cause = ""
    if isinstance(error, PermissionError):
        cause = " A sign-in under sudo may have left files that belong to root."
    return BrowserError(
        f"The browser profile {folder} cannot be used: {error.strerror or error}.{cause}",
        command=shown("ls", "-ld", str(path.parent), str(path)),
    )


@contextmanager
def _temporary(root: Path) -> Iterator[Path]:
    """Make a folder for one sign-in; its lock marks it as in use until it is removed."""
    folder = root / (_TEMPORARY + secrets.token_hex(8))
    try:
        with _locked(folder):
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                raise _unusable(folder, error) from error
            try:
                yield folder
            finally:
                _remove(folder)
    finally:
        _unlink_lock(folder)


def _assertions(root: Path) -> Iterator[Path]:
    return root.glob(f"*/{shared_assertion.NAME}")


def _sweep(root: Path) -> None:
    """Remove the temporary folders of sign-ins that were killed, and expired SAMLResponses."""
    for path in _assertions(root):
        shared_assertion.remove_expired(path)
    for lock_file in root.glob(f"{_TEMPORARY}*.lock"):
        folder = lock_file.with_suffix("")
        # One in use stays, and so does one of another user, who has to remove it.
        with suppress(LockTimeout, BrowserError):
            with _locked(folder):
                _remove(folder)
            _unlink_lock(folder)


@contextmanager
def _locked(
    folder: Path, *, wait: timedelta = _AT_ONCE, notify: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Lock the folder of a profile while the context lasts; a wait is announced.

    Raises:
        LockTimeout: a running sign-in uses it for longer than `wait`.
        BrowserError: it cannot be locked: the lock file belongs to another user.
    """

    def announce() -> None:
        if notify is not None:
            notify("Another sign-in is using the kept browser session; waiting for it to end…")

    file = _lock_file(folder)
    activity = "Another sign-in has been using the kept browser session"
    with ExitStack() as held:
        try:
            held.enter_context(lock(file, activity=activity, wait=wait, on_wait=announce))
        except LockTimeout:
            raise
        except StoreError as error:
            raise BrowserError(
                f"The browser profile {folder} cannot be used: {error}",
                command=shown("ls", "-ld", str(file.parent), str(file)),
            ) from error
        yield


def _lock_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _unlink_lock(folder: Path) -> None:
    with suppress(OSError):  # Windows: another process has opened it meanwhile
        _lock_file(folder).unlink()


def _remove(folder: Path) -> None:
    """Remove a folder; a browser that was killed may write into it for a moment more."""
    deadline = Deadline(_MAX_REMOVAL_SECONDS)
    while folder.exists() and not deadline.has_passed:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(_REMOVAL_INTERVAL)
