"""Ask the person, with the lines that explain a question printed above it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.vocabulary import is_exactly
from aws_saml_ext.capture.page.wording import QUESTION_MARKS, wrapped
from aws_saml_ext.choosing import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_saml_ext.clock import Deadline
    from aws_saml_ext.prompt import Prompt

WINDOW_OPTION = "--use-browser"
"""The option that answers every question: the person answers it in a window."""
_MAX_CAPTION = 60
"""Characters of a question in the page's words; longer ones are printed above it."""
_MAX_LISTED = 20
"""Options of a page that are listed at once; the others are found by a part of their names."""


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
        self._introduced_as_foreign: set[str] = set()
        self._lines: list[str] = []

    @property
    def interactive(self) -> bool:
        """True if somebody can answer."""
        return self._prompt.interactive

    def explain(self, *lines: str) -> None:
        """Print lines above the next question."""
        self._lines += lines

    def notify(self, line: str) -> None:
        """Print a line at once."""
        self._prompt.notify(line)

    def introduce(self, host: str, *, foreign: bool = False) -> None:
        """Name the host that asks, once: a person at a terminal sees no address bar.

        Args:
            host: the host.
            foreign: whether the question has only the page's words, which could look like ours;
                then the host of the identity provider is named as well.
        """
        known = self._introduced_as_foreign if foreign else self._introduced
        if host not in known:
            self._introduced |= {host}
            known.add(host)
            self.explain(f"{host} asks:")

    def shortened(self, caption: str, *, instead: str = "Answer") -> str:
        """Return a caption as a question; the words of a long one are printed above `instead`."""
        if len(caption) <= _MAX_CAPTION:
            return caption
        self.explain(*wrapped(caption))
        return instead

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
        end = "" if caption.endswith(QUESTION_MARKS) else ":"
        return self._prompt.ask(
            f"{caption}{end} ",
            instead=instead,
            listing=self._explanation(),
            secret=secret,
            seconds=deadline.at_most(math.inf),
        )

    def confirm(self, words: str, deadline: Deadline) -> bool:
        """Ask a question of yes or no; Enter is no.

        Raises:
            SignInRequired, Stopped, TimedOut: as for `ask`.
        """
        words = self.shortened(words.rstrip("?"), instead="Yes")
        answer = self._prompt.ask(
            f"{words}? [y/N] ",
            instead=WINDOW_OPTION,
            listing=self._explanation(),
            seconds=deadline.at_most(math.inf),
        )
        return answer.casefold() in {"y", "0"} or is_exactly(answer, Meaning.YES)

    def choose(
        self,
        words: str,
        texts: Sequence[str],
        deadline: Deadline,
        *,
        default: int | None = None,
        labels: Sequence[str] | None = None,
        on_remember: Callable[[], None] | None = None,
        until: Callable[[], bool] | None = None,
    ) -> int:
        """Ask for one of several texts, and return its index.

        Args:
            words: the line above the list.
            texts: the texts to choose from.
            deadline: the end of the time for the answer.
            default: the index for an empty answer.
            labels: the texts as the list shows them.
            on_remember: called where the person wants the choice to be remembered.
            until: returns whether the question is over without an answer.

        Raises:
            NothingTyped: the person pressed Enter, and there is no default.
            QuestionOver: `until` returned true.
            SignInRequired, Stopped, TimedOut: as for `ask`.
        """
        index = chosen(
            self._prompt,
            texts,
            words=words,
            before=self._explanation(),
            instead=WINDOW_OPTION,
            seconds=lambda: deadline.at_most(math.inf),
            default=default,
            labels=labels,
            max_listed=_MAX_LISTED,
            on_remember=on_remember,
            until=until,
        )
        if index is None:
            raise NothingTyped
        return index

    def _explanation(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines
