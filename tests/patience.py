"""Waiting for what comes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

_LOOKS_SECONDS = 0.02


def until(happened: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether it happened, waited for with the patience that a busy machine needs."""
    deadline = time.monotonic() + seconds
    while not (found := happened()) and time.monotonic() < deadline:
        time.sleep(_LOOKS_SECONDS)
    return bool(found)
