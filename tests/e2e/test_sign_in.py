"""`aws saml-login`: the real aws and its alias, a real browser, an identity provider, an AWS."""

from __future__ import annotations

import re
import signal
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pexpect
import psutil
import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import (
    ROLE_ADMIN,
    ROLE_USER,
    IdentityProvider,
)
from tests.command import CREDENTIALS_BY_HAND, ended, typed
from tests.demo_servers import code_of, self_signed
from tests.installed import InstalledCli, installed_cli
from tests.patience import until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


# ---- the main job ----


def test_username_password_and_role_at_the_terminal(cli: InstalledCli) -> None:
    cli.home.credentials.parent.mkdir(exist_ok=True)
    cli.home.credentials.write_text(CREDENTIALS_BY_HAND)
    child = typed(
        cli.sign_in(),
        ("Username: ", "aws_admin"),
        ("Password: ", "aws_admin"),
        ("Role (number or part of the name): ", "adm"),
    )
    status, said = ended(child)
    assert (status, "are in profile dev." in said) == (0, True)
    stored = cli.home.credentials.read_text()
    assert stored.startswith(CREDENTIALS_BY_HAND + "\n[dev]\n")
    assert f"x_saml_role_arn = {ROLE_ADMIN}\n" in stored
    assert "assumed-role/Role.Admin/aws_admin" in cli.aws("sts", "get-caller-identity").out
    assert "example-bucket" in cli.aws("s3", "ls").out
    assert cli.left_over() == []


def test_the_second_sign_in_asks_nothing(cli: InstalledCli, demo: Demo) -> None:
    typed(cli.sign_in(), ("Username: ", "aws_user"), ("Password: ", "aws_user")).expect(pexpect.EOF)
    sign_ins = demo.idp.sign_ins
    done = cli.sign_in_without_terminal("--sign-in", "silent", "--force")
    assert (done.status, demo.idp.sign_ins) == (0, sign_ins)
    assert "Signed in as aws_user" in done.err


def test_fresh_credentials_are_not_renewed(cli: InstalledCli) -> None:
    options = ["--username", "aws_user", "--role-arn", ROLE_USER]
    first = cli.sign_in_without_terminal(*options, AWS_SAML_PASSWORD_COMMAND="echo aws_user")
    assert first.status == 0
    stored = cli.home.credentials.read_text()
    second = cli.sign_in_without_terminal(*options)
    assert (second.status, "are valid for another" in second.err) == (0, True)
    assert cli.home.credentials.read_text() == stored


def test_without_keeping_the_session_nothing_of_it_stays(cli: InstalledCli) -> None:
    child = cli.sign_in("--no-keep-session")
    typed(child, ("Username: ", "aws_user"), ("Password: ", "aws_user"))
    assert ended(child)[0] == 0
    kept = cli.home.aws / "saml" / "browser"
    assert list(kept.iterdir()) == []


def test_roles_prints_them_on_standard_output(cli: InstalledCli) -> None:
    done = cli.home.run(
        *("saml-login", "roles", "--profile", "dev", "--username", "aws_admin"),
        *("--query", "Roles[].RoleName", "--output", "text"),
        command=["/usr/bin/aws"],
        environ={"AWS_SAML_PASSWORD_COMMAND": "echo aws_admin"},
    )
    assert (done.status, done.out) == (0, "Role.User\tRole.Admin\n")


def test_an_assertion_that_runs_out_at_the_role_list_is_renewed(demo: Demo, new_home: Path) -> None:
    demo.idp.lifespan = timedelta(seconds=1)
    try:
        cli = installed_cli(new_home, demo.idp_url, demo.aws_url)
        child = cli.sign_in()
        typed(child, ("Username: ", "aws_admin"), ("Password: ", "aws_admin"))
        child.expect_exact("Role (number or part of the name): ")
        sign_ins = demo.idp.sign_ins
        time.sleep(2.5)  # the rest of that, and a second that AWS allows
        demo.idp.lifespan = timedelta(minutes=5)
        child.sendline("0")
        assert ended(child)[0] == 0
        assert demo.idp.sign_ins == sign_ins
    finally:
        demo.idp.lifespan = timedelta(minutes=5)


def test_clean_forgets_the_kept_session_first(cli: InstalledCli) -> None:
    typed(cli.sign_in(), ("Username: ", "aws_user"), ("Password: ", "aws_user")).expect(pexpect.EOF)
    done = cli.sign_in_without_terminal("--clean", "--sign-in", "silent")
    assert done.status == 253
    assert "needs you to sign in" in done.err


