"""The replay of a kept session, and the handover of its cookies from and to a browser.

A browser that starts is given what replays have changed, before it opens a page. From then on the
cookies are its own, until it has ended well and left new ones.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.capture.replay import NotUnderstood, kept_cookies, shared_assertion
from aws_saml_ext.capture.replay.cookies import Cookie, Jar, merged
from aws_saml_ext.capture.replay.kept_cookies import KeptCookies
from aws_saml_ext.capture.replay.shared_assertion import SharedAssertion
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Browser, Renewal, Settings
from aws_saml_ext.errors import SamlLoginError, StoreError

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.discovery import Programs
    from aws_saml_ext.capture.browser.engine import StartBrowser, WatchedBrowser
    from aws_saml_ext.capture.replay.transport import TlsContext

_log = logging.getLogger(__name__)

MAX_SECONDS = 8.0
_NETWORK_SWITCHES = ("proxy", "resolver", "certificate", "host-rules", "ssl", "tls")
"""Words of switches that change a browser's way to a server."""


def may_replay(settings: Settings) -> bool:
    """Return whether a sign-in with these settings tries without a browser first."""
    switches = " ".join(settings.browser_arguments).lower()
    return (
        settings.renewal is Renewal.AUTO
        and settings.keep_session
        and settings.sign_in is not Flow.WINDOW
        and not settings.show_browser
        and not any(word in switches for word in _NETWORK_SWITCHES)
    )


