"""The demo's AWS accepts the assertions of SimpleSAMLphp."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from aws_saml_ext.demo.aws import Aws
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from tests import simplesamlphp
from tests.demo_servers import Form, Visitor, client
from tests.simplesamlphp import SimpleSamlPhp

PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"


@pytest.fixture(scope="module")
def idp() -> Iterator[SimpleSamlPhp]:
    with simplesamlphp.running() as started:
        yield started


@pytest.fixture
def aws(idp: SimpleSamlPhp) -> Iterator[Aws]:
    with Aws() as started:
        started.add_provider(idp.metadata)
        started.add_role(ROLE_USER)
        started.add_role(ROLE_ADMIN)
        yield started


def post_to_aws(visitor: Visitor, idp: SimpleSamlPhp, name: str) -> Form:
    answer = visitor.sign_in(idp.url, name)
    assert answer.action == "https://signin.aws.amazon.com/saml"
    return answer


@pytest.mark.parametrize("role", [ROLE_USER, ROLE_ADMIN])
def test_aws_admin_gets_credentials_of_either_role(idp: SimpleSamlPhp, aws: Aws, role: str) -> None:
    response = post_to_aws(Visitor(), idp, "aws_admin").fields["SAMLResponse"]
    keys = client("sts", aws.url).assume_role_with_saml(
        RoleArn=role, PrincipalArn=PROVIDER, SAMLAssertion=response
    )["Credentials"]
    identity = client("sts", aws.url, keys).get_caller_identity()
    assert identity["Arn"].endswith(f":assumed-role/{role.rpartition('/')[2]}/aws_admin")
    buckets = client("s3", aws.url, keys).list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["example-bucket"]


@pytest.mark.parametrize(("name", "role"), [("aws_user", ROLE_ADMIN), ("aws_void", ROLE_USER)])
def test_a_role_that_is_not_offered_is_refused(
    idp: SimpleSamlPhp, aws: Aws, name: str, role: str
) -> None:
    response = post_to_aws(Visitor(), idp, name).fields["SAMLResponse"]
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithSAML"):
        client("sts", aws.url).assume_role_with_saml(
            RoleArn=role, PrincipalArn=PROVIDER, SAMLAssertion=response
        )


def test_an_aws_that_does_not_know_it_refuses_it(idp: SimpleSamlPhp) -> None:
    response = post_to_aws(Visitor(), idp, "aws_user").fields["SAMLResponse"]
    with Aws() as stranger, pytest.raises(ClientError, match="Specified provider doesn't exist"):
        client("sts", stranger.url).assume_role_with_saml(
            RoleArn=ROLE_USER, PrincipalArn=PROVIDER, SAMLAssertion=response
        )


def test_a_wrong_password_shows_the_form_again(idp: SimpleSamlPhp) -> None:
    visitor = Visitor()
    again = visitor.sign_in(idp.url, "aws_user", "wrong")
    assert "Incorrect username or password" in visitor.page
    assert "password" in again.names


def test_the_session_answers_without_a_question(idp: SimpleSamlPhp) -> None:
    visitor = Visitor()
    post_to_aws(visitor, idp, "aws_user")
    assert visitor.open(idp.url).action == "https://signin.aws.amazon.com/saml"
