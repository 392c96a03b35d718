"""The demo's AWS, as botocore sees it: what it grants, and each thing that it refuses."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from aws_saml_ext.demo import Demo, introduce, running
from aws_saml_ext.demo.aws import (
    BROKEN_XML,
    HTML_PAGE,
    REGION_DISABLED,
    UNAVAILABLE,
    Aws,
    Call,
    refusing,
    trusting,
)
from aws_saml_ext.demo.identity_provider import (
    ROLE_ADMIN,
    ROLE_USER,
    USERS,
    IdentityProvider,
    offering,
)
from aws_saml_ext.demo.issuer import ATTRIBUTE, Claims, Issuer
from tests.demo_servers import client

PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
ADMIN = next(user for user in USERS if user.name == "aws_admin")
ALLOWED = "Not authorized to perform sts:AssumeRoleWithSAML"
LATE = "Token must be redeemed within 5 minutes of issuance"
SESSION_NAME = f"{ATTRIBUTE}RoleSessionName"


def redeem(
    demo: Demo,
    response: str | None = None,
    *,
    role: str = ROLE_ADMIN,
    provider: str = PROVIDER,
    duration: int | None = None,
) -> dict[str, Any]:
    """Return AWS's answer to an assertion, by default that of aws_admin."""
    asked: dict[str, Any] = {} if duration is None else {"DurationSeconds": duration}
    answer: dict[str, Any] = client("sts", demo.aws_url).assume_role_with_saml(
        RoleArn=role,
        PrincipalArn=provider,
        SAMLAssertion=demo.idp.saml_response(ADMIN) if response is None else response,
        **asked,
    )
    return answer


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str, str]:
    """Status, code and words."""
    response = error.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


def claims(**changes: Any) -> Claims:
    """Return the attributes of aws_admin with some changed."""
    roles = [f"{PROVIDER},{role}" for role in ADMIN.roles]
    said = Claims(
        name_id="aws_admin",
        issued=datetime.now(timezone.utc),
        attributes={f"{ATTRIBUTE}Role": roles, SESSION_NAME: ["aws_admin"]},
    )
    return replace(said, **changes)


def with_attribute(name: str, *values: str) -> Claims:
    said = claims()
    return replace(said, attributes={**said.attributes, f"{ATTRIBUTE}{name}": values})


def altered(response: str, alter: Callable[[str], str]) -> str:
    """`response` with its XML changed after it was signed."""
    xml = base64.b64decode(response).decode()
    changed = alter(xml)
    assert changed != xml
    return base64.b64encode(changed.encode()).decode()


# Session policies.


def bounded(demo: Demo, **policies: Any) -> dict[str, Any]:
    """Return the credentials of aws_admin, bounded by session policies."""
    answer = client("sts", demo.aws_url).assume_role_with_saml(
        RoleArn=ROLE_ADMIN,
        PrincipalArn=PROVIDER,
        SAMLAssertion=demo.idp.saml_response(ADMIN),
        **policies,
    )
    keys: dict[str, Any] = answer["Credentials"]
    return keys


READING = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}]}
)
BOUNDED: list[dict[str, Any]] = [
    {"Policy": READING},
    {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]},
]


@pytest.mark.parametrize("policies", BOUNDED, ids=["inline", "managed"])
def test_a_session_is_held_to_its_policies(demo: Demo, policies: dict[str, Any]) -> None:
    s3 = client("s3", demo.aws_url, bounded(demo, **policies))
    assert s3.list_buckets()["Buckets"]
    with pytest.raises(ClientError) as error:
        s3.create_bucket(Bucket="another")
    assert refused(error)[:2] == (403, "AccessDenied")


def test_a_bounded_session_may_ask_who_it_is(demo: Demo) -> None:
    sts = client("sts", demo.aws_url, bounded(demo, Policy=READING))
    assert sts.get_caller_identity()["Account"] == "000000000000"


def test_session_policies_are_recorded(demo: Demo) -> None:
    bounded(demo, **BOUNDED[0], **BOUNDED[1])
    call = demo.aws.calls[-1]
    assert call.policy == READING
    assert call.policy_arns == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)


