"""A refusal of the demo's strict STS names its cause in the assertion, and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.aws import REGION_DISABLED, refusing, trusting
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from aws_saml_ext.demo.issuer import ATTRIBUTE, Claims, Issuer
from aws_saml_ext.errors import AssertionTooLate, SamlLoginError, StsRefused
from aws_saml_ext.sts.connection import StsConnection
from tests.integration.exchanges import SETTINGS, everything_shown, exchange

PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
ROLE = Role(ROLE_ADMIN, PROVIDER)
REGIONAL = "https://eu-west-1.signin.aws.amazon.com/saml"


@pytest.fixture(scope="module")
def both() -> Iterator[Demo]:
    """The demo, for all tests of this module; they change nothing in it but its next answer."""
    with running() as demo:
        yield demo


def claims(
    attributes: Mapping[str, Sequence[str]] | None = None,
    *,
    age: timedelta = timedelta(seconds=1),
    **changes: Any,
) -> Claims:
    """Return those of a healthy assertion with these changes; attributes by AWS's last part."""
    named = {"Role": [f"{PROVIDER},{ROLE_ADMIN}"], "RoleSessionName": ["jane"]}
    named |= {name: list(values) for name, values in (attributes or {}).items()}
    made = Claims(
        name_id="jane",
        issued=datetime.now(timezone.utc) - age,
        attributes={ATTRIBUTE + name: values for name, values in named.items() if values},
    )
    return replace(made, **changes)


def assertion(saml_response: str) -> Assertion:
    return Assertion.parse(saml_response)


def refused(demo: Demo, saml_response: str, *, role: Role = ROLE, hours: int = 1) -> SamlLoginError:
    with pytest.raises(SamlLoginError) as caught:
        exchange(
            settings=replace(SETTINGS, session_duration=timedelta(hours=hours)),
            assertion=assertion(saml_response),
            role=role,
            connection=StsConnection(demo.aws_url),
        )
    return caught.value


def of(*attributes: Mapping[str, Sequence[str]], **changes: Any) -> Callable[[Demo], str]:
    """Issue the assertion when its test runs: it is good for minutes."""
    return lambda demo: demo.idp.issuer.response(claims(*attributes, **changes))


def unsigned(demo: Demo) -> str:
    return demo.idp.issuer.response(claims(), sign_response=False, sign_assertion=False)


def foreign(demo: Demo) -> str:
    return Issuer.create(demo.idp.issuer.entity_id).response(claims())


def of_another_issuer(demo: Demo) -> str:
    return replace(demo.idp.issuer, entity_id="https://other.example.com").response(claims())


LONG_AGO = timedelta(minutes=9)
CASES: list[tuple[str, Callable[[Demo], str], str, str, str]] = [
    ("unsigned", unsigned, "InvalidIdentityToken", "is signed", "Turn on the signature"),
    ("foreign key", foreign, "InvalidIdentityToken", "renewed", "update-saml-provider"),
    ("issuer", of_another_issuer, "InvalidIdentityToken", "entityID", "get-saml-provider"),
    (
        "audience",
        of(audience="https://app.example.com"),
        "InvalidIdentityToken",
        "is for the audience https://app.example.com, and not for AWS.",
        "Set the audience to urn:amazon:webservices at the identity provider.",
    ),
    (
        "late",
        of(age=LONG_AGO, lifespan=2 * LONG_AGO),
        "ExpiredTokenException",
        "9 minutes ago, and STS takes none that is older than 5 minutes.",
        "Sign in again",
    ),
    (
        "early",
        of(age=-LONG_AGO),
        "ExpiredTokenException",
        "minutes ahead.",
        "clock",
    ),
    (
        "no session name",
        of({"RoleSessionName": []}),
        "InvalidIdentityToken",
        "The attribute RoleSessionName is missing.",
        f"Send {ATTRIBUTE}RoleSessionName",
    ),
    (
        "session name",
        of({"RoleSessionName": ["jane doe"]}),
        "InvalidIdentityToken",
        "'jane doe' is not 2 to 64",
        "Correct the attribute",
    ),
    (
        "source identity",
        of({"SourceIdentity": ["aws:jane"]}),
        "InvalidIdentityToken",
        "The SourceIdentity 'aws:jane' is not",
        "Correct the attribute",
    ),
    (
        "source identity not allowed",
        of({"SourceIdentity": ["jane"]}),
        "AccessDenied",
        f"must allow sts:SetSourceIdentity to {PROVIDER}.",
        'add "sts:SetSourceIdentity" to its trust policy',
    ),
    (
        "tags not allowed",
        of({"PrincipalTag:Team": ["x"], "PrincipalTag:Cost": ["y"]}),
        "AccessDenied",
        "2 session tags (PrincipalTag), so the trust policy of the role must allow sts:TagSession",
        'add "sts:TagSession" to its trust policy',
    ),
    (
        "regional address",
        of(acs=REGIONAL),
        "AccessDenied",
        f"the regional address {REGIONAL}",
        "Add the regional address to the SAML:aud",
    ),
    (
        "another address",
        of(acs="https://app.example.com/saml"),
        "AccessDenied",
        "which is no sign-in address of AWS",
        "Set it to https://signin.aws.amazon.com/saml",
    ),
    (
        "role not in the assertion",
        of({"Role": [f"{PROVIDER},{ROLE_ADMIN.replace('Admin', 'admin')}"]}),
        "AccessDenied",
        "and case matters",
        "Set saml_role_arn",
    ),
]


