"""
Watch Firefox by WebDriver BiDi: see the POST to AWS, and stop it there.

Firefox cannot be told to trust one key, so there is no proxy: each request of each tab, window and
frame waits until we have looked at it (https://w3c.github.io/webdriver-bidi/#module-network). What
is for a sign-in host is answered here or fails. Requests that BiDi does not show, those of service
workers and connections made in advance, and all of them should this program die, find the way
shut: for the sign-in hosts the browser has a proxy that nobody listens at.
"""

from __future__ import annotations

import itertools
import json
import logging
import secrets
import shutil
import socket
import threading
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.browser.discovery import (
    START_SECONDS,
    DriverProcess,
    Programs,
    environment_of_a_browser,
    is_root,
)
from aws_saml_ext.capture.browser.driven import Watched
from aws_saml_ext.capture.browser.engine import Posted
from aws_saml_ext.capture.saml_post import CLOSING_PAGE, saml_response
from aws_saml_ext.errors import BrowserError
from aws_saml_ext.logs import unlogged
from aws_saml_ext.net import is_loopback

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.config.settings import Settings

_log = logging.getLogger(__name__)

_PROBE_SECONDS = 10.0
_ANSWER_SECONDS = 30.0
_LEAVE_SECONDS = 2.0
_CLOSING_PAGE_SECONDS = 2.0

_LARGEST_BODY = 64 * 1024 * 1024
"""Of a request, in bytes. STS takes 100 000 characters; a little more is to be told, not lost."""

