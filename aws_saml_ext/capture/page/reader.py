"""Read the page that a browser shows, its frames included, and fill it in as a person does.

`documents` is the one place that runs the script that reads a page. It runs in an isolated world,
which keeps the elements that it found for the actions.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aws_saml_ext.capture.page.description import (
    Alert,
    Button,
    Description,
    Field,
    Link,
    phrase,
)

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.capture.browser.frames import Frame

_MAX_DIALOGS = 10
"""Dialogs in a row that a page may show before it is read."""
_MAX_FRAMES, _MAX_DEPTH = 12, 3
"""Frames of a page that are read, and how deep they may be nested."""
MAX_SCRIPT_SECONDS = 3.0
"""Seconds that a script in the page may take: it waits while the next page is on its way."""
_ENTER = "\ue007"  # the Enter key (W3C WebDriver, keyboard actions)
# Functions for an element that was read; each returns a text.
_LENGTH = "element => String(element.value.length)"  # the value itself stays in the page
_CLICK = "element => { element.click(); return '' }"
_SUBMIT = "element => { element.form.requestSubmit(); return '' }"
_CHOOSE = """(element, place) => {
  const offered = awsSamlLogin.actions.offered(element), option = offered[Number(place)];
  if (!option) return "";
  element.focus();
  option.selected = true;
  for (const kind of ["input", "change"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
  return String(offered.findIndex(each => each.selected));
}"""
_SET = """(element, text) => {
  const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value");
  element.focus();
  own.set.call(element, text);
  for (const kind of ["input", "change"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
  return "";
}"""


class PageChanged(Exception):
    """The page is no longer the one that was read: read it again."""


class EndlessDialogs(Exception):
    """The page shows one dialog after the other, so it cannot be read; the text is theirs."""


class Page(Protocol):
    """A page that was read, and the actions that answer it."""

    @property
    def description(self) -> Description:
        """The visible parts of the page."""

    def fill(self, field: Field, text: str) -> None:
        """Type `text` into a field, in place of its value.

        Raises:
            PageChanged: the page or the frame of the field shows another document by now.
        """

    def press(self, element: Button | Link | Field) -> None:
        """Press a button, a link or a tile, or choose a radio button.

        Raises:
            PageChanged: as for `fill`.
        """

    def tick(self, field: Field, *, on: bool) -> None:
        """Tick a check box, or remove its tick.

        Raises:
            PageChanged: as for `fill`.
        """

    def choose(self, field: Field, place: int) -> None:
        """Choose an option of a list by its place in `Field.options`.

        Raises:
            PageChanged: as for `fill`.
        """

    def submit(self, button: Button | None, last: Field) -> None:
        """Press `button`, or Enter in the `last` field where there is none to press.

        Raises:
            PageChanged: as for `fill`.
        """


ReadPage = Callable[["WatchedBrowser"], "Page | None"]
"""
Read the page that a browser shows; `None` between two pages.

Raises:
    EndlessDialogs: the page shows nothing but dialogs.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the page that was read."""

    frame: Frame
    reading: int
    """The number of this reading: the isolated world keeps the elements of the last one."""

    def element(self, index: int) -> str:
        """Return the JavaScript expression of a described element."""
        return self._kept("elements", index)

    def child(self, index: int) -> str:
        """Return the JavaScript expression of the element of a frame."""
        return self._kept("frames", index)

    def _kept(self, name: str, index: int) -> str:
        found = f"{_KEPT}.{name}[{index:d}]"
        return f"({_KEPT} && {_KEPT}.reading === {self.reading:d} ? {found} : null)"


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """A page in a real browser."""

    description: Description
    _browser: WatchedBrowser = field(repr=False)
    _documents: tuple[Document, ...] = field(repr=False)

    @property
    def _driver(self) -> WebDriver:
        return self._browser.driver

    def fill(self, field: Field, text: str) -> None:
        """See `Page.fill`."""
        with _page_may_change():
            element = self._enter(field)
            # A dialog, or a script that redraws the page, can swallow the keys.
            for _ in range(2):
                self._type(field, element, text)
                if self._run(_LENGTH, field) != "0":
                    return
        raise PageChanged

    def press(self, element: Button | Link | Field) -> None:
        """See `Page.press`."""
        with _page_may_change():
            self._press(element, self._enter(element))

    def tick(self, field: Field, *, on: bool) -> None:
        """See `Page.tick`."""
        with _page_may_change():
            box = self._enter(field)
            if box.is_selected() is not on:
                self._press(field, box)

    def choose(self, field: Field, place: int) -> None:
        """See `Page.choose`."""
        with _page_may_change():
            self._enter(field)
            if self._run(_CHOOSE, field, str(place)) == str(place):
                return
        raise PageChanged

    def submit(self, button: Button | None, last: Field) -> None:
        """See `Page.submit`."""
        from selenium.common.exceptions import ElementNotInteractableException

        with _page_may_change():
            element = None if button is None else self._enter(button)
            # An element over the button (a cookie banner) does not keep Enter from submitting.
            with suppress(ElementNotInteractableException, _click_intercepted()):
                if button is not None and element is not None and self._click(button, element):
                    return
            field = self._enter(last)
            try:
                field.send_keys(_ENTER)
            except _lost() as error:
                self._run_instead(error, _SUBMIT, last)

    def _click(self, button: Button, element: WebElement) -> bool:
        """Click a button, and return whether that is possible."""
        try:
            if not element.is_enabled():
                return False
            element.click()
        except _lost() as error:
            self._run_instead(error, _CLICK, button)
        return True

    def _press(self, pressed: Button | Link | Field, element: WebElement) -> None:
        from selenium.common.exceptions import ElementNotInteractableException

        try:
            element.click()
        except (ElementNotInteractableException, _click_intercepted()):
            # Check boxes and radio buttons often lie below the element that draws them.
            self._run(_CLICK, pressed)
        except _lost() as error:
            self._run_instead(error, _CLICK, pressed)

    def _type(self, field: Field, element: WebElement, text: str) -> None:
        # chromedriver refuses characters above U+FFFF; WebDriver takes U+E000 on for keys.
        if not all(_can_be_typed(character) for character in text):
            self._run(_SET, field, text)
            return
        try:
            element.clear()
            element.send_keys(text)
        except _lost() as error:
            self._run_instead(error, _SET, field, text)

    def _run(self, function: str, element: Field | Button | Link, text: str = "") -> str:
        """Return what a function gives for an element, in the isolated world of its document."""
        document = self._documents[element.frame]
        expression = f"({function})({document.element(element.index)}, {json.dumps(text)})"
        return self._browser.frames.evaluate(expression, document.frame)

    def _run_instead(
        self, error: Exception, function: str, element: Field | Button | Link, text: str = ""
    ) -> None:
        """Run a function for an action that WebDriver failed to do.

        The driver of Chromium acts by scripts in the world of the page, and some pages (an old
        library is enough) make these fail. Its errors about the element itself are raised again.
        """
        from selenium.common.exceptions import JavascriptException, WebDriverException

        if type(error) not in {WebDriverException, JavascriptException}:
            raise error
        self._run(function, element, text)

    def _enter(self, element: Field | Button | Link) -> WebElement:
        """Switch to the frame of an element, and return the element.

        Raises:
            PageChanged: the page or the frame is of another origin than the one that was read.
        """
        frames, page, document = (
            self._browser.frames,
            self._documents[0],
            self._documents[element.frame],
        )
        found = frames.element(document.element(element.index), document.frame)
        self._driver.switch_to.default_content()
        for step in document.frame.path:
            self._driver.switch_to.frame(step)
        # Last: the element belongs to one document, and nobody can act on it in another one.
        if not all(frames.is_current(each.frame) for each in (page, document)):
            raise PageChanged
        return found


class Reader:
    """A reader of the pages in a browser.

    It closes each dialog of a page (`alert()`) and adds its text to the alerts of that page.
    """

    def __init__(self) -> None:
        """Start without a dialog."""
        self._dialog: Alert | None = None
        self._dialog_document: float | None = None
        self._dialogs = 0

    def __call__(self, browser: WatchedBrowser) -> BrowserPage | None:
        """Return the page, see `ReadPage`; `None` also when it changes while it is read."""
        from selenium.common.exceptions import UnexpectedAlertPresentException

        driver = browser.driver
        try:
            driver.switch_to.default_content()
            found = list(documents(browser))
        except UnexpectedAlertPresentException as dialog:
            words = phrase(dialog.alert_text)
            self._close_dialog(driver, words)
            self._dialogs += 1
            if self._dialogs == _MAX_DIALOGS:
                raise EndlessDialogs(words) from None
            return None
        except _lost():
            return None
        self._dialogs = 0
        description = Description.parse(described for _, described in found)
        read = tuple(document for document, _ in found)
        return BrowserPage(self._with_dialog(description), browser, read)

    def _close_dialog(self, driver: WebDriver, words: str) -> None:
        self._dialog, self._dialog_document = Alert(frame=0, group=-1, words=words), None
        # Most drivers have closed it already.
        with suppress(*_lost()):
            driver.switch_to.alert.dismiss()

    def _with_dialog(self, description: Description) -> Description:
        if self._dialog is None:
            return description
        if self._dialog_document not in {None, description.document}:
            self._dialog = None
            return description
        self._dialog_document = description.document
        return replace(description, alerts=(self._dialog, *description.alerts))


def documents(browser: WatchedBrowser) -> Iterator[tuple[Document, dict[str, Any]]]:
    """Yield the document of the page and those of its frames, read by `describe.js`.

    Raises:
        WebDriverException: the page changes meanwhile, or is gone.
    """
    yield from _documents(browser, browser.frames.page(), depth=0)


def _documents(
    browser: WatchedBrowser, frame: Frame, *, depth: int
) -> Iterator[tuple[Document, dict[str, Any]]]:
    document = Document(frame, next(_numbers))
    described, frame_count = _described(browser, document)
    yield document, described
    if depth == _MAX_DEPTH:
        return
    for index in range(min(frame_count, _MAX_FRAMES)):
        with suppress(*_lost()):  # the frame is gone, or empty
            child = browser.frames.child(document.child(index), frame)
            if child is not None:
                yield from _documents(browser, child, depth=depth + 1)


def _described(browser: WatchedBrowser, document: Document) -> tuple[dict[str, Any], int]:
    """Return what the script tells of a document, and the number of its frames."""
    frame = document.frame
    described: dict[str, Any] = {"failed": True}
    frame_count = 0
    text = browser.frames.evaluate(_reading_script(document.reading), frame)
    # In a frame of another site the page can tamper with it.
    with suppress(ValueError, TypeError, RecursionError, OverflowError):
        answer, count = json.loads(text)
        described, frame_count = dict(answer), int(count)
    return described | {"origin": frame.origin, "address": frame.address}, frame_count


def _reading_script(reading: int) -> str:
    """Return the expression that describes a document, and keeps its elements under a number."""
    return _READING.replace("READING", str(reading)).replace("DESCRIBE", _script())


_numbers = itertools.count(1)
_KEPT = "globalThis.awsSamlLogin"
_READING = """(() => {
  let answer;
  try {
    answer = (() => { DESCRIBE })();
  } catch { // for one, a field whose name hides a method of its form
    const state = String(document.readyState);
    answer = [{ failed: true, document: performance.timeOrigin, state }, [], [], {}];
  }
  const [, elements, frames, actions] = answer;
  globalThis.awsSamlLogin = { reading: READING, elements, frames, actions };
  return JSON.stringify([answer[0], answer[2].length]);
})()"""


def _can_be_typed(character: str) -> bool:
    return character <= "\uffff" and not "\ue000" <= character <= "\uf8ff"


@cache
def _script() -> str:
    return Path(__file__).with_name("describe.js").read_text(encoding="utf-8")


@contextmanager
def _page_may_change() -> Iterator[None]:
    """Raise PageChanged for any error of the browser in here: the next reading shows its cause."""
    try:
        yield
    except _lost():
        # The cause may quote the text that was being typed.
        raise PageChanged from None


def _lost() -> tuple[type[Exception], ...]:
    """Return the errors of WebDriver for a page, a window or a browser that is gone."""
    from selenium.common.exceptions import WebDriverException
    from urllib3.exceptions import HTTPError

    return WebDriverException, HTTPError, OSError


def _click_intercepted() -> type[Exception]:
    from selenium.common.exceptions import ElementClickInterceptedException

    return ElementClickInterceptedException