@pytest.mark.parametrize(
    ("made", "code", "cause", "remedy"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_the_cause_and_its_remedy_are_named(
    both: Demo, made: Callable[[Demo], str], code: str, cause: str, remedy: str
) -> None:
    error = refused(both, made(both))
    assert isinstance(error, StsRefused)
    assert f"({code})" in str(error)
    assert cause in str(error)
    assert remedy in str(error.hint)


@pytest.mark.parametrize("made", [row[1] for row in CASES], ids=[row[0] for row in CASES])
def test_nothing_of_the_assertion_is_shown(both: Demo, made: Callable[[Demo], str]) -> None:
    saml_response = made(both)
    shown = everything_shown(refused(both, saml_response))
    assert not any(saml_response[at : at + 40] in shown for at in range(0, 1200, 40))


def test_a_late_one_may_be_replaced(both: Demo) -> None:
    late = claims(age=LONG_AGO)
    assert isinstance(refused(both, both.idp.issuer.response(late)), AssertionTooLate)


def test_tags_and_a_source_identity_are_named_in_one_sentence(both: Demo) -> None:
    sent = claims({"PrincipalTag:Team": ["x"], "SourceIdentity": ["jane"]})
    error = refused(both, both.idp.issuer.response(sent))
    assert str(error).endswith(
        '(AccessDenied)." The assertion carries a SourceIdentity and 1 session tag (PrincipalTag), '
        "so the trust policy of the role must allow sts:SetSourceIdentity and sts:TagSession to "
        f"{PROVIDER}."
    )
    assert error.hint == (
        'Ask whoever owns the role to add "sts:SetSourceIdentity" and "sts:TagSession" to its '
        "trust policy."
    )


def test_a_trust_policy_without_the_provider_is_what_only_iam_shows(both: Demo) -> None:
    role = ROLE_ADMIN.replace("Admin", "Other")
    both.aws.add_role(role, trust_policy=trusting(f"{PROVIDER}2"))
    sent = claims({"Role": [f"{role},{PROVIDER}"]})
    error = refused(both, both.idp.issuer.response(sent), role=Role(role, PROVIDER))
    assert "no role with exactly this name" in str(error)
    assert "aws iam get-role --role-name Role.Other" in str(error.hint)


def test_an_unknown_provider_is_named(both: Demo) -> None:
    provider = PROVIDER.replace("Saml", "Some")
    sent = claims({"Role": [f"{ROLE_ADMIN},{provider}"]})
    error = refused(both, both.idp.issuer.response(sent), role=Role(ROLE_ADMIN, provider))
    assert f"IAM has no SAML provider {provider}." in str(error)


def test_a_region_that_is_not_enabled_is_named(both: Demo) -> None:
    both.aws.misbehave(REGION_DISABLED)
    error = refused(both, both.idp.issuer.response(claims()))
    assert "not enabled for the account" in str(error)
    assert "--region" in str(error.hint)


def test_what_sts_may_refuse_in_unknown_words_is_the_cause_of_a_vague_refusal(both: Demo) -> None:
    both.aws.misbehave(refusing("ValidationError", "Something about a tag"))
    sent = claims({"PrincipalTag:Team": ["x" * 300]})
    error = refused(both, both.idp.issuer.response(sent))
    assert "a value of 300; AWS takes 128 and 256." in str(error)


def test_a_duration_that_no_role_grants_is_named(both: Demo) -> None:
    words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    both.aws.misbehave(*[refusing("ValidationError", words)] * 6)
    error = refused(both, both.idp.issuer.response(claims()))
    assert "does not allow a session of this length" in str(error)
    assert "--session-duration 3600" in str(error.hint)


def test_too_many_characters_are_not_sent(both: Demo) -> None:
    sent = claims({"PrincipalTag:x": ["x" * 90_000]})
    before = len(both.aws.calls)
    error = refused(both, both.idp.issuer.response(sent))
    assert "STS accepts at most 100000" in str(error)
    assert len(both.aws.calls) == before
