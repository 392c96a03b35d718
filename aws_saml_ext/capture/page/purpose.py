"""The purpose of a field, from its type, its `autocomplete` and its caption. Pure."""

from __future__ import annotations

import re
from enum import Enum, auto

from aws_saml_ext.capture.page.description import Field
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import mentions

TEXT_TYPES = frozenset({"text", "email", "tel", "password", "number", "url", "search", "textarea"})
"""The types of the fields that take text."""


class Purpose(Enum):
    """The purpose of a field."""

    USERNAME = auto()
    PASSWORD = auto()
    NEW_PASSWORD = auto()
    CODE = auto()
    CAPTCHA = auto()
    SEARCH = auto()
    LIST = auto()
    """A list in which nothing is chosen yet."""
    UNKNOWN = auto()
    NONE = auto()
    """No answer is required: an optional check box, a list with a choice made."""


_DECLARED = {  # the values of `autocomplete` (HTML, section 4.10.18.7)
    "one-time-code": Purpose.CODE,
    "current-password": Purpose.PASSWORD,
    "new-password": Purpose.NEW_PASSWORD,
    "username": Purpose.USERNAME,
}
_OF_ONE_TIME = re.compile(
    r"\d|\b(app|sms|otp|token|authenticator|verif\w*|one-time)\b", re.IGNORECASE
)
_MAX_CAPTION = 8
"""Words of a caption that names a code; a longer one tells where the code comes from."""
_BY_MEANING = (  # the first match counts
    (Meaning.SEARCH, Purpose.SEARCH),
    (Meaning.CAPTCHA, Purpose.CAPTCHA),
    (Meaning.USERNAME, Purpose.USERNAME),
    (Meaning.CODE, Purpose.CODE),
)


def purpose_of(field: Field) -> Purpose:
    """Return the purpose of a field, judged without the rest of the page."""
    if field.type not in TEXT_TYPES:
        return _of_a_choice(field)
    tokens = field.autocomplete.split()
    declared = [_DECLARED[token] for token in tokens if token in _DECLARED]
    if declared:
        return declared[0]
    if is_hidden_while_typed(field):
        return _of_a_password(field.caption)
    if field.picture or field.type == "search":
        return Purpose.CAPTCHA if field.picture else Purpose.SEARCH
    # A name in the page's source is a weak hint: used only where the page has no caption.
    words = field.caption or _spaced(f"{field.name} {field.id}")
    if "email" in tokens or (field.type == "email" and not mentions(words, Meaning.SEARCH)):
        return Purpose.USERNAME
    purpose = next(
        (purpose for meaning, purpose in _BY_MEANING if mentions(words, meaning)), Purpose.UNKNOWN
    )
    is_another = purpose is Purpose.CODE and _is_another_code(words)
    return Purpose.UNKNOWN if is_another else purpose


def is_hidden_while_typed(field: Field) -> bool:
    """Return whether an answer must not show: the page draws dots, or calls it a password."""
    return field.type == "password" or field.dots or _is_called_a_password(field)


def is_called_secret(caption: str) -> bool:
    """Return whether a caption is that of a password, a PIN or a code."""
    return mentions(caption, Meaning.PASSWORD) or mentions(caption, Meaning.CODE)


def _is_called_a_password(field: Field) -> bool:
    words = field.caption
    return mentions(words, Meaning.PASSWORD) and not mentions(words, Meaning.USERNAME)


def _of_a_choice(field: Field) -> Purpose:
    if field.type == "select-one" and not field.filled:
        return Purpose.LIST
    must_be_ticked = field.type == "checkbox" and field.required and not field.filled
    return Purpose.UNKNOWN if must_be_ticked else Purpose.NONE


def _is_another_code(caption: str) -> bool:
    """Return whether a code is not that of a second factor: `Company code`, `Postal code`."""
    is_short = len(caption.split()) <= _MAX_CAPTION and not _OF_ONE_TIME.search(caption)
    return is_short and mentions(caption, Meaning.OTHER_CODE)


def _of_a_password(caption: str) -> Purpose:
    if mentions(caption, Meaning.CODE) and not mentions(caption, Meaning.PASSWORD):
        return Purpose.UNKNOWN if _is_another_code(caption) else Purpose.CODE
    is_new = mentions(caption, Meaning.NEW_PASSWORD)
    return Purpose.NEW_PASSWORD if is_new else Purpose.PASSWORD


def _spaced(name: str) -> str:
    """Return a name of source code as words: `j_userName` as `j user Name`."""
    return re.sub(r"[\W_]+|(?<=[a-z])(?=[A-Z])", " ", name)
