"""The elements of a page that was read: find one, and run the actions of `actions.js` on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.documents import Document, lost

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from aws_saml_ext.capture.browser.engine import WatchedBrowser
    from aws_saml_ext.capture.page.description import Button, Field, Link


class PageChanged(Exception):
    """The page is no longer the one that was read: read it again."""


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of a page that was read, in its frames."""

    browser: WatchedBrowser = field(repr=False)
    documents: tuple[Document, ...] = field(repr=False)

    def is_there(self, element: Field | Button | Link) -> bool:
        """Return whether the page and the frame of an element show the documents that were read."""
        if self.below_dialog():
            return True
        frames = self.browser.frames
        try:
            return all(
                frames.evaluate(document.is_there, document.frame) == "true"
                for document in (self.documents[0], self.documents[element.frame])
            )
        except lost():
            return self.below_dialog()

    def below_dialog(self) -> bool:
        """Return whether a dialog is open. Firefox runs scripts all the same."""
        try:
            return self.browser.driver.switch_to.alert is not None
        except lost():
            return False

    def run(self, action: str, element: Field | Button | Link, text: str = "") -> str:
        """Return what an action of `actions.js` gives for an element."""
        document = self.documents[element.frame]
        expression = document.act(action, element.index, text)
        return self.browser.frames.evaluate(expression, document.frame)

    def run_instead(
        self, error: Exception, action: str, element: Field | Button | Link, text: str = ""
    ) -> None:
        """Run an action that WebDriver failed to do.

        The driver of Chromium acts by scripts in the world of the page, and some pages (an old
        library is enough) make these fail. Its errors about the element itself are raised again,
        and all of them below a dialog: it has to be answered first.
        """
        from selenium.common.exceptions import JavascriptException, WebDriverException

        if type(error) not in {WebDriverException, JavascriptException} or self.below_dialog():
            raise error
        self.run(action, element, text)

    def enter(self, element: Field | Button | Link) -> WebElement:
        """Switch to the frame of an element, and return the element.

        Raises:
            PageChanged: the page or the frame is of another origin than the one that was read.
        """
        frames, page, document = (
            self.browser.frames,
            self.documents[0],
            self.documents[element.frame],
        )
        try:
            found = frames.element(document.element(element.index), document.frame)
            self.browser.driver.switch_to.default_content()
            for step in document.frame.path:
                self.browser.driver.switch_to.frame(step)
        except lost():
            if self.is_there(element):
                raise
            raise PageChanged from None
        # Last: the element belongs to one document, and nobody can act on it in another one.
        if not all(frames.is_current(each.frame) for each in (page, document)):
            raise PageChanged
        return found


@contextmanager
def page_may_change() -> Iterator[None]:
    """Raise PageChanged for any error of the browser in here: the next reading shows its cause."""
    try:
        yield
    except lost():
        # The cause may quote the text that was being typed.
        raise PageChanged from None


def changed() -> tuple[type[Exception], ...]:
    """Return the errors for a page that is no longer the one that was read."""
    return PageChanged, *lost()


def refused() -> tuple[type[Exception], ...]:
    """Return the errors of WebDriver for an element that a person could not use either."""
    from selenium.common import exceptions

    return (
        exceptions.ElementNotInteractableException,
        exceptions.ElementClickInterceptedException,
        exceptions.InvalidElementStateException,
    )
