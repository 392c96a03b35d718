"""Names of accounts: labels of the config file, aliases of IAM, and where they are shown."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.demo import Demo, many, running
from aws_saml_ext.sts import account_aliases
from aws_saml_ext.sts.account_aliases import Answer as Asked
from aws_saml_ext.sts.account_aliases import Found
from aws_saml_ext.sts.client import Clients
from aws_saml_ext.sts.connection import StsConnection
from tests.command import Done, Home, home_at
from tests.integration.exchanges import SETTINGS, new_session
from tests.integration.menus import many_roles
from tests.integration.sts_server import Answer, Request, StsServer, granting, refusing
from tests.saml import saml_response

DEV, TEST, NAMELESS = "100000000010", "100000000020", "100000000090"
ACCOUNTS = len(many.ACCOUNT_ALIASES)
ALIASES = sum(alias is not None for alias in many.ACCOUNT_ALIASES.values())


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path)
    made.aws.mkdir()
    return made


class Names:
    """`roles` for the user of the demo with many accounts."""

    def __init__(self, demo: Demo, home: Home) -> None:
        """Take both."""
        self._demo = demo
        self.home = home

    def roles(self, *more: str) -> Done:
        """Run `roles`."""
        user = next(user for user in self._demo.idp.users if user.name == "aws_many")
        at_aws = ["--endpoint-url", self._demo.aws_url, "--region", "eu-west-1"]
        arguments = ["roles", "--profile", "dev", "--assertion", "-", *at_aws, *more]
        return self.home.run(*arguments, stdin=self._demo.idp.saml_response(user))

    def named(self, *more: str) -> dict[str, str | None]:
        """Return the names of the accounts that `roles` prints."""
        roles = json.loads(self.roles(*more).out)["Roles"]
        return {role["AccountId"]: role["AccountName"] for role in roles}

    def calls(self) -> int:
        """Return how often STS was asked."""
        return len(self._demo.aws.calls)


@pytest.fixture
def names(demo: Demo, home: Home) -> Names:
    return Names(demo, home)


def test_aliases_are_learnt_and_asked_for_once(names: Names) -> None:
    before = names.calls()
    done = names.roles("--names")
    assert done.status == 0
    assert f"  {DEV}  acme-dev       alias" in done.err
    assert f"  {NAMELESS}  -              no alias" in done.err
    assert f"{ACCOUNTS} accounts: 0 labels, {ALIASES} aliases, 2 without a name." in done.err
    assert names.calls() == before + ACCOUNTS
    again = names.roles("--names")
    assert names.calls() == before + ACCOUNTS
    assert f"{ACCOUNTS} accounts: 0 labels, {ALIASES} aliases, 2 without a name." in again.err
    assert names.roles("--names", "--force").status == 0
    assert names.calls() == before + 2 * ACCOUNTS


def test_what_was_learnt_is_shown_and_nobody_is_asked(names: Names) -> None:
    names.roles("--names")
    before = names.calls()
    assert names.named()[DEV] == "acme-dev"
    assert names.calls() == before


def test_a_label_wins_and_its_account_is_not_asked(names: Names) -> None:
    names.home.config.write_text(f"[saml-accounts]\n{DEV} = playground\n{NAMELESS} = old\n")
    before = names.calls()
    done = names.roles("--names")
    assert f"  {DEV}  playground     label" in done.err
    assert names.calls() == before + ACCOUNTS - 2
    assert names.named()[DEV] == "playground"


def test_credentials_for_asking_are_in_no_file(names: Names) -> None:
    names.roles("--names")
    assert not names.home.credentials.exists()
    files = [path for path in names.home.path.rglob("*") if path.is_file()]
    assert not any(b"ASIA" in path.read_bytes() for path in files)


def test_labels_that_cannot_be_used_are_told_by_their_lines(names: Names) -> None:
    lines = (f"{DEV} = {'x' * 65}", "12 = dev", f"{TEST} = test", f"{NAMELESS} =")
    names.home.config.write_text("[saml-accounts]\n" + "\n".join(lines) + "\n")
    done = names.roles()
    assert f"The line '{DEV}' of [saml-accounts]" in done.err
    assert "its label has more than 64 characters" in done.err
    assert "The line '12' of [saml-accounts]" in done.err
    assert "it has no label" in done.err
    assert json.loads(done.out)["Roles"][6]["AccountName"] == "test"


def test_status_shows_the_name_of_the_account(names: Names) -> None:
    names.home.config.write_text(f"[saml-accounts]\n{DEV} = playground\n")
    user = next(user for user in names._demo.idp.users if user.name == "aws_many")
    done = names.home.run(
        *("--profile", "dev", "--assertion", "-", "--endpoint-url", names._demo.aws_url),
        *("--role-arn", f"arn:aws:iam::{DEV}:role/Role.User"),
        stdin=names._demo.idp.saml_response(user),
    )
    assert done.status == 0
    shown = json.loads(names.home.run("status", "--profile", "dev").out)["Profiles"][0]
    assert (shown["AccountId"], shown["AccountName"]) == (DEV, "playground")


def test_the_section_of_labels_survives_configure(names: Names) -> None:
    section = f"[saml-accounts]   # ours\n{DEV}=playground\n# the end\n"
    names.home.config.write_text(section)
    options = ("--profile", "dev", "--idp-url", "https://idp.example.com/aws")
    assert names.home.run("configure", *options).status == 0
    assert names.home.config.read_text().startswith(section)
    assert names.home.run("undo").status == 0
    assert names.home.config.read_text() == section


def made(home: Home, labels: str) -> Done:
    """Make profiles that are named by the names of accounts."""
    home.config.write_text(f"[saml-accounts]\n{labels}")
    file = home.path / "assertion"
    file.write_text(saml_response(*ROLES[:2]))
    with StsServer(granting) as sts:
        return home.run(
            *("--roles", "all", "--profile", "dev", "--profile-name", "{name}"),
            *("--assertion", str(file), "--idp-url", "https://idp.example.com/aws"),
            *("--endpoint-url", sts.url, "--region", "eu-west-1"),
        )


def test_profiles_and_their_table_have_the_labels(home: Home) -> None:
    done = made(home, "100000000000 = dev\n100000000001 = prod\n")
    assert done.status == 0
    assert "  dev   dev   100000000000  Role.Admin0  until" in done.err
    assert "[profile prod]\n" in home.config.read_text()


def test_two_accounts_of_one_label_have_no_names_of_profiles(home: Home) -> None:
    labels = "100000000000 = dev\n100000000001 = dev\n"
    done = made(home, labels)
    assert done.status == 253
    assert "accounts 100000000000 and 100000000001 are both called 'dev'" in done.err
    assert home.config.read_text() == f"[saml-accounts]\n{labels}"


# ---- answers of IAM ----

ROLES = many_roles(3)
ASSERTION = Assertion.parse(saml_response(*ROLES))


def asked(iam: Callable[[Request], Answer], *, seconds: float = 5.0) -> dict[str, Asked]:
    """Return the answers about three accounts, by their ids, with this IAM."""

    def answer(request: Request) -> Answer:
        return granting(request) if "SAMLAssertion" in request else iam(request)

    with StsServer(answer) as server:
        clients = Clients(new_session(), StsConnection(endpoint_url=server.url))
        found = account_aliases.asked(ROLES, ASSERTION, SETTINGS, clients, seconds=seconds)
        return {each.account_id: each for each in found}


def aliases(*names: str) -> Answer:
    members = "".join(f"<member>{name}</member>" for name in names)
    return Answer(
        200,
        '<ListAccountAliasesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        f"<ListAccountAliasesResult><AccountAliases>{members}</AccountAliases>"
        "<IsTruncated>false</IsTruncated></ListAccountAliasesResult>"
        "</ListAccountAliasesResponse>",
    )


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (aliases("acme"), Found.ALIAS),
        (aliases(), Found.NONE),
        (refusing("AccessDenied", "not authorized to perform: iam:ListAccountAliases"), "denied"),
        (refusing("InvalidClientTokenId", "bad"), Found.FAILED),
        (Answer(200, "<html>"), Found.FAILED),
    ],
    ids=["alias", "none", "denied", "refused", "not of IAM"],
)
def test_each_answer_is_a_row(answer: Answer, found: object) -> None:
    wanted = Found.DENIED if found == "denied" else found
    assert {each.found for each in asked(lambda _: answer).values()} == {wanted}


def test_accounts_that_hang_take_their_time_together() -> None:
    def hang(_: Request) -> Answer:
        time.sleep(1.5)
        return aliases("late")

    begin = time.monotonic()
    found = asked(hang, seconds=0.5)
    assert {each.reason for each in found.values()} == {"no answer in 0.5 seconds"}
    assert time.monotonic() - begin < 10


def test_a_role_that_sts_refuses_is_a_row() -> None:
    with StsServer(lambda _: refusing("AccessDenied", "Not authorized")) as server:
        clients = Clients(new_session(), StsConnection(endpoint_url=server.url))
        [answer] = account_aliases.asked(ROLES[:1], ASSERTION, SETTINGS, clients)
    assert answer.found is Found.FAILED
    assert answer.reason.startswith("STS refused Role.Admin0")


def test_a_denial_is_remembered(home: Home) -> None:
    denied = refusing("AccessDenied", "not authorized to perform: iam:ListAccountAliases")
    with StsServer(
        lambda request: granting(request) if "SAMLAssertion" in request else denied
    ) as s:
        file = home.path / "assertion"
        file.write_text(saml_response(*ROLES))
        arguments = ["roles", "--profile", "dev", "--assertion", str(file), "--names"]
        arguments += ["--endpoint-url", s.url, "--region", "eu-west-1"]
        done = home.run(*arguments)
        assert (done.status, done.err.count("not allowed to ask")) == (0, 3)
        s.requests.clear()
        assert home.run(*arguments).err.count("not allowed to ask") == 3
        assert s.requests == []
        home.run(*arguments, "--force")
        assert len(s.requests) == 6


# ---- which role asks ----


def test_the_role_used_last_asks_else_that_of_the_shortest_name() -> None:
    roles = [
        Role(f"arn:aws:iam::111111111111:role/{name}", "p") for name in ("Admin", "Dev", "Reader")
    ]
    from datetime import datetime, timezone

    now = datetime(2026, 11, 23, tzinfo=timezone.utc)
    assert account_aliases.role_of_each(roles, {})["111111111111"].name == "Dev"
    used = {roles[2].arn: now, roles[0].arn: now.replace(year=2025)}
    assert account_aliases.role_of_each(roles, used)["111111111111"].name == "Reader"
