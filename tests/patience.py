"""Waiting for what comes by itself: an event, the first answer of a server."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

_LOOKS_SECONDS = 0.02


def until(happened: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether it happened, waited for with the patience that a busy machine needs."""
    deadline = time.monotonic() + seconds
    while not (found := happened()) and time.monotonic() < deadline:
        time.sleep(_LOOKS_SECONDS)
    return bool(found)


def first_answer(address: str, server: subprocess.Popen[bytes], seconds: float) -> str:
    """
    What `server`, which is starting, answers at `address`.

    Raises:
        HTTPError: it listens, and answers that with an error.
        URLError: it has ended, or does not listen in time.
    """
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(address, timeout=seconds) as page:
                text: str = page.read().decode()
                return text
        except HTTPError:
            raise
        except URLError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
        time.sleep(_LOOKS_SECONDS)
