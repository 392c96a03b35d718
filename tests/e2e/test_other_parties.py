"""Sign-ins at identity providers of others, and with Firefox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from tests import geckodriver, lemonldap, node_samlp, simplesamlphp
from tests.command import Done, ended, typed
from tests.demo_servers import code_of
from tests.installed import InstalledCli, installed_cli
from tests.integration.sts_server import StsServer, granting
from tests.lemonldap import LemonLdap
from tests.local_stack import LocalStack
from tests.node_samlp import NodeSamlp, decrypted

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"


@contextmanager
def known_to_aws(demo: Demo, metadata: str) -> Iterator[None]:
    """Another identity provider in the place of the demo's own, until left."""
    demo.aws.add_provider(metadata)
    try:
        yield
    finally:
        demo.aws.add_provider(demo.idp.metadata)


def test_simplesamlphp_from_the_terminal(demo: Demo, new_home: Path) -> None:
    with simplesamlphp.running() as idp, known_to_aws(demo, idp.metadata):
        cli = installed_cli(new_home, idp.url, demo.aws_url)
        child = typed(
            cli.sign_in(),
            ("Username: ", "aws_admin"),
            ("Password: ", "wrong"),
            ("Username [aws_admin]: ", ""),
            ("Password: ", "aws_admin"),
            ("Role (number or part of the name): ", "Role.Admin"),
        )
        status, said = ended(child)
    assert (status, "They are valid until" in said) == (0, True)
    assert "assumed-role/Role.Admin/aws_admin" in cli.aws("sts", "get-caller-identity").out


# ---- LemonLDAP::NG, with a one-time code on a second page ----


@pytest.fixture(scope="module")
def lemon() -> Iterator[LemonLdap]:
    with lemonldap.running() as started:
        yield started


def asked_for_a_code(cli: InstalledCli) -> pexpect.spawn:
    """aws_mfa at the terminal, up to the question for the code."""
    child = cli.sign_in("--role-arn", "Role.Admin")
    # A script of the page writes the first word there; a slow machine may ask before it has.
    child.expect("(Login|Username): ")
    child.sendline("aws_mfa")
    return typed(child, ("Password: ", "aws_mfa"))


def test_lemonldap_with_a_one_time_code(demo: Demo, lemon: LemonLdap, new_home: Path) -> None:
    cli = installed_cli(new_home, lemon.url, demo.aws_url)
    with known_to_aws(demo, lemon.metadata):
        child = typed(asked_for_a_code(cli), ("Code: ", code_of("aws_mfa")))
        status, said = ended(child)
    assert (status, "Signed in as aws_mfa." in said) == (0, True)
    assert "assumed-role/Role.Admin/aws_mfa" in cli.aws("sts", "get-caller-identity").out
    assert "example-bucket" in cli.aws("s3", "ls").out


def test_a_wrong_code_that_lemonldap_gives_no_form_for_can_be_left_by_its_button(
    demo: Demo, lemon: LemonLdap, new_home: Path
) -> None:
    cli = installed_cli(new_home, lemon.url, demo.aws_url)
    child = typed(asked_for_a_code(cli), ("Code: ", "000000"))
    child.expect("says: .Invalid verification code")
    child.expect_exact("Go to portal? [y/N] ")
    child.sendline("y")
    child.expect_exact("Login [aws_mfa]: ")
    child.sendintr()
    assert ended(child)[0] == 130
    assert not cli.home.credentials.exists()


# ---- node-samlp, whose assertions only AWS can read ----


@pytest.fixture(scope="module")
def samlp() -> Iterator[NodeSamlp]:
    with node_samlp.running() as started:
        yield started


def unattended(cli: InstalledCli, *options: str) -> Done:
    return cli.sign_in_without_terminal(
        *("--username", "aws_admin", *options), AWS_SAML_PASSWORD_COMMAND="echo aws_admin"
    )


def test_an_encrypted_assertion_needs_role_and_provider_from_the_settings(
    demo: Demo, samlp: NodeSamlp, new_home: Path
) -> None:
    calls = len(demo.aws.calls)
    done = unattended(installed_cli(new_home, samlp.url, demo.aws_url))
    assert (done.status, len(demo.aws.calls)) == (253, calls)
    assert "saml_role_arn and saml_provider_arn must both be set" in done.err
    assert "--role-arn ARN --provider-arn ARN" in done.err


