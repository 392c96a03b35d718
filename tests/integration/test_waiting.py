"""What a person sees at a terminal, and nobody elsewhere: a wait, wrapped lines, a pager."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import DOOR, Home, ended, home_at


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


def test_a_terminal_shows_that_the_command_starts(home: Home) -> None:
    status, said = ended(home.start("status", environ={"TERM": "xterm"}))
    assert (status, said.startswith("\rStarting…")) == (0, True)


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"TERM": ""}], ids=["dumb", "unknown"])
def test_a_terminal_that_cannot_rewrite_shows_nothing(home: Home, more: dict[str, str]) -> None:
    status, said = ended(home.start("status", environ=more))
    assert (status, "Starting" in said, "\b" in said) == (0, False, False)


def test_quiet_shows_nothing(home: Home) -> None:
    status, said = ended(home.start("status", "--quiet", environ={"TERM": "xterm"}))
    assert (status, "Starting" in said) == (0, False)


def test_a_message_is_not_cut_within_a_word(home: Home) -> None:
    child = home.start("--profile", "dev", "--idp-url", "ftp://x", environ={"TERM": "xterm"})
    child.setwinsize(24, 40)
    status, said = ended(child)
    *lines, first, last = [line for line in said.splitlines() if "Starting" not in line]
    # A command is folded before an option, so that it can be pasted.
    assert (status, first.endswith(" \\")) == (252, True)
    assert first.removesuffix("\\") + last.strip() == f"{DOOR} help"
    assert len(lines) > 1
    assert [line for line in lines if len(line) > 40] == []


PAGER = {"TERM": "xterm", "AWS_PAGER": "sed s/^/paged:/"}


def test_long_help_goes_through_the_pager_of_aws(home: Home) -> None:
    child = home.start("help", environ=PAGER)
    child.setwinsize(24, 80)
    status, said = ended(child)
    assert (status, said.startswith("paged:usage: ")) == (0, True)


@pytest.mark.parametrize("more", [{}, {"AWS_PAGER": "/nowhere/pager"}], ids=["refused", "missing"])
def test_without_a_pager_the_help_is_printed_all_the_same(home: Home, more: dict[str, str]) -> None:
    options = [] if more else ["--no-cli-pager"]
    child = home.start("help", *options, environ=PAGER | more)
    child.setwinsize(24, 80)
    status, said = ended(child)
    assert (status, said.startswith("usage: ")) == (0, True)
