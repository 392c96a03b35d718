"""Act on a page: fill in its form, press one of its options.

The page is read again first. An answer may have taken a person some time, so that another page may
be there by now; then nothing is typed or pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.failures import WindowNeeded
from aws_saml_ext.capture.flow.settling import SettledPage
from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.elements import PageChanged
from aws_saml_ext.capture.page.kinds import Choice, StaySignedInOffer
from aws_saml_ext.capture.page.offers import offered
from aws_saml_ext.capture.page.reader import Blocked
from aws_saml_ext.text import in_quotes, says

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.answers import Answers
    from aws_saml_ext.capture.flow.page_watch import PageWatch
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.kinds import PageKind
    from aws_saml_ext.capture.page.reader import Page
    from aws_saml_ext.config.settings import Settings

_MAX_ATTEMPTS = 2
"""Attempts to act on a page that changes meanwhile, or takes no answer."""


def fill_in(watch: PageWatch, answers: Answers) -> SettledPage | None:
    """Fill in the form of the current page with the gathered answers, and submit it.

    Returns:
        The page that was submitted; `None` where the answers do not fit the current one.

    Raises:
        WindowNeeded, TimedOut: as for `PageWatch`.
        ConfigError: as for `Answers.submit`.
    """
    filled_in = watch.within_deadline(
        lambda: _attempt(watch, lambda page: _fill_in(page, answers), "is filled in")
    )
    if filled_in is None:
        answers.left()
    return filled_in


def press(watch: PageWatch, text: str) -> SettledPage | None:
    """Press the option, button or link of the current page that has this text.

    Returns:
        The page on which it was pressed; `None` where the current one has no such option.

    Raises:
        WindowNeeded, TimedOut: as for `PageWatch`.
    """
    return watch.within_deadline(
        lambda: _attempt(watch, lambda page: _press(page, text), "is answered")
    )


def answer_offer(
    watch: PageWatch, offer: StaySignedInOffer, settings: Settings
) -> SettledPage | None:
    """Accept or decline to stay signed in, as `saml_keep_session` says; see `press`."""
    return press(watch, (offer.accept if settings.keep_session else offer.decline).text)


def _attempt(
    watch: PageWatch, act: Callable[[Page], SettledPage | None], done: str
) -> SettledPage | None:
    """Act on the current page, and again where it changes meanwhile without being another one.

    Raises:
        WindowNeeded: it changes each time, or has an element that cannot be used.
    """
    before: Description | None = None
    sentence = ""
    for _ in range(_MAX_ATTEMPTS):
        page = watch.current_page()
        if page is None or (before and page.description.document != before.document):
            return None
        before = page.description
        try:
            return act(page)
        except PageChanged:
            sentence = f"{before.name} changes each time it {done}."
        except Blocked as blocked:
            sentence = _in_the_way(before, blocked)
    raise WindowNeeded(sentence)


def _in_the_way(page: Description, blocked: Blocked) -> str:
    if blocked.over:
        over = says("It", blocked.over)
        return f"{page.name} shows something over {in_quotes(blocked.name)}. {over}"
    return f"{page.name} takes no answer in {in_quotes(blocked.name)}."


def _fill_in(page: Page, answers: Answers) -> SettledPage | None:
    form = answers.form_of(page.description, classify(page.description))
    if form is None:
        return None
    if not answers.has_all(page.description, form):
        answers.asks_more(page.description, form)
        return None
    answers.submit(page, form)
    return SettledPage(page, form)


def _press(page: Page, text: str) -> SettledPage | None:
    kind = classify(page.description)
    return SettledPage(page, kind) if _press_option(page, kind, text) else None


def _press_option(page: Page, kind: PageKind, text: str) -> bool:
    """Press the option with this text, and return whether the page has it."""
    if isinstance(kind, StaySignedInOffer):
        element = next((each for each in (kind.accept, kind.decline) if each.text == text), None)
        if element is not None:
            page.press(element)
            return True
    if isinstance(kind, Choice):
        option = next((each for each in kind.options if each.text == text), None)
        if option is not None:
            page.press(option.element)
            if kind.button is not None:
                page.press(kind.button)
        if option is not None:
            return True
    other = next((each for each in offered(page.description) if each.text == text), None)
    if other is not None:
        page.press(other.element)
    return other is not None
