"""The ways through a sign-in: silently, from the terminal, in a window."""

from __future__ import annotations

import math
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aws_saml_ext.capture.browser.discovery import has_display
from aws_saml_ext.capture.flow.answers import Answers, NothingTyped
from aws_saml_ext.capture.flow.secret_commands import first_line
from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.description import UNAUTHORIZED
from aws_saml_ext.capture.page.kinds import (
    Choice,
    Loading,
    PageKind,
    PushApproval,
    Refusal,
    SignInForm,
    StaySignedInOffer,
    Unsupported,
)
from aws_saml_ext.capture.page.reader import MAX_SCRIPT_SECONDS, EndlessDialogs, PageChanged, Reader
from aws_saml_ext.config.settings import Settings, SignInWay
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderRefused,
    IdentityProviderUnreachable,
    SignInRequired,
    Stopped,
    TimedOut,
)
from aws_saml_ext.net import host_of
from aws_saml_ext.prompt import NonInteractive

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted, StartBrowser, WatchedBrowser
    from aws_saml_ext.capture.flow.answers import Passwords
    from aws_saml_ext.capture.flow.secret_commands import RunCommand
    from aws_saml_ext.capture.page.description import Button, Description, Link
    from aws_saml_ext.capture.page.reader import Page, ReadPage
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt

T = TypeVar("T")

ProfileFolder = Callable[[Settings], AbstractContextManager[Path]]
"""The browser profile of this sign-in, ours alone until it is left. See kept_profile.py."""

Clock = Callable[[], float]

# Seconds.
_FIRST_LOOK, _LAST_LOOK = 0.1, 0.5  # between two looks at a page; they grow rarer while it rests
_WINDOW_LOOK = 1.0  # between two looks at a window that a person is at work in
_AGAIN = 60.0  # for a silent renewal
# How long a page must have been without a change, to be believed.
_FORM = 0.4  # a form that looks complete, where a field may be to come
_REDRAWN = 0.9  # anything to fill in: scripts draw pages in steps
_REFUSAL = 2.0  # a page that says no: it may offer something after all
_EMPTY = 8.0  # a page with nothing to fill in: it may draw a form yet
_STUCK = 15.0  # a page that seems to go on by itself
_LOADING = 15.0  # a page that is loaded for longer (a script never comes) is then taken as it is
_NO_PAGE = 60.0  # a browser that shows no page of the web; Firefox does while a server is slow
_RESTLESS = 10.0  # a page that never stops changing is then taken as it is


def capturing(
    start: StartBrowser,
    prompt: Prompt,
    *,
    profile_folder: ProfileFolder,
    read: Callable[[], ReadPage] = Reader,
    run: RunCommand | None = None,
    passwords: Passwords | None = None,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    clock: Clock = time.monotonic,
) -> Capture:
    """
    Sign in at the identity provider, in a browser, in the way that the settings name.

    Raises:
        SignInRequired: a person is needed, and nobody is there or they are not to be asked.
        IdentityProviderRefused: it says no, or said no three times.
        IdentityProviderUnreachable: there is no way to it.
        BrowserError: no browser can be had, it died, or it does not trust a certificate.
        ConfigError: a page would send what is typed over http.
        TimedOut: `saml_timeout` is over.
        Stopped: the person closed the window, or the input ended.
    """

    @contextmanager
    def capture(settings: Settings) -> Iterator[CapturedInBrowser]:
        display = has_display(environ, platform)
        if (settings.sign_in is SignInWay.WINDOW or settings.show_browser) and not display:
            raise SignInRequired(
                "A browser window is asked for, and there is no display to show it on.",
                hint=_command(settings, "--sign-in terminal"),
            )
        # Waiting for the profile, which another sign-in may be using, is a part of this one.
        deadline = clock() + settings.timeout.total_seconds()
        with profile_folder(settings) as folder, ExitStack() as running:

            def restart(*, headless: bool, seconds: float) -> WatchedBrowser:
                running.close()  # two browsers cannot share a profile
                browser = running.enter_context(start(settings, folder, headless, seconds))
                with browser.guarded():
                    browser.driver.set_script_timeout(MAX_SCRIPT_SECONDS)
                return browser

            sign_in = _SignIn(
                settings=settings,
                prompt=prompt,
                restart=restart,
                display=display,
                read=read(),
                run=run or partial(first_line, environ=environ),
                passwords=passwords,
                clock=clock,
                deadline=deadline,
            )
            posted = sign_in.run()
            yield CapturedInBrowser(posted.saml_response, sign_in.again)

    return capture