@pytest.mark.parametrize(
    ("policies", "code"),
    [
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"Policy": READING + " " * 2000}, "PackedPolicyTooLarge"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Nothing"}]}, "ValidationError"),
    ],
)
def test_session_policies_that_aws_refuses_are_refused(
    demo: Demo, policies: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        bounded(demo, **policies)
    assert refused(error)[1] == code


# What is granted.


def test_credentials_of_the_assumed_role_are_granted(demo: Demo) -> None:
    answer = redeem(demo)
    assert answer["AssumedRoleUser"]["Arn"] == (
        "arn:aws:sts::000000000000:assumed-role/Role.Admin/aws_admin"
    )
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert answer["Audience"] == "https://signin.aws.amazon.com/saml"
    assert answer["Issuer"] == demo.idp.issuer.entity_id


@pytest.mark.parametrize("role", [ROLE_USER, ROLE_ADMIN])
def test_each_of_two_roles_in_one_assertion_can_be_had(demo: Demo, role: str) -> None:
    keys = redeem(demo, role=role)["Credentials"]
    identity = client("sts", demo.aws_url, keys).get_caller_identity()
    name = role.rpartition("/")[2]
    assert identity["Arn"] == f"arn:aws:sts::000000000000:assumed-role/{name}/aws_admin"
    assert identity["Account"] == "000000000000"


def test_the_credentials_list_the_example_bucket(demo: Demo) -> None:
    buckets = client("s3", demo.aws_url, redeem(demo)["Credentials"]).list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["example-bucket"]


@pytest.mark.parametrize(("asked", "seconds"), [(None, 3600), (900, 900), (14_400, 14_400)])
def test_credentials_live_as_long_as_asked(demo: Demo, asked: int | None, seconds: int) -> None:
    expiration = redeem(demo, duration=asked)["Credentials"]["Expiration"]
    left = (expiration - datetime.now(timezone.utc)).total_seconds()
    assert seconds - 10 < left <= seconds


def test_credentials_end_with_the_session_at_the_identity_provider(demo: Demo) -> None:
    short = demo.idp.issuer.response(claims(session_lifespan=timedelta(minutes=20)))
    expiration = redeem(demo, short)["Credentials"]["Expiration"]
    assert expiration - datetime.now(timezone.utc) < timedelta(minutes=20)


@pytest.mark.parametrize(
    ("sign_response", "sign_assertion"), [(True, False), (False, True), (True, True)]
)
def test_either_signature_is_enough(demo: Demo, sign_response: bool, sign_assertion: bool) -> None:
    response = demo.idp.issuer.response(
        claims(), sign_response=sign_response, sign_assertion=sign_assertion
    )
    assert redeem(demo, response)["Subject"] == "aws_admin"


@pytest.mark.parametrize(
    "written",
    [f"{ROLE_ADMIN},{PROVIDER}", f"{PROVIDER},{ROLE_ADMIN}", f"\n {PROVIDER} ,\n{ROLE_ADMIN},\n"],
)
def test_role_and_provider_may_stand_in_either_order(demo: Demo, written: str) -> None:
    redeem(demo, demo.idp.issuer.response(with_attribute("Role", "noise", written)))


def test_line_breaks_in_the_base64_are_legal(demo: Demo) -> None:
    response = demo.idp.saml_response(ADMIN)
    lines = "\r\n".join(response[start : start + 76] for start in range(0, len(response), 76))
    redeem(demo, lines)


def test_one_assertion_may_be_redeemed_more_than_once(demo: Demo) -> None:
    response = demo.idp.saml_response(ADMIN)
    first, second = (redeem(demo, response)["Credentials"]["AccessKeyId"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("partition", "region", "audience", "acs"),
    [
        (
            "aws-us-gov",
            "us-gov-west-1",
            "urn:amazon:webservices:govcloud",
            "https://signin.amazonaws-us-gov.com/saml",
        ),
        (
            "aws-cn",
            "cn-north-1",
            "urn:amazon:webservices:cn-north-1",
            "https://signin.amazonaws.cn/saml",
        ),
    ],
)
def test_roles_of_other_partitions_can_be_had(
    partition: str, region: str, audience: str, acs: str
) -> None:
    role = f"arn:{partition}:iam::111111111111:role/Reader"
    with running(users=offering(USERS, "aws_admin", [role])) as demo:
        admin = next(user for user in demo.idp.users if user.name == "aws_admin")
        answer = redeem(
            demo,
            demo.idp.saml_response(admin, audience=audience),
            role=role,
            provider=f"arn:{partition}:iam::111111111111:saml-provider/SamlExampleProvider",
        )
        assert answer["Audience"] == acs
        keys = answer["Credentials"]
        identity = client("sts", demo.aws_url, keys, region=region).get_caller_identity()
        assert identity["Arn"] == f"arn:{partition}:sts::111111111111:assumed-role/Reader/aws_admin"
        with pytest.raises(ClientError, match="InvalidClientTokenId"):
            client("sts", demo.aws_url, keys, region="us-east-1").get_caller_identity()


def test_a_role_out_of_three_hundred_can_be_had() -> None:
    accounts = [f"{number:012}" for number in range(111111111111, 111111111141)]
    many = [f"arn:aws:iam::{account}:role/Team{n}" for account in accounts for n in range(10)]
    with running(users=offering(USERS, "aws_admin", many)) as demo:
        admin = next(user for user in demo.idp.users if user.name == "aws_admin")
        last = many[-1]
        provider = f"arn:aws:iam::{accounts[-1]}:saml-provider/SamlExampleProvider"
        answer = redeem(demo, demo.idp.saml_response(admin), role=last, provider=provider)
    assert answer["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{accounts[-1]}:")


def test_roles_and_providers_made_through_iam_count_too(demo: Demo) -> None:
    keys = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": None}
    iam = client("iam", demo.aws_url, keys)
    provider = iam.create_saml_provider(Name="Second", SAMLMetadataDocument=demo.idp.metadata)
    arn = provider["SAMLProviderArn"]
    role = iam.create_role(
        RoleName="Deployer",
        Path="/teams/",
        AssumeRolePolicyDocument=json.dumps(trusting(arn)),
        MaxSessionDuration=7200,
    )["Role"]["Arn"]
    response = demo.idp.issuer.response(with_attribute("Role", f"{role},{arn}"))
    answer = redeem(demo, response, role=role, provider=arn, duration=7200)
    assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/Deployer/aws_admin")


def test_many_calls_at_once_get_keys_of_their_own(demo: Demo) -> None:
    keys: list[str] = []
    response = demo.idp.saml_response(ADMIN)
    threads = [
        threading.Thread(
            target=lambda: keys.append(redeem(demo, response)["Credentials"]["AccessKeyId"])
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 8


# What is refused for the response's sake.


def foreign(demo: Demo) -> str:
    return Issuer.create(demo.idp.issuer.entity_id).response(claims())


def unsigned(demo: Demo) -> str:
    return demo.idp.issuer.response(claims(), sign_response=False, sign_assertion=False)


def tampered(demo: Demo) -> str:
    return altered(demo.idp.saml_response(ADMIN), lambda xml: xml.replace("aws_admin", "root"))


def wrapped(demo: Demo) -> str:
    """A forged assertion in the place of the signed one, which is hidden elsewhere."""

    def forge(xml: str) -> str:
        found = re.search(r"<saml:Assertion .*</saml:Assertion>", xml, re.DOTALL)
        assert found is not None
        signed = found[0]
        forged = re.sub(r"<ds:Signature.*?</ds:Signature>", "", signed, flags=re.DOTALL)
        forged = re.sub(r'ID="_\w+"', 'ID="_forged"', forged, count=1).replace("aws_admin", "root")
        hidden = f"<samlp:Extensions>{signed}</samlp:Extensions>"
        return xml.replace(signed, hidden + forged)

    return altered(demo.idp.issuer.response(claims(), sign_response=False), forge)


def beside(demo: Demo) -> str:
    """A second, forged assertion after the signed one."""

    def forge(xml: str) -> str:
        return xml.replace(
            "</samlp:Response>",
            '<saml:Assertion ID="_forged"><saml:Issuer/></saml:Assertion></samlp:Response>',
        )

    return altered(demo.idp.issuer.response(claims(), sign_response=False), forge)


def with_doctype(demo: Demo) -> str:
    def declare(xml: str) -> str:
        return '<!DOCTYPE r [<!ENTITY e "aws_admin">]>' + xml

    return altered(demo.idp.saml_response(ADMIN), declare)


IDENTITY_REFUSALS: list[tuple[str, Callable[[Demo], str], str]] = [
    ("unsigned", unsigned, "Response signature invalid"),
    ("tampered", tampered, "Response signature invalid"),
    ("of a foreign key", foreign, "Response signature invalid"),
    ("wrapped around the signed one", wrapped, "Response signature invalid"),
    ("beside the signed one", beside, "Response signature invalid"),
    ("no base64", lambda demo: "?!?!", "Invalid base64 SAMLResponse"),
    ("no XML", lambda demo: "aGVsbG8=", "Unable to parse SAMLResponse"),
    ("with a document type", with_doctype, "Unable to parse SAMLResponse"),
    (
        "of another issuer",
        lambda demo: replace(demo.idp.issuer, entity_id="https://other.example.com").response(
            claims()
        ),
        "Issuer not present in specified provider",
    ),
    (
        "for another audience",
        lambda demo: demo.idp.issuer.response(claims(audience="https://app.example.com")),
        "Response does not contain the required audience",
    ),
    (
        "without session name",
        lambda demo: demo.idp.issuer.response(
            claims(attributes={f"{ATTRIBUTE}Role": [f"{PROVIDER},{ROLE_ADMIN}"]})
        ),
        "RoleSessionName is required in AuthnResponse",
    ),
    *(
        (
            f"with the session name {name!r}",
            lambda demo, name=name: demo.idp.issuer.response(
                with_attribute("RoleSessionName", name)
            ),
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
        )
        for name in ("x", "jane doe", "jané", "x" * 65)
    ),
    (
        "with a source identity of AWS's own",
        lambda demo: demo.idp.issuer.response(with_attribute("SourceIdentity", "aws:jane")),
        'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    ),
]


@pytest.mark.parametrize(
    ("forge", "words"),
    [row[1:] for row in IDENTITY_REFUSALS],
    ids=[row[0] for row in IDENTITY_REFUSALS],
)
def test_an_assertion_is_refused_that_is(
    demo: Demo, forge: Callable[[Demo], str], words: str
) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, forge(demo))
    assert refused(error) == (400, "InvalidIdentityToken", words)


@pytest.mark.parametrize(
    "provider",
    [
        "arn:aws:iam::000000000000:saml-provider/Nobody",
        "arn:aws:iam::111111111111:saml-provider/SamlExampleProvider",
        "arn:aws-nowhere:iam::000000000000:saml-provider/SamlExampleProvider",
    ],
)
def test_an_unknown_provider_is_refused(demo: Demo, provider: str) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, provider=provider)
    assert refused(error) == (400, "InvalidIdentityToken", "Specified provider doesn't exist")


@pytest.mark.parametrize("metadata", ["", "no XML", "<EntityDescriptor/>"])
def test_a_provider_with_metadata_that_is_none_vouches_for_nobody(
    demo: Demo, metadata: str
) -> None:
    demo.aws.add_provider(metadata)
    with pytest.raises(ClientError) as error:
        redeem(demo)
    assert refused(error)[:2] == (400, "InvalidIdentityToken")


def test_a_rotated_key_of_the_identity_provider_is_refused_until_aws_knows_it(demo: Demo) -> None:
    demo.idp.issuer = Issuer.create(demo.idp.issuer.entity_id)
    with pytest.raises(ClientError) as error:
        redeem(demo)
    assert refused(error) == (400, "InvalidIdentityToken", "Response signature invalid")
    demo.aws.add_provider(demo.idp.metadata)
    redeem(demo)


def test_a_status_that_is_no_success_is_refused(demo: Demo) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, demo.idp.issuer.response(claims(refusal="no")))
    words = "The identity provider (IdP) reported that authentication failed"
    assert refused(error) == (403, "IDPRejectedClaim", words)


NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"lifespan": timedelta(minutes=10)}, timedelta(minutes=5, seconds=1)),
        ({"lifespan": timedelta(seconds=5)}, timedelta(seconds=5)),
        ({"session_lifespan": timedelta(seconds=30)}, timedelta(seconds=31)),
        ({}, timedelta(seconds=-1)),
    ],
    ids=["after five minutes", "after its own life", "after the session", "before it was issued"],
)
def test_an_assertion_is_not_redeemed(demo: Demo, said: dict[str, Any], at: timedelta) -> None:
    demo.aws.clock = lambda: NOW + at
    with pytest.raises(ClientError) as error:
        redeem(demo, demo.idp.issuer.response(claims(issued=NOW, **said)))
    assert refused(error) == (400, "ExpiredTokenException", LATE)


