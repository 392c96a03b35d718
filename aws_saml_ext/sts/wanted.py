"""The session that is wanted of a role: what the memory knows, and what STS answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Issued
from aws_saml_ext.role_memory import UNKNOWN, KnownRole, Lesson, RoleMemory, idp_name
from aws_saml_ext.sts import durations
from aws_saml_ext.sts.durations import Answers

_REFUSAL_LASTS = timedelta(days=30)
"""After this time an administrator may have allowed longer sessions."""
_NOTICED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The session that the settings want of a role."""

    role: Role
    settings: Settings
    sts: str
    """The name of the STS in the memory; see `role_memory.sts_name`."""
    memory: RoleMemory | None
    """The memory of earlier sign-ins; None for none."""
    is_attended: bool
    """True if somebody reads the notices: then a refusal of long ago is tried again."""

    @property
    def seconds(self) -> int:
        """The duration of the settings."""
        return int(self.settings.session_duration.total_seconds())

    @property
    def known(self) -> KnownRole:
        """The knowledge of the memory about the role."""
        return self.memory.role(self.role.arn, self.sts) if self.memory is not None else UNKNOWN

    def answers(self, ask: Callable[[int], Issued], now: datetime) -> Answers:
        """Return the answers of STS, the longest session among them; see `durations`."""
        known = self.known
        is_old = known.asked_at is None or now - known.asked_at > _REFUSAL_LASTS
        return durations.longest_granted(
            self.seconds, ask, known=known, is_retry=self.is_attended and is_old
        )

    def lesson(self, answers: Answers, now: datetime) -> Lesson:
        """Return what the memory learns of these answers."""
        return Lesson(
            self.role.arn,
            self.sts,
            now,
            granted=answers.granted,
            refused=answers.refused,
            idp=idp_name(self.settings.idp_url),
        )

    def about_length(self, assertion: Assertion, answers: Answers) -> Iterator[str]:
        """Yield lines about a session that is shorter than it was requested."""
        role, granted = self.role.name, durations.shown(answers.granted)
        if answers.granted < self.seconds and answers.granted == self.known.granted:
            yield f"{role} allows sessions of at most {granted}, as before."
        elif answers.granted < self.seconds:
            yield (
                f"{role} allows sessions of at most {granted}; {durations.shown(self.seconds)} "
                "were requested."
            )
        if (end := shortened(assertion, answers)) is not None:
            yield f"The identity provider ends the session of {role} at {end:%H:%M} UTC."


def shortened(assertion: Assertion, answers: Answers) -> datetime | None:
    """Return the end of a session that the identity provider ends early; None for any other."""
    end, ends = assertion.session_not_on_or_after, answers.issued.credentials.expiration
    granted = answers.issued.at + timedelta(seconds=answers.granted)
    is_short = end is not None and granted - ends > _NOTICED and end - ends < _NOTICED
    return ends if is_short else None
