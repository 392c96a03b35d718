"""Each refusal and each failure of STS is explained."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from aws_saml_ext.errors import AssertionTooLate, StsRefused, StsUnreachable
from aws_saml_ext.session_policies import SessionPolicies
from aws_saml_ext.sts.connection import StsConnection
from tests.integration.exchanges import SETTINGS, exchange, refused
from tests.integration.sts_server import Answer, StsServer, allowing, granting, refusing
from tests.saml import ADMIN, PROVIDER

# ---- refusals ----


@pytest.mark.parametrize(
    ("code", "words", "meaning", "remedy"),
    [
        ("InvalidIdentityToken", "Response signature invalid", "renewed", "update-saml-provider"),
        ("InvalidIdentityToken", "Specified provider doesn't exist", f"no .* {PROVIDER}", "ARN"),
        (
            "InvalidIdentityToken",
            "Issuer not present in specified provider",
            "entityID",
            "get-saml",
        ),
        (
            "InvalidIdentityToken",
            "Response does not contain the required audience",
            "another audience",
            "urn:amazon:webservices",
        ),
        (
            "InvalidIdentityToken",
            "RoleSessionName is required in AuthnResponse",
            "RoleSessionName is missing",
            "Correct the attribute",
        ),
        ("InvalidIdentityToken", "Something new", "AWS does not accept", "get-saml-provider"),
        ("IDPRejectedClaim", "Authentication failed", "withdrawn", "Sign in again"),
        (
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
            "sts:AssumeRoleWithSAML to .* with the SAML:aud",
            "aws iam get-role --role-name Role.Admin",
        ),
        ("ValidationError", "1 validation error detected", "does not accept a value", "roles"),
        ("PackedPolicyTooLarge", "112%", "session tags", "fewer"),
        ("MalformedPolicyDocument", "bad", "policy", "Ask"),
        ("RegionDisabledException", "STS is not activated in this region", "not enabled", "region"),
        ("Throttling", "Rate exceeded", "too many requests", "Wait"),
    ],
)
def test_each_refusal_says_what_it_means_and_what_to_do(
    server: StsServer, code: str, words: str, meaning: str, remedy: str
) -> None:
    error = refused(server, refusing(code, words))
    assert isinstance(error, StsRefused)
    assert error.code == code
    assert f'STS refused {ADMIN}. STS says: "{words} ({code})." ' in str(error)
    assert re.search(meaning, str(error))
    assert remedy in str(error.hint)


RESTRICTED = replace(SETTINGS, session_policies=SessionPolicies(("ReadOnlyAccess",), "{}"))


@pytest.mark.parametrize(
    ("code", "words", "meaning"),
    [
        ("PackedPolicyTooLarge", "112%", "saml_policy_arns and saml_policy, with the session tags"),
        ("MalformedPolicyDocument", "Syntax errors in policy.", "saml_policy is JSON, but"),
        ("ValidationError", "Policy x does not exist", "Not all managed policies of saml_policy_a"),
    ],
)
def test_a_refusal_of_session_policies_names_their_keys(
    server: StsServer, code: str, words: str, meaning: str
) -> None:
    server.answer = lambda _: refusing(code, words, status=400)
    with pytest.raises(StsRefused, match=meaning):
        exchange(server, settings=RESTRICTED)


def test_a_late_assertion_is_one(server: StsServer) -> None:
    words = "Token must be redeemed within 5 minutes of issuance"
    error = refused(server, refusing("ExpiredTokenException", words, status=400))
    assert isinstance(error, AssertionTooLate)
    assert words in str(error)


def test_an_unknown_refusal_is_shown_in_the_words_of_sts(server: StsServer) -> None:
    error = refused(server, refusing("NewException", "Not\x85 on Mondays."))
    assert "administrator of the AWS account" in str(error.hint)
    assert str(error) == f'STS refused {ADMIN}. STS says: "Not on Mondays (NewException)."'


def test_a_role_that_grants_no_duration_is_refused(server: StsServer) -> None:
    server.answer = allowing(0)
    with pytest.raises(StsRefused, match="MaxSessionDuration"):
        exchange(server)


# ---- answers that are not of STS, and none ----


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<!DOCTYPE html><html><body>Sign in</body></html>", "text/html"),
        Answer(500, "<!DOCTYPE html><html><body>Oops</body></html>", "text/html"),
        Answer(200, ""),
        Answer(200, "<AssumeRoleWithSAMLResponse><Assume"),
        Answer(200, "{}", "application/json"),
        Answer(301, ""),
        Answer(407, "<html>proxy</html>", "text/html"),
        Answer(404, "<html><br></html>", "text/html"),
        Answer(500, ""),
        Answer(503, "Service Unavailable", "text/plain"),
        Answer(0, ""),
        granting({}, without="Credentials"),
        granting({}, without="AssumedRoleUser"),
        granting({}, without="AccessKeyId"),
        granting({}, without="SecretAccessKey"),
        granting({}, without="SessionToken"),
        granting({}, without="Expiration"),
        granting({}, expiration="soon"),
        granting({}, expiration="0001-01-01T00:00:00+14:00"),
        granting({}, expiration=""" 2035-01-01T00:00:00Z<x/>"""),
        replace(granting({}), body=granting({}).body.replace("ASIA", "A\n[x]\n")),
        refusing("InternalFailure", "oops", status=500),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:20]!r}",
)
def test_what_makes_no_sense_is_told_in_a_sentence(server: StsServer, answer: Answer) -> None:
    error = refused(server, answer)
    assert type(error) is StsUnreachable
    assert server.host in str(error)
    assert str(error).endswith((".", '."'))
    assert error.hint


def test_credentials_that_have_expired_already_point_to_the_clock(server: StsServer) -> None:
    error = refused(server, granting({}, expiration="2020-01-01T00:00:00Z"))
    assert type(error) is StsUnreachable
    assert "past by the clock of this machine" in str(error)


def test_nobody_there_is_told_with_the_host(server: StsServer) -> None:
    with pytest.raises(StsUnreachable, match=r"127\.0\.0\.1:1 cannot be reached: Connection ref"):
        exchange(connection=StsConnection("http://127.0.0.1:1"))


def test_a_name_that_nobody_knows_is_told(server: StsServer) -> None:
    with pytest.raises(StsUnreachable, match=r"sts\.invalid cannot be reached"):
        exchange(connection=StsConnection("https://sts.invalid"))