def test_an_address_that_is_not_known_is_asked_for_and_kept(cli: InstalledCli, demo: Demo) -> None:
    child = cli.home.start(
        *("--profile", "new", "--endpoint-url", cli.endpoint), command=["aws-saml-login"]
    )
    typed(
        child,
        ("Address that starts the AWS sign-in at your identity provider: ", "idp.example.com"),
        ("Use https://idp.example.com? [Y/n] ", "n"),
        ("Address that starts the AWS sign-in at your identity provider: ", demo.idp_url),
        ("Nickname, to reuse it in other profiles (optional): ", "demo"),
        ("Save this identity provider in profile new? [Y/n] ", ""),
        ("Username: ", "aws_user"),
        ("Password: ", "aws_user"),
    )
    assert ended(child)[0] == 0
    config = cli.home.config.read_text()
    assert f"[saml-idp demo]\nsaml_idp_url = {demo.idp_url}\n" in config
    assert "[profile new]\nsaml_idp = demo\n" in config


# ---- refused ----


def test_a_wrong_password_is_asked_again_three_times(cli: InstalledCli, demo: Demo) -> None:
    wrong = demo.idp.wrong_passwords
    child = cli.sign_in("--username", "aws_user")
    for _ in range(3):
        child.expect_exact("Password: ")
        child.sendline("wr0ng")
        child.expect_exact("Invalid username or password.")
    status, said = ended(child)
    assert status == 254
    assert demo.idp.wrong_passwords - wrong == 3
    assert "wr0ng" not in said
    assert not cli.home.credentials.exists()


def test_a_wrong_password_command_is_tried_once(cli: InstalledCli, demo: Demo) -> None:
    wrong = demo.idp.wrong_passwords
    done = cli.sign_in_without_terminal(
        "--username", "aws_user", AWS_SAML_PASSWORD_COMMAND="echo no"
    )
    assert done.status == 254
    assert "Invalid username or password." in done.err
    assert demo.idp.wrong_passwords - wrong == 1


def test_the_identity_providers_no_is_told_in_its_words(cli: InstalledCli) -> None:
    done = cli.sign_in_without_terminal(
        "--username", "aws_refused", AWS_SAML_PASSWORD_COMMAND="echo aws_refused"
    )
    assert done.status == 254
    assert "Not allowed to use AWS." in done.err
    assert not cli.home.credentials.exists()


def test_a_bad_certificate_ends_it_before_anything_is_asked(
    demo: Demo, new_home: Path, tmp_path: Path
) -> None:
    with IdentityProvider(tls=self_signed(tmp_path)) as idp:
        cli = installed_cli(new_home, idp.start, demo.aws_url)
        status, said = ended(cli.sign_in())
    assert status == 253
    assert "CERT" in said
    assert "Username" not in said


def test_an_identity_provider_that_is_down_is_told(demo: Demo, new_home: Path) -> None:
    cli = installed_cli(new_home, "http://127.0.0.1:9/start", demo.aws_url)
    done = cli.sign_in_without_terminal()
    assert done.status == 255
    assert "127.0.0.1" in done.err


# ---- the second factor ----


def test_a_one_time_code_at_the_terminal(cli: InstalledCli) -> None:
    child = typed(
        cli.sign_in("--role-arn", "Role.User"),
        ("Username: ", "aws_mfa"),
        ("Password: ", "aws_mfa"),
        ("One-time code: ", "000000"),
    )
    child.expect_exact("Invalid authenticator code.")
    typed(child, ("One-time code: ", code_of("aws_mfa")))
    assert ended(child)[0] == 0
    assert cli.left_over() == []


def test_a_way_to_verify_is_chosen_and_the_number_shown_until_it_is_approved(
    demo: Demo, new_home: Path
) -> None:
    demo.idp.approval = timedelta(seconds=1)
    url = demo.idp.address(ask="method,stay")
    cli = installed_cli(new_home, url, demo.aws_url)
    child = typed(
        cli.sign_in("--role-arn", "Role.User"),
        ("Username: ", "aws_user"),
        ("Password: ", "aws_user"),
    )
    child.expect_exact("1  Use a verification code")
    typed(child, ("Choose (number or part of the name): ", "phone"))
    child.expect_exact("enter the number shown")
    child.expect_exact("4  2")
    assert ended(child)[0] == 0
    assert demo.idp.stays[-1] == "yes"


