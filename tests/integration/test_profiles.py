"""The profile that a command is for: named, offered, misspelt, or written wrongly."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.command import DOOR, Done, Home, ended, home_at, typed
from tests.saml import USER_ROLE, saml_response

CONFIG = """\
[profile dev]
saml_idp_url = https://idp.example.com/aws
saml_username = jane

[profile prod]
saml_idp = corp

[saml-idp corp]
saml_idp_url = https://sso.example.com/aws

[profile plain]
region = eu-west-1
"""
ROLE = "arn:aws:iam::123456789012:role/Role.Admin"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = home_at(tmp_path)
    home.aws.mkdir()
    home.config.write_text(CONFIG)
    return home


def stored(home: Home, profile: str, end: timedelta, *, more: str = "") -> None:
    """Write credentials as a sign-in stores them."""
    expires = (datetime.now(timezone.utc) + end).isoformat(timespec="seconds")
    with home.credentials.open("a") as file:
        file.write(
            f"[{profile}]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = example\n"
            f"aws_session_token = example\naws_security_token = example\n"
            f"x_security_token_expires = {expires}\n"
            "x_principal_arn = arn:aws:sts::123456789012:assumed-role/Role.Admin/jane\n"
            f"x_saml_role_arn = {ROLE}\n{more}\n"
        )


# ---- which profile ----


def test_the_profiles_with_saml_settings_are_offered(home: Home) -> None:
    child = typed(home.start("--dry-run"), ("Choose (number or part of the name): ", "dev"))
    status, said = ended(child)
    assert (status, "+[dev]" in said) == (0, True)


def test_a_new_profile_is_offered_as_well(home: Home) -> None:
    child = home.start("--dry-run")
    child.expect_exact("a new profile, saml")
    child = typed(child, ("Choose (number or part of the name): ", "new"))
    child.expect_exact("Identity providers:")
    child.sendintr()
    assert ended(child)[0] == 130


def test_without_a_terminal_the_profiles_are_named(home: Home) -> None:
    done = home.run()
    assert done.status == 253
    assert "The profiles with SAML settings are dev, prod." in done.err
    assert done.err.endswith(f"\n{DOOR} --profile dev\n")


@pytest.mark.parametrize("verb", ["", "status", "roles"])
def test_a_misspelt_profile_is_told_with_the_right_one(verb: str, home: Home) -> None:
    done = home.run(*filter(None, [verb]), "--profile", "pord")
    assert done.status == 253
    assert "There is no profile pord. Did you mean prod?" in done.err
    command = f"{DOOR} status" if verb == "status" else DOOR
    assert done.err.endswith(f"\n{command} --profile prod\n")


@pytest.mark.parametrize("verb", ["", "status"])
def test_a_section_without_the_word_profile_is_recognised(verb: str, home: Home) -> None:
    home.config.write_text("[dev]\nsaml_idp_url = https://idp.example.com/aws\n")
    done = home.run(*filter(None, [verb]), "--profile", "dev")
    assert done.status == 253
    assert done.err.endswith("\nRename the section [dev] to [profile dev].\n")


@pytest.mark.parametrize("words", [["configure", "--username", "jane"], ["--assertion", "-"]])
def test_a_section_of_another_name_is_recognised_where_no_address_is_needed(
    words: list[str], home: Home
) -> None:
    config = "[Profile dev]\nsaml_role_arn = Dev\n"
    home.config.write_text(config)
    done = home.run(*words, "--profile", "dev", stdin=saml_response(USER_ROLE))
    assert (done.status, home.config.read_text()) == (253, config)
    assert done.err.endswith("\nRename the section [Profile dev] to [profile dev].\n")


def test_a_misspelt_nickname_is_told_with_the_right_one(home: Home) -> None:
    done = home.run("--profile", "dev", "--idp-nickname", "crop")
    assert (done.status, "Did you mean corp?" in done.err) == (253, True)


def test_a_misspelt_setting_is_told_before_the_sign_in(home: Home) -> None:
    home.config.write_text(CONFIG.replace("saml_username", "saml_usernam"))
    done = home.run("--profile", "dev", "--dry-run")
    assert (done.status, "Did you mean saml_username?" in done.err) == (0, True)


# ---- status ----


def rows(done: Done) -> dict[str, dict[str, object]]:
    return {row["Profile"]: row for row in json.loads(done.out)["Profiles"]}


def test_a_pipe_gets_json_of_every_profile(home: Home) -> None:
    stored(home, "dev", timedelta(hours=1))
    row = rows(home.run("status"))["dev"]
    assert 3500 < int(str(row.pop("RemainingSeconds"))) <= 3600
    assert row.pop("Expiration")
    assert row == {
        "Profile": "dev",
        "AccountId": "123456789012",
        "AccountName": None,
        "RoleArn": ROLE,
        "Username": "jane",
        "IdentityProvider": "idp.example.com",
        "Store": "credentials-file",
        "Restricted": [],
        "IssuedBy": None,
        "Valid": True,
        "Problem": None,
    }


def test_a_terminal_gets_a_table(home: Home) -> None:
    stored(home, "dev", timedelta(hours=1, seconds=30))
    child = home.start("status", environ={"TERM": "dumb"})
    status, said = ended(child)
    lines = [line.split() for line in said.splitlines()]
    assert status == 253
    assert lines[0][-6:] == ["User", "Identity", "provider", "Store", "Valid", "for"]
    assert lines[1] == (
        "dev 123456789012 Role.Admin jane idp.example.com credentials-file 60 minutes".split()
    )
    assert lines[2] == "prod - - - sso.example.com - signed out".split()
    assert [DOOR.split()[0], "-m", "aws_saml_ext", "--profile", "prod"] in lines


def test_output_asks_for_json_at_a_terminal_too(home: Home) -> None:
    status, said = ended(home.start("status", "--output", "json"))
    assert (status, '"Profiles"' in said) == (253, True)


PROCESS = "credential_process = /x/aws-saml-login credential-process --profile dev\n"


@pytest.mark.parametrize(
    ("config", "credentials", "problem"),
    [
        (
            PROCESS,
            "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
            (
                "Credentials in the credentials file that aws saml-login did not store hide its "
                "credential_process."
            ),
        ),
        (
            "sso_session = corp\n",
            "",
            "The SDKs use its sso_session instead: remove it, or use another profile.",
        ),
        (
            "",
            "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
            (
                "Credentials in the credentials file that aws saml-login did not store are used "
                "instead."
            ),
        ),
        (
            PROCESS,
            "[dev]\naws_access_key_id =\n",
            (
                "Credentials in the credentials file that aws saml-login did not store hide its "
                "credential_process."
            ),
        ),
    ],
    ids=["hidden process", "sso", "long-lived keys", "empty key"],
)
def test_what_the_sdks_use_instead_is_told(
    config: str, credentials: str, problem: str, home: Home
) -> None:
    home.config.write_text(CONFIG.replace("[profile dev]\n", f"[profile dev]\n{config}"))
    home.credentials.write_text(credentials)
    row = rows(home.run("status"))["dev"]
    assert (row["Valid"], row["Problem"]) == (False, problem)


def test_no_sign_in_is_advised_against_another_kind_of_sign_in(home: Home) -> None:
    home.config.write_text(CONFIG.replace("[profile dev]\n", "[profile dev]\nsso_session = corp\n"))
    assert "--profile dev" not in home.run("status", "--profile", "dev").err


def test_keys_in_the_environment_are_told(home: Home) -> None:
    done = home.run("status", "--profile", "dev", environ={"AWS_ACCESS_KEY_ID": "AKIAX"})
    assert "AWS_ACCESS_KEY_ID is set, and overrides profile dev in programs" in done.err


def test_expired_credentials_that_hide_the_process_are_told(home: Home) -> None:
    home.config.write_text(CONFIG.replace("[profile dev]\n", f"[profile dev]\n{PROCESS}"))
    stored(home, "dev", timedelta(hours=-1))
    row = rows(home.run("status"))["dev"]
    assert row["Problem"] == (
        "Expired credentials in the credentials file hide its credential_process."
    )
