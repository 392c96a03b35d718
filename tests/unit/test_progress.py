"""The line that says what the program waits for: at a terminal, and gone before other output."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from aws_saml_ext.progress import Progress
from aws_saml_ext.prompt import TerminalPrompt
from tests.doubles import FakeClock

XTERM = {"TERM": "xterm-256color"}


class Terminal(io.StringIO):
    """A stream that is a terminal, or is none."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    @property
    def screen(self) -> list[str]:
        """The lines that a person sees."""
        lines = []
        for line in self.getvalue().split("\n"):
            shown: list[str] = []
            column = 0
            for letter in line:
                if letter in "\r\b":
                    column = 0 if letter == "\r" else column - 1
                    continue
                shown[column : column + 1] = letter
                column += 1
            lines.append("".join(shown).rstrip())
        return lines


def enabled(terminal: Terminal, environ: Mapping[str, str] = XTERM) -> tuple[Progress, FakeClock]:
    clock = FakeClock()
    progress = Progress(terminal, monotonic=clock.monotonic)
    progress.enable(environ)
    return progress, clock


def test_the_line_says_what_is_waited_for() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    progress.show("Starting the browser")
    assert terminal.screen == ["Starting the browser…"]


def test_it_is_rewritten_with_the_seconds() -> None:
    terminal = Terminal()
    progress, clock = enabled(terminal)
    progress.show("Asking STS")
    clock.advance(12.3)
    progress.draw()
    assert terminal.screen == ["Asking STS… 12 s"]


@pytest.mark.parametrize(
    ("left", "words"), [(582.9, "9:42 left"), (59, "0:59 left"), (-3, "0:00 left")]
)
def test_the_time_that_remains_counts_down(left: float, words: str) -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    progress.show("Waiting for your approval", left=lambda: left)
    assert terminal.screen == [f"Waiting for your approval… {words}"]


def test_the_next_wait_counts_up_again() -> None:
    terminal = Terminal()
    progress, clock = enabled(terminal)
    progress.show("Waiting for your approval", left=lambda: 9.0)
    progress.show("Asking STS")
    clock.advance(3)
    progress.draw()
    assert terminal.screen == ["Asking STS… 3 s"]


def test_another_wait_takes_its_place_and_starts_anew() -> None:
    terminal = Terminal()
    progress, clock = enabled(terminal)
    progress.show("Waiting for idp.example.com")
    clock.advance(5)
    progress.draw()
    progress.show("Asking STS")
    assert terminal.screen == ["Asking STS…"]


def test_an_empty_text_clears_it() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    progress.show("Asking STS")
    progress.show("")
    progress.draw()
    assert terminal.screen == [""]


def test_a_message_stands_above_it() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    prompt = TerminalPrompt(errors=terminal, progress=progress)
    prompt.waiting("Waiting for idp.example.com")
    prompt.notify("Approve the sign-in: 42")
    progress.draw()
    assert terminal.screen == ["Approve the sign-in: 42", "Waiting for idp.example.com…"]


def test_at_a_question_it_is_away() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    screen = io.StringIO()

    def opened() -> tuple[io.StringIO, io.StringIO]:
        progress.draw()
        return io.StringIO("jane\n"), screen

    prompt = TerminalPrompt(errors=terminal, progress=progress, open_terminal=opened)
    prompt.waiting("Waiting for idp.example.com")
    with progress.hidden():
        progress.draw()
        assert terminal.screen == [""]


def test_what_is_brief_ends_with_the_first_other_output() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    progress.show("Starting", is_brief=True)
    TerminalPrompt(errors=terminal, progress=progress).notify("Ready.")
    progress.draw()
    assert terminal.screen == ["Ready.", ""]


@pytest.mark.parametrize(
    ("is_terminal", "environ"),
    [(False, XTERM), (True, {"TERM": "dumb"}), (True, {})],
    ids=["pipe", "dumb", "no TERM"],
)
def test_elsewhere_nothing_is_written(is_terminal: bool, environ: Mapping[str, str]) -> None:
    terminal = Terminal(is_terminal=is_terminal)
    progress, _ = enabled(terminal, environ)
    progress.show("Starting")
    progress.show("")
    assert terminal.getvalue() == ""


def test_before_it_is_enabled_nothing_is_written() -> None:
    terminal = Terminal()
    Progress(terminal).show("Starting")
    assert terminal.getvalue() == ""


def test_a_long_text_stays_on_one_line() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    progress.show("Waiting for " + "a-long-host-name." * 9 + "example.com")
    assert [len(line) for line in terminal.screen] == [79]


def test_a_signal_gets_the_bytes_that_clear_it() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    progress.show("Starting")
    terminal.write(progress.abandon().decode())
    progress.draw()
    assert terminal.screen == [""]


def test_a_terminal_that_went_away_ends_it() -> None:
    terminal = Terminal()
    progress, _ = enabled(terminal)
    terminal.close()
    progress.show("Starting")
    progress.show("")
