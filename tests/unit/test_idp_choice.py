"""The address of an identity provider, as people type it."""

from __future__ import annotations

import pytest

from aws_saml_ext.cli.idp_choice import with_scheme


@pytest.mark.parametrize(
    ("answer", "url"),
    [
        ("idp.example.com", "https://idp.example.com"),
        ("idp.example.com:8443/adfs?x=1", "https://idp.example.com:8443/adfs?x=1"),
        ("http://idp.example.com/a", "https://idp.example.com/a"),
        ("HTTP://idp.example.com/a", "https://idp.example.com/a"),
        ("127.0.0.1:8080/aws", "http://127.0.0.1:8080/aws"),
        ("localhost:8080", "http://localhost:8080"),
        ("https://idp.example.com", None),
        ("http://localhost:8080", None),
        ("ftp://idp.example.com", None),
        ("corp", None),
        ("jane@example.com", None),
        ("idp.example.com now", None),
        ("idp.example.com:port", None),
        ("", None),
    ],
)
def test_an_address_without_https_is_offered_with_it(answer: str, url: str | None) -> None:
    assert with_scheme(answer) == url
