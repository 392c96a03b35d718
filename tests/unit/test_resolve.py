"""The settings of a profile, the names they come from, and those that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.session import Session

from aws_saml_ext import fast_path
from aws_saml_ext.capture.browser.discovery import find_programs
from aws_saml_ext.cli.parser import parser_of
from aws_saml_ext.cli.verb_table import VERBS
from aws_saml_ext.config import problems, resolve
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import ConfigError, SamlLoginError, UsageError
from aws_saml_ext.session_policies import SessionPolicies

ROOT = Path(__file__).parents[2]
URL = "https://idp.example.com/start"
NONE = "–"  # noqa: RUF001 - what the table of the README shows


def session_of(config: str, *, home: Path, profile: str = "dev") -> Session:
    """A session that reads this text as its config file."""
    (home / "config").write_text(config, encoding="utf-8")
    session = Session(profile=profile)
    session.set_config_variable("config_file", str(home / "config"))
    session.set_config_variable("credentials_file", str(home / "credentials"))
    session.full_config["profiles"].setdefault(profile, {})
    return session


def resolved(
    config: str = "",
    *,
    flags: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    home: Path,
    idp_needed: bool = True,
    profile: str = "dev",
) -> Settings:
    """The settings of a profile, given the text of the config file, flags and environment."""
    session = session_of(config, home=home, profile=profile)
    return resolve(session, flags, environ=environ or {}, idp_needed=idp_needed, home=home)


LADDER = f"""
[profile dev]
saml_idp = corp
saml_idp_url = {URL}
saml_timeout = 3
[saml-idp corp]
saml_timeout = 4
saml_username = jane
"""


@pytest.mark.parametrize(
    ("config", "flags", "environ", "seconds"),
    [
        (LADDER, {"saml_timeout": "1"}, {"AWS_SAML_TIMEOUT": "2"}, 1),
        (LADDER, {}, {"AWS_SAML_TIMEOUT": "2"}, 2),
        (LADDER, {}, {}, 3),
        (LADDER.replace("saml_timeout = 3\n", ""), {}, {}, 4),
        (LADDER.replace("saml_timeout = 3\n", "").replace("saml_timeout = 4\n", ""), {}, {}, 600),
        (LADDER, {}, {"AWS_SAML_TIMEOUT": ""}, 3),
    ],
    ids=["flag", "environment", "profile", "idp section", "default", "empty variable is unset"],
)
def test_the_nearest_place_wins(
    config: str, flags: dict[str, str], environ: dict[str, str], seconds: int, tmp_path: Path
) -> None:
    found = resolved(config, flags=flags, environ=environ, home=tmp_path)
    assert found.timeout == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("name", "flags", "environ", "place"),
    [
        ("saml_timeout", {"saml_timeout": "1"}, {}, "saml_timeout"),
        ("saml_timeout", {}, {"AWS_SAML_TIMEOUT": "2"}, "AWS_SAML_TIMEOUT"),
        ("saml_timeout", {}, {}, "saml_timeout of profile dev"),
        ("saml_username", {}, {}, "saml_username of [saml-idp corp]"),
        ("saml_browser", {}, {}, "saml_browser"),
    ],
    ids=["flag", "environment", "profile", "idp section", "default"],
)
def test_a_message_can_name_the_place_of_a_value(
    name: str, flags: dict[str, str], environ: dict[str, str], place: str, tmp_path: Path
) -> None:
    assert resolved(LADDER, flags=flags, environ=environ, home=tmp_path).place(name) == place


def test_an_idp_section_lends_its_keys_to_the_profile_that_names_it(tmp_path: Path) -> None:
    assert resolved(LADDER, home=tmp_path).username == "jane"


TWO = f"""
[profile dev]
saml_idp = corp
saml_idp_url = {URL}
saml_username = jane
saml_timeout = 3
[saml-idp other]
saml_idp_url = https://other.example.com/start
saml_username = joan
saml_timeout = 4
[saml-idp nameless]
saml_idp_url = https://nameless.example.com/start
[saml-idp homeless]
saml_username = joan
"""


@pytest.mark.parametrize(
    ("flags", "environ", "url", "username"),
    [
        ({}, {}, URL, "jane"),
        ({"saml_idp": "other"}, {}, "https://other.example.com/start", "joan"),
        ({}, {"AWS_SAML_IDP": "other"}, "https://other.example.com/start", "joan"),
        ({"saml_idp": "nameless"}, {}, "https://nameless.example.com/start", "jane"),
        ({"saml_idp": "other", "saml_idp_url": "https://flag.example"}, {}, "https://flag.example",
         "joan"),
        ({"saml_idp": "other"}, {"AWS_SAML_USERNAME": "jim"}, "https://other.example.com/start",
         "jim"),
    ],
    ids=["none", "flag", "environment", "no username", "both flags", "a variable is nearer"],
)  # fmt: skip
def test_the_section_of_a_nickname_that_is_given_comes_before_the_profile(
    flags: dict[str, str], environ: dict[str, str], url: str, username: str, tmp_path: Path
) -> None:
    found = resolved(TWO, flags=flags, environ=environ, home=tmp_path)
    assert (found.idp_url, found.username) == (url, username)
    assert found.timeout == timedelta(seconds=3)


@pytest.mark.parametrize("nickname", ["corq", "homeless"])
def test_the_profiles_address_does_not_stand_in_for_that_of_a_given_nickname(
    nickname: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"--idp-nickname names '{nickname}'.* no section"):
        resolved(TWO, flags={"saml_idp": nickname}, home=tmp_path)


def test_a_bad_value_of_a_given_section_is_named_there(tmp_path: Path) -> None:
    config = TWO.replace("https://other", "http://other")
    with pytest.raises(ConfigError, match=r"saml_idp_url of \[saml-idp other\] is not usable"):
        resolved(config, flags={"saml_idp": "other"}, home=tmp_path)


@pytest.mark.parametrize(
    ("config", "written"),
    [
        ("[profile dev]\nsaml_timeout =\n  a = b\n", "saml_timeout of profile dev"),
        (
            "[profile dev]\nsaml_idp = x\n[saml-idp x]\nsaml_idp_url =\n  https://a/?b=c\n",
            r"saml_idp_url of \[saml-idp x\]",
        ),
    ],
)
def test_a_value_on_indented_lines_is_refused_by_name(
    config: str, written: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=f"{written} is not usable: .* indented lines"):
        resolved(config, home=tmp_path)


@pytest.mark.parametrize("header", ["saml-idp my corp", 'saml-idp "my corp"', "saml-idp 'my corp'"])
def test_an_idp_section_of_two_words_needs_its_quotes(header: str, tmp_path: Path) -> None:
    config = f"[profile dev]\nsaml_idp = my corp\n[{header}]\nsaml_idp_url = {URL}\n"
    if "'" in header or '"' in header:
        assert resolved(config, home=tmp_path).idp_url == URL
    else:
        with pytest.raises(ConfigError, match="no section"):
            resolved(config, home=tmp_path)


def test_an_unknown_idp_section_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--idp-nickname names 'corq'.*\[saml-idp corq\]"):
        resolved("", flags={"saml_idp": "corq"}, home=tmp_path)


CONFIGURE = "aws saml-login configure --profile dev"


@pytest.mark.parametrize(
    ("config", "flags", "command"),
    [
        ("", {"saml_idp": "crop"}, "aws saml-login --profile dev --idp-nickname corp"),
        ("[profile dev]\nsaml_idp = crop\n", {}, "aws configure set saml_idp corp --profile dev"),
        ("", {"saml_idp": "x"}, f"{CONFIGURE} --idp-nickname x --idp-url URL"),
    ],
    ids=["option", "profile", "like none"],
)  # fmt: skip
def test_after_an_unknown_nickname_the_next_step_has_the_nearest(
    config: str, flags: dict[str, str], command: str, tmp_path: Path
) -> None:
    config += f"[saml-idp corp]\nsaml_idp_url = {URL}\n"
    with pytest.raises(ConfigError) as caught:
        resolved(config, flags=flags, home=tmp_path)
    assert caught.value.hint == command


def test_without_an_address_the_command_that_sets_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        resolved("", home=tmp_path)
    assert caught.value.hint == "aws configure set saml_idp_url URL --profile dev"


@pytest.mark.parametrize("profile", ["a\udcffb", "a\nb", " ", "DEFAULT"])
def test_a_profile_that_no_file_can_hold_is_refused(profile: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No profile can be called '"):
        resolved("", home=tmp_path, idp_needed=False, profile=profile)


def test_a_given_assertion_needs_no_address(tmp_path: Path) -> None:
    assert resolved("", home=tmp_path, idp_needed=False).idp_url == ""


@pytest.mark.parametrize(
    ("flags", "environ", "config", "written"),
    [
        ({"saml_timeout": "soon"}, {}, "", "--timeout is"),
        ({}, {"AWS_SAML_TIMEOUT": "soon"}, "", "AWS_SAML_TIMEOUT is"),
        ({}, {}, "[profile dev]\nsaml_timeout = soon\n", "saml_timeout of profile dev is"),
        (
            {},
            {},
            "[profile dev]\nsaml_idp = x\n[saml-idp x]\nsaml_timeout = soon\n",
            "saml_timeout of [saml-idp x] is",
        ),
    ],
)
def test_a_bad_value_is_named_as_the_user_wrote_it(
    flags: dict[str, str], environ: dict[str, str], config: str, written: str, tmp_path: Path
) -> None:
    kind: type[SamlLoginError] = UsageError if flags else ConfigError
    with pytest.raises(
        kind, match=re.escape(written) + " not usable: it must be a number of seconds"
    ):
        resolved(config, flags=flags, environ=environ, home=tmp_path, idp_needed=False)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("saml_idp_url", "idp.example.com", "is not a web address"),
        ("saml_acs_url", "http://10.0.0.1/saml", "http is for loopback only"),
        ("saml_session_duration", "13h", "it must be from 900 to 43200"),
        ("saml_timeout", "0", "it must be a number of seconds, at least 1, not '0'"),
        ("saml_sign_in", "quick", "one of auto, window, terminal, silent"),
        ("saml_browser", "lynx", "one of auto, chrome, chromium, edge, firefox"),
        ("saml_store", "vault", "one of credentials-file, credential-process"),
        ("saml_browser_binary", "/nowhere/chromium", "there is no file"),
        ("saml_browser_driver", "/nowhere/chromedriver", "there is no file"),
        ("saml_role_arn", "/(/", "is not a regular expression"),
        ("saml_provider_arn", "Corp", "it must be the ARN of a SAML provider"),
        ("saml_keep_session", "perhaps", "it must be true or false"),
        ("saml_role_selection", "one", "it must be a number"),
        ("saml_username", "jane\x1b", "characters that cannot be printed"),
        ("saml_password_command", "'pass", "quotes do not close"),
        ("saml_mfa_command", "'pass", "quotes do not close"),
        ("saml_answers", "Company ID", "it must be CAPTION = ANSWER"),
    ],
)
def test_each_setting_is_checked(name: str, value: str, why: str, tmp_path: Path) -> None:
    with pytest.raises((UsageError, ConfigError), match=re.escape(why)):
        resolved("", flags={name: value}, home=tmp_path, idp_needed=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("saml_browser", "lynx"),
        ("saml_browser_binary", "/nowhere/chromium"),
        ("saml_browser_driver", "/nowhere/chromedriver"),
        ("saml_browser_arguments", "--proxy-server=x"),
    ],
)
def test_a_setting_of_the_browser_is_judged_where_one_is_started(
    name: str, value: str, tmp_path: Path
) -> None:
    found = resolved(f"[profile dev]\n{name} = {value}\n", home=tmp_path, idp_needed=False)
    with pytest.raises(ConfigError, match=f"{name} of profile dev is not usable"):
        find_programs(found)


def test_the_folder_of_this_program_has_a_variable(tmp_path: Path) -> None:
    own = {"AWS_SAML_FOLDER": str(tmp_path / "own")}
    session = session_of("", home=tmp_path)
    for environ, folder in (({}, Path.home() / ".aws/saml"), (own, tmp_path / "own")):
        assert resolve(session, environ=environ, idp_needed=False).saml_folder == folder
        assert Path(fast_path.cache_folder(environ)) == folder / "cache"


def test_a_tilde_in_a_command_is_the_persons_home(tmp_path: Path) -> None:
    flags = {"saml_mfa_command": "~/bin/code 'a ~' --key=~/key"}
    found = resolved("", flags=flags, home=tmp_path, idp_needed=False)
    assert found.mfa_command == (str(Path.home() / "bin/code"), "a ~", "--key=~/key")


def test_use_browser_is_the_way_of_the_window(tmp_path: Path) -> None:
    flags = {"saml_use_browser": "window", "saml_sign_in": "silent"}
    found = resolved("", flags=flags, home=tmp_path, idp_needed=False)
    assert found.sign_in is Flow.WINDOW


def test_defaults_are_those_of_the_manual(tmp_path: Path) -> None:
    found = resolved("", home=tmp_path, idp_needed=False)
    assert (found.session_duration, found.timeout) == (timedelta(hours=1), timedelta(minutes=10))
    assert (found.sign_in, found.browser) == (Flow.AUTO, Browser.AUTO)
    assert (found.keep_session, found.show_browser) == (True, False)


def test_a_command_is_split_into_words_and_runs_in_no_shell(tmp_path: Path) -> None:
    flags = {"saml_password_command": "pass show 'corp sign-in'"}
    found = resolved("", flags=flags, home=tmp_path, idp_needed=False)
    assert found.password_command == ("pass", "show", "corp sign-in")


def test_every_problem_is_found_in_one_reading(tmp_path: Path) -> None:
    config = "[profile dev]\nsaml_timeout = soon\nsaml_browser = lynx\nsaml_sign_in =\n  a = b\n"
    found = problems(session_of(config, home=tmp_path), environ={"AWS_SAML_STORE": "vault"})
    assert [str(problem).partition(" is ")[0] for problem in found] == [
        "saml_sign_in of profile dev",
        "saml_timeout of profile dev",
        "AWS_SAML_STORE",
        "No identity provider",
        "saml_browser of profile dev",
    ]


def test_a_bad_address_is_one_problem(tmp_path: Path) -> None:
    config = "[profile dev]\nsaml_idp_url = ftp://idp.example.com\n"
    assert len(list(problems(session_of(config, home=tmp_path), environ={}))) == 1


def test_settings_that_can_be_used_have_no_problems(tmp_path: Path) -> None:
    assert list(problems(session_of(LADDER, home=tmp_path), environ={})) == []


def test_the_fingerprint_is_the_one_from_before_the_files_were_read(tmp_path: Path) -> None:
    session = session_of(LADDER, home=tmp_path)
    assert resolve(session, environ={}, fingerprint=b"before").fingerprint == b"before"


def test_a_session_that_has_read_nothing_is_fingerprinted_now(tmp_path: Path) -> None:
    environ = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    session = session_of(LADDER, home=tmp_path)
    assert resolve(session, environ=environ).fingerprint == fast_path.fingerprint(environ)


def test_reading_leaves_the_session_as_it_is(tmp_path: Path) -> None:
    session = session_of(LADDER, home=tmp_path)
    before = dict(session.instance_variables())
    resolve(session, {"saml_timeout": "7"}, environ={}, home=tmp_path)
    assert session.instance_variables() == before


def test_every_setting_stands_in_the_readme_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `?([^|`]+)`? \| `?([^|`]+)`? \| `?([^|`]+)`? \| ([^|]*) \|", readme, re.MULTILINE
    )
    told = {
        (name.strip(), env.strip(), flag.strip(), text.strip()) for name, env, flag, text in rows
    }
    expected = {
        (
            setting.name if setting.in_profile else NONE,
            setting.env or NONE,
            setting.flag or NONE,
            setting.help + (f" (default `{setting.default}`)" if setting.default else ""),
        )
        for setting in SETTINGS
    }
    assert expected <= told


def test_every_setting_stands_in_the_help_of_the_sign_in() -> None:
    text = re.sub(r"\s+", " ", parser_of(VERBS[0]).format_help())
    missing = [
        setting.name for setting in SETTINGS if (setting.flag or str(setting.env)) not in text
    ]
    assert missing == []


# ---- the address that a command is for ----

CORP, OTHER = "https://corp.example.com/aws", "https://other.example.com/aws"
WITH_COMMAND = f"""
[profile dev]
saml_idp_url = {CORP}
saml_password_command = pass show corp
[saml-idp other]
saml_idp_url = {OTHER}
saml_mfa_command = oathtool other
"""


@pytest.mark.parametrize(
    ("environ", "flags", "addresses"),
    [
        ({}, {}, ("", "")),
        ({"AWS_SAML_IDP_URL": OTHER}, {}, (CORP, "")),
        ({}, {"saml_idp_url": OTHER}, (CORP, "")),
        ({"AWS_SAML_IDP": "other"}, {}, (CORP, "")),
        ({"AWS_SAML_IDP_URL": OTHER, "AWS_SAML_PASSWORD_COMMAND": "x"}, {}, ("", "")),
        ({"AWS_SAML_IDP": "other", "AWS_SAML_IDP_URL": CORP}, {}, ("", OTHER)),
    ],
)
def test_a_command_of_the_config_file_is_for_the_address_that_stands_there(
    environ: dict[str, str], flags: dict[str, str], addresses: tuple[str, str], tmp_path: Path
) -> None:
    found = resolved(WITH_COMMAND, environ=environ, flags=flags, home=tmp_path)
    mfa = found.mfa_command_url if found.mfa_command else ""
    assert (found.password_command_url, mfa) == addresses


def test_a_command_without_an_address_is_for_none(tmp_path: Path) -> None:
    config = "[profile dev]\nsaml_password_command = pass show corp\n"
    found = resolved(config, environ={"AWS_SAML_IDP_URL": OTHER}, home=tmp_path)
    assert found.password_command_url == "none:"


# ---- session policies ----

ROLE = "arn:aws:iam::111111111111:role/Dev"
POLICY = '{"Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]}'


def test_an_option_that_cannot_be_used_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--policy is not usable: the policy is not JSON"):
        resolved(flags={"saml_policy": "{"}, home=tmp_path, idp_needed=False)


def test_a_key_that_cannot_be_used_is_one_of_the_settings(tmp_path: Path) -> None:
    config = (
        f"[profile dev]\nsaml_role_arn = {ROLE}\nsaml_policy_arns = arn:aws-cn:iam::aws:policy/P\n"
    )
    with pytest.raises(
        ConfigError, match="saml_policy_arns of profile dev is not usable: arn:aws"
    ) as caught:
        resolved(config, home=tmp_path, idp_needed=False)
    assert caught.value.hint == "Correct it in the AWS config file."


def test_both_settings_are_read(tmp_path: Path) -> None:
    config = f"[profile dev]\nsaml_policy_arns = ReadOnlyAccess\nsaml_policy = {POLICY}\n"
    found = resolved(config, home=tmp_path, idp_needed=False).session_policies
    assert found == SessionPolicies(("ReadOnlyAccess",), POLICY)


def test_settings_with_a_file_depend_on_it(tmp_path: Path) -> None:
    policy = tmp_path / "p.json"
    policy.write_text(POLICY)
    flags = {"saml_policy": f"file://{policy}"}
    found = resolved(flags=flags, home=tmp_path, idp_needed=False)
    assert fast_path.watched_part(found.fingerprint) == fast_path.watching(policy)
