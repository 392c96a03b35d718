"""A password of a command that became stale, in programs that go on and on: it is sent once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo
from tests.command import Home, ended
from tests.e2e.programs import with_profile

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

REFUSED_BEFORE = "has refused the password of saml_password_command of profile dev before"


def with_password_file(folder: Path, demo: Demo) -> tuple[Home, Path]:
    """Return a home whose command reads the password from a file, and that file."""
    secret = folder / "secret"
    secret.write_text("aws_user")
    keys = {"saml_password_command": f"cat '{secret}'", "saml_session_duration": "900"}
    return with_profile(folder, demo, **keys), secret


def test_a_watch_ends_after_one_refusal_and_does_not_begin_again(
    short_lived: Demo, new_home: Path
) -> None:
    home, secret = with_password_file(new_home, short_lived)
    watch = ("--profile", "dev", "--watch", "--endpoint-url", short_lived.aws_url)
    wrong = short_lived.idp.wrong_passwords
    child = home.start(*watch)
    child.expect_exact("Ctrl-C ends this.")
    secret.write_text("stale")
    short_lived.idp.end_sessions()
    assert ended(child)[0] == 254
    again = home.run(*watch)
    assert (again.status, REFUSED_BEFORE in again.err) == (253, True), again.err
    assert short_lived.idp.wrong_passwords - wrong == 1


MANY_CALLS = """
import sys, time, aws_saml_ext
from aws_saml_ext.errors import SamlLoginError

client = aws_saml_ext.boto3_session("dev", sign_in="silent").client("sts")
client.get_caller_identity()
print("has keys", flush=True)
sys.stdin.readline()
errors, end = [], time.monotonic() + 60
while time.monotonic() < end and len(errors) < 5:
    try:
        client.get_caller_identity()
    except SamlLoginError as error:
        errors.append(type(error).__name__)
    time.sleep(0.2)
print("errors:", *errors, flush=True)
"""


def test_a_program_of_the_extension_sends_it_once_however_often_it_calls(
    short_lived: Demo, new_home: Path
) -> None:
    home, secret = with_password_file(new_home, short_lived)
    wrong = short_lived.idp.wrong_passwords
    child = home.start("-c", MANY_CALLS, command=[sys.executable])
    child.expect_exact("has keys")
    secret.write_text("stale")
    short_lived.idp.end_sessions()
    child.sendline()
    child.expect_exact("errors: ", timeout=90)
    status, errors = ended(child)
    assert (status, len(errors.split())) == (0, 5)
    assert short_lived.idp.wrong_passwords - wrong == 1
