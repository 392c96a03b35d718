"""A WSGI application on 127.0.0.1, served by threads of this process."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from aws_saml_ext import hints
from aws_saml_ext.errors import ConfigError

if TYPE_CHECKING:
    import ssl

    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
_POLL_SECONDS = 0.05


class _Quiet(WSGIRequestHandler):
    """A request handler that writes no log."""

    # Two small segments per answer and a delayed acknowledgement would cost 40 ms each.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Write nothing: the addresses of an identity provider may carry secrets."""


class LoopbackServer:
    """A server of a WSGI application at `url`, until `close`."""

    def __init__(
        self,
        app: WSGIApplication,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Start to serve `app` on `port`; 0 takes a free one.

        Raises:
            ConfigError: the port is in use, or cannot be bound.
        """
        # Bound here, because werkzeug exits the program if the port is in use.
        with _bound(port) as listening:
            listening.listen()
            self._server: BaseWSGIServer = make_server(
                HOST, port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno()
            )
        self._server.daemon_threads = True  # type: ignore[attr-defined]  # of socketserver
        if tls is not None:
            # Shake hands in the connection's thread: in the accepting thread, one idle
            # connection of a browser would block all others.
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
        """Stop accepting connections; open requests end with the process."""
        self._server.shutdown()
        self._thread.join()


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # On Windows it lets two programs share a port.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        raise ConfigError(
            f"Port {port} is in use by another program."
            if in_use
            else f"Cannot listen on port {port}: {error}.",
            command=hints.command("demo", "--idp-port", "0", "--aws-port", "0"),
        ) from error
    return listening
