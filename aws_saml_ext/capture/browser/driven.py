"""A watched browser, as far as it is the same for every engine."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from queue import Empty, Queue
from typing import TYPE_CHECKING

from aws_saml_ext.capture.browser.discovery import DriverProcess, look_at_windows, telling_its_end

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from aws_saml_ext.capture.browser.engine import Posted

_WINDOW_LOOK_SECONDS = 0.5
"""How often it is looked whether the window is still there."""


class Watched(ABC):
    """See `engine.WatchedBrowser`. What it posts to AWS comes through `arrived`."""

    def __init__(
        self,
        process: DriverProcess,
        webdriver: WebDriver,
        arrived: Queue[Posted],
        *,
        headless: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._process = process
        self._webdriver = webdriver
        self._arrived = arrived
        self._headless = headless
        self._clock = clock
        self._looked = clock()

    @property
    def driver(self) -> WebDriver:
        return self._webdriver

    @property
    def headless(self) -> bool:
        return self._headless

    def guarded(self) -> AbstractContextManager[None]:
        return telling_its_end(self._process, headless=self._headless)

    def open(self, url: str) -> None:
        with self.guarded():
            self._webdriver.get(url)

    def posted(self, timeout: float) -> Posted | None:
        deadline = self._clock() + timeout
        while True:
            left = deadline - self._clock()
            with suppress(Empty):
                return self._arrived.get(timeout=max(0.0, min(left, _WINDOW_LOOK_SECONDS)))
            if self._clock() - self._looked >= _WINDOW_LOOK_SECONDS:
                look_at_windows(self._webdriver, self.guarded)
                self._looked = self._clock()
            if left <= 0:
                return None

    @abstractmethod
    def certificate_error(self) -> str | None: ...

    @abstractmethod
    def navigation_error(self) -> str | None: ...
