"""Descriptions of pages, parsed from the results of `describe.js`."""

from __future__ import annotations

from dataclasses import replace

from aws_saml_ext.capture.page.description import Description
from tests.described_pages import description


def test_what_steers_a_terminal_is_taken_out_of_the_words_of_a_page() -> None:
    page = Description.parse([{"title": "Sign\x1b[2J in\x07\n now", "lines": ["\x1b", 7, None]}])
    assert page.title == "Sign [2J in now"
    assert page.lines == ()


def test_the_address_of_a_page_does_not_show() -> None:
    page = replace(description("blank"), address="https://idp.example.com/?ticket=secret")
    assert "secret" not in repr(page)
