"""Pages that set up an authenticator: its key, and the button that shows it as text. Pure."""

from __future__ import annotations

import re

from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import pressable
from aws_saml_ext.capture.page.vocabulary import mentions

_IN_ONE_WORD, _IN_GROUPS = 16, 26
"""The fewest characters of a key without digits; those of one with digits are in `_LIKE_A_KEY`."""

_LIKE_A_KEY = re.compile(
    r"(?<![\w-])(?:[A-Z2-7]{16,}={0,6}"
    r"|(?:[A-Z2-7]{4}[ -]){3,}[A-Z2-7]{1,4}|(?:[a-z2-7]{4}[ -]){3,}[a-z2-7]{1,4})(?![\w-])"
)
_LETTER_BESIDE_DIGIT = re.compile(r"[A-Za-z][2-7]|[2-7][A-Za-z]")
_UNSPEAKABLE = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{5}", re.IGNORECASE)


def key_in(line: str) -> str:
    """Return the key of an authenticator in a line of a page; empty for none.

    That is Base32 (RFC 4648) of 16 characters or more, in one word or in groups of four.
    """
    return next((each[0] for each in _LIKE_A_KEY.finditer(line) if _is_key(each[0])), "")


def without_keys(text: str) -> str:
    """Return a text with `…` in place of each key of an authenticator."""
    return _LIKE_A_KEY.sub(lambda each: "…" if _is_key(each[0]) else each[0], text)


def _is_key(text: str) -> bool:
    """Return whether a text of the shape of a key is neither words nor a number."""
    if _LETTER_BESIDE_DIGIT.search(text):
        return True
    characters = re.sub(r"[ =-]", "", text)
    if not characters.isalpha():
        return len(characters) >= _IN_GROUPS and not characters.isdigit()
    needed = _IN_ONE_WORD if characters == text.rstrip("=") else _IN_GROUPS
    return len(characters) >= needed and _UNSPEAKABLE.search(characters) is not None


def shown_key(page: Description) -> str:
    """Return the key that a page shows as text; empty where it shows none."""
    return next((key for line in page.lines if (key := key_in(line))), "")


def shows_key_as_text(words: str) -> bool:
    """Return whether a button with these words shows the key in place of a picture of it."""
    return mentions(words, Meaning.CANNOT_SCAN)


def sets_up(page: Description) -> bool:
    """Return whether a page sets up an authenticator: a code of an older one cannot be right."""
    return bool(shown_key(page)) or any(
        shows_key_as_text(element.text) for element in pressable(page)
    )
