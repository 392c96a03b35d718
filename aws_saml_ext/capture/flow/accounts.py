"""The account that a page shows: whether it is that of `saml_username`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.greeting import another_name
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import mentions, name_after
from aws_saml_ext.capture.page.words import plain

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import Description

_MASK = re.compile("[*\N{BULLET}\N{HORIZONTAL ELLIPSIS}]+")
"""Characters in place of letters: `j***@example.com`."""
_MASKED = re.compile(rf"[^\s@]*{_MASK.pattern}[^\s@]*@[^\s@]+")
_IN_DOMAIN = re.compile(r"[A-Za-z][\w.-]*\\[\w.-]+")
"""A name as Windows writes it, `CORP` before it and a backslash between them."""


def shown_account(page: Description, username: str, *, masked: bool = False) -> str | None:
    """Return the account that a page shows; `None` where it may be that of `username`.

    Args:
        page: the page.
        username: `saml_username`.
        masked: whether a name with masks counts too: the page says nothing of where a code went.
    """
    shown = [name for name in page.accounts if not _MASK.search(name)]
    shown += [line for line in page.lines if _IN_DOMAIN.fullmatch(line)]
    shown += filter(None, (name_after(line, Meaning.SIGNED_IN_AS) for line in page.lines))
    if masked and not shown:
        shown += [line for line in page.lines if _MASKED.fullmatch(line)]
        if shown:
            return None if any(_fits(name, username) for name in shown) else shown[0]
    if not shown:
        return another_name(page, username)
    if any(_is_same(name, username) for name in shown):
        return None
    texts = (*page.headings, *page.lines, *(link.text for link in page.links))
    if any(_is_named_in(text, username) for text in texts):
        return None
    return shown[0]


def _fits(masked: str, username: str) -> bool:
    """Return whether a name with masks can be that of an account: `j***@example.com`."""
    one, other = plain(masked), plain(username).rpartition("\\")[2]
    if "@" not in other:
        one = one.partition("@")[0]
    parts = (re.escape(part) for part in _MASK.split(one))
    return re.fullmatch(".+".join(parts), other) is not None


def leads_to_another_account(text: str) -> bool:
    """Return whether a link or a button is for somebody else: `Not you?`."""
    return mentions(text, Meaning.ANOTHER_ACCOUNT)


def _is_same(shown: str, username: str) -> bool:
    """Return whether two names can be those of one account: `jane` and `jane@example.com`."""
    one, other = (plain(name).rpartition("\\")[2] for name in (shown, username))
    if "@" in one and "@" in other:
        return one == other
    return one.partition("@")[0] == other.partition("@")[0]


def _is_named_in(text: str, username: str) -> bool:
    words = plain(text).replace("(", " ").replace(")", " ").split()
    return plain(username).rpartition("\\")[2] in words
