"""The engine for Chrome, Chromium and Edge, by selenium-wire: see the POST to AWS, and stop it.

`proxy.py` answers for the AWS sign-in hosts alone. `pac.py` sends the browser there for those
hosts, so the identity provider's TLS stays between it and the browser.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.browser.cookie_store import DevToolsCookies
from aws_saml_ext.capture.browser.devtools_frames import DevToolsFrames
from aws_saml_ext.capture.browser.driver import START_SECONDS, DriverServer
from aws_saml_ext.capture.browser.engine import (
    PROBE_SECONDS,
    DrivenBrowser,
    probe_error,
    probe_url,
    prompt_behavior,
)
from aws_saml_ext.capture.browser.environment import browser_environment, is_root, root_error
from aws_saml_ext.capture.browser.frames import MAX_SCRIPT_SECONDS
from aws_saml_ext.capture.browser.proxy import InterceptingProxy, key_hash, new_key
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.discovery import Programs
    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.config.settings import Settings

_PROBE_POLL_SECONDS = 0.5

_NOWHERE = "https://127.0.0.1:1/"
"""An address that browsers refuse to request, for its port."""
_FEATURES = {
    "--disable-features=": (
        "AutofillServerCommunication",  # sends the form of a page to Google
        "DialMediaRouteProvider",  # asks the network for televisions
        "MediaRouter",
        "NetworkTimeServiceQuerying",
        "OptimizationGuideModelDownloading",
        "OptimizationHints",
        "PreconnectToSearch",
        "Translate",
    ),
    "--enable-features=": (
        # The driver waits for a frame of another site, and the frame for an answer to its dialog.
        "SuppressDifferentOriginSubframeJSDialogs",
    ),
}
_SWITCHES = (
    "--remote-debugging-pipe",  # not a port, which other users of the machine could open
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-domain-reliability",
    # Extensions of the company's policy stay, but are not looked up anew.
    f"--apps-gallery-update-url={_NOWHERE}",
    f"--component-updater=url-source={_NOWHERE}",
    f"--gaia-url={_NOWHERE}",  # else Google is asked who is signed in to the browser
    "--disk-cache-size=1",  # bytes: a page with a SAMLResponse in it is not kept
)
_USAGE = "segmentation_platform"
"""A folder of the profile with the addresses that were visited, for statistics."""
_HISTORY = (
    *("Affiliation Database", "Favicons", "History", "Login Data", "Network Action Predictor"),
    *("Shortcuts", "Top Sites", "Visited Links"),
)
"""Files of a profile, with their journals, that hold pages, their icons, and what was typed."""
_PREFERENCES = {
    # Without it, session cookies, and with them the session at the IdP, end with the browser.
    "session": {"restore_on_startup": 1},
    "credentials_enable_service": False,
    "profile": {
        "password_manager_enabled": False,
        "password_manager_leak_detection": False,  # asks Google about a hash of the password
        "exit_type": "Normal",
    },
    "autofill": {"profile_enabled": False, "credit_card_enabled": False},
    "history": {"saving_disabled": True},
    # The browser asks nobody but those whom the page names.
    "alternate_error_pages": {"enabled": False},
    # Else its own search engine is connected to in advance.
    "default_search_provider_data": {
        "template_url_data": {
            "short_name": "none",
            "keyword": "none",
            "url": f"{_NOWHERE}?q={{searchTerms}}",
        }
    },
    "net": {"network_prediction_options": 2},  # never
    "safebrowsing": {"enabled": False},
    "search": {"suggest_enabled": False},
    "signin": {"allowed": False, "allowed_on_next_startup": False},
    "translate": {"enabled": False},
    "download_restrictions": 3,  # none is allowed
    # Nor can somebody at the window override a bad certificate.
    "ssl": {"error_override_allowed": False},
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
    proxy = InterceptingProxy(settings.acs_url, probe)
    _wipe(profile_folder)
    with ExitStack() as cleanup:
        # The browser saves its tabs for the next start, and with them a SAMLResponse.
        cleanup.callback(_wipe, profile_folder)
        listening = cleanup.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        cleanup.callback(proxy.join)
        # Where no gate is possible (gate.py), other users and pages served from localhost reach the
        # port: without the secret they get 400 to every request, but not to a WebSocket.
        secret = token_urlsafe(32)
        server = DriverServer(
            [str(programs.driver), "--port=0", f"--url-base=/{secret}"],
            ready=r"started successfully on port (\d+)",
            environ=browser_environment(),
            names=programs.names(settings),
            secret=secret,
            seconds=seconds,
        )
        cleanup.callback(server.end)
        key = new_key()
        switches = (
            *pac.switches(
                listening.getsockname()[1],
                acs_url=settings.acs_url,
                proxies=urllib.request.getproxies(),
            ),
            f"--ignore-certificate-errors-spki-list={key_hash(key)}",
            f"--user-data-dir={profile_folder}",
            *(["--headless=new"] if headless else []),
            *_SWITCHES,
            *with_features(settings.browser_arguments),
        )
        starting = _Starting(
            server,
            _capabilities(programs, switches, headless),
            probe,
            root_error=root_error(settings) if is_root() else None,
        )
        # Both are heavy imports, made while the browser starts on another processor.
        proxy.serve(listening, key, folder=server.folder)
        cleanup.callback(proxy.stop)
        import selenium.webdriver.remote.webdriver  # noqa: F401

        webdriver = server.attach(starting.session())
        cleanup.callback(webdriver.command_executor.close)  # type: ignore[union-attr]
        frames = DevToolsFrames(webdriver)
        if headless:
            _hide_questions_for_passkeys(frames)
        browser = _Chromium(
            *(server, webdriver, proxy.arrived, frames),
            cookies=DevToolsCookies(frames.command),
            navigation_headers=proxy.probe_headers,
            headless=headless,
        )
        _wait_for_probe(proxy, browser, Deadline(server.deadline.at_most(PROBE_SECONDS)))
        yield browser


def with_features(arguments: Sequence[str]) -> list[str]:
    """Add our features to a person's switches: only the last switch of a kind counts."""
    switches = list(arguments)
    for switch, features in _FEATURES.items():
        theirs = [each.removeprefix(switch) for each in switches if each.startswith(switch)]
        switches = [each for each in switches if not each.startswith(switch)]
        switches.append(switch + ",".join([*features, *theirs]))
    return switches


