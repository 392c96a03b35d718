"""The sections of AWS's files: whose they are, and when their credentials expire."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.config import sections

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("section", "profile"),
    [
        ("dev", "dev"),
        ("profile dev", "dev"),
        ("profile 'my dev'", "my dev"),
        ("my dev", "my dev"),
        ("default", "default"),
        ("saml-idp corp", None),
        ("toplevel", "toplevel"),
    ],
)
def test_a_section_belongs_to_a_profile(section: str, profile: str | None) -> None:
    assert sections.profile_of(section) == profile


def test_credentials_without_a_token_never_expire() -> None:
    assert sections.expiration({"aws_secret_access_key": "x"}, NOW) is None


def test_an_expiration_in_words_of_another_program_counts() -> None:
    options = {"aws_session_token": "x", "expiration": "2026-11-23T13:00:00Z"}
    assert sections.expiration(options, NOW) == NOW + timedelta(hours=1)


def test_credentials_without_an_expiration_expire_in_36_hours() -> None:
    assert sections.expiration({"aws_security_token": "x"}, NOW) == NOW + timedelta(hours=36)
