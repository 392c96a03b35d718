"""Sign-in pages that people met, as stories, and an identity provider that serves them.

Each story is a page, or several, and what a person answers. `signing_in` runs one in a browser that
is there already, so that many stories share it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from tests.browsers import settings
from tests.doubles import FakePrompt
from tests.web import POLL_SECONDS

USER, PASSWORD, CODE = "jane", "correct horse", "739214"
NAME_AND_PASSWORD = ["User name: ", "Password: (hidden)"]
FIELDS = """<label for=u>User name</label><input id=u name=username>
<label for=p>Password</label><input id=p name=password type=password>"""
BUTTON = "<p><button>Sign in</button>"
REFUSED = "<p class=error>Incorrect user name or password.</p>"


@dataclass(frozen=True)
class Request:
    """A request of the browser for a page of a story."""

    step: str
    """The path below that of the story; empty for the first page."""
    posted: bool
    form: dict[str, str]
    state: dict[str, Any]
    """The memory of the story, empty at the beginning of a sign-in."""

    @property
    def is_right(self) -> bool:
        """True if the form has the right name and password."""
        return (self.form.get("username"), self.form.get("password")) == (USER, PASSWORD)


Pages = Callable[[Request], str]


@dataclass(frozen=True)
class Story:
    """A sign-in: its pages, the answers of the person, and the questions to them."""

    pages: Pages
    answers: tuple[str, ...] = (USER, PASSWORD)
    asked: tuple[str, ...] = tuple(NAME_AND_PASSWORD)
    changed: dict[str, Any] = field(default_factory=dict)
    """Settings."""


def page(title: str, body: str, *, lang: str = "en") -> str:
    return f"<!doctype html><html lang={lang}><title>{title}</title>{body}</html>"


def form(inside: str, *, action: str = "", more: str = "") -> str:
    return f'<form method=post action="{action}" {more}>{inside}</form>'


def first_page(request: Request) -> str:
    """Return a plain page for name and password."""
    return page("Sign in", form(FIELDS + BUTTON))


def posts_to_aws() -> str:
    """Return the page that ends a sign-in."""
    return page(
        "Signed in",
        "<form method=post action=https://signin.aws.amazon.com/saml>"
        "<input type=hidden name=SAMLResponse value=QUJD></form>"
        "<script>document.forms[0].submit()</script>",
    )


def signing_in_at(body: str) -> Pages:
    """Return the pages of a story with one form, for name and password, somewhere in `body`."""

    def pages(request: Request) -> str:
        if request.posted and request.is_right:
            return posts_to_aws()
        return page("Sign in", (REFUSED if request.posted else "") + body)

    return pages


def then_a_code(body: str, code_of: Callable[[dict[str, str]], str]) -> Pages:
    """Return the pages of a story that asks for a code, in `body`, after name and password."""

    def pages(request: Request) -> str:
        if request.step == "code":
            right = code_of(request.form) == CODE
            refused = page("Two-step verification", "<p class=error>Wrong code.</p>" + body)
            return posts_to_aws() if right else refused
        if request.posted and request.is_right:
            return page("Two-step verification", body)
        return first_page(request)

    return pages


@contextmanager
def serving_stories(stories: dict[str, Story]) -> Iterator[Callable[[str], str]]:
    """Serve stories on loopback; give the address of a story, which begins anew each time."""
    states: dict[str, dict[str, Any]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            posted = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            name, _, step = self.path.partition("?")[0].strip("/").partition("/")
            fields = dict(parse_qsl(posted, keep_blank_values=True))
            request = Request(step, self.command == "POST", fields, states.setdefault(name, {}))
            known = name in stories
            body = (stories[name].pages(request) if known else "not found").encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Print nothing when a browser goes away."""

    def address(name: str) -> str:
        states[name] = {}
        return f"http://127.0.0.1:{server.server_port}/{name}/"

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
        yield address
        server.shutdown()


def signing_in(
    address: str, story: Story, browser: WatchedBrowser, prompt: FakePrompt, *, seconds: float = 40
) -> str:
    """Sign in at a story by the terminal flow; return the SAMLResponse."""
    return signed_in(address, browser, prompt, seconds=seconds, **story.changed)


def signed_in(
    address: str,
    browser: WatchedBrowser,
    prompt: FakePrompt,
    *,
    seconds: float = 40,
    **changed: Any,
) -> str:
    """Sign in by the terminal flow, in a browser that stays; return the SAMLResponse.

    Args:
        address: of the identity provider.
        browser: the browser.
        prompt: the person.
        seconds: the time-out.
        changed: settings.
    """

    @contextmanager
    def start(*_: object) -> Iterator[WatchedBrowser]:
        yield browser

    @contextmanager
    def folder(_: Settings) -> Iterator[Path]:
        yield Path("unused")

    capture = capturing(start, prompt, profile_folder=folder, environ={}, platform="linux")
    time_limit = timedelta(seconds=seconds)
    chosen = {"sign_in": Flow.TERMINAL, **changed}
    with capture(settings(idp_url=address, timeout=time_limit, **chosen)) as captured:
        return captured.saml_response
