"""The file of cookies beside a kept browser profile, and who owns them: the file or a browser.

Identity providers change session cookies at each use, so two copies that go their own ways can end
the session. The file serves only while no browser runs, and only as long as the browser profile is
as the last browser left it. The lock of the kept profile is held around every use.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.replay.cookies import Cookie
from aws_saml_ext.files import atomic

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings

VERSION = 1
MAX_AGE_SECONDS = 7 * 24 * 3600
"""After which a browser has to look at the session again."""
_MAX_FAILURES = 3
_PAUSE_SECONDS = 24 * 3600
_MAX_CLOCK_SKEW_SECONDS = 60
_MAX_BYTES = 8 * 1024 * 1024
_DATABASES = (
    ("Default", "Cookies"),
    ("Default", "Network", "Cookies"),  # Windows
    ("cookies.sqlite",),
    ("cookies.sqlite-wal",),
    ("sessionstore.jsonlz4",),  # the session cookies of Firefox
)


@dataclass(frozen=True, slots=True)
class KeptCookies:
    """The content of the file."""

    digest: str
    """That of the settings and of the browser, see `digest_of`."""
    stamp: str
    """The state of the browser's own cookie files, see `stamp_of`."""
    browser_at: float
    """The time when a browser was last here, in seconds since 1970."""
    headers: tuple[tuple[str, str], ...]
    """Those of a navigation of the browser."""
    base: tuple[Cookie, ...] = field(repr=False)
    """The cookies that the browser ended with."""
    cookies: tuple[Cookie, ...] = field(repr=False)
    """The same cookies, as replays have changed them."""
    is_in_browser: bool = False
    """True from the start of a browser until one has ended well."""
    failures: int = 0
    """Replays in a row that failed where a browser then succeeded without asking."""
    paused_until: float = 0.0
    """In seconds since 1970."""
    is_device_bound: bool = False
    is_announced: bool = False
    """True once a person has been told about replays."""

    def obstacle(self, *, digest: str, stamp: str, now: float) -> str | None:
        """Return why these cookies are not replayed; None where they can be."""
        is_recent = -_MAX_CLOCK_SKEW_SECONDS <= now - self.browser_at <= MAX_AGE_SECONDS
        obstacles = {
            "the last browser has not ended well": self.is_in_browser,
            "the session is bound to this device": self.is_device_bound,
            "the settings or the browser have changed": self.digest != digest,
            "another browser has used the profile": self.stamp != stamp,
            "no browser was here for long": not is_recent,
            "replays fail here": now < self.paused_until <= now + _PAUSE_SECONDS,
        }
        return next((reason for reason, stands in obstacles.items() if stands), None)

    def after_success(self) -> KeptCookies:
        """Return the content after a replay that succeeded."""
        return replace(self, failures=0, paused_until=0.0)

    def after_failure(self, now: float) -> KeptCookies:
        """Return the content after a replay that failed where a browser succeeded unasked."""
        failures = self.failures + 1
        is_nuisance = failures >= _MAX_FAILURES
        return replace(
            self, failures=failures, paused_until=now + _PAUSE_SECONDS if is_nuisance else 0.0
        )


def digest_of(settings: Settings, browser: str, binary: Path) -> str:
    """Return a digest of everything that makes the session another one."""
    parts = (settings.idp_url, settings.username, settings.acs_url)
    program = (browser, str(binary), settings.browser_arguments)
    return sha256(json.dumps([parts, program]).encode()).hexdigest()


def stamp_of(profile: Path) -> str:
    """Return a stamp of the cookie files of a browser profile, once its browser is gone."""
    found = []
    for parts in _DATABASES:
        with suppress(OSError):
            state = profile.joinpath(*parts).stat()
            found.append(f"{parts[-1]} {state.st_size} {state.st_mtime_ns} {state.st_ino}")
    return "; ".join(found)


def read(path: Path) -> KeptCookies | None:
    """Return the content of the file; None where there is none that is whole and ours alone."""
    from aws_saml_ext.fast_path import read_private

    content = read_private(str(path), max_bytes=_MAX_BYTES)
    if content is None:
        return None
    try:
        found = json.loads(content)
        return _parsed(found) if found["version"] == VERSION else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def write(path: Path, kept: KeptCookies) -> None:
    """Replace the file.

    Raises:
        StoreError: it cannot be written, and is unchanged.
    """
    for leftover in path.parent.glob(f".{path.name}.*{atomic.LEFTOVER}"):
        with suppress(OSError):
            leftover.unlink()
    content = {"version": VERSION, **asdict(kept)}
    atomic.write_private(path, json.dumps(content).encode())


def _parsed(found: dict[str, Any]) -> KeptCookies:
    """Parse the content of a file. Raises ValueError, TypeError or KeyError."""
    fields = {name: value for name, value in found.items() if name != "version"}
    kept = KeptCookies(
        **{
            **fields,
            "headers": tuple((str(name), str(value)) for name, value in fields["headers"]),
            "base": _cookies(fields["base"]),
            "cookies": _cookies(fields["cookies"]),
        }
    )
    numbers = (kept.browser_at, kept.paused_until, kept.failures)
    flags = (kept.is_in_browser, kept.is_device_bound, kept.is_announced)
    if not all(isinstance(number, (int, float)) for number in numbers):
        raise TypeError
    if not all(isinstance(flag, bool) for flag in flags):
        raise TypeError
    return kept


def _cookies(found: Sequence[dict[str, Any]]) -> tuple[Cookie, ...]:
    cookies = tuple(Cookie(**each) for each in found)
    for cookie in cookies:
        texts = (cookie.name, cookie.value, cookie.domain, cookie.path, cookie.partition)
        flags = (cookie.host_only, cookie.secure, cookie.http_only)
        numbers = (cookie.created, 0 if cookie.expires is None else cookie.expires)
        if not (
            all(isinstance(text, str) for text in (*texts, cookie.same_site, cookie.origin))
            and all(isinstance(flag, bool) for flag in flags)
            and all(isinstance(number, (int, float)) for number in numbers)
        ):
            raise TypeError
    return cookies
