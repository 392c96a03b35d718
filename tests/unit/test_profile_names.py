"""The names of the profiles that `--roles` makes."""

from __future__ import annotations

import pytest

from aws_saml_ext.assertion import Role
from aws_saml_ext.cli.many.profile_names import DEFAULT, BadName, SharedName, names

PROVIDER = "arn:aws-cn:iam::111111111111:saml-provider/Corp"
DEPLOY = Role("arn:aws-cn:iam::111111111111:role/teams/ops/Deploy", PROVIDER)
OTHER = Role("arn:aws-cn:iam::222222222222:role/Deploy", PROVIDER)
ACCOUNTS = {"111111111111": "dev"}


def name(template: str, role: Role = DEPLOY) -> str:
    return names(template, [role], account_names=ACCOUNTS, user="jane")[role.arn]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (DEFAULT, "111111111111-Deploy"),
        ("{name}-{role}", "dev-Deploy"),
        ("{path}/{role}", "teams-ops/Deploy"),
        ("{provider} {partition} {user}", "Corp aws-cn jane"),
        ("aws.{account}", "aws.111111111111"),
        ("{role}{role}", "DeployDeploy"),
    ],
)
def test_each_field_is_replaced(template: str, expected: str) -> None:
    assert name(template) == expected


def test_an_account_without_a_name_has_its_id() -> None:
    assert name("{name}", OTHER) == "222222222222"


def test_a_role_without_a_path_has_none() -> None:
    assert name("{path}-{role}", OTHER) == "-Deploy"


def test_a_value_with_braces_is_no_field() -> None:
    named = names("{name}", [DEPLOY], account_names={"111111111111": "{user}"}, user="jane")
    assert list(named.values()) == ["{user}"]


def test_a_name_that_no_profile_can_have_is_refused() -> None:
    with pytest.raises(BadName, match="no profile can be called ''"):
        name("{path}", OTHER)


def test_two_roles_of_one_name_are_refused_with_both_arns() -> None:
    with pytest.raises(SharedName) as caught:
        names("{role}", [DEPLOY, OTHER], account_names={}, user=None)
    assert DEPLOY.arn in str(caught.value)
    assert OTHER.arn in str(caught.value)


def test_two_accounts_of_one_name_are_refused_where_the_template_has_it() -> None:
    both = {"111111111111": "dev", "222222222222": "dev"}
    with pytest.raises(SharedName, match="111111111111 and 222222222222"):
        names("{name}-{account}", [DEPLOY, OTHER], account_names=both, user=None)
    assert len(names(DEFAULT, [DEPLOY, OTHER], account_names=both, user=None)) == 2
