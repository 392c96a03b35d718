"""An address on loopback that redirects once: no secret stands in the arguments of a browser.

Every local user can read the arguments of a process. The address that they see there leads nowhere
once the browser has opened it.
"""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from aws_saml_ext.clock import Deadline

_HOST = "127.0.0.1"
_POLL_SECONDS = 0.05
_GONE = b"This address has been opened already.\n"


class OneTimeLink:
    """A redirect to an address, at `url`, inside a `with` block.

    The first GET gets the redirect, every further one 410 (Gone). On Linux, other users get 404.
    """

    def __init__(self, target: str, *, notify: Callable[[str], None]) -> None:
        """Take the address to lead to, and what prints a line for people."""
        self._target = target
        self._notify = notify
        self._path = "/" + secrets.token_urlsafe(32)
        self._is_taken = False
        self._opened = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((_HOST, 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://{_HOST}:{self._server.server_port}{self._path}"

    def __enter__(self) -> OneTimeLink:
        """Begin to answer."""
        threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="link", daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def is_opened(self, seconds: float, *, until: Callable[[], None] = lambda: None) -> bool:
        """Wait until the first request is answered, and return whether it is.

        Args:
            seconds: the longest wait.
            until: called several times a second; an error of it ends the wait.
        """
        deadline = Deadline(seconds)
        while not self._opened.wait(deadline.at_most(_POLL_SECONDS)):
            if deadline.has_passed:
                return False
            until()
        return True

    def _take(self) -> bool:
        """Return whether this is the first request."""
        with self._lock:
            is_first, self._is_taken = not self._is_taken, True
        if not is_first:
            self._notify(
                "The address was opened a second time, and refused. If that was not your browser, "
                "somebody on this machine has seen it: end the session in the console."
            )
        return is_first

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        link = self

        class Handler(BaseHTTPRequestHandler):
            """Answers one path, once."""

            server_version, sys_version = "aws-saml-login", ""
            timeout = 10.0  # seconds, for a request that does not come

            def do_GET(self) -> None:
                """Redirect the first request."""
                if self.path != link._path or not self._is_of_this_user():
                    self._answer(404, b"", {})
                elif link._take():
                    self._answer(302, b"", {"Location": link._target})
                    link._opened.set()
                else:
                    self._answer(410, _GONE, {})

            def _is_of_this_user(self) -> bool:
                """Return whether the client runs as us; elsewhere than on Linux nobody can tell."""
                if sys.platform != "linux":
                    return True
                from aws_saml_ext.capture.browser import peers

                host, port = self.client_address
                return peers.is_own((host, port), (_HOST, link._server.server_port))

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {
                    **headers,
                    "Content-Type": "text/plain; charset=utf-8",
                    "Content-Length": str(len(body)),
                    "Cache-Control": "no-store",
                    "Referrer-Policy": "no-referrer",
                    "Connection": "close",
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Write no log: the path is a secret until it is opened."""

        return Handler
