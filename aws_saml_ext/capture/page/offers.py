"""The buttons and links that a page offers to press, in order, with their effects. Pure."""

from __future__ import annotations

import re

from aws_saml_ext.capture.page.description import Button, Description, Link
from aws_saml_ext.capture.page.kinds import Option
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.purpose import TEXT_TYPES
from aws_saml_ext.capture.page.vocabulary import is_exactly, mentions

_AWS = re.compile(r"\b(aws|amazon)\b", re.IGNORECASE)
_WAYS_ON = (
    *(Meaning.SIGN_IN, Meaning.CONTINUE, Meaning.PUT_OFF, Meaning.ANOTHER_WAY),
    *(Meaning.USE_PASSWORD, Meaning.ANOTHER_ACCOUNT, Meaning.SIGN_IN_WITH, Meaning.AGAIN),
)
_EFFECTS = (  # the first match counts
    (Meaning.PUT_OFF, "puts it off"),
    (Meaning.SEND_CODE, "has a code sent to you"),
    (Meaning.CANNOT_SCAN, "shows the key as text"),
    (Meaning.USE_PASSWORD, "asks for the password"),
    (Meaning.ANOTHER_WAY, "shows other ways to sign in"),
    (Meaning.SIGN_IN_WITH, "signs in at another identity provider"),
    (Meaning.STAY_SIGNED_IN, "keeps the session"),
    (Meaning.DECLINE, ""),  # "Continue without accepting" has a word of the next one
    (Meaning.AGREE, "agrees to what the page says"),
)


def pressable(page: Description) -> list[Button | Link]:
    """Return the elements to press that have a text: buttons, then links."""
    # Without a field, a button that is off waits for its time, or for a text to be scrolled.
    is_bare = not page.fields
    elements: list[Button | Link] = [each for each in page.buttons if is_bare or not each.disabled]
    elements += [link for link in page.links if not link.beside]
    return [element for element in elements if element.text]


def offered(page: Description) -> tuple[Option, ...]:
    """Return what a page offers to press, one option for each text.

    What leads to AWS comes first. What stands on every page (help, privacy) is left out, and so is
    a button that would submit a form with an empty text field or a secret. A page with nothing but
    Cancel, Back or Forgot password offers nothing.
    """
    by_text: dict[str, Option] = {}
    with_texts = {
        (field.frame, field.group)
        for field in page.fields
        if field.type in TEXT_TYPES and (not field.filled or field.invalid or field.dots)
    }
    elements = pressable(page)
    for element in elements:
        if (element.frame, element.group) in with_texts and _submits(element):
            continue
        is_beside = isinstance(element, Link) and mentions(element.text, Meaning.FOOTER)
        is_beside = is_beside and not is_a_language_asked_for(page, element.text)
        if not is_beside or is_of_aws(element.text):
            by_text.setdefault(element.text, Option(element.text, element))
    options = sorted(by_text.values(), key=lambda option: _rank(option.text))
    return tuple(options) if any(_rank(option.text) <= _LEADS_ON for option in options) else ()


_LEADS_ON = 1


def _submits(element: Button | Link) -> bool:
    return isinstance(element, Button) and element.submits


def _rank(text: str) -> int:
    """Return the place of an option in the list: the lower, the more it leads on."""
    if is_of_aws(text):
        return 0
    known = (Meaning.AGREE, Meaning.ANOTHER_WAY, Meaning.AGAIN)
    leads_on = any(mentions(text, meaning) for meaning in known)
    if mentions(text, Meaning.OTHER_BUTTON) and not leads_on:
        return 3
    return 2 if mentions(text, Meaning.FORGOT) or mentions(text, Meaning.REGISTER) else 1


def is_a_language_asked_for(page: Description, text: str) -> bool:
    """Return whether a page without fields asks for a language, and a button is one of them."""
    if page.fields or not is_exactly(text, Meaning.LANGUAGE):
        return False
    return sum(is_exactly(each.text, Meaning.LANGUAGE) for each in pressable(page)) > 1


def leads_on(page: Description) -> bool:
    """Return whether a page that refuses something offers a known way on: Try again, Continue."""
    texts = [option.text for option in offered(page)]
    return any(mentions(text, meaning) for text in texts for meaning in _WAYS_ON)


def is_of_aws(text: str) -> bool:
    """Return whether a text names AWS: a tile of a portal."""
    return _AWS.search(text) is not None


def label_of(text: str) -> str:
    """Return the text of a button with what it does, where that is known."""
    effect = next((effect for meaning, effect in _EFFECTS if mentions(text, meaning)), "")
    return f"{text}  ({effect})" if effect else text
