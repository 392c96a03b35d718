"""The documents of a page and its frames, read by `usable.js` and `describe.js`.

This is the one place that runs that script. It runs in an isolated world, which keeps the elements
that it found for the actions.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext.net import host_and_port

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.capture.browser.frames import Frame

_MAX_FRAMES, _MAX_DEPTH = 12, 3
"""Frames of a page that are read, and how deep they may be nested."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the page that was read."""

    frame: Frame
    reading: int
    """The number of this reading: the isolated world keeps the elements of the last one."""

    def element(self, index: int) -> str:
        """Return the JavaScript expression of a described element."""
        return self._kept("alive", f"({index:d})")

    def child(self, index: int) -> str:
        """Return the JavaScript expression of the element of a frame."""
        return self._kept("frames", f"[{index:d}]")

    @property
    def hosts(self) -> str:
        """Return the JavaScript expression of the elements that may have a closed shadow root."""
        return self._kept("hosts", "")

    def act(self, action: str, index: int, text: str = "") -> str:
        """Return the expression of an action of `actions.js` on a described element."""
        return f"{_KEPT}.actions.{action}({self.element(index)}, {json.dumps(text)})"

    @property
    def is_there(self) -> str:
        """Return the JavaScript expression of whether the document is the one that was read."""
        return f"String(Boolean({_KEPT} && {_KEPT}.reading === {self.reading:d}))"

    def _kept(self, name: str, access: str) -> str:
        found = f"{_KEPT}.{name}{access}"
        return f"({_KEPT} && {_KEPT}.reading === {self.reading:d} ? {found} : null)"


def documents(browser: WatchedBrowser) -> Iterator[tuple[Document, dict[str, Any]]]:
    """Yield the document of the page and those of its frames, read by `describe.js`.

    Raises:
        WebDriverException: the page changes meanwhile, or is gone.
    """
    yield from _documents(browser, browser.frames.page(), depth=0, on_top=False)


def _documents(
    browser: WatchedBrowser, frame: Frame, *, depth: int, on_top: bool
) -> Iterator[tuple[Document, dict[str, Any]]]:
    document = Document(frame, next(_numbers))
    described, frame_count = _described(browser, document)
    if described.get("hides") is True:
        browser.frames.reveal(document.hosts, frame)
        described, frame_count = _described(browser, document)
    yield document, described | {"onTop": on_top}
    frames_on_top = described.get("framesOnTop")
    if depth == _MAX_DEPTH:
        return
    for index in range(min(frame_count, _MAX_FRAMES)):
        with suppress(*lost()):  # the frame is gone, or empty
            child = browser.frames.child(document.child(index), frame)
            if child is not None:
                is_on_top = on_top or (
                    isinstance(frames_on_top, list) and frames_on_top[index : index + 1] == [True]
                )
                yield from _documents(browser, child, depth=depth + 1, on_top=is_on_top)


def _described(browser: WatchedBrowser, document: Document) -> tuple[dict[str, Any], int]:
    """Return what the script tells of a document, and the number of its frames."""
    frame = document.frame
    described: dict[str, Any] = {"failed": True}
    frame_count = 0
    host = host_and_port(frame.address)
    text = browser.frames.evaluate(reading_script(document.reading), frame)
    # In a frame of another site the page can tamper with it.
    with suppress(ValueError, TypeError, RecursionError, OverflowError):
        answer, count = json.loads(text)
        described, frame_count = dict(answer), int(count)
    if described.pop("host", host) != host and frame.origin != "null":
        raise _another_document()  # it came after the browser was asked for the address
    return described | {"origin": frame.origin, "address": frame.address}, frame_count


def reading_script(reading: int) -> str:
    """Return the expression that describes a document, and keeps its elements under a number."""
    return _READING.replace("READING", str(reading)).replace("DESCRIBE", _script())


_numbers = itertools.count(1)
_KEPT = "globalThis.awsSamlLogin"
_PARTS = ("usable.js", "actions.js", "elements.js", "describe.js")
_READING = """(() => {
  let answer;
  try {
    answer = (() => { DESCRIBE })();
  } catch { // for one, a field whose name hides a method of its form
    const state = String(document.readyState);
    answer = [{ failed: true, document: performance.timeOrigin, state }, [], [], {}, []];
  }
  const [, elements, frames, actions, hosts] = answer;
  const alive = (index) => (elements[index] = actions.successor(elements[index]));
  globalThis.awsSamlLogin = { reading: READING, alive, frames, actions, hosts };
  return JSON.stringify([answer[0], answer[2].length]);
})()"""


def _another_document() -> Exception:
    from selenium.common.exceptions import WebDriverException

    return WebDriverException("another document came meanwhile")


@cache
def _script() -> str:
    parts = (Path(__file__).with_name(name) for name in _PARTS)
    return "".join(part.read_text(encoding="utf-8") for part in parts)


def lost(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return the errors of WebDriver for a page, a window or a browser that is gone, and `more`."""
    from selenium.common.exceptions import WebDriverException
    from urllib3.exceptions import HTTPError

    return *more, WebDriverException, HTTPError, OSError
