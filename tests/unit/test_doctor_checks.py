"""The checks of machine and settings: each mistake is found by its check, in the user's words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from aws_saml_ext import installer
from aws_saml_ext.capture.refused_secrets import RefusedSecrets
from aws_saml_ext.checks.findings import Finding, Result
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.doctor.browser_checks import managed_proxies
from aws_saml_ext.cli.doctor.system_proxy import has_script
from aws_saml_ext.cli.verbs.doctor import DoctorOptions, diagnosed
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.role_memory import Lesson, RoleMemory, sts_name
from tests.made_assertions import NOW
from tests.samples import SETTINGS

URL = "https://idp.example.com/start"
ROLE = "arn:aws:iam::123456789012:role/Dev"
HEALTHY = f"[profile dev]\nsaml_idp_url = {URL}\nsaml_role_arn = {ROLE}\nregion = eu-west-1\n"
SESSION = "[dev]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = t\n"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/Corp"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")

Examine = Callable[..., dict[str, Finding]]


def program(path: Path, output: str) -> None:
    """Write a program that prints this."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{output}'\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a browser, a driver and an aws on the PATH, and a display."""
    left_out = ("AWS_", "XDG_")
    for name in [
        each for each in os.environ if each.startswith(left_out) or "proxy" in each.lower()
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DISPLAY", ":0")
    program(tmp_path / "bin" / "chromium", "Chromium 156.0.8078.108 built on Debian")
    program(tmp_path / "bin" / "chromedriver", "ChromeDriver 156.0.1.2 (abc)")
    program(tmp_path / "bin" / "aws", "aws-cli/2.31.7 Python/3.13.1 Linux")
    (tmp_path / ".aws").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def examine(home: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Return a function that writes files and variables, and returns the findings by name."""

    def look(
        config: str | bytes = HEALTHY,
        credentials: str | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        endpoint_url: str | None = None,
        profile: str = "dev",
    ) -> dict[str, Finding]:
        content = config if isinstance(config, bytes) else config.encode()
        (home / ".aws" / "config").write_bytes(content)
        if credentials is not None:
            file = home / ".aws" / "credentials"
            file.touch(mode=0o600)
            file.write_text(credentials, encoding="utf-8")
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        options = DoctorOptions(
            profile=profile, offline=True, settings=settings or {}, endpoint_url=endpoint_url
        )
        findings, _ = diagnosed(Invocation(options, os.environ, changes_files=False), options)
        return {finding.name: finding for finding in findings}

    return look


def wrong(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Return the results that are neither ok nor skipped; a root and the keyring do not count."""
    return {
        name: finding.result.value
        for name, finding in findings.items()
        if finding.result not in {Result.OK, Result.SKIPPED}
        and not finding.detail.startswith(("This program runs as root", "There is no D-Bus"))
    }


def test_a_healthy_profile_has_nothing_wrong(examine: Examine) -> None:
    assert wrong(examine()) == {}


def test_a_test_stack_may_have_any_region(examine: Examine) -> None:
    at_home = HEALTHY.replace("eu-west-1", "eu-local-1") + "endpoint_url = http://127.0.0.1:4566\n"
    assert examine(at_home)["region"].result is Result.OK


def test_a_browser_without_a_driver_fails(home: Path, examine: Examine) -> None:
    (home / "bin" / "chromedriver").unlink()
    finding = examine()["browser"]
    assert finding.result is Result.FAILED
    assert finding.detail.startswith("Found Chromium, but not chromedriver.")
    assert finding.detail.endswith("A sign-in tries to download a driver.")


def test_a_driver_that_selenium_manager_has_may_do(home: Path, examine: Examine) -> None:
    (home / "bin" / "chromedriver").unlink()
    program(home / ".cache" / "selenium" / "chromedriver" / "linux64" / "156" / "chromedriver", "")
    assert examine()["browser"].result is Result.WARNING


def with_lines(*lines: str) -> str:
    return HEALTHY + "".join(f"{line}\n" for line in lines)


def without(key: str) -> str:
    return "".join(line for line in HEALTHY.splitlines(keepends=True) if not line.startswith(key))


MISTAKES: list[tuple[str, dict[str, object], str, str]] = [
    # The files.
    (
        "byte order mark",
        {"config": b"\xef\xbb\xbf" + HEALTHY.encode()},
        "config-file",
        "byte order",
    ),
    ("same section twice", {"config": HEALTHY * 2}, "config-file", "same section twice"),
    ("no UTF-8", {"config": HEALTHY.encode() + b"# \xff\n"}, "config-file", "not UTF-8"),
    ("no section", {"credentials": "x = y\n"}, "credentials-file", "before the first"),
    ("same key twice", {"credentials": "[a]\nb=1\nb=2\n"}, "credentials-file", "same key twice"),
    (
        "variable to nowhere",
        {"environ": {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere/x"}},
        "credentials-file",
        "AWS_SHARED_CREDENTIALS_FILE names /nowhere/x",
    ),
    # The profile.
    (
        "unknown profile",
        {"profile": "devx"},
        "profile",
        "Did you mean dev",
    ),
    (
        "profile without the word",
        {"config": HEALTHY.replace("profile ", "")},
        "profile",
        "in [dev], which no AWS tool reads",
    ),
    (
        "long-lived keys",
        {"credentials": SESSION.replace("aws_session_token = t\n", "")},
        "profile",
        "long-lived keys",
    ),
    ("another sign-in", {"config": with_lines("sso_session = corp")}, "profile", "sso_session"),
    # The address.
    ("no address", {"config": without("saml_idp_url")}, "idp-address", "saml_idp_url is not set"),
    (
        "http",
        {"config": HEALTHY.replace("https", "http")},
        "idp-address",
        "saml_idp_url of profile dev is not usable",
    ),
    (
        "variable for the address",
        {"environ": {"AWS_SAML_IDP_URL": "ftp://idp"}},
        "idp-address",
        "AWS_SAML_IDP_URL is not usable",
    ),
    (
        "option for the address",
        {"settings": {"saml_idp_url": "idp.example.com"}},
        "idp-address",
        "--idp-url is not usable",
    ),
    (
        "unknown section",
        {"config": without("saml_idp_url") + "saml_idp = corp\n"},
        "idp-address",
        "saml_idp of profile dev names 'corp'",
    ),
    (
        "AWS's own address",
        {"config": HEALTHY.replace(URL, "https://signin.aws.amazon.com/saml")},
        "idp-address",
        "AWS's own sign-in (signin.aws.amazon.com)",
    ),
    (
        "start page of Identity Center",
        {"config": HEALTHY.replace(URL, "https://d-123.awsapps.com/start")},
        "idp-address",
        "start page of IAM Identity Center",
    ),
    # Role, provider, duration, policies, region.
    ("malformed ARN", {"config": HEALTHY.replace(":role/", ":user/")}, "role", "not the ARN"),
    (
        "reserved role",
        {"config": HEALTHY.replace("/Dev", "/AWSReservedSSO_Dev_1")},
        "role",
        "Identity Center",
    ),
    (
        "variable for the role",
        {"environ": {"AWS_SAML_ROLE_ARN": "/(/"}},
        "role",
        "AWS_SAML_ROLE_ARN is not usable",
    ),
    (
        "malformed provider",
        {"config": with_lines("saml_provider_arn = Corp")},
        "provider",
        "saml_provider_arn of profile dev is not usable",
    ),
    (
        "provider of another account",
        {"config": with_lines(f"saml_provider_arn = {PROVIDER.replace('2', '3')}")},
        "provider",
        "in the account 133456789013",
    ),
    (
        "duration",
        {"config": with_lines("saml_session_duration = 5")},
        "duration",
        "saml_session_duration of profile dev is not usable",
    ),
    (
        "option for the duration",
        {"settings": {"saml_session_duration": "soon"}},
        "duration",
        "--session-duration is not usable",
    ),
    (
        "policies",
        {"config": with_lines("saml_policy = {")},
        "policies",
        "saml_policy of profile dev is not usable",
    ),
    ("region", {"config": HEALTHY.replace("eu-west-1", "eu west")}, "region", "'eu west'"),
    (
        "misspelt region",
        {"config": HEALTHY.replace("eu-west-1", "eu-wrong-99")},
        "region",
        "The region eu-wrong-99 is misspelt, or too new for this program.",
    ),
    (
        "region of another partition",
        {"config": HEALTHY.replace("eu-west-1", "cn-north-1")},
        "region",
        "in the partition aws-cn, and the role in aws",
    ),
    # STS.
    (
        "http for STS",
        {"config": with_lines("endpoint_url = http://sts.example.com")},
        "sts-address",
        "is http, which is for loopback only",
    ),
    (
        "certificates",
        {"environ": {"AWS_CA_BUNDLE": "/nowhere/ca.pem"}},
        "sts-address",
        "AWS_CA_BUNDLE is not usable",
    ),
    ("retries", {"environ": {"AWS_RETRY_MODE": "x"}}, "sts-address", "AWS_RETRY_MODE"),
    (
        "attempts",
        {"config": with_lines("max_attempts = 0")},
        "sts-address",
        "max_attempts of profile dev is not usable",
    ),
    # The store, and what hides it.
    (
        "keys hide the process",
        {
            "config": with_lines("credential_process = aws-saml-login credential-process"),
            "credentials": SESSION,
        },
        "store",
        "hide its credential_process",
    ),
    (
        "launcher that is gone",
        {"config": with_lines("credential_process = /nowhere/aws-saml-login credential-process")},
        "store",
        "runs /nowhere/aws-saml-login, which is not there",
    ),
    (
        "store without its process",
        {"config": with_lines("saml_store = credential-process")},
        "store",
        "has no credential_process yet",
    ),
    (
        "unknown store",
        {"environ": {"AWS_SAML_STORE": "vault"}},
        "store",
        "AWS_SAML_STORE is not usable",
    ),
    (
        "two tokens",
        {"credentials": SESSION + "aws_security_token = old\n"},
        "stale-token",
        "aws_security_token of profile dev differs",
    ),
    # The environment.
    (
        "keys in the environment",
        {"environ": {"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "x"}},
        "environment",
        "AWS_ACCESS_KEY_ID hides profile dev",
    ),
    (
        "variable over the profile",
        {"environ": {"AWS_SAML_ROLE_ARN": "Other"}},
        "environment",
        "AWS_SAML_ROLE_ARN overrides saml_role_arn of profile dev",
    ),
    (
        "password of a proxy",
        {"environ": {"HTTPS_PROXY": "http://jane:hunter2@proxy.example.com:3128"}},
        "proxy",
        "HTTPS_PROXY has a user name or password",
    ),
    # The browser.
    (
        "unknown browser",
        {"config": with_lines("saml_browser = lynx")},
        "browser",
        "saml_browser of",
    ),
    (
        "no such driver",
        {"environ": {"AWS_SAML_BROWSER_DRIVER": "/nowhere/d"}},
        "browser",
        "AWS_SAML_BROWSER_DRIVER is not usable: there is no file /nowhere/d",
    ),
    (
        "switch",
        {"config": with_lines("saml_browser_arguments = --proxy-server=x")},
        "browser",
        "--proxy-server is not allowed",
    ),
    (
        "no display for a window",
        {"config": with_lines("saml_sign_in = window"), "environ": {"DISPLAY": ""}},
        "display",
        "there is no display to show one",
    ),
    # The others.
    (
        "flow",
        {"environ": {"AWS_SAML_SIGN_IN": "dance"}},
        "settings",
        "AWS_SAML_SIGN_IN is not usable",
    ),
    ("timeout", {"config": with_lines("saml_timeout = soon")}, "settings", "saml_timeout of"),
    ("truth", {"config": with_lines("saml_keep_session = maybe")}, "settings", "saml_keep_session"),
    ("quotes", {"config": with_lines("saml_mfa_command = 'x")}, "settings", "saml_mfa_command of"),
    ("answers", {"config": with_lines("saml_answers = x")}, "settings", "saml_answers of"),
    (
        "misspelt",
        {"config": with_lines("saml_user_name = jane")},
        "settings",
        "saml_user_name in [profile dev] is no setting. Did you mean saml_username",
    ),
    (
        "misspelt variable",
        {"environ": {"AWS_SAML_ROLE": "Dev"}},
        "settings",
        "AWS_SAML_ROLE in the environment is no setting. Did you mean AWS_SAML_ROLE_ARN",
    ),
]


@pytest.mark.parametrize(
    ("how", "name", "words"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_is_found_by_its_check(
    examine: Examine, how: dict[str, object], name: str, words: str
) -> None:
    findings = examine(**how)
    assert name in wrong(findings)
    assert words in findings[name].detail
    assert findings[name].remedy


def test_no_secret_of_a_variable_is_shown(examine: Examine) -> None:
    secrets = {
        "AWS_ACCESS_KEY_ID": "AKIAX",
        "AWS_SECRET_ACCESS_KEY": "hunter1",
        "HTTPS_PROXY": "http://jane:hunter2@proxy.example.com:3128",
        "AWS_SAML_PASSWORD_COMMAND": "echo 'hunter3",
    }
    shown = repr(examine(credentials=SESSION + "aws_security_token = hunter4\n", environ=secrets))
    assert not any(secret in shown for secret in ("AKIAX", "ASIAX", "hunter"))


def test_the_query_of_an_address_is_not_shown(examine: Examine) -> None:
    findings = examine(HEALTHY.replace(URL, "http://idp.example.com/start?key=hunter2"))
    assert "http://idp.example.com/start?…" in findings["idp-address"].detail
    assert "hunter2" not in repr(findings)


def test_a_path_begins_at_the_home(examine: Examine, home: Path) -> None:
    findings = examine(HEALTHY * 2)
    assert findings["config-file"].detail.startswith("~/.aws/config ")
    assert str(home) not in findings["config-file"].detail


def test_a_file_that_cannot_be_read_skips_what_depends_on_it(examine: Examine) -> None:
    findings = examine(HEALTHY * 2)
    assert wrong(findings) == {"config-file": "failed"}
    assert findings["role"].result is Result.SKIPPED


# ---- the machine ----


def test_a_driver_of_another_version_is_found(examine: Examine, home: Path) -> None:
    program(home / "bin" / "chromedriver", "ChromeDriver 155.0.1.2 (abc)")
    findings = examine()
    assert findings["browser"].result is Result.FAILED
    assert "version 156.0.8078.108" in findings["browser"].detail
    assert "155.0.1.2" in findings["browser"].detail


def test_a_browser_that_does_not_start_is_found(examine: Examine, home: Path) -> None:
    (home / "bin" / "chromium").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert "~/bin/chromium does not start." in examine()["browser"].detail


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="not root")
def test_a_root_needs_a_browser_without_sandbox(examine: Examine) -> None:
    assert "--no-sandbox" in str(examine()["browser"].remedy)
    allowed = examine(with_lines("saml_browser_arguments = --no-sandbox"))
    assert allowed["browser"].result is Result.OK


def test_an_aws_of_version_1_is_found(examine: Examine, home: Path) -> None:
    program(home / "bin" / "aws", "aws-cli/1.44.1 Python/3.11")
    assert "~/bin/aws is version 1.44.1" in examine()["aws"].detail


def test_an_aws_of_version_2_behind_another_is_found(
    examine: Examine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(home / "first" / "aws", "aws-cli/1.44.1 Python/3.11")
    monkeypatch.setenv("PATH", f"{home / 'first'}{os.pathsep}{home / 'bin'}")
    assert "is not version 2, which is ~/bin/aws" in examine()["aws"].detail


def test_no_aws_is_found(examine: Examine, home: Path) -> None:
    (home / "bin" / "aws").unlink()
    assert "There is no aws on the PATH" in examine()["aws"].detail


def test_the_version_of_an_aws_is_read_from_its_files(examine: Examine, home: Path) -> None:
    """A run of it takes longer than all checks together."""
    bundled = home / "aws-cli" / "v2" / "2.36.7" / "bin" / "aws"
    program(bundled, "I am not asked")
    (home / "bin" / "aws").unlink()
    (home / "bin" / "aws").symlink_to(bundled)
    assert examine()["aws"].detail == "aws 2.36.7 at ~/bin/aws."


def test_aws_login_is_offered_where_no_browser_can_be_driven(
    examine: Examine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(home / "bin" / "aws", "aws-cli/2.36.7 Python/3.13.1 Linux")
    monkeypatch.setenv("AWS_SAML_BROWSER", "firefox")
    findings = examine()
    if findings["browser"].detail.startswith("No browser was found"):
        assert findings["aws-login"].remedy == "aws login"


def test_aws_login_is_a_fact_where_a_browser_is_there(examine: Examine, home: Path) -> None:
    program(home / "bin" / "aws", "aws-cli/2.36.7 Python/3.13.1 Linux")
    findings = examine()
    assert findings["aws-login"].result is Result.OK
    assert "SignInLocalDevelopmentAccess" in findings["aws-login"].detail


def alias(home: Path, value: str) -> None:
    path = home / ".aws" / "cli" / "alias"
    path.parent.mkdir()
    path.write_text(f"[toplevel]\nsaml-login = {value}\n", encoding="utf-8")


def test_an_alias_that_runs_nothing_is_found(examine: Examine, home: Path) -> None:
    alias(home, installer.alias(home / "old venv" / "aws-saml-login"))
    findings = examine()
    assert "runs ~/old venv/aws-saml-login, which is not there" in findings["aws"].detail
    assert findings["aws"].remedy == "aws-saml-login install"


def test_an_alias_that_runs_this_program_is_well(examine: Examine, home: Path) -> None:
    program(home / "bin" / "aws-saml-login", "")
    alias(home, installer.alias(home / "bin" / "aws-saml-login"))
    assert examine()["aws"].result is Result.OK


def test_an_alias_of_somebody_else_is_found(examine: Examine, home: Path) -> None:
    alias(home, "!other-tool")
    assert "is another program's" in examine()["aws"].detail


def test_credentials_that_others_may_read_are_found(examine: Examine, home: Path) -> None:
    file = home / ".aws" / "credentials"
    file.touch()
    file.chmod(0o644)
    findings = examine()
    assert "may read ~/.aws/credentials" in findings["permissions"].detail
    assert findings["permissions"].remedy == f"chmod 600 {file}"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_found(examine: Examine, home: Path) -> None:
    examine()
    os.chown(home / ".aws" / "config", 12345, 12345)
    assert "~/.aws/config belongs to another user" in examine()["permissions"].detail


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_found(examine: Examine, home: Path) -> None:
    examine()
    (home / ".aws").chmod(0o500)
    assert "read-only" in examine()["permissions"].detail


def test_a_refused_password_is_told(examine: Examine, home: Path) -> None:

    settings = __import__("dataclasses").replace(
        SETTINGS, idp_url=URL, saml_folder=home / ".aws" / "saml"
    )
    RefusedSecrets(settings).add("password", None, "hunter2")
    findings = examine()
    assert "refused the password" in findings["kept-session"].detail


@pytest.mark.parametrize(
    ("browser", "file", "policies", "name"),
    [
        (Browser.CHROMIUM, "etc/chromium/policies/managed/a.json", {"ProxyMode": "x"}, "ProxyMode"),
        (
            Browser.CHROME,
            "etc/opt/chrome/policies/managed/b.json",
            {"ProxyPacUrl": "x"},
            "ProxyPac",
        ),
        (Browser.EDGE, "etc/opt/edge/policies/managed/c.json", {"ProxySettings": {}}, "ProxySett"),
        (
            Browser.FIREFOX,
            "etc/firefox/policies/policies.json",
            {"policies": {"Proxy": {"Mode": "manual", "Locked": True}}},
            "Proxy",
        ),
    ],
)
def test_a_managed_proxy_is_found(
    tmp_path: Path, browser: Browser, file: str, policies: object, name: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(policies), encoding="utf-8")
    [problem] = managed_proxies(browser, tmp_path)
    assert f"The policy {name}" in problem.detail


@pytest.mark.parametrize("content", ["{", "[]", '{"HomepageLocation": "x"}', ""])
def test_other_policies_are_well(tmp_path: Path, content: str) -> None:
    path = tmp_path / "etc/chromium/policies/managed/a.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    assert list(managed_proxies(Browser.CHROMIUM, tmp_path)) == []


def test_a_proxy_script_of_the_desktop_is_found(
    examine: Examine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(home / "bin" / "gsettings", "auto")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    assert "finds its proxy by a script" in examine()["proxy-script"].detail


def test_a_server_has_no_desktop_to_ask(
    examine: Examine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(home / "bin" / "gsettings", "auto")
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    assert examine()["proxy-script"].result is Result.OK


def test_a_mac_tells_its_proxy_script(home: Path) -> None:
    program(home / "bin" / "scutil", "  ProxyAutoConfigEnable : 1")
    assert has_script({"PATH": str(home / "bin")}, platform="darwin")


def test_more_than_the_role_allowed_last_time_is_told(examine: Examine, home: Path) -> None:
    lesson = Lesson(ROLE, sts_name("https://sts.amazonaws.com"), NOW, granted=3600, refused=3601)
    RoleMemory(home / ".aws" / "saml").learn([lesson])
    findings = examine(with_lines("saml_session_duration = 12h"))
    assert "the role allowed 3600 seconds last time" in findings["duration"].detail


def test_a_nested_value_is_one_of_a_profile_that_exists(examine: Examine) -> None:
    assert list(wrong(examine("[profile dev]\nsaml_idp_url =\n  a = b\n"))) == ["idp-address"]


def test_a_file_in_place_of_a_folder_is_found(examine: Examine, home: Path) -> None:
    (home / ".aws" / "saml").touch(mode=0o600)
    assert examine()["permissions"].detail == "~/.aws/saml is no folder."


def test_a_folder_in_place_of_a_file_does_not_end_it(examine: Examine, home: Path) -> None:
    (home / ".aws" / "credentials").mkdir()
    assert examine()["credentials-file"].result is Result.FAILED


# ---- what it leaves alone ----


def test_nothing_is_changed(examine: Examine, home: Path) -> None:
    examine(credentials=SESSION)
    before = snapshot(home)
    examine(credentials=None)
    after = snapshot(home)
    assert {path: kind for path, (kind, _) in after.items()} == {
        path: kind for path, (kind, _) in before.items()
    }
    assert [path for path in after if after[path] != before[path]] == [".aws/config"]


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the content and time of every file, by its path; `examine` itself writes config."""
    return {
        str(path.relative_to(folder)): (
            path.read_text(encoding="utf-8") if path.is_file() else "",
            path.stat().st_mtime_ns if path.is_file() else 0,
        )
        for path in sorted(folder.rglob("*"))
    }
