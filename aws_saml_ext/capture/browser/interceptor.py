"""The interception of a browser's requests by WebDriver BiDi."""

from __future__ import annotations

import logging
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from queue import Queue
from typing import Any

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.browser.bidi import CommandRefused, Connection
from aws_saml_ext.capture.browser.engine import Posted
from aws_saml_ext.capture.saml_post import CLOSING_PAGE, STRAY_PAGE, Sender, saml_response
from aws_saml_ext.clock import Deadline
from aws_saml_ext.errors import BrowserError

_log = logging.getLogger(__name__)

_CLOSE_SECONDS = 2.0
_MAX_BODY_BYTES = 64 * 1024 * 1024
"""Of a request. STS takes 100 000 characters; more than that must be reported, not lost."""
_REQUEST = "network.beforeRequestSent"
_SHOWN = ("browsingContext.load", "browsingContext.navigationFailed")


def bidi_address(session: Mapping[str, Any]) -> str:
    """Return the address at which the browser listens for BiDi.

    Raises:
        BrowserError: this Firefox or its driver does not know BiDi.
    """
    address = session["capabilities"].get("webSocketUrl")
    if not isinstance(address, str):
        raise _too_old()
    return address


def _too_old() -> BrowserError:
    return BrowserError(
        "This Firefox is too old: its WebDriver BiDi cannot intercept requests.",
        advice="Update Firefox and geckodriver, or choose another browser with --browser chromium.",
    )


class Interceptor:
    """Examines each request of a browser, and answers it, lets it fail, or lets it go on."""

    def __init__(
        self,
        address: str,
        acs_url: str | None,
        probe: str,
        *,
        connect: Callable[[int], socket.socket],
    ) -> None:
        """Connect to the browser.

        Args:
            address: where it listens for BiDi.
            acs_url: a sign-in address besides those of AWS.
            probe: the address whose request proves that requests arrive here.
            connect: connects to a port of the browser.

        Raises:
            BrowserError: the browser ended.
        """
        self._acs_url = acs_url
        self._probe = probe
        self._collector = ""
        self._connection = Connection(address, self._on_event, connect)
        self.command = self._connection.command
        """Send another command by the same connection, see `Connection.command`."""
        self.arrived: Queue[Posted] = Queue()
        """Each POST of a SAMLResponse to AWS, in order, whoever sent it."""
        self.probed = threading.Event()
        """Set when the probe has arrived."""
        self.probe_headers: list[tuple[str, str]] = []
        """The headers of the probe, in the browser's order."""
        self.closing_page_shown = threading.Event()
        """Not set while a closing page is on its way to a window or frame."""
        self.closing_page_shown.set()
        self._navigation: str | None = None

    def begin(self) -> None:
        """Examine every request from now on.

        Raises:
            BrowserError: this browser cannot intercept requests, or it ended.
        """
        command = self._connection.command
        try:
            self._collector = command(
                "network.addDataCollector",
                {"dataTypes": ["request"], "maxEncodedDataSize": _MAX_BODY_BYTES},
            )["collector"]
            command("session.subscribe", {"events": [_REQUEST, *_SHOWN]})
            command("network.addIntercept", {"phases": ["beforeRequestSent"]})
        except CommandRefused as error:
            raise _too_old() from error

    def open_blank_page(self) -> None:
        """Leave the first page of a new profile, which is a part of the browser itself.

        Raises:
            BrowserError: the browser ended.
        """
        [page, *_] = self._open_pages()
        self._connection.command(
            "browsingContext.navigate",
            {"context": page, "url": "about:blank", "wait": "complete"},
        )

    def end(self) -> None:
        """Close all pages, if the browser still obeys, and disconnect.

        Else the browser would open those pages when it starts the next time.
        """
        try:
            with suppress(BrowserError, CommandRefused):
                self._close_pages()
        finally:
            self._connection.close()

    def _close_pages(self) -> None:
        deadline = Deadline(_CLOSE_SECONDS)  # of all: a page may have opened hundreds
        pages = self._open_pages()
        self._connection.command("browsingContext.create", {"type": "tab"}, seconds=_CLOSE_SECONDS)
        for page in pages:
            self._connection.command(
                "browsingContext.close", {"context": page}, seconds=deadline.at_most(_CLOSE_SECONDS)
            )

    def _open_pages(self) -> list[str]:
        tree = self._connection.command(
            "browsingContext.getTree", {"maxDepth": 0}, seconds=_CLOSE_SECONDS
        )
        return [page["context"] for page in tree["contexts"]]

    def _on_event(self, method: str, event: Mapping[str, Any]) -> None:
        if method in _SHOWN:
            if event["navigation"] == self._navigation:
                self.closing_page_shown.set()
        elif event["isBlocked"]:
            with self._failing_on_error(event["request"]):
                self._examine(event["request"], event["navigation"])

    @contextmanager
    def _failing_on_error(self, request: Mapping[str, Any]) -> Iterator[None]:
        """Let the request fail on any error inside: it must neither wait for ever nor go on."""
        try:
            yield
        except Exception:
            _log.debug("A request of the browser could not be read.", exc_info=True)
            self._fail(request)

    def _examine(self, request: Mapping[str, Any], navigation: str | None) -> None:
        method, url = request["method"], request["url"]
        if not pac.is_watched(url, self._acs_url):
            self._connection.send("network.continueRequest", {"request": request["request"]})
        elif method == "GET" and url == self._probe:
            self.probe_headers[:] = [
                (header["name"], body_of(header["value"]).decode("latin-1"))
                for header in request["headers"]
            ]
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
                then=lambda reply: self._take_body(request, navigation, reply),
            )
        else:
            self._fail(request)

    def _take_body(
        self, request: Mapping[str, Any], navigation: str | None, reply: Mapping[str, Any]
    ) -> None:
        """Take the SAMLResponse from the body of a POST to AWS; without one, the request fails."""
        with self._failing_on_error(request):
            headers = headers_of(request)
            body, sender = body_of(reply["result"]["bytes"]), Sender.of(headers)
            text = saml_response(body, headers.get("content-type", ""))
            if text is None:
                self._fail(request)
                return
            if sender.is_page:
                self._navigation = navigation
                self.closing_page_shown.clear()
                self._answer(request, 200, CLOSING_PAGE)
            else:
                self._answer(request, 403, STRAY_PAGE)
            self.arrived.put(Posted(request["url"], text, sender))

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


def _header(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": {"type": "string", "value": value}}


def body_of(value: Mapping[str, str]) -> bytes:
    """Return the bytes of a BiDi `network.BytesValue`."""
    if value["type"] == "base64":
        return b64decode(value["value"])
    return value["value"].encode()


def headers_of(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a BiDi `network.RequestData`, their names in lower case."""
    return {
        header["name"].lower(): body_of(header["value"]).decode("latin-1")
        for header in request["headers"]
    }
