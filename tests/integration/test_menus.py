"""The menu at a real terminal: what it shows, what keys do, and how it leaves the terminal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.command import Home, home_at
from tests.integration.menus import Choice, many_roles, role
from tests.integration.sts_server import StsServer, granting
from tests.screens import (
    CTRL_A,
    CTRL_C,
    CTRL_D,
    CTRL_U,
    DOWN,
    END,
    ENTER,
    ESC,
    HOME,
    TAB,
    UP,
    Screen,
)

LIST = "Role (number or part of the name): "


@pytest.fixture(scope="module")
def sts() -> Iterator[StsServer]:
    with StsServer(granting) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


@pytest.fixture
def choice(home: Home, sts: StsServer) -> Choice:
    return Choice(home, sts, many_roles(30))


def test_typing_finds_one_of_five_hundred_roles(home: Home, sts: StsServer) -> None:
    roles = many_roles(500)
    choice = Choice(home, sts, roles)
    screen = choice.at_menu()
    screen.press("admin 15")
    assert screen.shows("6 of 500")
    screen.press(ENTER)
    assert screen.end() == 0
    assert choice.roles_asked == [roles[15].arn]


def test_the_role_of_the_time_before_stands_on_top(choice: Choice) -> None:
    screen = choice.at_menu()
    screen.press("reader29", ENTER)
    assert screen.end() == 0
    screen = choice.at_menu()
    assert screen.shows("just now")
    assert "> 29  100000000029  Role.Reader29  just now" in screen.lines
    screen.press(ENTER)
    assert screen.end() == 0
    assert choice.roles_asked[0] == choice.roles_asked[1]


def test_one_line_stays_of_the_menu(choice: Choice) -> None:
    screen = choice.at_menu()
    screen.press("user4", ENTER)
    screen.end()
    assert screen.lines[1:3] == [
        "Signed in as jane. 30 roles are offered.",
        "Role: Role.User4 of account 100000000004",
    ]
    assert not any("Esc" in line for line in screen.lines)


def test_the_keys_move_and_edit(choice: Choice) -> None:
    screen = choice.at_menu()
    screen.press(DOWN, DOWN, UP)
    assert screen.until(lambda: any(line.startswith(">  1") for line in screen.lines))
    screen.press(END)
    assert screen.until(lambda: any(line.startswith("> 29") for line in screen.lines))
    screen.press(HOME)
    assert screen.until(lambda: any(line.startswith(">  0") for line in screen.lines))
    screen.press("zzz")
    assert screen.shows("0 of 30")
    screen.press(ENTER, CTRL_U)
    assert screen.shows("30 of 30")
    screen.press("17")
    assert screen.until(lambda: any(line.startswith("> 17") for line in screen.lines))
    screen.press(ENTER)
    assert screen.end() == 0
    assert choice.roles_asked[-1].endswith("Role.Reader17")


@pytest.mark.parametrize(
    ("key", "words"),
    [(CTRL_C, "Stopped."), (ESC, "Stopped."), (CTRL_D, "Input was closed")],
    ids=["Ctrl-C", "Esc", "Ctrl-D"],
)
def test_a_key_stops_it_and_leaves_the_terminal_as_it_was(
    key: str, words: str, choice: Choice
) -> None:
    before = Screen(choice.home, "version")
    assert before.echoes
    before.end()
    screen = choice.at_menu()
    assert not screen.echoes
    screen.press(key)
    assert screen.shows(words)
    assert (screen.echoes, screen.has_cursor) == (True, True)
    assert screen.end() == 130
    assert choice.roles_asked == []
    assert not any("Esc stops" in line for line in screen.lines)


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(
    number: signal.Signals, status: int, choice: Choice
) -> None:
    screen = choice.at_menu()
    screen.kill(number)
    assert screen.end() == status
    assert screen.has_cursor
    assert not any("Esc stops" in line for line in screen.lines)


@pytest.mark.parametrize(
    ("environ", "rows"),
    [({"TERM": "dumb"}, 24), ({"TERM": ""}, 24), ({"AWS_SAML_PICKER": "list"}, 24), ({}, 4)],
    ids=["TERM=dumb", "no TERM", "saml_picker = list", "4 lines"],
)
def test_other_terminals_get_the_numbered_list(
    environ: dict[str, str], rows: int, home: Home, sts: StsServer
) -> None:
    choice = Choice(home, sts, [role("Role.User"), role("Role.Admin")])
    screen = choice.at_terminal(environ=environ, rows=rows)
    assert screen.shows(LIST.rstrip())
    assert b"  1  111111111111  Role.Admin\r\n" in screen.written
    screen.press("adm\n")
    assert screen.end() == 0
    assert choice.roles_asked == [role("Role.Admin").arn]


def test_a_form_that_does_not_exist_is_refused(choice: Choice) -> None:
    done = choice.home.run(*choice.arguments, environ={"AWS_SAML_PICKER": "mouse"})
    assert done.status == 253
    assert "AWS_SAML_PICKER is not usable: it must be one of auto, list" in done.err


def test_without_a_terminal_the_list_is_in_the_error(choice: Choice) -> None:
    environ = {"AWS_SAML_PICKER": "auto", "TERM": "xterm"}
    done = choice.home.run(*choice.arguments, environ=environ)
    assert done.status == 253
    assert "30 roles are offered, and there is no terminal" in done.err
    assert "--role-arn ARN" in done.err
    assert "\x1b" not in done.err


HOSTILE = ["\x1b]0;pwned\x07Esc", "\u202eleft", "\u05d0\u05d1\u05d2", "役" * 64, "a\u0301" * 30]


def test_hostile_names_stay_in_their_lines(home: Home, sts: StsServer) -> None:
    account_names = home.aws / "saml" / "roles.json"
    account_names.parent.mkdir(parents=True)
    accounts = {
        f"{100_000_000_000 + number}": {"name": name, "asked_at": "2026-11-23T12:00:00+00:00"}
        for number, name in enumerate(HOSTILE)
    }
    import json

    content = {"version": 1, "roles": {}, "accounts": accounts}
    account_names.write_text(json.dumps(content))
    screen = Choice(home, sts, many_roles(len(HOSTILE))).at_menu()
    drawn = [line for line in screen.lines if "Role." in line]
    assert len(drawn) == len(HOSTILE)
    assert all(line[:4] in {"> 0 ", *(f"  {n} " for n in range(9))} for line in drawn)
    assert b"\x1b]" not in screen.written
    assert "\u202e".encode() not in screen.written
    screen.press(CTRL_C)
    assert screen.end() == 130


def test_keys_pressed_before_it_is_seen_choose_nothing(choice: Choice) -> None:
    screen = choice.at_terminal()
    screen.press("\n\n")
    assert screen.shows("Esc stops")
    assert choice.roles_asked == []
    screen.press(CTRL_C)
    assert screen.end() == 130


def test_it_follows_the_size_of_the_terminal(choice: Choice) -> None:
    screen = choice.at_menu()
    screen.resize(8, 40)
    assert screen.until(lambda: sum("Role." in line for line in screen.lines) == 5)
    screen.press("user4", ENTER)
    assert screen.end() == 0
    assert choice.roles_asked[0].endswith("Role.User4")


def test_a_program_may_end_its_line_with_a_line_feed(choice: Choice) -> None:
    screen = choice.at_menu()
    screen.press("user4\n")
    assert screen.end() == 0
    assert choice.roles_asked[0].endswith("Role.User4")


def test_several_roles_are_marked_for_their_profiles(home: Home, sts: StsServer) -> None:
    choice = Choice(home, sts, many_roles(6))
    screen = choice.at_menu("--roles", "?", "--idp-url", "https://idp.example.com/aws")
    assert "[ ]" in screen.lines[3]
    screen.press(TAB, "user", CTRL_A)
    assert screen.shows("2 of 6, 3 marked")
    screen.press(ENTER)
    assert screen.end() == 0
    numbers = [arn[-1] for arn in choice.roles_asked]
    assert sorted(numbers) == ["0", "1", "4"]


# ---- other questions ----

CONFIG = """\
[saml-idp corp]
saml_idp_url = https://sso.example.com/aws
[saml-idp other]
saml_idp_url = https://other.example.com/aws
"""


def test_configure_asks_with_menus(home: Home) -> None:
    home.aws.mkdir()
    home.config.write_text(CONFIG)
    screen = Screen(home, "configure", "--profile", "dev")
    assert screen.shows("Esc stops")
    assert "> 0  corp   sso.example.com" in screen.lines
    screen.press("oth", ENTER)
    for question in ("Role ARN", "Session duration"):
        assert screen.shows(question)
        screen.press("\n")
    assert screen.shows("> auto")
    screen.press("firef", ENTER)
    assert screen.shows("AWS region")
    screen.press("\n")
    assert screen.end() == 0
    assert "[profile dev]\nsaml_idp = other\nsaml_browser = firefox\n" in home.config.read_text()


# ---- what is imported ----

IMPORTED = """
import sys
sys.argv[1:] = {arguments!r}
from aws_saml_ext.entry import entry
try:
    entry()
finally:
    print(sorted(name for name in sys.modules if name.startswith(("prompt_toolkit", "asyncio."))))
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["status"], ["credential-process", "--profile", "dev"], "sign-in"],
    ids=["help", "status", "credential-process", "a sign-in without a question"],
)
def test_where_nothing_is_asked_nothing_of_it_is_imported(
    arguments: list[str] | str, choice: Choice, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    if isinstance(arguments, str):
        arguments = [*choice.arguments, "--role-arn", many_roles(30)[3].arn, "--quiet"]
    program.write_text(IMPORTED.format(arguments=arguments))
    more = {"AWS_SAML_PICKER": "auto", "TERM": "xterm-256color", "AWS_PAGER": ""}
    environ = {**choice.home.environ, **more}
    child = pexpect.spawn(sys.executable, [str(program)], env=environ, encoding="utf-8", timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    assert child.before.rstrip().endswith("[]"), child.before
