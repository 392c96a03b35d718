"""Read the page that a browser shows, its frames included, and fill it in as a person does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from aws_saml_ext.capture.page.description import (
    Button,
    Description,
    Field,
    Link,
    phrase,
)
from aws_saml_ext.capture.page.dialogs import Dialogs, dialog_of
from aws_saml_ext.capture.page.documents import documents, lost
from aws_saml_ext.capture.page.elements import (
    Elements,
    PageChanged,
    changed,
    page_may_change,
    refused,
)

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from aws_saml_ext.capture.browser.engine import WatchedBrowser

_WAIT, _MAX_WAITS = 0.1, 100
"""Seconds between two looks at a button that is off, and how many there are."""
_MAX_READONLY_WAITS = 15
"""Looks at a field that has the focus, until it takes keys and keeps the focus."""
_MAX_FIELD_WAITS = 5
"""Looks at fields that are off, until a choice brings them to life."""
_MAX_SUGGESTION_WAITS = 15
"""Looks at a field, until a list below it suggests something."""
_KEYS = 10
_ENTER = "\ue007"  # the Enter key (W3C WebDriver, keyboard actions)


class Blocked(Exception):
    """An element of the page cannot be used, although the page is still there."""

    def __init__(self, name: str, over: str) -> None:
        """Take the page's name of the element, and the words of what lies over it."""
        super().__init__(f"{name!r} cannot be used")
        self.name = name
        self.over = over


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
            PageChanged: as for `fill`, or a field of the form has come to life meanwhile.
        """


ReadPage = Callable[["WatchedBrowser"], "Page | None"]
"""
Read the page that a browser shows; `None` between two pages.

Raises:
    DialogOpen: a dialog waits for an answer.
    EndlessDialogs: the page shows nothing but dialogs.
