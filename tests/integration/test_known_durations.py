"""The memory of roles at work: the calls that the next sign-in needs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.clock import Clock
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.role_memory import RoleMemory
from tests.integration.exchanges import ASSERTION, SETTINGS, exchange
from tests.integration.sign_ins import IdentityProvider, exchanges, fresh, write_saml_profile
from tests.integration.sts_server import StsServer, allowing, granting
from tests.saml import ADMIN, USER_ROLE

HOUR = 3600
TWELVE_HOURS = replace(SETTINGS, session_duration=timedelta(hours=12))
MEMORY = "roles.json"


def signed_in(
    server: StsServer,
    folder: Path,
    *,
    assertion: Assertion = ASSERTION,
    is_attended: bool = False,
    ago: timedelta = timedelta(0),
) -> tuple[int, list[str], Credentials]:
    """Sign in for 12 hours; return the number of calls, the lines and the credentials."""
    before, lines = len(server.requests), list[str]()
    credentials = exchange(
        server,
        settings=TWELVE_HOURS,
        assertion=assertion,
        notified=lines,
        memory=RoleMemory(folder),
        is_attended=is_attended,
        clock=Clock(now=lambda: datetime.now(timezone.utc) - ago),
    )
    return len(server.requests) - before, lines[1:], credentials


def test_the_second_sign_in_takes_one_call(server: StsServer, tmp_path: Path) -> None:
    server.answer = allowing(HOUR)
    first, _, _ = signed_in(server, tmp_path)
    second, lines, _ = signed_in(server, tmp_path)
    assert (first <= 6, second) == (True, 1)
    assert lines == ["Role.Admin allows sessions of at most 1 hour, as before."]


def test_a_role_of_twelve_hours_takes_one_call_each_time(server: StsServer, tmp_path: Path) -> None:
    server.answer = allowing(12 * HOUR)
    assert [signed_in(server, tmp_path)[:2] for _ in range(2)] == [(1, []), (1, [])]


def test_a_lowered_maximum_is_learnt(server: StsServer, tmp_path: Path) -> None:
    server.answer = allowing(4 * HOUR)
    signed_in(server, tmp_path)
    server.answer = allowing(2 * HOUR)
    signed_in(server, tmp_path)
    calls, lines, _ = signed_in(server, tmp_path)
    assert (calls, lines) == (1, ["Role.Admin allows sessions of at most 2 hours, as before."])


@pytest.mark.parametrize(("is_attended", "asked"), [(True, 12 * HOUR), (False, HOUR)])
def test_after_30_days_a_person_tries_the_wanted_duration_again(
    server: StsServer, tmp_path: Path, is_attended: bool, asked: int
) -> None:
    server.answer = allowing(HOUR)
    signed_in(server, tmp_path, ago=timedelta(days=31))
    server.answer = allowing(12 * HOUR)
    signed_in(server, tmp_path, is_attended=is_attended)
    assert server.requests[-1]["DurationSeconds"] == str(asked)


def test_the_end_of_the_identity_providers_session_is_no_maximum_of_the_role(
    server: StsServer, tmp_path: Path
) -> None:
    ends = datetime.now(timezone.utc) + timedelta(minutes=20)
    server.answer = lambda asked: granting(asked, expiration=ends.isoformat(timespec="seconds"))
    shorter = replace(ASSERTION, session_not_on_or_after=ends)
    _, lines, _ = signed_in(server, tmp_path, assertion=shorter)
    known = RoleMemory(tmp_path).role(ADMIN, server.host)
    assert known.granted == 12 * HOUR
    assert lines == [
        f"The identity provider ends the session of Role.Admin at {ends:%H:%M} UTC.",
    ]


def test_programs_read_and_feed_the_memory(server: StsServer, aws_home: Path) -> None:
    server.answer = allowing(HOUR)
    for profile in ("one", "two"):
        keys = {"saml_role_arn": USER_ROLE.arn, "saml_session_duration": "max"}
        write_saml_profile(aws_home, profile, server, **keys)
    fresh("one", IdentityProvider())
    first = len(exchanges(server))
    fresh("two", IdentityProvider())
    assert (first > 1, len(exchanges(server)) - first) == (True, 1)


def test_nothing_that_sts_sent_is_in_the_memory(server: StsServer, tmp_path: Path) -> None:
    _, _, credentials = signed_in(server, tmp_path)
    content = (tmp_path / MEMORY).read_text()
    secrets = (credentials.access_key_id, credentials.session_token, ASSERTION.saml_response)
    assert [secret for secret in secrets if secret in content] == []
    assert json.loads(content)["roles"][f"{ADMIN} {server.host}"]["uses"] == 1


def test_a_memory_that_cannot_be_written_is_no_failure(server: StsServer, tmp_path: Path) -> None:
    (tmp_path / "saml").write_text("a file in place of the folder")
    assert signed_in(server, tmp_path / "saml")[2].access_key_id == "ASIAEXAMPLE"


@pytest.mark.parametrize(
    "content",
    [b"{", b'{"version": 99, "roles": {}}', b"[1]", b" " * 5_000_000, None],
    ids=["damaged", "newer", "foreign", "5 MB", "folder"],
)
def test_a_memory_that_cannot_be_used_is_rebuilt_by_a_sign_in(
    server: StsServer, tmp_path: Path, content: bytes | None
) -> None:
    server.answer = allowing(HOUR)
    if content is None:
        (tmp_path / MEMORY).mkdir()
    else:
        (tmp_path / MEMORY).write_bytes(content)
    first, _, _ = signed_in(server, tmp_path)
    assert (first > 1, signed_in(server, tmp_path)[0]) == (True, 1)
