"""The errors of the stack: what happened, and the next step."""

from __future__ import annotations


class StackError(Exception):
    """A part of the stack is missing or did not start; all started parts are stopped."""

    def __init__(self, message: str, *, hint: str) -> None:
        """Take what happened and the next step, usually a command."""
        super().__init__(message)
        self.hint = hint


class NotHere(StackError):
    """This machine lacks a program that a part needs; tests skip with this message."""
