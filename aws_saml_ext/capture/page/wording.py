"""The words of a page as a message can quote them, and the groups that its elements belong to."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import mentions
from aws_saml_ext.text import in_quotes, quote_lines

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import (
        Alert,
        Button,
        Description,
        Field,
        Group,
        Link,
    )

QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}")
"""The ends of a question."""
_MAX_LINES = 4
_WIDTH, _MAX_SCREEN = 78, 14
"""Columns and lines of a page's own words on a terminal."""


def bare(caption: str) -> str:
    """Return a caption without the marks around it: colons, stars for required fields."""
    return caption.strip(" :*\N{FULLWIDTH COLON}\N{FULLWIDTH ASTERISK}")


def wrapped(text: str, *, before: str = "") -> list[str]:
    """Return text of a page in quotes, wrapped into lines, at most a screen of them.

    Args:
        text: the text; double quotes in it become single ones.
        before: our own words before it.
    """
    words = before + in_quotes(text, max_length=2 * _WIDTH * _MAX_SCREEN)
    lines = quote_lines(words, _WIDTH)
    if len(lines) > _MAX_SCREEN:
        lines = [*lines[: _MAX_SCREEN - 1], '| …"']
    return lines


def said(page: Description) -> list[str]:
    """Return the page's own words as lines for a terminal: `HOST says: "…"`."""
    texts = [line for line in page.headings if line not in page.lines]
    texts += [line for line in page.lines if line not in page.numbers]
    ended = [line if unicodedata.category(line[-1]) == "Po" else f"{line}." for line in texts]
    words = " ".join(dict.fromkeys(ended)) or page.title
    return wrapped(words, before=f"{page.host} says: ") if words else []


def joined(lines: Iterable[str]) -> str:
    """Return the first few lines as one text, each ended like a sentence."""
    from aws_saml_ext.capture.page.description import MAX_PHRASE

    first = [line for line in lines if line][:_MAX_LINES]
    ended = (line if unicodedata.category(line[-1]) == "Po" else f"{line}." for line in first)
    return " ".join(ended)[:MAX_PHRASE]


def alert_words(page: Description, group: Group | None = None) -> list[str]:
    """Return the alerts of a page or of one group of it, without those of a cookie banner."""
    return [
        alert.words
        for alert in page.alerts
        if (group is None or is_in(alert, group)) and not mentions(alert.words, Meaning.COOKIES)
    ]


def is_in(element: Field | Button | Link | Alert, group: Group) -> bool:
    """Return whether an element belongs to a group."""
    return (element.frame, element.group) == (group.frame, group.index)
