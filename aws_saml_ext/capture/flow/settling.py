"""Decide when a page has stopped changing. Pure.

Scripts draw pages in steps, and a page that was submitted stays for a while. `Settling` is fed with
one description after the other and the time of each; it returns the kind of the page once that kind
has stayed the same for long enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.kinds import (
    Loading,
    PageKind,
    PushApproval,
    Refusal,
    SeveralForms,
    SignInForm,
    Unsupported,
)
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import is_of_aws, offered
from aws_saml_ext.capture.page.vocabulary import mentions

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.reader import Page

_FIRST_POLL_INTERVAL = 0.25  # a kept session posts to AWS by then, and no page need be read
_MIN_POLL_INTERVAL, _MAX_POLL_INTERVAL = 0.02, 0.5
"""Seconds between two readings of a page; the interval grows while the page stays the same."""
_SOON, _PART_OF_WAIT = 1.0, 0.1
"""The interval while there is no page, as a part of the wait for one after the first second."""

# Seconds that a page must stay the same, by its kind.
_FORM = 0.4  # a form that looks complete may still get another field
_REDRAWN = 0.9  # any other page to fill in: scripts draw it in steps
_REFUSAL = 2.0  # a page that refuses may offer something after all
_KNOWN = 2.0  # a page that asks for a passkey and offers nothing else
_ANSWERED = 2.0  # words that came to a form some time after it was submitted
_TOLD = 4.0  # words that came at once: they may tell what is being done
_OVERLAY = 3.0  # what lies over a form, after it was to be closed: that needs no server
_EMPTY = 8.0  # a page with nothing to fill in may still draw a form
_STUCK = 15.0  # a page that seems to go on without an answer

_AT_ONCE = 1.0
"""Seconds after which nothing comes at once."""
_GOES_ON = ("…", "...")
"""Ends of words about something that is being done."""
_MAX_LOADING = 15.0
"""Seconds that a page may load; then it counts as loaded (one of its scripts may never come)."""
_MAX_CHANGING = 10.0
"""Seconds that a page may change; then it counts as settled."""


@dataclass(frozen=True, slots=True)
class SettledPage:
    """A page that has stopped changing, and its kind."""

    page: Page
    kind: PageKind

    @property
    def description(self) -> Description:
        """The visible parts of the page."""
        return self.page.description


class Settling:
    """The judgement on one page after the other until one of them has settled."""

    def __init__(self, answered: SettledPage | None = None, *, has_session: bool = True) -> None:
        """Start with the next page.

        Args:
            answered: the page that was just submitted. It has not settled again before it changes.
            has_session: whether the browser may post to AWS without any page to answer.
        """
        self._answered = answered
        self._answered_document = answered.description.document if answered else None
        self._last: tuple[float, PageKind, tuple[str, ...]] | None = None
        self._arrived = self._changed = 0.0
        self._without_page_since: float | None = None
        self.poll_interval = _FIRST_POLL_INTERVAL if has_session else _MIN_POLL_INTERVAL
        """Seconds to wait before the next reading."""

    def observe(self, page: Description, now: float) -> PageKind | None:
        """Return the kind of the page, once it has settled.

        Args:
            page: the page as it was just read.
            now: the time of the reading, in seconds of a clock that only grows.
        """
        self._without_page_since = None
        if self._last is None or self._last[0] != page.document:
            self._arrived = now
        if page.state == "loading" and now - self._arrived >= _MAX_LOADING:
            page = replace(page, state="interactive")
        kind = classify(page)
        said = _said_about(self._answered, page) if self._answered is not None else ()
        if self._answered is not None:
            is_back = page.overlay and now - self._arrived >= _OVERLAY
            if is_back or not _is_waiting(self._answered, page, kind):
                self._answered, said = None, ()
            elif isinstance(kind, PushApproval):
                self.poll_interval = _MAX_POLL_INTERVAL
                return None  # the person may take all the time that the sign-in has
            elif not said:
                kind = Loading()
        look = (page.document, kind, said or _known_offers(page, kind))
        if self._last == look:
            self.poll_interval = min(self.poll_interval * 1.5, _MAX_POLL_INTERVAL)
        else:
            self._last, self._changed = look, now
            self.poll_interval = _MIN_POLL_INTERVAL
        needed = self._settle_seconds(page, kind)
        if said:
            needed = _ANSWERED if self._changed - self._arrived > _AT_ONCE else _TOLD
        has_settled = now - self._changed >= needed
        return kind if has_settled or now - self._arrived >= max(needed, _MAX_CHANGING) else None

    def observe_no_page(self, now: float) -> None:
        """Read less often, the longer there is no page of the web."""
        if self._without_page_since is None:
            self._without_page_since = now
        wait = (now - self._without_page_since - _SOON) * _PART_OF_WAIT
        self.poll_interval = max(self.poll_interval, min(wait, _MAX_POLL_INTERVAL))

    def _settle_seconds(self, page: Description, kind: PageKind) -> float:
        """Return the seconds that a page must stay the same."""
        if isinstance(kind, SignInForm):
            return self._settle_seconds_of_form(page, kind)
        if isinstance(kind, Loading):
            return math.inf if page.state == "loading" else _STUCK
        if isinstance(kind, Unsupported) and not kind.fillable:
            if page.state == "complete" and _known_offers(page, kind):
                return _REDRAWN
            return _KNOWN if page.state == "complete" and kind.asks else _EMPTY
        if isinstance(kind, PushApproval) and kind.number:
            return 0.0
        return _REFUSAL if isinstance(kind, Refusal) else _REDRAWN

    def _settle_seconds_of_form(self, page: Description, form: SignInForm) -> float:
        stays = page.document == self._answered_document
        if stays and any(field.red for field in form.asked):
            return _REFUSAL
        if page.state == "loading" or form.button is None or (stays and not form.error):
            return _REDRAWN
        is_whole = form.password is not None or form.code
        # Some pages add the captions by a script, in the person's language.
        is_named = all(
            field.caption for field in (form.username, form.password, *form.code[:1]) if field
        )
        return 0.0 if is_whole and is_named and not stays else _FORM


def _known_offers(page: Description, kind: PageKind) -> tuple[str, ...]:
    """Return what a page offers to press that has nothing to fill in and is known by what it asks.

    That is a page that asks for a passkey, or that has a tile for AWS.
    """
    if not isinstance(kind, Unsupported) or kind.fillable:
        return ()
    texts = tuple(option.text for option in offered(page))
    return texts if kind.asks or any(map(is_of_aws, texts)) else ()


def _said_about(answered: SettledPage, page: Description) -> tuple[str, ...]:
    """Return the words that came to a page after it was submitted, and that look like an answer.

    Nothing else may have changed: while a page is at work, its button is off or has other words,
    something turns, or the words end in dots.
    """
    before = answered.description
    new = tuple(line for line in page.lines if line not in before.lines)
    is_at_work = page.busy or page.state == "loading" or _pressable(page) != _pressable(before)
    if is_at_work or any(mentions(line, Meaning.WAIT) or line.endswith(_GOES_ON) for line in new):
        return ()
    return new


def _pressable(page: Description) -> list[tuple[str, bool]]:
    return [(button.text, button.disabled) for button in page.buttons]


def _is_waiting(answered: SettledPage, page: Description, kind: PageKind) -> bool:
    """Return whether the page that was submitted is still there, without a reaction to it."""
    before = answered.kind
    if page.document != answered.description.document:
        return False
    if isinstance(before, SignInForm) and isinstance(kind, SeveralForms):
        same = [form for form in kind.forms if form.last.index == before.last.index]
        kind = same[0] if len(same) == 1 else kind
    if not isinstance(before, SignInForm) or not isinstance(kind, SignInForm):
        return kind == before
    return (
        kind.error == before.error
        and kind.last.filled
        and not any(field.invalid for field in kind.asked)
        and not _turned_red(before, kind)
    )


def _turned_red(before: SignInForm, now: SignInForm) -> bool:
    """Return whether a field is red since the form was submitted: that refuses without words."""
    were_red = {field.index for field in before.asked if field.red}
    return any(field.red and field.index not in were_red for field in now.asked)
