"""The results of a slow function for the texts that it read last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_MAX_RESULTS = 20


class Remembered(Generic[T]):
    """A function of a text, which keeps its last results.

    A command for many profiles reads each text many times. The texts themselves are not kept: they
    hold secrets.
    """

    def __init__(self, function: Callable[[str], T]) -> None:
        """Take the function, which never returns None."""
        self._function = function
        self._results: dict[tuple[int, int], T] = {}

    def __call__(self, text: str) -> T:
        """Return the result for a text."""
        key = (len(text), hash(text))
        result = self._results.pop(key, None)
        if result is None:
            result = self._function(text)
        self._results[key] = result
        for old in list(self._results)[:-_MAX_RESULTS]:
            self._results.pop(old, None)  # another thread may have done it
        return result
