"""The terminal flow: the person answers at the terminal, and the browser stays out of sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from aws_saml_ext.capture.flow.failures import (
    WindowNeeded,
    refused,
    timed_out,
    unanswerable,
)
from aws_saml_ext.capture.flow.page_actions import answer_offer, fill_in, press
from aws_saml_ext.capture.flow.questions import NothingTyped
from aws_saml_ext.capture.flow.settling import SettledPage
from aws_saml_ext.capture.page.kinds import (
    Choice,
    PushApproval,
    Refusal,
    SignInForm,
    StaySignedInOffer,
)
from aws_saml_ext.errors import SignInRequired, TimedOut

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted
    from aws_saml_ext.capture.flow.answers import Answers
    from aws_saml_ext.capture.flow.choices import Choices
    from aws_saml_ext.capture.flow.page_watch import PageWatch
    from aws_saml_ext.prompt import Prompt

T = TypeVar("T")


class TerminalFlow:
    """A sign-in whose pages the person answers at the terminal."""

    def __init__(
        self, watch: PageWatch, answers: Answers, choices: Choices, prompt: Prompt
    ) -> None:
        """Take the browser, and the parts that answer its pages."""
        self._watch = watch
        self._answers = answers
        self._choices = choices
        self._prompt = prompt
        self._announced: PushApproval | None = None

    def run(self) -> Posted:
        """Sign in at the page that is open.

        Raises:
            WindowNeeded: a page asks for more than a terminal can answer.
            SignInRequired: nobody is there to answer, and no window is possible.
            IdentityProviderRefused: the identity provider refuses the sign-in, or three answers.
            ConfigError: a page would send the answers over http.
            TimedOut, BrowserError, IdentityProviderUnreachable, Stopped: see `PageWatch`.
        """
        answered = None
        while isinstance(seen := self._watch.until_settled(answered=answered), SettledPage):
            answered = self._answer(seen)
        self._answers.accepted()
        return seen

    def _answer(self, seen: SettledPage) -> SettledPage | None:
        """Answer a page; return it as submitted, or `None` where another one is there by now."""
        page, kind, watch = seen.description, seen.kind, self._watch
        if isinstance(kind, Refusal):
            raise refused(page, kind, watch.settings, window_possible=watch.window_possible)
        if isinstance(kind, PushApproval):
            self._announce(seen, kind)
            return seen
        if isinstance(kind, SignInForm):
            self._ask(seen, lambda: self._answers.gather(page, kind, watch.deadline))
            return fill_in(watch, self._answers)
        if isinstance(kind, Choice):
            option = self._ask(seen, lambda: self._choices.choose(page, kind, watch.deadline))
            return press(watch, option.text) if option else None
        if isinstance(kind, StaySignedInOffer):
            return answer_offer(watch, kind, watch.settings)
        raise WindowNeeded(unanswerable(page, kind))

    def _ask(self, seen: SettledPage, ask: Callable[[], T]) -> T | None:
        """Return the person's answer, or `None` where they typed nothing and have no window."""
        page, watch = seen.description, self._watch
        try:
            answer = ask()
        except TimedOut:
            raise timed_out(watch.settings, page) from None
        except NothingTyped:
            if watch.window_possible:
                raise WindowNeeded("Nothing was typed.") from None
            return None
        except SignInRequired:
            watch.check_deadline(page)
            if not watch.window_possible:
                raise
            raise WindowNeeded(
                f"{page.name} needs you to sign in, and there is no terminal for questions."
            ) from None
        watch.check_deadline(page)  # before anything is typed
        return answer

    def _announce(self, seen: SettledPage, approval: PushApproval) -> None:
        if approval == self._announced:
            return
        self._announced = approval
        self._prompt.notify(approval.words)
        if approval.number:
            self._prompt.notify(_large(approval.number))
        seconds = self._watch.deadline.remaining
        self._prompt.notify(
            f"Waiting for your approval at {seen.description.host}, {seconds:.0f} seconds at most…"
        )


def _large(number: str) -> str:
    """Return a number in a box that is readable from a distance, several lines of text."""
    spaced = "  ".join(number)
    edge = "+" + "-" * (len(spaced) + 6) + "+"
    return "\n".join(("", f"    {edge}", f"    |   {spaced}   |", f"    {edge}", ""))