def test_an_assertion_is_redeemed_until_the_end_of_its_life(demo: Demo) -> None:
    demo.aws.clock = lambda: NOW + timedelta(minutes=5)
    response = demo.idp.issuer.response(claims(issued=NOW, lifespan=timedelta(minutes=10)))
    expiration = redeem(demo, response)["Credentials"]["Expiration"]
    assert expiration == NOW + timedelta(minutes=65)


# What is refused for the role's sake.


def test_a_pair_that_is_not_in_the_assertion_is_refused(demo: Demo) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, demo.idp.saml_response(USERS[0]), role=ROLE_ADMIN)
    assert refused(error) == (403, "AccessDenied", ALLOWED)


@pytest.mark.parametrize(
    "name", ["Role.Nobody", "role.admin", "AWSReservedSSO_Admin_0123456789abcdef"]
)
def test_a_role_is_refused_that_is_unknown_or_reserved(demo: Demo, name: str) -> None:
    role = f"arn:aws:iam::000000000000:role/{name}"
    if name.startswith("AWSReservedSSO_"):
        demo.aws.add_role(role)
    response = demo.idp.issuer.response(with_attribute("Role", f"{PROVIDER},{role}"))
    with pytest.raises(ClientError) as error:
        redeem(demo, response, role=role)
    assert refused(error) == (403, "AccessDenied", ALLOWED)


