"""The two stores of a profile: from one to the other and back, and what programs get from them."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from tests.command import AWS, CREDENTIALS_BY_HAND, SCRIPT, Done, Home, home_at

PROCESS = ("--store", "credential-process")
FILE = ("--store", "credentials-file")

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


class Cli:
    """The command in a home folder, which signs in with an assertion of the demo."""

    def __init__(self, demo: Demo, home: Home) -> None:
        self.demo = demo
        self.home = home

    def sign_in(self, *options: str, user: str = "aws_user", profile: str = "dev") -> Done:
        idp = self.demo.idp
        given = idp.saml_response(next(person for person in idp.users if person.name == user))
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
        """Run the `credential_process` of the profile as an SDK does."""
        return subprocess.run(
            shlex.split(self.config(profile)["credential_process"]),
            env=self.home.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def cli(demo: Demo, home: Home) -> Cli:
    return Cli(demo, home)


# ---- what is stored, and who gets it ----


def test_the_process_store_keeps_no_key_in_the_credentials_file(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_its_process_prints_the_five_values_of_version_1_and_nothing_else(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    done = cli.process()
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(answer) == [
        *("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"),
    ]


def test_the_real_aws_signs_with_it(cli: Cli) -> None:
    if not AWS.exists():
        pytest.skip(f"{AWS} is not installed")
    assert cli.sign_in(*PROCESS).status == 0
    done = cli.home.run(
        *("sts", "get-caller-identity", "--profile", "dev", "--query", "Arn"),
        *("--endpoint-url", cli.demo.aws_url),
        command=[str(AWS)],
    )
    assert done.err == ""
    assert json.loads(done.out).endswith(":assumed-role/Role.User/aws_user")


def test_a_profile_with_a_blank_in_its_name_has_a_process_too(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS, profile="my dev").status == 0
    command = cli.config("my dev")["credential_process"]
    # The SDK for Go takes a quote off that both begins and ends the command.
    assert (command[0], command[-1]) == ('"', "'")
    assert cli.process("my dev").returncode == 0


def test_options_of_the_sign_in_are_kept_for_the_renewals(cli: Cli) -> None:
    chosen = ("--role-arn", "Role.Admin", "--session-duration", "900", "--username", "aws_admin")
    assert cli.sign_in(*PROCESS, *chosen, user="aws_admin").status == 0
    kept = cli.config()
    assert kept["saml_role_arn"] == "Role.Admin"
    assert kept["saml_session_duration"] == "900"
    assert kept["saml_username"] == "aws_admin"
    assert kept["endpoint_url"] == cli.demo.aws_url


def test_what_is_said_names_the_process(cli: Cli) -> None:
    said = cli.sign_in(*PROCESS).err
    assert "are in the cache of profile dev.\n" in said
    assert "; programs that use the profile renew them. To try them:\n" in said


# ---- from one to the other and back ----


def test_there_and_back_again_leaves_both_files_as_a_plain_sign_in_does(cli: Cli) -> None:
    assert cli.sign_in().status == 0
    assert cli.home.config.read_text() == CONFIG_BY_HAND
    keys = cli.home.credentials.read_text()
    assert cli.sign_in(*PROCESS).status == 0
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND
    assert cli.sign_in(*FILE).status == 0
    assert cli.home.config.read_text() == CONFIG_BY_HAND
    assert len(cli.home.credentials.read_text()) == len(keys)


def test_going_back_takes_out_what_going_there_put_in_and_says_each_line(cli: Cli) -> None:
    role, username = ("--role-arn", "Role.User"), ("--username", "aws_user")
    there = cli.sign_in(*PROCESS, *role, *username)
    assert there.status == 0, there.err
    for line in ("saml_role_arn = Role.User", "saml_username = aws_user", "saml_store = "):
        assert f"\n  {line}" in there.err
    assert cli.run("configure", "--profile", "dev", "--username", "aws_admin").status == 0
    back = cli.run("configure", "--profile", "dev", *FILE)
    assert "\n  saml_role_arn is removed (it was Role.User)" in back.err
    # Changed by the person since: it stays.
    own = "region  =  eu-west-1\n"
    changed = CONFIG_BY_HAND.replace(own, f"{own}saml_username = aws_admin\n")
    assert cli.home.config.read_text() == changed


def test_what_the_switch_replaced_comes_back(cli: Cli) -> None:
    by_hand = f"{CONFIG_BY_HAND}saml_session_duration = 1h\n"
    cli.home.config.write_text(by_hand)
    assert cli.sign_in(*PROCESS, "--session-duration", "900").status == 0
    assert cli.config()["saml_session_duration"] == "900"
    assert cli.sign_in(*FILE).status == 0
    assert cli.home.config.read_text() == by_hand


def test_a_switch_leaves_the_section_of_the_identity_provider_alone(cli: Cli) -> None:
    section = "[saml-idp corp]\nsaml_idp_url = https://idp.example.com/\n"
    by_hand = f"{section}\n[profile dev]\nsaml_idp = corp\n"
    cli.home.config.write_text(by_hand)
    assert cli.sign_in(*PROCESS, "--username", "aws_user").status == 0
    assert cli.config()["saml_username"] == "aws_user"
    assert cli.sign_in(*FILE).status == 0
    assert cli.home.config.read_text() == by_hand


def test_a_role_that_is_not_offered_is_named_with_the_place_that_has_it(cli: Cli) -> None:
    assert cli.run("configure", "--profile", "dev", "--role-arn", "Nobody").status == 0
    done = cli.sign_in()
    assert "The role 'Nobody' (saml_role_arn of profile dev) is not offered" in done.err
    named = cli.sign_in("--role-arn", "Nobody")
    assert "The role 'Nobody' (--role-arn) is not offered" in named.err


def test_undo_takes_back_the_switch(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    assert cli.run("undo").status == 0
    assert cli.home.config.read_text() == CONFIG_BY_HAND


def test_a_sign_in_without_the_option_stays_with_the_store_of_the_profile(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    assert cli.sign_in().status == 0
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_the_last_choice_of_a_role_counts_whatever_the_store(cli: Cli) -> None:
    chosen = ("--role-selection", "0")
    assert cli.sign_in(*PROCESS, *chosen, user="aws_admin").status == 0
    assert cli.sign_in(*FILE, "--role-selection", "1", user="aws_admin").status == 0
    assert cli.run("configure", "--profile", "dev", *PROCESS).status == 0
    assert cli.process().returncode == 253  # and not the keys of the choice before


def test_what_stands_in_the_environment_only_is_told(cli: Cli) -> None:
    cli.home.environ["AWS_SAML_USERNAME"] = "aws_user"
    said = cli.sign_in(*PROCESS).err
    assert "Programs need AWS_SAML_USERNAME in their environment, too" in said


def test_configure_writes_the_process_and_takes_it_out_again(cli: Cli) -> None:
    dev = ("configure", "--profile", "dev")
    assert cli.run(*dev, *PROCESS).status == 0
    assert cli.config()["credential_process"].endswith(" credential-process --profile dev")
    assert cli.run(*dev, *FILE).status == 0
    assert cli.home.config.read_text() == CONFIG_BY_HAND


def test_configure_takes_out_the_keys_that_would_hide_the_process(cli: Cli) -> None:
    assert cli.sign_in().status == 0
    assert cli.run("configure", "--profile", "dev", *PROCESS).status == 0
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_long_lived_keys_are_not_taken_out_unasked(cli: Cli) -> None:
    cli.home.credentials.write_text("[dev]\naws_access_key_id=AKIA\naws_secret_access_key=s\n")
    done = cli.sign_in(*PROCESS)
    assert done.status == 253
    assert "Profile dev has long-lived keys" in done.err
    assert cli.home.config.read_text() == CONFIG_BY_HAND


def test_with_overwrite_they_go_and_undo_brings_them_back(cli: Cli) -> None:
    by_hand = "[dev]\naws_access_key_id=AKIA\naws_secret_access_key=s\n"
    cli.home.credentials.write_text(by_hand)
    assert cli.sign_in(*PROCESS, "--overwrite").status == 0
    assert "aws_access_key_id" not in cli.home.credentials.read_text()
    assert cli.run("undo").status == 0
    assert cli.home.credentials.read_text() == by_hand


def test_a_dry_run_shows_the_process_and_does_nothing(cli: Cli) -> None:
    done = cli.sign_in(*PROCESS, "--dry-run")
    assert "+credential_process = " in done.out
    assert "+saml_store = credential-process" in done.out
    assert cli.home.config.read_text() == CONFIG_BY_HAND
    assert not (cli.home.aws / "saml" / "bin").exists()


def test_the_role_before_is_known_to_the_next_sign_in(cli: Cli) -> None:
    chosen = cli.sign_in(*PROCESS, "--role-selection", "1", user="aws_admin")
    assert chosen.status == 0
    again = cli.sign_in("--use-stored", user="aws_admin")
    assert (again.status, "Role.Admin" in again.err) == (0, True), again.err


def test_the_process_wants_to_be_told_its_profile(cli: Cli) -> None:
    done = cli.run("credential-process")
    assert (done.status, done.out) == (252, "")
    assert "aws-saml-login credential-process --profile NAME" in done.err


@pytest.mark.parametrize("option", [("--region", "us-east-1"), ("--no-verify-ssl",)])
def test_the_process_takes_no_option_that_makes_other_keys(
    option: tuple[str, ...], cli: Cli
) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    done = cli.run("credential-process", "--profile", "dev", *option)
    assert (done.status, done.out) == (252, "")


def test_a_role_that_was_recalled_is_known_as_programs_know_it(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS, "--role-selection", "1", user="aws_admin").status == 0
    assert cli.sign_in("--use-stored", user="aws_admin").status == 0
    assert len(list((cli.home.aws / "saml" / "cache").glob("*.keys"))) == 1


# ---- status, logout, uninstall ----


def test_status_knows_the_cache(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    [row] = json.loads(cli.run("status", "--profile", "dev").out)["Profiles"]
    assert (row["Store"], row["RoleArn"], row["Valid"]) == ("credential-process", ROLE_USER, True)


def test_status_does_not_count_the_keys_of_a_role_before(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS, "--role-arn", ROLE_ADMIN, user="aws_admin").status == 0
    by_hand = cli.home.config.read_text().replace("Role.Admin", "Role.User")
    cli.home.config.write_text(by_hand)
    done = cli.run("status", "--profile", "dev")
    assert (done.status, json.loads(done.out)["Profiles"][0]["Valid"]) == (253, False)


def test_logout_empties_it_and_the_process_then_says_what_to_type(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    said = cli.run("logout", "--profile", "dev").err
    assert "A program that uses profile dev signs in again" in said
    done = cli.process()
    assert (done.returncode, done.stdout) == (253, "")
    assert "aws configure set saml_idp_url URL --profile dev" in done.stderr
    assert not list((cli.home.aws / "saml" / "cache").glob("*.keys"))


def test_logout_all_removes_the_credentials_of_every_profile(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS, profile="shared").status == 0
    assert cli.sign_in().status == 0
    kept = cli.home.aws / "saml" / "browser" / "0123"
    kept.mkdir(parents=True)
    done = cli.run("logout", "--all")
    assert done.status == 0
    assert "from profile dev." in done.err
    assert "from profile shared." in done.err
    assert "logout --all --forget-idp-session" in done.err
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND
    assert cli.process("shared").returncode == 253
    again = cli.run("logout", "--all", "--forget-idp-session")
    assert "No profile has credentials from aws saml-login." in again.err
    assert "Removed 1 browser profile of identity providers." in again.err
    assert not kept.exists()
    refused = cli.run("logout", "--all", "--profile", "dev")
    assert refused.status == 252


def test_uninstall_lists_what_stays_and_the_commands_that_remove_it(cli: Cli) -> None:
    assert cli.run("uninstall").err == "Nothing to uninstall.\n"
    assert cli.sign_in().status == 0
    (cli.home.aws / "saml" / "browser" / "0123").mkdir(parents=True)
    said = cli.run("uninstall").err
    assert "Credentials of dev stay until they expire." in said
    assert "1 browser profile with sessions of identity providers stays." in said
    commands = [line for line in said.splitlines() if line.startswith("  ")]
    assert len(commands) == 3
    for command in commands:
        done = cli.home.run(command=["sh", "-c", command])
        assert done.status == 0, done.err
    assert not (cli.home.aws / "saml").exists()
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_uninstall_names_the_folder_where_only_notes_of_sign_ins_stay(cli: Cli) -> None:
    folder = cli.home.aws / "saml"
    (folder / "issuers").mkdir(parents=True)
    (folder / "issuers" / "0123.json").write_text("{}")
    assert f"{folder} stays" in cli.run("uninstall").err


def test_uninstall_before_the_program_goes_names_no_command_of_it(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS, profile="shared").status == 0
    assert cli.sign_in().status == 0
    (cli.home.aws / "saml" / "browser" / "0123").mkdir(parents=True)
    environ = {"AWS_SAML_PROGRAM_GOES": "1"}
    said = cli.home.run("uninstall", command=[str(SCRIPT)], environ=environ).err
    assert "Remove credential_process from [profile shared]." in said
    assert f"Credentials of dev, shared stay until they expire, in {cli.home.credentials}" in said
    assert str(SCRIPT) not in said
    assert "saml-login " not in said
    [command] = [line for line in said.splitlines() if line.startswith("  ")]
    assert cli.home.run(command=["sh", "-c", command]).status == 0
    assert not (cli.home.aws / "saml").exists()


def test_keys_of_settings_before_do_not_come_back_after_logout(cli: Cli) -> None:
    admin = ("--role-arn", ROLE_ADMIN)
    assert cli.sign_in(*PROCESS, *admin, user="aws_admin").status == 0
    by_hand = cli.home.config.read_text()
    cli.home.config.write_text(by_hand.replace("Role.Admin", "Role.User"))
    assert cli.sign_in(user="aws_admin").status == 0
    assert cli.run("logout", "--profile", "dev").status == 0
    cli.home.config.write_text(by_hand)
    assert cli.process().returncode == 253


@pytest.mark.parametrize(
    ("options", "entries"), [((), 2), (("--username", "aws_admin"), 1)], ids=["nobody", "somebody"]
)
def test_two_profiles_share_keys_where_person_and_role_are_named(
    options: tuple[str, ...], entries: int, cli: Cli
) -> None:
    for profile in ("dev", "twin"):
        wanted = ("--region", "eu-west-1", "--role-arn", ROLE_ADMIN, *options)
        assert cli.sign_in(*PROCESS, *wanted, user="aws_admin", profile=profile).status == 0
    assert len(list((cli.home.aws / "saml" / "cache").glob("*.keys"))) == entries


def test_uninstall_keeps_the_launcher_while_a_profile_names_it(cli: Cli) -> None:
    assert cli.run("configure", "--profile", "dev", *PROCESS).status == 0
    assert "Profile dev still runs this program" in cli.run("uninstall").err
    assert cli.run("configure", "--profile", "dev", *FILE).status == 0
    assert cli.run("uninstall").status == 0
    assert not (cli.home.aws / "saml" / "bin" / "aws-saml-login").exists()


# ---- the launcher ----


def test_the_launcher_goes_to_the_script_where_its_package_is_gone(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    launcher = cli.home.aws / "saml" / "bin" / "aws-saml-login"
    package = str(Path(__file__).parents[2])
    launcher.write_text(launcher.read_text().replace(repr(package), "'/nonexistent'"))
    done = cli.process()
    assert (done.returncode, json.loads(done.stdout)["Version"]) == (0, 1)
    assert repr(package) in launcher.read_text()  # and it is mended


def test_the_launcher_says_so_where_the_script_is_gone_too(cli: Cli) -> None:
    assert cli.sign_in(*PROCESS).status == 0
    launcher = cli.home.aws / "saml" / "bin" / "aws-saml-login"
    launcher.write_text(launcher.read_text().replace(str(SCRIPT), "/nonexistent/script"))
    assert cli.run("logout", "--profile", "dev").status == 0
    done = cli.process()
    assert (done.returncode, done.stdout) == (253, "")
    assert done.stderr.startswith("aws saml-login: [ERROR]: /nonexistent/script cannot be run")
