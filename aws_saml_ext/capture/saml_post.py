"""The POST to AWS, alike for every engine: read the SAMLResponse in it, and answer it."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

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
