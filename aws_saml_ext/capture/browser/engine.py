"""
The seam between a browser that is watched and the ways to sign in with it.

Below it stand the engines (`wire.py` for Chrome, Chromium and Edge, `bidi.py` for Firefox): they
start a browser, see the POST to AWS, and stop it there. Above it stand the ways (`ways.py`): they
open the identity provider and let the page be answered, silently, from the terminal or by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Posted:
    """What a browser posted to an AWS sign-in address. AWS never saw it."""

    url: str
    """Where it was going: `https://signin.aws.amazon.com/saml`."""
    saml_response: str = field(repr=False)
    """The form field of that name: base64 text, white space removed, lost `+` put back."""


class WatchedBrowser(Protocol):
    """A browser in which no request reaches an AWS sign-in host."""

    @property
    def driver(self) -> WebDriver:
        """The WebDriver session, to read and answer the page."""

    @property
    def headless(self) -> bool:
        """Whether nobody can see it."""

    def guarded(self) -> AbstractContextManager[None]:
        """
        Use the driver in here: a browser that goes away raises our errors, not Selenium's.

        Raises:
            BrowserError: the browser or its driver died.
            Stopped: the person closed the window, or it cannot be told who did.
        """

    def open(self, url: str) -> None:
        """
        Begin to load `url`, and do not wait for the page.

        Raises:
            BrowserError: the browser died.
            Stopped: the person closed the window.
        """

    def posted(self, timeout: float) -> Posted | None:
        """
        The next POST to AWS, waited for at most `timeout` seconds; `None` when there was none.

        Raises:
            BrowserError: the browser or its driver died.
            Stopped: the person closed the last window.
        """

    def certificate_error(self) -> str | None:
        """Why the browser refuses the server's certificate: `ERR_CERT_DATE_INVALID`."""

    def navigation_error(self) -> str | None:
        """Why the browser shows an error page of its own instead: `ERR_CONNECTION_REFUSED`."""


StartBrowser = Callable[["Settings", Path, bool, float], AbstractContextManager[WatchedBrowser]]
"""
Start a browser for these settings, with this folder as its profile, headless or not, within so
many seconds.

On leaving, however that comes about, the browser, its driver and every temporary folder are gone.
Before it is handed out, a request of the browser to a sign-in host has arrived at us.

Raises:
    BrowserError: no browser or driver was found, it did not start, or its requests to the AWS
        sign-in hosts do not come to us (a managed policy may overrule our proxy).
"""
