"""The POST to AWS, alike for every engine: who sent it, its SAMLResponse, and its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from aws_saml_ext.net import host_and_port

FORM = "application/x-www-form-urlencoded"

CLOSING_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Signed in</title>
<link rel="icon" href="data:,">
<style>body { font: 1.2em/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 30em; \
padding: 0 1em }</style>
<h1>Signed in</h1>
<p>The identity provider's answer has arrived. You may close this window and go back to the \
terminal.</p>
</html>
"""
"""The page that answers the POST in place of AWS. It requests nothing, not even an icon."""


STRAY_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Not used</title>
<link rel="icon" href="data:,">
<p>This SAML response was not used: only a page itself may post one, not a frame or a script of \
it.</p>
</html>
"""
"""The page that answers a POST by a part of a page. It requests nothing either."""

_FRAMES = {"iframe", "frame", "embed", "object", "fencedframe"}


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a request, by the headers that a browser sets and no page can change."""

    destination: str
    """`Sec-Fetch-Dest` (Fetch Metadata): `document` for a page; empty where a browser lacks it."""
    origin: str
    """The origin of the page, frame or script, `https://idp.example.com`; empty where unknown."""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Sender:
        """Read the sender from the headers of a request, whose names are in lower case."""
        origin = headers.get("origin", "null")
        if origin == "null":  # after a redirection, or where a page hides its address
            scheme = headers.get("referer", "").partition("://")[0]
            host = host_and_port(headers.get("referer", ""))
            origin = f"{scheme}://{host}" if host else ""
        return cls(headers.get("sec-fetch-dest", ""), origin)

    @property
    def is_page(self) -> bool:
        """True if a page itself sent the request: the document of a tab or window."""
        return self.destination == "document"

    def __str__(self) -> str:
        """Return `a frame of https://ads.example.com`, for messages."""
        part = "a frame" if self.destination in _FRAMES else "a script"
        part = "a page" if self.is_page else part
        return f"{part} of {self.origin}" if self.origin else f"{part} of unknown origin"


def saml_response(body: bytes, content_type: str) -> str | None:
    """Return the SAMLResponse in the body of a POST; `None` if it is no form, or has none.

    White space is removed from the base64 text, and a `+` that was lost in transit is restored.
    """
    if content_type.partition(";")[0].strip().lower() != FORM:
        return None
    for field in body.split(b"&"):
        name, _, value = field.partition(b"=")
        if unquote_to_bytes(name) == b"SAMLResponse" and value:
            text = unquote_to_bytes(value.replace(b"+", b" ")).decode("ascii", errors="replace")
            return _base64(text) or None
    return None


def _base64(text: str) -> str:
    """Return base64 text without line breaks and blanks beside them; any other blank was a `+`."""
    joined = re.sub(r"[ \t]*[\r\n]+[ \t]*", "", text).replace("\t", "")
    bare = joined.strip()
    # A third of all documents that end in `>` end in a `+` here: a blank completes that group.
    lost = " " if joined.endswith(" ") and len(bare) % 4 == 3 else ""
    return (bare + lost).replace(" ", "+")
