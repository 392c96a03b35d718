"""
The pages of `tests/pages`, and what `page.js` says of each in a real browser.

Beside `NAME.html`, which is of our own making, lies `NAME.json`: its description, as test data for
the unit tests. An integration test compares the two. After a change of a page or of the script,
`python -m tests.described_pages` writes the descriptions anew.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.page import Description
from aws_saml_ext.capture.reading import documents
from aws_saml_ext.settings import Browser
from tests.unit.test_login import SETTINGS

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.capture.engine import WatchedBrowser

PAGES = Path(__file__).with_name("pages")
NAMES = sorted(page.stem for page in PAGES.glob("*.html"))
IN_A_CONTAINER = ("--no-sandbox", "--disable-gpu")

Described = list[dict[str, Any]]
"""What `page.js` says of a page and of each of its frames, without what says nothing."""


@cache
def kept(name: str) -> Described:
    """The description that lies beside a page."""
    described: Described = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    return described


def description(name: str) -> Description:
    return Description.parse(kept(name))


@contextmanager
def served() -> Iterator[str]:
    """The pages on loopback; their address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES / Path(self.path).name
        text = page.read_text(encoding="utf-8") if page.suffix == ".html" else ""
        status = re.search(r"<!-- status: (\d+) -->", text)
        self.send_response(int(status[1]) if status else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def a_browser(browser: Browser = Browser.CHROMIUM) -> Iterator[WatchedBrowser]:
    """A real browser without a window, as a sign-in starts it."""
    from aws_saml_ext.capture.browser import find_programs, starting

    arguments = IN_A_CONTAINER if browser is Browser.CHROMIUM else ()
    settings = replace(SETTINGS, browser=browser, browser_arguments=arguments)
    with TemporaryDirectory() as folder, ExitStack() as running:
        start = starting(find_programs(settings))
        yield running.enter_context(start(settings, Path(folder), True))


def described_now(driver: WebDriver, address: str) -> Described:
    """Open a page, and describe it when it has come to rest."""
    driver.get(address)
    before, deadline = None, time.monotonic() + 20
    while time.monotonic() < deadline:
        found = [described for _, described in documents(driver)]
        done = found and all(document["state"] == "complete" for document in found)
        if done and found[0]["address"] == address and found == before:
            return _tidy(found)
        before = found
        time.sleep(0.05)
    raise TimeoutError(address)


def _tidy(found: Described) -> Described:
    """Without what differs from run to run, and without what says nothing."""
    text = json.dumps([document | {"document": 1} for document in found], ensure_ascii=False)
    text = re.sub(r"http://127\.0\.0\.1:\d+", "https://idp.example.com", text)
    text = re.sub(r"http://localhost:\d+", "https://other.example.com", text)
    tidy: Described = _said(json.loads(text))
    return tidy


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _said(inner) for key, inner in value.items() if inner not in ("", False, [], -1)
        }
    return [_said(inner) for inner in value] if isinstance(value, list) else value


def _write() -> None:
    with served() as address, a_browser() as browser:
        for name in NAMES:
            described = described_now(browser.driver, f"{address}/{name}.html")
            text = json.dumps(described, indent=1, ensure_ascii=False)
            (PAGES / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