"""


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """A page in a real browser."""

    description: Description
    _elements: Elements = field(repr=False)
    _sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def without_overlay(self) -> BrowserPage:
        """See `Page.without_overlay`."""
        below = self.description.below
        return self if below is None else replace(self, description=below)

    def fill(self, field: Field, text: str) -> None:
        """See `Page.fill`."""
        with page_may_change():
            if field.keys:
                self._press_keys(field, text)
                return
            # A dialog, or a script that redraws the page, can swallow the keys.
            if self._elements.run("holds", field, text) == "true":
                return
            length = sum(1 + (character > "\uffff") for character in text)  # as a script counts
            by_keys = () if self._is_shared(field) else (self._type, self._type_with_focus)
            for type_text in (*by_keys, self._set):
                try:
                    type_text(field, text)
                except lost():  # covered, or replaced by another element at the first key
                    if self._elements.below_dialog():
                        raise
                    if not self._elements.is_there(field):
                        return  # a key led to another page
                try:
                    there = self._elements.run("length", field)  # a frame of another site may lie
                    written = int(there[:9]) if there.isdecimal() else 0
                except lost():
                    if not self._elements.is_there(field):
                        return
                    raise
                if written and written in {length, field.maxlength}:
                    self._take_suggestion(field, text)
                    return
            if written:
                return  # the page writes it in a form of its own
            over = self._elements.run("wordsOver", field)
        raise Blocked(field.caption or field.name, phrase(over))

    def _press_keys(self, field: Field, digits: str) -> None:
        """Press the keys of a keypad; the last one of many submits their form."""
        if len(field.keys) < _KEYS or not (digits.isascii() and digits.isdigit()):
            raise Blocked(field.caption, "")
        for left, digit in zip(reversed(range(len(digits))), digits, strict=True):
            index = field.keys[int(digit)]
            key = Button(field.frame, index, field.group, "", submits=False, disabled=False)
            try:
                self._elements.run("findKey", key, digit)
                self._press(key, self._elements.enter(key))
            except changed():
                if left or self._elements.is_there(field):
                    raise

    def _take_suggestion(self, field: Field, text: str) -> None:
        """Choose what the list below a field suggests.

        Raises:
            PageChanged: there are several; they are a question now.
        """
        for _ in range(_MAX_SUGGESTION_WAITS if field.suggests else 0):
            if (found := self._elements.run("suggest", field, text)) == "several":
                raise PageChanged
            if found == "one":
                return
            self._sleep(2 * _WAIT)

    def press(self, element: Button | Link | Field) -> None:
        """See `Page.press`."""
        with page_may_change():
            if isinstance(element, Button) and element.disabled:
                self._comes_alive(element)
            if not isinstance(element, Field) and element.new_tab:
                self._elements.run("stay", element)
            with self._fields_stay(element):
                self._press(element, self._elements.enter(element))

    def address_of(self, element: Button | Link) -> str:
        """See `Page.address_of`."""
        with page_may_change():
            return self._elements.run("address", element)

    def tick(self, field: Field, *, on: bool) -> None:
        """See `Page.tick`."""
        with page_may_change():
            box = self._elements.enter(field)
            if box.is_selected() is not on:
                with self._fields_stay(field):
                    self._press(field, box)

    def choose(self, field: Field, place: int) -> None:
        """See `Page.choose`."""
        with page_may_change():
            self._elements.enter(field)
            with self._fields_stay(field):
                chosen = self._elements.run("choose", field, str(place))
        if chosen != str(place):
            raise PageChanged

    def submit(self, button: Button | None, last: Field) -> None:
        """See `Page.submit`."""
        with page_may_change():
            try:
                if self._elements.run("asksMore", last) == "true":
                    raise PageChanged
                self._submit(button, last)
            except changed():
                if self._elements.is_there(last):
                    raise

    def _submit(self, button: Button | None, last: Field) -> None:
        element = None
        if button is not None and self._comes_alive(button):
            element = self._elements.enter(button)
        # An element over the button (a cookie banner) does not keep Enter from submitting.
        with suppress(*refused()):
            if button is not None and element is not None:
                self._click(button, element)
                return
        if last.keys:
            return
        field = self._elements.enter(last)
        try:
            if self._is_shared(last):
                self._elements.run("submit", last)
            else:
                field.send_keys(_ENTER)
        except lost() as error:
            self._elements.run_instead(error, "submit", last)

    def _comes_alive(self, button: Button) -> bool:
        """Wait for a button that is off, and return whether it can be pressed."""
        for _ in range(_MAX_WAITS):
            if (state := self._elements.run("offState", button)) == "on":
                return True
            self._sleep(_WAIT)
        return state == "called off"

    @contextmanager
    def _fields_stay(self, chosen: Field | Button | Link) -> Iterator[None]:
        """Raise PageChanged where a choice makes the page ask something else."""
        if not isinstance(chosen, Field):
            yield
            return
        before = self._elements.run("fieldsNow", chosen)
        yield
        for _ in range(_MAX_FIELD_WAITS):
            if (now := self._elements.run("fieldsNow", chosen)) != before or not now.startswith(
                "waits"
            ):
                break
            self._sleep(_WAIT)
        if now != before:
            raise PageChanged

    def _click(self, button: Button, element: WebElement) -> None:
        try:
            element.click()
        except refused():
            # To the driver of Chromium, the caption in a slot of a button lies over the button.
            if self._elements.run("isReached", button) != "true":
                raise
            self._elements.run("click", button)
        except lost() as error:
            self._elements.run_instead(error, "click", button)

    def _press(self, pressed: Button | Link | Field, element: WebElement) -> None:
        try:
            element.click()
        except refused():
            # Check boxes and radio buttons often lie below the element that draws them.
            self._elements.run("click", pressed)
        except lost() as error:
            self._elements.run_instead(error, "click", pressed)

    def _type(self, field: Field, text: str) -> None:
        element = self._elements.enter(field)
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
            self._elements.run_instead(error, "set", field, text)

    def _type_with_focus(self, field: Field, text: str) -> None:
        """Type as a person does who clicked the field: the browser chooses the element."""
        from selenium.webdriver.common.action_chains import ActionChains

        self._focus(field, self._elements.enter(field))
        if all(map(_can_be_typed, text)):
            ActionChains(self._elements.browser.driver, duration=0).send_keys(text).perform()

    def _set(self, field: Field, text: str) -> None:
        self._elements.enter(field)
        self._elements.run("set", field, text)

    def _is_shared(self, field: Field) -> bool:
        """Return whether keys could go to a document of another origin; see `actions.js`."""
        return self._elements.run("isShared", field) == "true"

    def _focus(self, field: Field, element: WebElement) -> None:
        """Give a field the focus, and wait until it takes keys."""
        with suppress(*refused()):
            element.click()
        self._elements.run("focus", field)
        for _ in range(_MAX_READONLY_WAITS):
            if self._elements.run("takesKeys", field) == "true":
                return
            self._sleep(_WAIT)

    def _keep_focus(self, field: Field) -> None:
        """Give a field for a secret the focus until it stays there, or raise Blocked."""
        for _ in range(_MAX_READONLY_WAITS):
            self._elements.run("focus", field)
            if self._elements.run("isElsewhere", field) == "false":
                return
        raise Blocked(field.caption or field.name, "")


class Reader:
    """A reader of the pages in a browser."""

    def __init__(self) -> None:
        """Start without a dialog."""
        self._dialogs = Dialogs()

    def __call__(self, browser: WatchedBrowser) -> BrowserPage | None:
        """Return the page, see `ReadPage`; `None` also when it changes while it is read."""
        from selenium.common.exceptions import UnexpectedAlertPresentException

        driver = browser.driver
        self._dialogs.note_answer()
        try:
            driver.switch_to.default_content()
            found = list(documents(browser))
        except UnexpectedAlertPresentException as error:
            self._dialogs.meet(dialog_of(driver, error.alert_text or ""))
            return None
        except lost():
            return None
        description = Description.parse(described for _, described in found)
        read = tuple(document for document, _ in found)
        return BrowserPage(self._dialogs.added_to(description), Elements(browser, read))


def _can_be_typed(character: str) -> bool:
    return character <= "\uffff" and not "\ue000" <= character <= "\uf8ff"
