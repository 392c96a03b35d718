"""`--watch`: when it renews, whom it asks, and what it lets pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.cli.notices import until
from aws_saml_ext.cli.watching import Watch
from aws_saml_ext.clock import SYSTEM
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import (
    IdentityProviderRefused,
    IdentityProviderUnreachable,
    SamlLoginError,
    SignInRequired,
    Stopped,
    StoreError,
    StsUnreachable,
    TimedOut,
)
from tests.doubles import FakeClock, FakePrompt
from tests.samples import CREDENTIALS

START = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)


class _Over(BaseException):
    """The scene is over."""


@dataclass
class Scene:
    """A profile that is watched, and the outcome of each of its renewals."""

    outcomes: list[timedelta | SamlLoginError]
    """The lifetime of the new credentials, or an error; after the last one the scene is over."""
    prompt: FakePrompt = field(default_factory=lambda: FakePrompt(["", ""]))
    sleeps_through: tuple[datetime, timedelta] | None = None
    """The time from which a laptop sleeps, and how long."""
    by_others: list[Issued | None] = field(default_factory=list)
    """The credentials that the profile has at each look, renewed by another program."""
    unreadable: int = 0
    """The number of looks that fail."""

    def __post_init__(self) -> None:
        self.clock = FakeClock(START)
        self.tried: list[tuple[str, Flow | None]] = []
        self.warnings: list[str] = []

    def run(self, life: timedelta = timedelta(hours=1)) -> None:
        with pytest.raises(_Over):
            self.watch(life)

    def watch(self, life: timedelta = timedelta(hours=1)) -> None:
        Watch(
            find=self.find,
            renew=self.renew,
            prompt=self.prompt,
            warn=self.warnings.append,
            command="aws saml-login --profile dev",
            clock=replace(SYSTEM, now=self.clock.now, sleep=self.sleep),
        ).run(self.issued(life))

    def find(self) -> Issued | None:
        if self.unreadable:
            self.unreadable -= 1
            raise StoreError("It cannot be read.")
        return self.by_others.pop(0) if self.by_others else None

    def issued(self, life: timedelta) -> Issued:
        now = self.clock.now()
        return Issued(replace(CREDENTIALS, expiration=now + life), now)

    def renew(self, before: Issued, flow: Flow | None) -> Issued:
        self.tried.append((f"{self.clock.now():%H:%M:%S}", flow))
        if not self.outcomes:
            raise _Over
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, SamlLoginError):
            raise outcome
        return self.issued(outcome)

    def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        if self.sleeps_through is not None and self.clock.now() >= self.sleeps_through[0]:
            self.clock.advance(self.sleeps_through[1])
            self.sleeps_through = None


def no_answer() -> str:
    raise TimedOut("The question was not answered in time.")


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
    [_, line] = scene.prompt.notified
    at, following = START + timedelta(minutes=45), START + timedelta(minutes=90)
    assert line == f"Renewed at {until(at, at)}. The next renewal is at {until(following, at)}."


def test_it_says_at_once_when_it_will_renew() -> None:
    scene = Scene([])
    scene.run()
    following = until(START + timedelta(minutes=45), START)
    assert scene.prompt.notified == [f"The next renewal is at {following}. Ctrl-C ends this."]


def test_nobody_is_asked_while_the_session_lives() -> None:
    scene = Scene([HOUR])
    scene.run()
    assert {flow for _, flow in scene.tried} == {Flow.SILENT}
    assert scene.prompt.asked == []


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
    assert scene.warnings[0] == "\aThe session has ended."
    assert scene.prompt.asked == ["Press Enter to sign in (Ctrl-C stops): "]
    assert scene.tried[1] == ("12:45:00", None)


def test_after_a_person_has_signed_in_it_is_silent_again() -> None:
    scene = Scene([SignInRequired("The session has ended."), HOUR])
    scene.run()
    assert scene.tried[-1] == ("13:30:00", Flow.SILENT)


def test_somebody_else_may_sign_in_while_a_person_is_waited_for() -> None:
    later = replace(CREDENTIALS, expiration=START + timedelta(hours=3))
    scene = Scene([SignInRequired("The session has ended.")], prompt=FakePrompt([no_answer]))
    scene.by_others = [None, Issued(later, START + timedelta(hours=2))]
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:00", "14:45:00"]


def test_the_next_renewal_is_told_after_one_by_another_program() -> None:
    later = replace(CREDENTIALS, expiration=START + timedelta(hours=3))
    scene = Scene([])
    scene.by_others = [Issued(later, START + timedelta(hours=2))]
    scene.run()
    end = until(START + timedelta(hours=2, minutes=45), START)
    assert scene.prompt.notified[-1] == (
        f"Another program has renewed them. The next renewal is at {end}."
    )


def test_the_end_of_the_credentials_is_told_while_the_network_is_away() -> None:
    scene = Scene([*[StsUnreachable("STS cannot be reached.") for _ in range(12)], HOUR])
    scene.run()
    assert scene.warnings[1].endswith("The credentials have expired.")


def test_a_file_that_cannot_be_read_at_the_moment_does_not_end_it() -> None:
    scene = Scene([HOUR], unreadable=1)
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:15", "13:30:15"]
    assert scene.warnings[0].startswith(
        "It cannot be read. Trying again, at least every 2 minutes."
    )


def test_credentials_of_another_person_are_a_warning() -> None:
    scene = Scene([])
    joes = replace(
        CREDENTIALS,
        expiration=START + timedelta(hours=3),
        assumed_role_arn="arn:aws:sts::222222222222:assumed-role/Reader/joe",
    )
    scene.by_others = [Issued(joes, START + timedelta(hours=2))]
    scene.run()
    assert scene.warnings == ["The credentials are now those of joe."]


def test_the_reason_is_a_warning_which_quiet_does_not_silence() -> None:
    scene = Scene([SignInRequired("The session has ended."), HOUR])
    scene.run()
    assert scene.warnings == ["\aThe session has ended."]


def test_without_a_terminal_it_goes_on_trying_and_says_what_to_type() -> None:
    scene = Scene(
        [SignInRequired("The session has ended.")] * 2, prompt=FakePrompt(interactive=False)
    )
    scene.run()
    assert [at for at, _ in scene.tried] == ["12:45:00", "12:45:15", "12:45:45"]
    assert scene.warnings == [
        "\aThe session has ended. Sign in with:\n  aws saml-login --profile dev"
    ]


@pytest.mark.parametrize("kind", [StsUnreachable, IdentityProviderUnreachable])
def test_a_network_that_is_away_is_told_once_and_tried_again_ever_more_rarely(
    kind: type[SamlLoginError],
) -> None:
    away = [kind("STS cannot be reached.") for _ in range(6)]
    scene = Scene([*away, HOUR])
    scene.run()
    times = ["12:45:00", "12:45:15", "12:45:45", "12:46:45", "12:48:45", "12:50:45", "12:52:45"]
    assert [at for at, _ in scene.tried][:7] == times
    end = until(START + timedelta(hours=1), START)
    assert scene.warnings[0] == (
        "STS cannot be reached. Trying again, at least every 2 minutes. "
        f"The credentials are valid until {end}."
    )
    assert len(scene.warnings) == 1


@pytest.mark.parametrize(
    "refusal",
    [IdentityProviderRefused("The account is locked."), Stopped("The window was closed.")],
)
def test_a_refusal_rings_and_ends_it(refusal: SamlLoginError) -> None:
    scene = Scene([refusal])
    with pytest.raises(type(refusal)):
        scene.watch()
    assert scene.warnings == ["\a"]
