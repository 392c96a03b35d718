"""The words of a page as a message can quote them, and the groups that its elements belong to."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from aws_saml_ext.capture.page.description import (
    MAX_PHRASE,
    Alert,
    Button,
    Description,
    Field,
    Group,
    Link,
)
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import mentions

_MAX_LINES = 4


def joined(lines: Iterable[str]) -> str:
    """Return the first few lines as one text, each ended like a sentence."""
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
