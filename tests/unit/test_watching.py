"""`--watch`: when it renews, whom it asks, and what it lets pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.cli.watching import Watch
from aws_saml_ext.clock import Clock
from aws_saml_ext.config.settings import SignInWay
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import (
    IdentityProviderRefused,
    SamlLoginError,
    SignInRequired,
    Stopped,
    StoreError,
    StsUnreachable,
    TimedOut,
)
from tests.samples import CREDENTIALS

START = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)


class _Over(BaseException):
    """The scene has been played."""


@dataclass
class Scene:
    """A profile that is watched: what becomes of each renewal, and what is seen of it."""

    outcomes: list[timedelta | SamlLoginError]
    """How long the new keys live, or why there are none; after the last one the scene is over."""
    there: bool = True
    quiet: bool = False
    unanswered: int = 0
    """How often Enter is waited for in vain."""
    sleeps_through: tuple[datetime, timedelta] | None = None
    """The laptop sleeps from then on, for so long, without anybody's noticing."""
    by_others: list[Issued | None] = field(default_factory=list)
    """What the profile holds when it is looked at, in place of nothing."""

    def __post_init__(self) -> None:
        self.now = START
        self.tried: list[tuple[str, SignInWay | None]] = []
        self.told: list[str] = []
        self.asked: list[str] = []
        self.unreadable = 0

    def run(self, life: timedelta = timedelta(hours=1)) -> None:
        with pytest.raises(_Over):
            self.watch(life)

    def watch(self, life: timedelta = timedelta(hours=1)) -> None:
        Watch(
            find=self.kept,
            renew=self.renew,
            prompt=self,
            warn=self.told.append,
            command="aws saml-login --profile dev",
            clock=Clock(now=lambda: self.now, sleep=self.sleep),
        ).run(self.issued(life))

    def kept(self) -> Issued | None:
        if self.unreadable:
            self.unreadable -= 1
            raise StoreError("It cannot be read.")
        return self.by_others.pop(0) if self.by_others else None

    def issued(self, life: timedelta) -> Issued:
        return Issued(replace(CREDENTIALS, expiration=self.now + life), self.now)

    def renew(self, before: Issued, way: SignInWay | None) -> Issued:
        self.tried.append((f"{self.now:%H:%M:%S}", way))
        if not self.outcomes:
            raise _Over
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, SamlLoginError):
            raise outcome
        return self.issued(outcome)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.sleeps_through is not None and self.now >= self.sleeps_through[0]:
            self.now += self.sleeps_through[1]
            self.sleeps_through = None

    @property
    def interactive(self) -> bool:
        return self.there

    def notify(self, text: str) -> None:
        if not self.quiet:
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
        self.asked.append(question)
        if self.unanswered:
            self.unanswered -= 1
            raise TimedOut("The question was not answered in time.")
        return ""


HOUR = timedelta(hours=1)


def test_an_hours_keys_are_renewed_a_quarter_of_an_hour_before_they_end() -> None:
    scene = Scene([HOUR, HOUR])
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:00", "13:30:00", "14:15:00"]


def test_shorter_ones_with_a_quarter_of_their_life_left() -> None:
    scene = Scene([timedelta(minutes=15)])
    scene.run(timedelta(minutes=15))
    assert [at for at, _ in scene.tried] == ["12:11:15", "12:22:30"]


def test_each_renewal_is_one_line() -> None:
    scene = Scene([HOUR])
    scene.run()
    [line] = scene.told
    assert line.startswith("Renewed at 12:45:00 UTC. They expire at 2026-01-01 13:45:00 UTC")


def test_nobody_is_asked_while_the_session_lives() -> None:
    scene = Scene([HOUR])
    scene.run()
    assert {way for _, way in scene.tried} == {SignInWay.SILENT}
    assert scene.asked == []


def test_a_laptop_that_slept_renews_as_it_wakes() -> None:
    scene = Scene([], sleeps_through=(START + timedelta(minutes=10), timedelta(hours=9)))
    scene.run()
    [(at, _)] = scene.tried
    assert at == "21:10:00"


def test_what_somebody_else_renewed_is_not_renewed_again() -> None:
    scene = Scene([])
    later = replace(CREDENTIALS, expiration=START + timedelta(hours=3))
    scene.by_others = [Issued(later, START + timedelta(hours=2))]
    scene.run()
    assert [at for at, _ in scene.tried] == ["14:45:00"]


def test_a_person_who_is_needed_hears_the_bell_and_is_waited_for() -> None:
    scene = Scene([SignInRequired("The session has ended."), HOUR])
    scene.run()
    assert scene.told[0] == "\aThe session has ended."
    assert scene.asked == ["Press Enter to sign in (Ctrl-C stops): "]
    assert scene.tried[1] == ("12:45:00", None)


def test_after_a_person_has_signed_in_it_is_silent_again() -> None:
    scene = Scene([SignInRequired("The session has ended."), HOUR])
    scene.run()
    assert scene.tried[-1] == ("13:30:00", SignInWay.SILENT)


def test_somebody_else_may_sign_in_while_a_person_is_waited_for() -> None:
    later = replace(CREDENTIALS, expiration=START + timedelta(hours=3))
    scene = Scene([SignInRequired("The session has ended.")], unanswered=1)
    scene.by_others = [None, Issued(later, START + timedelta(hours=2))]
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:00", "14:45:00"]


def test_a_file_that_cannot_be_read_at_the_moment_does_not_end_it() -> None:
    scene = Scene([HOUR])
    scene.unreadable = 1
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:15", "13:30:15"]
    assert scene.told[0] == "It cannot be read. Trying again."


def test_that_the_keys_are_somebody_elses_by_now_is_told() -> None:
    scene = Scene([], quiet=True)
    joes = replace(
        CREDENTIALS,
        expiration=START + timedelta(hours=3),
        assumed_role_arn="arn:aws:sts::222222222222:assumed-role/Reader/joe",
    )
    scene.by_others = [Issued(joes, START + timedelta(hours=2))]
    scene.run()
    assert scene.told == ["The credentials are now those of joe."]


def test_the_reason_is_told_where_silence_was_asked_for() -> None:
    scene = Scene([SignInRequired("The session has ended."), HOUR], quiet=True)
    scene.run()
    assert scene.told == ["\aThe session has ended."]


def test_without_a_terminal_it_goes_on_trying_and_says_what_to_type() -> None:
    scene = Scene([SignInRequired("The session has ended.")] * 2, there=False)
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:00", "12:45:15", "12:45:45"]
    assert scene.told == ["\aThe session has ended. Sign in with: aws saml-login --profile dev"]


def test_a_network_that_is_away_is_told_once_and_tried_again_ever_more_rarely() -> None:
    away = [StsUnreachable("STS cannot be reached.") for _ in range(6)]
    scene = Scene([*away, HOUR])
    scene.run()
    times = ["12:45:00", "12:45:15", "12:45:45", "12:46:45", "12:48:45", "12:50:45", "12:52:45"]
    assert [at for at, _ in scene.tried][:7] == times
    assert scene.told[0] == "STS cannot be reached. Trying again."
    assert len(scene.told) == 2


@pytest.mark.parametrize(
    "refusal",
    [IdentityProviderRefused("The account is locked."), Stopped("The window was closed.")],
)
def test_a_refusal_rings_and_ends_it(refusal: SamlLoginError) -> None:
    scene = Scene([refusal])
    with pytest.raises(type(refusal)):
        scene.watch()
    assert scene.told == ["\a"]
