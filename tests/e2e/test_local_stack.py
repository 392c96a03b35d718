"""`aws saml-login` at a real Keycloak: `make stack`, the real aws, a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stack import keycloak, postgres
from stack.realm import cleaned, written
from tests import local_stack
from tests.command import CREDENTIALS_BY_HAND, ended, typed
from tests.demo_servers import code_of
from tests.installed import InstalledCli, installed_cli
from tests.local_stack import LocalStack

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(500)]

QUESTION = "Role (number or part of the name): "


@pytest.fixture
def cli(stack: LocalStack, new_home: Path) -> InstalledCli:
    return installed_cli(new_home, stack.idp_url, stack.aws_url)


def who_can_list_buckets(cli: InstalledCli) -> str:
    """List the bucket with the stored credentials, and return the ARN that AWS gives them."""
    assert "example-bucket" in cli.aws("s3", "ls").out
    return cli.aws("sts", "get-caller-identity", "--query", "Arn", "--output", "text").out


def test_aws_admin_chooses_between_two(cli: InstalledCli) -> None:
    child = typed(cli.sign_in(), ("Username or email: ", "aws_admin"), ("Password: ", "aws_admin"))
    child.expect_exact("2 roles are offered.")
    typed(child, (QUESTION, "Role.Admin"))
    assert ended(child)[0] == 0
    assert who_can_list_buckets(cli).endswith(":assumed-role/Role.Admin/aws_admin\n")


def test_aws_void_is_refused_and_the_file_untouched(cli: InstalledCli) -> None:
    cli.home.credentials.write_text(CREDENTIALS_BY_HAND)
    child = typed(cli.sign_in(), ("Username or email: ", "aws_void"), ("Password: ", "aws_void"))
    status, said = ended(child)
    assert (status, "Traceback" in said) == (254, False)
    assert cli.home.credentials.read_text() == CREDENTIALS_BY_HAND


def test_a_wrong_password_and_a_wrong_code_are_asked_again(cli: InstalledCli) -> None:
    child = typed(
        cli.sign_in("--role-arn", "Role.Admin"),
        ("Username or email: ", "aws_mfa"),
        ("Password: ", "not the password"),
    )
    child.expect_exact("Invalid username or password.")
    typed(child, ("[aws_mfa]: ", ""), ("Password: ", "aws_mfa"), ("One-time code: ", "000000"))
    child.expect_exact("Invalid authenticator code.")
    typed(child, ("One-time code: ", code_of("aws_mfa")))
    assert ended(child)[0] == 0
    assert who_can_list_buckets(cli).endswith(":assumed-role/Role.Admin/aws_mfa\n")


def test_aws_user_is_asked_nothing_again_until_an_administrator_ends_the_session(
    stack: LocalStack, cli: InstalledCli
) -> None:
    child = typed(cli.sign_in(), ("Username or email: ", "aws_user"), ("Password: ", "aws_user"))
    status, said = ended(child)
    assert (status, "Signed in as aws_user. 1 role is offered." in said) == (0, True)
    assert who_can_list_buckets(cli).endswith(":assumed-role/Role.User/aws_user\n")
    assert cli.sign_in_without_terminal("--sign-in", "silent", "--force").status == 0
    stack.admin.end_sessions("aws_user")
    assert cli.sign_in_without_terminal("--sign-in", "silent", "--force").status == 253


def test_the_page_about_it_shows_lines_that_work(stack: LocalStack, cli: InstalledCli) -> None:
    page = (local_stack.REPOSITORY / "docs" / "local-stack.md").read_text()
    lines = "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    lines = lines.replace("http://localhost:8080/auth", stack.keycloak_url)
    lines = lines.replace("http://localhost:4566", stack.aws_url)
    done = cli.home.run(lines, command=["sh", "-euc"], cwd=cli.home.path)
    assert done.status == 0, done.err
    assert '"AccessKeyId": "ASIA' in done.out
    assert "are in profile local" in done.err


@pytest.mark.postgres
def test_on_postgresql_it_signs_in_and_gives_back_the_realm_that_was_imported(
    new_home: Path,
) -> None:
    local_stack.need_keycloak()
    local_stack.need_postgres()
    with local_stack.folder() as folder:
        with local_stack.running(folder, STACK_DB="postgres") as stack:
            check_sign_in(stack, new_home)
        with postgres.running(folder) as database:
            realms = keycloak.export(folder, database=database)
    imported = keycloak.REALM_FILE.read_text()
    made = cleaned(realms["aws"], realms["master"], before=json.loads(imported), notify=print)
    assert written(made) == imported


@pytest.mark.localstack
def test_with_localstack_in_awss_place_it_signs_in(new_home: Path) -> None:
    local_stack.need_keycloak()
    local_stack.need_localstack()
    with (
        local_stack.folder() as folder,
        local_stack.running(folder, STACK_AWS="localstack") as stack,
    ):
        check_sign_in(stack, new_home)


def check_sign_in(stack: LocalStack, home: Path) -> None:
    """Sign aws_admin in to the second of two roles, and use it."""
    cli = installed_cli(home, stack.idp_url, stack.aws_url)
    done = cli.sign_in_without_terminal(
        *("--username", "aws_admin", "--role-arn", "Role.Admin"),
        AWS_SAML_PASSWORD_COMMAND="echo aws_admin",
    )
    assert done.status == 0, done.err
    assert who_can_list_buckets(cli).endswith(":assumed-role/Role.Admin/aws_admin\n")
