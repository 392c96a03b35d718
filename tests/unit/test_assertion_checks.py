"""The checks of an assertion: each finds its own mistake, in the shapes of many makers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aws_saml_ext.assertion import Role
from aws_saml_ext.checks import assertion_checks
from aws_saml_ext.checks.examined import Examined
from aws_saml_ext.checks.findings import Finding, Result
from aws_saml_ext.checks.response_document import ResponseDocument
from aws_saml_ext.partitions import PARTITIONS
from tests.made_assertions import MAKERS, NOW, Made, Maker
from tests.saml import (
    ADMIN,
    ADMIN_ROLE,
    ATTRIBUTES,
    ENCRYPTED,
    PROVIDER,
    READER,
    USER_ROLE,
    encoded,
    response,
)

OF_EACH_MAKER = pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.name)
REGIONAL = "https://eu-west-1.signin.aws.amazon.com/saml"
CHINA = "https://signin.amazonaws.cn/saml"


def findings(
    saml_response: str, *, role_arn: str | None = None, acs_url: str | None = None
) -> list[Finding]:
    def examine(document: ResponseDocument) -> Examined:
        return Examined(document, NOW, role_arn=role_arn, acs_url=acs_url)

    return assertion_checks.findings(saml_response, examine)


def not_ok(found: list[Finding]) -> dict[str, str]:
    """Return the results that are neither ok nor skipped, by check."""
    return {
        finding.name: finding.result.value
        for finding in found
        if finding.result not in {Result.OK, Result.SKIPPED}
    }


def tags(*keys: str, value: str = "x") -> dict[str, list[str]]:
    return {f"PrincipalTag:{key}": [value] for key in keys}


BROKEN: list[tuple[str, dict[str, object], dict[str, str]]] = [
    ("status", {"status": "urn:oasis:names:tc:SAML:2.0:status:Requester"}, {"status": "failed"}),
    ("unsigned", {"is_signed": False}, {"signed": "failed"}),
    ("SHA-1", {"digest": "sha1"}, {"signed": "warning"}),
    ("no issuer", {"issuer": ""}, {"issuer": "failed"}),
    ("two issuers", {"response_issuer": "https://other.example.com"}, {"issuer": "warning"}),
    ("audience", {"audience": "https://app.example.com"}, {"audience": "failed"}),
    ("no audience", {"audience": None}, {"audience": "failed"}),
    (
        "audience of China",
        {"audience": "urn:amazon:webservices:cn-north-1"},
        {"audience": "warning"},
    ),
    ("recipient", {"recipient": "https://app.example.com/saml"}, {"recipient": "failed"}),
    ("no recipient", {"recipient": None}, {"recipient": "failed"}),
    ("recipient in China", {"recipient": CHINA}, {"recipient": "failed"}),
    ("recipient in a region", {"recipient": REGIONAL}, {"recipient": "warning"}),
    ("destination", {"destination": "https://app.example.com/"}, {"destination": "warning"}),
    ("destination in China", {"destination": CHINA}, {"destination": "warning"}),
    ("never issued", {"issued": None}, {"times": "failed"}),
    ("issued ahead", {"issued": NOW + timedelta(minutes=2)}, {"times": "failed"}),
    ("old", {"issued": NOW - timedelta(minutes=6)}, {"times": "failed"}),
    ("starts ahead", {"starts": NOW + timedelta(minutes=2)}, {"times": "failed"}),
    ("run out", {"ends": NOW - timedelta(seconds=1)}, {"times": "failed"}),
    ("session over", {"session_ends": NOW - timedelta(seconds=1)}, {"times": "failed"}),
    ("session short", {"session_ends": NOW + timedelta(minutes=20)}, {"times": "warning"}),
    ("no name ID", {"name_id": ""}, {"name-id": "failed"}),
    ("no session name", {"session_name": None}, {"session-name": "failed"}),
    ("session name", {"session_name": "jane doe"}, {"session-name": "failed"}),
    ("short session name", {"session_name": "j"}, {"session-name": "failed"}),
    (
        "two session names",
        {"attributes": {"RoleSessionName": ["jim"]}},
        {"session-name": "failed"},
    ),
    (
        "source identity",
        {"attributes": {"SourceIdentity": ["aws:jane"]}},
        {"source-identity": "failed"},
    ),
    (
        "a good source identity",
        {"attributes": {"SourceIdentity": ["jane"]}},
        {"source-identity": "warning"},
    ),
    ("no role", {"roles": ()}, {"roles": "failed"}),
    ("no pair", {"roles": ("offline_access",)}, {"roles": "failed"}),
    ("one ARN", {"roles": (ADMIN,)}, {"roles": "failed"}),
    ("two roles in a value", {"roles": (f"{ADMIN},{PROVIDER},{READER}",)}, {"roles": "failed"}),
    ("space in an ARN", {"roles": (f"{ADMIN[:-3]} {ADMIN[-3:]},{PROVIDER}",)}, {"roles": "failed"}),
    (
        "only reserved",
        {"roles": (Role(f"{ADMIN[: ADMIN.index('/')]}/AWSReservedSSO_Admin_1", PROVIDER),)},
        {"roles": "failed"},
    ),
    ("one unread of two", {"roles": (ADMIN_ROLE, READER)}, {"roles": "warning"}),
    ("two accounts", {"roles": (Role(READER, PROVIDER),)}, {"roles": "warning"}),
    (
        "session duration",
        {"attributes": {"SessionDuration": ["60"]}},
        {"session-duration": "warning"},
    ),
    (
        "session duration in words",
        {"attributes": {"SessionDuration": ["1h"]}},
        {"session-duration": "warning"},
    ),
    ("51 tags", {"attributes": tags(*map(str, range(51)))}, {"tags": "failed"}),
    ("long key", {"attributes": tags("k" * 129)}, {"tags": "failed"}),
    ("long value", {"attributes": tags("k", value="v" * 257)}, {"tags": "failed"}),
    ("same key twice", {"attributes": tags("Team", "team")}, {"tags": "failed"}),
    ("transitive", {"attributes": {"TransitiveTagKeys": ["Team"]}}, {"tags": "failed"}),
    ("good tags", {"attributes": tags("Team", "Cost")}, {"tags": "warning"}),
    (
        "roles in another attribute",
        {"role_attribute": f"{ATTRIBUTES.lower()}Role"},
        {"roles": "failed", "attribute-names": "warning"},
    ),
    (
        "name in another attribute",
        {"name_attribute": ATTRIBUTES.replace("https", "http") + "RoleSessionName"},
        {"session-name": "failed", "attribute-names": "warning"},
    ),
    (
        "duration in another attribute",
        {"attributes": {"https://aws.amazon.com/SessionDuration": ["3600"]}},
        {"attribute-names": "warning"},
    ),
]


@OF_EACH_MAKER
@pytest.mark.parametrize(
    ("changes", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_exactly_that_check_finds_it(
    maker: Maker, changes: dict[str, object], expected: dict[str, str]
) -> None:
    found = findings(Made(maker).changed(**changes).saml_response)
    assert not_ok(found) == expected


@OF_EACH_MAKER
@pytest.mark.parametrize("changes", [row[1] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_every_finding_has_a_sentence_and_a_remedy(
    maker: Maker, changes: dict[str, object]
) -> None:
    found = findings(Made(maker).changed(**changes).saml_response)
    bad = [finding for finding in found if finding.name in not_ok(found)]
    assert all(finding.detail.endswith((".", '"')) and finding.remedy for finding in bad)


# ---- healthy ones ----


def healthy() -> list[tuple[str, Made]]:
    """Responses of every maker, for every partition with an entity ID or an address of its own."""
    audiences = {
        "aws-us-gov": "urn:amazon:webservices:govcloud",
        "aws-cn": "urn:amazon:webservices:cn-north-1",
    }
    made = []
    for maker in MAKERS:
        made.append((maker.name, Made(maker)))
        for name in ("aws", "aws-us-gov", "aws-cn", "aws-eusc", "aws-iso"):
            address = f"https://{PARTITIONS[name].sign_in_hosts[0]}/saml"
            role = Role(
                f"arn:{name}:iam::111111111111:role/team/Reader",
                f"arn:{name}:iam::111111111111:saml-provider/Corp",
            )
            healthy = Made(
                maker,
                roles=(role,),
                audience=audiences.get(name, address),
                recipient=address,
                destination=None if maker.name == "adfs" else address,
                response_issuer=None if maker.name == "entra" else "https://idp.example.com/",
                attributes={"SessionDuration": ["28800"], "https://idp.example.com/mail": ["j@x"]},
            )
            made.append((f"{maker.name} {name}", healthy))
    return made


HEALTHY = healthy()


@pytest.mark.parametrize("made", [row[1] for row in HEALTHY], ids=[row[0] for row in HEALTHY])
def test_nothing_is_found_in_a_healthy_one(made: Made) -> None:
    assert not_ok(findings(made.saml_response)) == {}


def test_there_are_thirty_healthy_ones() -> None:
    assert len(HEALTHY) == 30


# ---- whole responses ----


@pytest.mark.parametrize(
    "text",
    [
        "?!?!",
        "",
        encoded("hello"),
        encoded("<html/>"),
        encoded('<!DOCTYPE r [<!ENTITY e "x">]>' + Made().xml),
    ],
    ids=["no base64", "empty", "no XML", "no response", "document type"],
)
def test_what_is_no_response_fails_one_check_and_skips_the_others(text: str) -> None:
    found = findings(text)
    assert not_ok(found) == {"response": "failed"}
    assert [finding.result for finding in found].count(Result.SKIPPED) == len(found) - 1


def test_a_response_that_is_too_long_for_sts_fails() -> None:
    made = Made(attributes={"https://idp.example.com/x": ["x" * 90_000]})
    assert not_ok(findings(made.saml_response)) == {"response": "failed"}


def test_an_encrypted_one_needs_the_role_of_the_settings() -> None:
    assert not_ok(findings(encoded(response(ENCRYPTED)))) == {"response": "failed"}


def test_a_wanted_role_is_offered() -> None:
    assert not_ok(findings(Made().saml_response, role_arn=ADMIN)) == {}


def test_a_wanted_role_differs_in_case_only() -> None:
    found = findings(Made().saml_response, role_arn=ADMIN.replace("Admin", "admin"))
    [finding] = [each for each in found if each.name == "roles"]
    assert finding.result is Result.FAILED
    assert f"it offers {ADMIN}, and case matters" in finding.detail


def test_a_wanted_role_is_not_offered() -> None:
    assert not_ok(findings(Made().saml_response, role_arn=READER)) == {"roles": "failed"}


def test_the_address_of_the_settings_is_a_recipient_too() -> None:
    made = Made(recipient="http://127.0.0.1:8080/acs", destination="http://127.0.0.1:8080/acs")
    assert not_ok(findings(made.saml_response, acs_url="http://127.0.0.1:8080/acs")) == {}


def test_no_value_of_an_attribute_steers_a_terminal() -> None:
    made = Made(session_name="j\u202e\x85ane doe", roles=("\u2028arn:\u202e",))
    assert all(finding.detail.isprintable() for finding in findings(made.saml_response))


def test_the_subject_does_not_show_in_a_repr() -> None:
    made = Made(name_id="secret-id", roles=(USER_ROLE,))
    assert "secret-id" not in repr(ResponseDocument.read(made.saml_response))
