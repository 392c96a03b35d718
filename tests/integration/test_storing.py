"""The two stores of a profile: from one to the other and back, and what programs get from them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from tests.command import AWS, CREDENTIALS_BY_HAND, Done, Home, home_at

PROCESS = ("--store", "credential-process")
FILE = ("--store", "credentials-file")
SCRIPT = Path(sys.executable).with_name("aws-saml-login")

CONFIG_BY_HAND = """\
# mine
[default]
region=us-east-1

[profile dev]
region  =  eu-west-1
# the end of dev

[profile other]
output = text
"""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = home_at(tmp_path / "a home")
    home.aws.mkdir()
    home.config.write_text(CONFIG_BY_HAND)
    home.credentials.write_text(CREDENTIALS_BY_HAND)
    home.credentials.chmod(0o600)
    return home


class Prompt:
    """Somebody who signs in to profile dev with an assertion that they have."""

    def __init__(self, demo: Demo, home: Home) -> None:
        self.demo = demo
        self.home = home

    def sign_in(self, *options: str, user: str = "aws_user", profile: str = "dev") -> Done:
        idp = self.demo.idp
        given = idp.saml_response(next(each for each in idp.users if each.name == user))
        at_aws = ("--endpoint-url", self.demo.aws_url)
        return self.run("--profile", profile, "--assertion", "-", *at_aws, *options, stdin=given)

    def run(self, *arguments: str, stdin: str | None = None) -> Done:
        return self.home.run(*arguments, command=[str(SCRIPT)], stdin=stdin)

    def config(self, profile: str = "dev") -> dict[str, Any]:
        session = Session(profile=profile)
        session.set_config_variable("config_file", str(self.home.config))
        session.set_config_variable("credentials_file", "/nonexistent")
        return dict(session.get_scoped_config())

    def process(self, profile: str = "dev") -> subprocess.CompletedProcess[str]:
        """What an SDK runs."""
        return subprocess.run(
            shlex.split(self.config(profile)["credential_process"]),
            env=self.home.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def prompt(demo: Demo, home: Home) -> Prompt:
    return Prompt(demo, home)


# ---- what is stored, and who gets it ----


def test_the_process_store_keeps_no_key_in_the_credentials_file(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    assert prompt.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_its_process_prints_the_five_values_of_version_1_and_nothing_else(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    done = prompt.process()
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(answer) == [
        *("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"),
    ]


def test_the_real_aws_signs_with_it(prompt: Prompt) -> None:
    if not AWS.exists():
        pytest.skip(f"{AWS} is not installed")
    assert prompt.sign_in(*PROCESS).status == 0
    done = prompt.home.run(
        *("sts", "get-caller-identity", "--profile", "dev", "--query", "Arn"),
        *("--endpoint-url", prompt.demo.aws_url),
        command=[str(AWS)],
    )
    assert done.err == ""
    assert json.loads(done.out).endswith(":assumed-role/Role.User/aws_user")


def test_a_profile_with_a_blank_in_its_name_has_a_process_too(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS, profile="my dev").status == 0
    command = prompt.config("my dev")["credential_process"]
    # The SDK for Go takes a quote off that both begins and ends the command.
    assert (command[0], command[-1]) == ('"', "'")
    assert prompt.process("my dev").returncode == 0


def test_options_of_the_sign_in_are_kept_for_the_renewals(prompt: Prompt) -> None:
    chosen = ("--role-arn", "Role.Admin", "--session-duration", "900", "--username", "aws_admin")
    assert prompt.sign_in(*PROCESS, *chosen, user="aws_admin").status == 0
    kept = prompt.config()
    assert kept["saml_role_arn"] == "Role.Admin"
    assert kept["saml_session_duration"] == "900"
    assert kept["saml_username"] == "aws_admin"
    assert kept["endpoint_url"] == prompt.demo.aws_url


def test_what_is_said_names_the_process(prompt: Prompt) -> None:
    said = prompt.sign_in(*PROCESS).err
    assert "are stored in the cache of profile dev; the SDKs run its credential_process." in said


# ---- from one to the other and back ----


def test_there_and_back_again_leaves_both_files_as_a_plain_sign_in_does(prompt: Prompt) -> None:
    assert prompt.sign_in().status == 0
    assert prompt.home.config.read_text() == CONFIG_BY_HAND
    keys = prompt.home.credentials.read_text()
    assert prompt.sign_in(*PROCESS).status == 0
    assert prompt.home.credentials.read_text() == CREDENTIALS_BY_HAND
    assert prompt.sign_in(*FILE).status == 0
    without_endpoint = [
        line
        for line in prompt.home.config.read_text().splitlines(keepends=True)
        if not line.startswith("endpoint_url")
    ]
    assert "".join(without_endpoint) == CONFIG_BY_HAND
    assert len(prompt.home.credentials.read_text()) == len(keys)


def test_undo_takes_back_the_switch(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    assert prompt.run("undo").status == 0
    assert prompt.home.config.read_text() == CONFIG_BY_HAND


def test_a_sign_in_without_the_option_stays_with_the_store_of_the_profile(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    assert prompt.sign_in().status == 0
    assert prompt.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_the_last_choice_of_a_role_counts_whatever_the_store(prompt: Prompt) -> None:
    chosen = ("--role-selection", "0")
    assert prompt.sign_in(*PROCESS, *chosen, user="aws_admin").status == 0
    assert prompt.sign_in(*FILE, "--role-selection", "1", user="aws_admin").status == 0
    assert prompt.run("configure", "--profile", "dev", *PROCESS).status == 0
    assert prompt.process().returncode == 253  # and not the keys of the choice before


def test_what_stands_in_the_environment_only_is_told(prompt: Prompt) -> None:
    prompt.home.environ["AWS_SAML_USERNAME"] = "aws_user"
    said = prompt.sign_in(*PROCESS).err
    assert "Programs need AWS_SAML_USERNAME in their environment, too" in said


def test_configure_writes_the_process_and_takes_it_out_again(prompt: Prompt) -> None:
    dev = ("configure", "--profile", "dev")
    assert prompt.run(*dev, *PROCESS).status == 0
    assert prompt.config()["credential_process"].endswith(" credential-process --profile dev")
    assert prompt.run(*dev, *FILE).status == 0
    assert prompt.home.config.read_text() == CONFIG_BY_HAND


def test_configure_takes_out_the_keys_that_would_hide_the_process(prompt: Prompt) -> None:
    assert prompt.sign_in().status == 0
    assert prompt.run("configure", "--profile", "dev", *PROCESS).status == 0
    assert prompt.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_long_lived_keys_are_not_taken_out_unasked(prompt: Prompt) -> None:
    prompt.home.credentials.write_text("[dev]\naws_access_key_id=AKIA\naws_secret_access_key=s\n")
    done = prompt.sign_in(*PROCESS)
    assert done.status == 253
    assert "Profile dev holds long-lived keys" in done.err
    assert prompt.home.config.read_text() == CONFIG_BY_HAND


def test_with_overwrite_they_go_and_undo_brings_them_back(prompt: Prompt) -> None:
    by_hand = "[dev]\naws_access_key_id=AKIA\naws_secret_access_key=s\n"
    prompt.home.credentials.write_text(by_hand)
    assert prompt.sign_in(*PROCESS, "--overwrite").status == 0
    assert "aws_access_key_id" not in prompt.home.credentials.read_text()
    assert prompt.run("undo").status == 0
    assert prompt.home.credentials.read_text() == by_hand


def test_a_dry_run_shows_the_process_and_does_nothing(prompt: Prompt) -> None:
    done = prompt.sign_in(*PROCESS, "--dry-run")
    assert "+credential_process = " in done.out
    assert "+saml_store = credential-process" in done.out
    assert prompt.home.config.read_text() == CONFIG_BY_HAND
    assert not (prompt.home.aws / "saml" / "bin").exists()


def test_the_role_before_is_known_to_the_next_sign_in(prompt: Prompt) -> None:
    chosen = prompt.sign_in(*PROCESS, "--role-selection", "1", user="aws_admin")
    assert chosen.status == 0
    again = prompt.sign_in("--use-stored", user="aws_admin")
    assert (again.status, "assumed-role/Role.Admin/aws_admin" in again.err) == (0, True)


def test_the_process_wants_to_be_told_its_profile(prompt: Prompt) -> None:
    done = prompt.run("credential-process")
    assert (done.status, done.out) == (252, "")
    assert "aws-saml-login credential-process --profile NAME" in done.err


@pytest.mark.parametrize("option", [("--region", "us-east-1"), ("--no-verify-ssl",)])
def test_the_process_takes_no_option_that_makes_other_keys(
    option: tuple[str, ...], prompt: Prompt
) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    done = prompt.run("credential-process", "--profile", "dev", *option)
    assert (done.status, done.out) == (252, "")


def test_a_role_that_was_recalled_is_known_as_programs_know_it(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS, "--role-selection", "1", user="aws_admin").status == 0
    assert prompt.sign_in("--use-stored", user="aws_admin").status == 0
    assert len(list((prompt.home.aws / "saml" / "cache").glob("*.keys"))) == 1


# ---- status, logout, uninstall ----


def test_status_knows_the_cache(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    [row] = json.loads(prompt.run("status", "--profile", "dev").out)["Profiles"]
    assert (row["Store"], row["RoleArn"], row["Valid"]) == ("credential-process", ROLE_USER, True)


def test_status_does_not_count_the_keys_of_a_role_before(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS, "--role-arn", ROLE_ADMIN, user="aws_admin").status == 0
    by_hand = prompt.home.config.read_text().replace("Role.Admin", "Role.User")
    prompt.home.config.write_text(by_hand)
    done = prompt.run("status", "--profile", "dev")
    assert (done.status, json.loads(done.out)["Profiles"][0]["Valid"]) == (253, False)


def test_logout_empties_it_and_the_process_then_says_what_to_type(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    said = prompt.run("logout", "--profile", "dev").err
    assert "A program that uses profile dev signs in again" in said
    done = prompt.process()
    assert (done.returncode, done.stdout) == (253, "")
    assert "aws configure set saml_idp_url URL --profile dev" in done.stderr
    assert not list((prompt.home.aws / "saml" / "cache").glob("*.keys"))


def test_keys_of_settings_before_do_not_come_back_after_logout(prompt: Prompt) -> None:
    admin = ("--role-arn", ROLE_ADMIN)
    assert prompt.sign_in(*PROCESS, *admin, user="aws_admin").status == 0
    by_hand = prompt.home.config.read_text()
    prompt.home.config.write_text(by_hand.replace("Role.Admin", "Role.User"))
    assert prompt.sign_in(user="aws_admin").status == 0
    assert prompt.run("logout", "--profile", "dev").status == 0
    prompt.home.config.write_text(by_hand)
    assert prompt.process().returncode == 253


@pytest.mark.parametrize(
    ("options", "entries"), [((), 2), (("--username", "aws_admin"), 1)], ids=["nobody", "somebody"]
)
def test_two_profiles_share_keys_where_person_and_role_are_named(
    options: tuple[str, ...], entries: int, prompt: Prompt
) -> None:
    for profile in ("dev", "twin"):
        wanted = ("--region", "eu-west-1", "--role-arn", ROLE_ADMIN, *options)
        assert prompt.sign_in(*PROCESS, *wanted, user="aws_admin", profile=profile).status == 0
    assert len(list((prompt.home.aws / "saml" / "cache").glob("*.keys"))) == entries


def test_uninstall_keeps_the_launcher_while_a_profile_names_it(prompt: Prompt) -> None:
    assert prompt.run("configure", "--profile", "dev", *PROCESS).status == 0
    assert "Profile dev still runs this program" in prompt.run("uninstall").err
    assert prompt.run("configure", "--profile", "dev", *FILE).status == 0
    assert prompt.run("uninstall").status == 0
    assert not (prompt.home.aws / "saml" / "bin" / "aws-saml-login").exists()


# ---- the launcher ----


def test_the_launcher_goes_to_the_script_where_its_package_is_gone(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    launcher = prompt.home.aws / "saml" / "bin" / "aws-saml-login"
    package = str(Path(__file__).parents[2])
    launcher.write_text(launcher.read_text().replace(repr(package), "'/nonexistent'"))
    done = prompt.process()
    assert (done.returncode, json.loads(done.stdout)["Version"]) == (0, 1)
    assert repr(package) in launcher.read_text()  # and it is mended


def test_the_launcher_says_so_where_the_script_is_gone_too(prompt: Prompt) -> None:
    assert prompt.sign_in(*PROCESS).status == 0
    launcher = prompt.home.aws / "saml" / "bin" / "aws-saml-login"
    launcher.write_text(launcher.read_text().replace(str(SCRIPT), "/nonexistent/script"))
    assert prompt.run("logout", "--profile", "dev").status == 0
    done = prompt.process()
    assert (done.returncode, done.stdout) == (253, "")
    assert done.stderr.startswith("aws: [ERROR]: /nonexistent/script cannot be run")
