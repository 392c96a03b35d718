"""Read the page that a browser shows, its frames included, and fill it in as a person does.

The script that reads a page runs in the page's own world, and the origins come from that script:
`documents` is the one place that runs it.
"""

from __future__ import annotations

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

_MAX_DIALOGS = 10
"""Dialogs in a row that a page may show before it is read."""
_MAX_FRAMES, _MAX_DEPTH = 12, 3
"""Frames of a page that are read, and how deep they may be nested."""
MAX_SCRIPT_SECONDS = 3.0
"""Seconds that a script in the page may take: it waits while the next page is on its way."""
_ENTER = "\ue007"  # the Enter key (W3C WebDriver, keyboard actions)
_LENGTH = "return arguments[0].value.length"  # the value itself stays in the page
_CLICK = "arguments[0].click()"
_SET = """
const [element, text] = arguments;
const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value");
element.focus();
own.set.call(element, text);
for (const kind of ["input", "change"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
"""


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

    def submit(self, button: Button | None, last: Field) -> None:
        """Press `button`, or Enter in the `last` field where there is none to press.

        Raises:
            PageChanged: as for `fill`.
        """


ReadPage = Callable[["WebDriver"], "Page | None"]
"""
Read the page that a browser shows; `None` between two pages.

Raises:
    EndlessDialogs: the page shows nothing but dialogs.
"""


@dataclass(frozen=True, slots=True)
class _Frame:
    """A document of the page: the frames that lead to it, and its described elements."""

    path: tuple[WebElement, ...]
    origin: str
    elements: tuple[WebElement, ...]


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """A page in a real browser."""

    description: Description
    _driver: WebDriver = field(repr=False)
    _frames: tuple[_Frame, ...] = field(repr=False)

    def fill(self, field: Field, text: str) -> None:
        """See `Page.fill`."""
        with _page_may_change():
            element = self._enter(field)
            # A dialog, or a script that redraws the page, can swallow the keys.
            for _ in range(2):
                self._type(element, text)
                if self._driver.execute_script(_LENGTH, element):
                    return
        raise PageChanged

    def press(self, element: Button | Link | Field) -> None:
        """See `Page.press`."""
        with _page_may_change():
            self._press(self._enter(element))

    def tick(self, field: Field, *, on: bool) -> None:
        """See `Page.tick`."""
        with _page_may_change():
            box = self._enter(field)
            if box.is_selected() is not on:
                self._press(box)

    def submit(self, button: Button | None, last: Field) -> None:
        """See `Page.submit`."""
        from selenium.common.exceptions import ElementNotInteractableException

        with _page_may_change():
            element = None if button is None else self._enter(button)
            if element is not None and element.is_enabled():
                # An element over the button (a cookie banner) does not keep Enter from submitting.
                with suppress(ElementNotInteractableException, _click_intercepted()):
                    element.click()
                    return
            self._enter(last).send_keys(_ENTER)

    def _press(self, element: WebElement) -> None:
        from selenium.common.exceptions import ElementNotInteractableException

        try:
            element.click()
        except (ElementNotInteractableException, _click_intercepted()):
            # Check boxes and radio buttons often lie below the element that draws them.
            self._driver.execute_script(_CLICK, element)

    def _type(self, element: WebElement, text: str) -> None:
        if all(_can_be_typed(character) for character in text):
            element.clear()
            element.send_keys(text)
        else:
            # chromedriver refuses characters above U+FFFF; WebDriver takes U+E000 on for keys.
            self._driver.execute_script(_SET, element, text)

    def _enter(self, element: Field | Button | Link) -> WebElement:
        """Switch to the frame of an element, and return the element.

        Raises:
            PageChanged: the page or the frame is of another origin than the one that was read.
        """
        frame = self._frames[element.frame]
        self._driver.switch_to.default_content()
        self._check_origin(self.description.origin)
        for step in frame.path:
            self._driver.switch_to.frame(step)
        self._check_origin(frame.origin)
        return frame.elements[element.index]

    def _check_origin(self, expected: str) -> None:
        # A page cannot redefine `location.origin`.
        if self._driver.execute_script("return location.origin") != expected:
            raise PageChanged


class Reader:
    """A reader of the pages in a browser.

    It closes each dialog of a page (`alert()`) and adds its text to the alerts of that page.
    """

    def __init__(self) -> None:
        """Start without a dialog."""
        self._dialog: Alert | None = None
        self._dialog_document: float | None = None
        self._dialogs = 0

    def __call__(self, driver: WebDriver) -> BrowserPage | None:
        """Return the page, see `ReadPage`; `None` also when it changes while it is read."""
        from selenium.common.exceptions import UnexpectedAlertPresentException

        try:
            driver.switch_to.default_content()
            found = list(documents(driver))
        except UnexpectedAlertPresentException as dialog:
            words = phrase(dialog.alert_text)
            self._close_dialog(driver, words)
            self._dialogs += 1
            if self._dialogs == _MAX_DIALOGS:
                raise EndlessDialogs(words) from None
            return None
        except _lost():
            return None
        if not found:
            return None
        self._dialogs = 0
        description = Description.parse(described for _, described in found)
        frames = (frame for frame, _ in found)
        return BrowserPage(self._with_dialog(description), driver, tuple(frames))

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


def documents(
    driver: WebDriver, path: tuple[WebElement, ...] = ()
) -> Iterator[tuple[_Frame, dict[str, Any]]]:
    """Yield the document that the driver is in and those of its frames, read by `describe.js`."""
    answer = driver.execute_script(_script())
    if not isinstance(answer, list) or len(answer) != 3 or not isinstance(answer[0], dict):
        return  # between two pages no document can run the script
    described, elements, frames = answer
    yield _Frame(path, phrase(described.get("origin")), tuple(elements)), described
    if len(path) == _MAX_DEPTH:
        return
    for frame in frames[:_MAX_FRAMES]:
        with suppress(*_lost()):  # the frame is gone, or empty
            driver.switch_to.frame(frame)
            yield from documents(driver, (*path, frame))
        driver.switch_to.default_content()
        for step in path:
            driver.switch_to.frame(step)


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
