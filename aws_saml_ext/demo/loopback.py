"""A WSGI application on 127.0.0.1, served by threads of this process."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from aws_saml_ext.errors import ConfigError

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
_POLL_SECONDS = 0.05


class _Quiet(WSGIRequestHandler):
    """Answers requests and writes no log."""

    # Two small segments per answer and a delayed acknowledgement would cost 40 ms each.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing: addresses of an identity provider carry what a log should not."""


class LoopbackServer:
    """
    `app` at `url` until `close`.

    Port 0 takes a free one. Raises ConfigError where the port cannot be had.
    """

    def __init__(
        self,
        app: WSGIApplication,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        # Bound here: werkzeug prints and leaves the program where a port is in use.
        with _bound(port) as listening:
            listening.listen()
            self._server: BaseWSGIServer = make_server(
                HOST, port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._server.daemon_threads = True  # type: ignore[attr-defined]  # of socketserver
        if tls is not None:
            # The handshake belongs to the connection's thread: in the accepting one, a browser
            # that opens a connection and waits would hold up everybody else.
            self._server.ssl_context = tls
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"{'http' if tls is None else 'https'}://{HOST}:{self._server.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop accepting; requests that are being answered end with the process."""
        self._server.shutdown()
        self._thread.join()


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # There it would let two programs share a port.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise ConfigError(
            f"Port {port} is in use by another program."
            if in_use
            else f"Port {port} cannot be listened at: {error}.",
            hint="Choose another port, or 0 for any free one: "
            "aws-saml-login demo --idp-port 0 --aws-port 0",
        ) from error
    return listening
