"""The same with an identity provider that nobody here wrote, and with the other engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo
from tests import geckodriver, simplesamlphp
from tests.command import ended
from tests.e2e.conftest import Person, with_profile
from tests.e2e.test_sign_in import typed

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_simplesamlphp_from_the_terminal(demo: Demo, new_home: Path) -> None:
    with simplesamlphp.running() as idp:
        demo.aws.add_provider(idp.metadata)
        person = with_profile(new_home, idp.url, demo.aws_url)
        child = typed(
            person.sign_in(),
            ("Username: ", "aws_admin"),
            ("Password: ", "wrong"),
            ("Username [aws_admin]: ", ""),
            ("Password: ", "aws_admin"),
            ("Role (number or part of the name): ", "Role.Admin"),
        )
        status, said = ended(child)
    demo.aws.add_provider(demo.idp.metadata)
    assert (status, "expire at" in said) == (0, True)
    assert "assumed-role/Role.Admin/aws_admin" in person.aws("sts", "get-caller-identity").out


def test_firefox_signs_in_and_keeps_the_session(person: Person) -> None:
    driver = geckodriver.firefox().driver
    firefox = ["--browser", "firefox", "--browser-driver", str(driver)]
    firefox += ["--username", "aws_user", "--force"]
    plain = {"AWS_SAML_BROWSER_ARGUMENTS": "", "AWS_SAML_PASSWORD_COMMAND": "echo aws_user"}
    done = person.sign_in_unattended(*firefox, **plain)
    assert (done.status, "Signed in as aws_user" in done.err) == (0, True)
    again = person.sign_in_unattended(
        *firefox, "--sign-in", "silent", AWS_SAML_BROWSER_ARGUMENTS=""
    )
    assert again.status == 0
    assert person.left_over() == []
