"""A browser with scripted pages, and a sign-in that runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.capture.browser.engine import Posted, StartBrowser, WatchedBrowser
from aws_saml_ext.capture.flow.secret_sources import Passwords
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.capture.page.description import Button, Description, Field, Link
from aws_saml_ext.capture.page.elements import PageChanged
from aws_saml_ext.capture.page.reader import Blocked
from aws_saml_ext.capture.saml_post import Sender
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import BrowserError, SamlLoginError
from aws_saml_ext.login import Capture
from tests.described_pages import description
from tests.doubles import FakeClock, FakePrompt
from tests.samples import SETTINGS

IDP = "https://idp.example.com"
POSTED = Posted("https://signin.aws.amazon.com/saml", "QUJD", Sender("document", IDP))


@dataclass(frozen=True)
class Shown:
    """A page and the way it is shown.

    After `seconds` the next one follows. `same_document`: a script made it of the last document.
    `slips`: it is gone at the moment when it is filled in. `over`: the words of what keeps its
    fields from taking keys.
    """

    page: Description
    seconds: float = inf
    same_document: bool = False
    slips: bool = False
    over: str = ""


@dataclass(frozen=True)
class Unreachable:
    """The browser's own page about an address that it cannot reach."""

    reason: str
    address: str = f"{IDP}/aws"
    status: int | None = None


Show = Shown | Unreachable | Posted | Exception


def page(name: str, **changed: Any) -> Description:
    """Return a page of `tests/pages` with some values changed."""
    return replace(description(name), **changed)


@dataclass
class ScriptedBrowser:
    """A browser that shows one page after the other; submitting a form brings the next.

    It is its own driver, as far as one is used.
    """

    shows: list[Show]
    clock: FakeClock
    headless: bool = True
    opened: list[str] = field(default_factory=list)
    typed: list[tuple[str, str]] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    ticked: dict[str, bool] = field(default_factory=dict)
    chosen: list[tuple[str, str]] = field(default_factory=list)
    _since: float = 0.0
    _document: int = 0

    @property
    def driver(self) -> Any:
        return self

    @property
    def frames(self) -> Any:
        raise NotImplementedError("`read` below reads the pages.")

    @property
    def cookies(self) -> Any:
        raise NotImplementedError("No session is kept.")

    @property
    def navigation_headers(self) -> Sequence[tuple[str, str]]:
        return ()

    @property
    def current_url(self) -> str:
        if isinstance(self.now, Shown):
            return self.now.page.address
        return self.now.address if isinstance(self.now, Unreachable) else ""

    @property
    def now(self) -> Show:
        return self.shows[0]

    def guarded(self) -> AbstractContextManager[None]:
        return nullcontext()

    def go_on(self) -> None:
        """Show the next page; the last one stays."""
        if len(self.shows) > 1:
            del self.shows[0]
        self._since = self.clock.monotonic()
        self._document += not (isinstance(self.now, Shown) and self.now.same_document)

    def open(self, url: str) -> None:
        if self.opened and isinstance(self.now, Posted):
            self.go_on()
        self.opened.append(url)
        self._since = self.clock.monotonic()

    def posted(self, timeout: float) -> Posted | None:
        if isinstance(self.now, Exception):
            raise self.now
        if isinstance(self.now, Posted):
            return self.now
        self.clock.advance(timeout)
        if isinstance(self.now, Shown) and self.clock.monotonic() - self._since >= self.now.seconds:
            self.go_on()
        return None

    def check_single(self) -> None: ...

    def certificate_error(self) -> str | None:
        error = self.navigation_error()
        return error if error and "CERT" in error else None

    def navigation_error(self) -> str | None:
        return self.now.reason if isinstance(self.now, Unreachable) else None

    def http_error(self) -> int | None:
        return self.now.status if isinstance(self.now, Unreachable) else None

    def described(self) -> Description | None:
        if not isinstance(self.now, Shown):
            return None
        return replace(self.now.page, document=self._document)


