"""A strict identity provider: it treats each sign of a stolen session as one, and ends it.

The session cookie changes with each answer, and an old one signs the person out. It is bound to the
User-Agent and to the order of the headers, but for those that Chromium moves after a redirect. Five
steps lead to AWS: a redirect, a form with a token that serves once, a redirect, a refresh, and the
form for AWS.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from urllib.parse import parse_qs

from tests.saml import USER_ROLE, saml_response

PASSWORD = "correct horse"
_LOGIN = """<!doctype html><title>Sign in</title><form method=post action=/login>
<label>Username <input name=username autocomplete=username></label>
<label>Password <input type=password name=password autocomplete=current-password></label>
<button>Sign in</button></form>"""
_SUBMIT = "<script>document.forms[0].submit()</script>"
_UNBOUND = frozenset(
    "cookie referer origin content-type content-length cache-control sec-fetch-user priority "
    "accept-encoding sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform".split()
)
"""Headers that differ from request to request, or between a browser and a replay."""


@dataclass
class StrictIdp:
    """The state of the identity provider; one person has one session."""

    acs_url: str
    port: int = 0
    has_scripts: bool = False
    """True where a script, and no refresh, leads to the last step."""
    sid: str = ""
    """The cookie that serves for the next request; empty for no session."""
    used: list[str] = field(default_factory=list)
    """The cookies that served before, the last one last."""
    token: str = ""
    bound: tuple[str, tuple[str, ...]] | None = None
    thefts: list[str] = field(default_factory=list)
    """Why sessions were ended."""
    logins: int = 0
    requests: list[tuple[str, bool]] = field(default_factory=list)
    """Each path, and whether a replay requested it."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The address that starts a sign-in."""
        return f"http://localhost:{self.port}/start"

    def begin(self, agent: str, names: list[str]) -> str:
        """Begin a session, and return its cookie."""
        self.bound = (agent, _order(names))
        return self.next_sid()

    def next_sid(self) -> str:
        """Change the cookie of the session."""
        self.used.append(self.sid)
        self.sid = token_hex(8)
        return self.sid

    def age(self, sid: str) -> int:
        """Return how many cookies came after one; 0 for the one that serves."""
        return [self.sid, *reversed(self.used)].index(sid)

    def check(self, sid: str, agent: str, names: list[str]) -> bool:
        """Return whether a request belongs to the session; end it after a theft."""
        if not self.sid or not sid:
            return False
        if sid != self.sid:
            return self._end("an old cookie") if sid in self.used else False
        assert self.bound is not None
        order = _order(names)
        common = set(order) & set(self.bound[1])
        kept = [name for name in order if name in common]
        if agent != self.bound[0]:
            return self._end("another User-Agent")
        if kept != [name for name in self.bound[1] if name in common]:
            return self._end("another order of headers")
        return True

    def _end(self, reason: str) -> bool:
        self.thefts.append(reason)
        self.sid = ""
        return False


def _order(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in map(str.lower, names) if name not in _UNBOUND)


@contextmanager
def serving(acs_url: str) -> Iterator[StrictIdp]:
    """Run a strict identity provider on loopback."""
    idp = StrictIdp(acs_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            form = parse_qs(self.rfile.read(length).decode())
            path = self.path.partition("?")[0]
            if path == "/favicon.ico":
                self._answer(204, "")
                return
            with idp.lock:
                self._step(path, form)

        def do_POST(self) -> None:
            self.do_GET()

        def _step(self, path: str, form: dict[str, list[str]]) -> None:
            names, agent = list(self.headers.keys()), self.headers["User-Agent"] or ""
            idp.requests.append((path, self.headers["Accept-Encoding"] == "gzip, deflate"))
            cookies = (self.headers["Cookie"] or "").split("; ")
            sid = next((each[4:] for each in cookies if each.startswith("SID=")), "")
            if path == "/login" and form.get("password") == [PASSWORD]:
                idp.logins += 1
                self._answer(303, "", "/start", idp.begin(agent, names))
            elif not idp.check(sid, agent, names):
                self._answer(200, _LOGIN)
            elif path == "/start":
                idp.token = token_hex(8)
                self._answer(302, "", "/token", idp.next_sid())
            elif path == "/token":
                page = f"<input type=hidden name=token value={idp.token}>"
                page = f"<form method=post action=/proof>{page}</form>{_SUBMIT}"
                self._answer(200, page, None, idp.next_sid())
            elif path == "/proof" and form.get("token") == [idp.token]:
                idp.token = ""
                self._answer(303, "", "/refresh", idp.next_sid())
            elif path == "/refresh":
                page = "<meta http-equiv=refresh content='0; url=/last'>"
                if idp.has_scripts:
                    page = "<script>location.replace('/last')</script>"
                self._answer(200, page, None, idp.next_sid())
            elif path == "/last":
                value = saml_response(USER_ROLE)
                page = f"<form method=post action='{escape(idp.acs_url)}'><input type=hidden "
                page += f"name=SAMLResponse value='{value}'></form>"
                self._answer(200, page + _SUBMIT, None, idp.next_sid())
            else:
                self._answer(400, "<p>This step is not the next one.")

        def _answer(
            self, status: int, page: str, location: str | None = None, sid: str | None = None
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            if location is not None:
                self.send_header("Location", location)
            if sid is not None:
                self.send_header("Set-Cookie", f"SID={sid}; Path=/; HttpOnly; SameSite=Strict")
            body = page.encode()
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Print nothing when somebody goes away."""

    server = Server(("127.0.0.1", 0), Handler)
    idp.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
