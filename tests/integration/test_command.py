"""`aws-saml-login --assertion`, whole: a process, botocore, and an AWS that refuses as AWS does."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pexpect
import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from aws_saml_ext.capture.approvals import Approvals
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.aws import Answer, refusing
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from aws_saml_ext.session_policies import SessionPolicies
from aws_saml_ext.store.credential_store import CredentialRequest
from aws_saml_ext.store.credentials_file import CredentialsFile
from tests.command import COMMAND, CREDENTIALS_BY_HAND, DOOR, Done, Home, ended, home_at
from tests.saml import ENCRYPTED, USER_ROLE, encoded, response, saml_response
from tests.samples import SETTINGS


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


class SignedIn:
    """`aws-saml-login --assertion` for a user of the demo's identity provider."""

    def __init__(self, demo: Demo, home: Home) -> None:
        self.demo = demo
        self.home = home

    def assertion(self, user: str) -> str:
        idp = self.demo.idp
        return idp.saml_response(next(each for each in idp.users if each.name == user))

    def arguments(self, *more: str) -> list[str]:
        at_aws = ["--endpoint-url", self.demo.aws_url, "--region", "eu-west-1"]
        return ["--profile", "dev", "--assertion", "-", *at_aws, *more]

    def run(self, user: str, *more: str, **environ: str) -> Done:
        arguments = self.arguments(*more)
        return self.home.run(*arguments, stdin=self.assertion(user), environ=environ)


@pytest.fixture
def sign_in(demo: Demo, home: Home) -> SignedIn:
    return SignedIn(demo, home)


# ---- what is stored and printed ----


