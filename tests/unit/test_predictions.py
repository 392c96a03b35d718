"""The refusal that a check of the assertion predicts is the one of the demo's STS."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.assertion import Role
from aws_saml_ext.checks import assertion_checks
from aws_saml_ext.checks.examined import Examined
from aws_saml_ext.checks.response_document import ResponseDocument
from aws_saml_ext.demo.assume_role_with_saml import Refusal, Request, TrustingRole, judge
from aws_saml_ext.demo.aws import trusting
from aws_saml_ext.demo.issuer import ATTRIBUTE, Claims, Issuer

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
PROVIDER = "arn:aws:iam::111122223333:saml-provider/Corp"
ROLE = Role("arn:aws:iam::111122223333:role/Dev", PROVIDER)
OTHER = Role("arn:aws:iam::444455556666:role/Dev", PROVIDER)
RESERVED = Role("arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_1", PROVIDER)
CHINA = "https://signin.amazonaws.cn/saml"
PAIR = f"{ROLE.arn},{PROVIDER}"

Change = Callable[[str], str]


def text(old: str, new: str) -> Change:
    def changed(xml: str) -> str:
        assert old in xml
        return xml.replace(old, new)

    return changed


def attribute(name: str, *values: str) -> Change:
    made = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    made = f'<saml:Attribute Name="{ATTRIBUTE}{name}">{made}</saml:Attribute>'
    return text("</saml:AttributeStatement>", f"{made}</saml:AttributeStatement>")


def pattern(old: str, new: str) -> Change:
    def changed(xml: str) -> str:
        made, count = re.subn(old, new, xml)
        assert count
        return made

    return changed


def twice(xml: str) -> str:
    assertion = xml[xml.index("<saml:Assertion") : xml.index("</samlp:Response>")]
    return xml.replace(assertion, assertion + re.sub(r' ID="_', ' ID="_2', assertion))


def at(**span: float) -> str:
    return f"{NOW + timedelta(**span):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Case:
    """A change of a healthy response, and the check that finds it."""

    check: str
    change: Change
    role: Role = ROLE


CASES = {
    "two assertions": Case("response", twice),
    "status": Case("status", text("status:Success", "status:Requester")),
    "no issuer": Case(
        "issuer", pattern(r"(<saml:Assertion [^>]*>)<saml:Issuer>[^<]*</saml:Issuer>", r"\1")
    ),
    "another issuer of the response": Case(
        "issuer", pattern(r"(<samlp:Response [^>]*><saml:Issuer>)", r"\1x")
    ),
    "no audience": Case("audience", pattern("<saml:Audience>.*</saml:Audience>", "")),
    "no recipient": Case("recipient", pattern(' Recipient="[^"]*"', "")),
    "recipient in China": Case("recipient", pattern('Recipient="[^"]*"', f'Recipient="{CHINA}"')),
    "never issued": Case("times", pattern(r'(<saml:Assertion [^>]*) IssueInstant="[^"]*"', r"\1")),
    "starts ahead": Case("times", pattern('NotBefore="[^"]*"', f'NotBefore="{at(minutes=2)}"')),
    "run out": Case(
        "times", pattern('After="[^"]*"><saml:Aud', f'After="{at(seconds=-1)}"><saml:Aud')
    ),
    "confirmation run out": Case(
        "times", pattern('Data NotOnOrAfter="[^"]*"', f'Data NotOnOrAfter="{at(seconds=-1)}"')
    ),
    "session over": Case(
        "times", pattern('SessionNotOnOrAfter="[^"]*"', f'SessionNotOnOrAfter="{at(seconds=-1)}"')
    ),
    "short session name": Case("session-name", text(">jane.doe<", ">j<")),
    "name in another attribute": Case(
        "session-name", text(f"{ATTRIBUTE}RoleSessionName", "https://aws.amazon.com/RoleSessionName")
    ),
    "source identity of one letter": Case("source-identity", attribute("SourceIdentity", "j")),
    "no role": Case("roles", text(PAIR, "offline_access")),
    "one ARN": Case("roles", text(PAIR, ROLE.arn)),
    "two roles in a value": Case("roles", text(PAIR, f"{PAIR},{OTHER.arn}")),
    "space in an ARN": Case("roles", text("role/Dev", "role/D ev")),
    "only reserved": Case("roles", text(ROLE.arn, RESERVED.arn), RESERVED),
    "roles in another attribute": Case(
        "roles", text(f"{ATTRIBUTE}Role\"", f"{ATTRIBUTE.lower()}Role\"")
    ),
    "another role": Case("roles", text("role/Dev", "role/Ops")),
    "one tag": Case("tags", attribute("PrincipalTag:Team", "x")),
}  # fmt: skip


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.create("https://idp.example.com")


def response(issuer: Issuer, change: Change = lambda xml: xml) -> str:
    claims = Claims(
        name_id="jane",
        issued=NOW - timedelta(seconds=1),
        attributes={f"{ATTRIBUTE}Role": [PAIR], f"{ATTRIBUTE}RoleSessionName": ["jane.doe"]},
    )
    plain = issuer.response(claims, sign_response=False, sign_assertion=False)
    signed = issuer.signed(change(base64.b64decode(plain).decode()))
    return base64.b64encode(signed.encode()).decode()


def judged(issuer: Issuer, saml_response: str, role: Role = ROLE) -> Refusal | None:
    """Return the refusal of an STS that knows the provider, and whose roles trust it."""
    try:
        judge(
            Request(role.arn, role.principal_arn, saml_response),
            metadata_of=lambda _: issuer.metadata("https://idp.example.com/sso"),
            role_of=lambda _: TrustingRole(json.dumps(trusting(PROVIDER))),
            now=NOW,
        )
    except Refusal as refusal:
        return refusal
    return None


def test_a_healthy_response_is_granted(issuer: Issuer) -> None:
    assert judged(issuer, response(issuer)) is None


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_check_predicts_the_refusal(case: Case, issuer: Issuer) -> None:
    sent = response(issuer, case.change)
    refusal = judged(issuer, sent, case.role)
    assert refusal is not None
    examined = Examined(ResponseDocument.read(sent), NOW, role=case.role)
    predicted = [
        problem.predicts.fits(refusal.code, refusal.message)
        for problem in assertion_checks.CHECKS[case.check](examined)
        if problem.predicts is not None
    ]
    assert predicted[:1] == [True], (refusal.code, refusal.message)
