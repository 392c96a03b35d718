"""Pages that nobody can sign in on, or hardly: a real browser, and how each sign-in ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import (
    IdentityProviderUnreachable,
    SamlLoginError,
    SignInRequired,
    TimedOut,
)
from tests import browsers
from tests.browsers import settings
from tests.described_pages import browsing
from tests.doubles import FakePrompt
from tests.samples import SIGN_IN_PAGE
from tests.web import Answer, Web, serving

pytestmark = pytest.mark.browser

WINDOW = "aws saml-login --profile dev --use-browser"
MORE_TIME = f"{WINDOW} --timeout SECONDS"
ALERTS = "for (;;) alert('Are you there?')"


def page(body: str, title: str = "Odd", **more: Any) -> Answer:
    return Answer(f"<!doctype html><title>{title}</title>{body}", **more)


def asking(form: str, action: str) -> str:
    return f"<form method=post action={action}><label>{form}></label><button>Next</button></form>"


PAGES = {
    "/reloads": page("<p>Hello<script>setTimeout(() => location.reload(), 50)</script>"),
    "/back": page("<script>location = '/forth'</script>"),
    "/forth": page("<script>location = '/back'</script>"),
    "/redirects": Answer(status=302, headers={"Location": "/redirects"}),
    "/fields": page("<form>" + "<label>Name <input></label>" * 5000 + "<button>Save</button>"),
    "/fields-and-form": page("<label>Name <input></label>" * 5000 + SIGN_IN_PAGE),
    "/large": page(SIGN_IN_PAGE + f"<div hidden>{'<p>A long paragraph.</p>' * 900_000}</div>"),
    "/alert": page("<script>alert('Maintenance at noon')</script>" + SIGN_IN_PAGE),
    "/basic": page("Unauthorized", status=401, headers={"WWW-Authenticate": "Basic"}),
    "/form": Answer(SIGN_IN_PAGE),
    "/leave": page("<script>onbeforeunload = e => e.preventDefault()</script>" + SIGN_IN_PAGE),
    "/1": page(asking("User name <input name=user", "/2")),
    "/2": page(asking("Password <input type=password name=password", "/expired")),
    "/hidden-methods": page(SIGN_IN_PAGE.replace("name=SAMLResponse", "name=getAttribute")),
    "/expired": page(
        "<p>Your session has expired.</p>" + asking("User name <input name=user", "/form")
    ),
}


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving(PAGES) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[WatchedBrowser]:
    with browsing(browsers.chromium(), settings()) as browser:
        yield browser


def sign_in(
    address: str, browser: WatchedBrowser, prompt: FakePrompt | None = None, *, seconds: float = 60
) -> str:
    """The SAMLResponse, with a browser that is there already and stays."""

    @contextmanager
    def start(*_: object) -> Iterator[WatchedBrowser]:
        yield browser

    @contextmanager
    def folder(_: Settings) -> Iterator[Path]:
        yield Path("unused")

    capture = capturing(
        start, prompt or FakePrompt(), profile_folder=folder, environ={}, platform="linux"
    )
    with capture(settings(idp_url=address, timeout=timedelta(seconds=seconds))) as captured:
        return captured.saml_response


def failing(error: type[SamlLoginError], *arguments: Any, **more: Any) -> tuple[str, str | None]:
    """Return the message and the command to type."""
    with pytest.raises(error) as caught:
        sign_in(*arguments, **more)
    return str(caught.value), caught.value.hint


@contextmanager
def endless(beginning: str) -> Iterator[str]:
    """A page that begins so, and goes on for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>Endless</title>{beginning}".encode())
            while not ended.wait(0.05):
                self.wfile.write(b"<p>and so on")

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A browser that goes away is no news."""

    ended = threading.Event()
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        ended.set()
        server.shutdown()


# ---- it ends in time, and what was seen is said ----


def test_a_page_that_reloads_for_ever_is_named_when_the_time_is_over(
    chromium: WatchedBrowser, web: Web
) -> None:
    said, hint = failing(TimedOut, web.url("/reloads"), chromium, seconds=4)
    assert said.startswith("The sign-in at 127.0.0.1 took longer than 4 seconds.")
    assert said.endswith('The last page was 127.0.0.1 ("Odd").')
    assert hint == MORE_TIME


def test_two_pages_that_lead_to_each_other_end_with_the_time(
    chromium: WatchedBrowser, web: Web
) -> None:
    said, hint = failing(TimedOut, web.url("/back"), chromium, seconds=4)
    assert ("The sign-in at 127.0.0.1 took longer" in said, hint) == (True, MORE_TIME)


def test_a_page_that_never_ends_is_named_when_the_time_is_over(chromium: WatchedBrowser) -> None:
    with endless("<h1>Hello</h1>") as address:
        said, hint = failing(TimedOut, address, chromium, seconds=4)
    assert ('127.0.0.1 ("Endless")' in said, hint) == (True, MORE_TIME)


def test_redirections_in_a_circle_are_told_at_once(chromium: WatchedBrowser, web: Web) -> None:
    address = web.url("/redirects")
    said, hint = failing(IdentityProviderUnreachable, address, chromium)
    where = urlsplit(address).netloc  # with its port: it may be the wrong one
    assert said == f"The browser could not open {where}: ERR_TOO_MANY_REDIRECTS."
    assert hint == "Check the network, a VPN, and saml_idp_url."


def test_a_page_of_5000_questions_is_left_to_a_window(chromium: WatchedBrowser, web: Web) -> None:
    said, hint = failing(SignInRequired, web.url("/fields"), chromium)
    assert ('127.0.0.1 ("Odd") asks for more than a terminal can' in said, hint) == (True, WINDOW)


def test_a_page_on_which_the_script_fails_is_left_to_a_window_within_seconds(
    chromium: WatchedBrowser, web: Web
) -> None:
    """A field hides the method of its form by its name, in every world."""
    started = time.monotonic()
    said, hint = failing(SignInRequired, web.url("/hidden-methods"), chromium)
    assert "127.0.0.1 asks for more than a terminal can answer." in said
    assert (hint, time.monotonic() - started < 5) == (WINDOW, True)


def test_a_password_in_a_dialog_of_the_browser_is_left_to_a_window(
    chromium: WatchedBrowser, web: Web
) -> None:
    started = time.monotonic()
    said, hint = failing(SignInRequired, web.url("/basic"), chromium)
    assert "127.0.0.1 asks for a password in a dialog of the browser." in said
    assert (hint, time.monotonic() - started < 6) == (WINDOW, True)


@pytest.mark.parametrize(
    "script", [ALERTS, "setInterval(() => alert('Are you there?'), 20)"], ids=["loop", "timer"]
)
def test_one_dialog_after_the_other_is_told_in_their_words(script: str, web: Web) -> None:
    web.pages["/alerts"] = page(f"<script>{script}</script>")
    # Of its own: this one is good for nothing afterwards.
    with browsing(browsers.chromium(), settings()) as browser:
        # Chromium does not tell the second of two alerts from a dialog that asks something.
        prompt = FakePrompt(["y"] * 10)
        said, hint = failing(SignInRequired, web.url("/alerts"), browser, prompt)
    assert 'shows one dialog after the other. The page says: "Are you there?"' in said
    assert hint == WINDOW


# ---- a person would get through, and so does the terminal ----


@pytest.mark.parametrize("path", ["/fields-and-form", "/large", "/alert", "/leave"])
def test_an_odd_page_with_a_sign_in_form_is_answered(
    path: str, chromium: WatchedBrowser, web: Web
) -> None:
    prompt = FakePrompt(["jane", "secret"])
    assert sign_in(web.url(path), chromium, prompt) == "QUJD"
    assert prompt.asked == ["User name: ", "Password: (hidden)"]


def test_a_form_at_the_head_of_a_page_that_never_ends_is_answered(
    chromium: WatchedBrowser,
) -> None:
    with endless(SIGN_IN_PAGE) as address:
        assert sign_in(address, chromium, FakePrompt(["jane", "secret"])) == "QUJD"


def test_a_session_that_expires_in_the_middle_begins_anew_in_the_words_of_the_page(
    chromium: WatchedBrowser, web: Web
) -> None:
    prompt = FakePrompt(["jane", "secret", "", "secret"])
    assert sign_in(web.url("/1"), chromium, prompt) == "QUJD"
    assert prompt.asked[2:] == ["User name [jane]: ", "Password: (hidden)"]
    assert prompt.shown == ['127.0.0.1 says: "Your session has expired."']
