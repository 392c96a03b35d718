"""Programs that sign in: boto3 and `aws`, a real browser, an identity provider."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pexpect
import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import ROLE_USER
from tests import command
from tests.command import AWS, CREDENTIALS_BY_HAND, Done, Home, ended
from tests.e2e.programs import WHO, WHO_AM_I, run, with_profile
from tests.integration.sign_ins import exchanges, new_keys
from tests.integration.sts_server import StsServer
from tests.patience import until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

COMMAND = "aws saml-login --profile dev"
CHAINED = "arn:aws:iam::000000000000:role/Chained"


@pytest.fixture
def home(new_home: Path, demo: Demo) -> Home:
    """A home with profile dev, a password command, and a credentials file by hand."""
    return with_profile(new_home, demo, saml_password_command="echo aws_user")


def sign_in_by_assertion(home: Home, demo: Demo) -> None:
    """Put credentials into the cache without a browser."""
    user = next(user for user in demo.idp.users if user.name == "aws_user")
    done = home.run(
        *("--profile", "dev", "--assertion", "-", "--store", "credential-process"),
        stdin=demo.idp.saml_response(user),
    )
    assert done.status == 0, done.err


# ---- signing in ----

THREADS = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
import aws_saml_ext

session = aws_saml_ext.boto3_session("dev", sign_in="silent")
client = session.client("s3")
together = threading.Barrier(64)

def listed(_):
    together.wait()
    return client.list_buckets()["Buckets"][0]["Name"]

with ThreadPoolExecutor(64) as threads:
    print(set(threads.map(listed, range(64))), session.get_credentials().method)
"""


def test_64_threads_list_their_buckets_with_one_sign_in(home: Home, demo: Demo) -> None:
    before = (demo.idp.sign_ins, demo.idp.answers, len(demo.aws.calls))
    done = run(home, THREADS)
    assert (done.out, done.err) == ("{'example-bucket'} saml-login\n", "")
    after = (demo.idp.sign_ins, demo.idp.answers, len(demo.aws.calls))
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]
    assert home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_aws_profile_is_signed_in_to_by_a_plain_session(home: Home, demo: Demo) -> None:
    sign_in_by_assertion(home, demo)
    program = "import aws_saml_ext\nclient = aws_saml_ext.Session().create_client('sts')"
    shown = f"{program}\nprint(client.get_caller_identity()['Arn'])"
    assert run(home, shown, AWS_PROFILE="dev").out == f"{WHO}\n"


def test_a_role_is_assumed_by_whoever_signed_in(home: Home, demo: Demo) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ROLE_USER}, "Action": "sts:AssumeRole"}
    demo.aws.add_role(CHAINED, trust_policy={"Version": "2012-10-17", "Statement": [trust]})
    with home.config.open("a") as config:
        config.write(f"[profile chained]\nrole_arn = {CHAINED}\nsource_profile = dev\n")
        config.write(f"region = eu-west-1\nendpoint_url = {demo.aws_url}\n")
    sign_in_by_assertion(home, demo)
    done = run(home, WHO_AM_I.replace('"dev"', '"chained"'), "silent")
    assert done.out.startswith("arn:aws:sts::000000000000:assumed-role/Chained/")


# ---- a person is needed ----


def test_the_command_to_type_is_told_when_the_session_has_ended(new_home: Path, demo: Demo) -> None:
    home = with_profile(new_home, demo)
    assert (
        run(home, WHO_AM_I, "silent", AWS_SAML_PASSWORD_COMMAND="echo aws_user").out == f"{WHO}\n"
    )
    shutil.rmtree(home.aws / "saml" / "cache")
    demo.idp.end_sessions()
    kind, message, command = run(home, WHO_AM_I, "silent").out.splitlines()
    assert (kind, command) == ("SignInRequired", COMMAND)
    assert message == (
        '127.0.0.1 ("Sign in") needs you to sign in, and --sign-in silent forbids questions.'
    )


def test_without_display_and_terminal_a_person_is_needed(new_home: Path, demo: Demo) -> None:
    done = run(with_profile(new_home, demo), WHO_AM_I, "auto")
    kind, message, command = done.out.splitlines()
    assert (kind, command) == ("SignInRequired", COMMAND)
    assert "no terminal" in message


def test_an_account_that_is_locked_now_is_told_in_the_words_of_the_page(
    new_home: Path, demo: Demo
) -> None:
    locked = {"saml_username": "aws_locked", "saml_password_command": "echo aws_locked"}
    done = run(with_profile(new_home, demo, **locked), WHO_AM_I, "silent")
    kind, message, advice = done.out.splitlines()
    assert kind == "IdentityProviderRefused"
    assert "Your account is locked. Contact your administrator." in message
    assert "ask the administrator of the identity provider" in advice


