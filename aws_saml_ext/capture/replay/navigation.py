"""The headers of a navigation, as the browser whose cookies are replayed would send them. Pure.

The headers are those of a navigation that this browser made. Only those that depend on the
request are set here, by the Fetch and Referrer Policy standards, at the places where the browser
has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.saml_post import FORM

if TYPE_CHECKING:
    from aws_saml_ext.capture.replay.cookies import Jar

Headers = Sequence[tuple[str, str]]
"""Names and values, in their order."""
Relation = Literal["none", "same-origin", "same-site", "cross-site"]
"""The value of Sec-Fetch-Site."""

ACCEPTED_ENCODINGS = "gzip, deflate"
_MAX_REFERRER = 4096

_DEFAULT_POLICY = "strict-origin-when-cross-origin"
_POLICIES = frozenset(
    {"no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin"}
    | {"origin-when-cross-origin", "unsafe-url", _DEFAULT_POLICY}
)
_ORDER: tuple[Relation, ...] = ("none", "same-origin", "same-site", "cross-site")

_OF_REQUEST = frozenset(
    "host connection cookie content-length content-type origin referer accept-encoding "
    "proxy-connection te".split()
)
"""Headers that depend on the request or on the connection."""
_CHROMIUM_PLACES = (
    ("Content-Length", ("cache-control", "sec-ch-ua", "upgrade-insecure-requests")),
    ("Cache-Control", ("sec-ch-ua", "upgrade-insecure-requests")),
    ("Content-Type", ("user-agent",)),
    ("Origin", ("accept",)),
    ("Referer", ("accept-encoding",)),
    ("Cookie", ()),
)
_FIREFOX_PLACES = (
    ("Content-Type", ("connection",)),
    ("Content-Length", ("connection",)),
    ("Origin", ("connection",)),
    ("Referer", ("upgrade-insecure-requests",)),
    ("Cookie", ("upgrade-insecure-requests",)),
)
"""Each header, and those that it comes before; the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Navigation:
    """One request of a navigation."""

    address: Address
    body: bytes | None = field(default=None, repr=False)
    """The form of a POST; None for a GET."""
    page: Address | None = None
    """The page that began it; None for the person."""
    policy: str = _DEFAULT_POLICY
    """The referrer policy."""
    is_redirected: bool = False
    relation: Relation = "none"
    """The distance of its addresses, redirects included, from the page."""

    @property
    def method(self) -> str:
        """`GET` or `POST`."""
        return "GET" if self.body is None else "POST"

    def redirected(self, address: Address, policies: Iterable[str], jar: Jar) -> Navigation:
        """Return the request that a redirect leads to, a GET."""
        relation = self.relation
        if self.page is not None:
            relation = max(relation, _relation(self.page, address, jar), key=_ORDER.index)
        policy = _last_policy(policies, self.policy)
        redirected = replace(self, address=address, body=None, policy=policy, relation=relation)
        return replace(redirected, is_redirected=True)

    def follow(
        self, address: Address, body: bytes | None, policies: Iterable[str], jar: Jar
    ) -> Navigation:
        """Return the request that the page of this one makes by itself."""
        relation = _relation(self.address, address, jar)
        policy = _last_policy(policies, _DEFAULT_POLICY)
        return Navigation(address, body, self.address, policy, relation=relation)


def request_headers(
    navigation: Navigation, browser_headers: Headers, cookies: str, *, is_firefox: bool
) -> list[tuple[str, str]]:
    """Return the headers of a request in their order.

    Args:
        navigation: the request.
        browser_headers: those of a navigation that the person began in the browser.
        cookies: the value of the Cookie header.
        is_firefox: Firefox has another order than Chromium.
    """
    own = {
        "host": navigation.address.authority,
        "connection": "keep-alive",
        "accept-encoding": ACCEPTED_ENCODINGS,
        "sec-fetch-site": navigation.relation,
    }
    headers = []
    for name, value in browser_headers:
        lower = name.lower()
        if lower in own:
            headers.append((name, own.pop(lower)))
        elif lower not in _OF_REQUEST and (lower != "sec-fetch-user" or navigation.page is None):
            headers.append((name, value))
    own.pop("sec-fetch-site", None)  # a browser that sends none
    for name in ("Connection", "Host"):
        if name.lower() in own:
            headers.insert(0, (name, own[name.lower()]))
    if "accept-encoding" in own:
        headers.append(("Accept-Encoding", ACCEPTED_ENCODINGS))
    more = {
        "Referer": referrer(navigation),
        "Cookie": cookies,
        **(_of_form(navigation, navigation.body) if navigation.body is not None else {}),
    }
    if navigation.is_redirected and not is_firefox:
        headers = _with_hints_later(headers)
    for name, before in _FIREFOX_PLACES if is_firefox else _CHROMIUM_PLACES:
        if value := more.get(name, ""):
            names = [present.lower() for present, _ in headers]
            at = next((names.index(other) for other in before if other in names), len(names))
            headers.insert(at, (name, value))
    return headers


def _with_hints_later(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers in the order of a Chromium that follows a redirect."""
    hints = [each for each in headers if each[0].lower().startswith("sec-ch-")]
    rest = [each for each in headers if each not in hints]
    names = [name.lower() for name, _ in rest]
    at = names.index("accept-encoding")
    return [*rest[:at], *hints, *rest[at:]]


def _of_form(navigation: Navigation, body: bytes) -> dict[str, str]:
    return {
        "Content-Length": str(len(body)),
        "Content-Type": FORM,
        "Cache-Control": "max-age=0",  # Chromium alone has a place for it
        "Origin": _origin(navigation),
    }


def referrer(navigation: Navigation) -> str:
    """Return the Referer of a request; empty where it has none (Referrer Policy, section 8.3)."""
    page, policy = navigation.page, navigation.policy
    if page is None or policy == "no-referrer":
        return ""
    is_same = page.origin == navigation.address.origin
    is_downgrade = page.is_secure and not navigation.address.is_secure
    strict = policy in {"strict-origin", _DEFAULT_POLICY, "no-referrer-when-downgrade"}
    if is_downgrade and strict:
        return ""
    if not is_same and policy == "same-origin":
        return ""
    whole = policy in {"unsafe-url", "no-referrer-when-downgrade"} or (
        is_same and policy in {"same-origin", "origin-when-cross-origin", _DEFAULT_POLICY}
    )
    return page.text if whole and len(page.text) <= _MAX_REFERRER else f"{page.origin}/"


def _origin(navigation: Navigation) -> str:
    """Return the Origin of a POST (Fetch, section 3.2)."""
    page, policy = navigation.page, navigation.policy
    if page is None or policy == "no-referrer":
        return "null"
    is_downgrade = page.is_secure and not navigation.address.is_secure
    strict = policy in {"strict-origin", _DEFAULT_POLICY, "no-referrer-when-downgrade"}
    if is_downgrade and strict:
        return "null"
    if policy == "same-origin" and page.origin != navigation.address.origin:
        return "null"
    return page.origin


def _relation(page: Address, address: Address, jar: Jar) -> Relation:
    if page.origin == address.origin:
        return "same-origin"
    return "same-site" if jar.is_same_site(page, address) else "cross-site"


def _last_policy(policies: Iterable[str], before: str) -> str:
    """Return the last policy of a list that is known, else the one before."""
    names = [name.strip().lower() for text in policies for name in text.split(",")]
    return next((name for name in reversed(names) if name in _POLICIES), before)
