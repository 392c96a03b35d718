"""Ask the person, with the lines that explain a question printed above it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aws_saml_ext.prompt import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.prompt import Prompt

WINDOW_OPTION = "--use-browser"
"""The option that answers every question: the person answers it in a window."""


class NothingTyped(Exception):
    """The person pressed Enter at a question and typed nothing."""


class Questions:
    """The questions of one sign-in."""

    def __init__(self, prompt: Prompt, *, idp_host: str) -> None:
        """Start without a question.

        Args:
            prompt: asks the person.
            idp_host: the host that needs no introduction.
        """
        self._prompt = prompt
        self._introduced = {idp_host}
        self._lines: list[str] = []

    @property
    def interactive(self) -> bool:
        """True if somebody can answer."""
        return self._prompt.interactive

    def explain(self, line: str) -> None:
        """Print a line above the next question."""
        self._lines.append(line)

    def introduce(self, host: str) -> None:
        """Name the host that asks, once: a person at a terminal sees no address bar."""
        if host not in self._introduced:
            self._introduced.add(host)
            self.explain(f"{host} asks:")

    def ask(self, caption: str, deadline: Deadline, *, instead: str, secret: bool = False) -> str:
        """Ask for one line.

        Args:
            caption: the question, without a colon.
            deadline: the end of the time for the answer.
            instead: the setting or option that answers it where nobody can.
            secret: whether the answer must not show.

        Raises:
            SignInRequired: nobody is there to answer.
            Stopped: the input ended.
            TimedOut: nobody answered in time.
        """
        return self._prompt.ask(
            f"{caption}: ",
            instead=instead,
            listing=self._explanation(),
            secret=secret,
            seconds=deadline.at_most(math.inf),
        )

    def choose(self, words: str, texts: Sequence[str], deadline: Deadline) -> int:
        """Ask for one of several texts, and return its index.

        Raises:
            NothingTyped: the person pressed Enter.
            SignInRequired, Stopped, TimedOut: as for `ask`.
        """
        index = chosen(
            self._prompt,
            texts,
            words=words,
            before=self._explanation(),
            instead=WINDOW_OPTION,
            seconds=lambda: deadline.at_most(math.inf),
        )
        if index is None:
            raise NothingTyped
        return index

    def _explanation(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines
