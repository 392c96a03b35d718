"""Watch the pages of one browser until one settles or the browser posts to AWS.

Every wait ends with the deadline of the sign-in, and every call of the driver is bounded by it.
What reads and judges pages is imported while the first one loads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from aws_saml_ext.capture.browser.engine import in_thread
from aws_saml_ext.capture.flow.failures import (
    NOT_THERE,
    WindowNeeded,
    check_deadline,
    failing,
    other_address,
)
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderRefused,
    IdentityProviderUnreachable,
)
from aws_saml_ext.hints import sign_in_command
from aws_saml_ext.net import host_and_port, host_of
from aws_saml_ext.text import in_quotes, says

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import Posted, WatchedBrowser
    from aws_saml_ext.capture.flow.settling import SettledPage
    from aws_saml_ext.capture.page.description import Description
    from aws_saml_ext.capture.page.dialogs import Dialog
    from aws_saml_ext.capture.page.kinds import PageKind
    from aws_saml_ext.capture.page.reader import Page, ReadPage
    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.config.settings import Settings

_log = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds.
_WINDOW_POLL_INTERVAL = 1.0  # of a window that a person uses, and of a driver that does not answer
_MAX_NO_PAGE = 60.0  # without a page of the web; Firefox shows none while a server is slow
_MAX_TITLE = 80  # characters
_MAX_DIALOG = 0.9  # until a dialog of the browser counts as one


@dataclass(frozen=True, slots=True)
class PageWatch:
    """One browser of a sign-in, under a deadline."""

    settings: Settings
    browser: WatchedBrowser
    read: ReadPage
    deadline: Deadline
    now: Callable[[], float] = field(repr=False)
    """Return the time in seconds of a clock that only grows."""
    window_possible: bool
    """True if the person can continue in a window."""
    has_session: bool = True
    """False: the browser is new, and somebody has to sign in."""
    asks: bool = True
    """False: nobody is asked about what lies over a form, and the form below it is read."""
    left: set[str] = field(default_factory=set)
    """The words of what lies over a form and is left there: then the form is read as well."""

    def open(self, address: str) -> None:
        """Begin to load an address, without waiting for the page."""
        _log.debug("Opening %s.", host_and_port(address))
        self.within_deadline(lambda: self.browser.open(address))

    def until_settled(
        self,
        *,
        answered: SettledPage | None = None,
        leaving: Page | None = None,
        on_dialog: Callable[[Dialog], None] | None = None,
    ) -> Posted | SettledPage:
        """Wait until the browser posts to AWS, or a page has settled.

        Args:
            answered: the page that was just submitted.
            leaving: the page that another one is about to replace; it does not count.
            on_dialog: answers a dialog of the page. Without it, a dialog gets the answer no; one
                that asks about what was submitted gets none.

        Raises:
            WindowNeeded: there is no page that could be read, or a dialog that got no answer.
            TimedOut: the deadline has passed.
            BrowserError: the browser died, or does not trust a certificate.
            IdentityProviderUnreachable: the browser cannot open a page.
            Stopped: the person closed the window.
        """
        from aws_saml_ext.capture.flow.settling import SettledPage, Settling
        from aws_saml_ext.capture.page.dialogs import DialogOpen

        settling = Settling(answered, has_session=self.has_session or answered is not None)
        last: Description | None = None
        none_since: float | None = None
        is_between = False
        while (posted := self._posted(settling.poll_interval)) is None:
            check_deadline(self.deadline, self.settings, last)
            try:
                page = self.within_deadline(self._page_or_dialog, last=last)
            except DialogOpen as opened:
                if on_dialog is not None:
                    on_dialog(opened.dialog)
                else:
                    self._refuse(opened.dialog, was_submitted=answered is not None)
                if not opened.dialog.answered:  # then the page goes on as if nothing was submitted
                    settling = Settling(has_session=self.has_session)
                continue
            was_between, is_between = is_between, page is None
            if page is None or not page.description.is_on_the_web:
                settling.observe_no_page(self.now())
            if page is None:
                # Most often one page has just given way to the next.
                if was_between:
                    self.within_deadline(self._check_address, last=last)
                none_since = None
                continue
            if not page.description.is_on_the_web:
                self.within_deadline(self._check_address, last=last)
                none_since = self.now() if none_since is None else none_since
                self._check_blank(page.description, self.now() - none_since)
                continue
            none_since = None
            if last is None or page.description.title:  # a page that begins to load has none yet
                last = page.description
            if leaving is None or leaving.description.document != page.description.document:
                kind = settling.observe(page.description, self.now())
                if kind is not None:
                    _log.debug("Page: %s", _described(page.description, kind))
                    return SettledPage(page, kind)
        _log_posted(posted)
        return posted

    def _refuse(self, dialog: Dialog, *, was_submitted: bool) -> None:
        """Answer a dialog with no, or raise WindowNeeded for one about what was submitted."""
        if was_submitted:
            raise WindowNeeded(self.asked_by(dialog)) from None
        self.within_deadline(dialog.dismiss)

    def until_posted(self) -> Posted:
        """Wait until the browser posts to AWS, while the person uses its window.

        A page that cannot be opened is left to the person, once the first one was there.

        Raises:
            TimedOut, BrowserError, IdentityProviderUnreachable, Stopped: as for `until_settled`.
        """
        has_opened = False
        while (posted := self._posted(_WINDOW_POLL_INTERVAL)) is None:
            self.check_deadline()
            if not has_opened:
                self.within_deadline(self._check_address)
                has_opened = self.within_deadline(self._shows_a_page)
        _log_posted(posted)
        return posted

    def current_page(self) -> Page | None:
        """Return the page that the browser shows; `None` while there is none, or a dialog.

        Raises:
            WindowNeeded: the page shows nothing but dialogs.
        """
        from aws_saml_ext.capture.page.dialogs import DialogOpen

        try:
            return self._page_or_dialog()
        except DialogOpen:
            return None

    def asked_by(self, dialog: Dialog) -> str:
        """Return a sentence about a dialog; which page shows it is not known while it is open."""
        host = host_of(self.settings.idp_url)
        return f"A page of the sign-in at {host} asks: {in_quotes(dialog.words)}"

    def _page_or_dialog(self) -> Page | None:
        """Return the current page, or raise DialogOpen."""
        from aws_saml_ext.capture.page.dialogs import EndlessDialogs

        try:
            page = self.read(self.browser)
        except EndlessDialogs as dialogs:
            host = host_of(self.settings.idp_url)
            raise WindowNeeded(
                f"A page of the sign-in at {host} shows one dialog after the other. "
                + says("The page", str(dialogs))
            ) from None
        if page is None or (self.asks and page.description.words not in self.left):
            return page
        return page.without_overlay()

    def within_deadline(self, call: Callable[[], T], *, last: Description | None = None) -> T:
        """Return the result of `call`, unless the deadline passes first.

        chromedriver does not answer while a server keeps the browser waiting. So the call runs in
        a thread, which nobody waits for after the deadline.

        Args:
            call: a call of the driver.
            last: the last page that was seen, for the message.

        Raises:
            TimedOut: the deadline has passed.
        """
        result = in_thread(call)
        while not result.done():
            wait([result], self.deadline.at_most(_WINDOW_POLL_INTERVAL))
            if not result.done():
                check_deadline(self.deadline, self.settings, last)
        return result.result()

    def check_deadline(self, page: Description | None = None) -> None:
        """See `failures.check_deadline`."""
        check_deadline(self.deadline, self.settings, page)

    def _posted(self, seconds: float) -> Posted | None:
        return self.browser.posted(self.deadline.at_most(seconds))

    def _check_blank(self, page: Description, seconds: float) -> None:
        """Check whether a browser that shows no page of the web for so long may still get one."""
        from aws_saml_ext.capture.page.description import UNAUTHORIZED

        host = host_of(self.settings.idp_url)
        if page.status in UNAUTHORIZED and seconds >= _MAX_DIALOG:
            raise WindowNeeded(f"{host} asks for a password in a dialog of the browser.")
        if seconds >= _MAX_NO_PAGE:
            raise WindowNeeded(f"{host} sends no page to sign in on, but a file or nothing.")

    def _shows_a_page(self) -> bool:
        """Return whether the browser shows a page of the web, and none of its own."""
        from selenium.common.exceptions import WebDriverException

        try:
            if self.browser.navigation_error() or self.browser.certificate_error():
                return False
            return self.browser.driver.current_url.startswith(("https://", "http://"))
        except WebDriverException:
            return False

    def _check_address(self) -> None:
        """Check that the browser shows no page of its own about an address it cannot open."""
        from selenium.common.exceptions import WebDriverException

        from aws_saml_ext.capture.page.description import FIRST_SERVER_ERROR, UNAUTHORIZED

        try:
            status = self.browser.http_error()
            certificate = self.browser.certificate_error()
            navigation = certificate or self.browser.navigation_error()
            address = self.browser.driver.current_url if navigation or status else ""
        except WebDriverException:
            return  # the page changes, or a dialog waits for the person
        host = host_of(address) or host_of(self.settings.idp_url)
        if status is not None and status >= FIRST_SERVER_ERROR:
            raise failing(host, status, self.settings)
        if status is not None and status not in UNAUTHORIZED:
            is_gone = status in NOT_THERE
            raise IdentityProviderRefused(
                f"{host} did not sign you in: it answered with HTTP status {status} and no page.",
                command=None if is_gone else sign_in_command(self.settings.profile),
                advice=other_address(self.settings) if is_gone else None,
            )
        if certificate:
            raise BrowserError(
                f"The certificate of {host} is not trusted ({certificate}). Nothing was typed.",
                advice="If the certificate is right, make the browser trust it: import the "
                "certificate authority of your company where that browser looks for them.",
            )
        if navigation:
            raise IdentityProviderUnreachable(
                f"The browser could not open {host_and_port(address) or host}: {navigation}.",
                advice=f"Check the network, a VPN, and {self.settings.place('saml_idp_url')}.",
            )


def _described(page: Description, kind: PageKind) -> str:
    """Return host, title and kind of a page, and what its form asks for."""
    from aws_saml_ext.capture.page.kinds import SignInForm

    asked = [
        name
        for name in ("username", "password", "code", "others")
        if isinstance(kind, SignInForm) and getattr(kind, name)
    ]
    asks = f" for {', '.join(asked)}" if asked else ""
    title = in_quotes(page.title, max_length=_MAX_TITLE)
    return f"{page.host}, {title}: {type(kind).__name__}{asks}."


def _log_posted(posted: Posted) -> None:
    _log.debug("The browser posted a SAMLResponse to %s.", host_and_port(posted.url))
