"""The log of libraries is held back for one thread, and no other log is."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from aws_saml_ext.logs import silenced

LIBRARY = logging.getLogger("chatty")
PART = logging.getLogger("chatty.part.of_it")


@pytest.fixture
def log() -> Iterator[Callable[[], list[str]]]:
    """Logged records; the root logger and one of the library have handlers of level DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loggers = (logging.root, PART)
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield lambda: stream.getvalue().splitlines()
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def in_another_thread(do: Callable[[], object]) -> None:
    thread = threading.Thread(target=do)
    thread.start()
    thread.join()


@pytest.mark.parametrize("logger", [LIBRARY, PART], ids=lambda logger: logger.name)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.CRITICAL])
def test_chatty_logs_nothing_in_there(
    logger: logging.Logger, level: int, log: Callable[[], list[str]]
) -> None:
    with silenced("another", "chatty"):
        logger.log(level, "a password")
    assert log() == []


def test_it_does_afterwards_and_after_an_error(log: Callable[[], list[str]]) -> None:
    with pytest.raises(ValueError, match="in there"), silenced("chatty"):
        raise ValueError("in there")
    LIBRARY.debug("afterwards")
    assert log() == ["afterwards"]
    assert (LIBRARY.filters, PART.filters) == ([], [])


def test_other_threads_and_other_loggers_log_as_ever(log: Callable[[], list[str]]) -> None:
    with silenced("chatty"):
        in_another_thread(lambda: LIBRARY.debug("another thread"))
        logging.getLogger("chatty_beside").debug("another library")
    assert log() == ["another thread", "another library"]


def test_each_thread_has_its_own(log: Callable[[], list[str]]) -> None:
    def silent() -> None:
        with silenced("chatty"):
            LIBRARY.debug("a password")

    with silenced("chatty"):
        in_another_thread(silent)
        LIBRARY.debug("a code")
        with silenced("chatty"):
            LIBRARY.debug("a key")
        LIBRARY.debug("a token")
    LIBRARY.debug("afterwards")
    assert log() == ["afterwards"]


def test_filters_of_the_program_stay(log: Callable[[], list[str]]) -> None:
    with filtering(LIBRARY, "chatty"):
        before = list(LIBRARY.filters)
        with silenced("chatty"):
            assert LIBRARY.filters[:1] == before
        assert LIBRARY.filters == before


@contextmanager
def filtering(logger: logging.Logger, name: str) -> Iterator[None]:
    own = logging.Filter(name)
    logger.addFilter(own)
    try:
        yield
    finally:
        logger.removeFilter(own)