@dataclass(frozen=True, slots=True)
class CapturedInBrowser:
    """What a browser posted, and the browser, still open. See `login.Captured`."""

    saml_response: str = field(repr=False)
    _again: Callable[[], str]

    def again(self) -> str:
        """See `login.Captured`."""
        return self._again()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page that has come to rest, and what it asks."""

    page: Page
    question: PageKind

    @property
    def description(self) -> Description:
        return self.page.description


class _WindowNeeded(Exception):
    """More is asked than can be answered here; the text says what, as a sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class _SignIn:
    """One sign-in under way, in one browser after the other."""

    def __init__(
        self,
        *,
        settings: Settings,
        prompt: Prompt,
        restart: Callable[..., WatchedBrowser],
        display: bool,
        read: ReadPage,
        run: RunCommand,
        passwords: Passwords | None,
        clock: Clock,
        deadline: float,
    ) -> None:
        self._settings = settings
        self._person = prompt
        self._restart = restart
        self._display = display
        self._read = read
        self._answers = Answers(
            settings,
            NonInteractive() if settings.sign_in is SignInWay.SILENT else prompt,
            run=run,
            left=self._left,
            passwords=passwords,
        )
        self._clock = clock
        self._deadline = deadline
        self._told: PushApproval | None = None

    def run(self) -> Posted:
        """Open the identity provider, and go on until something is posted to AWS."""
        way = self._settings.sign_in
        shown = way is SignInWay.WINDOW or self._settings.show_browser
        self._start(headless=not shown)
        self._browser.open(self._settings.idp_url)
        if way is SignInWay.WINDOW:
            return self._in_the_window()
        try:
            return self._silently() if way is SignInWay.SILENT else self._at_the_terminal()
        except _WindowNeeded as needed:
            if way is SignInWay.SILENT:
                hint = _command(self._settings, "--sign-in auto")
                raise SignInRequired(needed.sentence, hint=hint) from None
            return self._in_a_window_instead(needed)

    def _start(self, *, headless: bool) -> None:
        """Start a browser, in place of the one before."""
        self._check_time(None)
        try:
            self._browser = self._restart(headless=headless, seconds=self._left())
        except BrowserError:
            self._check_time(None)  # it did not start in what was left
            raise

    def again(self) -> str:
        """
        Another SAMLResponse from the same browser, silently.

        Raises:
            SignInRequired: the identity provider asks something, or the browser is gone.
        """
        from selenium.common.exceptions import WebDriverException

        self._deadline = self._clock() + _AGAIN
        try:
            left = self._page()
            self._browser.open(self._settings.idp_url)
            return self._silently(leaving=left).saml_response
        except (
            *(Stopped, BrowserError, TimedOut, IdentityProviderUnreachable),
            *(WebDriverException, _WindowNeeded),
        ) as gone:
            raise SignInRequired(
                "The assertion has run out, and no other one can be had without a new sign-in.",
                hint=_command(self._settings),
            ) from gone

    # ---- the ways ----

    def _silently(self, *, leaving: Page | None = None) -> Posted:
        answered = None
        while isinstance(seen := self._until_asked(answered=answered, leaving=leaving), _Asked):
            answered, leaving = self._answer_alone(seen), None
        return seen

    def _at_the_terminal(self) -> Posted:
        answered = None
        while isinstance(seen := self._until_asked(answered=answered), _Asked):
            answered = self._answer(seen)
        self._answers.signed_in()
        return seen

    def _answer(self, seen: _Asked) -> _Asked | None:
        """Do what the page asks; the page as it was then, or None where it was another by then."""
        question = seen.question
        if isinstance(question, Refusal):
            raise self._refused(seen.description, question)
        if isinstance(question, PushApproval):
            self._tell_what_is_awaited(seen, question)
            return seen
        if isinstance(question, SignInForm):
            self._ask(seen, lambda: self._answers.gather(seen.description, question))
            # That may have taken a person some time: the page can be another one by now.
            return self._in_time(self._give)
        if isinstance(question, Choice):
            option = self._ask(seen, lambda: self._answers.choose(seen.description, question))
            return self._in_time(lambda: self._press(option.text)) if option else None
        if isinstance(question, StaySignedInOffer):
            return self._in_time(lambda: self._press(self._taken(question).text))
        raise _WindowNeeded(_more_than_a_terminal_can(seen))

    def _answer_alone(self, seen: _Asked) -> _Asked | None:
        """As `_answer`, without a person: commands may know the password, and the code."""
        question = seen.question
        if isinstance(question, Refusal):
            raise self._refused(seen.description, question)
        if isinstance(question, SignInForm) and self._settings.sign_in is SignInWay.SILENT:
            with suppress(SignInRequired):
                self._answers.gather(seen.description, question)
                return self._in_time(self._give)
        if isinstance(question, StaySignedInOffer):
            return self._in_time(lambda: self._press(self._taken(question).text))
        if isinstance(question, Choice):
            option = self._answers.known(seen.description, question)
            if option is not None:
                return self._in_time(lambda: self._press(option.text))
        if isinstance(question, Loading):
            sentence = _more_than_a_terminal_can(seen)
        else:
            sentence = f"{_seen(seen.description)} asks for a person, who was not to be asked."
        raise SignInRequired(
            sentence,
            hint=_command(self._settings, "--sign-in auto"),
        )

    def _refused(self, page: Description, refusal: Refusal) -> IdentityProviderRefused:
        return IdentityProviderRefused(
            f"{page.host} did not sign you in: {refusal.words}",
            hint=_command(self._settings, "--use-browser" if self._can_show else ""),
        )

    def _taken(self, offer: StaySignedInOffer) -> Button | Link:
        """Whether to stay signed in: as the settings say."""
        return offer.accept if self._settings.keep_session else offer.decline

    def _ask(self, seen: _Asked, ask: Callable[[], T]) -> T | None:
        """What a person answers; the way out where they do not, or are not there."""
        try:
            answer = ask()
        except TimedOut:
            raise self._timed_out(seen.description) from None
        except NothingTyped:
            if self._can_show:
                raise _WindowNeeded("Nothing was typed.") from None
            return None
        except SignInRequired:
            self._check_time(seen.description)
            if not self._can_show:
                raise
            raise _WindowNeeded(
                f"{_seen(seen.description)} asks for a sign-in, which cannot be answered here."
            ) from None
        self._check_time(seen.description)  # before anything is typed
        return answer

    def _give(self) -> _Asked | None:
        """Fill in what was gathered, where the page still asks for it; the page as it was then."""
        page = self._page()
        if page is None:
            return None
        form = classify(page.description)
        if not isinstance(form, SignInForm) or not self._answers.knows(page.description, form):
            return None
        try:
            self._answers.give(page, form)
        except PageChanged:
            return None
        return _Asked(page, form)

    def _press(self, text: str) -> _Asked | None:
        """Press what the page calls so, where it still offers it; the page as it was then."""
        page = self._page()
        if page is None:
            return None
        question = classify(page.description)
        try:
            if isinstance(question, StaySignedInOffer):
                offered = {each.text: each for each in (question.accept, question.decline)}
                if text not in offered:
                    return None
                page.press(offered[text])
            elif isinstance(question, Choice):
                chosen = next((each for each in question.options if each.text == text), None)
                if chosen is None:
                    return None
                page.press(chosen.element)
                if question.button is not None:
                    page.press(question.button)
            else:
                return None
        except PageChanged:
            return None
        return _Asked(page, question)

    def _tell_what_is_awaited(self, seen: _Asked, awaited: PushApproval) -> None:
        if awaited == self._told:
            return
        self._told = awaited
        self._person.notify(awaited.words)
        if awaited.number:
            self._person.notify(_large(awaited.number))
        self._person.notify(
            f"Waiting for that at {seen.description.host}, for {self._left():.0f} seconds at most…"
        )

    @property
    def _can_show(self) -> bool:
        """Whether the person can go on in a window."""
        to_be_opened = self._settings.sign_in is SignInWay.AUTO and self._display
        return to_be_opened or not self._browser.headless

    def _in_a_window_instead(self, needed: _WindowNeeded) -> Posted:
        if not self._can_show:
            missing = "" if self._display else " There is no display for a browser window."
            raise SignInRequired(
                needed.sentence + missing, hint=_command(self._settings, "--use-browser")
            ) from None
        if not self._browser.headless:
            self._person.notify(needed.sentence)
            return self._in_the_window()
        self._person.notify(f"{needed.sentence} It goes on in a browser window.")
        address = self._settings.idp_url
        with suppress(_WindowNeeded):
            page = self._in_time(self._page)
            if page is not None and _is_on_the_web(page.description):
                address = page.description.address
        try:
            self._start(headless=False)
        except BrowserError as error:  # a display that is gone, mostly
            raise SignInRequired(
                f"{needed.sentence} No window could be opened for it: {error}", hint=error.hint
            ) from None
        self._browser.open(address)
        with suppress(_WindowNeeded):
            seen = self._until_asked()
            if not isinstance(seen, _Asked):
                return seen
            if isinstance(seen.question, Refusal):  # a page that cannot be opened a second time
                self._browser.open(self._settings.idp_url)
        return self._in_the_window()

    def _in_the_window(self) -> Posted:
        self._person.notify("Waiting for you to sign in in the browser window…")
        while (posted := self._browser.posted(self._at_most(_WINDOW_LOOK))) is None:
            self._check_time(None)
            self._in_time(self._check_address)
        return posted

    # ---- looking at the page ----

    def _until_asked(
        self, *, answered: _Asked | None = None, leaving: Page | None = None
    ) -> Posted | _Asked:
        """
        Wait until something is posted to AWS, or a page asks something and has come to rest.

        `answered` is a page that was just submitted, `leaving` one that is about to go away.
        """
        rest = _Rest(answered)
        last: Description | None = None
        none_since: float | None = None
        while (posted := self._browser.posted(self._at_most(rest.pause))) is None:
            self._check_time(last)
            page = self._in_time(self._page, seen=last)
            if page is None or not _is_on_the_web(page.description):
                self._in_time(self._check_address, seen=last)
                if page is None:
                    none_since = None
                    continue
                none_since = self._clock() if none_since is None else none_since
                self._check_rest(page.description, self._clock() - none_since)
                continue
            none_since = None
            if last is None or page.description.title:  # a page has none yet while it begins
                last = page.description
            if leaving is None or leaving.description.document != page.description.document:
                question = rest.look(page.description, self._clock())
                if question is not None:
                    return _Asked(page, question)
        return posted

    def _page(self) -> Page | None:
        """The page that the browser shows; `None` while there is none."""
        try:
            return self._read(self._browser.driver)
        except EndlessDialogs as dialogs:
            host = host_of(self._settings.idp_url)
            raise _WindowNeeded(f"{host} shows one dialog after the other: {dialogs}") from None

    def _check_rest(self, page: Description, seconds: float) -> None:
        """Whether a browser that shows a page of its own for so long will ever show another."""
        host = host_of(self._settings.idp_url)
        if page.status in UNAUTHORIZED and seconds >= _REDRAWN:
            raise _WindowNeeded(f"{host} asks for a password in a dialog of the browser.")
        if seconds >= _NO_PAGE:
            raise _WindowNeeded(f"{host} sends no page to sign in on, but a file or nothing.")

    def _in_time(self, look: Callable[[], T], *, seen: Description | None = None) -> T:
        """
        What `look` finds, if it does before the sign-in's time is over.

        chromedriver answers nothing while a server has not answered the browser: it is asked in a
        thread, and not waited for any longer than the person wants to wait.
        """
        found: Future[T] = Future()

        def answer() -> None:
            try:
                found.set_result(look())
            except BaseException as error:
                found.set_exception(error)

        threading.Thread(target=answer, name="look", daemon=True).start()
        while not found.done():
            wait([found], self._at_most(_WINDOW_LOOK))
            if not found.done():
                self._check_time(seen)
        return found.result()

    def _left(self) -> float:
        """How many seconds of the sign-in are left."""
        return max(0.0, self._deadline - self._clock())

    def _at_most(self, seconds: float) -> float:
        return min(seconds, self._left())

    def _check_time(self, page: Description | None) -> None:
        if not self._left():
            raise self._timed_out(page)

    def _timed_out(self, page: Description | None) -> TimedOut:
        host = host_of(self._settings.idp_url)
        last = f" The last page was {_seen(page)}." if page is not None else ""
        return TimedOut(
            f"The sign-in at {host} took longer than {self._settings.timeout.total_seconds():g} "
            f"seconds.{last}",
            hint=_command(self._settings, "--use-browser --timeout SECONDS"),
        )

    def _check_address(self) -> None:
        """Whether the browser shows a page of its own, about why it cannot show the one wanted."""
        from selenium.common.exceptions import WebDriverException

        try:
            certificate = self._browser.certificate_error()
            navigation = certificate or self._browser.navigation_error()
            address = self._browser.driver.current_url if navigation else ""
        except WebDriverException:
            return  # the page changes, or the person has a dialog to answer
        host = host_of(address) or host_of(self._settings.idp_url)
        if certificate:
            raise BrowserError(
                f"The certificate of {host} is not trusted ({certificate}). Nothing was typed.",
                hint="Make the browser trust it, if it is right: import the certificate authority "
                "of your company where that browser looks",
            )
        if navigation:
            raise IdentityProviderUnreachable(
                f"The browser could not open {host}: {navigation}.",
                hint="Check the network, a VPN, and saml_idp_url",
            )


