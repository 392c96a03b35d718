"""Doubles of the edges: a clock, a person at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aws_saml_ext.errors import SignInRequired, Stopped


class FakeClock:
    """A clock in seconds that only grows when a test or a double moves it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakePrompt:
    """A person at the terminal with a list of answers; after the last one the input ends."""

    answers: list[str | Callable[[], str]] = field(default_factory=list)
    interactive: bool = True
    asked: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)
    """How long each answer may have taken."""

    def notify(self, text: str) -> None:
        self.told.append(text)

    def ask(
        self,
        question: str,
        *,
        instead: str,
        listing: Sequence[str] = (),
        secret: bool = False,
        seconds: float | None = None,
    ) -> str:
        if not self.interactive:
            raise SignInRequired(
                f"{question} and no terminal.", advice=f"Answer it with {instead}."
            )
        self.asked.append(question + ("(hidden)" if secret else ""))
        self.seconds.append(seconds)
        self.shown += listing
        if not self.answers:
            raise Stopped("The input ended at a question.")
        answer = self.answers.pop(0)
        return answer if isinstance(answer, str) else answer()
