"""
What libraries log of a sign-in, held back: passwords, assertions and keys pass through them.

A program that signs in through this package may have its root logger at DEBUG. botocore then logs
requests and answers whole, selenium what is typed, websocket-client what the browser tells.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_changing = threading.Lock()


@contextmanager
def unlogged(*libraries: str) -> Iterator[None]:
    """
    In here, nothing that this thread lets these libraries log is logged, at whatever level.

    What other threads do with them is logged as ever, and so is everything afterwards. Loggers
    that a library makes in here go unnoticed: import it before.
    """
    of_this_thread = _OfOtherThreads()
    loggers = _loggers_of(libraries)
    with _changing:
        for logger in loggers:
            logger.filters = [*logger.filters, of_this_thread]
    try:
        yield
    finally:
        with _changing:
            for logger in loggers:
                # New lists, since another thread may be going through the old one.
                logger.filters = [each for each in logger.filters if each is not of_this_thread]


class _OfOtherThreads(logging.Filter):
    """Lets through what other threads than the one that made it log."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - we are in its thread
        return threading.get_ident() != self._thread


def _loggers_of(libraries: tuple[str, ...]) -> list[logging.Logger]:
    """All there are; logging makes those above and below a module's by itself."""
    prefixes = tuple(f"{library}." for library in libraries)
    # A filter is for its own logger alone: not for those below.
    return [
        logger
        for name, logger in list(logging.root.manager.loggerDict.items())
        if f"{name}.".startswith(prefixes) and isinstance(logger, logging.Logger)
    ]
