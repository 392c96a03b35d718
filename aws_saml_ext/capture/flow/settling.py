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
from aws_saml_ext.capture.page.offers import is_of_aws, offered

if TYPE_CHECKING:
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.reader import Page

_FIRST_POLL_INTERVAL = 0.25  # a kept session posts to AWS by then, and no page need be read
_MIN_POLL_INTERVAL, _MAX_POLL_INTERVAL = 0.02, 0.5
"""Seconds between two readings of a page; the interval grows while the page stays the same."""

# Seconds that a page must stay the same, by its kind.
_FORM = 0.4  # a form that looks complete may still get another field
_REDRAWN = 0.9  # any other page to fill in: scripts draw it in steps
_REFUSAL = 2.0  # a page that refuses may offer something after all
_KNOWN = 2.0  # a page that asks for a passkey, or has a tile for AWS
_EMPTY = 8.0  # a page with nothing to fill in may still draw a form
_STUCK = 15.0  # a page that seems to go on without an answer

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
        self._last: tuple[float, PageKind] | None = None
        self._arrived = self._changed = 0.0
        self.poll_interval = _FIRST_POLL_INTERVAL if has_session else _MIN_POLL_INTERVAL
        """Seconds to wait before the next reading."""

    def observe(self, page: Description, now: float) -> PageKind | None:
        """Return the kind of the page, once it has settled.

        Args:
            page: the page as it was just read.
            now: the time of the reading, in seconds of a clock that only grows.
        """
        if self._last is None or self._last[0] != page.document:
            self._arrived = now
        if page.state == "loading" and now - self._arrived >= _MAX_LOADING:
            page = replace(page, state="interactive")
        kind = classify(page)
        if self._answered is not None:
            if not _is_waiting(self._answered, page, kind):
                self._answered = None
            elif isinstance(kind, PushApproval):
                self.poll_interval = _MAX_POLL_INTERVAL
                return None  # the person may take all the time that the sign-in has
            else:
                kind = Loading()
        if self._last == (page.document, kind):
            self.poll_interval = min(self.poll_interval * 1.5, _MAX_POLL_INTERVAL)
        else:
            self._last, self._changed = (page.document, kind), now
            self.poll_interval = _MIN_POLL_INTERVAL
        needed = self._settle_seconds(page, kind)
        has_settled = now - self._changed >= needed
        return kind if has_settled or now - self._arrived >= max(needed, _MAX_CHANGING) else None

    def _settle_seconds(self, page: Description, kind: PageKind) -> float:
        """Return the seconds that a page must stay the same."""
        if isinstance(kind, SignInForm):
            return self._settle_seconds_of_form(page, kind)
        if isinstance(kind, Loading):
            return math.inf if page.state == "loading" else _STUCK
        if isinstance(kind, Unsupported):
            if kind.fillable:
                return _REDRAWN
            return _KNOWN if page.state == "complete" and _is_known(page, kind) else _EMPTY
        if isinstance(kind, PushApproval) and kind.number:
            return 0.0
        return _REFUSAL if isinstance(kind, Refusal) else _REDRAWN

    def _settle_seconds_of_form(self, page: Description, form: SignInForm) -> float:
        stays = page.document == self._answered_document
        if page.state == "loading" or form.button is None or (stays and not form.error):
            return _REDRAWN
        is_whole = form.password is not None or form.code
        # Some pages add the captions by a script, in the person's language.
        is_named = all(
            field.caption for field in (form.username, form.password, *form.code[:1]) if field
        )
        return 0.0 if is_whole and is_named and not stays else _FORM


def _is_known(page: Description, kind: Unsupported) -> bool:
    """Return whether it is known what a page without anything to fill in waits for."""
    return bool(kind.asks) or any(is_of_aws(option.text) for option in offered(page))


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
    )
