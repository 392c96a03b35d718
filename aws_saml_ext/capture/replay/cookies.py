"""Cookies as a browser keeps and sends them, for the navigations of one window. Pure.

The rules are those of RFC 6265bis (draft-ietf-httpbis-rfc6265bis), for top-level navigations only.
Where browsers need the public suffix list, the domains of their own cookies stand for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Literal

from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.capture.replay.addresses import Address

SameSite = Literal["strict", "lax", "none", "unset"]

_MAX_PAIR = 4096
_MAX_ATTRIBUTE = 1024
_MAX_AGE = 400 * 24 * 3600
"""Seconds that a cookie lives at most."""
_YOUNG_SECONDS = 120
"""Seconds in which Chromium sends a cookie without SameSite with a POST of another site."""
_OLD_YEAR = re.compile(r"(?<![0-9])1[0-5][0-9]{2}(?![0-9])|(?<![0-9])1600(?![0-9])")
"""Before 1601, where the time of some systems begins: Chromium takes it, RFC 6265bis does not."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SAME_SITE: dict[str, SameSite] = {"strict": "strict", "lax": "lax", "none": "none"}

Key = tuple[str, str, bool, str]
"""Name, domain, host only, path: two cookies of one key replace each other."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie with its attributes."""

    name: str
    value: str = field(repr=False)
    domain: str
    """Without a dot in front."""
    host_only: bool
    """True if it is for the host `domain` alone, not for those below it."""
    path: str
    secure: bool = False
    http_only: bool = False
    same_site: SameSite = "unset"
    expires: float | None = None
    """Seconds since 1970; None for a session cookie."""
    partition: str = ""
    """The site that a partitioned cookie is for, `https://example.com`; empty for the others."""
    origin: str = ""
    """The origin that set it, with its port; Chromium keeps it too. Empty where it is not known."""
    created: float = field(default=0.0, compare=False)
    """When a replay got it, in seconds since 1970; zero for a cookie of the browser."""

    @property
    def key(self) -> Key:
        """The parts that tell it from every other cookie."""
        return (self.name, self.domain, self.host_only, self.path)


