"""Web pages on loopback, for browsers."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a path."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Web:
    """A site: its pages and the requests for them."""

    port: int
    pages: dict[str, Answer]
    requests: list[str] = field(default_factory=list)
    """`GET /path`, in the order of arrival."""
    cookies: list[str] = field(default_factory=list)
    """The Cookie header of each."""

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving(pages: dict[str, Answer], *, tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Serve `pages`, by path without query; 404 for any other."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            web.requests.append(f"{self.command} {self.path}")
            web.cookies.append(self.headers["Cookie"] or "")
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            answer = web.pages.get(self.path.partition("?")[0], Answer("not found", 404))
            body = answer.body.encode()
            self.send_response(answer.status)
            headers = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def do_OPTIONS(self) -> None:
            self.do_GET()

        def do_CONNECT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Print nothing when a browser goes away."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    web = Web(server.server_port, pages)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
