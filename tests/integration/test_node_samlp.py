"""Assertions of samlp, which only AWS can decrypt."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from lxml import etree

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from tests import node_samlp
from tests.demo_servers import Visitor
from tests.node_samlp import NodeSamlp, decrypted

AWS = "https://signin.aws.amazon.com/saml/acs/SAMLSPEXAMPLE1234567"


@pytest.fixture(scope="module")
def idp() -> Iterator[NodeSamlp]:
    with node_samlp.running() as started:
        yield started


def test_an_assertion_is_posted_that_only_aws_can_read(idp: NodeSamlp) -> None:
    answer = Visitor().sign_in(idp.url, "aws_admin")
    assert answer.action == AWS
    response = answer.fields["SAMLResponse"]
    assertion = Assertion.parse(response)
    assert assertion.encrypted
    assert assertion.roles == ()
    assert b"arn:aws:iam" not in base64.b64decode(response)


def test_aws_reads_both_roles_in_it(idp: NodeSamlp) -> None:
    answer = Visitor().sign_in(idp.url, "aws_admin")
    assertion = decrypted(answer.fields["SAMLResponse"], idp.key)
    response = f'<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol">{assertion}</Response>'
    read = Assertion.parse(base64.b64encode(response.encode()).decode())
    assert [role.arn for role in read.roles] == [ROLE_USER, ROLE_ADMIN]
    assert read.session_name == "aws_admin"


def test_its_metadata_names_who_signs_and_where_people_sign_in(idp: NodeSamlp) -> None:
    metadata = etree.fromstring(idp.metadata.encode())
    answer = Visitor().sign_in(idp.url, "aws_user")
    issuer = Assertion.parse(answer.fields["SAMLResponse"]).issuer
    assert metadata.get("entityID") == issuer == "urn:example:node-samlp"
    addresses = {place.get("Location") for place in metadata.iter("{*}SingleSignOnService")}
    assert addresses == {idp.url}


def test_a_wrong_password_shows_the_form_again(idp: NodeSamlp) -> None:
    visitor = Visitor()
    again = visitor.sign_in(idp.url, "aws_user", "wrong")
    assert "Wrong username or password." in visitor.page
    assert "password" in again.names


def test_the_session_answers_without_a_question(idp: NodeSamlp) -> None:
    visitor = Visitor()
    visitor.sign_in(idp.url, "aws_user")
    assert visitor.open(idp.url).action == AWS


def test_it_posts_to_another_address_as_well() -> None:
    acs = "https://eu-west-1.signin.aws.amazon.com/saml"
    with node_samlp.running(acs=acs) as elsewhere:
        assert Visitor().sign_in(elsewhere.url, "aws_user").action == acs
