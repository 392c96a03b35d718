"""The account that a page shows: whether it is that of `saml_username`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import mentions, plain

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import Description

_MASKS = "*\N{BULLET}\N{HORIZONTAL ELLIPSIS}"
"""Characters in place of letters: `j***@example.com`."""


def shown_account(page: Description, username: str) -> str | None:
    """Return the account that a page shows; `None` where it may be that of `username`."""
    shown = [name for name in page.accounts if not any(mask in name for mask in _MASKS)]
    if not shown or any(_is_same(name, username) for name in shown):
        return None
    texts = (*page.headings, *page.lines, *(link.text for link in page.links))
    if any(_is_named_in(text, username) for text in texts):
        return None
    return shown[0]


def leads_to_another_account(text: str) -> bool:
    """Return whether a link or a button is for somebody else: `Not you?`."""
    return mentions(text, Meaning.ANOTHER_ACCOUNT)


def _is_same(shown: str, username: str) -> bool:
    """Return whether two names can be those of one account: `jane` and `jane@example.com`."""
    one, other = plain(shown), plain(username).rpartition("\\")[2]
    if "@" in one and "@" in other:
        return one == other
    return one.partition("@")[0] == other.partition("@")[0]


def _is_named_in(text: str, username: str) -> bool:
    words = plain(text).replace("(", " ").replace(")", " ").split()
    return plain(username).rpartition("\\")[2] in words
