"""The engine for Firefox, by WebDriver BiDi: see the POST to AWS, and stop it.

Firefox cannot trust one key alone, so there is no proxy. Each request of each tab, window and
frame waits until this program has examined it
(https://w3c.github.io/webdriver-bidi/#module-network). A request for a sign-in host is answered
here or fails. BiDi does not show the requests of service workers and the connections made in
advance; nor any request once this program has died. They fail too: the proxy that the browser has
for the sign-in hosts is a port on which nobody listens.
"""

from __future__ import annotations

import logging
import shutil
import socket
import tempfile
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.browser.bidi_frames import BidiFrames
from aws_saml_ext.capture.browser.cookie_store import BidiCookies
from aws_saml_ext.capture.browser.driver import START_SECONDS, DriverServer
from aws_saml_ext.capture.browser.engine import (
    PROBE_SECONDS,
    DrivenBrowser,
    probe_error,
    probe_url,
)
from aws_saml_ext.capture.browser.environment import (
    at_home,
    browser_environment,
    is_root,
    needs_home,
)
from aws_saml_ext.capture.browser.frames import MAX_SCRIPT_SECONDS
from aws_saml_ext.capture.browser.interceptor import Interceptor, bidi_address
from aws_saml_ext.errors import BrowserError
from aws_saml_ext.net import host_of, is_loopback

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.capture.browser.discovery import Programs
    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.config.settings import Settings

_log = logging.getLogger(__name__)

_CLOSING_PAGE_SECONDS = 2.0

_PREFERENCES: Mapping[str, str | int | bool] = {
    # Without both, session cookies, and with them the session at the IdP, end with the browser.
    "browser.startup.page": 3,  # the session of last time
    "browser.sessionstore.privacy_level": 0,  # cookies of https sites are a part of it
    # Pages are not: none is open at the end, and these write nothing else about them to disk.
    "browser.sessionstore.max_serialize_back": 0,
    "browser.sessionstore.max_serialize_forward": 0,
    "browser.sessionstore.max_tabs_undo": 0,
    "browser.sessionstore.max_windows_undo": 0,
    "browser.sessionstore.resume_from_crash": False,
    "browser.newtabpage.enabled": False,
    "browser.cache.disk.enable": False,  # a page with a SAMLResponse in it is not kept
    "browser.formfill.enable": False,
    "signon.rememberSignons": False,
    "signon.autofillForms": False,
    "extensions.formautofill.addresses.enabled": False,
    "extensions.formautofill.creditCards.enabled": False,
    # geckodriver switches off telemetry, the default browser check and the first run, except:
    "browser.aboutwelcome.enabled": False,
    "app.normandy.enabled": False,
    "app.shield.optoutstudies.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.trr.mode": 5,  # the system resolves names, and nobody else learns them
    "services.settings.server": "data:,",
    # Nor does the kept profile list the pages of a sign-in.
    "places.history.enabled": False,
    # A frame opens a window, or replaces the page, only after the person has pressed something in
    # it. geckodriver allows it always.
    "dom.disable_open_during_load": True,
    # Nor can somebody at the window override a bad certificate.
    "security.certerror.hideAddException": True,
}


@contextmanager
def start(
    programs: Programs,
    settings: Settings,
    profile_folder: Path,
    headless: bool,
    seconds: float = START_SECONDS,
) -> Iterator[WatchedBrowser]:
    """See `engine.StartBrowser`."""
    pac.refuse_one_origin(settings)
    probe = probe_url()
    _wipe(profile_folder)
    with ExitStack() as cleanup:
        cleanup.callback(_wipe, profile_folder)
        closed_port = cleanup.enter_context(_closed_port())
        with _closed_port() as free_port:
            pass  # geckodriver 0.33 refuses every request on a port that it chose itself
        environ = browser_environment()
        if needs_home(environ):  # where Firefox waits for ever
            home = tempfile.TemporaryDirectory(prefix="saml-", ignore_cleanup_errors=True)
            environ = at_home(environ, Path(cleanup.enter_context(home)))
        server = DriverServer(
            [str(programs.driver), f"--port={free_port}", "--websocket-port=0"],
            ready=r"Listening on \S+:(\d+)",
            # Else a release of Firefox ignores the preference `services.settings.server`.
            environ={**environ, "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"},
            names=programs.names(settings),
            seconds=seconds,
        )
        cleanup.callback(server.end)
        _log.debug("geckodriver listens at %s.", server.url)
        # A heavy import, made while the browser starts on another processor.
        threading.Thread(target=_import_selenium, name="import", daemon=True).start()
        session = server.new_session(
            _capabilities(programs, settings, profile_folder, headless, closed_port),
            root_error=_root_error() if is_root() else None,
        )
        # Its port for BiDi, and that of Marionette, which geckodriver uses already.
        server.gate.close_to_others(session["capabilities"]["moz:processID"])
        address = bidi_address(session)
        interceptor = Interceptor(address, settings.acs_url, probe, connect=server.gate.connect)
        cleanup.callback(interceptor.end)
        interceptor.begin()
        webdriver = server.attach(session)
        cleanup.callback(webdriver.command_executor.close)  # type: ignore[union-attr]
        server.navigate(probe)
        if not interceptor.probed.wait(server.deadline.at_most(PROBE_SECONDS)):
            raise probe_error("Choose another browser, such as --browser chromium.")
        interceptor.open_blank_page()
        yield _Firefox(server, webdriver, interceptor, headless=headless)