class Jar:
    """The cookies of one browser profile."""

    def __init__(
        self,
        cookies: Iterable[Cookie],
        *,
        browser_domains: Iterable[str],
        browser_at: float,
        is_firefox: bool = False,
    ) -> None:
        """Take the cookies.

        Args:
            cookies: in the order in which the browser lists them.
            browser_domains: the domains of the domain cookies that a browser took.
            browser_at: when the browser was last here, in seconds since 1970.
            is_firefox: Firefox treats a cookie without SameSite as `None`, Chromium as `Lax`.
        """
        self._cookies = list(cookies)
        self._domains = frozenset(browser_domains)
        self._browser_at = browser_at
        self._is_firefox = is_firefox

    @property
    def cookies(self) -> tuple[Cookie, ...]:
        """Every cookie."""
        return tuple(self._cookies)

    def knows(self, host: str) -> bool:
        """Return whether one of the cookies is for a host."""
        return any(_is_for_host(cookie, host) and not cookie.partition for cookie in self._cookies)

    def is_same_site(self, one: Address, other: Address) -> bool:
        """Return whether two addresses are surely of one site."""
        if one.scheme != other.scheme:
            return False
        return one.host == other.host or any(
            domain_matches(one.host, domain) and domain_matches(other.host, domain)
            for domain in self._domains
        )

    # ---- sending ----

    def header(
        self, address: Address, *, method: str, initiator: Address | None, now: float
    ) -> str:
        """Return the Cookie header of a navigation; empty where no cookie is sent.

        Args:
            address: where it goes.
            method: `GET` or `POST`.
            initiator: the page that began it; None for the person.
            now: seconds since 1970.

        Raises:
            NotUnderstood: a browser may decide differently.
        """
        is_cross = initiator is not None and not self.is_same_site(initiator, address)
        sent = [
            cookie
            for cookie in self._cookies
            if _is_for_host(cookie, address.host)
            and path_matches(address.path, cookie.path)
            and (address.is_secure or not cookie.secure)
            and (cookie.expires is None or cookie.expires > now)
            and _is_for_partition(cookie, address)
            and (not is_cross or self._crosses(cookie, method, now))
        ]
        sent.sort(key=lambda cookie: -len(cookie.path))
        if not all(cookie.name.isascii() and cookie.value.isascii() for cookie in sent):
            raise NotUnderstood("a cookie is not ASCII")
        return "; ".join(
            f"{cookie.name}={cookie.value}" if cookie.name else cookie.value for cookie in sent
        )

    def _crosses(self, cookie: Cookie, method: str, now: float) -> bool:
        """Return whether a cookie goes along to its site from another one."""
        if cookie.same_site in {"strict", "none"}:
            return cookie.same_site == "none"
        if method == "GET" or (cookie.same_site == "unset" and self._is_firefox):
            return True
        if cookie.same_site == "lax":
            return False
        if not cookie.created and now - self._browser_at < _YOUNG_SECONDS:
            raise NotUnderstood("the age of a cookie without SameSite is not known")
        return now - cookie.created < _YOUNG_SECONDS

    # ---- taking ----

    def take(self, text: str, address: Address, *, now: float) -> None:
        """Take the value of one Set-Cookie header.

        Args:
            text: the value.
            address: of the answer that has it.
            now: seconds since 1970.

        Raises:
            NotUnderstood: it is partitioned, or for a domain that the browser has no cookie of.
        """
        cookie = self._parsed(text, address, now)
        if cookie is None:
            return
        at = next((i for i, held in enumerate(self._cookies) if _replaces(cookie, held)), None)
        if cookie.expires is not None and cookie.expires <= now:
            if at is not None:
                del self._cookies[at]
        elif at is None:
            self._cookies.append(cookie)
        else:
            self._cookies[at] = cookie

    def _parsed(self, text: str, address: Address, now: float) -> Cookie | None:
        """Return the cookie of a Set-Cookie header; None where a browser ignores it."""
        if not text.isascii():
            raise NotUnderstood("a cookie is not ASCII")
        if _CONTROL.search(text):
            return None
        pair, *rest = text.split(";")
        before, equals, after = pair.partition("=")
        name, value = (before.strip(" \t"), after.strip(" \t")) if equals else ("", before.strip())
        if len(name) + len(value) > _MAX_PAIR or not (name or value):
            return None
        attributes = dict(_attributes(rest))
        is_old = _OLD_YEAR.search(attributes.get("expires", ""))
        if "\t" in name + value or attributes.get("max-age", "").startswith("+") or is_old:
            raise NotUnderstood("an answer sets a cookie that browsers read differently")
        if "partitioned" in attributes:
            raise NotUnderstood("an answer sets a partitioned cookie")
        domain = attributes.get("domain", "").removeprefix(".").lower()
        if domain and not domain_matches(address.host, domain):
            return None
        path = attributes.get("path", "")
        cookie = Cookie(
            name,
            value,
            domain=domain or address.host,
            host_only=not domain,
            path=path if path.startswith("/") else default_path(address.path),
            secure="secure" in attributes,
            http_only="httponly" in attributes,
            same_site=_SAME_SITE.get(attributes.get("samesite", "").lower(), "unset"),
            expires=_expires(attributes, now),
            origin=f"{address.scheme}://{address.host}:{address.port}",
            created=now,
        )
        if not self._is_allowed(cookie, address):
            return None
        if domain and domain not in self._domains:
            raise NotUnderstood("an answer sets a cookie for a domain that the browser has none of")
        return cookie

    def _is_allowed(self, cookie: Cookie, address: Address) -> bool:
        if cookie.secure and not address.is_secure:
            return False
        if cookie.same_site == "none" and not cookie.secure and not self._is_firefox:
            return False
        prefixed = (cookie.name or cookie.value).lower()
        secure = cookie.secure and address.is_secure
        hosts_own = secure and cookie.host_only and cookie.path == "/"
        needs = {
            "__host-http-": hosts_own and cookie.http_only,
            "__http-": secure and cookie.http_only,
            "__host-": hosts_own,
            "__secure-": secure,
        }
        for prefix, is_met in needs.items():
            if prefixed.startswith(prefix):
                return is_met and bool(cookie.name)
        return True


