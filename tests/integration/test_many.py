"""`--all` and `--roles` with an assertion that is given: a process, botocore, and a strict AWS."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator, Sequence
from configparser import RawConfigParser
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aws_saml_ext.clock import utc_now
from aws_saml_ext.demo import Demo, many, running
from aws_saml_ext.demo.aws import Call, refusing
from aws_saml_ext.store.credential_store import CredentialRequest
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.single_flight import SingleFlight
from tests.command import CREDENTIALS_BY_HAND, DOOR, Done, Home, ended, home_at
from tests.integration.programs import issued
from tests.integration.sts_server import StsServer, granting
from tests.patience import until
from tests.saml import ENCRYPTED, encoded, response
from tests.stored import REQUEST, caller

IDP = "https://idp.example.com/aws"
LATE = refusing("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
THROTTLING = refusing("Throttling", "Rate exceeded")
ACCOUNTS = tuple(many.ACCOUNT_ALIASES)
ROLES = ("Role.User", "Role.Admin", "Developer", "ReadOnly")
TWELVE = [f"arn:aws:iam::{account}:role/{role}" for account in ACCOUNTS[:3] for role in ROLES]
REFUSED = "arn:aws:iam::100000000040:role/Auditor"


@pytest.fixture(scope="module")
def both() -> Iterator[Demo]:
    with running() as demo:
        yield demo


@pytest.fixture
def demo(both: Demo) -> Demo:
    """The demo, without the calls of other tests."""
    both.aws.calls.clear()
    return both


class Many:
    """A home, and the command for many profiles in it."""

    def __init__(self, demo: Demo, home: Home) -> None:
        self.demo = demo
        self.home = home
        home.aws.mkdir()

    def configure(self, profiles: dict[str, dict[str, str]]) -> None:
        """Write the config file: the SAML settings of each profile, and these."""
        sections = []
        for name, values in profiles.items():
            every = {"saml_idp_url": IDP, "endpoint_url": self.demo.aws_url, **values}
            lines = "".join(f"{key} = {value}\n" for key, value in every.items())
            sections.append(f"[profile {name}]\nregion = eu-west-1\n{lines}")
        self.home.config.write_text("\n".join(sections))

    def with_roles(self, arns: Sequence[str]) -> None:
        self.configure({f"p{at}": {"saml_role_arn": arn} for at, arn in enumerate(arns)})

    def assertion(self) -> str:
        idp = self.demo.idp
        return idp.saml_response(next(user for user in idp.users if user.name == "aws_many"))

    def run(self, *arguments: str, stdin: str | None = None, **environ: str) -> Done:
        given = self.assertion() if stdin is None else stdin
        return self.home.run(*arguments, "--assertion", "-", stdin=given, environ=environ)

    def make(self, patterns: str, *more: str) -> Done:
        """Run `--roles` for a profile that the options describe."""
        at_aws = ("--endpoint-url", self.demo.aws_url, "--region", "eu-west-1")
        return self.run("--roles", patterns, "--profile", "dev", "--idp-url", IDP, *at_aws, *more)

    def rows(self, done: Done) -> dict[str, dict[str, str | None]]:
        return {row["Profile"]: row for row in json.loads(done.out)["Profiles"]}

    @property
    def stored(self) -> dict[str, str]:
        """The role of each profile in the credentials file."""
        return {name: section["x_saml_role_arn"] for name, section in self.sections.items()}

    @property
    def sections(self) -> dict[str, dict[str, str]]:
        return sections_of(self.home.credentials)


def sections_of(path: Path) -> dict[str, dict[str, str]]:
    parser = RawConfigParser(default_section="")
    parser.read(path)
    return {name: dict(parser[name]) for name in parser.sections()}


@pytest.fixture
def at(demo: Demo, tmp_path: Path) -> Many:
    return Many(demo, home_at(tmp_path))


@pytest.fixture
def at_slow(tmp_path: Path) -> Iterator[Many]:
    """With a demo of its own, whose late answers no other test sees."""
    with running() as demo:
        yield Many(demo, home_at(tmp_path))


# ---- --all ----


def test_twelve_profiles_of_three_accounts_get_their_own_credentials(at: Many) -> None:
    at.with_roles(TWELVE)
    done = at.run("--all")
    assert (done.status, done.out) == (0, "")
    assert at.stored == {f"p{number}": arn for number, arn in enumerate(TWELVE)}
    principals = {section["x_principal_arn"].split("/")[1] for section in at.sections.values()}
    assert principals == set(ROLES)
    assert len({section["aws_access_key_id"] for section in at.sections.values()}) == 12
    assert "12 of 12 profiles are ready; 12 were written to" in done.err


def test_every_other_byte_of_the_files_stays(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    config = at.home.config.read_bytes()
    at.home.credentials.write_text(CREDENTIALS_BY_HAND)
    assert at.run("--all").status == 0
    assert at.home.credentials.read_text().startswith(CREDENTIALS_BY_HAND)
    assert at.home.config.read_bytes() == config


def test_one_undo_reverts_the_whole_run(at: Many) -> None:
    at.with_roles(TWELVE[:3])
    at.home.credentials.write_text(CREDENTIALS_BY_HAND)
    assert at.run("--all").status == 0
    assert at.home.run("undo").status == 0
    assert at.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_logout_of_each_profile_leaves_the_file_as_it_was(at: Many) -> None:
    at.with_roles(TWELVE[:3])
    at.home.credentials.write_text(CREDENTIALS_BY_HAND)
    assert at.run("--all").status == 0
    for profile in ("p1", "p0", "p2"):
        assert at.home.run("logout", "--profile", profile).status == 0
    assert at.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_a_refused_profile_keeps_its_section_and_the_others_are_stored(at: Many) -> None:
    at.configure(
        {
            "dev": {"saml_role_arn": TWELVE[0]},
            "audit": {"saml_role_arn": REFUSED},
            "prod": {"saml_role_arn": TWELVE[1]},
        }
    )
    before = (
        "[audit]\naws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n"
    )
    at.home.credentials.write_text(before)
    done = at.run("--all", "--output", "json")
    assert done.status == 254
    assert at.home.credentials.read_text().startswith(before + "\n[")
    rows = at.rows(done)
    assert list(rows) == ["dev", "audit", "prod"]
    assert (rows["audit"]["Result"], rows["audit"]["Code"]) == ("refused", "AccessDenied")
    assert {rows[name]["Result"] for name in ("dev", "prod")} == {"renewed"}
    assert "  audit  100000000040  Auditor     refused: Not authorized" in done.err
    assert f"To see why the other is not:\n  {DOOR} --profile audit\n" in done.err
    assert "To leave it out next time, remove [profile audit] from the AWS config" in done.err


def test_a_pattern_is_settled_by_the_roles_that_are_offered(at: Many) -> None:
    at.configure(
        {
            "one": {"saml_role_arn": "100000000010:Role.User"},
            "several": {"saml_role_arn": "Role.User"},
            "none": {},
            "gone": {"saml_role_arn": "arn:aws:iam::999999999999:role/Gone"},
        }
    )
    rows = at.rows(done := at.run("--all", "--output", "json"))
    assert {name: row["Result"] for name, row in rows.items()} == {
        "one": "renewed",
        "several": "skipped",
        "none": "skipped",
        "gone": "not-offered",
    }
    assert done.status == 254
    assert set(at.stored) == {"one"}
    commands = [
        f"  aws configure set saml_role_arn ARN --profile {name}\n" for name in ("several", "none")
    ]
    assert f"profiles that have one role. To give one:\n{''.join(commands)}" in done.err
    assert "can be a section [saml-idp NAME] instead, which --all passes over." in done.err


def test_of_many_refused_profiles_one_has_its_command_and_all_have_their_names(at: Many) -> None:
    gone = [f"arn:aws:iam::999999999999:role/Gone{number}" for number in range(5)]
    at.with_roles([TWELVE[0], *gone])
    done = at.run("--all")
    assert done.status == 254
    command = f"To see why the others are not:\n  {DOOR} --profile p1\n"
    assert f"{command}The same as for p1: p2, p3, p4, p5.\n" in done.err


def test_what_sts_refuses_only_for_now_is_not_to_be_left_out(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    at.demo.aws.misbehave(LATE, LATE)
    done = at.run("--all")
    assert f"To ask STS again:\n  {DOOR} --all\n" in done.err
    assert ("To see why" in done.err, "To leave" in done.err) == (False, False)


def test_a_profile_with_long_lived_keys_is_left_alone(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    mine = "[p0]\naws_access_key_id = AKIAEXAMPLE00000000\naws_secret_access_key = example\n"
    at.home.credentials.write_text(mine)
    done = at.run("--all", "--output", "json")
    assert done.status == 253
    assert [row["Result"] for row in at.rows(done).values()] == ["skipped", "renewed"]
    assert at.home.credentials.read_text().startswith(mine)


def test_the_longest_session_is_granted_and_noted_in_the_row(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    done = at.run("--all", "--session-duration", "12h")
    assert done.status == 0
    assert re.search(r"Role\.User +until \S+ UTC \(1 hour at most\)", done.err)
    assert re.search(r"Role\.Admin +until \S+ UTC \(4 hours at most\)", done.err)


def test_the_second_run_asks_for_each_maximum_once(at: Many) -> None:
    at.with_roles(TWELVE[:4])
    assert at.run("--all", "--session-duration", "12h").status == 0
    first = len(at.demo.aws.calls)
    assert at.run("--all", "--session-duration", "12h").status == 0
    assert (4 < first <= 4 * 6, len(at.demo.aws.calls) - first) == (True, 4)


def test_variables_for_one_profile_have_no_say(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    variables = {"AWS_SAML_ROLE_ARN": TWELVE[5], "AWS_PROFILE": "p1", "AWS_SAML_IDP_URL": IDP}
    done = at.run("--all", **variables)
    assert done.status == 0
    assert at.stored == {"p0": TWELVE[0], "p1": TWELVE[1]}
    assert "AWS_SAML_IDP_URL, AWS_SAML_ROLE_ARN in the environment: not used" in done.err


def test_a_profile_leaves_those_of_its_identity_provider_and_username(at: Many) -> None:
    at.configure(
        {
            "dev": {"saml_role_arn": TWELVE[0]},
            "same": {"saml_role_arn": TWELVE[1]},
            "other": {"saml_role_arn": TWELVE[2], "saml_username": "joe"},
            "elsewhere": {"saml_role_arn": TWELVE[3], "saml_idp_url": "https://other.example.com"},
        }
    )
    assert at.run("--all", "--profile", "dev").status == 0
    assert set(at.stored) == {"dev", "same"}


def test_a_nickname_leaves_those_of_its_section(at: Many) -> None:
    at.configure({"dev": {"saml_role_arn": TWELVE[0]}, "corp": {"saml_role_arn": TWELVE[1]}})
    text = at.home.config.read_text()
    first, second = text.split("[profile corp]")
    second = second.replace(f"saml_idp_url = {IDP}\n", "saml_idp = corp\n")
    section = f"\n[saml-idp corp]\nsaml_idp_url = {IDP}\n"
    at.home.config.write_text(f"{first}[profile corp]{second}{section}")
    assert at.run("--all", "--idp-nickname", "corp").status == 0
    assert set(at.stored) == {"corp"}


def test_an_assertion_serves_one_identity_provider_only(at: Many) -> None:
    at.configure(
        {
            "dev": {"saml_role_arn": TWELVE[0]},
            "other": {"saml_role_arn": TWELVE[2], "saml_username": "joe"},
        }
    )
    done = at.run("--all")
    assert done.status == 252
    assert "several identity providers or usernames" in done.err
    assert not at.home.credentials.exists()


def test_check_tries_the_credentials_of_each_profile(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    done = at.run("--all", "--check")
    assert "  p0: GetCallerIdentity: arn:aws:sts::100000000010:assumed-role/Role.User" in done.err
    assert "  p1: ListBuckets: " in done.err


def test_dry_run_shows_every_section_and_changes_nothing(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    done = at.home.run("--all", "--dry-run")
    assert done.status == 0
    assert "+[p0]" in done.out
    assert "+[p1]" in done.out
    assert not at.home.credentials.exists()
    assert at.demo.aws.calls == []


def test_a_store_by_process_gets_an_entry_for_each_profile(at: Many) -> None:
    at.with_roles(TWELVE[:3])
    assert at.run("--all", "--store", "credential-process").status == 0
    config = sections_of(at.home.config)
    assert all("credential-process" in each["credential_process"] for each in config.values())
    profiles = json.loads(at.home.run("status", "--output", "json").out)["Profiles"]
    assert {row["Profile"]: (row["RoleArn"], row["Valid"]) for row in profiles} == {
        f"p{number}": (arn, True) for number, arn in enumerate(TWELVE[:3])
    }


def test_another_issuer_is_left_alone_unless_it_is_accepted(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    assert at.run("--all").status == 0
    stored = at.home.credentials.read_bytes()
    with running() as at.demo:
        at.with_roles(TWELVE[:2])
        done = at.run("--all")
        assert (done.status, at.demo.aws.calls) == (253, [])
        assert "skipped: The assertion comes from" in done.err
        assert at.home.credentials.read_bytes() == stored
        assert at.run("--all", "--accept-issuer").status == 0
    assert at.home.credentials.read_bytes() != stored


def test_logout_with_the_session_forgets_the_roles_of_the_identity_provider(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    assert at.run("--all").status == 0
    memory = at.home.aws / "saml" / "roles.json"
    assert len(json.loads(memory.read_text())["roles"]) == 2
    assert at.home.run("logout", "--profile", "p0", "--forget-idp-session").status == 0
    assert json.loads(memory.read_text())["roles"] == {}


def test_a_role_that_was_recalled_is_renewed(at: Many) -> None:
    at.configure({"dev": {}})
    assert at.run("--profile", "dev", "--role-arn", TWELVE[1]).status == 0
    first = at.sections["dev"]["aws_access_key_id"]
    assert at.run("--all", "--use-stored").status == 0
    assert at.stored == {"dev": TWELVE[1]}
    assert at.sections["dev"]["aws_access_key_id"] != first


def test_an_encrypted_assertion_serves_profiles_that_name_role_and_provider(at: Many) -> None:
    provider = "arn:aws:iam::100000000010:saml-provider/Corp"
    with StsServer(granting) as server:
        sts = {"endpoint_url": server.url}
        at.configure(
            {
                "dev": {"saml_role_arn": TWELVE[0], "saml_provider_arn": provider, **sts},
                "bare": {"saml_role_arn": TWELVE[1], **sts},
            }
        )
        done = at.run("--all", "--output", "json", stdin=encoded(response(ENCRYPTED)))
        assert [request["PrincipalArn"] for request in server.requests] == [provider]
    assert [row["Result"] for row in at.rows(done).values()] == ["renewed", "skipped"]
    assert done.status == 253
    assert "saml_provider_arn" in done.err


# ---- beside other programs ----


def request_of(at: Many, profile: str, role_arn: str) -> CredentialRequest:
    """Return the request of a profile that `configure` wrote."""
    return replace(
        REQUEST,
        profile=profile,
        idp_url=IDP,
        username=None,
        role=role_arn,
        duration=3600,
        sts=f"eu-west-1 {at.demo.aws_url}",
    )


def test_what_another_program_is_renewing_is_waited_for_and_kept(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    saml = at.home.aws / "saml"
    requests = [request_of(at, f"p{number}", arn) for number, arn in enumerate(TWELVE[:2])]
    with SingleFlight(saml / "cache", requests[1].key).held(caller()):
        child = at.home.start("--all")
        child.expect_exact("Another program is signing in for the same credentials. Waiting for it")
        for request in requests:
            credentials = replace(issued().credentials, role_arn=str(request.role))
            store = CredentialsFile(at.home.credentials, saml)
            store.save(request, replace(issued(), credentials=credentials))
    status, screen = ended(child)
    assert (status, "Signing in" in screen) == (0, False)
    assert "2 of 2 profiles are ready." in screen


# ---- STS that throttles, is late, or silent ----


def test_throttling_costs_time_only(at: Many) -> None:
    at.with_roles(TWELVE[:3])
    at.demo.aws.misbehave(*[THROTTLING] * 6)
    done = at.run("--all", AWS_MAX_ATTEMPTS="1")
    assert (done.status, len(at.stored)) == (0, 3)


def test_an_assertion_that_ends_in_the_middle_stores_what_it_brought(at: Many) -> None:
    at.with_roles(TWELVE[:3])
    at.demo.aws.misbehave(LATE, LATE)
    done = at.run("--all", "--output", "json")
    assert done.status == 254
    results = [row["Result"] for row in at.rows(done).values()]
    assert (sorted(map(str, results)), len(at.stored)) == (["refused", "refused", "renewed"], 1)
    assert "the assertion ran out" in done.err


def test_an_sts_that_is_silent_is_no_answer(at_slow: Many) -> None:
    at_slow.with_roles(TWELVE[:2])
    at_slow.demo.aws.delay = 10
    done = at_slow.run("--all", "--timeout", "2", "--output", "json")
    assert done.status == 255
    assert {row["Result"] for row in at_slow.rows(done).values()} == {"no-answer"}
    assert not at_slow.home.credentials.exists()


def test_twelve_roles_are_asked_for_side_by_side(at_slow: Many) -> None:
    at_slow.with_roles(TWELVE)
    times: list[float] = []
    now = at_slow.demo.aws.clock

    def clock() -> datetime:  # it is read once for each call
        times.append(time.monotonic())
        return now()

    at_slow.demo.aws.clock, at_slow.demo.aws.delay = clock, 0.3
    assert at_slow.run("--all").status == 0
    assert len(at_slow.demo.aws.calls) == 12
    assert max(times) - min(times) < 1.5


def test_an_assertion_that_is_too_old_brings_nothing(tmp_path: Path) -> None:
    then = timedelta(seconds=301)
    with running(clock=lambda: utc_now() - then) as demo:
        at = Many(demo, home_at(tmp_path))
        at.with_roles(TWELVE[:2])
        done = at.run("--all")
    assert done.status == 254
    assert done.err.count("the assertion ran out before STS was asked for this role") == 2
    assert not at.home.credentials.exists()


def test_a_file_that_somebody_changes_meanwhile_keeps_that_change(
    at_slow: Many, tmp_path: Path
) -> None:
    at_slow.with_roles(TWELVE[:2])
    at_slow.demo.aws.delay = 2
    given = tmp_path / "assertion"
    given.write_text(at_slow.assertion())
    child = at_slow.home.start("--all", "--assertion", str(given))
    child.expect_exact("roles are offered")
    at_slow.home.credentials.write_text(CREDENTIALS_BY_HAND)
    assert ended(child)[0] == 0
    assert at_slow.home.credentials.read_text().startswith(CREDENTIALS_BY_HAND)
    assert {"p0", "p1"} < set(at_slow.sections)


def test_ctrl_c_writes_nothing_and_ends_at_once(at_slow: Many, tmp_path: Path) -> None:
    at_slow.with_roles(TWELVE)
    at_slow.demo.aws.delay = 5
    given = tmp_path / "assertion"
    given.write_text(at_slow.assertion())
    config = at_slow.home.config.read_bytes()
    child = at_slow.home.start("--all", "--assertion", str(given))
    child.expect_exact("roles are offered")
    assert until(lambda: len(_threads(child.pid)) > 3)
    child.kill(signal.SIGINT)
    child.expect("\r\n$|$")
    child.timeout = 3
    child.wait()
    assert child.exitstatus == 130
    assert not at_slow.home.credentials.exists()
    assert at_slow.home.config.read_bytes() == config


def _threads(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


# ---- --roles ----


def test_roles_makes_a_profile_for_each_role_that_fits(at: Many) -> None:
    done = at.make("100000000010:Role.*,*:role/teams/*")
    assert done.status == 0
    assert len(at.stored) == 2 + 10
    config = sections_of(at.home.config)
    assert config["profile 100000000010-Role.User"] == {
        "saml_idp_url": IDP,
        "saml_role_arn": "arn:aws:iam::100000000010:role/Role.User",
        "region": "eu-west-1",
        "endpoint_url": at.demo.aws_url,
    }
    assert "12 profiles are made (saml_profile_name = {account}-{role})." in done.err
    assert f"Next time:\n  {DOOR} --all\n" in done.err


def test_a_profile_is_found_again_by_its_role_whatever_its_name(at: Many) -> None:
    at.configure({"mine": {"saml_role_arn": TWELVE[0]}})
    config = at.home.config.read_bytes()
    done = at.make(TWELVE[0])
    assert (done.status, at.stored) == (0, {"mine": TWELVE[0]})
    assert at.home.config.read_bytes() == config


def test_sixty_roles_are_made_and_the_refused_ones_told(at: Many) -> None:
    done = at.make("all", "--output", "json")
    rows = at.rows(done)
    assert (done.status, len(rows), len(at.stored)) == (254, 60, 57)
    refused = {row["RoleArn"] for row in rows.values() if row["Result"] == "refused"}
    assert refused == many.REFUSED
    assert len(sections_of(at.home.config)) == 60


def test_the_template_names_the_profiles(at: Many) -> None:
    done = at.make("100000000010:*", "--profile-name", "x-{path}{role}")
    assert done.status == 0
    assert "x-teams-opsDeploy" in at.stored


def test_a_section_of_an_identity_provider_is_named_not_copied(at: Many) -> None:
    at.home.config.write_text(
        f"[saml-idp corp]\nsaml_idp_url = {IDP}\n\n[profile dev]\nsaml_idp = corp\n"
        f"endpoint_url = {at.demo.aws_url}\nregion = eu-west-1\nsaml_session_duration = 2h\n"
    )
    assert at.run("--roles", TWELVE[1], "--profile", "dev").status == 0
    made = sections_of(at.home.config)["profile 100000000010-Role.Admin"]
    assert made == {
        "saml_idp": "corp",
        "saml_role_arn": TWELVE[1],
        "saml_session_duration": "2h",
        "region": "eu-west-1",
        "endpoint_url": at.demo.aws_url,
    }


def test_dry_run_of_roles_shows_the_profiles_and_asks_no_sts(at: Many) -> None:
    done = at.make("100000000010:Role.User", "--dry-run")
    assert done.status == 0
    assert "+[profile 100000000010-Role.User]" in done.out
    assert "+[100000000010-Role.User]" in done.out
    assert at.demo.aws.calls == []
    assert not at.home.config.exists()


def test_a_name_that_is_taken_by_another_profile_is_left_alone(at: Many) -> None:
    at.configure({"x": {"saml_role_arn": TWELVE[1]}})
    config = at.home.config.read_bytes()
    done = at.make(TWELVE[0], "--profile-name", "x", "--output", "json")
    assert done.status == 253
    assert at.rows(done)["x"]["Result"] == "skipped"
    assert at.home.config.read_bytes() == config


# ---- bad input ----


def refuses(at: Many, done: Done, status: int, *words: str) -> None:
    """Check that a run was refused in these words, before STS was asked."""
    assert done.status == status, done.err
    assert [word for word in words if word not in done.err] == []
    assert at.demo.aws.calls == []
    assert not at.home.credentials.exists()
    assert done.out == ""


def test_two_roles_of_one_name_are_refused_with_both_arns(at: Many) -> None:
    done = at.make("Role.User", "--profile-name", "{role}")
    refuses(at, done, 253, TWELVE[0], TWELVE[4], "{account}-{role}", "--profile-name")
    assert not at.home.config.exists()


@pytest.mark.parametrize("template", ["{nope}", "{", "}", " ", "{role.__class__}"])
def test_a_template_that_cannot_be_is_refused_by_its_option(at: Many, template: str) -> None:
    refuses(at, at.make("all", "--profile-name", template), 252, "--profile-name is not usable")


def test_a_template_that_cannot_be_is_refused_by_its_variable(at: Many) -> None:
    at.configure({"dev": {}})
    done = at.run("--roles", "all", "--profile", "dev", AWS_SAML_PROFILE_NAME="{nope}")
    refuses(at, done, 253, "AWS_SAML_PROFILE_NAME is not usable")


@pytest.mark.parametrize("template", ["-{role}", "{path}"])
def test_a_name_that_no_profile_can_have_is_refused(at: Many, template: str) -> None:
    done = at.make(TWELVE[0], f"--profile-name={template}")
    refuses(at, done, 252, "no profile can be called")


def test_patterns_that_fit_nothing_name_what_is_offered(at: Many) -> None:
    refuses(at, at.make("Nobody*"), 254, "Nobody*", "100000000010:role/Role.User", "and 50 more")


@pytest.mark.parametrize("patterns", ["", ",", "/(/", "arn:aws:iam::1:role/x"])
def test_patterns_that_cannot_be_are_refused(at: Many, patterns: str) -> None:
    refuses(at, at.make(patterns), 252, "--roles is not usable")


def test_a_mark_needs_a_terminal(at: Many) -> None:
    refuses(at, at.make("?"), 253, "--roles PATTERNS")


def test_an_encrypted_assertion_is_not_for_roles(at: Many) -> None:
    at.configure({"dev": {}})
    done = at.run("--roles", "all", "--profile", "dev", stdin=encoded(response(ENCRYPTED)))
    refuses(at, done, 253, "encrypted", f"{DOOR} --all")


def test_without_a_profile_with_saml_settings_a_command_makes_them(at: Many) -> None:
    done = at.run("--all")
    refuses(at, done, 253, "--roles all --profile NAME --idp-url URL")


@pytest.mark.parametrize("other", [["--role-arn", "x"], ["--role-selection", "0"]])
@pytest.mark.parametrize("option", [["--all"], ["--roles", "all"]])
def test_options_for_one_role_conflict(at: Many, option: list[str], other: list[str]) -> None:
    refuses(at, at.run(*option, *other), 252, other[0], option[0])


def test_all_and_roles_conflict(at: Many) -> None:
    refuses(at, at.run("--all", "--roles", "all"), 252, "one of them")


def test_a_profile_without_saml_settings_has_no_group(at: Many) -> None:
    at.with_roles(TWELVE[:1])
    refuses(at, at.run("--all", "--profile", "nope"), 253, "nope has no SAML settings")


def test_a_broken_setting_of_one_profile_leaves_the_others(at: Many) -> None:
    at.configure(
        {
            "dev": {"saml_role_arn": TWELVE[0]},
            "broken": {"saml_role_arn": TWELVE[1], "saml_timeout": "soon"},
        }
    )
    done = at.run("--all", "--output", "json")
    assert done.status == 253
    assert [row["Result"] for row in at.rows(done).values()] == ["renewed", "skipped"]


def test_a_name_that_no_profile_can_have_leaves_the_others(at: Many) -> None:
    at.configure({"dev": {"saml_role_arn": TWELVE[0]}, "-x": {"saml_role_arn": TWELVE[1]}})
    done = at.run("--all", "--output", "json")
    assert done.status == 253
    assert [row["Result"] for row in at.rows(done).values()] == ["renewed", "skipped"]


def test_the_calls_are_those_of_the_roles(at: Many) -> None:
    at.with_roles(TWELVE[:2])
    at.run("--all")
    calls = sorted(at.demo.aws.calls, key=lambda call: str(call.role_arn))
    assert calls == [Call(TWELVE[1], "3600"), Call(TWELVE[0], "3600")]
