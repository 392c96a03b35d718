"""Addresses of the web as a replay takes them: strict, since a browser reads some differently."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.net import is_loopback

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_ALLOWED = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without a backslash, which a browser takes for a slash."""
_LENIENT = re.compile(r"///|[a-z][a-z0-9+.-]*:(?!//[^/])", re.IGNORECASE)
"""Too many slashes, or too few after a scheme: browsers mend that."""
_MAX_LENGTH = 64 * 1024
_UNQUOTED_IN_PATHS = "/%:@!$&'()*+,;=~[]"
_ODD_IN_PATHS = frozenset("^|")
"""Chromium quotes both; not every browser does."""
_UNQUOTED_IN_QUERIES = "/%:@!$&()*+,;=~[]|^?`{}\\"
_LOG_OUT = re.compile(r"log[-_]?(?:out|off)|sign[-_]?(?:out|off)|(?<![a-z])slo(?![a-z])")
_WS_FEDERATION = re.compile(r"(?:^|&)wa=wsignout", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """An address without user name, password and fragment."""

    scheme: str
    """`https` or `http`."""
    host: str
    """In lower case; an IPv6 address in brackets."""
    port: int
    path: str = field(repr=False)
    query: str = field(repr=False)
    """With its question mark; empty where there is none."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse an address.

        Raises:
            NotUnderstood: it is none of the web, or a browser may read it in another way.
        """
        if len(text) > _MAX_LENGTH or not _ALLOWED.fullmatch(text):
            raise NotUnderstood("an address has characters that a browser changes")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise NotUnderstood("an address cannot be read") from None
        host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
        host = host.lower().removesuffix(":")
        if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or port == 0:
            raise NotUnderstood("an address is not one of a web server")
        if _ODD_IN_PATHS & set(parts.path):
            raise NotUnderstood("an address has characters that browsers write differently")
        path = quote(parts.path or "/", safe=_UNQUOTED_IN_PATHS)
        if any(unquote(segment) in {".", ".."} for segment in path.split("/")):
            raise NotUnderstood("an address has dots for folders")
        query = "?" + quote(parts.query, safe=_UNQUOTED_IN_QUERIES) if parts.query else ""
        return cls(parts.scheme, host, port or _PORTS[parts.scheme], path, query)

    def join(self, reference: str) -> Address:
        """Return the address that a reference on this page leads to.

        Raises:
            NotUnderstood: see `parse`.
        """
        stripped = reference.strip(" \t\r\n\f")
        if stripped and (not _ALLOWED.fullmatch(stripped) or _LENIENT.match(stripped)):
            raise NotUnderstood("an address has characters that a browser changes")
        has_folder = not re.match(r"$|[/?#]|[a-z][a-z0-9+.-]*:", stripped, re.IGNORECASE)
        if has_folder and "//" in self.path + re.split("[?#]", stripped)[0]:
            raise NotUnderstood("an address has empty folders")  # which urljoin leaves out
        try:
            joined = urljoin(self.text, stripped)
        except ValueError:
            raise NotUnderstood("an address cannot be read") from None
        if stripped.startswith("?") and self.query:
            joined = urljoin(self.without_query().text, stripped)
        return self.parse(joined)

    def without_query(self) -> Address:
        """Return the address without its query."""
        return Address(self.scheme, self.host, self.port, self.path, "")

    def with_query(self, query: str) -> Address:
        """Return the address with another query, written without the question mark."""
        return Address(self.scheme, self.host, self.port, self.path, f"?{query}")

    @property
    def text(self) -> str:
        """The whole address."""
        return self.origin + self.target

    @property
    def target(self) -> str:
        """The path and the query, as a request names them."""
        return self.path + self.query

    @property
    def origin(self) -> str:
        """`https://idp.example.com`, with the port where it is not that of the scheme."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """`idp.example.com:8443`, without a port where it is that of the scheme."""
        usual = self.port == _PORTS[self.scheme]
        return self.host if usual else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """True for this machine."""
        return is_loopback(self.host)

    @property
    def is_secure(self) -> bool:
        """True for https, and for this machine, which browsers trust as much."""
        return self.scheme == "https" or self.is_loopback

    @property
    def ends_session(self) -> bool:
        """True if the words of the address are those of a log-out."""
        path, query = unquote(self.path).lower(), self.query.removeprefix("?")
        words = re.split("[&;=]", unquote(query).lower())
        return bool(
            _LOG_OUT.search(path)
            or _WS_FEDERATION.search(query)
            or any(_LOG_OUT.fullmatch(word) for word in words)
        )
