"""The frames of a page as the browser itself knows them, and scripts in a world of their own.

A script in an isolated world sees the document, but nothing that the scripts of the page have
changed: a page cannot tamper with it. The addresses come from the browser, not from any script.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from aws_saml_ext.net import origin_of

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

WORLD = "aws-saml-login"
"""The name of the isolated world."""
MAX_SCRIPT_SECONDS = 3.0
"""Seconds that a script in the page may take: it waits while the next page is on its way."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A document in a browser: that of a page, or that of a frame in it."""

    id: str
    """The browser's name of the frame."""
    document: str
    """The browser's name of the document in it; empty where it has none."""
    address: str = field(repr=False)
    """The address of the document; its query may be a secret."""
    path: tuple[WebElement, ...] = field(default=(), repr=False)
    """The elements of the frames that lead to it, from the page on."""

    @property
    def origin(self) -> str:
        """The origin of the document, `https://idp.example.com`; `null` where it has none."""
        return origin_of(self.address)


class Frames(Protocol):
    """The frames of the page in the current window.

    Each method raises `WebDriverException` where the page changes meanwhile or is gone.
    """

    def page(self) -> Frame:
        """Return the document of the page itself."""

    def child(self, expression: str, frame: Frame) -> Frame | None:
        """Return the frame of the frame element that an expression gives.

        None where the browser does not tell the address of its document.
        """

    def evaluate(self, expression: str, frame: Frame) -> str:
        """Return the text that a JavaScript expression gives in the isolated world of a frame."""

    def element(self, expression: str, frame: Frame) -> WebElement:
        """Return the element that an expression gives in the isolated world of a frame.

        WebDriver refuses to act on it as soon as its frame shows another document.
        """

    def reveal(self, hosts: str, frame: Frame) -> None:
        """Keep the closed shadow roots of a document in the isolated world of its frame.

        They are in `globalThis.awsSamlLoginRoots` then.

        Args:
            hosts: an expression that gives the elements that may have one.
            frame: the frame of the document.
        """

    def is_current(self, frame: Frame) -> bool:
        """Return whether the browser still shows a document of this origin in this frame."""
