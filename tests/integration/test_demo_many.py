"""The demo's user `aws_many`: many roles, some refused, in accounts with aliases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.demo import Demo, many, running
from tests.demo_servers import client

HOUR = 3600


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


def issued(demo: Demo) -> Assertion:
    user = next(user for user in demo.idp.users if user.name == "aws_many")
    return Assertion.parse(demo.idp.saml_response(user))


def keys(demo: Demo, role: Role, assertion: Assertion, seconds: int = HOUR) -> dict[str, str]:
    sts = client("sts", demo.aws_url)
    answer = sts.assume_role_with_saml(
        RoleArn=role.arn,
        PrincipalArn=role.principal_arn,
        SAMLAssertion=assertion.saml_response,
        DurationSeconds=seconds,
    )
    credentials: dict[str, str] = answer["Credentials"]
    return credentials


def test_sixty_roles_in_ten_accounts_are_offered(demo: Demo) -> None:
    roles = issued(demo).roles
    assert (len(roles), len({role.account_id for role in roles})) == (60, 10)


def test_three_trust_policies_refuse(demo: Demo) -> None:
    assertion = issued(demo)
    for role in assertion.roles:
        if role.arn in many.REFUSED:
            with pytest.raises(ClientError, match="AccessDenied"):
                keys(demo, role, assertion)
        else:
            keys(demo, role, assertion)
    assert len(many.REFUSED) == 3


@pytest.mark.parametrize(("name", "hours"), [("Role.User", 1), ("Role.Admin", 4), ("ReadOnly", 12)])
def test_the_maxima_are_one_four_and_twelve_hours(demo: Demo, name: str, hours: int) -> None:
    assertion = issued(demo)
    role = next(role for role in assertion.roles if role.name == name)
    keys(demo, role, assertion, hours * HOUR)
    if hours < 12:
        with pytest.raises(ClientError, match="MaxSessionDuration"):
            keys(demo, role, assertion, hours * HOUR + 1)


def test_an_account_has_its_alias(demo: Demo) -> None:
    assertion = issued(demo)
    found = {}
    for role in (assertion.roles[0], assertion.roles[-1]):
        iam = client("iam", demo.aws_url, keys(demo, role, assertion))
        found[role.account_id] = iam.list_account_aliases()["AccountAliases"]
    assert found == {"100000000010": ["acme-dev"], "100000000100": []}


def test_the_first_calls_can_be_throttled() -> None:
    with running(throttled=1) as demo:
        assertion = issued(demo)
        with pytest.raises(ClientError, match=r"\(Throttling\).*Rate exceeded"):
            keys(demo, assertion.roles[0], assertion)
        assert keys(demo, assertion.roles[0], assertion)["AccessKeyId"].startswith("ASIA")
