"""Wait for an event, or for the first answer of a server."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import pytest

_POLL_SECONDS = 0.02
_SHOWN_CHARACTERS = 2000


def until(happened: Callable[[], object], seconds: float = 20.0) -> bool:
    """Wait until `happened` is true and return whether it is; the default suits a busy machine."""
    deadline = time.monotonic() + seconds
    while not (result := happened()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return bool(result)


def first_answer(
    address: str, server: subprocess.Popen[bytes], *, log: Path, seconds: float
) -> str:
    """Return the first answer of a server; fail the test with its log if it does not start.

    Args:
        address: asked until something answers there.
        server: its process; when it has ended, nobody waits for it.
        log: its standard output and error.
        seconds: the longest wait.
    """
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(address, timeout=seconds) as page:
                text: str = page.read().decode()
                return text
        except URLError as error:
            answered = isinstance(error, HTTPError)
            if answered or server.poll() is not None or time.monotonic() > deadline:
                printed = log.read_text(errors="replace")[-_SHOWN_CHARACTERS:]
                pytest.fail(f"{address}: {error}\n{printed}")
        time.sleep(_POLL_SECONDS)
