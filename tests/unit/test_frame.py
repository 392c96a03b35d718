"""The frame of a menu: what fits a terminal of some size, and what is cut."""

from __future__ import annotations

import unicodedata

import pytest

from aws_saml_ext.picker.frame import (
    ASCII,
    CURRENT,
    DIM,
    Signs,
    Size,
    State,
    Table,
    countdown,
    cut,
    keys,
    window,
)
from aws_saml_ext.picker.menu import Item, Menu

SIGNS = Signs()


def width(text: str) -> int:
    """The columns of a text: two for wide characters, none for those that combine."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("Role.Admin", 10, "Role.Admin"),
        ("Role.Administrator", 10, "Role.…ator"),
        ("日本語の役割", 12, "日本語の役割"),
        ("日本語の役割", 8, "日本…割"),
        ("Role", 1, "…"),
        ("Role", 0, "…"),
    ],
)
def test_a_long_name_is_cut_in_its_middle(text: str, columns: int, shown: str) -> None:
    assert cut(text, columns, width, SIGNS) == shown


def test_a_terminal_without_the_sign_gets_three_dots() -> None:
    assert cut("Role.Administrator", 10, width, ASCII) == "Role...tor"


@pytest.mark.parametrize(
    ("count", "current", "shown"),
    [
        (3, 0, range(3)),
        (20, 0, range(10)),
        (20, 4, range(10)),
        (20, 10, range(5, 15)),
        (20, 19, range(10, 20)),
        (0, 0, range(0)),
    ],
)
def test_the_current_item_is_shown(count: int, current: int, shown: range) -> None:
    assert window(count, current, 10) == shown


@pytest.mark.parametrize(("rows", "items"), [(5, 2), (8, 5), (13, 10), (50, 10), (2, 1)])
def test_a_low_terminal_shows_fewer_items(rows: int, items: int) -> None:
    assert Size(rows, 80).items == items


ITEMS = [
    Item(("dev", "123456789012", "Role.User"), "Role.User"),
    Item(("production", "210987654321", "Role.Admin"), "Role.Admin", note="yesterday"),
    Item(("-", "345678901234", "x" * 64), "x" * 64),
]
MENU = Menu("Role", ITEMS)


def lines(
    columns: int, *, menu: Menu = MENU, marked: tuple[int, ...] = (), rows: int = 24
) -> list[str]:
    state = State(menu.place_order(), 1, marked, len(marked))
    fragments = Table(menu, width, SIGNS).lines(state, Size(rows, columns))
    return "".join(text for _, text in fragments).splitlines()


def test_the_items_stand_in_columns_with_number_and_note() -> None:
    assert lines(120)[:2] == [
        f"  0  dev         123456789012  {'Role.User':<64}".rstrip(),
        f"> 1  production  210987654321  {'Role.Admin':<64}  yesterday",
    ]


@pytest.mark.parametrize("columns", [20, 30, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    assert max(map(width, lines(columns))) < columns


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_wide_characters_stay_in_their_line(columns: int) -> None:
    menu = Menu("Role", [Item(("123456789012", "役" * 64), "x"), Item(("1", "a"), "a")])
    assert max(map(width, lines(columns, menu=menu))) < columns


def test_marked_items_are_ticked() -> None:
    shown = lines(120, menu=Menu("Roles", ITEMS, several=True), marked=(0,))
    assert [line[:6] for line in shown] == ["  [x] ", "> [ ] ", "  [ ] "]


def test_the_current_item_and_the_numbers_have_styles() -> None:
    fragments = Table(MENU, width, SIGNS).lines(State((0, 1), 0), Size(24, 80))
    assert fragments[0] == (CURRENT, "> ")
    assert fragments[1] == (DIM, "0  ")


def test_a_list_without_numbers_has_none() -> None:
    assert lines(80, menu=Menu("Browser", ITEMS[:2], is_numbered=False))[0].startswith("  dev ")


@pytest.mark.parametrize(
    ("menu", "words"),
    [
        (MENU, "2 of 3 · ↑↓ Enter · Esc stops"),
        (Menu("R", ITEMS, several=True), "2 of 3, 0 marked · Tab marks · Ctrl-A all · ↑↓ Enter"),
        (Menu("R", ITEMS, may_be_none=True), "Tab: none of these"),
        (Menu("R", ITEMS, may_be_remembered=True), "! remembers"),
    ],
)
def test_the_last_line_names_the_keys(menu: Menu, words: str) -> None:
    assert words in keys(menu, State((0, 1), 0), is_over=False, signs=SIGNS)


def test_where_nothing_fits_enter_is_not_offered() -> None:
    assert keys(MENU, State((), 0), is_over=False, signs=SIGNS) == "0 of 3 · Esc stops"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (299.9, "this sign-in is good for 4:59"),
        (60, "this sign-in is good for 1:00"),
        (0.5, "this sign-in is good for 0:00"),
        (0, "this sign-in has run out"),
        (-5, "this sign-in has run out"),
    ],
)
def test_the_remaining_time_counts_down(seconds: float, words: str) -> None:
    assert countdown(seconds) == words
