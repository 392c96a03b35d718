"""`aws-saml-login configure`: with options it asks nothing, without it asks at the terminal."""

from __future__ import annotations

from pathlib import Path

import pexpect
import pytest

from tests.command import SCRIPT, Home, ended, home_at

IDP = "https://idp.example.com/adfs/ls/IdpInitiatedSignOn.aspx"
ADDRESS = "Address that starts the AWS sign-in at your identity provider: "
NAME = "Nickname, to reuse it in other profiles (optional): "
LIST = "Choose (number or part of the name): "
ROLE = "Role ARN, name or pattern (Enter: ask every time) [none]: "
DURATION = "Session duration: seconds, 1h, 12h or max [3600]: "
REGION = "AWS region [none]: "

BY_HAND = """\
# mine
[default]
region=eu-central-1   ; here

[saml-idp corp]
saml_idp_url = https://sso.example.com/aws
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path)
    made.aws.mkdir()
    return made


def configure(home: Home, *answers: tuple[str, str], profile: str = "dev") -> tuple[int, str]:
    """Type these answers, and Enter at all the other questions; the status and what was said."""
    child: pexpect.spawn = home.start("configure", "--profile", profile)
    for question, answer in answers:
        while child.expect_exact([question, "]: "]) == 1:
            child.sendline("")
        child.sendline(answer)
    while child.expect_exact(["]: ", pexpect.EOF]) == 0:
        child.sendline("")
    return ended_quietly(child)


def ended_quietly(child: pexpect.spawn) -> tuple[int, str]:
    said = child.before
    child.close()
    return (child.exitstatus if child.exitstatus is not None else -1), said


def test_with_options_it_asks_nothing_and_keeps_every_other_byte(home: Home) -> None:
    home.config.write_text(BY_HAND)
    done = home.run("configure", "--profile", "dev", "--idp-url", IDP, "--region", "eu-west-1")
    assert (done.status, done.out) == (0, "")
    assert home.config.read_text() == (
        f"{BY_HAND}\n[profile dev]\nsaml_idp_url = {IDP}\nregion = eu-west-1\n"
    )


def test_a_nickname_goes_to_a_section_that_profiles_share(home: Home) -> None:
    options = ["--idp-nickname", "corp", "--idp-url", IDP, "--username", "jane"]
    assert home.run("configure", "--profile", "dev", *options).status == 0
    assert home.run("configure", "--profile", "prod", "--idp-nickname", "corp").status == 0
    assert home.config.read_text() == (
        f"[saml-idp corp]\nsaml_idp_url = {IDP}\nsaml_username = jane\n"
        "\n[profile dev]\nsaml_idp = corp\n\n[profile prod]\nsaml_idp = corp\n"
    )


SHARED = f"""\
[saml-idp corp]
saml_idp_url = {IDP}

[profile dev]
saml_idp = corp

