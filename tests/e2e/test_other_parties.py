"""The same with identity providers that nobody here wrote, and with the other engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from tests import geckodriver, lemonldap, node_samlp, simplesamlphp
from tests.command import Done, ended
from tests.e2e.conftest import Prompt, with_profile
from tests.e2e.test_sign_in import code_of, typed
from tests.integration.sts_server import StsServer, granting
from tests.integration.test_node_samlp import decrypted
from tests.lemonldap import LemonLdap
from tests.node_samlp import NodeSamlp

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
        prompt = with_profile(new_home, idp.url, demo.aws_url)
        child = typed(
            prompt.sign_in(),
            ("Username: ", "aws_admin"),
            ("Password: ", "wrong"),
            ("Username [aws_admin]: ", ""),
            ("Password: ", "aws_admin"),
            ("Role (number or part of the name): ", "Role.Admin"),
        )
        status, said = ended(child)
    assert (status, "expire at" in said) == (0, True)
    assert "assumed-role/Role.Admin/aws_admin" in prompt.aws("sts", "get-caller-identity").out


# ---- LemonLDAP::NG, with a one-time code on a second page ----


@pytest.fixture(scope="module")
def lemon() -> Iterator[LemonLdap]:
    with lemonldap.running() as started:
        yield started


def asked_for_a_code(prompt: Prompt) -> pexpect.spawn:
    """aws_mfa at the terminal, up to the question for the code."""
    child = prompt.sign_in("--role-arn", "Role.Admin")
    # A script of the page writes the first word there; a slow machine may ask before it has.
    child.expect("(Login|Username): ")
    child.sendline("aws_mfa")
    return typed(child, ("Password: ", "aws_mfa"))


def test_lemonldap_with_a_one_time_code(demo: Demo, lemon: LemonLdap, new_home: Path) -> None:
    prompt = with_profile(new_home, lemon.url, demo.aws_url)
    with known_to_aws(demo, lemon.metadata):
        child = typed(asked_for_a_code(prompt), ("Code: ", code_of("aws_mfa")))
        status, said = ended(child)
    assert (status, "Signed in as aws_mfa." in said) == (0, True)
    assert "assumed-role/Role.Admin/aws_mfa" in prompt.aws("sts", "get-caller-identity").out
    assert "example-bucket" in prompt.aws("s3", "ls").out


def test_a_wrong_code_that_lemonldap_gives_no_form_for_ends_it_in_its_words(
    demo: Demo, lemon: LemonLdap, new_home: Path
) -> None:
    prompt = with_profile(new_home, lemon.url, demo.aws_url)
    child = typed(asked_for_a_code(prompt), ("Code: ", "000000"))
    typed_at = time.monotonic()
    status, said = ended(child)
    assert (status, "Invalid verification code" in said) == (254, True)
    assert time.monotonic() - typed_at < 10
    assert not prompt.home.credentials.exists()


# ---- node-samlp, whose assertions only AWS can read ----


@pytest.fixture(scope="module")
def samlp() -> Iterator[NodeSamlp]:
    with node_samlp.running() as started:
        yield started


def unattended(prompt: Prompt, *options: str) -> Done:
    return prompt.sign_in_unattended(
        *("--username", "aws_admin", *options), AWS_SAML_PASSWORD_COMMAND="echo aws_admin"
    )


def test_an_encrypted_assertion_needs_role_and_provider_from_the_settings(
    demo: Demo, samlp: NodeSamlp, new_home: Path
) -> None:
    calls = len(demo.aws.calls)
    done = unattended(with_profile(new_home, samlp.url, demo.aws_url))
    assert (done.status, len(demo.aws.calls)) == (253, calls)
    assert "saml_role_arn and saml_provider_arn must name them" in done.err
    assert "--role-arn ARN --provider-arn ARN" in done.err


def test_an_encrypted_assertion_reaches_sts_as_it_was_posted(
    samlp: NodeSamlp, new_home: Path
) -> None:
    with StsServer(granting) as sts:
        prompt = with_profile(new_home, samlp.url, sts.url)
        done = unattended(prompt, "--role-arn", ROLE_ADMIN, "--provider-arn", PROVIDER)
    assert done.status == 0, done.err
    [request] = sts.requests
    assert (request["RoleArn"], request["PrincipalArn"]) == (ROLE_ADMIN, PROVIDER)
    # AES-GCM would not decrypt what has been changed.
    assert f">{ROLE_ADMIN},{PROVIDER}<" in decrypted(request["SAMLAssertion"], samlp.key)


def test_an_encrypted_assertion_that_sts_refuses_is_254_in_its_words(
    demo: Demo, samlp: NodeSamlp, new_home: Path
) -> None:
    """The demo's AWS has no key to read it with, as AWS has none before it is uploaded."""
    prompt = with_profile(new_home, samlp.url, demo.aws_url)
    with known_to_aws(demo, samlp.metadata):
        done = unattended(prompt, "--role-arn", ROLE_ADMIN, "--provider-arn", PROVIDER)
    assert (done.status, demo.aws.calls[-1].role_arn) == (254, ROLE_ADMIN)
    assert "InvalidIdentityToken" in done.err
    assert not prompt.home.credentials.exists()


# ---- the other engine ----


def test_firefox_signs_in_and_keeps_the_session(prompt: Prompt) -> None:
    driver = geckodriver.firefox().driver
    firefox = ["--browser", "firefox", "--browser-driver", str(driver)]
    firefox += ["--username", "aws_user", "--force"]
    plain = {"AWS_SAML_BROWSER_ARGUMENTS": "", "AWS_SAML_PASSWORD_COMMAND": "echo aws_user"}
    done = prompt.sign_in_unattended(*firefox, **plain)
    assert (done.status, "Signed in as aws_user" in done.err) == (0, True)
    again = prompt.sign_in_unattended(
        *firefox, "--sign-in", "silent", AWS_SAML_BROWSER_ARGUMENTS=""
    )
    assert again.status == 0
    assert prompt.left_over() == []
