"""The roles that a person names from a list, for `--roles ?` where no menu can be shown."""

from __future__ import annotations

import pytest

from aws_saml_ext.assertion import Role
from aws_saml_ext.cli.many.marks import marked
from aws_saml_ext.errors import SignInRequired, Stopped
from aws_saml_ext.role_menu import Known
from tests.doubles import FakePrompt
from tests.saml import PROVIDER

ROLES = [
    Role(f"arn:aws:iam::{account}:role/{name}", PROVIDER)
    for account in ("111111111111", "222222222222")
    for name in ("User", "Admin", "teams/Deploy")
]
NAMED = Known(names={"222222222222": "prod"})


def places(*answers: str) -> list[int]:
    found = marked(ROLES, FakePrompt(list(answers)), NAMED)
    return [ROLES.index(role) for role in found]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("0", [0]),
        ("4,1", [1, 4]),
        ("1-3", [1, 2, 3]),
        ("2-99", [2, 3, 4, 5]),
        ("Admin", [1, 4]),
        ("0, 222222222222:*", [0, 3, 4, 5]),
        ("0,0,User", [0, 3]),
    ],
)
def test_roles_are_named_by_numbers_ranges_and_patterns(answer: str, expected: list[int]) -> None:
    assert places(answer) == expected


@pytest.mark.parametrize("answer", ["", "nobody", "99", "3-1", "/(/", "0, nobody"])
def test_an_answer_that_names_nothing_is_asked_again(answer: str) -> None:
    assert places(answer, "5") == [5]


def test_the_list_has_numbers_accounts_and_their_names() -> None:
    prompt = FakePrompt(["0"])
    marked(ROLES, prompt, NAMED)
    assert prompt.shown[:1] == ["  0  111111111111  User"]
    assert prompt.shown[5:] == ["  5  222222222222  prod  teams/Deploy"]


def test_a_closed_input_stops() -> None:
    with pytest.raises(Stopped):
        places("nobody")


def test_without_a_terminal_the_option_is_named() -> None:
    with pytest.raises(SignInRequired) as caught:
        marked(ROLES, FakePrompt(interactive=False), NAMED)
    assert "--roles PATTERNS" in str(caught.value.hint)
