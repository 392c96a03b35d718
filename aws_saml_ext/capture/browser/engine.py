"""The contract of a browser engine, and the parts that both engines share.

Below it stand the engines (`chromium` for Chrome, Chromium and Edge, `firefox`): they start a
browser, see the POST to AWS, and stop it there. Above it stand the sign-in flows: they open the
identity provider and answer its pages, silently, from the terminal or in the window.
"""

from __future__ import annotations

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Protocol, TypeVar

from aws_saml_ext.capture.browser.driver import DriverServer, browser_errors
from aws_saml_ext.capture.saml_post import Sender
from aws_saml_ext.clock import Deadline
from aws_saml_ext.errors import BrowserError

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.capture.browser.cookie_store import CookieStore
    from aws_saml_ext.capture.browser.frames import Frames
    from aws_saml_ext.config.settings import Settings

T = TypeVar("T")

PROBE_SECONDS = 10.0
"""The time for the first request to a sign-in host to reach this program."""
_WINDOW_POLL_SECONDS = 0.5
_WINDOW_CHECK_SECONDS, _WINDOW_CHECK_POLL_SECONDS = 1.0, 0.02
"""The time that `posted` gives the driver to name its windows, before it looks for a POST again."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A POST by the browser to an AWS sign-in address. AWS never received it."""

    url: str
    """Its address: `https://signin.aws.amazon.com/saml`."""
    saml_response: str = field(repr=False)
    """The form field of that name: base64 without white space, with lost `+` restored."""
    sender: Sender
    """The page that posted it, or the part of a page."""


class WatchedBrowser(Protocol):
    """A browser in which no request reaches an AWS sign-in host."""

    @property
    def driver(self) -> WebDriver:
        """The WebDriver session, to answer the page."""

    @property
    def frames(self) -> Frames:
        """The frames of the page, to read it."""

    @property
    def headless(self) -> bool:
        """True when the browser has no window."""

    @property
    def cookies(self) -> CookieStore:
        """The cookies of the browser profile."""

    @property
    def navigation_headers(self) -> Sequence[tuple[str, str]]:
        """The headers that the browser sends when a person opens an address, in its order."""

    def guarded(self) -> AbstractContextManager[None]:
        """Return a context that converts the driver's errors about a browser that has gone.

        Raises:
            BrowserError: the browser or its driver died.
            Stopped: the window was closed; or it was not headless, and the cause is unknown.
        """

    def open(self, url: str) -> None:
        """Begin to load `url` without waiting for the page; a new sign-in begins.

        Raises:
            BrowserError: the browser died.
            Stopped: the window was closed.
        """

    def posted(self, timeout: float) -> Posted | None:
        """Return the first POST to AWS since `open`, or None after `timeout` seconds without one.

        Raises:
            BrowserError: the browser or its driver died; a part of a page posted a SAMLResponse;
                or two different ones were posted.
            Stopped: the last window was closed.
        """

    def check_single(self) -> None:
        """Check that no SAMLResponse other than that of `posted` has been posted since.

        Raises:
            BrowserError: there was another one.
        """

    def certificate_error(self) -> str | None:
        """Return why the browser refuses the server's certificate: `ERR_CERT_DATE_INVALID`."""

    def navigation_error(self) -> str | None:
        """Return why the browser shows an error page of its own: `ERR_CONNECTION_REFUSED`."""

    def http_error(self) -> int | None:
        """Return the HTTP status of an answer without a page, in whose place the browser's is."""


StartBrowser = Callable[["Settings", Path, bool, float], AbstractContextManager[WatchedBrowser]]
"""Start a browser: settings, folder of the browser profile, headless, seconds for the start.

On exit, however it comes about, the browser, its driver and every temporary folder are gone.
Before the browser is handed out, one of its requests to a sign-in host has reached this program.

Raises:
    ConfigError: the settings exclude each other for every engine.
    BrowserError: the browser did not start, or its requests to the AWS sign-in hosts do not reach
        this program (a managed policy may overrule our proxy).
"""


def probe_url() -> str:
    """Return an address on a sign-in host that only this run's browser requests."""
    return f"https://signin.aws.amazon.com/{secrets.token_urlsafe(16)}"


def probe_error(advice: str) -> BrowserError:
    """Return the error for a browser whose probe did not arrive."""
    return BrowserError(
        "The browser's requests to the AWS sign-in hosts do not reach this program.", advice=advice
    )


