"""The filter of a menu: which roles fit what was typed, and which of them comes first."""

from __future__ import annotations

import pytest

from aws_saml_ext.picker.menu import Item
from aws_saml_ext.picker.ranking import Ranking

ROLES = (
    ("Role.User", "123456789012", "dev"),
    ("Role.Admin", "123456789012", "dev"),
    ("Role.Admin", "210987654321", "production"),
    ("Administrator", "345678901234", "sandbox"),
    ("Auditor", "345678901234", "sandbox"),
    ("Team Lead", "456789012345", "über"),
    ("admin15", "567890123456", ""),
    ("admin150", "567890123456", ""),
)
ITEMS = [
    Item((account, f"team/{name}"), name, (f"team/{name}", account, label, "CorpProvider"))
    for name, account, label in ROLES
]
ALL = range(len(ITEMS))


def best(typed: str, order: tuple[int, ...] | range = ALL) -> list[int]:
    return list(Ranking(ITEMS, order).places(typed))


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        pytest.param("", [0, 1, 2, 3, 4, 5, 6, 7], id="nothing: all"),
        pytest.param("   ", [0, 1, 2, 3, 4, 5, 6, 7], id="blanks: all"),
        pytest.param("auditor", [4], id="the whole name"),
        pytest.param("AUDITOR", [4], id="in any case"),
        pytest.param("adm", [3, 6, 7, 1, 2], id="a beginning before the beginning of a word"),
        pytest.param("dmin", [1, 2, 3, 6, 7], id="anywhere"),
        pytest.param("prod", [2], id="the name of the account"),
        pytest.param("210987", [2], id="the beginning of an account"),
        pytest.param("adm prod", [2], id="two words, in the name and in the account"),
        pytest.param("prod   adm", [2], id="words in any order"),
        pytest.param("team lead", [5], id="a name with a blank"),
        pytest.param("team/au", [4], id="the path"),
        pytest.param("corpp", [0, 1, 2, 3, 4, 5, 6, 7], id="the provider"),
        pytest.param("admin 15", [6, 7], id="a number in a name, the shorter one first"),
        pytest.param("admin15", [6, 7], id="a whole name before a beginning"),
        pytest.param("ÜBER", [5], id="letters beyond ASCII"),
        pytest.param("rdm", [1, 2], id="letters in order, where no word fits"),
        pytest.param("zzz", [], id="nothing fits"),
    ],
)
def test_what_is_typed_finds(typed: str, places: list[int]) -> None:
    assert best(typed) == places


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        pytest.param("3", 3, id="that of the number"),
        pytest.param("6", 6, id="also where others have it in their names"),
        pytest.param("098", 2, id="a number beyond the list is a part of a name"),
    ],
)
def test_a_number_alone_brings_first(typed: str, place: int) -> None:
    assert best(typed)[0] == place


def test_of_equal_ones_that_of_the_order_comes_first() -> None:
    assert best("adm", (2, 0, 1, 3, 4, 5, 6, 7))[-2:] == [2, 1]


def test_nothing_typed_keeps_the_order() -> None:
    order = (4, 0, 1, 2, 3, 5, 6, 7)
    assert best("", order) == list(order)


def test_an_item_stands_once_in_the_list() -> None:
    assert sorted(best("3")) == sorted(set(best("3")))


@pytest.mark.parametrize("typed", ["\u202e", "\x1b[A", "!" * 500, "ß", "\u0130", "9" * 30])
def test_anything_can_be_typed(typed: str) -> None:
    assert set(best(typed)) <= set(ALL)


def test_no_items_fit_nothing() -> None:
    assert list(Ranking([], ()).places("a")) == []