def policy(**changes: Any) -> dict[str, Any]:
    trust = trusting(PROVIDER)
    [statement] = trust["Statement"]
    return {**trust, "Statement": [{**statement, **changes}]}


TRUST_POLICIES: list[tuple[str, dict[str, Any], bool]] = [
    ("another provider", policy(Principal={"Federated": f"{PROVIDER}2"}), False),
    ("another kind of principal", policy(Principal={"AWS": "*"}), False),
    ("another action", policy(Action="sts:AssumeRole"), False),
    ("a denial", policy(Effect="Deny"), False),
    (
        "a denial beside",
        {"Statement": [*policy()["Statement"], policy(Effect="Deny")["Statement"][0]]},
        False,
    ),
    (
        "a regional sign-in address",
        policy(
            Condition={"StringEquals": {"SAML:aud": "https://eu-west-1.signin.aws.amazon.com/saml"}}
        ),
        False,
    ),
    (
        "an unknown condition",
        policy(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        False,
    ),
    ("no condition", policy(Condition={}), True),
    (
        "a pattern",
        policy(Condition={"StringLike": {"saml:aud": "https://*signin.aws.amazon.com/saml"}}),
        True,
    ),
    (
        "lists",
        policy(Principal={"Federated": ["x", PROVIDER]}, Action=["sts:TagSession", "sts:*"]),
        True,
    ),
]


@pytest.mark.parametrize(
    ("trust_policy", "granted"),
    [row[1:] for row in TRUST_POLICIES],
    ids=[row[0] for row in TRUST_POLICIES],
)
def test_the_trust_policy_decides(demo: Demo, trust_policy: dict[str, Any], granted: bool) -> None:
    demo.aws.add_role(ROLE_ADMIN, trust_policy=trust_policy)
    if granted:
        redeem(demo)
        return
    with pytest.raises(ClientError) as error:
        redeem(demo)
    assert refused(error) == (403, "AccessDenied", ALLOWED)


@pytest.mark.parametrize(
    ("attribute", "action"),
    [("PrincipalTag:Team", "sts:TagSession"), ("SourceIdentity", "sts:SetSourceIdentity")],
)
def test_tags_and_source_identity_have_to_be_allowed(
    demo: Demo, attribute: str, action: str
) -> None:
    response = demo.idp.issuer.response(with_attribute(attribute, "jane"))
    with pytest.raises(ClientError) as error:
        redeem(demo, response)
    assert refused(error) == (403, "AccessDenied", ALLOWED)
    demo.aws.add_role(ROLE_ADMIN, trust_policy=policy(Action=["sts:AssumeRoleWithSAML", action]))
    redeem(demo, response)


# What is refused for the parameters' sake.


@pytest.mark.parametrize(("role", "longest"), [(ROLE_USER, 3600), (ROLE_ADMIN, 14_400)])
def test_a_duration_beyond_the_role_s_own_is_refused(demo: Demo, role: str, longest: int) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, role=role, duration=longest + 1)
    words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert refused(error) == (400, "ValidationError", words)
    redeem(demo, role=role, duration=longest)