def _capabilities(
    programs: Programs, settings: Settings, profile_folder: Path, headless: bool, closed_port: int
) -> dict[str, Any]:
    """Return the capabilities to ask for (W3C WebDriver, section 7)."""
    return {
        "browserName": "firefox",
        "acceptInsecureCerts": False,
        "pageLoadStrategy": "none",
        "webSocketUrl": True,
        # Firefox closes a dialog without its words, unless it is told to leave it.
        "unhandledPromptBehavior": "ignore",
        "timeouts": {"script": int(MAX_SCRIPT_SECONDS * 1000)},
        "moz:firefoxOptions": {
            "binary": str(programs.binary),
            "args": [
                *("-profile", str(profile_folder)),
                *(["-headless"] if headless else []),
                *settings.browser_arguments,
            ],
            "prefs": preferences(
                closed_port, acs_url=settings.acs_url, proxies=urllib.request.getproxies()
            ),
        },
    }


def preferences(
    closed_port: int, *, acs_url: str | None, proxies: Mapping[str, str]
) -> dict[str, str | int | bool]:
    """Return the preferences of the browser.

    Args:
        closed_port: a local port on which nobody listens.
        acs_url: a sign-in address besides those of AWS.
        proxies: those of `urllib.request.getproxies()`, for all hosts but the sign-in hosts.
    """
    return {
        **_PREFERENCES,
        "network.proxy.type": 2,  # by a script
        "network.proxy.autoconfig_url": pac.auto_config_address(
            closed_port, acs_url=acs_url, proxies=proxies
        ),
        # Else the browser's own requests go around a proxy that does not answer.
        "network.proxy.failover_direct": False,
        # Else the script does not decide about loopback.
        "network.proxy.allow_hijacking_localhost": acs_url is not None
        and is_loopback(host_of(acs_url)),
    }


@contextmanager
def _closed_port() -> Iterator[int]:
    """Reserve a port of this machine that refuses connections."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def _wipe(profile_folder: Path) -> None:
    """Remove the backups of open pages, and the history; the cookies lie in other files."""
    shutil.rmtree(profile_folder / "sessionstore-backups", ignore_errors=True)
    for name in ("places", "favicons"):
        for file in profile_folder.glob(f"{name}.sqlite*"):
            file.unlink(missing_ok=True)


def _import_selenium() -> None:
    import selenium.webdriver.remote.webdriver  # noqa: F401


def _root_error() -> BrowserError:
    return BrowserError(
        "The browser did not start; Firefox refuses to run as root in another user's HOME.",
        advice="Sign in as the user whose HOME this is, or set HOME to a folder that root owns.",
    )


class _Firefox(DrivenBrowser):
    """A Firefox whose POST to AWS is watched."""

    def __init__(
        self,
        server: DriverServer,
        webdriver: WebDriver,
        interceptor: Interceptor,
        *,
        headless: bool,
    ) -> None:
        frames = BidiFrames(webdriver, interceptor.command)
        super().__init__(
            *(server, webdriver, interceptor.arrived, frames),
            cookies=BidiCookies(interceptor.command),
            navigation_headers=interceptor.probe_headers,
            headless=headless,
        )
        self._interceptor = interceptor

    def open(self, url: str) -> None:
        """See `WatchedBrowser.open`."""
        from selenium.common.exceptions import WebDriverException

        # Else the closing page, which is still to appear, would replace the page opened here.
        self._interceptor.closing_page_shown.wait(_CLOSING_PAGE_SECONDS)
        try:
            super().open(url)
        except WebDriverException as error:
            # This address, or the one before, cannot be shown: `navigation_error` has the reason.
            if not (error.msg or "").startswith("Error: "):
                raise

    def certificate_error(self) -> str | None:
        """See `WatchedBrowser.certificate_error`."""
        code: object = None
        with self.guarded_in_another_window():
            code = self.driver.execute_script(_CERTIFICATE_ERROR)
        return code if isinstance(code, str) else None

    def navigation_error(self) -> str | None:
        """See `WatchedBrowser.navigation_error`."""
        code: object = None
        with self.guarded_in_another_window():
            code = self.driver.execute_script(_NAVIGATION_ERROR)
        return code if isinstance(code, str) else None


_CERTIFICATE_ERROR = """\
return document.documentURI.startsWith("about:certerror")
  ? document.getFailedCertSecurityInfo().errorCodeString || "nssBadCert" : null;"""

_NAVIGATION_ERROR = """\
return /^about:(net|cert)error/.test(document.documentURI)
  ? new URLSearchParams(document.documentURI.split("?", 2)[1]).get("e") : null;"""
