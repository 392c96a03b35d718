"""Messages and questions at a real pseudo-terminal."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pexpect
import pytest

from aws_saml_ext.errors import SignInRequired
from aws_saml_ext.prompt import TerminalPrompt

ASK = """
import sys
from aws_saml_ext.errors import Stopped, TimedOut
from aws_saml_ext.prompt import TerminalPrompt
try:
    answer = TerminalPrompt().ask(
        {question!r}, instead="--x", listing={listing!r}, secret={secret!r}, seconds={seconds!r}
    )
    print("answer", repr(answer))
except Stopped:
    print("stopped")
except KeyboardInterrupt:
    print("interrupted")
except TimedOut as error:
    print("timed out:", error)
"""


def asking(
    question: str,
    *,
    secret: bool = False,
    listing: tuple[str, ...] = (),
    seconds: float | None = None,
) -> pexpect.spawn:
    """A process that asks at a terminal of its own, its standard input being another one."""
    program = ASK.format(question=question, listing=listing, secret=secret, seconds=seconds)
    inner = 'exec "$0" -c "$1" </dev/null'
    return pexpect.spawn("/bin/sh", ["-c", inner, sys.executable, program], timeout=20)


def said(child: pexpect.spawn) -> str:
    child.expect(pexpect.EOF)
    text: str = child.before.decode()
    child.close()
    return text


def test_an_answer_comes_from_the_terminal_not_from_standard_input() -> None:
    child = asking("Username: ")
    child.expect_exact("Username: ")
    child.sendline("  jane ")
    assert "answer 'jane'" in said(child)


def test_a_listing_stands_before_the_question() -> None:
    child = asking("Role: ", listing=("  0  one", "  1  two"))
    child.expect_exact("  0  one\r\n  1  two\r\nRole: ")
    child.sendline("1")
    assert "answer '1'" in said(child)


def test_a_long_question_breaks_between_words() -> None:
    child = asking("x" * 62 + " Address that starts the sign-in: ")
    child.expect_exact("x" * 62 + " Address that\r\nstarts the sign-in: ")
    child.sendline("jane")
    assert "answer 'jane'" in said(child)


def test_a_secret_is_not_echoed_however_fast_and_keeps_its_spaces() -> None:
    child = asking("Password: ", secret=True)
    child.delaybeforesend = None
    child.expect_exact("Password: ")
    child.sendline(" s3cret ")
    assert said(child).strip() == "answer ' s3cret '"


def test_the_end_of_the_input_stops() -> None:
    child = asking("Username: ")
    child.expect_exact("Username: ")
    child.sendeof()
    assert "stopped" in said(child)


def test_ctrl_c_at_a_secret_puts_the_echo_back() -> None:
    child = asking("Password: ", secret=True)
    child.expect_exact("Password: ")
    child.sendintr()
    assert "interrupted" in said(child)
    assert child.signalstatus is None


@pytest.mark.parametrize("secret", [False, True])
def test_an_answer_that_does_not_come_in_time_ends_the_question(secret: bool) -> None:
    child = asking("Password: ", secret=secret, seconds=0.3)
    child.expect_exact("Password: ")
    child.send("half of i")  # no Enter
    assert "timed out: The question was not answered in time." in said(child)


@pytest.mark.parametrize("secret", [False, True])
def test_an_answer_in_time_is_the_answer(secret: bool) -> None:
    child = asking("Password: ", secret=secret, seconds=20)
    child.expect_exact("Password: ")
    child.sendline("s3cret")
    assert "answer 's3cret'" in said(child)


def test_the_end_of_input_within_the_time_stops() -> None:
    child = asking("Username: ", seconds=20)
    child.expect_exact("Username: ")
    child.sendeof()
    assert "stopped" in said(child)


def test_a_secret_that_was_not_answered_in_time_leaves_the_echo_on() -> None:
    program = ASK.format(question="Password: ", listing=(), secret=True, seconds=0.3)
    inner = 'exec 3</dev/tty; "$0" -c "$1"; stty -a <&3'
    child = pexpect.spawn("/bin/sh", ["-c", inner, sys.executable, program], timeout=20)
    settings = said(child).partition("timed out")[2]
    assert " echo " in settings


def nobody() -> tuple[TextIO, TextIO] | None:
    return None


def test_without_a_terminal_the_option_that_answers_is_named() -> None:
    prompt = TerminalPrompt(open_terminal=nobody, errors=io.StringIO())
    assert not prompt.interactive
    with pytest.raises(SignInRequired, match=r"An answer is needed \(Role\)") as caught:
        prompt.ask("Role: ", instead="--role-arn ARN")
    assert caught.value.hint == "Answer it with --role-arn ARN."


def test_a_process_without_a_terminal_has_nobody_to_ask() -> None:
    program = "from aws_saml_ext.prompt import TerminalPrompt; print(TerminalPrompt().interactive)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(("quiet", "told"), [(False, "Signing in\n"), (True, "")])
def test_quiet_tells_nothing(quiet: bool, told: str) -> None:
    errors = io.StringIO()
    TerminalPrompt(quiet=quiet, errors=errors).notify("Signing in")
    assert errors.getvalue() == told


def test_a_question_is_logged_without_its_answer() -> None:
    program = (
        "import logging, sys; from aws_saml_ext.prompt import TerminalPrompt\n"
        "logging.basicConfig(level='DEBUG', stream=sys.stdout)\n"
        "TerminalPrompt().ask('Password: ', instead='--x', secret=True)\n"
    )
    child = pexpect.spawn(sys.executable, ["-c", program], timeout=20)
    child.expect_exact("DEBUG:aws_saml_ext.prompt:Question: Password:")
    child.expect_exact("Password: ")
    child.sendline("hunter2")
    assert "hunter2" not in said(child)
