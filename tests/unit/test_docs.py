"""What the pages under docs/ show is what the program reads."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta, timezone
from pathlib import Path

from aws_saml_ext.assertion import Assertion, Role

DOCS = Path(__file__).parents[2] / "docs"
ACCOUNT = "arn:aws:iam::000000000000"


def test_the_example_of_an_assertion_is_understood() -> None:
    example = (DOCS / "examples" / "keycloak-response.xml").read_bytes()
    assertion = Assertion.parse(b64encode(example).decode())
    provider = f"{ACCOUNT}:saml-provider/SamlExampleProvider"
    assert assertion.roles == (
        Role(f"{ACCOUNT}:role/Role.User", provider),
        Role(f"{ACCOUNT}:role/Role.Admin", provider),
    )
    assert assertion.session_name == "aws_admin"
    assert assertion.issuer == "http://localhost:8080/auth/realms/aws"
    assert assertion.session_duration == timedelta(hours=8)
    assert assertion.not_on_or_after == datetime(2026, 11, 27, 9, 0, 52, tzinfo=timezone.utc)