def test_an_encrypted_assertion_reaches_sts_as_it_was_posted(
    samlp: NodeSamlp, new_home: Path
) -> None:
    with StsServer(granting) as sts:
        cli = installed_cli(new_home, samlp.url, sts.url)
        done = unattended(cli, "--role-arn", ROLE_ADMIN, "--provider-arn", PROVIDER)
    assert done.status == 0, done.err
    [request] = sts.requests
    assert (request["RoleArn"], request["PrincipalArn"]) == (ROLE_ADMIN, PROVIDER)
    # AES-GCM would not decrypt what has been changed.
    assert f">{ROLE_ADMIN},{PROVIDER}<" in decrypted(request["SAMLAssertion"], samlp.key)


def test_an_encrypted_assertion_that_sts_refuses_is_254_in_its_words(
    demo: Demo, samlp: NodeSamlp, new_home: Path
) -> None:
    """The demo's AWS has no key to read it with, as AWS has none before it is uploaded."""
    cli = installed_cli(new_home, samlp.url, demo.aws_url)
    with known_to_aws(demo, samlp.metadata):
        done = unattended(cli, "--role-arn", ROLE_ADMIN, "--provider-arn", PROVIDER)
    assert (done.status, demo.aws.calls[-1].role_arn) == (254, ROLE_ADMIN)
    assert "InvalidIdentityToken" in done.err
    assert not cli.home.credentials.exists()


# ---- the other engine ----


def test_firefox_signs_in_and_keeps_the_session(cli: InstalledCli) -> None:
    driver = geckodriver.firefox().driver
    firefox = ["--browser", "firefox", "--browser-driver", str(driver)]
    firefox += ["--username", "aws_user", "--force"]
    plain = {"AWS_SAML_BROWSER_ARGUMENTS": "", "AWS_SAML_PASSWORD_COMMAND": "echo aws_user"}
    done = cli.sign_in_without_terminal(*firefox, **plain)
    assert (done.status, "Signed in as aws_user" in done.err) == (0, True)
    again = cli.sign_in_without_terminal(
        *firefox, "--sign-in", "silent", AWS_SAML_BROWSER_ARGUMENTS=""
    )
    assert again.status == 0
    assert cli.left_over() == []


# ---- doctor: it finds nothing in the assertions of any of them ----


OF_THE_MACHINE = {"aws", "display", "keyring", "browser"}


def found(cli: InstalledCli, user: str, *options: str, **environ: str) -> dict[str, str]:
    """Return the results of a fresh sign-in that are neither ok nor skipped."""
    done = cli.home.run(
        *("doctor", "--profile", "dev", "--endpoint-url", cli.endpoint, "--fresh"),
        *("--sign-in", "silent", "--username", user, *options),
        environ={"AWS_SAML_PASSWORD_COMMAND": f"echo {user}", **environ},
    )
    results = {check["Name"]: check["Result"] for check in json.loads(done.out)["Checks"]}
    assert results.get("sign-in") == "ok", done.err
    return {
        name: result
        for name, result in results.items()
        if result in {"failed", "warning"} and name not in OF_THE_MACHINE
    }


def test_keycloak_has_a_healthy_assertion(stack: LocalStack, new_home: Path) -> None:
    assert found(installed_cli(new_home, stack.idp_url, stack.aws_url), "aws_admin") == {}


def test_simplesamlphp_has_a_healthy_assertion(demo: Demo, new_home: Path) -> None:
    with simplesamlphp.running() as idp:
        assert found(installed_cli(new_home, idp.url, demo.aws_url), "aws_admin") == {}


def test_lemonldap_has_a_healthy_assertion(demo: Demo, lemon: LemonLdap, new_home: Path) -> None:
    cli = installed_cli(new_home, lemon.url, demo.aws_url)
    assert found(cli, "aws_mfa", AWS_SAML_MFA_COMMAND=f"echo {code_of('aws_mfa')}") == {}


def test_an_encrypted_assertion_is_healthy_with_role_and_provider(
    demo: Demo, samlp: NodeSamlp, new_home: Path
) -> None:
    cli = installed_cli(new_home, samlp.url, demo.aws_url)
    assert found(cli, "aws_admin") == {"response": "failed"}
    assert found(cli, "aws_admin", "--role-arn", ROLE_ADMIN, "--provider-arn", PROVIDER) == {}
