"""Choose the flow of a sign-in by its settings, and run it in a browser.

The flows, and what reads pages, are imported while the first page loads.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.capture.approvals import Approvals
from aws_saml_ext.capture.browser.environment import has_display
from aws_saml_ext.capture.flow.failures import (
    WindowNeeded,
    check_deadline,
    through_kept_session,
)
from aws_saml_ext.capture.flow.page_watch import PageWatch
from aws_saml_ext.capture.flow.questions import Questions
from aws_saml_ext.capture.flow.secret_commands import first_line
from aws_saml_ext.capture.flow.secret_places import SecretPlaces, Withheld
from aws_saml_ext.capture.flow.secret_sources import CodeSource, CommandSource, PasswordSource
from aws_saml_ext.capture.flow.unattended import Unattended
from aws_saml_ext.capture.refused_secrets import RefusedSecrets
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import BrowserError, Refused, SignInRequired
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_of
from aws_saml_ext.prompt import NonInteractive

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted, StartBrowser, WatchedBrowser
    from aws_saml_ext.capture.flow.answers import Answers
    from aws_saml_ext.capture.flow.choices import Choices
    from aws_saml_ext.capture.flow.page_file import PageFile
    from aws_saml_ext.capture.flow.secret_commands import RunCommand
    from aws_saml_ext.capture.flow.secret_sources import Passwords
    from aws_saml_ext.capture.page.reader import Page, ReadPage
    from aws_saml_ext.prompt import Prompt

ProfileFolder = Callable[[Settings], AbstractContextManager[Path]]
"""Open the browser profile of a sign-in, which no other one uses meanwhile. See kept_session.py."""


def _reader() -> ReadPage:
    """Return a `Reader` that is imported and made for the first page."""
    made: list[ReadPage] = []

    def read(browser: WatchedBrowser) -> Page | None:
        if not made:
            from aws_saml_ext.capture.page.reader import Reader

            made.append(Reader())
        return made[0](browser)

    return read


def capturing(
    start: StartBrowser,
    prompt: Prompt,
    *,
    profile_folder: ProfileFolder,
    read: Callable[[], ReadPage] = _reader,
    run: RunCommand | None = None,
    passwords: Passwords | None = None,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    monotonic: Callable[[], float] = time.monotonic,
    deadline: Deadline | None = None,
) -> CaptureInBrowser:
    """Return a capture that signs in at the identity provider, in a browser.

    Args:
        start: starts a browser.
        prompt: asks and notifies the person.
        profile_folder: opens the browser profile.
        read: makes a reader of pages.
        run: runs `saml_password_command` and `saml_mfa_command`.
        passwords: remembered passwords; None remembers none.
        environ: the environment of this process.
        platform: as `sys.platform`.
        monotonic: a clock that only grows, in seconds.
        deadline: the end of its time; None begins `saml_timeout` with the capture.

    Raises:
        SignInRequired: a person is needed, and nobody is there or nobody may be asked.
        IdentityProviderRefused: the identity provider refuses the sign-in, or three answers.
        IdentityProviderUnreachable: the browser cannot open its page.
        BrowserError: no browser starts, it died, or it does not trust a certificate.
        ConfigError: a page would send the answers over http.
        TimedOut: `saml_timeout` is over.
        Stopped: the person closed the window, or the input ended.
    """

    @contextmanager
    def capture(settings: Settings) -> Iterator[CapturedInBrowser]:
        display = has_display(environ, platform)
        check_display(settings, display)
        # The wait for a profile that another sign-in uses is part of this one.
        end = deadline or Deadline(settings.timeout, monotonic=monotonic)
        run_command = _alone(run or partial(first_line, environ=environ), prompt, settings)
        secrets = _Secrets.of(settings, prompt, run_command, passwords)
        if not (settings.sign_in is Flow.AUTO and display):  # then a window can ask
            try:
                secrets.check(settings, end)
            except Withheld:
                prompt.waiting("")
                raise
        with profile_folder(settings) as folder, ExitStack() as running:
            is_used = folder.is_dir() and any(folder.iterdir())
            browsers = _Browsers(settings, start, folder, read(), end, monotonic, running, is_used)
            try:
                try:
                    watch = browsers.open(prompt, display=display)
                    sign_in = _SignIn.of(settings, prompt, secrets, folder)
                    posted, watch = sign_in.run(watch, browsers, display=display)
                finally:
                    prompt.waiting("")
                again = partial(sign_in.run_again, watch, monotonic)
                has_asked = sign_in.answers.were_submitted or not watch.browser.headless
                check_single = watch.browser.check_single
                yield CapturedInBrowser(posted.saml_response, again, check_single, has_asked)
            except Refused as error:
                if is_used and not sign_in.answers.were_submitted and all(browsers.headless):
                    raise through_kept_session(error, settings) from None
                raise

    return capture


def check_display(settings: Settings, display: bool) -> None:
    """Check that a window that the settings ask for can be shown.

    Raises:
        SignInRequired: there is no display.
    """
    if (settings.sign_in is Flow.WINDOW or settings.show_browser) and not display:
        raise SignInRequired(
            "Cannot open a browser window: no display found.",
            command=sign_in_command(settings.profile, "--sign-in", "terminal"),
        )


def _alone(run: RunCommand, prompt: Prompt, settings: Settings) -> RunCommand:
    """Return `run`, alone at the terminal: a password manager may ask its own question there."""

    def running(command: tuple[str, ...], seconds: float) -> str:
        prompt.waiting("")
        try:
            return run(command, seconds)
        finally:
            prompt.waiting(f"Waiting for {host_of(settings.idp_url)}")

    return running


@dataclass(frozen=True, slots=True)
class CapturedInBrowser:
    """A SAMLResponse and the browser that posted it, still open. See `login.Captured`."""

    saml_response: str = field(repr=False)
    _again: Callable[[], str]
    _check_single: Callable[[], None]
    has_asked: bool = False
    """True if the session was over: a form was filled in, or a window shown."""

    def again(self) -> str:
        """Return another SAMLResponse from the same browser, see `login.Captured`."""
        return self._again()

    def check_single(self) -> None:
        """Check that the browser posted no other SAMLResponse, see `login.Captured`."""
        self._check_single()


CaptureInBrowser = Callable[[Settings], AbstractContextManager[CapturedInBrowser]]
"""A `login.Capture` that captures in a browser."""


@dataclass(frozen=True, slots=True)
class _Browsers:
    """Starts the browsers of one sign-in, one after the other: they share a profile."""

    settings: Settings
    start_browser: StartBrowser
    folder: Path
    read: ReadPage
    deadline: Deadline
    monotonic: Callable[[], float]
    running: ExitStack
    is_used: bool
    """True if the profile may hold a session of the identity provider."""
    headless: list[bool] = field(default_factory=list)
    """For each browser, whether it has no window that somebody could have typed in."""

    def open(self, prompt: Prompt, *, display: bool) -> PageWatch:
        """Start the first browser, and begin to load the page of the identity provider.

        Raises:
            BrowserError, TimedOut: as for `start`.
        """
        settings = self.settings
        way = settings.sign_in
        prompt.waiting("Starting the browser")
        headless = way is not Flow.WINDOW and not settings.show_browser
        watch = self.start(headless=headless, display=display)
        prompt.waiting(f"Waiting for {host_of(settings.idp_url)}")
        watch = replace(watch, asks=way is not Flow.SILENT and prompt.interactive)
        watch.open(settings.idp_url)
        return watch

    def start(self, *, headless: bool, display: bool) -> PageWatch:
        """Start a browser, in place of the one before.

        Raises:
            BrowserError: it does not start.
            TimedOut: the deadline has passed.
        """
        check_deadline(self.deadline, self.settings)
        try:
            browser = self._started(headless=headless)
        except BrowserError:
            check_deadline(
                self.deadline, self.settings
            )  # it did not start in the time that is left
            raise
        may_open = self.settings.sign_in is Flow.AUTO and display
        return PageWatch(
            settings=self.settings,
            browser=browser,
            read=self.read,
            deadline=self.deadline,
            now=self.monotonic,
            window_possible=may_open or not browser.headless,
            has_session=self.is_used,
        )

    def _started(self, *, headless: bool) -> WatchedBrowser:
        self.running.close()
        seconds = self.deadline.remaining
        starting = self.start_browser(self.settings, self.folder, headless, seconds)
        browser = self.running.enter_context(starting)
        self.headless.append(browser.headless)
        return browser


@dataclass(frozen=True, slots=True)
class _Secrets:
    """The sources of the secrets of one sign-in."""

    questions: Questions
    passwords: PasswordSource
    codes: CodeSource
    unattended: Unattended

    @classmethod
    def of(
        cls, settings: Settings, prompt: Prompt, run: RunCommand, passwords: Passwords | None
    ) -> _Secrets:
        """Make the sources for these settings."""
        asked = NonInteractive() if settings.sign_in is Flow.SILENT else prompt
        questions = Questions(asked, idp_host=host_of(settings.idp_url))
        places = SecretPlaces(Approvals(settings), questions, settings.profile)
        unattended = Unattended(settings, questions, places, RefusedSecrets(settings))
        password_command = CommandSource(
            *("password", settings.place("saml_password_command"), settings.password_command),
            *(run, questions),
            idp_url=settings.password_command_url,
        )
        mfa_command = CommandSource(
            *("code", settings.place("saml_mfa_command"), settings.mfa_command, run, questions),
            idp_url=settings.mfa_command_url,
        )
        return cls(
            questions,
            PasswordSource(password_command, passwords, questions, unattended),
            CodeSource(mfa_command, questions, unattended),
            unattended,
        )

    def check(self, settings: Settings, deadline: Deadline) -> None:
        """Check that the secrets that no person types were not refused before.

        Raises:
            Withheld: they were, and nobody can be asked.
        """
        if settings.sign_in is not Flow.WINDOW and not self.questions.interactive:
            self.passwords.check(settings.username, deadline)
            self.codes.check(settings.username)


@dataclass(frozen=True, slots=True)
class _SignIn:
    """The parts of one sign-in that its flows share."""

    settings: Settings
    prompt: Prompt
    answers: Answers
    choices: Choices
    page_file: PageFile

    @classmethod
    def of(
        cls,
        settings: Settings,
        prompt: Prompt,
        secrets: _Secrets,
        folder: Path,
    ) -> _SignIn:
        """Make the parts for these settings."""
        from aws_saml_ext.capture.flow.answers import Answers
        from aws_saml_ext.capture.flow.choices import Choices
        from aws_saml_ext.capture.flow.page_file import PageFile
        from aws_saml_ext.capture.flow.remembered_choices import RememberedChoices

        questions = secrets.questions
        answers = Answers(settings, questions, secrets.passwords, secrets.codes, secrets.unattended)
        remembered = RememberedChoices(folder if settings.keep_session else None)
        choices = Choices(settings.username, questions, remembered)
        return cls(settings, prompt, answers, choices, PageFile(settings.save_page, questions))

    def run(
        self, watch: PageWatch, browsers: _Browsers, *, display: bool
    ) -> tuple[Posted, PageWatch]:
        """Run the flow of the settings; return what was posted to AWS, and the browser that did.

        Args:
            watch: the first browser, at the identity provider.
            browsers: starts a window in its place.
            display: whether a window can be shown.
        """
        posted, watch, in_window = self._run(watch, browsers, display=display)
        self.answers.signed_in(in_window=in_window)
        return posted, watch

    def _run(
        self, watch: PageWatch, browsers: _Browsers, *, display: bool
    ) -> tuple[Posted, PageWatch, bool]:
        """Do as `run`, and return as well whether the person used a window."""
        from aws_saml_ext.capture.flow.silent import SilentFlow
        from aws_saml_ext.capture.flow.terminal import TerminalFlow
        from aws_saml_ext.capture.flow.window import WindowFlow, continue_in_window

        way = self.settings.sign_in
        if way is Flow.WINDOW:
            return WindowFlow(watch, self.prompt).run(), watch, True
        if way is Flow.SILENT:
            return SilentFlow(watch, self.choices, self.answers).run(), watch, False
        try:
            parts = (self.answers, self.choices, self.prompt, self.page_file)
            return TerminalFlow(watch, *parts).run(), watch, False
        except WindowNeeded as needed:
            start_window = partial(browsers.start, headless=False, display=display)
            posted, window = continue_in_window(
                needed, watch, self.prompt, start_window=start_window, display=display
            )
            return posted, window, True

    def run_again(self, watch: PageWatch, monotonic: Callable[[], float]) -> str:
        """Return another SAMLResponse from the same browser; see `SilentFlow.run_again`."""
        from aws_saml_ext.capture.flow.silent import MAX_RENEWAL_SECONDS, SilentFlow

        deadline = Deadline(MAX_RENEWAL_SECONDS, monotonic=monotonic)
        watch = replace(watch, deadline=deadline, asks=False)
        answers = self.answers if self.settings.sign_in is Flow.SILENT else None
        return SilentFlow(watch, self.choices, answers).run_again()
