"""Doubles of the edges: a clock that tests move, and a person at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from aws_saml_ext.clock import Clock
from aws_saml_ext.errors import SignInRequired, Stopped
from aws_saml_ext.line_reading import QuestionOver
from aws_saml_ext.picker.menu import Menu, Picked

WAIT = "(waits)"
"""An answer of a person who types nothing until the question is over."""
_MAX_POLLS = 10_000
_START_SECONDS = 100.0  # of the monotonic clock; not 0, which could pass for false


class FakeClock(Clock):
    """Clocks that stand still until a test, or a double that waits, moves them."""

    __slots__ = ("passed",)
    passed: float
    """The seconds since the beginning."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)) -> None:
        """Begin at `start`, an aware time."""
        object.__setattr__(self, "passed", 0.0)  # a Clock is frozen
        super().__init__(
            now=lambda: start + timedelta(seconds=self.passed),
            monotonic=lambda: _START_SECONDS + self.passed,
            sleep=self.advance,
        )

    def advance(self, by: timedelta | float) -> None:
        """Move both clocks by a time, or by so many seconds."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        object.__setattr__(self, "passed", self.passed + seconds)


@dataclass
class FakePrompt:
    """A person at the terminal with a list of answers; after the last one the input is closed."""

    answers: list[str | Callable[[], str]] = field(default_factory=list)
    interactive: bool = True
    asked: list[str] = field(default_factory=list)
    """Questions, those with a hidden answer marked."""
    shown: list[str] = field(default_factory=list)
    """The lines before all questions."""
    screens: list[list[str]] = field(default_factory=list)
    """For each question, the lines before it and the question itself."""
    notified: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    """What the program waited for, in turn."""
    seconds: list[float | None] = field(default_factory=list)
    """For each question, the time for its answer."""
    picks: list[Picked] | None = None
    """The answers at menus; None for a terminal that shows none."""
    menus: list[Menu] = field(default_factory=list)
    """The menus that were shown."""

    def notify(self, text: str) -> None:
        """See `aws_saml_ext.prompt.Prompt`."""
        self.notified.append(text)

    def waiting(self, text: str, *, left: Callable[[], float] | None = None) -> None:
        """See `aws_saml_ext.prompt.Prompt`."""
        self.waits.append(text)

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> str:
        """See `aws_saml_ext.prompt.Prompt`."""
        if not self.interactive:
            raise SignInRequired(
                f"{question} and no terminal.", advice=f"Answer it with {instead}."
            )
        self.asked.append(question + ("(hidden)" if secret else ""))
        self.seconds.append(seconds)
        self.shown += listing
        self.screens.append([*listing, question])
        if not self.answers and until is not None:
            self.answers = [WAIT]
        if not self.answers:
            raise Stopped("Input was closed while a question was waiting for an answer.")
        answer = self.answers.pop(0)
        if answer == WAIT:
            for _ in range(_MAX_POLLS):
                if until is not None and until():
                    raise QuestionOver
            raise AssertionError("The question was never over.")
        return answer if isinstance(answer, str) else answer()

    def pick(
        self,
        menu: Menu,
        *,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
    ) -> Picked | None:
        """See `aws_saml_ext.prompt.Prompt`."""
        if self.picks is None:
            return None
        self.menus.append(menu)
        return self.picks.pop(0)