def test_the_only_role_is_taken_and_its_keys_are_stored(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user")
    assert (done.status, done.out) == (0, "")
    stored = sign_in.home.credentials.read_text()
    assert list(re.findall(r"^(\S+) = ", stored, re.MULTILINE)) == [
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_security_token",
        "x_security_token_expires",
        "x_principal_arn",
        "x_saml_role_arn",
    ]
    assert f"x_saml_role_arn = {ROLE_USER}\n" in stored
    assert re.search(r"^x_security_token_expires = [\d-]+T[\d:]+\+00:00$", stored, re.MULTILINE)


def test_what_is_said_is_what_the_manual_says(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_admin", "--role-selection", "1")
    at_aws = f"--endpoint-url {sign_in.demo.aws_url}"
    said = re.sub(r"until .*?UTC\)?", "until TIME", done.err)
    assert said == (
        f"The assertion goes to STS at {sign_in.demo.aws_url.removeprefix('http://')} "
        "(--endpoint-url).\n"
        "Signed in as aws_admin. 2 roles are offered.\n"
        "Credentials of Role.Admin in account 000000000000 for aws_admin are in profile dev.\n"
        "They are valid until TIME, for 60 minutes. To try them:\n"
        f"  aws sts get-caller-identity --profile dev --region eu-west-1 {at_aws}\n"
    )


def test_the_stored_keys_are_what_any_sdk_signs_with(
    sign_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in.run("aws_user").status == 0
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(sign_in.home.credentials))
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    sts: Any = Session(profile="dev").create_client(
        "sts", region_name="eu-west-1", endpoint_url=sign_in.demo.aws_url
    )
    assert sts.get_caller_identity()["Arn"].endswith(":assumed-role/Role.User/aws_user")


def test_every_other_byte_of_the_file_stays(sign_in: SignedIn) -> None:
    file = sign_in.home.credentials
    file.parent.mkdir()
    file.write_text(CREDENTIALS_BY_HAND)
    assert sign_in.run("aws_user").status == 0
    after = file.read_text()
    assert after.startswith(CREDENTIALS_BY_HAND + "\n[dev]\n")


def test_output_prints_data(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", "--output", "json", "--quiet")
    told = json.loads(done.out)
    assert (told["Profile"], told["RoleArn"], done.err) == ("dev", ROLE_USER, "")


def test_check_uses_the_new_keys(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", "--check")
    assert done.status == 0
    assert "assumed-role/Role.User/aws_user" in done.err.partition("To try them:")[2]
    assert "example-bucket" in done.err or "1 bucket" in done.err


def test_a_duration_beyond_the_role_is_granted_as_far_as_it_goes(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_admin", "--role-arn", "Role.Admin", "--session-duration", "max")
    assert done.status == 0
    assert "for 4 hours" in done.err


def test_roles_prints_the_offer_and_asks_sts_nothing(sign_in: SignedIn) -> None:
    calls = len(sign_in.demo.aws.calls)
    done = sign_in.home.run("roles", "--assertion", "-", stdin=sign_in.assertion("aws_admin"))
    told = json.loads(done.out)
    assert [role["RoleName"] for role in told["Roles"]] == ["Role.User", "Role.Admin"]
    assert set(told) == {
        "RoleSessionName",
        "Issuer",
        "NotOnOrAfter",
        "SessionDuration",
        "Roles",
    }
    assert len(sign_in.demo.aws.calls) == calls


def test_roles_takes_a_query(sign_in: SignedIn) -> None:
    query = ["--query", "Roles[].RoleArn", "--output", "text"]
    done = sign_in.home.run(
        "roles", "--assertion", "-", *query, stdin=sign_in.assertion("aws_admin")
    )
    assert done.out == f"{ROLE_USER}\t{ROLE_ADMIN}\n"


def test_roles_of_an_encrypted_assertion_are_a_problem_of_the_settings(home: Home) -> None:
    done = home.run("roles", "--assertion", "-", stdin=encoded(response(ENCRYPTED)))
    assert (done.status, done.out) == (253, "")
    assert done.err.endswith(f"{DOOR} --profile saml --role-arn ARN --provider-arn ARN\n")


def test_roles_prints_no_data_where_it_fails(sign_in: SignedIn) -> None:
    done = sign_in.home.run("roles", "--assertion", "-", stdin=sign_in.assertion("aws_void"))
    assert (done.status, done.out) == (254, "")


def test_roles_that_cannot_be_read_are_told_beside_those_that_can(home: Home) -> None:
    given = saml_response(USER_ROLE, "CN=AWS-Prod-Admin", "CN=AWS-Dev-Admin")
    done = home.run("roles", "--assertion", "-", "--query", "Roles[].RoleName", stdin=given)
    assert (done.status, json.loads(done.out)) == (0, ["Role.User"])
    assert "Besides, the assertion has 2 values of" in done.err


def test_a_format_of_the_profile_that_is_not_used_is_not_judged(sign_in: SignedIn) -> None:
    sign_in.home.aws.mkdir()
    sign_in.home.config.write_text("[profile dev]\noutput = bogus\n")
    assert sign_in.run("aws_user").status == 0
    assert sign_in.home.run("status", "--profile", "dev").status == 253


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--output", "bogus"], f"{DOOR} help"),
        (["--query", "]"], "https://jmespath.org/"),
    ],
)
def test_data_that_cannot_be_printed_has_a_next_step(
    options: list[str], hint: str, home: Home
) -> None:
    done = home.run("status", *options)
    assert done.status == 252
    assert hint in done.err.splitlines()[-1]


def test_status_shows_where_secrets_may_go_and_logout_forgets_it(home: Home) -> None:
    approved = home.aws / "saml" / "approved"
    approved.mkdir(parents=True, mode=0o700)
    settings = replace(
        SETTINGS, saml_folder=home.aws / "saml", idp_url="https://idp.example.com/aws"
    )
    approvals = Approvals(settings)
    approvals.add("https://idp.example.com")  # somebody typed it there: nothing to tell
    approvals.save()
    assert "Secrets of commands" not in home.run("status").err
    approvals.add("https://login.example.net:8443")
    approvals.save()
    sentence = "Secrets of commands for idp.example.com may also go to login.example.net:8443."
    assert sentence in home.run("status").err
    forgets = ("logout", "--forget-idp-session", "--profile", "dev", "--idp-url", settings.idp_url)
    assert home.run(*forgets).status == 0
    assert sentence not in home.run("status").err


def test_dry_run_shows_the_change_and_makes_none(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", "--dry-run", "--role-arn", ROLE_USER)
    assert done.status == 0
    assert "+[dev]\n" in done.out
    assert f"+x_saml_role_arn = {ROLE_USER}\n" in done.out
    assert not sign_in.home.credentials.exists()


# ---- restricted sessions ----


def test_a_restricted_profile_is_shown_as_one(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", "--policy-arns", "ReadOnlyAccess", "--output", "json")
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert json.loads(done.out)["Restricted"] == arns
    shown = sign_in.home.run("status", "--profile", "dev", "--query", "Profiles[0].Restricted")
    assert json.loads(shown.out) == arns
    assert sign_in.demo.aws.calls[-1].policy_arns == tuple(arns)


def test_the_session_of_a_restricted_profile_can_read_only(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", "--policy-arns", "ReadOnlyAccess", "--check")
    assert (done.status, "example-bucket" in done.err or "1 bucket" in done.err) == (0, True)
    stored = sign_in.home.credentials
    session = Session(profile="dev")
    session.set_config_variable("credentials_file", str(stored))
    s3: Any = session.create_client(
        "s3", region_name="us-east-1", endpoint_url=sign_in.demo.aws_url
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.create_bucket(Bucket="another")


@pytest.mark.parametrize(
    ("options", "key", "status"),
    [
        (["--policy", "{"], "", 252),
        (["--policy", "file://nowhere.json"], "", 252),
        (["--policy-arns", "arn:aws-cn:iam::aws:policy/P"], "", 252),
        ([], "saml_policy_arns = a,b,c,d,e,f,g,h,i,j,k", 253),
        ([], "saml_policy = {", 253),
    ],
)
def test_policies_that_cannot_be_used_stop_a_sign_in_before_a_browser(
    options: list[str], key: str, status: int, home: Home
) -> None:
    home.aws.mkdir()
    home.config.write_text(f"[profile dev]\n{key}\n")
    done = home.run(*PLAIN, *options)
    assert (done.status, "is not usable" in done.err) == (status, True)
    assert "Signing in" not in done.err


# A sign-in without --assertion, so that the browser would be next; there is no display for it.
PLAIN = ["--profile", "dev", "--role-arn", ROLE_USER, "--idp-url", "http://127.0.0.1:9/start"]
PLAIN += ["--sign-in", "window"]


def test_keys_that_still_live_are_kept(demo: Demo, home: Home) -> None:
    request = CredentialRequest(
        profile="dev",
        idp_url="http://127.0.0.1:9/start",
        username=None,
        role=ROLE_USER,
        is_role_settled=True,
        role_selection=None,
        provider_arn=None,
        duration=3600,
        sts=f"us-east-1 {demo.aws_url}",
    )
    issued = Issued(an_hour_of(ROLE_USER, "jane"), datetime.now(timezone.utc))
    CredentialsFile(home.credentials, home.aws / "saml").save(request, issued)
    done = home.run(*PLAIN, "--endpoint-url", demo.aws_url)
    assert done.status == 0
    assert re.search(r"valid for another (59|60) minutes. To renew them now, use --force", done.err)


def test_keys_of_a_policy_that_was_changed_since_are_not_kept(demo: Demo, home: Home) -> None:
    policy = home.path / "p.json"
    policy.write_text('{"Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}')
    request = CredentialRequest(
        profile="dev",
        idp_url="http://127.0.0.1:9/start",
        username=None,
        role=ROLE_USER,
        is_role_settled=True,
        role_selection=None,
        provider_arn=None,
        duration=3600,
        sts=f"us-east-1 {demo.aws_url}",
        session_policies=SessionPolicies((), policy.read_text()),
    )
    issued = Issued(an_hour_of(ROLE_USER, "jane"), datetime.now(timezone.utc))
    CredentialsFile(home.credentials, home.aws / "saml").save(request, issued)
    arguments = [*PLAIN, "--endpoint-url", demo.aws_url, "--policy", f"file://{policy}"]
    assert "are valid for another" in home.run(*arguments).err
    policy.write_text('{"Statement": [{"Effect": "Allow", "Action": "s3:List*"}]}')
    done = home.run(*arguments)
    assert (done.status, "are valid for another" in done.err) == (253, False)


def test_keys_of_an_assertion_that_was_given_are_not_kept(sign_in: SignedIn) -> None:
    assert sign_in.run("aws_user", *PLAIN[2:]).status == 0
    done = sign_in.home.run(*PLAIN, "--endpoint-url", sign_in.demo.aws_url)
    assert (done.status, "are valid for another" in done.err) == (253, False)


def an_hour_of(role_arn: str, session_name: str) -> Credentials:
    account, _, name = role_arn.removeprefix("arn:aws:iam::").partition(":role/")
    return Credentials(
        access_key_id="ASIAEXAMPLE",
        secret_access_key="s3cret",
        session_token="t0ken",
        expiration=datetime.now(timezone.utc) + timedelta(hours=1),
        role_arn=role_arn,
        assumed_role_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
    )


def test_keys_in_the_environment_that_hide_the_profile_are_told(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", AWS_ACCESS_KEY_ID="AKIAEXAMPLE")
    assert "AWS_ACCESS_KEY_ID is set, and overrides profile dev in programs" in done.err


def test_somebody_else_than_the_username_is_told(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_user", "--username", "jane@example.com")
    assert "not for jane@example.com" in done.err
    assert "That is not" not in sign_in.run("aws_user", "--username", "CORP\\AWS_User").err


def test_the_output_format_of_the_profile_holds(sign_in: SignedIn) -> None:
    sign_in.home.aws.mkdir()
    sign_in.home.config.write_text("[profile dev]\noutput = text\n")
    arguments = ["roles", "--profile", "dev", "--assertion", "-", "--query", "Roles[].RoleName"]
    done = sign_in.home.run(*arguments, stdin=sign_in.assertion("aws_admin"))
    assert done.out == "Role.User\tRole.Admin\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_stream_is_no_traceback(closed: str, home: Home) -> None:
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND]
    done = home.run("roles", "--assertion", "-", command=shell, stdin="")
    assert done.status == 252
    assert "Traceback" not in done.err


def next_time(sign_in: SignedIn, folder: Path, *options: str) -> str:
    """The command that saves the question that was asked."""
    child = _at_the_role_question(sign_in, folder, *options)
    child.sendline("user")
    child.expect_exact("To skip the role question next time:\r\n  ")
    status, command = ended(child)
    assert status == 0
    return " ".join(command.replace("\\\r\n", " ").split())  # the terminal may be too narrow


def test_the_way_to_the_identity_provider_is_a_part_of_next_time(
    sign_in: SignedIn, tmp_path: Path
) -> None:
    url = "https://idp.example.com/start"
    command = next_time(sign_in, tmp_path, "--idp-url", url)
    assert command.startswith(f"{DOOR} --profile dev --idp-url {url} --role-arn {ROLE_USER}")


def test_after_a_misspelt_role_the_command_has_the_assertion_and_the_address(
    sign_in: SignedIn, tmp_path: Path
) -> None:
    file, url = tmp_path / "response", "https://idp.example.com/start"
    file.write_text(sign_in.assertion("aws_user"))
    options = ("--assertion", str(file), "--idp-url", url, "--role-arn", "Role.Usr")
    refused = sign_in.home.run(*sign_in.arguments(*options))
    command = shlex.split(refused.err.splitlines()[-1])
    assert ["--idp-url", url, "--assertion", str(file), "--role-arn", ROLE_USER] == command[-8:-2]
    assert sign_in.home.run(*command[len(COMMAND) :]).status == 0


def test_the_command_to_try_names_an_endpoint_that_an_old_aws_does_not_read(
    sign_in: SignedIn,
) -> None:
    given = ["--profile", "dev", "--assertion", "-", "--region", "eu-west-1"]
    url = sign_in.demo.aws_url
    done = sign_in.home.run(
        *given, stdin=sign_in.assertion("aws_user"), environ={"AWS_ENDPOINT_URL_STS": url}
    )
    assert (
        f"  aws sts get-caller-identity --profile dev --region eu-west-1 --endpoint-url {url}"
        in (done.err.splitlines())
    )


def test_where_no_question_was_asked_no_hint_saves_one(sign_in: SignedIn) -> None:
    assert "next time" not in sign_in.run("aws_user").err


def test_the_next_command_needs_no_region_where_one_is_set(sign_in: SignedIn) -> None:
    sign_in.home.aws.mkdir()
    for environ, config in [({"AWS_REGION": "eu-west-2"}, ""), ({}, "region = eu-west-2\n")]:
        sign_in.home.config.write_text(f"[profile dev]\n{config}")
        done = sign_in.run("aws_user", **environ)
        assert "get-caller-identity --profile dev --endpoint-url" in done.err


LONG_LIVED = "aws_access_key_id = AKIA\naws_secret_access_key = x\n"


@pytest.mark.parametrize(
    ("file", "section", "needed"),
    [
        ("config", f"[profile dev]\n{LONG_LIVED}", True),
        ("credentials", f"[dev]\n{LONG_LIVED}", False),
    ],
)
def test_next_time_overwrites_what_is_still_in_the_way(
    file: str, section: str, needed: bool, sign_in: SignedIn, tmp_path: Path
) -> None:
    sign_in.home.aws.mkdir()
    (sign_in.home.aws / file).write_text(section)
    line = next_time(sign_in, tmp_path, "--overwrite")
    assert (" --overwrite" in line) is needed
    again = shlex.split(line.partition(f"{DOOR} ")[2])
    assert sign_in.home.run(*again, "--idp-url", PLAIN[5], "--dry-run").status == 0


def test_next_time_repeats_how_aws_is_reached(sign_in: SignedIn, tmp_path: Path) -> None:
    acs = ("--acs-url", "https://aws.example.com/saml")
    command = next_time(sign_in, tmp_path, "--no-verify-ssl", *acs)
    assert " ".join(acs) in command
    assert command.endswith(f"--endpoint-url {sign_in.demo.aws_url} --no-verify-ssl")


# ---- status, logout ----


def test_status_tells_what_is_stored(sign_in: SignedIn) -> None:
    sign_in.run("aws_user")
    done = sign_in.home.run("status", "--profile", "dev")
    [row] = json.loads(done.out)["Profiles"]
    assert (row["Profile"], row["RoleArn"], row["Valid"]) == ("dev", ROLE_USER, True)
    assert 3500 < row["RemainingSeconds"] <= 3600
    assert done.status == 0


@pytest.mark.parametrize("store", ["credentials-file", "credential-process"])
def test_status_marks_credentials_that_are_not_of_aws(store: str, sign_in: SignedIn) -> None:
    url = ["--idp-url", "https://idp.example.com/", "--store", store]
    assert sign_in.run("aws_user", "--role-arn", ROLE_USER, *url).status == 0
    done = sign_in.home.run("status", "--profile", "dev")
    host = sign_in.demo.aws_url.removeprefix("http://")
    assert json.loads(done.out)["Profiles"][0]["IssuedBy"] == host
    assert f"profile dev come from {host}, and not from AWS." in done.err


def test_status_of_many_profiles_that_are_signed_out_names_one_command(sign_in: SignedIn) -> None:
    sections = (f"[profile p{n}]\nsaml_idp_url = https://idp.example.com/\n" for n in range(6))
    sign_in.home.config.parent.mkdir()
    sign_in.home.config.write_text("".join(sections))
    done = sign_in.home.run("status")
    assert (done.status, done.err.splitlines()[-2:]) == (
        253,
        ["Sign in with:", f"  {shlex.join(COMMAND)} --all"],
    )


def test_status_of_a_profile_without_keys_is_253(sign_in: SignedIn) -> None:
    done = sign_in.home.run("status", "--profile", "dev")
    assert done.status == 253
    assert json.loads(done.out)["Profiles"][0]["Valid"] is False


def test_logout_removes_the_keys_and_nothing_else(sign_in: SignedIn) -> None:
    file = sign_in.home.credentials
    file.parent.mkdir()
    file.write_text(CREDENTIALS_BY_HAND)
    sign_in.run("aws_user")
    done = sign_in.home.run("logout", "--profile", "dev")
    assert done.status == 0
    assert file.read_text().rstrip("\n") == CREDENTIALS_BY_HAND.rstrip("\n")


def test_logout_without_keys_says_so(home: Home) -> None:
    done = home.run("logout")
    assert (done.status, done.err) == (0, "Profile saml has no credentials from aws saml-login.\n")


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_logout_forgets_assertions_that_wait_for_other_profiles(
    home: Home, options: tuple[str, ...]
) -> None:
    assertion = home.aws / "saml" / "browser" / "0123" / "assertion.json"
    assertion.parent.mkdir(parents=True)
    assertion.touch()
    assert home.run("logout", *options).status == 0
    assert not assertion.exists()


@pytest.mark.parametrize("options", [(), ("--forget-idp-session", "--username", "jane")])
def test_logout_of_a_profile_that_is_not_there_names_the_nearest(
    home: Home, options: tuple[str, ...]
) -> None:
    home.config.parent.mkdir()
    home.config.write_text("[profile prod]\nsaml_idp_url = https://idp.example.com\n")
    done = home.run("logout", "--profile", "pord", *options)
    assert done.status == 253
    assert "There is no profile pord. Did you mean prod?" in done.err
    assert done.err.rstrip().endswith("logout --profile prod")
    assert home.run("logout", "--profile", "prod").status == 0


def test_logout_names_the_people_whose_session_is_kept(home: Home) -> None:
    about = home.aws / "saml" / "browser" / "0123" / "about.json"
    about.parent.mkdir(parents=True)
    about.write_text('{"idp_url": "https://idp.example.com/", "username": "jane"}')
    home.config.write_text("[profile dev]\nsaml_idp_url = https://idp.example.com/\n")
    done = home.run("logout", "--profile", "dev", "--forget-idp-session")
    assert "No browser profile without a username is stored for this identity provider." in done.err
    assert "There is one of jane. To remove it:\n" in done.err
    assert done.err.endswith("logout --profile dev --forget-idp-session --username jane\n")


@pytest.mark.parametrize("config", ["[profile dev]\nsaml_idp_url = https://idp.example.com/\n", ""])
def test_the_command_that_ends_the_session_works_after_a_logout(config: str, home: Home) -> None:
    (home.aws / "saml" / "browser" / "0123").mkdir(parents=True)
    home.config.write_text(config)
    home.credentials.write_text("[dev]\nother = 1\n")
    home.credentials.chmod(0o600)
    command = home.run("logout", "--profile", "dev").err.splitlines()[-1].split()
    home.credentials.unlink()  # as if the profile had held nothing else
    assert home.run(*command[command.index("logout") :]).status == 0


def test_logout_of_a_profile_where_there_is_none_is_an_error(home: Home) -> None:
    done = home.run("logout", "--profile", "nosuch")
    assert done.status == 253
    assert "There is no profile nosuch. No profile has SAML settings." in done.err
    assert done.err.rstrip().endswith("status")


def test_logout_of_no_profile_names_those_that_have_credentials(sign_in: SignedIn) -> None:
    sign_in.run("aws_user")
    done = sign_in.home.run("logout")
    assert done.status == 253
    assert "The profiles that have some are dev." in done.err
    assert done.err.rstrip().endswith("logout --profile dev")


def test_logout_removes_the_credentials_of_a_profile_whose_section_has_gone(
    sign_in: SignedIn,
) -> None:
    sign_in.run("aws_user", "--store", "credential-process")
    sign_in.home.config.write_text("[profile prod]\nregion = eu-west-1\n")
    done = sign_in.home.run("logout", "--profile", "dev")
    assert (done.status, "Removed the credentials from profile dev." in done.err) == (0, True)


def test_an_empty_variable_of_aws_counts_as_unset(sign_in: SignedIn) -> None:
    names = """AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE AWS_CA_BUNDLE AWS_RETRY_MODE
        AWS_MAX_ATTEMPTS AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_DEFAULT_OUTPUT
        AWS_ENDPOINT_URL AWS_STS_REGIONAL_ENDPOINTS AWS_SAML_TIMEOUT""".split()
    done = sign_in.run("aws_user", **dict.fromkeys(names, ""))
    assert done.status == 0
    assert "\n[dev]\n" in "\n" + sign_in.home.credentials.read_text()


# ---- install ----


def test_install_keeps_awss_own_keys_in_the_profile(home: Home, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    of_aws = ["--region", "eu-west-1", "--output", "text", "--endpoint-url", "https://sts.test"]
    done = home.run(
        *("install", "--profile", "dev", *of_aws, "--ca-bundle", "ca.pem"), cwd=tmp_path
    )
    assert done.status == 0
    assert home.config.read_text() == (
        "[profile dev]\nregion = eu-west-1\noutput = text\nendpoint_url = https://sts.test\n"
        f"ca_bundle = {tmp_path}/ca.pem\n"
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--output", "bogus", "--output must be one of json"),
        ("--region", "eu_west_1", "--region is not usable"),
        ("--endpoint-url", "http://sts.example.com", "--endpoint-url is not usable"),
        ("--ca-bundle", "/nowhere", "--ca-bundle is not usable"),
        ("--role-arn", "\udcff", "--role-arn is not usable: it is not text in UTF-8."),
    ],
)
def test_install_writes_nothing_of_what_cannot_be_used(
    option: str, value: str, said: str, home: Home
) -> None:
    done = home.run("install", "--profile", "dev", option, value)
    assert done.status == 252
    assert said in done.err
    assert not home.aws.exists()


@pytest.mark.parametrize(
    ("environ", "place", "command"),
    [
        ({"AWS_DEFAULT_OUTPUT": "bogus"}, "AWS_DEFAULT_OUTPUT must be", "unset AWS_DEFAULT_OUTPUT"),
        ({}, "output of profile dev must be", "aws configure set output json --profile dev"),
    ],
    ids=["variable", "profile"],
)
def test_a_bad_output_format_is_named_with_its_place(
    environ: dict[str, str], place: str, command: str, home: Home
) -> None:
    home.config.parent.mkdir()
    home.config.write_text("[profile dev]\noutput = bogus\n")
    done = home.run("status", "--profile", "dev", environ=environ)
    assert done.status == 253
    assert place in done.err
    assert done.err.splitlines()[-1] == command


def test_install_takes_no_nickname_from_the_environment(home: Home) -> None:
    url = "https://idp.example.com/start"
    done = home.run(
        "install", "--profile", "dev", "--idp-url", url, environ={"AWS_SAML_IDP": "elsewhere"}
    )
    assert done.status == 0
    assert home.config.read_text() == f"[profile dev]\nsaml_idp_url = {url}\n"


OLD = "https://old.example.com/start"
NEW = "https://new.example.com/start"
JANE = "saml_username = jane\n"
WITHOUT_AWS = {"PATH": "/nowhere"}
"""There is no `aws` whose version `install` would ask for, which takes longer than the rest."""


@pytest.mark.parametrize(
    ("before", "arguments", "after"),
    [
        (
            f"[profile dev]\n{JANE}# mine\nsaml_idp_url = {OLD}\n",
            ["--idp-nickname", "corp", "--idp-url", NEW],
            f"[profile dev]\n# mine\nsaml_idp = corp\n\n[saml-idp corp]\nsaml_idp_url = {NEW}\n",
        ),
        (
            f"[saml-idp corp]\nsaml_idp_url = {NEW}\n[profile dev]\nsaml_idp_url = {OLD}\n",
            ["--idp-nickname", "corp"],
            f"[saml-idp corp]\nsaml_idp_url = {NEW}\n[profile dev]\nsaml_idp = corp\n",
        ),
        (
            f"[profile dev]\nsaml_idp = corp\n{JANE}",
            ["--idp-url", NEW],
            f"[profile dev]\nsaml_idp = corp\n{JANE}\n[saml-idp corp]\nsaml_idp_url = {NEW}\n",
        ),
        (
            f"[profile dev]\nsaml_idp_url = {OLD}\n",
            ["--idp-nickname", "corp"],
            f"[profile dev]\nsaml_idp_url = {OLD}\nsaml_idp = corp\n",
        ),
    ],
    ids=["to a new section", "to one that is there", "to the profile's own", "to none yet"],
)
@pytest.mark.parametrize("back", ["undo", "uninstall"])
def test_what_would_hide_the_section_goes_and_comes_back(
    before: str, arguments: list[str], after: str, back: str, home: Home
) -> None:
    home.aws.mkdir()
    home.config.write_text(before)
    done = home.run("install", "--profile", "dev", *arguments, environ=WITHOUT_AWS)
    assert done.status == 0
    assert home.config.read_text() == after
    assert home.run(back).status == 0
    assert home.config.read_text() == before


# ---- the exit statuses ----


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["--bogus"], None, "Unknown option: --bogus."),
        (["--role-arn", "a", "--role-selection", "0"], None, "both"),
        (["--assertion", "/nowhere/assertion"], None, "/nowhere/assertion"),
        (["--assertion", "-"], "no assertion at all", "SAMLResponse"),
        (["--assertion", "-"], "", "SAMLResponse"),
        (["--output", "bogus"], None, "yaml-stream, not 'bogus'"),
        (["--query", "Roles["], None, "--query is not a valid JMESPath expression"),
        (["--cli-read-timeout", "soon"], None, "--cli-read-timeout is not usable: it must be"),
        (["--cli-connect-timeout", "9" * 5000], None, "--cli-connect-timeout is not usable"),
        (["--endpoint-url", "sts"], None, "--endpoint-url is not usable: 'sts' is not a web"),
        (["--endpoint-url", "http://sts.example.com"], None, "http is for loopback only"),
        (
            ["--region", "eu_west_1"],
            None,
            "--region is not usable: 'eu_west_1' is not an AWS region name",
        ),
        (["--ca-bundle", "/nowhere"], None, "--ca-bundle is not usable: there is no file /nowhere"),
        (["--profile", "DEFAULT"], None, "No profile can be called 'DEFAULT' (--profile)."),
        (["--profile", " "], None, "No profile can be called ' ' (--profile)."),
        (["--profile", "a\nb"], None, "No profile can be called 'a\\nb' (--profile)."),
        (["--profile", "\udcff"], None, "--profile is not usable: it is not text in UTF-8."),
        (["--username", "\udcff"], None, "--username is not usable: it is not text in UTF-8."),
        (["--timeout", "soon"], None, "--timeout is not usable: it must be"),
        (["--idp-url", "ftp://x"], None, "--idp-url is not usable"),
        (["--browser-binary", "/nowhere"], None, "there is no file /nowhere"),
        (["--use-browser", "--sign-in", "silent"], None, "--use-browser means --sign-in window"),
        (["roles", "--use-browser", "--sign-in", "auto"], None, "--use-browser means --sign-in"),
        (
            ["logout", "--idp-url", "https://x"],
            None,
            "--idp-url needs --forget-idp-session",
        ),
        (
            ["logout", "--username", "x"],
            None,
            "--username needs --forget-idp-session",
        ),
        (
            ["logout", "--idp-nickname", "x"],
            None,
            "--idp-nickname needs --forget-idp-session",
        ),
    ],
)
def test_252_for_a_command_line_that_cannot_be_used(
    arguments: list[str], stdin: str | None, said: str, home: Home
) -> None:
    done = home.run(*arguments, stdin=stdin)
    assert (done.status, done.out) == (252, "")
    assert done.err.startswith("aws saml-login: [ERROR]: ")
    assert said in done.err


AN_IDP = {"AWS_SAML_IDP_URL": "http://127.0.0.1:9/start"}


@pytest.mark.parametrize(
    ("arguments", "environ", "said", "hint"),
    [
        ([], {}, "saml_idp_url is not set", "aws configure set saml_idp_url URL --profile saml"),
        (
            [],
            {"AWS_SAML_TIMEOUT": "soon"},
            "AWS_SAML_TIMEOUT is not usable: it must be",
            "Correct it, or unset AWS_SAML_TIMEOUT.",
        ),
        (["--idp-nickname", "x"], {}, "no section [saml-idp x]", "--idp-nickname x --idp-url URL"),
        (
            [],
            {"AWS_PROFILE": "DEFAULT"},
            "No profile can be called 'DEFAULT' (AWS_PROFILE)",
            "NAME",
        ),
        ([], {"AWS_DEFAULT_PROFILE": "\udcff"}, r"called '\udcff' (AWS_DEFAULT_PROFILE)", "NAME"),
        ([], {"AWS_MAX_ATTEMPTS": "0", **AN_IDP}, "AWS_MAX_ATTEMPTS is not usable", "unset"),
        (
            [],
            {"AWS_DEFAULTS_MODE": "bogus", **AN_IDP},
            "No client of STS can be made",
            "AWS_DEFAULTS_MODE",
        ),
        (
            [],
            {"AWS_REQUEST_CHECKSUM_CALCULATION": "x", **AN_IDP},
            "No client of STS can be made",
            "AWS_REQUEST_CHECKSUM_CALCULATION",
        ),
        (
            [],
            {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "x", **AN_IDP},
            "No client of STS can be made",
            "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
        ),
        ([], {"AWS_PROFILE": "-dash"}, "No profile can be called '-dash' (AWS_PROFILE)", "NAME"),
        ([], {"AWS_ENDPOINT_URL_STS": "sts", **AN_IDP}, "AWS_ENDPOINT_URL_STS", ""),
        ([], {"AWS_CA_BUNDLE": "/nowhere", **AN_IDP}, "/nowhere does not exist", "AWS_CA_BUNDLE"),
    ],
)
def test_253_for_settings_in_the_way(
    arguments: list[str], environ: dict[str, str], said: str, hint: str, home: Home
) -> None:
    done = home.run(*arguments, environ=environ)
    assert done.status == 253
    assert said in done.err
    assert hint in done.err
    assert not home.credentials.exists()


def test_253_for_a_user_without_a_home_folder(home: Home) -> None:
    # A container's user, of whom neither HOME nor the system's list of users says anything.
    program = "import os; os.getuid = lambda: 987654\nfrom aws_saml_ext.entry import entry; entry()"
    nameless = ["env", "-u", "HOME", sys.executable, "-c", program]
    for verb in ("--dry-run", "status", "install", "uninstall", "undo"):
        done = home.run(verb, command=nameless, environ=AN_IDP)
        assert done.status == 253
        assert done.err == (
            "aws saml-login: [ERROR]: Your home folder is not known: HOME is not set.\n"
            "export HOME=/path/of/a/folder\n"
        )


@pytest.mark.parametrize(
    "broken",
    [
        "[dev]\nx = 1\n[dev]\ny = s3cret\n",
        "\ufeff[dev]\nx = 1\n",
        "s3cret = 1\n[dev]\n",
        "[dev\ns3cret\n",
    ],
    ids=["duplicate section", "byte order mark", "no section", "garbage"],
)
@pytest.mark.parametrize("name", ["credentials", "config"])
def test_253_for_a_file_that_botocore_cannot_read(
    broken: str, name: str, sign_in: SignedIn
) -> None:
    file = sign_in.home.aws / name
    file.parent.mkdir()
    file.write_text(broken, encoding="utf-8")
    done = sign_in.run("aws_user")
    assert done.status == 253
    assert "s3cret" not in done.err
    assert "Traceback" not in done.err
    assert file.read_text(encoding="utf-8") == broken


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ("[dev]\naws_access_key_id = AKIA\naws_secret_access_key = x\n", "long-lived keys"),
        ("[dev]\nsso_session = corp\n", "sso_session"),
        ("[dev]\ncredential_process = /usr/bin/other\n", "credential_process"),
    ],
)
def test_253_for_a_profile_that_is_somebody_elses(
    section: str, what: str, sign_in: SignedIn
) -> None:
    file = sign_in.home.credentials
    file.parent.mkdir()
    file.write_text(section)
    done = sign_in.run("aws_user")
    assert done.status == 253
    assert what in done.err
    assert "--overwrite" in done.err
    assert file.read_text() == section


def test_overwrite_replaces_them_and_undo_brings_them_back(sign_in: SignedIn) -> None:
    file = sign_in.home.credentials
    file.parent.mkdir()
    before = "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = x\n"
    file.write_text(before)
    assert sign_in.run("aws_user", "--overwrite").status == 0
    assert "aws_secret_access_key = x\n" not in file.read_text()
    assert sign_in.home.run("undo").status == 0
    assert file.read_text() == before


def test_253_for_a_choice_and_nobody_to_make_it(sign_in: SignedIn) -> None:
    done = sign_in.run("aws_admin")
    assert done.status == 253
    assert "  0  000000000000  Role.User\n  1  000000000000  Role.Admin\n" in done.err
    at_aws = f"--endpoint-url {sign_in.demo.aws_url}"
    assert done.err.endswith(f"{DOOR} --profile dev --role-arn ARN {at_aws}\n")


@pytest.mark.parametrize(
    ("user", "arguments", "said"),
    [
        ("aws_void", [], "no AWS role"),
        ("aws_user", ["--role-arn", "Role.Admin"], "is not offered"),
        ("aws_user", ["--role-selection", "7"], "no role number 7"),
        ("aws_refused", [], "Not allowed to use AWS."),
    ],
)
def test_254_for_the_identity_providers_no(
    user: str, arguments: list[str], said: str, sign_in: SignedIn
) -> None:
    done = sign_in.run(user, *arguments)
    assert done.status == 254
    assert said in done.err
    assert not sign_in.home.credentials.exists()


def test_254_for_the_no_of_sts(sign_in: SignedIn) -> None:
    sign_in.demo.aws.misbehave(refusing("RegionDisabledException", "STS is not activated"))
    done = sign_in.run("aws_user")
    assert done.status == 254
    assert "RegionDisabledException" in done.err


def test_254_for_an_assertion_that_is_given_too_late(sign_in: SignedIn) -> None:
    sign_in.demo.aws.misbehave(refusing("ExpiredTokenException", "Token must be redeemed"))
    done = sign_in.run("aws_user")
    assert done.status == 254
    assert "too late, or too early: STS accepts one for 5 minutes after its issue" in done.err
    assert "without --assertion" in done.err


def test_254_for_more_than_sts_takes(sign_in: SignedIn) -> None:
    calls = len(sign_in.demo.aws.calls)
    xml = "<!--" + "x" * 100_000 + "-->" + _xml(sign_in.assertion("aws_user"))
    done = sign_in.home.run(*sign_in.arguments(), stdin=xml)
    assert done.status == 254
    assert "100000" in done.err.replace(" ", "").replace(",", "")
    assert len(sign_in.demo.aws.calls) == calls


def _xml(saml_response: str) -> str:
    return base64.b64decode(saml_response).decode()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<html>welcome</html>", "text/html"),
        Answer(500, "<html>oops</html>", "text/html"),
        Answer(200, "<AssumeRoleWithSAMLResponse/>"),
        Answer(200, "{"),
    ],
    ids=["a page", "an error page", "no credentials", "no XML"],
)
def test_255_for_an_sts_that_talks_nonsense(answer: Answer, sign_in: SignedIn) -> None:
    sign_in.demo.aws.misbehave(answer)
    done = sign_in.run("aws_user", AWS_MAX_ATTEMPTS="1")
    assert done.status == 255
    assert "Traceback" not in done.err
    assert not sign_in.home.credentials.exists()


def test_255_for_an_sts_that_is_not_there(sign_in: SignedIn) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nowhere = ["--endpoint-url", f"http://127.0.0.1:{port}"]
    done = sign_in.run("aws_user", *nowhere, AWS_MAX_ATTEMPTS="1")
    assert done.status == 255
    assert f"127.0.0.1:{port}" in done.err


def test_130_for_the_end_of_input_at_a_question(sign_in: SignedIn, tmp_path: Path) -> None:
    child = _at_the_role_question(sign_in, tmp_path)
    child.sendeof()
    assert ended(child)[0] == 130


def test_130_for_ctrl_c_at_a_question(sign_in: SignedIn, tmp_path: Path) -> None:
    child = _at_the_role_question(sign_in, tmp_path)
    child.sendintr()
    status, said = ended(child)
    assert status == 130
    assert "Stopped." in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_at_a_question_ends_it(
    number: signal.Signals, status: int, sign_in: SignedIn, tmp_path: Path
) -> None:
    child = _at_the_role_question(sign_in, tmp_path)
    child.kill(number)
    assert ended(child)[0] == status


def test_an_answer_at_the_terminal_chooses_the_role(sign_in: SignedIn, tmp_path: Path) -> None:
    child = _at_the_role_question(sign_in, tmp_path)
    child.sendline("adm")
    assert ended(child)[0] == 0
    assert f"x_saml_role_arn = {ROLE_ADMIN}\n" in sign_in.home.credentials.read_text()


def _at_the_role_question(
    sign_in: SignedIn, folder: Path, *more: str, command: Sequence[str] = COMMAND
) -> pexpect.spawn:
    file = folder / "assertion"
    file.write_text(sign_in.assertion("aws_admin"))
    arguments = sign_in.arguments(*more)
    arguments[arguments.index("-")] = str(file)
    child = sign_in.home.start(*arguments, command=command)
    child.expect_exact("Role (number or part of the name): ")
    return child


# ---- many at once, and nothing secret anywhere ----


def test_8_sign_ins_at_once_into_one_file_lose_nothing(sign_in: SignedIn) -> None:
    sign_in.home.aws.mkdir()
    sign_in.home.credentials.write_text(CREDENTIALS_BY_HAND)
    assertion = sign_in.assertion("aws_user")

    def run(number: int) -> int:
        arguments = sign_in.arguments()
        arguments[1] = f"p{number}"
        return sign_in.home.run(*arguments, stdin=assertion, timeout=150).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(run, range(8))) == {0}
    stored = sign_in.home.credentials.read_text()
    assert stored.startswith(CREDENTIALS_BY_HAND)
    assert sorted(re.findall(r"^\[p(\d+)\]$", stored, re.MULTILINE), key=int) == [
        str(number) for number in range(8)
    ]
    assert stored.count("aws_secret_access_key = ") == 8


