"""The exchange with real botocore over real HTTP: the requests, and the credentials."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.clock import Clock, Deadline
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import USERS
from aws_saml_ext.errors import (
    AssertionTooLate,
    ConfigError,
    SamlLoginError,
    StsRefused,
    StsUnreachable,
    TimedOut,
)
from aws_saml_ext.session_policies import SessionPolicies
from aws_saml_ext.sts.check import check
from aws_saml_ext.sts.connection import StsConnection
from aws_saml_ext.sts.exchange import exchanging
from tests.integration.exchanges import (
    ASSERTION,
    SETTINGS,
    everything_shown,
    exchange,
    new_session,
    refused,
)
from tests.integration.sts_server import Answer, Request, StsServer, allowing, granting, refusing
from tests.saml import ADMIN, PROVIDER, saml_response

POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}'
RESTRICTED = replace(SETTINGS, session_policies=SessionPolicies(("ReadOnlyAccess",), POLICY))


def test_session_policies_go_to_sts(server: StsServer) -> None:
    exchange(server, settings=RESTRICTED)
    [request] = server.requests
    assert request["PolicyArns.member.1.arn"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert request["Policy"] == POLICY


def test_without_session_policies_none_go_to_sts(server: StsServer) -> None:
    exchange(server)
    assert [name for name in server.requests[0] if name.startswith("Polic")] == []


def test_a_policy_that_does_not_fit_the_chosen_role_is_not_sent(server: StsServer) -> None:
    other = SessionPolicies(("arn:aws-cn:iam::aws:policy/P",))
    with pytest.raises(ConfigError, match=r"saml_policy_arns is not usable: .* of the partition"):
        exchange(server, settings=replace(SETTINGS, session_policies=other))
    assert server.requests == []


@pytest.mark.parametrize(("percent", "lines"), [(90, 0), (91, 1)])
def test_policies_that_nearly_fill_their_space_are_told(
    server: StsServer, percent: int, lines: int
) -> None:
    def answer(request: dict[str, str]) -> Answer:
        granted = granting(request)
        size = f"<PackedPolicySize>{percent}</PackedPolicySize><Credentials>"
        return replace(granted, body=granted.body.replace("<Credentials>", size))

    server.answer, notified = answer, list[str]()
    exchange(server, settings=RESTRICTED, notified=notified)
    assert sum(f"take {percent} % of the space" in line for line in notified) == lines


# ---- a grant ----


def test_an_assertion_becomes_credentials(server: StsServer) -> None:
    server.answer = lambda asked: granting(asked, expiration="2035-01-01T00:00:00Z")
    assert exchange(server) == Credentials(
        access_key_id="ASIAEXAMPLE",
        secret_access_key="secret",
        session_token="token",
        expiration=datetime(2035, 1, 1, tzinfo=timezone.utc),
        role_arn=ADMIN,
        assumed_role_arn="arn:aws:sts::111111111111:assumed-role/Role.Admin/jane",
    )


def test_sts_is_asked_for_the_role_its_provider_and_the_duration(server: StsServer) -> None:
    exchange(server, settings=replace(SETTINGS, session_duration=timedelta(hours=2)))
    assert server.requests == [
        {
            "Action": "AssumeRoleWithSAML",
            "Version": "2011-06-15",
            "RoleArn": ADMIN,
            "PrincipalArn": PROVIDER,
            "SAMLAssertion": ASSERTION.saml_response,
            "DurationSeconds": "7200",
        }
    ]


def test_the_credential_chain_is_not_asked(server: StsServer) -> None:
    class Chain:
        def load_credentials(self) -> None:
            raise AssertionError("asked")

    session = new_session()
    session.register_component("credential_provider", Chain())
    assert exchange(server, session=session).access_key_id == "ASIAEXAMPLE"


def test_we_say_who_we_are(server: StsServer) -> None:
    exchange(server)
    assert "aws-saml-ext/" in server.user_agents[0]


def test_a_time_without_a_zone_is_in_utc(server: StsServer) -> None:
    server.answer = lambda asked: granting(asked, expiration="2035-01-01T00:00:00")
    assert exchange(server).expiration == datetime(2035, 1, 1, tzinfo=timezone.utc)


def test_a_busy_sts_is_asked_again(server: StsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    busy = [refusing("ServiceUnavailable", "busy", status=503)]
    server.answer = lambda asked: busy.pop() if busy else granting(asked)
    assert exchange(server).access_key_id == "ASIAEXAMPLE"
    assert len(server.requests) == 2


def test_the_longest_that_the_role_allows_is_granted_and_told(server: StsServer) -> None:
    server.answer = allowing(4 * 3600)
    notified: list[str] = []
    credentials = exchange(
        server, settings=replace(SETTINGS, session_duration=timedelta(hours=12)), notified=notified
    )
    assert notified[1:] == [
        "Role.Admin allows sessions of at most 4 hours; 12 hours were requested."
    ]
    left = credentials.remaining(datetime.now(timezone.utc))
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    assert len(server.requests) <= 6


# ---- the length of an assertion ----


def test_what_is_too_long_is_refused_without_asking(server: StsServer) -> None:
    roles = [Role(f"arn:aws:iam::111111111111:role/R{n}", PROVIDER) for n in range(1000)]
    long = Assertion.parse(saml_response(*roles))
    with pytest.raises(StsRefused, match=f"has {len(long.saml_response)} characters"):
        exchange(server, assertion=long)
    assert server.requests == []


def test_100000_characters_are_not_too_long(server: StsServer) -> None:
    full = replace(ASSERTION, saml_response="x" * 100_000)
    exchange(server, assertion=full)
    assert len(server.requests) == 1


# ---- time ----


def test_no_answer_in_time_is_told(server: StsServer) -> None:
    over = threading.Event()

    def slowly(asked: Request) -> Answer:
        over.wait(10)
        return granting(asked)

    server.answer = slowly
    try:
        with pytest.raises(StsUnreachable, match="did not answer in time"):
            exchange(server, connection=StsConnection(read_timeout=1))
    finally:
        over.set()


def test_a_timeout_of_0_waits(server: StsServer) -> None:
    exchange(server, connection=StsConnection(read_timeout=0, connect_timeout=0))
    assert len(server.requests) == 1


@pytest.mark.parametrize("options", [{}, {"read_timeout": 0}, {"read_timeout": 50}])
def test_sts_is_not_waited_for_when_the_time_of_the_sign_in_is_over(
    server: StsServer, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    over = threading.Event()

    def never(asked: Request) -> Answer:
        over.wait(30)
        return granting(asked)

    server.answer = never
    settings = replace(SETTINGS, profile="my dev", timeout=timedelta(seconds=1))
    began = time.monotonic()
    try:
        with pytest.raises(TimedOut, match=f"took longer than 1 second: STS at {server.host} has"):
            exchange(server, settings=settings, connection=StsConnection(**options))
        assert time.monotonic() - began < 15
    finally:
        over.set()


def test_a_sign_in_whose_time_is_over_does_not_ask_sts(server: StsServer) -> None:
    with pytest.raises(TimedOut) as caught:
        exchange(server, deadline=Deadline(-1))
    assert caught.value.exit_status == 255
    assert caught.value.hint == "aws saml-login --profile dev --timeout SECONDS"
    assert server.requests == []


def test_the_time_that_is_left_is_asked_for_as_the_exchange_begins(server: StsServer) -> None:
    deadline = Deadline(-1)
    deadline.reserve(60)
    assert exchange(server, deadline=deadline)


def test_what_was_granted_counts_though_the_time_is_over_then(server: StsServer) -> None:
    over = threading.Event()

    def answer(asked: Request) -> Answer:
        if len(server.requests) > 2:
            over.wait(30)
        return allowing(10 * 3600)(asked)

    server.answer = answer

    def clock() -> float:
        return 0 if len(server.requests) <= 2 else SETTINGS.timeout.total_seconds()

    settings = replace(SETTINGS, session_duration=timedelta(hours=12))
    notified: list[str] = []
    try:
        granted = exchange(
            server, settings=settings, notified=notified, clock=Clock(monotonic=clock)
        )
        assert granted.access_key_id == "ASIAEXAMPLE"
    finally:
        over.set()
    assert notified[1:] == [
        "Role.Admin allows sessions of at most 6 hours; 12 hours were requested."
    ]


# ---- the clock ----


@pytest.mark.parametrize(
    ("behind", "size"),
    [(timedelta(hours=2), "2 hours behind"), (timedelta(minutes=-7), "7 minutes ahead of")],
)
def test_a_wrong_clock_is_told_once_by_its_size(
    behind: timedelta, size: str, server: StsServer
) -> None:
    notified: list[str] = []
    settings = replace(SETTINGS, session_duration=timedelta(hours=12))
    server.answer = allowing(6 * 3600)
    clock = Clock(now=lambda: datetime.now(timezone.utc) - behind)
    exchange(server, settings=settings, notified=notified, clock=clock)
    sentence = f"The clock of this machine is {size} that of STS: set it. "
    assert [line.startswith(sentence) for line in notified].count(True) == 1


def test_with_a_clock_behind_credentials_end_after_the_requested_time_by_that_clock(
    server: StsServer,
) -> None:
    now = datetime.now(timezone.utc) - timedelta(hours=2)
    granted = exchange(server, clock=Clock(now=lambda: now))
    assert granted.expiration - now == SETTINGS.session_duration


def test_a_right_clock_is_not_told(server: StsServer) -> None:
    notified: list[str] = []
    exchange(server, notified=notified)
    assert not any("clock" in line for line in notified)


# ---- secrets ----


@pytest.mark.parametrize(
    "answer",
    [
        refusing("ValidationError", f"Value '{ASSERTION.saml_response}' at 'samlAssertion' failed"),
        Answer(200, ASSERTION.saml_response),
        Answer(0, ""),
    ],
    ids=["refusal", "nonsense", "hang-up"],
)
def test_the_assertion_is_in_nothing_that_is_said(
    server: StsServer, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    with caplog.at_level(logging.DEBUG, "aws_saml_ext"):
        error = refused(server, answer)
    ours = "".join(r.getMessage() for r in caplog.records if r.name.startswith("aws_saml_ext"))
    assert ASSERTION.saml_response[:60] not in everything_shown(error) + ours


def test_request_ids_are_in_the_log_only(
    server: StsServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "aws_saml_ext"):
        exchange(server)
        error = refused(server, refusing("AccessDenied", "no"))
    assert "granted-1" in caplog.text
    assert "refused-1" in caplog.text
    assert "refused-1" not in everything_shown(error)
    assert "secret" not in caplog.text


def test_a_parameter_that_botocore_refuses_does_not_show(server: StsServer) -> None:
    secret: Any = {"secret": "assertion"}
    with pytest.raises(SamlLoginError) as caught:
        exchange(server, assertion=replace(ASSERTION, saml_response=secret))
    assert "assertion'" not in everything_shown(caught.value)


# ---- with an AWS that checks what it gets ----


def issued(demo: Demo) -> Assertion:
    """Return the assertion of the demo's administrator."""
    admin = next(user for user in USERS if user.name == "aws_admin")
    return Assertion.parse(demo.idp.saml_response(admin))