def _hide_questions_for_passkeys(frames: DevToolsFrames) -> None:
    """Keep the browser from asking for a passkey where nobody sees it.

    Its question lies over the page and takes every click. Without it, the page waits in vain, as it
    would for a person who has no passkey at hand, and its other ways can be pressed.
    """
    from selenium.common.exceptions import WebDriverException

    with suppress(WebDriverException):  # an older browser
        frames.command("WebAuthn.enable", {})


def _wait_for_probe(proxy: InterceptingProxy, browser: DrivenBrowser, deadline: Deadline) -> None:
    """Wait until a request of the browser to a sign-in host has arrived.

    Raises:
        BrowserError: none arrived before the deadline, or the browser shows an error instead.
    """
    while not proxy.probed.wait(_PROBE_POLL_SECONDS):
        if deadline.has_passed or browser.navigation_error() is not None:
            raise probe_error(
                "A policy of this computer may set another proxy: see chrome://policy, "
                "or choose another browser with --browser firefox."
            )


def _wipe(profile_folder: Path) -> None:
    """Remove the list of open pages, the history and the lock of a killed browser; keep cookies.

    Else the browser would open those pages when it starts.
    """
    for folder in (*profile_folder.glob("Default/Sessions*"), profile_folder / _USAGE):
        shutil.rmtree(folder, ignore_errors=True)
    for name in _HISTORY:
        for file in profile_folder.glob(f"Default/{name}*"):
            file.unlink(missing_ok=True)
    lock = profile_folder / "SingletonLock"
    with suppress(OSError, ValueError):  # no lock; on Windows there never is one
        host, _, pid = os.readlink(lock).rpartition("-")  # noqa: PTH115 - it is no path
        if host != socket.gethostname() or not _is_alive(int(pid)):
            for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
                (profile_folder / name).unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _capabilities(programs: Programs, switches: Sequence[str], headless: bool) -> dict[str, Any]:
    """Return the capabilities to ask for (W3C WebDriver, section 7)."""
    is_edge = programs.browser is Browser.EDGE
    return {
        "browserName": "MicrosoftEdge" if is_edge else "chrome",
        "pageLoadStrategy": "none",
        "unhandledPromptBehavior": prompt_behavior(headless),
        "timeouts": {"script": int(MAX_SCRIPT_SECONDS * 1000)},
        "ms:edgeOptions" if is_edge else "goog:chromeOptions": {
            "binary": str(programs.binary),
            "args": list(switches),
            "prefs": _PREFERENCES,
            "excludeSwitches": [
                # Its log file would hold addresses, and what pages write to their console.
                "enable-logging",
                # A frame opens a window only after the person has pressed something in it.
                "disable-popup-blocking",
            ],
        },
    }


class _Starting:
    """A thread that starts the browser and then requests the probe."""

    def __init__(
        self,
        server: DriverServer,
        capabilities: dict[str, Any],
        probe: str,
        *,
        root_error: BrowserError | None,
    ) -> None:
        _ = server.url  # in the thread that stays until the end: see there
        self._server = server
        self._capabilities = capabilities
        self._probe = probe
        self._root_error = root_error
        self._session: dict[str, Any] = {}
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._start, name="browser start", daemon=True)
        self._thread.start()

    def _start(self) -> None:
        try:
            self._session = self._server.new_session(
                self._capabilities, root_error=self._root_error
            )
            self._server.navigate(self._probe)
        except Exception as error:  # raised again by `session`
            self._error = error

    def session(self) -> dict[str, Any]:
        """Wait for the browser, and return the driver's answer about the session."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._session


class _Chromium(DrivenBrowser):
    """A Chrome, Chromium or Edge whose POST to AWS is watched."""

    def certificate_error(self) -> str | None:
        """See `WatchedBrowser.certificate_error`."""
        code = self.navigation_error()
        return code if code is not None and "CERT" in code else None

    def navigation_error(self) -> str | None:
        """See `WatchedBrowser.navigation_error`."""
        code = re.search(r"\bERR_[A-Z0-9_]+", self._error_text())
        return code[0] if code else None

    def http_error(self) -> int | None:
        """See `WatchedBrowser.http_error`."""
        status = re.search(r"\bHTTP ERROR (\d{3})\b", self._error_text())
        return int(status[1]) if status else None

    def _error_text(self) -> str:
        """Return the text of the browser's own error page; empty where it shows none."""
        with self.guarded_in_another_window():
            if self.frames.page().address.startswith("chrome-error:"):
                return str(self.driver.execute_script(_ERROR_TEXT))
        return ""


_ERROR_TEXT = "return document.body.innerText"
