"""Read the page that a browser shows, its frames included, and fill it in as a person does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from aws_saml_ext.capture.page.description import (
    Alert,
    Button,
    Description,
    Field,
    Link,
    phrase,
)
from aws_saml_ext.capture.page.documents import Document, documents, lost

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

    from aws_saml_ext.capture.browser.engine import WatchedBrowser

_MAX_DIALOGS = 10
"""Dialogs in a row that a page may show before it is read."""
_WAIT, _MAX_WAITS = 0.1, 100
"""Seconds between two looks at a button that is off, and how many there are."""
_MAX_READONLY_WAITS = 15
"""Looks at a field that has the focus, until it takes keys and keeps the focus."""
_ENTER = "\ue007"  # the Enter key (W3C WebDriver, keyboard actions)


class PageChanged(Exception):
    """The page is no longer the one that was read: read it again."""


class Blocked(Exception):
    """An element of the page cannot be used, although the page is still there."""

    def __init__(self, name: str, over: str) -> None:
        """Take the page's name of the element, and the words of what lies over it."""
        super().__init__(f"{name!r} cannot be used")
        self.name = name
        self.over = over


class EndlessDialogs(Exception):
    """The page shows one dialog after the other, so it cannot be read; the text is theirs."""


class Page(Protocol):
    """A page that was read, and the actions that answer it."""

    @property
    def description(self) -> Description:
        """The visible parts of the page."""

    def without_overlay(self) -> Page:
        """Return the page as it is below a part that lies over it, where that takes keys."""

    def fill(self, field: Field, text: str) -> None:
        """Type `text` into a field, in place of its value.

        The last key of many forms submits them: this returns then, as it does otherwise.

        Raises:
            PageChanged: the page or the frame of the field showed another document before.
            Blocked: the field takes no text.
        """

    def press(self, element: Button | Link | Field) -> None:
        """Press a button, a link or a tile, or choose a radio button.

        A button that is off is waited for; what would open a tab of its own opens in this one.

        Raises:
            PageChanged: as for `fill`.
        """

    def address_of(self, element: Button | Link) -> str:
        """Return the address that a link leads to, empty for none; it raises as `fill`."""

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

        A button that is off is waited for. Nothing is pressed where the last key has submitted the
        form already.

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
class BrowserPage:
    """A page in a real browser."""

    description: Description
    _browser: WatchedBrowser = field(repr=False)
    _documents: tuple[Document, ...] = field(repr=False)
    _sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @property
    def _driver(self) -> WebDriver:
        return self._browser.driver

    def without_overlay(self) -> BrowserPage:
        """See `Page.without_overlay`."""
        below = self.description.below
        return self if below is None else replace(self, description=below)

    def fill(self, field: Field, text: str) -> None:
        """See `Page.fill`."""
        with _page_may_change():
            # A dialog, or a script that redraws the page, can swallow the keys.
            length = sum(1 + (character > "\uffff") for character in text)  # as a script counts
            by_keys = () if self._is_shared(field) else (self._type, self._type_with_focus)
            for type_text in (*by_keys, self._set):
                try:
                    type_text(field, text)
                except lost():  # covered, or replaced by another element at the first key
                    if not self._is_there(field):
                        return  # a key led to another page
                try:
                    there = self._run("length", field)  # a frame of another site may lie
                    written = int(there[:9]) if there.isdecimal() else 0
                except lost():
                    if not self._is_there(field):
                        return
                    raise
                if written and written in {length, field.maxlength}:
                    return
            if written:
                return  # the page writes it in a form of its own
            over = self._run("wordsOver", field)
        raise Blocked(field.caption or field.name, phrase(over))

    def press(self, element: Button | Link | Field) -> None:
        """See `Page.press`."""
        with _page_may_change():
            if isinstance(element, Button) and element.disabled:
                self._comes_alive(element)
            if not isinstance(element, Field) and element.new_tab:
                self._run("stay", element)
            self._press(element, self._enter(element))

    def address_of(self, element: Button | Link) -> str:
        """See `Page.address_of`."""
        with _page_may_change():
            return self._run("address", element)

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
            if self._run("choose", field, str(place)) == str(place):
                return
        raise PageChanged

    def submit(self, button: Button | None, last: Field) -> None:
        """See `Page.submit`."""
        with _page_may_change():
            try:
                self._submit(button, last)
            except lost(PageChanged):
                if self._is_there(last):
                    raise

    def _submit(self, button: Button | None, last: Field) -> None:
        element = None
        if button is not None and self._comes_alive(button):
            element = self._enter(button)
        # An element over the button (a cookie banner) does not keep Enter from submitting.
        with suppress(*_refused()):
            if button is not None and element is not None:
                self._click(button, element)
                return
        field = self._enter(last)
        try:
            if self._is_shared(last):
                self._run("submit", last)
            else:
                field.send_keys(_ENTER)
        except lost() as error:
            self._run_instead(error, "submit", last)

    def _comes_alive(self, button: Button) -> bool:
        """Wait for a button that is off, and return whether it can be pressed."""
        for _ in range(_MAX_WAITS):
            if (state := self._run("offState", button)) == "on":
                return True
            self._sleep(_WAIT)
        return state == "called off"

    def _is_there(self, element: Field | Button | Link) -> bool:
        """Return whether the page and the frame of an element show the documents that were read."""
        frames = self._browser.frames
        try:
            return all(
                frames.evaluate(document.is_there, document.frame) == "true"
                for document in (self._documents[0], self._documents[element.frame])
            )
        except lost():
            return False

    def _click(self, button: Button, element: WebElement) -> None:
        try:
            element.click()
        except lost() as error:
            self._run_instead(error, "click", button)

    def _press(self, pressed: Button | Link | Field, element: WebElement) -> None:
        try:
            element.click()
        except _refused():
            # Check boxes and radio buttons often lie below the element that draws them.
            self._run("click", pressed)
        except lost() as error:
            self._run_instead(error, "click", pressed)

    def _type(self, field: Field, text: str) -> None:
        element = self._enter(field)
        if field.readonly:
            self._focus(field, element)
        # chromedriver refuses characters above U+FFFF; WebDriver takes U+E000 on for keys.
        if field.type == "date" or not all(map(_can_be_typed, text)):
            self._set(field, text)
            return
        try:
            element.clear()
            if field.dots:
                self._keep_focus(field)
            element.send_keys(text)
        except lost() as error:
            self._run_instead(error, "set", field, text)

    def _type_with_focus(self, field: Field, text: str) -> None:
        """Type as a person does who clicked the field: the browser chooses the element."""
        from selenium.webdriver.common.action_chains import ActionChains

        self._focus(field, self._enter(field))
        if all(map(_can_be_typed, text)):
            ActionChains(self._driver, duration=0).send_keys(text).perform()

    def _set(self, field: Field, text: str) -> None:
        self._enter(field)
        self._run("set", field, text)

    def _is_shared(self, field: Field) -> bool:
        """Return whether keys could go to a document of another origin; see `actions.js`."""
        return self._run("isShared", field) == "true"

    def _focus(self, field: Field, element: WebElement) -> None:
        """Give a field the focus, and wait until it takes keys."""
        with suppress(*_refused()):
            element.click()
        self._run("focus", field)
        for _ in range(_MAX_READONLY_WAITS):
            if self._run("takesKeys", field) == "true":
                return
            self._sleep(_WAIT)

    def _keep_focus(self, field: Field) -> None:
        """Give a field for a secret the focus until it stays there, or raise Blocked."""
        for _ in range(_MAX_READONLY_WAITS):
            self._run("focus", field)
            if self._run("isElsewhere", field) == "false":
                return
        raise Blocked(field.caption or field.name, "")

    def _run(self, action: str, element: Field | Button | Link, text: str = "") -> str:
        """Return what an action of `actions.js` gives for an element."""
        document = self._documents[element.frame]
        expression = document.act(action, element.index, text)
        return self._browser.frames.evaluate(expression, document.frame)

    def _run_instead(
        self, error: Exception, action: str, element: Field | Button | Link, text: str = ""
    ) -> None:
        """Run an action that WebDriver failed to do.

        The driver of Chromium acts by scripts in the world of the page, and some pages (an old
        library is enough) make these fail. Its errors about the element itself are raised again.
        """
        from selenium.common.exceptions import JavascriptException, WebDriverException

        if type(error) not in {WebDriverException, JavascriptException}:
            raise error
        self._run(action, element, text)

    def _enter(self, element: Field | Button | Link) -> WebElement:
        """Switch to the frame of an element, and return the element.

        Raises:
            PageChanged: the page or the frame is of another origin than the one that was read.
        """
        frames, page = self._browser.frames, self._documents[0]
        document = self._documents[element.frame]
        try:
            found = frames.element(document.element(element.index), document.frame)
            self._driver.switch_to.default_content()
            for step in document.frame.path:
                self._driver.switch_to.frame(step)
        except lost():
            if self._is_there(element):
                raise
            raise PageChanged from None
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
        except lost():
            return None
        self._dialogs = 0
        description = Description.parse(described for _, described in found)
        read = tuple(document for document, _ in found)
        return BrowserPage(self._with_dialog(description), browser, read)

    def _close_dialog(self, driver: WebDriver, words: str) -> None:
        self._dialog, self._dialog_document = Alert(frame=0, group=-1, words=words), None
        # Most drivers have closed it already.
        with suppress(*lost()):
            driver.switch_to.alert.dismiss()

    def _with_dialog(self, description: Description) -> Description:
        if self._dialog is None:
            return description
        if self._dialog_document not in {None, description.document}:
            self._dialog = None
            return description
        self._dialog_document = description.document
        return replace(description, alerts=(self._dialog, *description.alerts))


def _can_be_typed(character: str) -> bool:
    return character <= "\uffff" and not "\ue000" <= character <= "\uf8ff"


@contextmanager
def _page_may_change() -> Iterator[None]:
    """Raise PageChanged for any error of the browser in here: the next reading shows its cause."""
    try:
        yield
    except lost():
        # The cause may quote the text that was being typed.
        raise PageChanged from None


def _refused() -> tuple[type[Exception], ...]:
    """Return the errors of WebDriver for an element that a person could not use either."""
    from selenium.common import exceptions

    return (
        exceptions.ElementNotInteractableException,
        exceptions.ElementClickInterceptedException,
        exceptions.InvalidElementStateException,
    )