OUT_OF_BOUNDS = "1 validation error detected: Value {} at '{}' failed to satisfy constraint: {}"


def called_raw(demo: Demo, **parameters: str) -> tuple[int, str]:
    """Status and body of a call that botocore would not let through."""
    connection = HTTPConnection(urlsplit(demo.aws_url).netloc, timeout=20)
    form = urlencode({"Action": "AssumeRoleWithSAML", "Version": "2011-06-15", **parameters})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/", form, headers)
    answer = connection.getresponse()
    status, body = answer.status, answer.read().decode()
    connection.close()
    return status, body


@pytest.mark.parametrize(
    ("seconds", "limit"),
    [
        (899, "Member must have value greater than or equal to 900"),
        (43_201, "Member must have value less than or equal to 43200"),
    ],
)
def test_a_duration_that_no_role_can_have_is_refused(demo: Demo, seconds: int, limit: str) -> None:
    status, body = called_raw(
        demo,
        RoleArn=ROLE_ADMIN,
        PrincipalArn=PROVIDER,
        SAMLAssertion="aaaa",
        DurationSeconds=str(seconds),
    )
    assert status == 400
    assert "<Code>ValidationError</Code>" in body
    assert OUT_OF_BOUNDS.format(f"'{seconds}'", "durationSeconds", limit) in body


