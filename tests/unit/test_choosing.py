"""The choice of one of several texts: with a menu, where the terminal can show one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aws_saml_ext.choosing import chosen
from aws_saml_ext.picker.menu import Item, Menu, Picked, is_capable
from tests.doubles import FakePrompt

TEXTS = ["corp  idp.example.com", "other  other.example.com"]


def with_menu(picked: Picked) -> FakePrompt:
    return FakePrompt(picks=[picked])


def test_a_menu_chooses() -> None:
    prompt = with_menu(Picked((1,)))
    assert chosen(prompt, TEXTS, words="Which?", instead="--x") == 1
    assert prompt.asked == []


def test_its_lines_have_columns() -> None:
    prompt = with_menu(Picked((1,)))
    chosen(prompt, TEXTS, words="Which?", instead="--x", before=["idp.example.com asks:"])
    [menu] = prompt.menus
    assert menu.items[0] == Item(("corp", "idp.example.com"), "corp idp.example.com")
    assert list(menu.before) == ["idp.example.com asks:", "Which?"]


def test_none_of_them_is_no_answer() -> None:
    prompt = with_menu(Picked(()))
    assert chosen(prompt, TEXTS, words="Which?", instead="--x") is None
    assert prompt.menus[0].may_be_none


def test_with_a_default_one_of_them_is_chosen() -> None:
    prompt = with_menu(Picked((0,)))
    chosen(prompt, TEXTS, words="Which?", instead="--x", default=1)
    assert (prompt.menus[0].default, prompt.menus[0].may_be_none) == (1, False)


@pytest.mark.parametrize(("second", "place"), [("2", 2), ("1", 1)])
def test_a_number_that_is_a_name_as_well_is_asked_about(second: str, place: int) -> None:
    prompt = FakePrompt(["2", second])
    assert chosen(prompt, ["1", "2", "3"], words="Site", instead="--x") == place
    assert prompt.screens[1][1:3] == ["  2  3", "  1  2"]


def test_a_number_that_is_no_name_is_asked_once() -> None:
    prompt = FakePrompt(["2"])
    assert chosen(prompt, ["7", "8", "2"], words="Site", instead="--x") == 2


@pytest.mark.parametrize("is_remembered", [True, False])
def test_a_choice_can_be_remembered(is_remembered: bool) -> None:
    remembered: list[bool] = []
    prompt = with_menu(Picked((0,), is_remembered))
    chosen(prompt, TEXTS, words="?", instead="--x", on_remember=lambda: remembered.append(True))
    assert bool(remembered) is is_remembered
    assert prompt.menus[0].may_be_remembered


def test_texts_that_could_steer_a_terminal_are_made_printable() -> None:
    prompt = with_menu(Picked((0,)))
    chosen(prompt, ["a\x1b[2Jb", "\u202e", ""], words="?", instead="--x")
    assert all(cell.isprintable() for item in prompt.menus[0].items for cell in item.columns)
    assert all(item.columns for item in prompt.menus[0].items)


@pytest.mark.parametrize(
    ("menu", "picked", "line"),
    [
        (Menu("Role", [Item(("1", "a"), "a", answer="a of 1")]), Picked((0,)), "Role: a of 1"),
        (Menu("Choose", [Item(("corp", "host"), "corp")]), Picked((0,)), "Choose: corp  host"),
        (Menu("Roles", [Item(("a",), "a"), Item(("b",), "b")]), Picked((0, 1)), "Roles: a, b"),
        (Menu("Roles", [Item(("a",), "a")] * 9), Picked((0, 1, 2, 3)), "Roles: 4 chosen"),
        (Menu("Choose", [Item(("a",), "a")]), Picked(()), ""),
    ],
)
def test_a_line_stays_of_the_answer(menu: Menu, picked: Picked, line: str) -> None:
    assert menu.answered(picked) == line


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no TERM")
@pytest.mark.parametrize(
    ("environ", "capable"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": ""}, False), ({}, False)],
)
def test_a_terminal_is_capable_by_its_kind(environ: dict[str, str], capable: bool) -> None:
    assert is_capable(environ) is capable


def test_a_menu_is_imported_in_the_background() -> None:
    program = (
        "import sys, threading; from aws_saml_ext import picker\n"
        "print('prompt_toolkit' in sys.modules)\n"
        "picker.preload()\n"
        "[thread.join() for thread in threading.enumerate() if thread.name == 'picker']\n"
        "print('aws_saml_ext.picker.application' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\nTrue\n"
