"""A WebDriver BiDi connection: commands to a browser, and events from it."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from aws_saml_ext.errors import BrowserError
from aws_saml_ext.logs import silenced

_ANSWER_SECONDS = 30.0
_CLOSE_SECONDS = 2.0


class CommandRefused(Exception):
    """The browser does not know a command, or its target. The text is the browser's own."""


class Connection:
    """A WebSocket of a BiDi session.

    Not Selenium's own, which logs what it receives, SAMLResponses too, and starts a thread for
    each event.
    """

    def __init__(
        self,
        address: str,
        on_event: Callable[[str, Mapping[str, Any]], None],
        connect: Callable[[int], socket.socket],
    ) -> None:
        """Connect, and read from then on.

        Args:
            address: the browser's `ws://` address.
            on_event: takes the method and parameters of each event. It runs on the one thread
                that reads, so it must not wait.
            connect: connects to a port of the browser.

        Raises:
            BrowserError: the browser ended.
        """
        from websocket import WebSocketException, create_connection

        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Callable[[Mapping[str, Any]], None]] = {}
        self._lock = threading.Lock()
        self._is_open = True
        try:
            # A socket of our own: the browser answers no other, see gate.py, and a proxy of the
            # environment would be used for loopback.
            own = connect(urlsplit(address).port or 0)
            with silenced("websocket"):
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
        """Send a command, and return its result.

        Raises:
            CommandRefused: the browser answered with an error.
            BrowserError: it ended, or did not answer in so many seconds.
        """
        replied = threading.Event()
        reply: dict[str, Any] = {}

        def take(message: Mapping[str, Any]) -> None:
            reply.update(message)
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
        """Send a command without waiting.

        `then` takes the reply, an empty one when the browser has ended. It runs on the thread that
        reads, so it must not wait.
        """
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
        # When the browser has ended, the reader notices too.
        with silenced("websocket"), suppress(OSError, WebSocketException):
            self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))

    def close(self) -> None:
        """Disconnect; no event arrives afterwards."""
        self._socket.abort()  # type: ignore[no-untyped-call]  # wakes the reader
        self._reader.join(_CLOSE_SECONDS)
        self._socket.shutdown()  # type: ignore[no-untyped-call]

    def _read(self) -> None:
        from websocket import WebSocketException

        try:
            with silenced("websocket"), suppress(OSError, WebSocketException):  # it ended
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
    return BrowserError("The browser ended or stopped answering.", advice="Try again.")
