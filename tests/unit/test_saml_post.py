"""A POST to AWS, as identity providers and browsers write it: its body and its sender."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from aws_saml_ext.capture.saml_post import CLOSING_PAGE, STRAY_PAGE, Sender, saml_response

IDP = "https://idp.example.com"
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


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-dest": "document", "origin": IDP}, f"a page of {IDP}"),
        ({"sec-fetch-dest": "iframe", "origin": IDP}, f"a frame of {IDP}"),
        ({"sec-fetch-dest": "object", "origin": IDP}, f"a frame of {IDP}"),
        ({"sec-fetch-dest": "empty", "origin": IDP}, f"a script of {IDP}"),
        ({"origin": IDP}, f"a script of {IDP}"),
        ({"sec-fetch-dest": "document", "origin": "null"}, "a page of unknown origin"),
        ({"sec-fetch-dest": "document"}, "a page of unknown origin"),
        (
            {"sec-fetch-dest": "document", "origin": "null", "referer": f"{IDP}/login?x=1"},
            f"a page of {IDP}",
        ),
    ],
)
def test_the_sender_is_named_by_the_headers_of_the_browser(
    headers: dict[str, str], expected: str
) -> None:
    assert str(Sender.of(headers)) == expected


@pytest.mark.parametrize("destination", ["iframe", "frame", "embed", "empty", "worker", ""])
def test_only_a_document_is_a_page(destination: str) -> None:
    assert Sender("document", "").is_page
    assert not Sender(destination, "").is_page


@pytest.mark.parametrize("page", [CLOSING_PAGE, STRAY_PAGE])
def test_the_pages_that_answer_ask_nobody_for_anything(page: str) -> None:
    assert "src=" not in page
    assert 'rel="icon" href="data:,"' in page


def test_the_closing_page_says_that_one_may_close_it() -> None:
    assert "close this window" in CLOSING_PAGE
