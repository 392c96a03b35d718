"""The dialogs that the script of a page opens: `alert`, `confirm` and `prompt`.

While one is open, the page stands still and cannot be read.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.description import Alert, Description, phrase
from aws_saml_ext.capture.page.documents import lost

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

_MAX_DIALOGS = 10
"""Dialogs in a row that a page may show before it is read."""
_IS_ALERT = "of type alert"  # in Firefox's words about a dialog without a text box


@dataclass(slots=True)
class Dialog:
    """A dialog that waits for an answer: yes or no, or a text."""

    words: str
    takes_text: bool
    _driver: WebDriver = field(repr=False)
    answered: bool | None = None
    """The answer, true for a yes; `None` before there is one."""

    def accept(self, text: str = "") -> None:
        """Answer yes, or with a text."""
        self._answer(yes=True, text=text)

    def dismiss(self) -> None:
        """Answer no."""
        self._answer(yes=False)

    def _answer(self, *, yes: bool, text: str = "") -> None:
        self.answered = yes
        with suppress(*lost()):  # the page may have gone, and the dialog with it
            dialog = self._driver.switch_to.alert
            if yes and self.takes_text:
                dialog.send_keys(text)
            if yes:
                dialog.accept()
            else:
                dialog.dismiss()


class DialogOpen(Exception):
    """A dialog of the page waits for an answer, so the page cannot be read."""

    def __init__(self, dialog: Dialog) -> None:
        """Take the dialog."""
        super().__init__("a dialog is open")
        self.dialog = dialog


class EndlessDialogs(Exception):
    """The page shows one dialog after the other, so it cannot be read; the text is theirs."""


class Dialogs:
    """The dialogs of the pages in one browser, one after the other.

    The text of one that was closed without a yes is one of the alerts of its page.
    """

    def __init__(self) -> None:
        """Start without a dialog."""
        self._last: Dialog | None = None
        self._alert: Alert | None = None
        self._document: float | None = None
        self._count = 0

    def note_answer(self) -> None:
        """Note the answer to the last dialog, if there is one.

        Raises:
            EndlessDialogs: there were too many since a page was read.
        """
        dialog = self._last
        if dialog is None or dialog.answered is None:
            return
        self._last = self._alert = self._document = None
        if not dialog.answered:
            self._alert = Alert(frame=0, group=-1, words=dialog.words)
        self._count += 1
        if self._count == _MAX_DIALOGS:
            raise EndlessDialogs(dialog.words)

    def meet(self, dialog: Dialog) -> None:
        """Take a dialog that keeps the page from being read.

        Raises:
            DialogOpen: it waits for an answer.
            EndlessDialogs: as for `note_answer`.
        """
        self._last = dialog
        if dialog.answered is None:
            raise DialogOpen(dialog)
        self.note_answer()

    def added_to(self, description: Description) -> Description:
        """Return the description of a page with what its last dialog said."""
        self._count = 0
        if self._alert is None:
            return description
        if self._document not in {None, description.document}:
            self._alert = None
            return description
        self._document = description.document
        return replace(description, alerts=(self._alert, *description.alerts))


def dialog_of(driver: WebDriver, told: str) -> Dialog:
    """Return the dialog that kept the driver from its work; one without a choice is closed.

    Args:
        driver: the WebDriver session.
        told: the words of the dialog, as far as the driver told them.
    """
    from selenium.common.exceptions import ElementNotInteractableException

    dialog = Dialog(phrase(told), False, driver)
    try:
        shown = driver.switch_to.alert
        dialog.words = phrase(shown.text)
        shown.send_keys("")
        dialog.takes_text = True
    except ElementNotInteractableException as error:
        if _IS_ALERT in (error.msg or ""):
            dialog.dismiss()
    except lost():  # the driver has closed it already
        dialog.answered = False
    return dialog
