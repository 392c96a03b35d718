"""An STS on loopback whose answers a test chooses, right or wrong."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

Request = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; status 0 hangs up without one."""

    status: int
    body: str
    content_type: str = "text/xml"


class StsServer:
    """A server at `url` that answers with `answer` and records its `requests`."""

    def __init__(
        self, answer: Callable[[Request], Answer], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.connects: list[str] = []
        """The addresses that a client asked this server, as its proxy, to connect to."""
        self.user_agents: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = dict(parse_qsl(body.decode()))
                outer.requests.append(request)
                outer.user_agents.append(self.headers.get("User-Agent", ""))
                self._send(outer.answer(request))

            def do_GET(self) -> None:
                outer.requests.append({"Action": f"GET {self.path}"})
                self._send(outer.answer(outer.requests[-1]))

            def do_CONNECT(self) -> None:
                outer.connects.append(self.path)
                self._send(Answer(502, ""))

            def _send(self, answer: Answer) -> None:
                if not answer.status:
                    self.connection.close()
                    return
                content = answer.body.encode()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # many clients begin at once

            def handle_error(self, *_: object) -> None:
                """Print nothing when a client hangs up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"{'http' if tls is None else 'https'}://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> StsServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def granting(request: Request, *, expiration: str | None = None, without: str = "") -> Answer:
    """Return credentials for a request, without the element named `without`."""
    seconds = int(request.get("DurationSeconds", "3600"))
    ends = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    fields = {
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretAccessKey": "secret",
        "SessionToken": "token",
        "Expiration": expiration or f"{ends:%Y-%m-%dT%H:%M:%SZ}",
    }
    keys = "".join(f"<{n}>{escape(v)}</{n}>" for n, v in fields.items() if n != without)
    name = request.get("RoleArn", "").rpartition("/")[2]
    arn = f"arn:aws:sts::111111111111:assumed-role/{name}/jane"
    user = f"<AssumedRoleUser><AssumedRoleId>x</AssumedRoleId><Arn>{arn}</Arn></AssumedRoleUser>"
    user = "" if without == "AssumedRoleUser" else user
    keys = "" if without == "Credentials" else f"<Credentials>{keys}</Credentials>"
    return Answer(
        200,
        '<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<AssumeRoleWithSAMLResult>{user}{keys}</AssumeRoleWithSAMLResult>"
        "<ResponseMetadata><RequestId>granted-1</RequestId></ResponseMetadata>"
        "</AssumeRoleWithSAMLResponse>",
    )


def refusing(code: str, message: str, *, status: int = 403) -> Answer:
    """Return a refusal as STS writes it."""
    return Answer(
        status,
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        "<RequestId>refused-1</RequestId></ErrorResponse>",
    )


TOO_LONG = refusing(
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    status=400,
)


def allowing(longest: int) -> Callable[[Request], Answer]:
    """Grant up to `longest` seconds, the role's MaxSessionDuration."""
    return lambda asked: granting(asked) if int(asked["DurationSeconds"]) <= longest else TOO_LONG