class _Rest:
    """Judges whether a page has come to rest. Pure: fed with pages, and the time of each."""

    def __init__(self, answered: _Asked | None) -> None:
        self._answered = answered
        self._stays_on = answered.description.document if answered else None
        self._last: tuple[float, PageKind] | None = None
        self._arrived = self._changed = 0.0
        self.pause = _FIRST_LOOK
        """How long to wait before the next look."""

    def look(self, page: Description, now: float) -> PageKind | None:
        """What the page asks, once it is to be believed."""
        if self._last is None or self._last[0] != page.document:
            self._arrived = now
        if page.state == "loading" and now - self._arrived >= _LOADING:
            page = replace(page, state="interactive")
        question = classify(page)
        if self._answered is not None:
            if not _is_waiting(self._answered, page, question):
                self._answered = None
            elif isinstance(question, PushApproval):
                self.pause = _LAST_LOOK
                return None  # as long as the sign-in may take
            else:
                question = Loading()
        if self._last == (page.document, question):
            self.pause = min(self.pause * 1.5, _LAST_LOOK)
        else:
            self._last, self._changed, self.pause = (page.document, question), now, _FIRST_LOOK
        patience = self._patience(page, question)
        rests = now - self._changed >= patience
        return question if rests or now - self._arrived >= max(patience, _RESTLESS) else None

    def _patience(self, page: Description, question: PageKind) -> float:
        """How long a page must be without a change."""
        if isinstance(question, SignInForm):
            return self._patience_with_form(page, question)
        if isinstance(question, Loading):
            return math.inf if page.state == "loading" else _STUCK
        if isinstance(question, Unsupported):
            return _REDRAWN if question.fillable else _EMPTY
        if isinstance(question, PushApproval) and question.number:
            return 0.0
        return _REFUSAL if isinstance(question, Refusal) else _REDRAWN

    def _patience_with_form(self, page: Description, form: SignInForm) -> float:
        stays = page.document == self._stays_on
        if page.state == "loading" or form.button is None or (stays and not form.error):
            return _REDRAWN
        whole = form.password is not None or form.code
        # Some pages write the words beside their fields by a script, in the person's language.
        named = all(each.caption for each in (form.username, form.password, *form.code[:1]) if each)
        return 0.0 if whole and named and not stays else _FORM


