"""Classify a page: decide what it asks. Pure.

Fields are known by their meaning (`autocomplete`, type, label, `aria-label`, placeholder, the text
beside them), in many languages, and never by a vendor's names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aws_saml_ext.capture.page.description import UNAUTHORIZED, Button, Description, Link
from aws_saml_ext.capture.page.kinds import (
    Choice,
    Loading,
    Option,
    PageKind,
    PushApproval,
    Refusal,
    StaySignedInOffer,
    Unsupported,
)
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import is_a_language_asked_for, pressable
from aws_saml_ext.capture.page.purpose import Purpose, purpose_of
from aws_saml_ext.capture.page.sign_in_form import sign_in_form, submit_button
from aws_saml_ext.capture.page.vocabulary import is_exactly, mentions
from aws_saml_ext.capture.page.wording import alert_words, is_in, joined

_MAX_LOADING_TEXT = 200
"""Characters of text on a page that loads; one with more of it shows its content already."""
_MAX_REFUSAL_LINES, _MAX_REFUSAL_TEXT = 12, 800
"""Lines and characters of a page that refuses the sign-in in its text alone."""
_MAX_BUTTON_NAME = 4
"""Words of a button such as Cancel or Help; one with more of them can be an option."""
_NUMBER = re.compile(r"\d{1,3}")
# Hidden fields that a script submits: SAML, WS-Federation, OpenID Connect.
_SUBMITTED_BY_SCRIPT = frozenset({"SAMLResponse", "SAMLRequest", "wresult", "id_token"})


def classify(page: Description) -> PageKind:
    """Return the first kind that the page fits, else that it is unsupported."""
    for kind_of in KINDS:
        kind = kind_of(page)
        if kind is not None:
            return kind
    return _unsupported(page)


# ---- something to press, or to do on another device ----


def _stay_signed_in_offer(page: Description) -> StaySignedInOffer | None:
    texts = [page.title, *page.headings, *page.lines]
    if _asks_for_input(page) or not any(mentions(text, Meaning.STAY_SIGNED_IN) for text in texts):
        return None
    elements = pressable(page)
    # "No, don't remember this device" has a word of both meanings.
    declining = [element for element in elements if mentions(element.text, Meaning.NO)]
    accepting = [
        element
        for element in elements
        if mentions(element.text, Meaning.YES) and element not in declining
    ]
    if len(declining) != 1 or len(accepting) != 1:
        return None
    words = next(text for text in texts[::-1] if mentions(text, Meaning.STAY_SIGNED_IN))
    return StaySignedInOffer(joined([words]), accepting[0], declining[0])


def _push_approval(page: Description) -> PushApproval | None:
    texts = [*page.headings, *page.lines]
    if _asks_for_input(page) or not any(mentions(text, Meaning.APPROVE) for text in texts):
        return None
    if _waits_for_a_press(page):
        return None
    number = page.numbers[0] if len(page.numbers) == 1 else ""
    in_heading = any(mentions(heading, Meaning.APPROVE) for heading in page.headings)
    if not number and (_refusing_words(page) or (_choice(page) and not in_heading)):
        return None
    return PushApproval(joined(line for line in page.lines if line != number), number)


def _waits_for_a_press(page: Description) -> bool:
    """Return whether the other device waits for a button here: Send, or one of several numbers."""
    elements = pressable(page)
    numbers = [element for element in elements if _NUMBER.fullmatch(element.text)]
    return len(numbers) > 1 or any(
        is_exactly(element.text, Meaning.SEND_PUSH) for element in elements
    )


def _overlay(page: Description) -> Choice | None:
    """Return what lies over the form of a page: its words, and all that it offers to press."""
    options_here = pressable(page)
    if not page.overlay or _asks_for_input(page) or not options_here:
        return None
    texts = [*page.headings, *(line for line in page.lines if line not in page.headings)]
    options = tuple(Option(element.text, element) for element in options_here)
    return Choice(joined(texts) or page.title, options, None)


def _choice(page: Description) -> Choice | None:
    if _asks_for_input(page):
        return None
    texts = [*page.headings, *page.lines, page.title]
    words = next((text for text in texts if mentions(text, Meaning.CHOOSE)), "")
    if not words and _waits_for_a_press(page):
        words = texts[0]
    if (choice := _choice_by_radio_buttons(page, words)) is not None:
        return choice
    tiles = [
        element
        for element in pressable(page)
        if _is_an_option(element) or is_a_language_asked_for(page, element.text)
    ]
    if not words or len(tiles) < 2:
        return None
    return Choice(words, tuple(Option(tile.text, tile) for tile in tiles), None)


def _choice_by_radio_buttons(page: Description, words: str) -> Choice | None:
    radios = [field for field in page.fields if field.type == "radio" and field.caption]
    if len(radios) < 2 or len({(field.group, field.name) for field in radios}) > 1:
        return None
    group = next(group for group in page.groups if is_in(radios[0], group))
    submit = submit_button([button for button in page.buttons if is_in(button, group)])
    options = tuple(Option(radio.caption, radio) for radio in radios)
    return Choice(words or page.title, options, submit)


def _asks_for_input(page: Description) -> bool:
    return any(purpose_of(field) not in {Purpose.NONE, Purpose.SEARCH} for field in page.fields)


def _is_an_option(element: Button | Link) -> bool:
    beside = (Meaning.FOOTER, Meaning.FORGOT, Meaning.COOKIES, Meaning.REGISTER)
    if any(mentions(element.text, meaning) for meaning in beside):
        return False
    is_short = len(element.text.split()) <= _MAX_BUTTON_NAME
    return not (is_short and mentions(element.text, Meaning.OTHER_BUTTON))


# ---- pages that ask for nothing ----


def _undescribed(page: Description) -> Unsupported | None:
    """Return that a loaded page is unsupported which the script could not describe."""
    return Unsupported("", fillable=True) if page.failed and page.state != "loading" else None


def _loading(page: Description) -> Loading | None:
    if _is_fillable(page):
        return None
    goes_on = page.refreshes or bool(_SUBMITTED_BY_SCRIPT & set(page.hidden))
    is_blank = not page.lines and not page.buttons and page.status not in UNAUTHORIZED
    is_short = sum(map(len, page.lines)) < _MAX_LOADING_TEXT
    texts = (page.title, *page.headings, *page.lines)
    waits = is_short and any(mentions(text, Meaning.WAIT) for text in texts)
    is_busy = page.busy or (waits and len(list(filter(_is_an_option, pressable(page)))) < 2)
    is_on_its_way = is_blank or is_busy
    if page.is_server_error:  # it does not go on, whatever it says
        is_on_its_way = False
    return Loading() if page.state == "loading" or goes_on or is_on_its_way else None


def _is_fillable(page: Description) -> bool:
    return any(purpose_of(field) is not Purpose.SEARCH for field in page.fields)


def _refusal(page: Description) -> Refusal | None:
    if _is_fillable(page):
        return None
    words = _refusing_words(page)
    if not words and page.status >= 400 and page.status not in UNAUTHORIZED:
        words = joined(page.lines) or f"HTTP status {page.status}."
    return Refusal(words) if words else None


def _refusing_words(page: Description) -> str:
    """Return the alerts if they refuse, else the text of a page that refuses and is short."""
    alerts = alert_words(page)
    if any(mentions(words, Meaning.REFUSAL) for words in alerts):
        return joined(alerts)
    refusing = [at for at, line in enumerate(page.lines) if mentions(line, Meaning.REFUSAL)]
    if any(mentions(title, Meaning.REFUSAL) for title in (page.title, *page.headings)):
        return joined(page.lines[refusing[0] if refusing else 0 :]) or page.title
    is_short = (
        len(page.lines) <= _MAX_REFUSAL_LINES and sum(map(len, page.lines)) < _MAX_REFUSAL_TEXT
    )
    return joined(page.lines[at] for at in refusing) if is_short else ""


# ---- everything else ----

_ASKED_NAMES = {
    Purpose.CAPTCHA: "the text in a picture",
    Purpose.NEW_PASSWORD: "a new password",
    Purpose.CODE: "a one-time code",
    Purpose.LIST: "a choice from a list",
}


def _unsupported(page: Description) -> Unsupported:
    purposes = {purpose_of(field) for field in page.fields}
    if page.puzzle:
        return Unsupported("a CAPTCHA to be solved", fillable=True)
    asks = next((name for purpose, name in _ASKED_NAMES.items() if purpose in purposes), "")
    if page.status in UNAUTHORIZED and not page.fields:
        asks = "a password in a dialog of the browser"
    texts = (page.title, *page.headings, *page.lines, *(button.text for button in page.buttons))
    if not asks and any(mentions(text, Meaning.SECURITY_KEY) for text in texts):
        asks = "a security key or a passkey"
    is_pressable = any(not button.disabled for button in page.buttons)
    return Unsupported(asks, fillable=bool(page.fields) or is_pressable)


KINDS: tuple[Callable[[Description], PageKind | None], ...] = (
    sign_in_form,
    _stay_signed_in_offer,
    _overlay,
    _push_approval,
    _choice,
    _undescribed,
    _loading,
    _refusal,
)
"""The functions that know one kind of page each, in the order in which they are tried."""
