"""Unit tests open no socket: they are fast, and nothing outside of them decides their outcome."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_FORBIDDEN = {"socket.bind", "socket.connect", "socket.getaddrinfo"}
_is_testing = False


def _refuse_sockets(event: str, arguments: tuple[object, ...]) -> None:
    if _is_testing and event in _FORBIDDEN:
        raise AssertionError(f"{event} in a unit test: {arguments[1:]}")


sys.addaudithook(_refuse_sockets)  # for good: an audit hook cannot be removed


@pytest.fixture(autouse=True)
def _no_sockets() -> Iterator[None]:
    global _is_testing  # noqa: PLW0603
    _is_testing = True
    yield
    _is_testing = False


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder: `samples.SETTINGS` has paths relative to it."""
    monkeypatch.chdir(tmp_path)
