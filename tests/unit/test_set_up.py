"""Pages that set up an authenticator."""

from __future__ import annotations

import pytest

from aws_saml_ext.capture.page.set_up import key_in, sets_up, shown_key, without_keys
from tests.described_pages import description


@pytest.mark.parametrize(
    "key",
    [
        "NZAW 6NCP GJ2T S2DZ GRKF I2LD GRFU U5CH",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "jbsw y3dp ehpk 3pxp",
        "JBSW-Y3DP-EHPK-3PXP",
        "NJGT GTBV JFUU CNDO KNMX GZDI OIZU 25JR",
        "MJBG EMBS JZYU 65TO OFTV IR3T O5RE E3TZ",
        "GRKF IGLD 4444 GJCT GTBV JFUU CNDO KNMX",
        "NJGT GTBV JFUU CNDO KNMX GZDI OIZU XJJR",
        "NJGTGTBVJFUUCNDO",
    ],
)
def test_a_key_is_found_in_a_line(key: str) -> None:
    assert key_in(f"Your key: {key}.") == key


def test_a_text_without_keys_has_no_part_of_one() -> None:
    key = "MJBG EMBS JZYU 65TO OFTV IR3T O5RE E3TZ"
    assert without_keys(f"MAKE SURE THAT THIS FITS: {key}") == "MAKE SURE THAT THIS FITS: …"


@pytest.mark.parametrize(
    "line",
    [
        "Call 2222 4444 5555 6666",
        "That will make sure your code fits",
        "sign with your name, 2 days",
        "ADMINISTRATIONSOFFICE",
        "THIS WILL MAKE SURE",
        "a0JBSWY3DPEHPK3PXP",
        "AUTHENTIFIZIERUNGEN",
        "THIS CODE WILL LAST 2 DAYS",
        "they will make sure that your code fits here",
    ],
)
def test_other_words_and_numbers_are_no_key(line: str) -> None:
    assert key_in(line) == ""


def test_the_key_of_a_page_is_shown() -> None:
    assert shown_key(description("english-set-up-authenticator")) == "JBSW Y3DP EHPK 3PXP"


@pytest.mark.parametrize(
    ("name", "is_set_up"),
    [
        ("english-set-up-authenticator", True),
        ("keycloak-shape-code", False),
        ("keycloak-shape-two-devices", False),
    ],
)
def test_a_page_that_sets_one_up_is_told_from_one_that_asks_for_a_code(
    name: str, is_set_up: bool
) -> None:
    assert sets_up(description(name)) is is_set_up
