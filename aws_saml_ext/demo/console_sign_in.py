"""The sign-in of AWS's console: `/federation`, and a console page that says who one is.

moto has none. Credentials become a sign-in token, a token becomes a session of the console.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aws_saml_ext import partitions
from aws_saml_ext.net import is_loopback

COOKIE = "demo_console"
PATHS = frozenset({"/federation", "/console/home"})
_TOKEN_LIFE = timedelta(minutes=15)
_NAMES = ("sessionId", "sessionKey", "sessionToken")
_SHORTEST, _LONGEST = 900, 43_200  # seconds, of SessionDuration
_REGION = re.compile(r"([a-z]+(?:-[a-z]+)+-[0-9]+)\.")


@dataclass(frozen=True, slots=True)
class Page:
    """One HTTP answer of the console's sign-in."""

    status: int
    body: str
    content_type: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Principal:
    """The session of a role that temporary credentials belong to."""

    arn: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime
    max_session_duration: int
    """Of its role, in seconds."""


@dataclass(frozen=True, slots=True)
class TokenCall:
    """A received getSigninToken; `status` is that of the answer."""

    duration: str | None
    status: int


# Answers of a broken network or service, for `Federation.misbehave`.
HTML_PAGE = Page(200, "<!DOCTYPE html><html><body>Please sign in.</body></html>")
WITHOUT_TOKEN = Page(200, "{}", "application/json")
EMPTY = Page(200, "", "application/json")


def refused(status: int = 400, message: str = "Invalid credentials parameter") -> Page:
    """Return a refusal, which AWS writes as a page for people."""
    return Page(
        status, f"<!DOCTYPE html><html><head><title>{escape(message)}</title></head></html>"
    )


class Federation:
    """The sign-in of the console at one AWS.

    `takes_duration` may be set to refuse every SessionDuration, as AWS does for many credentials;
    `delay` is a pause in seconds before each answer of getSigninToken. `calls` lists the calls of
    getSigninToken, and `opened` the destinations that were signed in to.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        principal_of: Callable[[str], Principal | None],
        sleep: Callable[[float], None],
    ) -> None:
        """Take the clock, and what returns the principal of an access key id."""
        self.takes_duration = True
        self.delay = 0.0
        self.calls: list[TokenCall] = []
        self.opened: list[str] = []
        self._clock = clock
        self._principal_of = principal_of
        self._sleep = sleep
        self._answers: list[Page] = []
        self._tokens: dict[str, tuple[Principal, datetime]] = {}
        self._sessions: dict[str, Principal] = {}

    def misbehave(self, *answers: Page) -> None:
        """Answer the next calls of getSigninToken with these pages, in order."""
        self._answers.extend(answers)

    def answer(self, environ: Mapping[str, Any]) -> Page | None:
        """Return the answer to a request; None where the request is for another service."""
        if environ.get("PATH_INFO") not in PATHS or "HTTP_AUTHORIZATION" in environ:
            return None
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if environ["PATH_INFO"] == "/console/home":
            return self._console(environ.get("HTTP_COOKIE", ""), query)
        if environ.get("REQUEST_METHOD") != "GET":
            return refused(405, "Method not allowed")
        if query.get("Action") == "getSigninToken":
            self._sleep(self.delay)
            page = self._answers.pop(0) if self._answers else self._token(query)
            self.calls.append(TokenCall(query.get("SessionDuration"), page.status))
            return page
        return self._sign_in(query) if query.get("Action") == "login" else refused()

    def _token(self, query: Mapping[str, str]) -> Page:
        principal = self._principal(query.get("Session", ""))
        duration = query.get("SessionDuration")
        if principal is None or not self._is_allowed(duration, principal):
            return refused()
        token = secrets.token_urlsafe(300)
        self._tokens[token] = (principal, self._clock() + _TOKEN_LIFE)
        return Page(200, json.dumps({"SigninToken": token}), "application/json")

    def _is_allowed(self, duration: str | None, principal: Principal) -> bool:
        if duration is None:
            return True
        longest = min(_LONGEST, principal.max_session_duration)
        is_number = duration.isdecimal() and _SHORTEST <= int(duration) <= longest
        return self.takes_duration and is_number

    def _principal(self, text: str) -> Principal | None:
        """Return the principal of credentials in JSON, if they are valid now."""
        try:
            values = json.loads(text)
        except ValueError:
            return None
        if not isinstance(values, dict) or set(values) != set(_NAMES):
            return None
        key_id, key, token = (values[name] for name in _NAMES)
        principal = self._principal_of(key_id) if isinstance(key_id, str) else None
        if principal is None or principal.expiration <= self._clock():
            return None
        is_whole = (key, token) == (principal.secret_access_key, principal.session_token)
        return principal if is_whole else None

    def _sign_in(self, query: Mapping[str, str]) -> Page:
        principal, ends = self._tokens.get(query.get("SigninToken", ""), (None, self._clock()))
        destination = query.get("Destination", "")
        address = _console_address(destination, principal)
        if principal is None or ends <= self._clock() or address is None:
            return refused()
        cookie = secrets.token_urlsafe(20)
        self._sessions[cookie] = principal
        self.opened.append(destination)
        headers = {
            "Location": address,
            "Set-Cookie": f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax",
        }
        return Page(302, "", headers=headers)

    def _console(self, cookies: str, query: Mapping[str, str]) -> Page:
        try:
            found = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            found = None
        principal = self._sessions.get(found.value) if found is not None else None
        if principal is None:
            return refused(403, "You are not signed in")
        account, role = principal.arn.split(":")[4], principal.arn.rpartition(":")[2]
        lines = {
            "Account": account,
            "Role": role,
            "Region": query.get("region", ""),
            "Destination": query.get("destination", ""),
        }
        rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in lines.items())
        return Page(
            200,
            "<!DOCTYPE html><html><head><meta charset=utf-8><title>Console Home</title></head>"
            f"<body><h1>Console Home</h1><dl>{rows}</dl></body></html>",
        )


def _console_address(destination: str, principal: Principal | None) -> str | None:
    """Return where a sign-in leads: a page of this console in place of one of AWS's.

    None for a destination that is neither a console of the principal's partition nor loopback.
    """
    try:
        parts = urlsplit(destination)
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme in {"http", "https"} and is_loopback(host):
        return destination
    partition = partitions.of_arn(principal.arn) if principal is not None else None
    if parts.scheme != "https" or partition is None:
        return None
    if host != partition.console_host and not host.endswith("." + partition.console_host):
        return None
    region = _REGION.match(host)
    query = {"region": region[1] if region else "", "destination": destination}
    return f"/console/home?{urlencode(query)}"