def test_debug_shows_nothing_secret(sign_in: SignedIn) -> None:
    assertion = sign_in.assertion("aws_user")
    done = sign_in.home.run(*sign_in.arguments("--debug"), stdin=assertion)
    assert done.status == 0
    stored = sign_in.home.credentials.read_text()
    secrets = re.findall(r"(?m)^aws_(?:secret_access_key|session_token) = (\S+)$", stored)
    assert len(secrets) == 2
    for secret in [assertion, assertion[:60], *secrets]:
        assert secret not in done.err
        assert secret not in done.out


def test_no_file_but_the_credentials_file_and_the_journal_holds_a_secret(sign_in: SignedIn) -> None:
    assertion = sign_in.assertion("aws_user")
    sign_in.home.run(*sign_in.arguments(), stdin=assertion)
    stored = sign_in.home.credentials.read_text()
    secrets = re.findall(r"(?m)^aws_(?:secret_access_key|session_token) = (\S+)$", stored)
    holders = {
        path.name
        for path in sign_in.home.path.rglob("*")
        if path.is_file()
        and any(secret.encode() in path.read_bytes() for secret in [*secrets, assertion[:60]])
    }
    assert holders - {"undo.json"} == {"credentials"}


# ---- streams that cannot be written ----


def run_unread(home: Home, *arguments: str, stream: str, stdin: str = "") -> Done:
    """Run a command with `stdout` or `stderr` being a pipe that nobody reads."""
    read, write = os.pipe()
    os.close(read)
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: write}
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        text=True,
        check=False,
        env=home.environ,
        start_new_session=True,
        timeout=100,
        **streams,
    )
    os.close(write)
    return Done(done.returncode, done.stdout or "", done.stderr or "")


