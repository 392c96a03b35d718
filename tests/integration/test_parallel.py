"""Many roles at STS at the same time, over real HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.assertion_life import REDEEMABLE, redeemable
from aws_saml_ext.clock import Clock, Deadline
from aws_saml_ext.errors import AssertionTooLate, SamlLoginError, StsRefused, Throttled
from aws_saml_ext.sts.connection import StsConnection
from aws_saml_ext.sts.durations import Answers
from aws_saml_ext.sts.parallel import AT_A_TIME, Jobs, exchanged
from tests.integration.exchanges import ASSERTION, SETTINGS, new_session
from tests.integration.sts_server import Answer, Request, StsServer, granting, refusing
from tests.saml import PROVIDER

ROLES = [Role(f"arn:aws:iam::111111111111:role/R{number}", PROVIDER) for number in range(40)]
THROTTLED = refusing("Throttling", "Rate exceeded", status=400)
LATE = refusing("ExpiredTokenException", "Token must be redeemed within 5 minutes", status=400)
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

Outcomes = dict[str, "Answers | SamlLoginError"]


def outcomes(
    server: StsServer,
    roles: Sequence[Role] = ROLES,
    *,
    seconds: float = 60,
    assertion: Assertion = ASSERTION,
) -> Outcomes:
    """Return the outcome of each role, by its name."""
    jobs = Jobs(connection=StsConnection(server.url), max_wait=60, notify=print)
    session, found = new_session(), Outcomes()
    exchanged(
        [jobs.job(role.name, role, SETTINGS, session, "there") for role in roles],
        assertion,
        deadlines=[Deadline(seconds)],
        report=found.__setitem__,
    )
    return found


def role_of(outcome: Answers | SamlLoginError) -> str:
    assert isinstance(outcome, Answers)
    return outcome.issued.credentials.assumed_role_arn.split("/")[1]


def test_each_profile_gets_the_credentials_of_its_own_role(server: StsServer) -> None:
    found = outcomes(server)
    assert {name: role_of(outcome) for name, outcome in found.items()} == {
        role.name: role.name for role in ROLES
    }


def test_sixteen_roles_at_a_time_are_asked_for(server: StsServer) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def answer(request: Request) -> Answer:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        return granting(request)

    server.answer = answer
    outcomes(server)
    assert 8 < most <= AT_A_TIME


def test_one_refusal_leaves_the_others(server: StsServer) -> None:
    def answer(request: Request) -> Answer:
        is_refused = request["RoleArn"].endswith("/R7")
        return refusing("AccessDenied", "no") if is_refused else granting(request)

    server.answer = answer
    found = outcomes(server)
    refused = [name for name, outcome in found.items() if isinstance(outcome, StsRefused)]
    assert refused == ["R7"]


def test_an_sts_that_throttles_is_asked_again(server: StsServer) -> None:
    answers = [THROTTLED] * 5
    server.answer = lambda request: answers.pop() if answers else granting(request)
    found = outcomes(server, ROLES[:4])
    assert all(isinstance(outcome, Answers) for outcome in found.values())


def test_an_sts_that_throttles_until_the_end_is_a_refusal(server: StsServer) -> None:
    server.answer = lambda _: THROTTLED
    found = outcomes(server, ROLES[:2], seconds=1.5)
    assert all(isinstance(outcome, Throttled) for outcome in found.values())


def test_a_late_assertion_is_the_outcome_of_each_role(server: StsServer) -> None:
    server.answer = lambda _: LATE
    found = outcomes(server, ROLES[:3])
    assert [type(outcome) for outcome in found.values()] == [AssertionTooLate] * 3


def test_roles_without_an_answer_are_left_when_the_time_is_over(server: StsServer) -> None:
    over = threading.Event()

    def answer(request: Request) -> Answer:
        if not request["RoleArn"].endswith("/R0"):
            over.wait(30)
        return granting(request)

    server.answer = answer
    try:
        found = outcomes(server, ROLES[:3], seconds=2)
    finally:
        over.set()
    assert list(found) == ["R0"]


def test_an_assertion_that_is_too_long_is_not_sent(server: StsServer) -> None:
    with pytest.raises(StsRefused, match="100001 characters"):
        outcomes(server, assertion=replace(ASSERTION, saml_response="x" * 100_001))
    assert server.requests == []


# ---- the time of an assertion ----


@pytest.mark.parametrize(
    ("issued", "ends", "left"),
    [
        (None, None, REDEEMABLE),
        (-60, None, timedelta(minutes=4)),
        (-60, 30, timedelta(seconds=30)),
        (-400, None, REDEEMABLE),  # a clock is wrong, or STS will say so
        (60, 3600, REDEEMABLE),
    ],
)
def test_an_assertion_lasts_five_minutes_or_until_its_own_end(
    issued: int | None, ends: int | None, left: timedelta
) -> None:
    assertion = replace(
        ASSERTION,
        issued_at=None if issued is None else NOW + timedelta(seconds=issued),
        not_on_or_after=None if ends is None else NOW + timedelta(seconds=ends),
    )
    clock = Clock(now=lambda: NOW, monotonic=lambda: 0.0)
    assert redeemable(assertion, clock).remaining == left.total_seconds()
