"""An assertion of somebody else: no road leads it to stored credentials unasked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.assertion import Role
from aws_saml_ext.errors import Stopped, UnexpectedIdentity
from tests.command import DOOR, Done, Home, ended, home_at, typed
from tests.doubles import FakePrompt
from tests.integration.sign_ins import IdentityProvider, exchanges, fresh, new_keys, write_profile
from tests.integration.sts_server import StsServer
from tests.saml import READER_ROLE, USER_ROLE, saml_response

STRANGER = "https://stranger.example.net/"


@pytest.fixture
def sts() -> Iterator[StsServer]:
    with StsServer(new_keys()) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


def arguments(sts: StsServer, *more: str) -> list[str]:
    at_aws = ["--endpoint-url", sts.url, "--region", "eu-west-1"]
    return ["--profile", "dev", "--assertion", "-", *at_aws, *more]


def given(home: Home, sts: StsServer, role: Role, *more: str, issuer: str | None = None) -> Done:
    response = saml_response(role, issuer=issuer) if issuer else saml_response(role)
    return home.run(*arguments(sts, *more), stdin=response)


@pytest.mark.parametrize(
    ("role", "issuer"), [(READER_ROLE, None), (USER_ROLE, STRANGER)], ids=["account", "issuer"]
)
def test_without_a_terminal_a_change_is_refused_with_the_command_that_accepts_it(
    role: Role, issuer: str | None, home: Home, sts: StsServer
) -> None:
    assert given(home, sts, USER_ROLE).status == 0
    before = home.credentials.read_bytes()
    done = given(home, sts, role, issuer=issuer)
    assert (done.status, done.err.splitlines()[-1].strip()) == (
        253,
        f"{DOOR} --profile dev --assertion - --accept-issuer --endpoint-url {sts.url}",
    )
    assert (home.credentials.read_bytes(), len(exchanges(sts))) == (before, 1)


def test_the_option_accepts_the_change_and_the_next_sign_in_expects_it(
    home: Home, sts: StsServer
) -> None:
    runs = [
        given(home, sts, USER_ROLE),
        given(home, sts, READER_ROLE, "--accept-issuer", issuer=STRANGER),
        given(home, sts, READER_ROLE, issuer=STRANGER),
    ]
    assert [done.status for done in runs] == [0, 0, 0]


@pytest.mark.parametrize(("answer", "status"), [("n", 130), ("y", 0)])
def test_at_a_terminal_a_change_is_a_question(
    answer: str, status: int, home: Home, sts: StsServer
) -> None:
    assert given(home, sts, USER_ROLE).status == 0
    file = home.path / "response"
    file.write_text(saml_response(READER_ROLE, issuer=STRANGER))
    child = home.start(*arguments(sts, "--assertion", str(file)))
    child.expect_exact(STRANGER)
    typed(child, ("Store its credentials? [y/N] ", answer))
    assert ended(child)[0] == status


# ---- programs ----


@pytest.fixture
def profile(aws_home: Path, sts: StsServer) -> str:
    write_profile(
        aws_home,
        "dev",
        saml_idp_url="https://idp.example.com/aws",
        saml_session_duration="900",
        region="eu-west-1",
        endpoint_url=sts.url,
    )
    return "dev"


@pytest.fixture
def short_keys(sts: StsServer) -> None:
    sts.answer = new_keys(seconds=1)


@pytest.mark.usefixtures("short_keys")
def test_a_renewal_refuses_another_issuer(profile: str, sts: StsServer) -> None:
    idp = IdentityProvider()
    fresh(profile, idp)
    with pytest.raises(UnexpectedIdentity) as error:
        fresh(profile, replace(idp, issuer=STRANGER))
    assert error.value.command == "aws saml-login --profile dev --accept-issuer"
    assert len(exchanges(sts)) == 1


@pytest.mark.usefixtures("short_keys")
def test_a_renewal_asks_where_it_may(profile: str, sts: StsServer) -> None:
    idp = IdentityProvider()
    fresh(profile, idp)
    with pytest.raises(Stopped):
        fresh(profile, replace(idp, issuer=STRANGER), FakePrompt(["n"]))
    assert len(exchanges(sts)) == 1
