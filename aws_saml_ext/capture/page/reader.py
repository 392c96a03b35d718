"""Read the page that a browser shows, its frames included, and fill it in as a person does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aws_saml_ext.capture.page.classify import Alert, Button, Description, Field, Link, printable

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

_DIALOGS = 10  # one after the other, that a page may show before it can be read
_FRAMES, _DEPTH = 12, 3  # how many frames of a page are read, and how deep
SCRIPT_SECONDS = 3.0
"""How long a script in the page may wait: it does while the next page is on its way."""
_ENTER = "\ue007"  # as WebDriver writes it (W3C WebDriver, keyboard actions)
_LENGTH = "return arguments[0].value.length"  # what stands there is none of our business
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


class DialogsForEver(Exception):
    """The page shows one dialog after the other and lets nobody read it; the text is theirs."""


class Page(Protocol):
    """A page as it was read, and the hand to answer it."""

    @property
    def description(self) -> Description:
        """What is visible on it."""

    def fill(self, field: Field, text: str) -> None:
        """
        Type `text` into a field, in place of what stands there.

        Raises:
            PageChanged: another page, or another origin, stands where the field was.
        """

    def press(self, element: Button | Link | Field) -> None:
        """
        Press a button, a link or a tile, or choose a circle.

        Raises:
            PageChanged: as above.
        """

    def tick(self, field: Field, *, on: bool) -> None:
        """
        Tick a box, or see to it that it is not ticked.

        Raises:
            PageChanged: as above.
        """

    def submit(self, button: Button | None, last: Field) -> None:
        """
        Press `button`; where there is none, or it cannot be pressed, Enter in the `last` field.

        Raises:
            PageChanged: as above.
        """


ReadPage = Callable[["WebDriver"], "Page | None"]
"""
Read the page that a browser shows; `None` while there is none, between two of them.

Raises:
    DialogsForEver: the page shows nothing else.
"""


@dataclass(frozen=True, slots=True)
class _Frame:
    """A document of the page: the way to it, and the elements that were described."""

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
            # A dialog of the page, or a script that draws it anew, can swallow what is typed.
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
            found = self._enter(field)
            if found.is_selected() is not on:
                self._press(found)

    def submit(self, button: Button | None, last: Field) -> None:
        """See `Page.submit`."""
        from selenium.common.exceptions import ElementNotInteractableException

        with _page_may_change():
            element = None if button is None else self._enter(button)
            if element is not None and element.is_enabled():
                # What lies over a button (a cookie banner) does not keep Enter from submitting.
                with suppress(ElementNotInteractableException, _click_intercepted()):
                    element.click()
                    return
            self._enter(last).send_keys(_ENTER)

    def _press(self, element: WebElement) -> None:
        from selenium.common.exceptions import ElementNotInteractableException

        try:
            element.click()
        except (ElementNotInteractableException, _click_intercepted()):
            # Boxes and circles are often drawn by something else, which lies over the real one.
            self._driver.execute_script(_CLICK, element)

    def _type(self, element: WebElement, text: str) -> None:
        if all(_can_be_typed(character) for character in text):
            element.clear()
            element.send_keys(text)
        else:
            # Above U+FFFF chromedriver refuses them; from U+E000 on they name keys to WebDriver.
            self._driver.execute_script(_SET, element, text)

    def _enter(self, wanted: Field | Button | Link) -> WebElement:
        """The element, in its frame, if that is still of the origin that was read."""
        frame = self._frames[wanted.frame]
        self._driver.switch_to.default_content()
        self._must_be(self.description.origin)
        for step in frame.path:
            self._driver.switch_to.frame(step)
        self._must_be(frame.origin)
        return frame.elements[wanted.index]

    def _must_be(self, origin: str) -> None:
        if self._driver.execute_script("return location.origin") != origin:  # no page redefines it
            raise PageChanged


class Reader:
    """
    Reads pages in a browser.

    What a page says in a dialog (`alert()`) is taken for words of that page, and the dialog closed.
    """

    def __init__(self) -> None:
        self._dialog: Alert | None = None
        self._said_on: float | None = None
        self._dialogs = 0

    def __call__(self, driver: WebDriver) -> BrowserPage | None:
        """See `ReadPage`; `None` also when the page changes meanwhile."""
        from selenium.common.exceptions import UnexpectedAlertPresentException

        try:
            driver.switch_to.default_content()
            found = list(documents(driver))
        except UnexpectedAlertPresentException as dialog:
            words = printable(dialog.alert_text)
            self._close(driver, words)
            self._dialogs += 1
            if self._dialogs == _DIALOGS:
                raise DialogsForEver(words) from None
            return None
        except _lost():
            return None
        if not found:
            return None
        self._dialogs = 0
        description = Description.parse(described for _, described in found)
        frames = (frame for frame, _ in found)
        return BrowserPage(self._with_dialog(description), driver, tuple(frames))

    def _close(self, driver: WebDriver, words: str) -> None:
        self._dialog, self._said_on = Alert(frame=0, group=-1, words=words), None
        # Most drivers have closed it by themselves.
        with suppress(*_lost()):
            driver.switch_to.alert.dismiss()

    def _with_dialog(self, description: Description) -> Description:
        if self._dialog is None:
            return description
        if self._said_on not in {None, description.document}:
            self._dialog = None
            return description
        self._said_on = description.document
        return replace(description, alerts=(self._dialog, *description.alerts))


def documents(
    driver: WebDriver, path: tuple[WebElement, ...] = ()
) -> Iterator[tuple[_Frame, dict[str, Any]]]:
    """The document that the driver is in and those of its frames, read by `describe.js`."""
    answer = driver.execute_script(_script())
    if not isinstance(answer, list) or len(answer) != 3 or not isinstance(answer[0], dict):
        return  # between two pages there is nothing to run it in
    described, elements, frames = answer
    yield _Frame(path, printable(described.get("origin")), tuple(elements)), described
    if len(path) == _DEPTH:
        return
    for frame in frames[:_FRAMES]:
        with suppress(*_lost()):  # the frame is gone, or has nothing in it
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
    """Whatever the browser cannot do any more, the next reading shows why."""
    try:
        yield
    except _lost():
        # The cause may quote what was being typed.
        raise PageChanged from None


def _lost() -> tuple[type[Exception], ...]:
    """What WebDriver raises when the page, the window or the browser is not there any more."""
    from selenium.common.exceptions import WebDriverException
    from urllib3.exceptions import HTTPError

    return WebDriverException, HTTPError, OSError


def _click_intercepted() -> type[Exception]:
    from selenium.common.exceptions import ElementClickInterceptedException

    return ElementClickInterceptedException