def redirected(to: str) -> list[str]:
    """The program with a stream that a shell redirects."""
    return ["sh", "-c", f'exec "$@" {to}', "sh", *COMMAND]


full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@pytest.mark.parametrize("verb", ["help", "roles", "--version"])
def test_a_reader_of_the_data_that_goes_away_is_no_failure(verb: str, sign_in: SignedIn) -> None:
    arguments = [verb, "--assertion", "-"] if verb == "roles" else [verb]
    assertion = sign_in.assertion("aws_user")
    done = run_unread(sign_in.home, *arguments, stream="stdout", stdin=assertion)
    assert done.status == 0
    assert "Traceback" not in done.err
    assert "BrokenPipe" not in done.err


def test_a_reader_that_goes_away_leaves_the_verbs_own_exit_status(home: Home) -> None:
    done = run_unread(home, "status", "--profile", "dev", stream="stdout")
    assert (done.status, done.err) == (253, f"Sign in with:\n  {DOOR} --profile dev\n")


@full
@pytest.mark.parametrize("verb", ["help", "roles", "--version", "status"])
def test_a_full_disk_behind_standard_output_is_told_in_sentences(
    verb: str, sign_in: SignedIn
) -> None:
    arguments = [verb, "--assertion", "-"] if verb == "roles" else [verb]
    done = sign_in.home.run(
        *arguments, "--quiet", command=redirected(">/dev/full"), stdin=sign_in.assertion("aws_user")
    )
    assert (done.status, done.err) == (
        255,
        (
            "aws saml-login: [ERROR]: "
            "Standard output could not be written: No space left on device.\n"
            "Check the file or the program that it goes to.\n"
        ),
    )