def changes(base: Iterable[Cookie], now: Iterable[Cookie]) -> tuple[list[Cookie], list[Cookie]]:
    """Return the cookies of `now` that `base` has not or has otherwise, and those that went."""
    before = {cookie.key: cookie for cookie in base if not cookie.partition}
    after = {cookie.key: cookie for cookie in now if not cookie.partition}
    put = [cookie for key, cookie in after.items() if before.get(key) != cookie]
    return put, [cookie for key, cookie in before.items() if key not in after]


def merged(
    base: Iterable[Cookie], now: Iterable[Cookie], held: Iterable[Cookie]
) -> tuple[list[Cookie], list[Cookie]]:
    """Return the cookies to put into a browser, and those to remove from it: a three-way merge.

    Args:
        base: the cookies that the browser ended with.
        now: what replays have made of them.
        held: the cookies of the browser that has started. One that differs from `base` stays: the
            browser was killed after it got it.
    """
    ended_with = {cookie.key: cookie.value for cookie in base if not cookie.partition}
    holds = {cookie.key: cookie.value for cookie in held if not cookie.partition}
    put, removed = changes(base, now)
    return (
        [cookie for cookie in put if holds.get(cookie.key) == ended_with.get(cookie.key)],
        [cookie for cookie in removed if holds.get(cookie.key) == cookie.value],
    )


def domain_matches(host: str, domain: str) -> bool:
    """Return whether a host is a domain or lies below it (section 5.1.3)."""
    if host == domain:
        return True
    return host.endswith(f".{domain}") and not re.fullmatch(r"[0-9.]+|\[.*\]", host)


def default_path(path: str) -> str:
    """Return the path of a cookie that names none (section 5.1.4)."""
    return path[: path.rfind("/")] if path.count("/") > 1 and path.startswith("/") else "/"


def path_matches(path: str, cookie_path: str) -> bool:
    """Return whether a cookie with a path is for a requested path (section 5.1.4)."""
    if path == cookie_path:
        return True
    return path.startswith(cookie_path) and (
        cookie_path.endswith("/") or path[len(cookie_path)] == "/"
    )


def _is_for_host(cookie: Cookie, host: str) -> bool:
    return host == cookie.domain if cookie.host_only else domain_matches(host, cookie.domain)


def _is_for_partition(cookie: Cookie, address: Address) -> bool:
    if not cookie.partition:
        return True
    scheme, _, domain = cookie.partition.partition("://")
    return address.scheme == scheme and domain_matches(address.host, domain)


def _replaces(cookie: Cookie, held: Cookie) -> bool:
    return cookie.key == held.key and not held.partition


def _attributes(parts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name, _, value = part.partition("=")
        if len(value.strip(" \t")) <= _MAX_ATTRIBUTE:
            yield name.strip(" \t").lower(), value.strip(" \t")


def _expires(attributes: dict[str, str], now: float) -> float | None:
    """Return the end of a cookie's life; Max-Age precedes Expires (sections 5.6.1, 5.6.2)."""
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age):
        seconds = int(age[:20])
        return now + min(seconds, _MAX_AGE) if seconds > 0 else 0.0
    date = cookie_date(attributes.get("expires", ""))
    return None if date is None else min(date, now + _MAX_AGE)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DELIMITER = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")


def cookie_date(text: str) -> float | None:
    """Return the seconds since 1970 that a cookie's date names; None for no date (5.1.1)."""
    clock: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITER.split(text):
        if clock is None and (
            match := re.match(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])", token)
        ):
            clock = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := re.match(r"[0-9]{1,2}(?![0-9])", token)):
            day = int(match[0])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := re.match(r"[0-9]{2,4}(?![0-9])", token)):
            year = int(match[0])
    if clock is None or day is None or month is None or year is None:
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    if year < 1601:
        return None
    try:
        return datetime(year, month, day, *clock, tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None
