"""The silent flow: nobody is asked. Commands of the settings may know a password and a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_saml_ext.capture.flow.failures import WindowNeeded, refused, unanswerable
from aws_saml_ext.capture.flow.page_actions import answer_offer, fill_in, press
from aws_saml_ext.capture.flow.secret_places import Withheld
from aws_saml_ext.capture.flow.settling import SettledPage
from aws_saml_ext.capture.page.kinds import (
    Choice,
    Loading,
    Refusal,
    SignInForm,
    StaySignedInOffer,
    Unsupported,
)
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderUnreachable,
    SignInRequired,
    Stopped,
    TimedOut,
)
from aws_saml_ext.hints import sign_in_command

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted
    from aws_saml_ext.capture.flow.answers import Answers
    from aws_saml_ext.capture.flow.choices import Choices
    from aws_saml_ext.capture.flow.page_watch import PageWatch
    from aws_saml_ext.capture.page.reader import Page

MAX_RENEWAL_SECONDS = 60.0
"""Seconds for another SAMLResponse through the session that the identity provider keeps."""


@dataclass(frozen=True, slots=True)
class SilentFlow:
    """A sign-in that asks nobody."""

    watch: PageWatch
    choices: Choices
    answers: Answers | None
    """The answers to forms that need no person; `None` leaves every form to a person."""

    def run(self) -> Posted:
        """Sign in at the page that is open.

        Raises:
            SignInRequired: a page asks for a person.
            IdentityProviderRefused: the identity provider refuses the sign-in.
            TimedOut, BrowserError, IdentityProviderUnreachable, Stopped: see `PageWatch`.
        """
        try:
            return self._until_posted()
        except WindowNeeded as needed:
            raise self._person_required(needed.sentence) from None

    def run_again(self) -> str:
        """Open the identity provider once more, and return its next SAMLResponse.

        Raises:
            SignInRequired: the identity provider asks something, or the browser is gone.
        """
        from selenium.common.exceptions import WebDriverException

        settings = self.watch.settings
        try:
            leaving = self.watch.current_page()
            self.watch.open(settings.idp_url)
            return self._until_posted(leaving=leaving).saml_response
        except (
            *(Stopped, BrowserError, TimedOut, IdentityProviderUnreachable),
            *(WebDriverException, WindowNeeded),
        ) as error:
            raise SignInRequired(
                "The assertion has expired, and another one needs a new sign-in.",
                command=sign_in_command(settings.profile),
            ) from error

    def _until_posted(self, *, leaving: Page | None = None) -> Posted:
        answered = None
        while isinstance(
            seen := self.watch.until_settled(answered=answered, leaving=leaving), SettledPage
        ):
            answered, leaving = self._answer(seen), None
        return seen

    def _answer(self, seen: SettledPage) -> SettledPage | None:
        """Answer a page; return it as submitted, or `None` where another one is there by now."""
        page, kind, settings = seen.description, seen.kind, self.watch.settings
        is_puzzle = isinstance(kind, Unsupported) and kind.is_puzzle
        if (is_puzzle or isinstance(kind, Refusal)) and self.answers is not None:
            self.answers.refused(page)
        if isinstance(kind, Refusal):
            raise refused(page, kind, settings, window_possible=self.watch.window_possible)
        if isinstance(kind, SignInForm) and self.answers is not None:
            account = self.answers.another_account(page, kind)
            if account is not None:
                raise self._person_required(
                    f"{page.name} shows the account {account}, which is not "
                    f"{settings.place('saml_username')}."
                )
            try:
                self.answers.gather(page, kind, self.watch.deadline)
                return fill_in(self.watch, self.answers)
            except Withheld:
                raise
            except SignInRequired:
                pass  # with the name of the page, below
        if isinstance(kind, StaySignedInOffer):
            return answer_offer(self.watch, kind, settings)
        if isinstance(kind, Choice):
            option = self.choices.own_account(page, kind)
            if option is not None:
                return press(self.watch, option.text)
        if isinstance(kind, Loading):
            raise self._person_required(unanswerable(page, kind))
        forbids = ", and --sign-in silent forbids questions"
        is_silent = settings.sign_in is Flow.SILENT
        raise self._person_required(
            f"{page.name} needs you to sign in{forbids if is_silent else ''}."
        )

    def _person_required(self, sentence: str) -> SignInRequired:
        command = sign_in_command(self.watch.settings.profile, "--sign-in", "auto")
        return SignInRequired(sentence, command=command)