_PREFERENCES: Mapping[str, str | int | bool] = {
    # Without both, session cookies, and with them the session at the IdP, end with the browser.
    "browser.startup.page": 3,  # the session of last time
    "browser.sessionstore.privacy_level": 0,  # cookies of https sites are a part of it
    # Pages are not: none is open at the end, and this is what else would be written down of them.
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
    # Telemetry, the default browser and the first run are geckodriver's to switch off, but for:
    "browser.aboutwelcome.enabled": False,
    "app.normandy.enabled": False,
    "app.shield.optoutstudies.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    # A person at the window cannot click a bad certificate away either.
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
    pac.refuse_one_origin(settings.idp_url, settings.acs_url)
    probe = f"https://signin.aws.amazon.com/{secrets.token_urlsafe(16)}"
    _wipe(profile_folder)
    with ExitStack() as leaving:
        leaving.callback(_wipe, profile_folder)
        nowhere = leaving.enter_context(_port_of_nobody())
        with _port_of_nobody() as free:
            pass  # geckodriver (0.33) refuses all requests on a port that it chose by itself
        driver = DriverProcess(
            [str(programs.driver), f"--port={free}", "--websocket-port=0"],
            ready=r"Listening on \S+:(\d+)",
            environ=environment_of_a_browser(),
            seconds=seconds,
        )
        leaving.callback(driver.end)
        _log.debug("geckodriver listens at %s.", driver.url)
        # A heavy import, while the browser starts on another processor.
        threading.Thread(target=_import_selenium, name="import", daemon=True).start()
        session = driver.new_session(
            {
                "browserName": "firefox",
                "acceptInsecureCerts": False,
                "pageLoadStrategy": "none",
                "webSocketUrl": True,
                # What a page asks in a dialog is the person's to answer, where there is one.
                "unhandledPromptBehavior": "dismiss and notify" if headless else "ignore",
                "moz:firefoxOptions": {
                    "binary": str(programs.binary),
                    "args": [
                        *("-profile", str(profile_folder)),
                        *(["-headless"] if headless else []),
                        *settings.browser_arguments,
                    ],
                    "prefs": preferences(
                        nowhere, acs_url=settings.acs_url, proxies=urllib.request.getproxies()
                    ),
                },
            },
            if_root=_FOR_ROOT if is_root() else None,
        )
        watch = Watch(_address(session), settings.acs_url, probe)
        leaving.callback(watch.end)
        watch.begin()
        webdriver = driver.attach(session)
        leaving.callback(webdriver.command_executor.close)  # type: ignore[union-attr]
        driver.navigate(probe)
        if not watch.probed.wait(driver.at_most(_PROBE_SECONDS)):
            raise BrowserError(
                "The browser's requests to the AWS sign-in hosts do not come to this program.",
                hint="Try another browser: --browser chromium",
            )
        watch.show_nothing()
        yield _Firefox(driver, webdriver, watch, headless=headless)


class _Firefox(Watched):
    """Tells the error pages of Firefox."""

    def __init__(
        self, process: DriverProcess, webdriver: WebDriver, watch: Watch, *, headless: bool
    ) -> None:
        super().__init__(process, webdriver, watch.arrived, headless=headless)
        self._watch = watch

    def open(self, url: str) -> None:
        from selenium.common.exceptions import WebDriverException

        # A page that is about to appear would take the place of the one that is asked for.
        self._watch.closing_page_shown.wait(_CLOSING_PAGE_SECONDS)
        try:
            super().open(url)
        except WebDriverException as error:
            # Why this address, or the one before, cannot be shown: `navigation_error` tells it.
            if not (error.msg or "").startswith("Error: "):
                raise

    def certificate_error(self) -> str | None:
        with self.guarded():
            code: str | None = self.driver.execute_script(_CERTIFICATE_ERROR)
        return code

    def navigation_error(self) -> str | None:
        with self.guarded():
            code: str | None = self.driver.execute_script(_NAVIGATION_ERROR)
        return code


_FOR_ROOT = "Sign in as the user whose HOME this is, or set HOME to a folder of root's own"

_CERTIFICATE_ERROR = """\
return document.documentURI.startsWith("about:certerror")
  ? document.getFailedCertSecurityInfo().errorCodeString || "nssBadCert" : null;"""

_NAVIGATION_ERROR = """\
return /^about:(net|cert)error/.test(document.documentURI)
  ? new URLSearchParams(document.documentURI.split("?", 2)[1]).get("e") : null;"""


def preferences(
    nowhere: int, *, acs_url: str | None, proxies: Mapping[str, str]
) -> dict[str, str | int | bool]:
    """
    The preferences of the browser: `nowhere` is a local port that nobody listens at.

    `proxies` are those of `urllib.request.getproxies()`, for everything but the sign-in hosts.
    """
    return {
        **_PREFERENCES,
        "network.proxy.type": 2,  # by a script
        "network.proxy.autoconfig_url": pac.auto_config_address(
            nowhere, acs_url=acs_url, proxies=proxies
        ),
        # Else the browser's own requests go around a proxy that does not answer.
        "network.proxy.failover_direct": False,
        # Else the script is never asked about loopback.
        "network.proxy.allow_hijacking_localhost": acs_url is not None
        and is_loopback(urlsplit(acs_url).hostname or ""),
    }


@contextmanager
def _port_of_nobody() -> Iterator[int]:
    """A port of this machine that is taken, so that nobody else can, and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def _wipe(profile_folder: Path) -> None:
    """Remove what tabs showed while the browser ran; the session's cookies lie elsewhere."""
    shutil.rmtree(profile_folder / "sessionstore-backups", ignore_errors=True)


def _import_selenium() -> None:
    import selenium.webdriver.remote.webdriver  # noqa: F401


def _address(session: Mapping[str, Any]) -> str:
    """
    Where the browser listens for BiDi.

    Raises:
        BrowserError: nowhere.
    """
    address = session["capabilities"].get("webSocketUrl")
    if not isinstance(address, str):
        raise _too_old()
    return address


def _too_old() -> BrowserError:
    return BrowserError(
        "This Firefox is too old to be watched while signing in (WebDriver BiDi).",
        hint="Update Firefox and geckodriver, or use another browser: --browser chromium",
    )


class Watch:
    """Looks at each request of a browser: answers it, lets it fail, or lets it go."""

    def __init__(self, address: str, acs_url: str | None, probe: str) -> None:
        self._acs_url = acs_url
        self._probe = probe
        self._collector = ""
        self._connection = Connection(address, self._look)
        self.arrived: Queue[Posted] = Queue()
        self.probed = threading.Event()
        self.closing_page_shown = threading.Event()
        """Not set while a page that we answered with is on its way to a window or frame."""
        self.closing_page_shown.set()
        self._navigation: str | None = None

    def begin(self) -> None:
        """
        Look at every request from now on.

        Raises:
            BrowserError: this browser cannot be watched, or it ended.
        """
        command = self._connection.command
        try:
            self._collector = command(
                "network.addDataCollector",
                {"dataTypes": ["request"], "maxEncodedDataSize": _LARGEST_BODY},
            )["collector"]
            command("session.subscribe", {"events": [_REQUEST, *_SHOWN]})
            command("network.addIntercept", {"phases": ["beforeRequestSent"]})
        except CommandRefused as error:
            raise _too_old() from error

    def show_nothing(self) -> None:
        """
        Leave the page that a new profile begins with, which is a part of the browser itself.

        Raises:
            BrowserError: the browser ended.
        """
        [page, *_] = self._open_pages()
        self._connection.command(
            "browsingContext.navigate",
            {"context": page, "url": "about:blank", "wait": "complete"},
        )

    def end(self) -> None:
        """
        Close all pages, if the browser still does as told.

        What is open at the end would be opened again at the next start, before anybody asks.
        """
        try:
            with suppress(BrowserError, CommandRefused):
                self._close_pages()
        finally:
            self._connection.close()

    def _close_pages(self) -> None:
        pages = self._open_pages()
        self._connection.command("browsingContext.create", {"type": "tab"}, seconds=_LEAVE_SECONDS)
        for page in pages:
            self._connection.command(
                "browsingContext.close", {"context": page}, seconds=_LEAVE_SECONDS
            )

    def _open_pages(self) -> list[str]:
        tree = self._connection.command(
            "browsingContext.getTree", {"maxDepth": 0}, seconds=_LEAVE_SECONDS
        )
        return [page["context"] for page in tree["contexts"]]

    def _look(self, method: str, event: Mapping[str, Any]) -> None:
        if method in _SHOWN:
            if event["navigation"] == self._navigation:
                self.closing_page_shown.set()
        elif event["isBlocked"]:
            with self._failing_at_least(event["request"]):
                self._judge(event["request"], event["navigation"])

    @contextmanager
    def _failing_at_least(self, request: Mapping[str, Any]) -> Iterator[None]:
        """Whatever goes wrong in here, the request does not wait for ever, and does not go on."""
        try:
            yield
        except Exception:
            _log.debug("A request of the browser could not be read.", exc_info=True)
            self._fail(request)

    def _judge(self, request: Mapping[str, Any], navigation: str | None) -> None:
        method, url = request["method"], request["url"]
        if not pac.is_watched(url, self._acs_url):
            self._connection.send("network.continueRequest", {"request": request["request"]})
        elif method == "GET" and url == self._probe:
            self._answer(request, 204, "")
            self.probed.set()
        elif pac.takes_assertion(method, url, self._acs_url):
            self._connection.send(
                "network.getData",
                {
                    "dataType": "request",
                    "request": request["request"],
                    "collector": self._collector,
                    "disown": True,
                },
                then=lambda reply: self._take(request, navigation, reply),
            )
        else:
            self._fail(request)

    def _take(
        self, request: Mapping[str, Any], navigation: str | None, reply: Mapping[str, Any]
    ) -> None:
        """Take the body of a POST to AWS; without a SAMLResponse in it, it is not for us."""
        with self._failing_at_least(request):
            text = saml_response(body_of(reply["result"]["bytes"]), content_type_of(request))
            if text is None:
                self._fail(request)
            else:
                if navigation is not None:  # and not a script's request
                    self._navigation = navigation
                    self.closing_page_shown.clear()
                self._answer(request, 200, CLOSING_PAGE)
                self.arrived.put(Posted(request["url"], text))

    def _answer(self, request: Mapping[str, Any], status: int, page: str) -> None:
        self._connection.send(
            "network.provideResponse",
            {
                "request": request["request"],
                "statusCode": status,
                "headers": [
                    _header("Content-Type", "text/html; charset=utf-8"),
                    _header("Cache-Control", "no-store"),
                ],
                "body": {"type": "string", "value": page},
            },
        )

    def _fail(self, request: Mapping[str, Any]) -> None:
        self._connection.send("network.failRequest", {"request": request["request"]})


_REQUEST = "network.beforeRequestSent"
_SHOWN = ("browsingContext.load", "browsingContext.navigationFailed")


def _header(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": {"type": "string", "value": value}}


def body_of(value: Mapping[str, str]) -> bytes:
    """The bytes of a BiDi `network.BytesValue`."""
    if value["type"] == "base64":
        return b64decode(value["value"])
    return value["value"].encode()


def content_type_of(request: Mapping[str, Any]) -> str:
    """The Content-Type of a BiDi `network.RequestData`; empty when it has none."""
    for header in request["headers"]:
        if header["name"].lower() == "content-type":
            return body_of(header["value"]).decode("latin-1")
    return ""


class CommandRefused(Exception):
    """The browser does not know a command, or what it is about. The text is its own."""


class Connection:
    """
    Commands to a browser and events from it, over the WebSocket of a BiDi session.

    Not Selenium's own, which logs what it receives, SAMLResponses too, and starts a thread for
    each event. `on_event` and each `then` run on the one thread that reads: they must not wait.
    """

    def __init__(self, address: str, on_event: Callable[[str, Mapping[str, Any]], None]) -> None:
        from websocket import WebSocketException, create_connection

        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[Mapping[str, Any]], None]] = {}
        self._lock = threading.Lock()
        self._is_open = True
        place = urlsplit(address)
        try:
            # A socket of our own: else a proxy of the environment would be asked for loopback.
            own = socket.create_connection((place.hostname or "", place.port or 0))
            with unlogged("websocket"):
                self._socket = create_connection(
                    address,
                    socket=own,
                    suppress_origin=True,  # the browser refuses web pages by it
                    skip_utf8_validation=True,  # json does it, a hundred times faster
                )
        except (OSError, WebSocketException) as error:
            raise _ended() from error
        self._reader = threading.Thread(target=self._read, name="browser events", daemon=True)
        self._reader.start()

    def command(
        self, method: str, parameters: Mapping[str, Any], *, seconds: float = _ANSWER_SECONDS
    ) -> dict[str, Any]:
        """
        Give a command, and wait for its result.

        Raises:
            CommandRefused: the browser says no.
            BrowserError: it ended, or does not answer.
        """
        replied = threading.Event()
        reply: dict[str, Any] = {}

        def take(answer: Mapping[str, Any]) -> None:
            reply.update(answer)
            replied.set()

        self.send(method, parameters, then=take)
        if not replied.wait(seconds) or not reply:
            raise _ended()
        if "result" not in reply:
            raise CommandRefused(f"{method}: {reply.get('error')}")
        result: dict[str, Any] = reply["result"]
        return result

    def send(
        self,
        method: str,
        parameters: Mapping[str, Any],
        *,
        then: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Give a command; `then` takes the reply, an empty one when the browser has ended."""
        from websocket import WebSocketException

        number = next(self._numbers)
        with self._lock:
            is_open = self._is_open
            if is_open and then is not None:
                self._waiting[number] = then
        if not is_open:
            if then is not None:
                then({})
            return
        # Where it ended, the reader sees it too.
        with unlogged("websocket"), suppress(OSError, WebSocketException):
            self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))

    def close(self) -> None:
        """Hear nothing more."""
        self._socket.abort()  # type: ignore[no-untyped-call]  # wakes the reader
        self._reader.join(_LEAVE_SECONDS)
        self._socket.shutdown()  # type: ignore[no-untyped-call]

    def _read(self) -> None:
        from websocket import WebSocketException

        try:
            with unlogged("websocket"), suppress(OSError, WebSocketException):  # it ended
                while message := self._socket.recv():
                    self._take(json.loads(message))
        finally:
            with self._lock:
                self._is_open = False
                waiting = list(self._waiting.values())
            for then in waiting:
                then({})

    def _take(self, message: Mapping[str, Any]) -> None:
        if message.get("id") is None:
            if "method" in message:
                self._on_event(message["method"], message["params"])
            return
        with self._lock:
            then = self._waiting.pop(message["id"], None)
        if then is not None:
            then(message)


def _ended() -> BrowserError:
    return BrowserError("The browser ended, or does not answer any more.", hint="Try again")