def test_an_assertion_of_more_than_100_000_characters_is_refused_without_showing_it(
    demo: Demo,
) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, "a" * 100_001)
    limit = "Member must have length less than or equal to 100000"
    words = OUT_OF_BOUNDS.format("'***'", "sAMLAssertion", limit)
    assert refused(error) == (400, "ValidationError", words)


@pytest.mark.parametrize("missing", ["RoleArn", "PrincipalArn", "SAMLAssertion"])
def test_no_parameter_may_be_missing(demo: Demo, missing: str) -> None:
    given = {"RoleArn": ROLE_ADMIN, "PrincipalArn": PROVIDER, "SAMLAssertion": "aaaa"}
    del given[missing]
    status, body = called_raw(demo, **given)
    assert status == 400
    member = missing[0].lower() + missing[1:]
    assert OUT_OF_BOUNDS.format("null", member, "Member must not be null") in body


def test_an_arn_that_is_none_is_refused(demo: Demo) -> None:
    with pytest.raises(ClientError) as error:
        redeem(demo, role="Role.Admin/of/some/account")
    assert refused(error)[:2] == (400, "ValidationError")


def test_a_call_beyond_all_measure_is_refused(demo: Demo) -> None:
    status, body = called_raw(demo, SAMLAssertion="a" * 2_000_000)
    assert status == 413
    assert "RequestEntityTooLarge" in body