def _is_waiting(answered: _Asked, page: Description, question: PageKind) -> bool:
    """Whether the page that was submitted is still there, and has said nothing to it."""
    before = answered.question
    if page.document != answered.description.document:
        return False
    if not isinstance(before, SignInForm) or not isinstance(question, SignInForm):
        return question == before
    return (
        question.error == before.error
        and question.last.filled
        and not any(given.invalid for given in question.asked)
    )


def _large(number: str) -> str:
    """A number that is seen from some way off, for lines of text."""
    spaced = "  ".join(number)
    edge = "+" + "-" * (len(spaced) + 6) + "+"
    return "\n".join(("", f"    {edge}", f"    |   {spaced}   |", f"    {edge}", ""))


def _is_on_the_web(page: Description) -> bool:
    return page.address.startswith(("https://", "http://"))


def _seen(page: Description) -> str:
    """What a message may say of a page: `login.example.com ("Sign in")`."""
    return f"{page.host} ({page.title!r})" if page.title else page.host


def _more_than_a_terminal_can(seen: _Asked) -> str:
    if isinstance(seen.question, Unsupported) and seen.question.asks:
        return f"{_seen(seen.description)} asks for {seen.question.asks}."
    if isinstance(seen.question, Loading):
        return f"{_seen(seen.description)} does not go on."
    return f"{_seen(seen.description)} asks for more than a terminal can answer."


def _command(settings: Settings, options: str = "") -> str:
    """What to type: this sign-in, in another way."""
    return f"aws saml-login --profile {shlex.quote(settings.profile)} {options}".strip()
