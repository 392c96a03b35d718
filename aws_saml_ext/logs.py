"""Silence for libraries that would log passwords, assertions or keys.

A program that signs in through this package may have its root logger at DEBUG. botocore then logs
whole requests and answers, selenium logs typed text, websocket-client the browser's messages.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_changing = threading.Lock()


@contextmanager
def silenced(*libraries: str) -> Iterator[None]:
    """Keep these libraries from logging in this thread, at any level, inside the `with`.

    Other threads log as before. Loggers that a library makes inside are not silenced: import it
    first.
    """
    other_threads = _OtherThreads()
    loggers = _loggers_of(libraries)
    with _changing:
        for logger in loggers:
            logger.filters = [*logger.filters, other_threads]
    try:
        yield
    finally:
        with _changing:
            for logger in loggers:
                # New lists, since another thread may be iterating over the old one.
                logger.filters = [
                    present for present in logger.filters if present is not other_threads
                ]


class _OtherThreads(logging.Filter):
    """A filter that passes the records of other threads than the one that made it."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - it runs in the record's thread
        return threading.get_ident() != self._thread


def _loggers_of(libraries: tuple[str, ...]) -> list[logging.Logger]:
    """Return the existing loggers of these libraries and of their modules."""
    prefixes = tuple(f"{library}." for library in libraries)
    # A filter applies to its own logger only, not to those below.
    return [
        logger
        for name, logger in list(logging.root.manager.loggerDict.items())
        if f"{name}.".startswith(prefixes) and isinstance(logger, logging.Logger)
    ]
