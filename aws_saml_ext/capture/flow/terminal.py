"""The terminal flow: the person answers at the terminal, and the browser stays out of sight."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from aws_saml_ext.capture.flow.accounts import leads_to_another_account
from aws_saml_ext.capture.flow.failures import (
    WindowNeeded,
    refused,
    timed_out,
    unanswerable,
)
from aws_saml_ext.capture.flow.page_actions import answer_offer, fill_in, press
from aws_saml_ext.capture.flow.questions import NothingTyped
from aws_saml_ext.capture.flow.secret_places import Withheld
from aws_saml_ext.capture.flow.settling import SettledPage
from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.description import Link
from aws_saml_ext.capture.page.elements import PageChanged
from aws_saml_ext.capture.page.kinds import (
    Choice,
    Loading,
    Option,
    PushApproval,
    Refusal,
    SeveralForms,
    SignInForm,
    StaySignedInOffer,
    Unsupported,
)
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.offers import is_of_aws, leads_on, offered
from aws_saml_ext.capture.page.set_up import sets_up, shows_key_as_text
from aws_saml_ext.capture.page.vocabulary import is_exactly
from aws_saml_ext.config.values import web_address
from aws_saml_ext.errors import SignInRequired, TimedOut
from aws_saml_ext.hints import setting_command
from aws_saml_ext.line_reading import QuestionOver
from aws_saml_ext.text import says

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted
    from aws_saml_ext.capture.flow.answers import Answers
    from aws_saml_ext.capture.flow.choices import Choices
    from aws_saml_ext.capture.flow.page_file import PageFile
    from aws_saml_ext.capture.flow.page_watch import PageWatch
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.dialogs import Dialog
    from aws_saml_ext.prompt import Prompt

T = TypeVar("T")

_MAX_CLOSED = 2
"""Times that the same over a form is asked about; then it is left there."""
_POLL_SECONDS = 0.1
"""Seconds that a look at a browser may take while a question waits for an answer."""


class TerminalFlow:
    """A sign-in whose pages the person answers at the terminal."""

    def __init__(
        self,
        watch: PageWatch,
        answers: Answers,
        choices: Choices,
        prompt: Prompt,
        page_file: PageFile,
    ) -> None:
        """Take the browser, and the parts that answer its pages."""
        self._page_file = page_file
        self._watch = watch
        self._answers = answers
        self._choices = choices
        self._prompt = prompt
        self._announced: PushApproval | None = None
        self._closed: list[str] = []
        """The words of what lay over forms, each time that the person was to close it."""
        self._posted: Posted | None = None
        """The POST to AWS that came while a question was waiting."""
        self._tile: tuple[str, str] | None = None
        """The tile of a portal that was pressed, and the address that it leads to."""

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
        while self._posted is None:
            on_dialog = self._answer_dialog if self._choices.interactive else None
            seen = self._watch.until_settled(answered=answered, on_dialog=on_dialog)
            if not isinstance(seen, SettledPage):
                self._posted = seen
                break
            answered = self._answer(seen)
        if command := self._answers.accepted():
            self._prompt.notify(
                f"To answer the other questions of the page from now on:\n  {command}"
            )
        if self._tile is not None:
            command = setting_command("saml_idp_url", self._tile[1], self._watch.settings.profile)
            self._prompt.notify(f"To start at {self._tile[0]} from now on:\n  {command}")
        return self._posted

    def _answer(self, seen: SettledPage) -> SettledPage | None:
        """Answer a page; return it as submitted, or `None` where another one is there by now."""
        page, kind, watch = seen.description, seen.kind, self._watch
        if isinstance(kind, Loading) and self._answers.came_back(page, classify(page)):
            kind = classify(page)  # its script says in its own words that it does not go on
        if self._announced is not None and not isinstance(kind, PushApproval):
            self._prompt.waiting(f"Waiting for {page.host}")
        try:
            if isinstance(kind, Refusal) or (isinstance(kind, Unsupported) and kind.is_puzzle):
                self._answers.refused(page)
            if isinstance(kind, Refusal | Unsupported | Loading):
                self._page_file.offer(page, self._answers.private_texts, watch.deadline)
            if isinstance(kind, Refusal) and not (self._choices.interactive and leads_on(page)):
                raise refused(page, kind, watch.settings, window_possible=watch.window_possible)
            if isinstance(kind, PushApproval):
                return self._approve(seen, kind)
            if isinstance(kind, SignInForm | SeveralForms):
                return self._answer_form(seen, kind)
            if isinstance(kind, Choice):
                return self._choose(page, kind)
            if isinstance(kind, StaySignedInOffer):
                return answer_offer(watch, kind, watch.settings)
        except NothingTyped:
            return self._offer_instead(seen)
        return self._offer(seen)

    def _ask(self, page: Description, ask: Callable[[], T]) -> T:
        """Return the person's answer.

        Raises:
            NothingTyped, QuestionOver: as for `Questions`.
            WindowNeeded: nobody can be asked, and a window is possible.
        """
        watch = self._watch
        try:
            answer = ask()
        except TimedOut:
            raise timed_out(watch.settings, page) from None
        except SignInRequired as error:
            watch.check_deadline(page)
            if not watch.window_possible:
                raise
            if isinstance(error, Withheld):
                raise WindowNeeded(str(error)) from None
            raise WindowNeeded(
                f"{page.name} needs you to sign in, and there is no terminal for questions."
            ) from None
        watch.check_deadline(page)  # before anything is typed
        return answer

    def _answer_dialog(self, dialog: Dialog) -> None:
        """Answer a dialog of the page (`confirm`, `prompt`) as the person does."""
        watch, words = self._watch, self._watch.asked_by(dialog)
        try:
            text = self._choices.answer_dialog(dialog, words, watch.deadline)
        except TimedOut:
            raise timed_out(watch.settings) from None
        watch.check_deadline()
        if text is None:
            self._answers.withdraw()
        watch.within_deadline(dialog.dismiss if text is None else lambda: dialog.accept(text))

    def _choose(self, page: Description, kind: Choice) -> SettledPage | None:
        """Press the option that the person chooses, or leave what lies over a form there."""
        if page.overlay and self._is_left(page):
            return None
        watch = self._watch
        option = self._ask(page, lambda: self._choices.choose(page, kind, watch.deadline))
        if "@" in option.text:  # an account, and no method or cookie
            self._answers.note_account()
        return press(watch, option.text)

    # ---- what lies over a form ----

    def _is_left(self, page: Description) -> bool:
        """Return whether what lies over a form is left there, as it came back each time.

        Raises:
            WindowNeeded: it came back, and nothing below it takes keys.
        """
        self._closed.append(page.words)
        if self._closed.count(page.words) <= _MAX_CLOSED:
            return False
        if page.below is None:
            over = says("It", page.words)
            raise WindowNeeded(f"{page.name} shows the same each time it is closed. {over}")
        self._prompt.notify(f"{page.host} shows the same each time. It is left there.")
        self._watch.left.add(page.words)
        return True

    # ---- forms ----

    def _answer_form(
        self, seen: SettledPage, kind: SignInForm | SeveralForms
    ) -> SettledPage | None:
        page, watch = seen.description, self._watch
        form = self._answers.form_of(page, kind)
        if isinstance(kind, SeveralForms) and form is None:
            self._ask(page, lambda: self._answers.choose_form(page, kind, watch.deadline))
        if form is None:
            return None
        if (account := self._answers.another_account(page, form)) is not None:
            self._prompt.notify(
                f"{page.host} shows the account {account}, and "
                f"{watch.settings.place('saml_username')} is "
                f"{watch.settings.username}."
            )
            if (link := self._way_to_another_account(page)) is not None:
                self._prompt.notify(f'"{link.text}" leads to another account.')
                return press(watch, link.text)
        if (pressed := self._press_before(page, form)) is not None:
            return press(watch, pressed.text)
        self._ask(page, lambda: self._answers.gather(page, form, watch.deadline))
        return fill_in(watch, self._answers)

    def _way_to_another_account(self, page: Description) -> Option | None:
        """Return the only link to another account, the first time."""
        links = [option for option in offered(page) if leads_to_another_account(option.text)]
        if len(links) != 1 or not self._choices.interactive:
            return None
        [link] = links
        if not self._choices.is_new(page, link.text):
            return None
        self._choices.note(page, link.text)
        return link

    def _press_before(self, page: Description, form: SignInForm) -> Option | None:
        """Return the button that the person wants to be pressed in place of answering a form.

        A page asks so where it sends a code only when told to, or lets put off a new password.
        """
        options = [option for option in offered(page) if self._choices.is_new(page, option.text)]
        others = [option for option in options if option.element != form.button]
        if form.code and (sets_up(page) or not self._answers.knows_code):
            others = [option for option in others if _leads_to_a_code(option.text)]
        elif not form.changes_password:
            return None
        if not others or not self._choices.interactive:
            return None
        own = form.button.text if form.button is not None and not form.code else ""
        fills_in = Option(own or "(type the code)", form.last)
        listed = [*others, fills_in] if form.code else [fills_in, *others]
        option = self._ask(
            page,
            lambda: self._choices.press(
                page, listed, self._watch.deadline, words=f"{page.host} offers:"
            ),
        )
        return None if option is None or option is fills_in else option

    # ---- other devices ----

    def _approve(self, seen: SettledPage, approval: PushApproval) -> SettledPage | None:
        """Wait for an approval on another device, or for another way that the person chooses."""
        page = seen.description
        self._announce(page, approval)
        options = offered(page)
        # On Windows, a question cannot end when the approval comes.
        if not options or not self._choices.interactive or sys.platform == "win32":
            return seen
        deadline = self._watch.deadline

        def choose() -> Option | None:
            words = "Or choose another way:"
            over = lambda: self._is_over(approval)  # noqa: E731 - its name is that of the argument
            return self._choices.press(page, options, deadline, words=words, until=over)

        try:
            option = self._ask(page, choose)
        except QuestionOver:
            return None
        return press(self._watch, option.text) if option is not None else seen

    def _is_over(self, approval: PushApproval) -> bool:
        """Return whether the page no longer waits for this approval."""
        watch = self._watch
        self._posted = watch.browser.posted(_POLL_SECONDS)
        if self._posted is not None or watch.deadline.has_passed:
            return True
        page = watch.within_deadline(watch.current_page)
        if page is None or not page.description.is_on_the_web:
            return False
        kind = classify(page.description)  # its words may count the seconds
        return not (isinstance(kind, PushApproval) and kind.number == approval.number)

    def _announce(self, page: Description, approval: PushApproval) -> None:
        if approval == self._announced:
            return
        self._announced = approval
        self._prompt.notify(says(page.host, approval.words))
        if approval.number:
            self._prompt.notify(_large(approval.number))
        seconds = self._watch.deadline.remaining
        self._prompt.notify(
            f"Waiting for your approval at {page.host}, {seconds:.0f} seconds at most…"
        )
        self._prompt.waiting(
            "Waiting for your approval", left=lambda: self._watch.deadline.remaining
        )

    # ---- buttons ----

    def _offer(self, seen: SettledPage) -> SettledPage | None:
        """Ask which button of a page is to be pressed, before the page is given up.

        Raises:
            WindowNeeded: it has none, the person wants none, or the page asks for more.
            IdentityProviderRefused: the page refuses the sign-in, and the person wants none.
        """
        page, kind, watch = seen.description, seen.kind, self._watch
        needed: Exception = WindowNeeded(unanswerable(page, kind))
        if isinstance(kind, Refusal):
            needed = refused(page, kind, watch.settings, window_possible=watch.window_possible)
        options = offered(page)
        asks = kind.asks if isinstance(kind, Unsupported) else ""
        is_for_a_window = self._watch.window_possible and (asks or isinstance(kind, Loading))
        if not options or is_for_a_window or not self._choices.interactive:
            raise needed
        if asks or isinstance(kind, Loading):
            self._prompt.notify(unanswerable(page, kind))
        try:
            option = self._ask(
                page, lambda: self._choices.press(page, options, self._watch.deadline)
            )
        except NothingTyped:
            raise needed from None
        if option is None:
            raise needed
        if len(options) > 1 and is_of_aws(option.text):
            self._note_tile(seen, option)
        return press(self._watch, option.text)

    def _note_tile(self, seen: SettledPage, option: Option) -> None:
        """Note where the tile of a portal leads to: that address needs no portal."""
        if not isinstance(option.element, Link):
            return
        link = option.element
        with suppress(PageChanged, ValueError):
            address = self._watch.within_deadline(lambda: seen.page.address_of(link))
            self._tile = option.text, web_address(address)

    def _offer_instead(self, seen: SettledPage) -> SettledPage | None:
        """Offer what else a page has, after an empty answer to its question.

        Raises:
            WindowNeeded: it has nothing else, or the answer was empty again, and a window is
                possible.
        """
        page, kind = seen.description, seen.kind
        if page.overlay and page.below is not None:
            self._watch.left.add(page.words)
            return None
        own = self._answers.form_of(page, kind) if isinstance(kind, SignInForm) else None
        button = own.button if own is not None else None
        options = [option for option in offered(page) if option.element != button]
        if isinstance(kind, Choice) and len(options) <= len(kind.options):
            options = []
        if options:
            try:
                option = self._ask(
                    page,
                    lambda: self._choices.press(
                        page, options, self._watch.deadline, words=f"{page.host} also offers:"
                    ),
                )
            except NothingTyped:
                option = None
            if option is not None:
                return press(self._watch, option.text)
        if self._watch.window_possible:
            raise WindowNeeded("Nothing was typed.") from None
        return None


def _leads_to_a_code(text: str) -> bool:
    """Return whether a button is to be offered before a code is asked for, which needs it."""
    return is_exactly(text, Meaning.SEND_CODE) or shows_key_as_text(text)


def _large(number: str) -> str:
    """Return a number in a box that is readable from a distance, several lines of text."""
    spaced = "  ".join(number)
    edge = "+" + "-" * (len(spaced) + 6) + "+"
    return "\n".join(("", f"    {edge}", f"    |   {spaced}   |", f"    {edge}", ""))