[profile prod]
saml_idp = corp
"""


def test_a_section_that_others_use_changes_only_where_it_is_named(home: Home) -> None:
    home.config.write_text(SHARED)
    new = ("--idp-url", "https://new.example.com/aws")
    done = home.run("configure", "--profile", "prod", *new)
    assert home.config.read_text() == f"{SHARED}saml_idp_url = {new[1]}\n"
    assert f"[profile prod] in {home.config}:\n  saml_idp_url = {new[1]}\n" in done.err
    named = home.run("configure", "--profile", "prod", "--idp-nickname", "corp", *new)
    assert (
        f"[saml-idp corp] in {home.config}, which profiles dev and prod use:\n"
        f"  saml_idp_url = {new[1]} (it was {IDP})\n"
        f"[profile prod] in {home.config}:\n"
        f"  saml_idp_url is removed (it was {new[1]})\n"
    ) in named.err
    assert home.config.read_text() == SHARED.replace(IDP, new[1])


def test_a_section_that_one_profile_uses_is_its_own(home: Home) -> None:
    section = f"[saml-idp corp]\nsaml_idp_url = {IDP}\n"
    home.config.write_text(f"{section}[profile dev]\nsaml_idp = corp\n")
    done = home.run("configure", "--profile", "dev", "--username", "jane")
    shown = f"[saml-idp corp] in {home.config}, which profile dev uses:\n  saml_username = jane"
    assert shown in done.err


def test_a_name_that_other_sdks_cannot_find_is_warned_about(home: Home) -> None:
    store = ("--store", "credential-process")
    warned = home.run("configure", "--profile", "my dev", *store, command=[str(SCRIPT)])
    assert "The name of profile my dev needs quotes in the config file." in warned.err
    quiet = home.run("configure", "--profile", "my-dev", *store, command=[str(SCRIPT)])
    assert "needs quotes" not in quiet.err


def test_that_programs_need_the_folder_too_is_said(home: Home) -> None:
    folder = str(home.path / "own")
    words = ("configure", "--profile", "dev", "--store", "credential-process")
    done = home.run(*words, command=[str(SCRIPT)], environ={"AWS_SAML_FOLDER": folder})
    assert f"Programs need AWS_SAML_FOLDER={folder} in their environment, too." in done.err
    assert f"{folder}/bin/aws-saml-login" in home.config.read_text()


def test_a_new_identity_provider_is_asked_for_with_its_name(home: Home) -> None:
    status, _ = configure(home, (ADDRESS, IDP), (NAME, "corp"), (ROLE, "Dev"))
    assert status == 0
    assert home.config.read_text() == (
        f"[saml-idp corp]\nsaml_idp_url = {IDP}\n"
        "\n[profile dev]\nsaml_idp = corp\nsaml_role_arn = Dev\n"
    )


def test_without_a_name_the_address_stands_in_the_profile(home: Home) -> None:
    assert configure(home, (ADDRESS, IDP), (NAME, ""))[0] == 0
    assert home.config.read_text() == f"[profile dev]\nsaml_idp_url = {IDP}\n"


def test_one_that_is_known_is_chosen_by_its_number_or_name(home: Home) -> None:
    home.config.write_text(BY_HAND)
    assert configure(home, (LIST, "0"))[0] == 0
    assert configure(home, (LIST, "CORP"), profile="prod")[0] == 0
    assert home.config.read_text() == (
        f"{BY_HAND}\n[profile dev]\nsaml_idp = corp\n\n[profile prod]\nsaml_idp = corp\n"
    )


def test_a_plus_adds_one(home: Home) -> None:
    home.config.write_text(BY_HAND)
    assert configure(home, (LIST, "+"), (ADDRESS, IDP), (NAME, "other"))[0] == 0
    assert f"[saml-idp other]\nsaml_idp_url = {IDP}\n" in home.config.read_text()


def test_an_answer_that_cannot_be_used_is_asked_again(home: Home) -> None:
    status, _ = configure(
        home,
        *[(ADDRESS, "")] * 4,  # Enter is no attempt
        (ADDRESS, "corp"),
        (ADDRESS, f'"{IDP.removeprefix("https://")}"'),
        (f"Use {IDP}? [Y/n] ", ""),
        (NAME, ""),
        (DURATION, "soon"),
        (DURATION, "8h"),
        (REGION, "here and there"),
        (REGION, "eu-west-1"),
    )
    assert status == 0
    written = home.config.read_text()
    assert f"saml_idp_url = {IDP}\n" in written
    assert written.endswith("saml_session_duration = 8h\nregion = eu-west-1\n")


def test_enter_keeps_what_is_set(home: Home) -> None:
    home.run("configure", "--profile", "dev", "--idp-url", IDP, "--role-arn", "Dev")
    before = home.config.read_text()
    assert configure(home, ("Keep it? [Y/n] ", ""), ("pattern [Dev]: ", ""))[0] == 0
    assert home.config.read_text() == before


def test_without_a_terminal_it_says_which_option_answers(home: Home) -> None:
    done = home.run("configure", "--profile", "dev")
    assert (done.status, home.config.exists()) == (253, False)
    assert "--idp-url URL" in done.err
    home.aws.mkdir(exist_ok=True)
    home.config.write_text(BY_HAND)
    assert "An answer is needed (Identity providers)" in home.run("configure").err


def test_a_bad_value_is_refused_by_its_option(home: Home) -> None:
    done = home.run("configure", "--profile", "dev", "--session-duration", "soon")
    assert (done.status, "--session-duration is not usable" in done.err) == (252, True)


def test_dry_run_shows_the_change_and_makes_none(home: Home) -> None:
    done = home.run("configure", "--profile", "dev", "--idp-url", IDP, "--dry-run")
    assert (done.status, home.config.exists()) == (0, False)
    assert f"+saml_idp_url = {IDP}" in done.out


def test_undo_takes_it_back(home: Home) -> None:
    home.config.write_text(BY_HAND)
    home.run("configure", "--profile", "dev", "--idp-url", IDP)
    assert home.run("undo").status == 0
    assert home.config.read_text() == BY_HAND


def test_ctrl_c_at_a_question_changes_nothing(home: Home) -> None:
    child = home.start("configure", "--profile", "dev")
    child.expect_exact(ADDRESS)
    child.sendintr()
    assert ended(child)[0] == 130
    assert not home.config.exists()


# ---- --like ----

TWINNED = f"""\
[profile dev]
saml_idp_url = {IDP}
saml_role_arn = arn:aws:iam::123456789012:role/Dev
aws_access_key_id = AKIAEXAMPLE00000000
aws_secret_access_key = example
region = eu-west-1
endpoint_url = http://127.0.0.1:9
s3 =
  addressing_style = path
