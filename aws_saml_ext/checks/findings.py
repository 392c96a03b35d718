"""The findings of checks: the result of each one, in a sentence, with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Result(Enum):
    """The results of a check; the values are those of the JSON of `doctor`."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Prediction:
    """A refusal of STS that a problem leads to."""

    code: str
    """The error code, without the `Exception` that some of them end in."""
    word: str = ""
    """Part of STS's own message, in lower case; empty fits any."""

    def fits(self, code: str, message: str) -> bool:
        """Return whether STS refused in this way."""
        return code.removesuffix("Exception") == self.code and self.word in message.lower()


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission that the trust policy of a role must grant, besides that to assume it."""

    carried: str
    """The part of the assertion that needs it: `a SourceIdentity`."""
    action: str
    """The action of IAM: `sts:SetSourceIdentity`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that a check found."""

    detail: str
    """The problem, as a sentence."""
    advice: str | None = None
    """The remedy, where it is a sentence."""
    command: str | None = None
    """The remedy, where it is a command to paste."""
    predicts: Prediction | None = None
    """The refusal of STS that it leads to; None where it leads to none, or to no certain one."""
    is_warning: bool = False
    """True if a sign-in may work all the same."""
    needs: Permission | None = None
    """The permission without which STS refuses; None where it lacks none."""

    @property
    def remedy(self) -> str | None:
        """The remedy, a command or a sentence."""
        return self.command or self.advice


@dataclass(frozen=True, slots=True)
class Skipped:
    """The reason why a check cannot look, as a sentence."""

    why: str


Looked = Problem | Skipped | str
"""The outcome of one look of a check: a problem, a reason not to look, or a fact, as a sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    name: str
    """The name of the check: `session-name`."""
    result: Result
    detail: str = ""
    """The problem, as a sentence; where all is well, a fact worth telling, or nothing."""
    remedy: str | None = None
    """The next step, a command or a sentence."""


def found(name: str, looks: Iterable[Looked]) -> Finding:
    """Return the finding of a check; failures count before warnings, and both before facts.

    Args:
        name: of the check.
        looks: its looks, in the order of their weight.
    """
    outcomes = list(looks)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    if problems:
        worst = min(problems, key=lambda problem: problem.is_warning)
        result = Result.WARNING if worst.is_warning else Result.FAILED
        return Finding(name, result, worst.detail, worst.remedy)
    for outcome in outcomes:
        if isinstance(outcome, Skipped):
            return Finding(name, Result.SKIPPED, outcome.why)
    return Finding(name, Result.OK, " ".join(each for each in outcomes if isinstance(each, str)))


def skipped(names: Iterable[str], why: str) -> Iterator[Finding]:
    """Yield the findings of checks that did not run, all for one reason (a sentence)."""
    for name in names:
        yield Finding(name, Result.SKIPPED, why)