def of(demo: Demo, name: str) -> tuple[Assertion, Role]:
    """Return that assertion and one of its roles."""
    assertion = issued(demo)
    return assertion, next(role for role in assertion.roles if role.name == name)


def test_a_signed_assertion_becomes_credentials_that_work(aws_home: Path, demo: Demo) -> None:
    ask = exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(demo.aws_url))
    credentials = ask(*of(demo, "Role.User")).credentials
    lines = check(new_session(), credentials, StsConnection(demo.aws_url))
    assert lines == [f"GetCallerIdentity: {credentials.assumed_role_arn}", "ListBuckets: 1 bucket"]


def test_max_is_as_long_as_the_role_allows(aws_home: Path, demo: Demo) -> None:
    settings = replace(SETTINGS, session_duration=timedelta(hours=12))
    notified: list[str] = []
    ask = exchanging(
        new_session(), settings, notify=notified.append, connection=StsConnection(demo.aws_url)
    )
    left = ask(*of(demo, "Role.Admin")).credentials.remaining(datetime.now(timezone.utc))
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    assert notified[1:] == [
        "Role.Admin allows sessions of at most 4 hours; 12 hours were requested."
    ]
    assert len(demo.aws.calls) <= 6


def test_an_assertion_that_was_kept_too_long_is_late(aws_home: Path, demo: Demo) -> None:
    ask = exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(demo.aws_url))
    assertion, role = of(demo, "Role.User")
    demo.aws.clock = lambda: datetime.now(timezone.utc) + timedelta(minutes=6)
    with pytest.raises(AssertionTooLate):
        ask(assertion, role)


def test_a_role_that_is_not_in_the_assertion_is_refused(aws_home: Path, demo: Demo) -> None:
    ask = exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(demo.aws_url))
    assertion, role = of(demo, "Role.User")
    with pytest.raises(StsRefused, match="AccessDenied"):
        ask(assertion, replace(role, arn=role.arn + "s"))