"""


def test_a_twin_has_the_settings_of_the_other_profile_and_its_own(home: Home) -> None:
    home.config.write_text(TWINNED)
    options = ("--like", "dev", "--policy-arns", "ReadOnlyAccess", "--region", "eu-west-2")
    assert home.run("configure", "--profile", "twin", *options).status == 0
    assert home.config.read_text() == (
        f"{TWINNED}\n[profile twin]\nsaml_idp_url = {IDP}\n"
        "saml_role_arn = arn:aws:iam::123456789012:role/Dev\nregion = eu-west-2\n"
        "endpoint_url = http://127.0.0.1:9\nsaml_policy_arns = ReadOnlyAccess\n"
    )


@pytest.mark.parametrize(
    ("like", "words", "status"),
    [
        ("nobody", "Profile 'nobody' does not exist (--like).", 253),
        ("devv", "Did you mean dev?", 253),
        ("plain", "Profile 'plain' has no SAML settings (--like).", 253),
        ("twin", "--like names profile twin itself.", 252),
    ],
)
def test_a_profile_that_cannot_be_copied_is_named(
    like: str, words: str, status: int, home: Home
) -> None:
    home.config.write_text(f"{TWINNED}[profile plain]\nregion = eu-west-1\n")
    before = home.config.read_bytes()
    done = home.run("configure", "--profile", "twin", "--like", like)
    assert (done.status, words in done.err) == (status, True)
    assert home.config.read_bytes() == before


def test_the_file_of_a_policy_is_saved_with_its_whole_path(home: Home, tmp_path: Path) -> None:
    policy = tmp_path / "p.json"
    policy.write_text('{"Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}')
    options = ("--idp-url", IDP, "--policy", "file://p.json")
    done = home.run("configure", "--profile", "dev", *options, cwd=tmp_path)
    assert done.status == 0
    assert f"saml_policy = file://{policy}\n" in home.config.read_text()


@pytest.mark.parametrize(
    "config",
    [
        "",
        "# only a comment",
        "[profile dev]",
        f"[profile dev]\nsaml_idp_url = {IDP}",
        f"[profile dev]\r\nsaml_idp_url = {IDP}\r\n",
        f"[profile dev]\nsaml_idp_url = {IDP}\n\n\n# the end",
        f"[saml-idp corp]\nsaml_idp_url = {IDP}\n[profile dev]\nsaml_idp = corp",
        "[profile a]\nregion = eu-west-1",
    ],
)
def test_a_switch_of_the_store_and_back_leaves_every_byte(config: str, home: Home) -> None:
    home.config.write_bytes(config.encode())
    for store in ("credential-process", "credential-process", "credentials-file"):
        done = home.run("configure", "--profile", "dev", "--store", store, command=[str(SCRIPT)])
        assert done.status == 0, done.err
    assert home.config.read_bytes() == config.encode()
