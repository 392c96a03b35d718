"""`aws saml-login --watch`, with credentials that expire within seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo
from tests.command import ended, typed
from tests.installed import installed_cli

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_it_renews_silently_rings_for_a_person_and_ends_with_ctrl_c(
    short_lived: Demo, new_home: Path
) -> None:
    cli = installed_cli(new_home, short_lived.idp_url, short_lived.aws_url)
    child = typed(
        cli.sign_in("--watch", "--session-duration", "900"),
        ("Username: ", "aws_user"),
        ("Password: ", "aws_user"),
    )
    child.expect_exact("Ctrl-C ends this.")
    first = cli.home.credentials.read_text()
    child.expect_exact("Renewed at ")
    assert cli.home.credentials.read_text() != first
    assert short_lived.idp.sign_ins == 1

    short_lived.idp.end_sessions()
    child.expect_exact("\a")
    child = typed(
        child,
        ("Press Enter to sign in (Ctrl-C stops): ", ""),
        ("Username: ", "aws_user"),
        ("Password: ", "aws_user"),
    )
    child.expect_exact("Renewed at ")
    assert short_lived.idp.sign_ins == 2

    child.sendintr()
    assert ended(child)[0] == 130
    assert cli.left_over() == []


def test_it_ends_where_the_profile_was_signed_out_of(short_lived: Demo, new_home: Path) -> None:
    cli = installed_cli(new_home, short_lived.idp_url, short_lived.aws_url)
    child = typed(
        cli.sign_in("--watch", "--session-duration", "900"),
        ("Username: ", "aws_user"),
        ("Password: ", "aws_user"),
    )
    child.expect_exact("Ctrl-C ends this.")
    assert cli.home.run("logout", "--profile", "dev").status == 0
    status, said = ended(child)
    assert (status, "has been signed out of" in said) == (130, True)
    assert "aws_access_key_id" not in cli.home.credentials.read_text()
