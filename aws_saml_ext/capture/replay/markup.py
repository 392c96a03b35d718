"""The tags of a page, read so strictly that every browser reads them alike. Pure.

Not `html.parser`: it takes more than HTML, each release of Python differently, and some pages
keep it busy for minutes. What is read here in one pass is HTML as people write it; anything else is
left to the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from aws_saml_ext.capture.replay import NotUnderstood

_START = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9]*)"
    r"((?:\s+[^\s\"'>/=<]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*)\s*/?>"
)
_ATTRIBUTE = re.compile(r"\s+([^\s\"'>/=<]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?")
_END = re.compile(r"</([a-zA-Z][a-zA-Z0-9]*)\s*>")
_DECLARATION = re.compile(r"<!doctype[^>]*>|<\?xml [^>]*>", re.IGNORECASE)
_ODD_COMMENT = re.compile(r"<!--(?:-?>)|--!>")
_OPEN_REFERENCE = re.compile(r"&[A-Za-z][A-Za-z0-9]*(?![A-Za-z0-9;])")
_UNUSUAL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_RAW = frozenset({"script", "style", "noscript", "title"})
"""Elements whose content is text alone, where scripts run."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag or an end tag."""

    name: str
    """In lower case."""
    is_end: bool
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The first value of each name, in lower case."""
    content: str = field(default="", repr=False)
    """The text in a script."""


def tags(page: str) -> Iterator[Tag]:
    """Yield the tags of a page in their order; the content of raw elements is in their start tag.

    Raises:
        NotUnderstood: a browser may read the page in another way.
    """
    if _UNUSUAL.search(page) or _ODD_COMMENT.search(page):
        raise NotUnderstood("the page has unusual characters or comments")
    at = page.find("<")
    while at >= 0:
        if page.startswith("<!--", at):
            end = page.find("-->", at)
            if end < 0:
                raise NotUnderstood("a comment has no end")
            at = end + 3
        elif match := _DECLARATION.match(page, at):
            at = match.end()
        elif match := _END.match(page, at):
            yield Tag(match[1].lower(), is_end=True)
            at = match.end()
        elif match := _START.match(page, at):
            name, at = match[1].lower(), match.end()
            content = ""
            if name in _RAW:
                content, at = _raw(page, name, at)
            yield Tag(name, is_end=False, attributes=_attributes(match[2]), content=content)
        else:
            raise NotUnderstood("a tag is not written as usual")
        at = page.find("<", at)


def _raw(page: str, name: str, at: int) -> tuple[str, int]:
    """Return the text of an element that holds no tags, and the place after it."""
    end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(page, at)
    if end is None:
        raise NotUnderstood(f"a {name} has no end")
    content = page[at : end.start()]
    # In an old comment, a script can hold the end tag of another one.
    if re.search(rf"</{name}|<!--.*<script", content, re.IGNORECASE | re.DOTALL):
        raise NotUnderstood(f"a {name} is not written as usual")
    return content, end.end()


def _attributes(text: str) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, quoted in _ATTRIBUTE.findall(text):
        value = quoted[1:-1] if quoted[:1] in {'"', "'"} else quoted
        # Browsers take `&copy=` for text in an attribute, and html.unescape for a sign.
        if any(unescape(part) != part for part in _OPEN_REFERENCE.findall(value)):
            raise NotUnderstood("an attribute has a reference without its semicolon")
        attributes.setdefault(name.lower(), unescape(value))
    return attributes