@dataclass(frozen=True)
class ScriptedPage:
    """The page that the browser showed when it was read."""

    description: Description
    browser: ScriptedBrowser

    def without_overlay(self) -> ScriptedPage:
        below = self.description.below
        return self if below is None else replace(self, description=below)

    def fill(self, field: Field, text: str) -> None:
        if isinstance(self.browser.now, Shown) and self.browser.now.slips:
            self.browser.go_on()
            raise PageChanged
        if isinstance(self.browser.now, Shown) and self.browser.now.over:
            raise Blocked(field.caption, self.browser.now.over)
        self.browser.typed.append((field.caption, text))

    def press(self, element: Button | Link | Field) -> None:
        if isinstance(element, Field):  # a circle alone leads nowhere
            self.browser.pressed.append(element.caption)
        else:
            self.browser.pressed.append(element.text)
            self.browser.go_on()

    def address_of(self, element: Button | Link) -> str:
        return f"{IDP}/{element.text.replace(' ', '-')}?app=1" if isinstance(element, Link) else ""

    def tick(self, field: Field, *, on: bool) -> None:
        self.browser.ticked[field.caption] = on

    def choose(self, field: Field, place: int) -> None:
        self.browser.chosen.append((field.caption, field.options[place]))

    def submit(self, button: Button | None, last: Field) -> None:
        self.browser.pressed.append(button.text if button else f"Enter in {last.caption}")
        self.browser.go_on()


def read(browser: Any) -> ScriptedPage | None:
    described = browser.described()
    return ScriptedPage(described, browser) if described is not None else None


@dataclass
class Scene:
    """A sign-in to run: the pages that its browsers will show, one list for each of them."""

    prompt: FakePrompt
    clock: FakeClock
    scripts: list[list[Show]]
    environ: dict[str, str]
    passwords: list[str | Exception]
    folder: Path = Path("profile")
    """The folder of the browser profile; where there is none, no sign-in has used it before."""
    profile_wait: float = 0.0
    """The seconds that another sign-in uses the browser profile."""
    remembered: Passwords | None = None
    start_waits: list[float] = field(default_factory=list)
    """The seconds that each browser was given to start."""
    start_failure: float = 0.0
    """The seconds after which the browser fails to start."""
    run_waits: list[float] = field(default_factory=list)
    """The seconds that each command was given."""
    browsers: list[ScriptedBrowser] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    @property
    def capture(self) -> Capture:
        return capturing(
            self.start,
            self.prompt,
            profile_folder=self.profile_folder,
            read=lambda: read,
            run=self.run,
            passwords=self.remembered,
            environ=self.environ,
            platform="linux",
            monotonic=self.clock.monotonic,
        )

    @property
    def start(self) -> StartBrowser:
        @contextmanager
        def start(
            settings: Settings, folder: Path, headless: bool, seconds: float
        ) -> Iterator[WatchedBrowser]:
            self.start_waits.append(seconds)
            if self.start_failure:
                self.clock.advance(self.start_failure)
                raise BrowserError("The browser did not start.")
            browser = ScriptedBrowser(self.scripts.pop(0), self.clock, headless=headless)
            self.browsers.append(browser)
            self.events.append("headless" if headless else "window")
            try:
                yield browser
            finally:
                self.events.append("ended")

        return start

    @contextmanager
    def profile_folder(self, settings: Settings) -> Iterator[Path]:
        self.clock.advance(self.profile_wait)
        self.events.append("profile taken")
        try:
            yield self.folder
        finally:
            self.events.append("profile left")

    def run(self, command: tuple[str, ...], seconds: float) -> str:
        self.events.append(" ".join(command))
        self.run_waits.append(seconds)
        password = self.passwords.pop(0)
        if isinstance(password, Exception):
            raise password
        return password

    @property
    def browser(self) -> ScriptedBrowser:
        """The browser that was started last."""
        return self.browsers[-1]

    @property
    def seconds(self) -> float:
        """The seconds that the sign-in has taken."""
        return self.clock.passed


def scene(
    *shows: Show | Description,
    then: Sequence[Show | Description] = (),
    answers: Sequence[str | Callable[[], str]] = (),
    somebody: bool = True,
    display: bool = False,
    passwords: Sequence[str | Exception] = (),
) -> Scene:
    """Return a sign-in whose browser shows these, and whose second browser shows `then`."""
    return Scene(
        prompt=FakePrompt(list(answers), interactive=somebody),
        clock=FakeClock(),
        scripts=[
            [Shown(show) if isinstance(show, Description) else show for show in script]
            for script in (shows, then)
        ],
        environ={"DISPLAY": ":0"} if display else {},
        passwords=list(passwords),
    )


def run(of: Scene, **changed: Any) -> str:
    """Run a sign-in with some settings changed, and return its SAMLResponse."""
    with of.capture(replace(SETTINGS, timeout=timedelta(seconds=600), **changed)) as captured:
        of.events.append("captured")
        return captured.saml_response


def failing(of: Scene, error: type[SamlLoginError], **changed: Any) -> SamlLoginError:
    """Run a sign-in that fails, and return its error."""
    with pytest.raises(error) as caught:
        run(of, **changed)
    return caught.value