def in_thread(call: Callable[[], T]) -> Future[T]:
    """Run a call of the driver in a thread that nobody has to wait for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="driver call", daemon=True).start()
    return future


def stray_error(sender: Sender) -> BrowserError:
    """Return the error for a SAMLResponse that no page posted, but a part of one."""
    if not sender.destination:
        return BrowserError(
            "This browser does not report which part of a page posts to AWS (Sec-Fetch-Dest), so "
            "the SAML response is not used.",
            advice="Update the browser, or choose another one with --browser.",
        )
    return BrowserError(
        f"{str(sender).capitalize()} posted a SAML response to AWS. It is not used: only a page "
        "itself may post one, since anybody may have filled a part of it.",
        advice="If this is how your identity provider signs you in, ask whoever runs it to post "
        "from the page itself, or pass the SAML response with --assertion.",
    )


def prompt_behavior(headless: bool) -> str | dict[str, str]:
    """Return WebDriver's `unhandledPromptBehavior`: what asks something is for the person.

    A window shows all dialogs to the person. Nobody needs to answer an `alert`, nor to be asked
    whether to leave a page whose form was submitted.
    """
    if not headless:
        return "ignore"
    return {"default": "ignore", "alert": "dismiss and notify", "beforeUnload": "accept"}


class DrivenBrowser(ABC):
    """The part of a `WatchedBrowser` that is the same in every engine."""

    def __init__(
        self,
        server: DriverServer,
        webdriver: WebDriver,
        arrived: Queue[Posted],
        frames: Frames,
        *,
        cookies: CookieStore,
        navigation_headers: Sequence[tuple[str, str]],
        headless: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a browser that has started.

        Args:
            server: the WebDriver server that started it.
            webdriver: Selenium's session with it.
            arrived: where the engine puts each POST to AWS.
            frames: those of the page.
            cookies: those of the browser profile.
            navigation_headers: those of the probe.
            headless: whether the browser has no window.
            monotonic: the clock for timeouts.
        """
        self._server = server
        self._webdriver = webdriver
        self._arrived = arrived
        self._frames = frames
        self.cookies = cookies
        """See `WatchedBrowser.cookies`."""
        self.navigation_headers = navigation_headers
        """See `WatchedBrowser.navigation_headers`."""
        self._headless = headless
        self._monotonic = monotonic
        self._next_window_check = self._deadline(_WINDOW_POLL_SECONDS)
        self._window_check: Future[None] | None = None
        self._windows: list[str] = []
        """The handles of the open windows, as of the last check."""
        self._first: Posted | None = None

    @property
    def driver(self) -> WebDriver:
        """The WebDriver session, to answer the page."""
        return self._webdriver

    @property
    def frames(self) -> Frames:
        """The frames of the page, to read it."""
        return self._frames

    @property
    def headless(self) -> bool:
        """True when the browser has no window."""
        return self._headless

    def guarded(self) -> AbstractContextManager[None]:
        """See `WatchedBrowser.guarded`."""
        return browser_errors(self._server, headless=self._headless)

    @contextmanager
    def guarded_in_another_window(self) -> Iterator[None]:
        """Do as `guarded`; where the window has closed itself, choose another one and go on."""
        from selenium.common.exceptions import NoSuchWindowException

        with self.guarded():
            try:
                yield
            except NoSuchWindowException:
                self._choose_window()

    def open(self, url: str) -> None:
        """See `WatchedBrowser.open`."""
        self._first = None
        with suppress(Empty):
            while True:
                self._arrived.get_nowait()
        with self.guarded():
            if self._windows:  # the sign-in before may have ended in one that has closed itself
                self._choose_window()
            self._webdriver.get(url)

    def posted(self, timeout: float) -> Posted | None:
        """See `WatchedBrowser.posted`."""
        deadline = self._deadline(timeout)
        while True:
            is_last = deadline.has_passed
            with suppress(Empty):
                posted = self._arrived.get(timeout=deadline.at_most(_WINDOW_POLL_SECONDS))
                if self._is_first(posted):
                    self.check_single()
                    return posted
            self._check_window()
            if is_last:
                return None

    def _check_window(self) -> None:
        """Choose the window to read, as far as the driver answers in time; see `_choose_window`.

        A page can keep the driver from answering. The check then goes on beside this thread, and
        a later call has its result. Any other answer is waited for: the check chooses the window
        that is read next.
        """
        if self._window_check is None and self._next_window_check.has_passed:
            self._window_check = in_thread(self._choose_window)
        if (
            self._window_check is not None
            and wait([self._window_check], _WINDOW_CHECK_SECONDS).done
        ):
            check, self._window_check = self._window_check, None
            self._next_window_check = self._deadline(_WINDOW_POLL_SECONDS)
            with self.guarded():
                check.result()

    def _choose_window(self) -> None:
        """Switch to the last open window where the current one was closed, or to a new one.

        Without a person at its windows, a new one is where the sign-in goes on: a page opened it
        when one of its buttons was pressed.

        Raises:
            NoSuchWindowException: no window is open. Other errors of Selenium pass too.
        """
        from selenium.common.exceptions import NoSuchWindowException

        windows, before = self._webdriver.window_handles, self._windows
        self._windows = windows
        new = [each for each in windows if before and self._headless and each not in before]
        with suppress(NoSuchWindowException):
            if windows and not new and self._webdriver.current_window_handle in windows:
                return
        for window in (*reversed(new), *reversed(windows)):
            with suppress(NoSuchWindowException):  # it is closed by now
                self._webdriver.switch_to.window(window)
                return
        raise NoSuchWindowException("no window is left")

    def check_single(self) -> None:
        """See `WatchedBrowser.check_single`."""
        with suppress(Empty):
            while True:
                self._is_first(self._arrived.get_nowait())

    def _is_first(self, posted: Posted) -> bool:
        """Return whether this is the first SAMLResponse; the same one may be posted again.

        Raises:
            BrowserError: it is not from a page, or differs from the first one.
        """
        if self._first is None:
            if not posted.sender.is_page:
                raise stray_error(posted.sender)
            self._first = posted
            return True
        if posted.sender.is_page and posted.saml_response != self._first.saml_response:
            raise BrowserError(
                "Two different SAML responses were posted to AWS in one sign-in: by "
                f"{self._first.sender} and by {posted.sender}. None of them is used.",
                advice="Sign in again, and open nothing else in the browser meanwhile. If this "
                "happens again, report it to whoever runs the identity provider.",
            )
        return False

    def _deadline(self, seconds: float) -> Deadline:
        return Deadline(seconds, monotonic=self._monotonic)

    @abstractmethod
    def certificate_error(self) -> str | None:
        """See `WatchedBrowser.certificate_error`."""

    @abstractmethod
    def navigation_error(self) -> str | None:
        """See `WatchedBrowser.navigation_error`."""

    def http_error(self) -> int | None:
        """See `WatchedBrowser.http_error`: None where the browser shows an empty page instead."""
        return None