# Keys afterwards.


@pytest.mark.parametrize(
    ("service", "call", "status", "code"),
    [
        ("sts", "get_caller_identity", 403, "ExpiredToken"),
        ("s3", "list_buckets", 400, "ExpiredToken"),
    ],
)
def test_keys_that_have_expired_are_refused(
    demo: Demo, service: str, call: str, status: int, code: str
) -> None:
    keys = redeem(demo, duration=900)["Credentials"]
    demo.aws.clock = lambda: datetime.now(timezone.utc) + timedelta(seconds=900)
    with pytest.raises(ClientError) as error:
        getattr(client(service, demo.aws_url, keys), call)()
    assert refused(error)[:2] == (status, code)


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_keys_with_another_token_are_refused(
    demo: Demo, service: str, call: str, code: str
) -> None:
    keys = {**redeem(demo)["Credentials"], "SessionToken": "another"}
    with pytest.raises(ClientError) as error:
        getattr(client(service, demo.aws_url, keys), call)()
    assert refused(error)[:2] == (403, code)


def test_a_role_may_be_assumed_with_the_keys(demo: Demo) -> None:
    keys = redeem(demo)["Credentials"]
    chained = client("sts", demo.aws_url, keys).assume_role(
        RoleArn=ROLE_USER, RoleSessionName="chained"
    )["Credentials"]
    identity = client("sts", demo.aws_url, chained).get_caller_identity()
    assert identity["Arn"].endswith(":assumed-role/Role.User/chained")


# What a test can ask of it.


def test_calls_are_recorded_without_the_assertion(demo: Demo) -> None:
    redeem(demo, duration=900)
    with pytest.raises(ClientError):
        redeem(demo, unsigned(demo))
    assert demo.aws.calls == [
        Call(ROLE_ADMIN, "900"),
        Call(ROLE_ADMIN, None, refusal="InvalidIdentityToken"),
    ]


def test_misbehaviour_lasts_for_one_call_each(demo: Demo) -> None:
    demo.aws.misbehave(UNAVAILABLE, REGION_DISABLED, refusing("PackedPolicyTooLarge", "big"))
    seen = []
    for _ in range(3):
        with pytest.raises(ClientError) as error:
            redeem(demo)
        seen.append(refused(error)[:2])
    assert seen == [
        (503, "ServiceUnavailable"),
        (403, "RegionDisabledException"),
        (400, "PackedPolicyTooLarge"),
    ]
    redeem(demo)


def test_a_broken_answer_is_one_that_botocore_cannot_read(demo: Demo) -> None:
    demo.aws.misbehave(BROKEN_XML)
    with pytest.raises(ResponseParserError):
        redeem(demo)


def test_a_page_instead_of_an_answer_is_nothing_that_botocore_foresees(demo: Demo) -> None:
    demo.aws.misbehave(HTML_PAGE)
    with pytest.raises((KeyError, ResponseParserError)):
        redeem(demo)


def test_an_answer_may_be_delayed() -> None:
    waits: list[float] = []
    with IdentityProvider() as idp, Aws(delay=2.5, sleep=waits.append) as aws:
        introduce(idp, aws)
        redeem(Demo(idp, aws))
    assert waits == [2.5]


def test_the_world_before_comes_back_after_a_second_aws(demo: Demo) -> None:
    with running() as other:
        redeem(other)
    redeem(demo)


def test_keys_that_nobody_was_given_are_the_default_accounts(demo: Demo) -> None:
    keys = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": ""}
    made = client("iam", demo.aws_url, keys).create_role(
        RoleName="Made.By.Hand", AssumeRolePolicyDocument=json.dumps(trusting(PROVIDER))
    )
    assert made["Role"]["Arn"] == "arn:aws:iam::000000000000:role/Made.By.Hand"