def test_a_sign_in_that_nobody_hears_is_made_all_the_same(sign_in: SignedIn) -> None:
    arguments = sign_in.arguments("--output", "json")
    assertion = sign_in.assertion("aws_user")
    done = run_unread(sign_in.home, *arguments, stream="stderr", stdin=assertion)
    assert (done.status, json.loads(done.out)["RoleArn"]) == (0, ROLE_USER)
    assert f"x_saml_role_arn = {ROLE_USER}\n" in sign_in.home.credentials.read_text()


@full
@pytest.mark.parametrize(
    ("arguments", "status"), [(["--bogus"], 252), (["--profile", "dev"], 253), (["undo"], 0)]
)
def test_a_full_disk_behind_standard_error_leaves_the_exit_status(
    arguments: list[str], status: int, home: Home
) -> None:
    assert home.run(*arguments, command=redirected("2>/dev/full")).status == status


def test_ctrl_c_that_nobody_hears_is_130(sign_in: SignedIn, tmp_path: Path) -> None:
    child = _at_the_role_question(sign_in, tmp_path, command=redirected("2>&-"))
    child.sendintr()
    assert ended(child)[0] == 130


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--output", "json"]])
def test_few_characters_on_standard_output_are_enough(
    arguments: list[str], sign_in: SignedIn
) -> None:
    sign_in.home.aws.mkdir()
    options = sign_in.arguments("--profile", "jänner", *arguments)
    done = sign_in.home.run(
        *options, stdin=sign_in.assertion("aws_user"), environ={"PYTHONIOENCODING": "ascii"}
    )
    assert (done.status, "Traceback" in done.err) == (0, False)
    if "json" in arguments:
        assert json.loads(done.out)["Profile"] == "jänner"


def test_nothing_is_loaded_before_a_quick_answer_could_be_given() -> None:
    program = "import sys; had = set(sys.modules); import aws_saml_ext.entry"
    program += "; print(sorted(set(sys.modules) - had))"
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == "['aws_saml_ext', 'aws_saml_ext.entry']\n"
