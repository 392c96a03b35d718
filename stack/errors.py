"""What goes wrong with the stack on purpose: what happened, and what to type."""

from __future__ import annotations


class StackError(Exception):
    """A part of the stack cannot be had or does not come up; what had been started is ended."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class NotHere(StackError):
    """This machine lacks something that a part needs: tests are skipped, by its name."""
