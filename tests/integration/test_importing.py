"""`configure --from`: files as other tools wrote them become profiles, and nothing is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.command import DOOR, Done, Home, ended, home_at

WRITTEN = Path(__file__).parents[1] / "peers"
FILES = {
    "saml2aws": ".saml2aws",
    "aws-config": ".aws/config",
    "okta.yaml": ".okta/okta.yaml",
    "gimme-aws-creds": ".okta_aws_login_config",
    "awscli-saml-sso": ".awscli_saml_sso/credentials",
}
ADFS = "adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices"
KEYCLOAK = "https://id.globex.example/auth/realms/corp/protocol/saml/clients/aws"
USER = "arn:aws:iam::123456789012:role/Role.User"
ROLE_KEY = "azure_default_role_arn"
ADMIN = "arn:aws:iam::123456789012:role/Role.Admin"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path)
    made.aws.mkdir()
    return made


def give(home: Home, *files: str) -> None:
    """Put files of other tools to where these look for them."""
    for file in files:
        path = home.path / FILES[file]
        path.parent.mkdir(exist_ok=True)
        shutil.copy(WRITTEN / file, path)


def imported(home: Home, source: str, *options: str) -> Done:
    return home.run("configure", "--from", source, *options)


EXPECTED = {
    "saml2aws": f"""\
[saml-idp globex]
saml_idp_url = {KEYCLOAK}
saml_username = jane

[saml-idp initech]
saml_idp_url = https://adfs.initech.example/{ADFS}
saml_username = INITECH\\jane

[saml-idp activedirectory]
saml_idp_url = https://account.activedirectory.windowsazure.com/applications/redirecttofederatedapplication.aspx?Operation=LinkedSignIn&applicationId=11111111-2222-4333-8444-555555555555
saml_username = jane@globex.example

[profile dev]
saml_idp = globex
saml_role_arn = {USER}
region = eu-west-1

[profile prod]
saml_idp = globex
saml_role_arn = arn:aws:iam::210987654321:role/Role.Admin
saml_session_duration = 28800
saml_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess

[profile saml]
saml_idp = initech

[profile entra]
saml_idp = activedirectory
""",
    "okta-aws-cli": f"""\
[saml-accounts]
123456789012 = Globex production

[saml-idp globex]
saml_idp_url = https://globex.okta.com/app/amazon_aws/0oafedexample/sso/saml

[profile okta-dev]
saml_idp = globex
saml_role_arn = {USER}
saml_provider_arn = arn:aws:iam::123456789012:saml-provider/Globex
saml_session_duration = 7200
""",
    "gimme-aws-creds": f"""\
[saml-idp globex]
saml_idp_url = https://globex.okta.com/home/amazon_aws/0oa1example/272
saml_username = jane@globex.example

[profile Role.User]
saml_idp = globex
saml_role_arn = {USER}

[profile globex-admin]
saml_idp = globex
saml_role_arn = /:role/Admin/
saml_session_duration = 7200
""",
    "awscli-saml-sso": f"""\
[saml-idp globex]
saml_idp_url = https://login.microsoftonline.com/8c0f1a3e-0000-4000-8000-000000000001/saml2?SAMLRequest=example
saml_username = jane@globex.example
saml_browser = edge

[saml-idp initech]
saml_idp_url = https://adfs.initech.example/{ADFS}