@dataclass(slots=True)
class KeptSession:
    """The cookies of one kept profile, while its lock is held."""

    settings: Settings
    programs: Programs
    profile: Path
    """The folder of the browser profile."""
    file: Path | None
    """That of the cookies; None where none are kept."""
    proxies: Callable[[], Mapping[str, str]]
    """As `urllib.request.getproxies`."""
    tls_context: TlsContext | None = None
    """None for the system's."""
    is_unattended: bool = False
    """True if a program waits: then another profile's SAMLResponse of the last minute will do."""
    now: Callable[[], float] = time.time
    _has_failed: bool = False
    _is_unwanted: bool = False
    _browser: WatchedBrowser | None = None
    _taken: KeptCookies | None = field(default=None, repr=False)

    # ---- without a browser ----

    def replay(self, deadline: Deadline) -> str | None:
        """Return a SAMLResponse that the cookies alone lead to; None for the browser to do it.

        No failure ends the sign-in here: a browser takes over.
        """
        try:
            if self.file is None or not may_replay(self.settings):
                return None
            kept = kept_cookies.read(self.file)
            if kept is None:
                return None
            if (reason := self._obstacle(kept)) is not None:
                raise NotUnderstood(reason)
            if (shared := self._shared(self.file)) is not None:
                return shared
            self._has_failed = True
            saml_response = self._walked(self.file, kept, deadline)
            self._has_failed = False
            self._share(self.file, saml_response)
        except NotUnderstood as reason:
            _log.debug("The session is not replayed: %s.", reason)
        except Exception as error:
            # Its text may quote a page.
            _log.debug("The session is not replayed: %s.", type(error).__name__)
        else:
            _log.debug("The session was replayed.")
            return saml_response
        return None

    def _shared(self, file: Path) -> str | None:
        """Return the SAMLResponse of another profile's replay."""
        if not self.is_unattended:
            return None
        shared = shared_assertion.take(
            file.with_name(shared_assertion.NAME),
            digest=self._digest(),
            profile=self.settings.profile,
            now=self.now(),
        )
        if shared is not None:
            _log.debug("The session was replayed for another profile within the last minute.")
        return shared

    def _share(self, file: Path, saml_response: str) -> None:
        """Leave a SAMLResponse to the programs of other profiles, for a minute."""
        if not self.is_unattended:
            return
        profiles = [self.settings.profile]
        shared = SharedAssertion(self._digest(), self.now(), profiles, saml_response)
        shared_assertion.put(file.with_name(shared_assertion.NAME), shared)

    def _obstacle(self, kept: KeptCookies) -> str | None:
        stamp = kept_cookies.stamp_of(self.profile)
        return kept.obstacle(digest=self._digest(), stamp=stamp, now=self.now())

    def _digest(self) -> str:
        programs = self.programs
        return kept_cookies.digest_of(self.settings, programs.browser.value, programs.binary)

    def _walked(self, file: Path, kept: KeptCookies, deadline: Deadline) -> str:
        from aws_saml_ext.assertion import Assertion
        from aws_saml_ext.capture.replay.transport import Transport
        from aws_saml_ext.capture.replay.walk import DeviceBound, Walker

        is_firefox = self.programs.browser is Browser.FIREFOX
        jar = Jar(
            kept.cookies,
            browser_domains=[each.domain for each in kept.base if not each.host_only],
            browser_at=kept.browser_at,
            is_firefox=is_firefox,
        )
        agent = next((value for name, value in kept.headers if name.lower() == "user-agent"), "")
        third = self.settings.timeout.total_seconds() / 3
        transport = Transport(
            Deadline(min(MAX_SECONDS, third, deadline.remaining)),
            proxies=self.proxies(),
            user_agent=agent,
            tls_context=self.tls_context,
        )
        with closing(transport):
            walker = Walker(
                jar,
                kept.headers,
                transport.send,
                lambda: kept_cookies.write(file, replace(kept, cookies=jar.cookies)),
                acs_url=self.settings.acs_url,
                is_firefox=is_firefox,
                now=self.now,
            )
            try:
                saml_response = walker.walk(self.settings.idp_url)
            except DeviceBound:
                kept_cookies.write(file, replace(kept, cookies=jar.cookies, is_device_bound=True))
                raise
        Assertion.parse(saml_response)  # else a browser shows what the identity provider says
        if kept.failures:
            kept_cookies.write(file, replace(kept.after_success(), cookies=jar.cookies))
        return saml_response

    # ---- with a browser ----

    def handing_over(self, start: StartBrowser) -> StartBrowser:
        """Return a start function whose browsers get the cookies before they open a page."""

        @contextmanager
        def started(
            settings: Settings, folder: Path, headless: bool, seconds: float
        ) -> Iterator[WatchedBrowser]:
            with start(settings, folder, headless, seconds) as browser:
                self._browser = browser
                self._give(browser)
                yield browser

        return started

    def _give(self, browser: WatchedBrowser) -> None:
        """Mark the cookies as those of a browser, and give it what replays have changed."""
        if self.file is None:
            return
        shared_assertion.remove(self.file.with_name(shared_assertion.NAME))
        if (kept := kept_cookies.read(self.file)) is None:
            return
        kept_cookies.write(self.file, replace(kept, is_in_browser=True))
        if kept.base == kept.cookies:
            return
        try:
            with browser.guarded():
                put, removed = merged(kept.base, kept.cookies, browser.cookies.read())
                for cookie in removed:
                    browser.cookies.remove(cookie)
                for cookie in put:
                    browser.cookies.put(cookie)
        except SamlLoginError:  # the browser has gone
            raise
        except Exception as error:  # it does not take one: the identity provider will ask
            _log.debug("The cookies could not be handed over: %s.", type(error).__name__)

    def take(self, *, has_asked: bool) -> None:
        """Take the cookies of the browser, still open, that has ended a sign-in well.

        Args:
            has_asked: whether the session was over, and a person or a command answered.
        """
        if self.file is None or self._browser is None:
            return
        if self.settings.renewal is Renewal.BROWSER:
            self._is_unwanted = True
            return
        try:
            with self._browser.guarded():
                cookies = tuple(self._browser.cookies.read())
        except Exception as error:  # the sign-in itself has ended well
            _log.debug("The cookies could not be read: %s.", type(error).__name__)
            return
        self._taken = self._made(cookies, tuple(self._browser.navigation_headers), has_asked)

    def _made(
        self, cookies: tuple[Cookie, ...], headers: tuple[tuple[str, str], ...], has_asked: bool
    ) -> KeptCookies:
        now = self.now()
        before = kept_cookies.read(self.file) if self.file is not None else None
        made = KeptCookies(
            digest=self._digest(),
            stamp="",
            browser_at=now,
            headers=headers,
            base=cookies,
            cookies=cookies,
        )
        if before is None:
            return made
        made = replace(
            made,
            failures=before.failures,
            paused_until=before.paused_until,
            is_device_bound=before.is_device_bound,
            is_announced=before.is_announced,
        )
        return made.after_failure(now) if self._has_failed and not has_asked else made

    def seal(self, announce: Callable[[], bool]) -> None:
        """Write the cookies down, once the browser that left them is gone.

        Args:
            announce: tells a person that renewals replay the session; returns whether one reads it.
        """
        if self.file is not None and self._is_unwanted:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)
        if self.file is None or self._taken is None:
            return
        kept = replace(self._taken, stamp=kept_cookies.stamp_of(self.profile))
        try:
            kept_cookies.write(self.file, kept)
        except StoreError as error:  # the sign-in itself has ended well
            _log.debug("The cookies could not be written: %s", error)
            return
        if not kept.is_announced and may_replay(self.settings) and announce():
            kept_cookies.write(self.file, replace(kept, is_announced=True))
