"""The body of a POST to AWS, as identity providers and browsers write it."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from aws_saml_ext.capture.saml_post import CLOSING_PAGE, saml_response

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"SAMLResponse=QUJD", "QUJD"),
        (b"RelayState=&SAMLResponse=QUJD", "QUJD"),
        (b"SAMLResponse=QUJD&RelayState=a%26SAMLResponse%3Db", "QUJD"),
        (b"SAML%52esponse=QUJD", "QUJD"),
        (b"SAMLResponse=&SAMLResponse=QUJD", "QUJD"),
        (urlencode({"SAMLResponse": "a+b/c=="}).encode(), "a+b/c=="),
    ],
)
def test_reads_the_field_wherever_it_stands(body: bytes, expected: str) -> None:
    assert saml_response(body, FORM) == expected


def test_puts_back_a_plus_that_was_lost() -> None:
    assert saml_response(b"SAMLResponse=a+b%20c", FORM) == "a+b+c"


def test_puts_back_a_plus_that_was_lost_at_the_end() -> None:
    assert saml_response(b"SAMLResponse=QUJDREV+", FORM) == "QUJDREV+"


def test_removes_line_breaks_and_what_indents_them() -> None:
    body = urlencode({"SAMLResponse": "\n  QUJD\r\n  \tREVG\nR0hJ \n"}).encode()
    assert saml_response(body, FORM) == "QUJDREVGR0hJ"


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", FORM.upper(), f" {FORM} ;x"])
def test_knows_a_form_by_any_spelling_of_its_type(content_type: str) -> None:
    assert saml_response(b"SAMLResponse=QUJD", content_type) == "QUJD"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"SAMLResponse=QUJD", "text/plain"),
        (b"SAMLResponse=QUJD", ""),
        (b"", FORM),
        (b"SAMLResponse=", FORM),
        (b"SAMLResponse=+%0A+", FORM),
        (b"XSAMLResponse=QUJD", FORM),
        (b"samlresponse=QUJD", FORM),
        (b"SAMLRequest=QUJD", FORM),
    ],
)
def test_finds_none_where_there_is_none(body: bytes, content_type: str) -> None:
    assert saml_response(body, content_type) is None


def test_the_closing_page_asks_nobody_for_anything() -> None:
    assert "src=" not in CLOSING_PAGE
    assert 'rel="icon" href="data:,"' in CLOSING_PAGE
    assert "close this window" in CLOSING_PAGE
