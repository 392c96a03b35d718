"""The demo's AWS accepts the assertions of LemonLDAP::NG, which also asks for a one-time code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.demo.aws import Aws
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from aws_saml_ext.demo.steps import totp
from tests import lemonldap
from tests.demo_servers import Form, Visitor, client
from tests.lemonldap import LemonLdap

AWS = "https://signin.aws.amazon.com/saml"
PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"


@pytest.fixture(scope="module")
def idp() -> Iterator[LemonLdap]:
    with lemonldap.running() as started:
        yield started


@pytest.fixture
def aws(idp: LemonLdap) -> Iterator[Aws]:
    with Aws() as started:
        started.add_provider(idp.metadata)
        started.add_role(ROLE_USER)
        started.add_role(ROLE_ADMIN)
        yield started


def asked_for_a_code(visitor: Visitor, idp: LemonLdap) -> Form:
    form = visitor.sign_in(idp.url, "aws_mfa")
    assert form.names["text"] == "code"
    assert 'autocomplete="one-time-code"' in visitor.page
    return form


def test_aws_admin_is_offered_both_roles(idp: LemonLdap) -> None:
    answer = Visitor().sign_in(idp.url, "aws_admin")
    assert answer.action == AWS
    assertion = Assertion.parse(answer.fields["SAMLResponse"])
    assert [role.arn for role in assertion.roles] == [ROLE_USER, ROLE_ADMIN]
    assert assertion.session_name == "aws_admin"


def test_aws_void_is_offered_no_role(idp: LemonLdap) -> None:
    answer = Visitor().sign_in(idp.url, "aws_void")
    assert Assertion.parse(answer.fields["SAMLResponse"]).roles == ()


@pytest.mark.parametrize("role", [ROLE_USER, ROLE_ADMIN])
def test_aws_gives_credentials_for_it(idp: LemonLdap, aws: Aws, role: str) -> None:
    response = Visitor().sign_in(idp.url, "aws_admin").fields["SAMLResponse"]
    keys = client("sts", aws.url).assume_role_with_saml(
        RoleArn=role, PrincipalArn=PROVIDER, SAMLAssertion=response
    )["Credentials"]
    identity = client("sts", aws.url, keys).get_caller_identity()
    assert identity["Arn"].endswith(f":assumed-role/{role.rpartition('/')[2]}/aws_admin")


def test_an_aws_that_knows_another_of_its_kind_refuses_it(idp: LemonLdap) -> None:
    response = Visitor().sign_in(idp.url, "aws_user").fields["SAMLResponse"]
    with lemonldap.running() as another, Aws() as stranger:
        stranger.add_provider(another.metadata)
        stranger.add_role(ROLE_USER)
        with pytest.raises(ClientError, match="InvalidIdentityToken"):
            client("sts", stranger.url).assume_role_with_saml(
                RoleArn=ROLE_USER, PrincipalArn=PROVIDER, SAMLAssertion=response
            )


def test_a_wrong_password_shows_the_form_again(idp: LemonLdap) -> None:
    visitor = Visitor()
    again = visitor.sign_in(idp.url, "aws_user", "wrong")
    assert 'role="alert"><span trmsg="5">' in visitor.page  # "Wrong credentials", by a script
    assert "password" in again.names
    assert visitor.submit(again, text="aws_user", password="aws_user").action == AWS


def test_the_right_code_leads_on(idp: LemonLdap) -> None:
    visitor = Visitor()
    form = asked_for_a_code(visitor, idp)
    answer = visitor.submit(form, text=totp(idp.totp_secret, datetime.now(timezone.utc)))
    assert answer.action == AWS
    assert len(Assertion.parse(answer.fields["SAMLResponse"]).roles) == 2


def test_a_wrong_code_gives_a_page_without_a_form(idp: LemonLdap) -> None:
    visitor = Visitor()
    visitor.submit(asked_for_a_code(visitor, idp), text="000000")
    assert "<form" not in visitor.page
    assert 'role="alert"><span trmsg="96">' in visitor.page  # "Invalid verification code"
    assert "cancel=1" in visitor.page


def test_after_a_wrong_code_a_sign_in_may_begin_anew(idp: LemonLdap) -> None:
    visitor = Visitor()
    visitor.submit(asked_for_a_code(visitor, idp), text="000000")
    form = asked_for_a_code(visitor, idp)
    answer = visitor.submit(form, text=totp(idp.totp_secret, datetime.now(timezone.utc)))
    assert answer.action == AWS


def test_the_session_answers_without_a_question(idp: LemonLdap) -> None:
    visitor = Visitor()
    visitor.sign_in(idp.url, "aws_user")
    assert visitor.open(idp.url).action == AWS