[profile saml]
saml_idp = globex
""",
}


@pytest.mark.parametrize("tool", EXPECTED)
def test_the_file_of_a_tool_becomes_profiles_of_ours(tool: str, home: Home) -> None:
    give(home, *FILES)
    home.config.unlink()
    done = imported(home, tool, "--overwrite")
    assert done.status == 0, done.err
    assert home.config.read_text() == EXPECTED[tool]


RELEASES = sorted(path.stem for path in WRITTEN.glob("*.imported"))
"""Files that `configure` of a release of a tool wrote, each beside the config that it becomes."""


@pytest.mark.parametrize("release", RELEASES)
def test_a_file_that_a_release_wrote_becomes_profiles_of_ours(release: str, home: Home) -> None:
    tool = release.rpartition("-")[0]
    path = home.path / FILES.get(tool, ".aws/config")
    path.parent.mkdir(exist_ok=True)
    shutil.copy(WRITTEN / release, path)
    done = imported(home, tool, "--overwrite")
    assert done.status == 0, done.err
    assert home.config.read_text() == (WRITTEN / f"{release}.imported").read_text()


def test_several_roles_of_a_profile_are_a_command(home: Home) -> None:
    shutil.copy(WRITTEN / "gimme-aws-creds-2.8.2", home.path / FILES["gimme-aws-creds"])
    done = imported(home, "gimme-aws-creds", "--dry-run")
    assert f"For them: {DOOR} --roles all --profile 'every one'\n" in done.err


def test_of_many_profiles_one_has_its_command(home: Home) -> None:
    shutil.copy(WRITTEN / "gimme-aws-creds-2.8.2", home.path / FILES["gimme-aws-creds"])
    done = imported(home, "gimme-aws-creds", "--overwrite")
    assert done.err.endswith(f"Sign in with:\n  {DOOR} --profile Role.User\n  {DOOR} --all\n")


@pytest.mark.parametrize(
    ("tool", "added"),
    [
        ("aws-adfs", [f"saml_role_arn = {USER}", f"saml_role_arn = {ADMIN}"]),
        ("aws-azure-login", [f"saml_role_arn = {ADMIN}", "saml_keep_session = true"]),
    ],
)
def test_settings_in_a_profile_are_added_to_it(tool: str, added: list[str], home: Home) -> None:
    give(home, "aws-config")
    before = home.config.read_text().splitlines()
    done = imported(home, tool, "--overwrite")
    after = home.config.read_text().splitlines()
    assert done.status == 0, done.err
    assert [line for line in before if line not in after] == []
    assert [line for line in added if line not in after] == []


def test_a_dry_run_prints_the_change_and_makes_none(home: Home) -> None:
    give(home, "saml2aws")
    done = imported(home, "saml2aws", "--dry-run")
    assert (done.status, home.config.exists()) == (0, False)
    assert "+[saml-idp globex]" in done.out.splitlines()


def test_the_second_time_nothing_changes(home: Home) -> None:
    give(home, *FILES)
    imported(home, "all", "--overwrite")
    before = home.config.read_bytes()
    done = imported(home, "all", "--dry-run")
    assert (done.status, done.out, home.config.read_bytes()) == (0, "", before)
    assert "Everything is there already." in done.err


def test_undo_restores_the_config_and_the_files_of_the_tools_stay(home: Home) -> None:
    give(home, *FILES)
    paths = [home.path / file for file in FILES.values()]
    before = [path.read_bytes() for path in paths]
    times = [path.stat().st_mtime_ns for path in paths if path != home.config]
    assert imported(home, "all", "--overwrite").status == 0
    assert home.config.read_bytes() != before[1]
    assert home.run("undo").status == 0
    assert [path.read_bytes() for path in paths] == before
    assert [path.stat().st_mtime_ns for path in paths if path != home.config] == times


def test_no_secret_of_another_tool_is_taken_anywhere(home: Home) -> None:
    give(home, *FILES)
    secret = "example-of-a-secret"
    with (home.path / ".saml2aws").open("a") as file:
        file.write(f"password = {secret}\nduo_mfa_option = {secret}\n")
    with (home.path / ".okta_aws_login_config").open("a") as file:
        file.write(f"device_token = {secret}\nokta_api_key = {secret}\n")
    okta = home.path / ".okta/okta.yaml"
    okta.write_text(okta.read_text().replace("example-private-key", secret))
    with (home.path / ".awscli_saml_sso/credentials").open("a") as file:
        file.write(f"password = {secret}\n")
    config = home.config.read_text()
    home.config.write_text(
        config.replace("azure_default_role", f"azure_default_password={secret}\nazure_default_role")
    )
    output = [imported(home, "all", *options) for options in (["--dry-run"], ["--overwrite"])]
    assert [done.status for done in output] == [0, 0]
    assert secret not in "".join(done.out + done.err for done in output)
    ours = [path.read_text(errors="replace") for path in (home.aws / "saml").rglob("*.json")]
    assert ours != []
    assert secret not in "".join(ours)
    assert home.config.read_text().count(secret) == 1


def test_a_profile_with_a_password_in_clear_text_is_left_and_the_line_named(home: Home) -> None:
    give(home, "aws-config")
    config = home.config.read_text().replace(
        "azure_default_role", "azure_default_password=x\nazure_default_role"
    )
    home.config.write_text(config)
    done = imported(home, "aws-azure-login", "--overwrite")
    assert (done.status, home.config.read_text()) == (253, config)
    assert "azure_default_password lies in clear text" in done.err


def test_values_with_percent_signs_and_commands_stay_text(home: Home) -> None:
    hostile = "$(touch x) %(url)s `touch y`"
    (home.path / ".saml2aws").write_text(
        f"[dev]\nurl = https://idp.example.com/a?x=%(url)s\nprovider = Okta\n"
        f"username = {hostile}\naws_profile = dev\n"
    )
    assert imported(home, "saml2aws", "--overwrite").status == 0
    assert f"saml_username = {hostile}" in home.config.read_text().splitlines()
    assert not (Path.cwd() / "x").exists()


def test_an_unusable_value_is_left_out_and_named(home: Home) -> None:
    (home.path / ".saml2aws").write_text(
        "[dev]\nurl = https://idp.example.com/aws\nprovider = Okta\naws_profile = dev\n"
        "role_arn = arn:aws:iam::1:role/\naws_session_duration = 99999\n"
    )
    done = imported(home, "saml2aws", "--overwrite")
    assert done.status == 0
    assert "saml_session_duration is not taken: " in done.err
    assert "saml_session_duration" not in home.config.read_text()


@pytest.mark.parametrize("url", ["http://idp.example.com", "https://signin.aws.amazon.com/saml"])
def test_an_address_that_is_not_for_sign_ins_is_not_taken(url: str, home: Home) -> None:
    (home.path / ".saml2aws").write_text(f"[dev]\nurl = {url}\nprovider = Okta\n")
    done = imported(home, "saml2aws", "--overwrite")
    assert (done.status, home.config.exists()) == (253, False)
    assert "its address is not usable" in done.err


def test_what_is_there_with_another_value_stays_and_is_named(home: Home) -> None:
    give(home, "saml2aws")
    own = "[profile dev]\nsaml_role_arn = Mine\n"
    home.config.write_text(own)
    done = imported(home, "saml2aws", "--profile", "dev")
    assert done.status == 0
    assert "saml_role_arn = Mine" in home.config.read_text().splitlines()
    assert "saml_role_arn has another value already" in done.err


def test_a_profile_of_another_identity_provider_stays(home: Home) -> None:
    give(home, "saml2aws")
    own = "[profile dev]\nsaml_idp_url = https://other.example.com/aws\n"
    home.config.write_text(own)
    done = imported(home, "saml2aws", "--profile", "dev")
    assert (done.status, home.config.read_text()) == (253, own)


def test_a_profile_names_the_only_account_that_is_taken(home: Home) -> None:
    give(home, "saml2aws")
    assert imported(home, "saml2aws", "--profile", "saml").status == 0
    headers = [line for line in home.config.read_text().splitlines() if line.startswith("[")]
    assert headers == ["[saml-idp initech]", "[profile saml]"]


def test_without_a_terminal_and_a_name_nothing_is_written(home: Home) -> None:
    give(home, "saml2aws")
    done = imported(home, "saml2aws")
    assert (done.status, home.config.exists()) == (253, False)
    assert "--profile NAME, or --overwrite" in done.err


@pytest.mark.parametrize(("answer", "status"), [("n", 130), ("", 0)])
def test_a_terminal_is_asked_first(answer: str, status: int, home: Home) -> None:
    give(home, "saml2aws")
    child = home.start("configure", "--from", "saml2aws")
    child.expect_exact("Write this? [Y/n] ")
    child.sendline(answer)
    assert ended(child)[0] == status
    assert home.config.exists() == (status == 0)


@pytest.mark.parametrize(
    "options", [["--from", "saml3aws"], ["--from", "all", "--region", "eu-west-1"]]
)
def test_what_cannot_be_meant_is_a_usage_error(options: list[str], home: Home) -> None:
    assert home.run("configure", *options).status == 252


def test_nothing_to_take_names_the_places(home: Home) -> None:
    done = imported(home, "all")
    assert done.status == 253
    assert str(home.path / ".saml2aws") in done.err


def test_a_broken_file_among_others_is_one_line(home: Home) -> None:
    give(home, *FILES)
    os.truncate(home.path / ".okta_aws_login_config", 0)
    (home.path / ".saml2aws").write_bytes(b"[a]\n[a]\n")
    done = imported(home, "all", "--dry-run")
    assert done.status == 0
    assert f"{home.path / '.saml2aws'} cannot be read: line 2 " in done.err
    assert imported(home, "saml2aws", "--dry-run").status == 253
