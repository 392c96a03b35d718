"""Descriptions of pages, parsed from the results of `describe.js`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from aws_saml_ext.capture.page.description import Description
from tests.described_pages import description, kept


def test_what_steers_a_terminal_is_taken_out_of_the_words_of_a_page() -> None:
    page = Description.parse([{"title": "Sign\x1b[2J in\x07\n now", "lines": ["\x1b", 7, None]}])
    assert page.title == "Sign [2J in now"
    assert page.lines == ()


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity", "9" * 400])
def test_a_number_that_no_script_of_ours_tells_counts_for_nothing(number: str) -> None:
    frame = json.loads(
        f'{{"document": {number}, "fields": [{{"index": {number}, "maxlength": {number}}}]}}'
    )
    page = Description.parse([{"document": 1, "status": frame["document"]}, frame])
    assert (page.document, page.status, page.fields[0].index) == (1, 0, 0)


def test_of_a_frame_that_tells_of_a_million_fields_the_first_thousand_are_read() -> None:
    page = Description.parse([{}, {"fields": [{"index": 1}] * 1_000_000}])
    assert len(page.fields) == 1000


def test_the_address_of_a_page_does_not_show() -> None:
    page = replace(description("blank"), address="https://idp.example.com/?ticket=secret")
    assert "secret" not in repr(page)


def test_the_options_of_a_list_are_described_with_the_chosen_one() -> None:
    [field] = description("spanish-list-of-domains").fields[2:]
    assert (field.options, field.chosen) == (("CORP", "LAB"), -1)


def test_a_row_of_boxes_for_one_code_has_a_number() -> None:
    assert {field.row for field in description("english-six-boxes").fields} == {1}


def test_radio_buttons_have_the_words_over_them() -> None:
    legends = {field.legend for field in description("italian-choose-with-circles").fields}
    assert legends == {"Scegli un metodo di verifica"}


def test_an_account_that_a_page_shows_is_described_and_a_masked_one_is_not() -> None:
    assert description("german-second-of-two").accounts == ("jane@example.com",)
    assert description("french-code-something-else").accounts == ()


def test_a_part_that_lies_over_the_form_is_described_alone() -> None:
    page = description("cookie-banner-over-it")
    assert (page.overlay, page.fields) == (True, ())
    assert [button.text for button in page.buttons] == ["Alle akzeptieren", "Ablehnen"]
    assert page.below is not None
    assert all("Cookies" in field.covered for field in page.below.fields)


def test_a_modal_dialog_leaves_nothing_below_it_to_fill_in() -> None:
    [document] = kept("cookie-banner-over-it")
    page = Description.parse([document | {"overlay": "modal"}])
    assert (page.overlay, page.below) == (True, None)


def test_a_part_that_lies_over_the_form_and_has_nothing_to_press_is_no_overlay() -> None:
    [document] = kept("cookie-banner-over-it")
    buttons = [button for button in document["buttons"] if not button.get("onTop")]
    page = Description.parse([document | {"buttons": buttons}])
    assert (page.overlay, len(page.fields)) == (False, 2)


def test_the_buttons_of_a_frame_that_lies_over_the_form_are_those_of_the_page() -> None:
    [document] = kept("cookie-banner-over-it")
    below = document | {"buttons": []}
    frame = {"origin": "https://cookies.example.com", "buttons": [{"text": "OK"}], "onTop": True}
    page = Description.parse([below, frame])
    assert [(button.text, button.frame) for button in page.buttons] == [("OK", 1)]
