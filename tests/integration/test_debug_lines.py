"""`--debug` and `--log-file`: one line for each step of a sign-in, and no secret in any of them."""

from __future__ import annotations

import configparser
import json
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER, TOTP_SECRET, User
from tests.command import Done, Home, ended, home_at

PASSWORD = "7hKq2Zr9Vb4x-of-its-own"
JANE = User("jane", (ROLE_USER,), password=PASSWORD, totp=TOTP_SECRET)
ADMIN = User("aws_admin", (ROLE_USER, ROLE_ADMIN))
CODE = """\
import pathlib, sys
from datetime import datetime, timezone
from aws_saml_ext.demo.identity_provider import TOTP_SECRET
from aws_saml_ext.demo.steps import totp
code = totp(TOTP_SECRET, datetime.now(timezone.utc))
pathlib.Path(sys.argv[1]).write_text(code)
print(code)"""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running(users=[JANE, ADMIN]) as both:
        yield both


@dataclass(frozen=True)
class Run:
    """A sign-in of jane, and its log."""

    done: Done
    home: Home
    log: str
    demo: Demo


def signed_in(demo: Demo, home: Home, password: str, *more: str) -> Run:
    file = home.path / "steps.log"
    done = home.run(
        *("--profile", "dev", "--idp-url", demo.idp_url, "--endpoint-url", demo.aws_url),
        *("--region", "us-east-1", "--username", "jane", "--sign-in", "silent"),
        *("--log-file", str(file), *more),
        environ={
            "AWS_SAML_PASSWORD_COMMAND": f"echo {password}",
            "AWS_SAML_MFA_COMMAND": f"{sys.executable} -c '{CODE}' {home.path / 'code'}",
        },
    )
    return Run(done, home, file.read_text(encoding="utf-8"), demo)


@pytest.fixture(scope="module")
def run(demo: Demo) -> Iterator[Run]:
    with tempfile.TemporaryDirectory(prefix="home") as folder:
        yield signed_in(demo, home_at(Path(folder)), PASSWORD, "--debug")


STEPS = [
    r"aws-saml-ext \d.* at .*, Python 3.* on \w+, botocore \d.*, selenium \d.*, selenium-wire \d",
    r"Browser: chromium at /.*/chromium with the driver /.*driver \(the first that is installed",
    r"Started chrom\w+ \d[\d.]+ with the driver \d[\d.]+\.",
    r"Opening 127\.0\.0\.1:\d+\.",
    r'Page: 127\.0\.0\.1, "[^"]+": SignInForm for username, password\.',
    r"Answered by the password of AWS_SAML_PASSWORD_COMMAND\.",
    r'Page: 127\.0\.0\.1, "[^"]+": SignInForm for code\.',
    r"Answered by the code of AWS_SAML_MFA_COMMAND\.",
    r"The browser posted a SAMLResponse to signin\.aws\.amazon\.com\.",
    r"Asking STS at 127\.0\.0\.1:\d+ for arn:aws:iam::\d+:role/Role\.User and 3600 seconds\.",
    r"STS answered request \w+",
    r"Wrote /.*/\.aws/credentials\.",
    r"Ended with exit status 0\.",
]


@pytest.mark.browser
def test_each_step_has_its_line_in_order(run: Run) -> None:
    assert run.done.status == 0, run.done.err
    at = 0
    for step in STEPS:
        match = re.compile(rf"^DEBUG: +\d+\.\d\d s  {step}", re.MULTILINE).search(run.log, at)
        assert match is not None, step
        at = match.end()


@pytest.mark.browser
def test_standard_error_has_the_same_lines(run: Run) -> None:
    def messages(text: str) -> list[str]:
        return re.findall(r"^DEBUG: +\d+\.\d\d s  (.*)", text, re.MULTILINE)

    assert messages(run.done.err) == messages(run.log) != []


@pytest.mark.browser
def test_no_line_has_a_secret(run: Run) -> None:
    stored = configparser.RawConfigParser()
    stored.read(run.home.credentials)
    cookies = [
        cookie["value"]
        for file in (run.home.aws / "saml").rglob("cookies.json")
        for cookie in json.loads(file.read_text())["cookies"]
    ]
    assert cookies != []
    [user] = [user for user in run.demo.idp.users if user.name == "jane"]
    assertion = run.demo.idp.saml_response(user)
    secrets = {
        "password": PASSWORD,
        # The beginning is the same in every response of this identity provider.
        "assertion": assertion[400:440],
        "secret key": stored["dev"]["aws_secret_access_key"],
        "token": stored["dev"]["aws_session_token"],
        "key id": stored["dev"]["aws_access_key_id"],
        **{f"cookie {number}": value for number, value in enumerate(cookies)},
    }
    shown = run.log + run.done.err + run.done.out
    found = [name for name, text in secrets.items() if text in shown or quote(text) in shown]
    assert found == []
    assert re.search(r"[A-Za-z0-9+/=]{100,}", shown) is None
    code = (run.home.path / "code").read_text()
    assert re.search(rf"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])", shown) is None


@pytest.mark.browser
def test_only_the_owner_may_read_the_file(run: Run) -> None:
    assert stat.S_IMODE((run.home.path / "steps.log").stat().st_mode) == 0o600


@pytest.mark.browser
def test_a_sign_in_that_fails_has_its_lines_too(demo: Demo) -> None:
    with tempfile.TemporaryDirectory(prefix="home") as folder:
        run = signed_in(demo, home_at(Path(folder)), "wrong-7hKq")
    assert run.done.status != 0
    assert "SignInForm for username, password." in run.log
    assert re.search(r"Ended with exit status \d+, \w+\.\n\Z", run.log)
    assert "wrong-7hKq" not in run.log + run.done.err
    assert "DEBUG" not in run.done.err


def test_a_file_keeps_what_is_in_it_and_loses_its_readers(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    file = tmp_path / "log"
    file.write_text("before\n", encoding="utf-8")
    file.chmod(0o644)
    home.run("status", "--log-file", str(file))
    assert file.read_text(encoding="utf-8").startswith("before\nDEBUG: ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written_is_252(tmp_path: Path) -> None:
    done = home_at(tmp_path).run("status", "--log-file", "/nowhere/log")
    assert done.status == 252
    assert "--log-file /nowhere/log cannot be written: No such file or directory." in done.err


@pytest.mark.parametrize("name", ["/dev/null", "/dev/stderr"])
def test_a_device_takes_it_too(tmp_path: Path, name: str) -> None:
    done = home_at(tmp_path).run("status", "--log-file", name)
    assert done.status == 0


def test_without_debug_there_are_no_such_lines(tmp_path: Path) -> None:
    assert "DEBUG" not in home_at(tmp_path).run("status").err


def test_the_question_for_a_role_is_logged_without_its_answer(demo: Demo, tmp_path: Path) -> None:
    home = home_at(tmp_path)
    [user] = [user for user in demo.idp.users if user.name == "aws_admin"]
    given, file = tmp_path / "saml.txt", tmp_path / "steps.log"
    given.write_text(demo.idp.saml_response(user), encoding="utf-8")
    child = home.start(
        *("--profile", "dev", "--assertion", str(given), "--log-file", str(file)),
        *("--endpoint-url", demo.aws_url, "--region", "us-east-1"),
        environ={"TERM": "xterm"},
    )
    child.expect(r"Role( \(number or part of the name\))?: ")
    child.send("admin\r")
    assert ended(child)[0] == 0
    log = file.read_text(encoding="utf-8")
    assert "Question: Role" in log
    assert "admin" not in log.partition("Question: Role")[2].partition("\n")[0]
