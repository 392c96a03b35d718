"""The SAMLResponse of the last replay, which serves the other profiles of the same session, too.

A hundred profiles of one identity provider that expire together visit it once. The file lies beside
the cookies, which lead to a SAMLResponse at any time; its lock is that of the kept profile. No
profile gets the same one twice: its next renewal sees whether the session still stands. After its
minute, the process that has written it removes it; if that has ended, the next sign-in does.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic

NAME = "assertion.json"
MAX_AGE_SECONDS = 60.0
"""STS takes a SAMLResponse for five minutes; roles and sessions can change meanwhile."""
_MARGIN = 0.05  # seconds, for a timer that is early
_MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SharedAssertion:
    """The content of the file."""

    digest: str
    """That of the settings and of the browser, see `kept_cookies.digest_of`."""
    at: float
    """When it came, in seconds since 1970."""
    profiles: list[str]
    """The profiles that it has served."""
    saml_response: str = field(repr=False)


def put(path: Path, shared: SharedAssertion, *, now: float | None = None) -> None:
    """Replace the file, if that is possible: others sign in by themselves without it.

    A process that still runs at the end of its minute removes it then.

    Args:
        path: the file.
        shared: its content.
        now: seconds since 1970; None for this machine's clock.
    """
    with suppress(StoreError):
        atomic.write_private(path, json.dumps(asdict(shared)).encode())
    age = (time.time() if now is None else now) - shared.at
    timer = threading.Timer(max(0.0, MAX_AGE_SECONDS - age) + _MARGIN, remove_expired, [path])
    timer.daemon = True  # the end of this process does not wait for it
    timer.start()


def take(path: Path, *, digest: str, profile: str, now: float) -> str | None:
    """Return the SAMLResponse for a profile, and note that it has served it.

    Returns:
        None where there is none of the last minute, or this profile has had it.
    """
    remove_expired(path, now=now)
    shared = _read(path)
    if shared is None or shared.digest != digest:
        remove(path)
        return None
    if profile in shared.profiles:
        return None
    put(path, replace(shared, profiles=[*shared.profiles, profile]), now=now)
    return shared.saml_response


def remove_expired(path: Path, *, now: float | None = None) -> None:
    """Remove the file, unless it is whole and of the last minute; `now` as for `put`."""
    shared = _read(path)
    age = (time.time() if now is None else now) - (shared.at if shared is not None else 0.0)
    if not 0 <= age <= MAX_AGE_SECONDS:
        remove(path)


def remove(path: Path) -> None:
    """Remove the file, if it is there."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _read(path: Path) -> SharedAssertion | None:
    from aws_saml_ext.fast_path import read_private

    content = read_private(str(path), max_bytes=_MAX_BYTES)
    try:
        shared = SharedAssertion(**json.loads(content or b"null"))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = [shared.digest, shared.saml_response]
    is_whole = isinstance(shared.at, float) and isinstance(shared.profiles, list)
    return shared if is_whole and all(isinstance(text, str) for text in texts) else None