def test_a_code_from_a_command_leaves_nothing_to_ask(cli: InstalledCli) -> None:
    done = cli.sign_in_without_terminal(
        *("--username", "aws_mfa", "--role-arn", "Role.User"),
        AWS_SAML_PASSWORD_COMMAND="echo aws_mfa",
        AWS_SAML_MFA_COMMAND=f"echo {code_of('aws_mfa')}",
    )
    assert done.status == 0, done.err


def test_silent_never_asks(cli: InstalledCli) -> None:
    done = cli.sign_in_without_terminal("--sign-in", "silent")
    assert done.status == 253
    assert "aws saml-login --profile dev" in done.err


def test_a_window_without_a_display_is_253(cli: InstalledCli) -> None:
    done = cli.sign_in_without_terminal("--use-browser")
    assert done.status == 253
    assert "display" in done.err


def test_a_sign_in_that_takes_too_long_is_255(demo: Demo, new_home: Path) -> None:
    url = demo.idp.address(slow=20)
    cli = installed_cli(new_home, url, demo.aws_url)
    done = cli.sign_in_without_terminal("--timeout", "2")
    assert done.status == 255
    assert cli.left_over() == []


def test_a_browser_that_is_not_there_is_named_with_what_to_install(cli: InstalledCli) -> None:
    done = cli.sign_in_without_terminal("--browser", "edge")
    assert done.status == 253
    assert "Edge" in done.err


# ---- stopped ----


def test_ctrl_c_ends_it_and_leaves_nothing(cli: InstalledCli) -> None:
    child = cli.sign_in()
    child.expect_exact("Username: ")
    child.sendintr()
    status, said = ended(child)
    assert status == 130
    assert "Traceback" not in said
    assert until(lambda: cli.left_over() == [])


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, 137)],
)
def test_a_signal_ends_it_and_leaves_nothing(
    number: signal.Signals, status: int, cli: InstalledCli
) -> None:
    child = cli.home.start(
        *("--profile", "dev", "--endpoint-url", cli.endpoint), command=["aws-saml-login"]
    )
    child.expect_exact("Username: ")
    child.kill(number)
    assert ended(child)[0] == status
    # After SIGKILL nobody is left to remove a folder, and the kernel ends the processes.
    left = cli.processes if number is signal.SIGKILL else cli.left_over
    assert until(lambda: left() == [])


def test_a_driver_that_dies_is_253(cli: InstalledCli) -> None:
    child = cli.sign_in()
    child.expect_exact("Username: ")
    [driver] = [each for each in cli.processes() if each.name() == "chromedriver"]
    driver.kill()
    child.sendline("aws_user")
    child.expect_exact("Password: ")
    child.sendline("aws_user")
    status, said = ended(child)
    assert status == 253
    assert "Traceback" not in said
    assert until(lambda: cli.left_over() == [])


# ---- in a window ----


def test_a_person_who_closes_the_window_stopped_it(cli: InstalledCli, display: str) -> None:
    child = cli.home.start(
        *("--profile", "dev", "--endpoint-url", cli.endpoint, "--use-browser"),
        command=["aws-saml-login"],
        environ={"DISPLAY": display},
    )
    child.expect_exact("Waiting for you in")
    # Its first process; the others are its children.
    browser = next(each for each in cli.processes() if each.name() == "chromium")
    browser.terminate()
    status, said = ended(child)
    assert status == 130
    assert "Traceback" not in said
    assert until(lambda: cli.left_over() == [])


# ---- nothing secret ----


def test_no_argument_of_a_process_holds_the_password(cli: InstalledCli) -> None:
    child = cli.sign_in("--debug")
    typed(child, ("Username: ", "aws_admin"), ("Password: ", "aws_admin"))
    child.expect_exact("Role (number or part of the name): ")
    running = psutil.Process(child.pid)
    processes = [running, *running.children(recursive=True)]
    words: set[str] = set()
    for process in processes:
        with suppress(psutil.Error):  # it has ended meanwhile
            words.update(process.cmdline())
    child.sendline("0")
    status, said = ended(child)
    assert status == 0
    assert "aws_admin" not in words
    assert any("chromium" in word for word in words)
    stored = cli.home.credentials.read_text()
    for secret in re.findall(r"(?m)^aws_(?:secret_access_key|session_token) = (\S+)$", stored):
        assert secret not in said
