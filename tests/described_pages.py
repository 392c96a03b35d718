"""The pages of `tests/pages`, and the descriptions that `describe.js` gives of them.

Beside `NAME.html`, a page written for these tests, lies `NAME.json`: its description, as data for
the unit tests. An integration test compares the two. After a change of a page or of the script,
`python -m tests.described_pages` writes the descriptions again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.documents import documents
from tests.web import Answer, serving

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.discovery import Programs
    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.config.settings import Settings

PAGES = Path(__file__).with_name("pages")
NAMES = sorted(page.stem for page in PAGES.glob("*.html"))

Described = list[dict[str, Any]]
"""The output of `describe.js` for a page and each of its frames, without empty values."""


@cache
def kept(name: str) -> Described:
    """Return the description that lies beside a page."""
    described: Described = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    return described


def description(name: str) -> Description:
    return Description.parse(kept(name))


def answers() -> dict[str, Answer]:
    """Return the pages by the path that they are served at."""
    return {f"/{name}.html": _answer(PAGES / f"{name}.html") for name in NAMES}


def _answer(page: Path) -> Answer:
    text = page.read_text(encoding="utf-8")
    status = re.search(r"<!-- status: (\d+) -->", text)
    return Answer(text, status=int(status[1]) if status else 200)


@contextmanager
def browsing(programs: Programs, settings: Settings) -> Iterator[WatchedBrowser]:
    """Start a browser without a window, as a sign-in does."""
    from aws_saml_ext.capture import engine_for
    from aws_saml_ext.capture.browser.driver import START_SECONDS

    with TemporaryDirectory() as folder, ExitStack() as running:
        yield running.enter_context(
            engine_for(programs)(settings, Path(folder), True, START_SECONDS)
        )


def described_now(browser: WatchedBrowser, address: str) -> Described:
    """Open a page and return its description once it has settled."""
    from selenium.common.exceptions import WebDriverException

    browser.driver.get(address)
    before: Described = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = []
        with suppress(WebDriverException):  # between two pages there is none
            found = [described for _, described in documents(browser)]
        done = found and all(document["state"] == "complete" for document in found)
        if done and found[0]["address"] == address and found == before:
            return _tidy(found)
        before = found
        time.sleep(0.05)
    raise TimeoutError(address)


def _tidy(found: Described) -> Described:
    """Return descriptions without empty values and values that differ from run to run."""
    page, *frames = (document | {"document": 1} for document in found)
    # Browsers differ in what they tell a frame of its status; nobody reads it.
    text = json.dumps([page, *(frame | {"status": 0} for frame in frames)], ensure_ascii=False)
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
    from tests.browsers import chromium, settings

    with serving(answers()) as web, browsing(chromium(), settings()) as browser:
        for name in NAMES:
            described = described_now(browser, web.url(f"/{name}.html"))
            text = json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True)
            (PAGES / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
