"""Names of persons on pages, and whether they can be those of an account."""

from __future__ import annotations

import pytest

from aws_saml_ext.capture.page.greeting import another_name
from tests.built_pages import PASSWORD, built


def shown(*lines: str, username: str = "jane", links: tuple[str, ...] = ()) -> str | None:
    page = built(PASSWORD, submits=("Sign in",), links=links, lines=list(lines), title="Globex One")
    return another_name(page, username)


@pytest.mark.parametrize(
    "line",
    [
        "Welcome back, Bob Smith",
        "Welcome, Bob Smith!",
        "Hi Bob Smith,",
        "Hello, Bob Smith.",
        "Willkommen zurück, Bob Smith",
        "Bonjour Bob Smith",
        "Hola, Bob Smith",
        "Signed in as Bob Smith",
    ],
)
def test_a_page_that_greets_somebody_else_shows_another_name(line: str) -> None:
    assert shown(line) == "Bob Smith"


@pytest.mark.parametrize("links", [("Not you?",), ("Not Bob Smith?",)])
def test_a_name_beside_a_link_for_others_is_another_name(links: tuple[str, ...]) -> None:
    assert shown("Bob Smith", "Password", links=links) == "Bob Smith"


@pytest.mark.parametrize(
    "line",
    [
        "Welcome to Example Corp",
        "Welcome Example Employees",
        "Welcome, Globex",
        "Welcome back",
        "Welcome back!",
        "Welcome, please sign in",
        "Welcome Back, Please Log In",
        "Hello again",
        "Hello there",
        "Hello, Guest",
        "Hi everyone",
        "Bob Smith Industries",
        "Example Corp",
    ],
)
def test_a_greeting_of_nobody_is_no_name(line: str) -> None:
    assert shown(line) is None
    assert shown(line, links=("Not you?",)) is None


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Jane Doe", "jane"),
        ("Jane Doe", "jdoe"),
        ("Jane Doe", "CORP\\jane.doe"),
        ("Jane", "jane@example.com"),
        ("Jane Doe", "jd1234"),
        ("José Peña", "pena.j"),
        ("Jörg Müller", "joerg.mueller"),
        ("Bob Smith", "4711"),
    ],
)
def test_a_name_that_can_be_that_of_the_account_is_no_other(name: str, username: str) -> None:
    assert shown(f"Welcome back, {name}", username=username) is None