def test_a_stale_password_command_is_sent_once_and_then_refused_without_a_browser(
    new_home: Path, demo: Demo
) -> None:
    home = with_profile(new_home, demo, saml_password_command="echo stale")
    command = ("credential-process", "--profile", "dev")
    wrong, pages = demo.idp.wrong_passwords, demo.idp.sign_ins
    assert home.run(*command).status == 254
    for failure in (home.aws / "saml" / "cache").glob("*.failed"):
        failure.unlink()  # the minute in which nobody tries again is over
    # A program that cannot find a browser gets no further than the check.
    done = home.run(*command, environ={"AWS_SAML_BROWSER_BINARY": sys.executable})
    assert (done.status, done.out) == (253, "")
    assert "has refused the password of saml_password_command of profile dev before" in done.err
    assert done.err.endswith(" --profile dev\n")
    assert (demo.idp.wrong_passwords - wrong, demo.idp.sign_ins - pages) == (1, 0)
    right = {"AWS_SAML_PASSWORD_COMMAND": "echo aws_user"}
    assert home.run(*command, environ=right).status == 0


# ---- renewals ----

THREE_KEYS = """
import time, aws_saml_ext
session = aws_saml_ext.boto3_session("dev")
client, credentials, keys = session.client("sts"), session.get_credentials(), []
deadline = time.monotonic() + 60
while len(set(keys)) < 3 and time.monotonic() < deadline:
    client.get_caller_identity()
    keys.append(credentials.get_frozen_credentials().access_key)
    time.sleep(0.1)
print(*dict.fromkeys(keys))
"""


def test_a_program_goes_on_across_the_ends_of_its_keys(new_home: Path, demo: Demo) -> None:
    sign_ins, answers = demo.idp.sign_ins, demo.idp.answers
    with StsServer(new_keys(seconds=4)) as sts:
        password = {"saml_password_command": "echo aws_user"}
        home = with_profile(new_home, demo, endpoint_url=sts.url, **password)
        done = run(home, THREE_KEYS)
        assert (done.out, done.err) == ("ASIAEXAMPLE1 ASIAEXAMPLE2 ASIAEXAMPLE3\n", "")
        assert len(exchanges(sts)) == 3
    assert (demo.idp.sign_ins - sign_ins, demo.idp.answers - answers) == (1, 3)
    assert home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_ten_aws_at_once_sign_in_once(home: Home, demo: Demo) -> None:
    if not AWS.exists():
        pytest.skip(f"{AWS} is not installed")
    sign_in_by_assertion(home, demo)
    shutil.rmtree(home.aws / "saml" / "cache")
    sign_ins, calls = demo.idp.sign_ins, len(demo.aws.calls)

    def who(_: int) -> Done:
        who_am_i = ("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
        # Debian's does not know an endpoint_url of the profile.
        at_aws = ("--profile", "dev", "--endpoint-url", demo.aws_url)
        return home.run(*who_am_i, *at_aws, command=[str(AWS)])

    with ThreadPoolExecutor(10) as threads:
        done = list(threads.map(who, range(10)))
    assert {(each.status, each.out, each.err) for each in done} == {(0, f"{WHO}\n", "")}
    assert (demo.idp.sign_ins - sign_ins, len(demo.aws.calls) - calls) == (1, 1)


def test_a_person_gets_a_window_and_the_terminal_says_so(
    new_home: Path, demo: Demo, display: str
) -> None:
    """The person is xdotool, at the keyboard of a virtual display."""
    for program in (str(AWS), "xdotool"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    home = with_profile(new_home, demo)
    assert home.run("configure", "--profile", "dev", "--store", "credential-process").status == 0
    at_aws = ("--profile", "dev", "--endpoint-url", demo.aws_url)
    child = home.start(
        *("sts", "get-caller-identity", "--query", "Arn", "--output", "text", *at_aws),
        command=[str(AWS)],
        environ={"DISPLAY": display, "AWS_PAGER": ""},
    )
    child.expect_exact("Signing in at 127.0.0.1 for profile dev:")
    child.expect_exact("The sign-in continues in a browser window.")
    assert until(lambda: in_the_window(display, "search", "--onlyvisible", "--name", "Sign in"))
    focus = ("search", "--onlyvisible", "--class", "chromium", "windowfocus", "--sync")
    is_signed_in = False
    while not is_signed_in:  # a window that has just opened may lose a key
        in_the_window(display, *focus, "mousemove", "400", "450", "click", "1")  # an empty place
        for _ in range(2):
            in_the_window(display, "key", "Tab", "key", "ctrl+a", "type", "aws_user")
        in_the_window(display, "key", "Return")
        is_signed_in = child.expect_exact([WHO, pexpect.TIMEOUT], timeout=5) == 0
    assert ended(child)[0] == 0


def test_a_display_that_is_gone_is_as_good_as_none(new_home: Path, demo: Demo) -> None:
    home = with_profile(new_home, demo)
    done = home.run("credential-process", "--profile", "dev", environ={"DISPLAY": ":987"})
    assert (done.status, done.out) == (253, "")
    assert "No window could be opened for it" in done.err
    assert done.err.endswith(f"\n{shlex.join(command.COMMAND)} --profile dev\n")


def in_the_window(display: str, *words: str) -> bool:
    """Return whether xdotool could do it; a window that closes meanwhile is an error to it."""
    done = subprocess.run(["xdotool", *words], check=False, env={"DISPLAY": display}, timeout=30)
    return done.returncode == 0
