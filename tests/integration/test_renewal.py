"""Credentials that renew themselves: one sign-in for all who need it, kept in the cache alone."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.credentials import CredentialProvider
from botocore.session import Session

from aws_saml_ext import fast_path, renewal
from aws_saml_ext.assertion import Role
from aws_saml_ext.clock import utc_now
from aws_saml_ext.config import resolve
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.errors import (
    ConfigError,
    IdentityProviderRefused,
    SamlLoginError,
    SignInRequired,
    Stopped,
    StsRefused,
)
from aws_saml_ext.extension import SamlCredentials
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credentials_file import CredentialsFile
from tests.command import CREDENTIALS_BY_HAND
from tests.doubles import FakePrompt
from tests.integration.sign_ins import (
    IDP,
    IdentityProvider,
    exchanges,
    fresh,
    new_keys,
    write_profile,
    write_saml_profile,
)
from tests.integration.sts_server import StsServer, refusing
from tests.patience import until
from tests.saml import ADMIN, ADMIN_ROLE, USER, USER_ROLE
from tests.stored import REQUEST

NOBODY = SignInRequired("idp.example.com needs you to sign in.")


@pytest.fixture
def idp() -> IdentityProvider:
    return IdentityProvider()


@pytest.fixture
def sts_server() -> Iterator[StsServer]:
    with StsServer(new_keys()) as server:
        yield server


@pytest.fixture
def home(aws_home: Path, sts_server: StsServer) -> Path:
    """With profile dev, and a credentials file that was written by hand."""
    write_saml_profile(aws_home, "dev", sts_server)
    (aws_home / "credentials").write_text(CREDENTIALS_BY_HAND)
    return aws_home


def key_of(issued: Issued) -> str:
    return issued.credentials.access_key_id


def at_once(ask: Callable[[], Any], times: int) -> list[Any]:
    """Ask in so many threads that begin together, and return their answers and errors."""
    together = threading.Barrier(times)

    def run(_: int) -> Any:
        together.wait()
        try:
            return ask()
        except SamlLoginError as error:
            return error

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


# ---- kept keys, and new ones ----


def test_new_keys_go_to_the_cache_and_never_to_the_credentials_file(
    home: Path, idp: IdentityProvider
) -> None:
    issued = fresh("dev", idp)
    assert (home / "credentials").read_text() == CREDENTIALS_BY_HAND
    [kept] = (home / "saml" / "cache").glob("*.keys")
    assert issued.credentials.session_token in kept.read_text()


def test_keys_that_live_long_enough_are_given_to_everybody(
    home: Path, idp: IdentityProvider
) -> None:
    assert key_of(fresh("dev", idp)) == key_of(fresh("dev", idp)) == "ASIAEXAMPLE1"
    assert len(idp.sign_ins) == 1


def test_two_profiles_of_the_same_settings_share_one_sign_in(
    home: Path, sts_server: StsServer, idp: IdentityProvider
) -> None:
    for profile in ("one", "same"):
        write_saml_profile(home, profile, sts_server, saml_role_arn=USER, saml_username="jane")
    assert key_of(fresh("one", idp)) == key_of(fresh("same", idp))
    assert len(idp.sign_ins) == 1


@pytest.mark.parametrize("role", [{}, {"saml_role_arn": "Role.*"}], ids=["none", "a pattern"])
def test_profiles_that_leave_the_role_open_share_none(
    role: dict[str, str], home: Path, sts_server: StsServer, idp: IdentityProvider
) -> None:
    """A role that is chosen for one of them is not chosen for the other."""
    for profile in ("one", "other"):
        write_saml_profile(home, profile, sts_server, **role)
    assert key_of(fresh("one", idp)) != key_of(fresh("other", idp))


@pytest.mark.parametrize(
    "other",
    [
        {"saml_role_arn": ADMIN},
        {"saml_username": "jane@example.com"},
        {"saml_session_duration": "900"},
        {"saml_idp_url": f"{IDP}/other"},
        {"region": "us-west-2"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_profiles_whose_keys_would_differ_share_none(
    other: dict[str, str], home: Path, sts_server: StsServer
) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    same = {"saml_role_arn": USER, "saml_username": "jane"}
    write_saml_profile(home, "user", sts_server, **same)
    write_saml_profile(home, "other", sts_server, **{**same, **other})
    assert key_of(fresh("user", idp)) != key_of(fresh("other", idp))


def test_keys_that_the_command_stored_are_used_first(
    home: Path, sts_server: StsServer, idp: IdentityProvider
) -> None:
    store(home, role_arn=USER)
    stored = (home / "credentials").read_bytes()
    assert key_of(fresh("dev", idp)) == "ASIASTORED"
    assert (idp.sign_ins, (home / "credentials").read_bytes()) == ([], stored)


def store(home: Path, *, role_arn: str) -> None:
    """Store credentials in profile dev as `aws saml-login` does."""
    ends = datetime.now(timezone.utc).replace(year=2099)
    credentials = Credentials("ASIASTORED", "secret", "token", ends, role_arn, f"{role_arn}/jane")
    session = Session(profile="dev")
    settings = resolve(session, {"saml_role_arn": role_arn})
    CredentialsFile(home / "credentials", home / "saml").save(
        renewal.request_for(session, settings), Issued(credentials, utc_now())
    )


# ---- the role ----


def test_new_keys_are_for_the_role_before_where_the_settings_leave_several(
    aws_home: Path,
) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    with StsServer(new_keys(seconds=1)) as sts_server:
        write_saml_profile(aws_home, "dev", sts_server)
        first = fresh("dev", idp, FakePrompt(["admin"]))
        second = fresh("dev", idp)
    assert [each.credentials.role_arn for each in (first, second)] == [ADMIN, ADMIN]
    assert len(idp.sign_ins) == 2


def test_a_role_that_the_command_stored_last_is_the_one_before(home: Path) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    store(home, role_arn=ADMIN)
    (home / "saml" / "stored").rename(home / "saml" / "forgotten")  # what they are for, that is
    issued = fresh("dev", idp)
    assert (issued.credentials.role_arn, key_of(issued)) == (ADMIN, "ASIAEXAMPLE1")


@pytest.mark.parametrize(
    "offered",
    [
        pytest.param((USER_ROLE, Role(f"{USER}2", USER_ROLE.principal_arn)), id="two others"),
        pytest.param((USER_ROLE,), id="one other"),
    ],
)
@pytest.mark.parametrize("interactive", [False, True])
def test_another_role_is_never_taken_in_place_of_the_one_that_was_chosen(
    offered: tuple[Role, ...], interactive: bool, aws_home: Path
) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    with StsServer(new_keys(seconds=1)) as sts_server:
        write_saml_profile(aws_home, "dev", sts_server)
        fresh("dev", idp, FakePrompt(["admin"]))
        idp.roles = offered
        with pytest.raises(SignInRequired, match=f"The previously used role {ADMIN} is no longer"):
            fresh("dev", idp, FakePrompt(interactive=interactive))


def test_the_role_that_was_chosen_is_the_profiles_whatever_else_changes(
    home: Path, sts_server: StsServer
) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    fresh("dev", idp, FakePrompt(["admin"]))
    issued = renewal.for_program(
        Session(profile="dev"),
        FakePrompt(interactive=False),
        overrides={"saml_session_duration": "900"},
        capture_for=idp.capture_for,
    )
    assert issued.credentials.role_arn == ADMIN
    assert [each["DurationSeconds"] for each in exchanges(sts_server)] == ["3600", "900"]


def test_the_provider_that_was_chosen_for_a_role_of_two_is_taken_again(aws_home: Path) -> None:
    second = Role(USER, f"{USER_ROLE.principal_arn}2")
    idp = IdentityProvider(roles=(USER_ROLE, second))
    with StsServer(new_keys(seconds=1)) as sts_server:
        write_saml_profile(aws_home, "dev", sts_server, saml_role_arn=USER)
        with pytest.raises(SignInRequired, match="through 2 SAML providers"):
            fresh("dev", idp)
        fresh("dev", idp, FakePrompt(["1"]))
        fresh("dev", idp)
    providers = [each["PrincipalArn"] for each in exchanges(sts_server)]
    assert providers == [second.principal_arn] * 2


# ---- the person ----


def test_keys_of_somebody_else_are_given_to_no_program_unasked(
    home: Path, sts_server: StsServer
) -> None:
    write_saml_profile(home, "joes", sts_server, saml_username="joe")
    with pytest.raises(SignInRequired, match="The assertion is for jane, not for joe") as error:
        fresh("joes", IdentityProvider())
    assert error.value.hint == "aws saml-login --profile joes --clean"
    assert exchanges(sts_server) == []


def test_nor_keys_of_somebody_else_than_before_where_no_name_is_set(aws_home: Path) -> None:
    idp = IdentityProvider()
    with StsServer(new_keys(seconds=1)) as sts_server:
        write_saml_profile(aws_home, "dev", sts_server)
        fresh("dev", idp)
        idp.session_name = "jane-adm"
        with pytest.raises(SignInRequired, match="for jane-adm, not for jane"):
            fresh("dev", idp)


def test_who_is_there_hears_of_it(home: Path, sts_server: StsServer) -> None:
    write_saml_profile(home, "joes", sts_server, saml_username="joe")
    prompt = FakePrompt()
    fresh("joes", IdentityProvider(), prompt)
    assert prompt.notified[-1] == "The assertion is for jane, not for joe."


def test_an_identity_provider_may_name_people_in_its_own_way(aws_home: Path) -> None:
    idp = IdentityProvider()  # which calls joe jane
    with StsServer(new_keys(seconds=1)) as sts_server:
        write_saml_profile(aws_home, "joes", sts_server, saml_username="joe")
        fresh("joes", idp, FakePrompt())  # who has been told
        assert key_of(fresh("joes", idp)) == "ASIAEXAMPLE2"


# ---- what goes wrong ----


def test_the_command_that_helps_names_the_profile(home: Path, sts_server: StsServer) -> None:
    write_saml_profile(home, '"my profile"', sts_server)
    with pytest.raises(SignInRequired) as raised:
        fresh("my profile", IdentityProvider(failure=NOBODY))
    assert str(raised.value) == str(NOBODY)
    assert raised.value.hint == "aws saml-login --profile 'my profile'"


def test_what_the_identity_provider_refused_is_not_sent_again_at_once(home: Path) -> None:
    """A loop with an old password in its settings would lock the account."""
    idp = IdentityProvider(failure=IdentityProviderRefused("Wrong password."))
    for _ in range(3):
        with pytest.raises(IdentityProviderRefused, match="Wrong password"):
            fresh("dev", idp)
    assert len(idp.sign_ins) == 1


def test_somebody_at_a_terminal_may_try_again_at_once(home: Path) -> None:
    idp = IdentityProvider(failure=IdentityProviderRefused("Wrong password."))
    for _ in range(2):
        with pytest.raises(IdentityProviderRefused):
            fresh("dev", idp, FakePrompt(interactive=True))
    assert len(idp.sign_ins) == 2


def test_a_refusal_leaves_no_keys_behind(home: Path, sts_server: StsServer) -> None:
    sts_server.answer = lambda _: refusing("AccessDenied", "Not authorized to perform this.")
    with pytest.raises(StsRefused):
        fresh("dev", IdentityProvider())
    assert list((home / "saml" / "cache").glob("*.keys")) == []


def test_a_setting_that_cannot_be_used_is_named_before_anything_is_opened(
    home: Path, sts_server: StsServer, idp: IdentityProvider
) -> None:
    write_saml_profile(home, "broken", sts_server, saml_timeout="soon")
    with pytest.raises(
        ConfigError, match="saml_timeout of profile broken is not usable: it must be"
    ):
        fresh("broken", idp)
    assert idp.sign_ins == []


def test_a_profile_without_an_address_is_told_how_to_get_one(
    home: Path, idp: IdentityProvider
) -> None:
    write_profile(home, "plain", region="eu-west-1")
    with pytest.raises(ConfigError, match="saml_idp_url is not set"):
        fresh("plain", idp)


def test_keys_are_given_where_the_cache_cannot_be_written(
    home: Path, idp: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "saml").mkdir()
    (home / "saml" / "cache").write_text("somebody put a file here")
    assert key_of(fresh("dev", idp)) == "ASIAEXAMPLE1"
    assert "Other programs cannot share these credentials" in caplog.text


# ---- many at once ----


def waiting(prompt: FakePrompt) -> int:
    """Count the messages about waiting for another sign-in."""
    return sum("Waiting for it" in words for words in prompt.notified)


def test_sixteen_sessions_at_once_sign_in_once(home: Path, sts_server: StsServer) -> None:
    prompt = FakePrompt(interactive=False)
    idp = IdentityProvider(lasts_until=lambda: waiting(prompt) == 15)
    issued = at_once(lambda: fresh("dev", idp, prompt), 16)
    assert {key_of(each) for each in issued} == {"ASIAEXAMPLE1"}
    assert (len(idp.sign_ins), len(exchanges(sts_server))) == (1, 1)


def test_sixteen_sessions_at_once_are_refused_once(home: Path) -> None:
    prompt = FakePrompt(interactive=False)
    refusal = IdentityProviderRefused("idp.example.com did not sign you in.", advice="Ask them.")
    idp = IdentityProvider(lasts_until=lambda: waiting(prompt) == 15, failure=refusal)
    errors = at_once(lambda: fresh("dev", idp, prompt), 16)
    assert {(type(each), str(each), each.hint) for each in errors} == {
        (IdentityProviderRefused, str(refusal), "Ask them.")
    }
    assert len(idp.sign_ins) == 1


def test_somebody_at_a_terminal_does_not_share_the_failure_of_nobody(home: Path) -> None:
    prompt, idp = FakePrompt(), IdentityProvider()
    unattended = IdentityProvider(lasts_until=lambda: waiting(prompt), failure=NOBODY)
    with ThreadPoolExecutor(1) as thread:
        waited_for = thread.submit(lambda: fresh("dev", unattended, flow=Flow.SILENT))
        assert until(lambda: unattended.sign_ins)
        assert key_of(fresh("dev", idp, prompt)) == "ASIAEXAMPLE1"
        with pytest.raises(SignInRequired):
            waited_for.result()


def test_a_failure_of_before_is_nobodys_any_more(home: Path, idp: IdentityProvider) -> None:
    with pytest.raises(Stopped):
        fresh("dev", IdentityProvider(failure=Stopped("The window was closed.")))
    assert key_of(fresh("dev", idp)) == "ASIAEXAMPLE1"


# ---- what leads from a profile to its keys ----


def test_the_profile_leads_to_new_keys_at_once(
    home: Path, idp: IdentityProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    issued = fresh("dev", idp)
    assert fast_path.answer_from_cache(["credential-process", "--profile", "dev"])
    assert issued.credentials.session_token in capfd.readouterr().out


def test_the_profile_does_not_lead_to_keys_of_a_programs_own_settings(home: Path) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    issued = fresh("dev", idp, given={"saml_role_arn": ADMIN})
    assert issued.credentials.role_arn == ADMIN
    assert not fast_path.answer_from_cache(["credential-process", "--profile", "dev"])


# ---- in real time ----


class Given(CredentialProvider):
    """Puts credentials first in a chain."""

    METHOD = "given"

    def __init__(self, credentials: SamlCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> SamlCredentials:
        return self._credentials


def test_a_client_goes_on_across_the_ends_of_its_keys(
    aws_home: Path, idp: IdentityProvider
) -> None:
    signed: list[str] = []

    def note(request: Any, **_: Any) -> None:
        [key] = re.findall(rb"Credential=(\w+)/", request.headers["Authorization"])
        signed.append(key.decode())

    with StsServer(new_keys(seconds=3)) as sts_server:
        write_saml_profile(aws_home, "dev", sts_server)
        (aws_home / "credentials").write_text(CREDENTIALS_BY_HAND)
        session = Session(profile="dev")
        chain = session.get_component("credential_provider")
        chain.insert_before("assume-role", Given(SamlCredentials(lambda: fresh("dev", idp))))
        client = boto3.Session(botocore_session=session).client("sts")
        client.meta.events.register("before-send.sts.*", note)
        deadline = time.monotonic() + 30
        while len(set(signed)) < 3 and time.monotonic() < deadline:
            assert client.get_caller_identity()["Account"] == "111111111111"
            time.sleep(0.1)
        assert list(dict.fromkeys(signed)) == [f"ASIAEXAMPLE{n}" for n in (1, 2, 3)]
        assert (len(idp.sign_ins), len(exchanges(sts_server))) == (3, 3)
    assert (aws_home / "credentials").read_text() == CREDENTIALS_BY_HAND
    [kept] = (aws_home / "saml" / "cache").glob("*.keys")
    assert "ASIAEXAMPLE3" in kept.read_text()


# ---- the person and the role before are those of the request ----


def test_a_role_chosen_for_another_request_of_the_profile_is_not_taken(
    aws_home: Path,
) -> None:
    idp = IdentityProvider(roles=(USER_ROLE, ADMIN_ROLE))
    with StsServer(new_keys(seconds=1)) as sts_server:
        write_saml_profile(aws_home, "dev", sts_server)
        first = fresh("dev", idp, FakePrompt(["user"]))
        fresh("dev", idp, FakePrompt(["admin"]), given={"saml_idp_url": f"{IDP}2"})
        second = fresh("dev", idp)
    assert [each.credentials.role_arn for each in (first, second)] == [USER, USER]


def test_a_lookup_that_is_refused_leads_no_program_to_its_credentials(
    home: Path, idp: IdentityProvider
) -> None:
    fresh("dev", idp)
    cache = Cache(home / "saml")
    other = replace(REQUEST, profile="dev", fingerprint=fast_path.fingerprint(os.environ))
    before = cache.indexed("dev")
    cache.find(other)
    assert cache.indexed("dev") == before
