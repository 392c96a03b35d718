"""Pages that set up an authenticator: its key, and the button that shows it as text. Pure."""

from __future__ import annotations

import re

from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import pressable
from aws_saml_ext.capture.page.vocabulary import mentions

KEY = re.compile(
    r"(?<![\w-])(?=[A-Za-z -]*(?:[A-Za-z][2-7]|[2-7][A-Za-z]))"
    r"(?:[A-Z2-7]{16,}={0,6}"
    r"|(?:[A-Z2-7]{4}[ -]){3,}[A-Z2-7]{1,4}|(?:[a-z2-7]{4}[ -]){3,}[a-z2-7]{1,4})(?![\w-])"
)
"""The key of an authenticator, in Base32: 16 characters or more, in one word or in groups."""


def shown_key(page: Description) -> str:
    """Return the key that a page shows as text; empty where it shows none."""
    return next((match[0] for line in page.lines if (match := KEY.search(line))), "")


def shows_key_as_text(words: str) -> bool:
    """Return whether a button with these words shows the key in place of a picture of it."""
    return mentions(words, Meaning.CANNOT_SCAN)


def sets_up(page: Description) -> bool:
    """Return whether a page sets up an authenticator: a code of an older one cannot be right."""
    return bool(shown_key(page)) or any(
        shows_key_as_text(element.text) for element in pressable(page)
    )
