"""Commands that print a password or a code: their first line, and why there is none."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping

import pytest

from aws_saml_ext.capture.flow.secret_commands import CommandFailed, first_line
from aws_saml_ext.config.aws_process import MARK


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def test_the_password_is_the_first_line_that_the_command_prints() -> None:
    assert first_line(python("print('pass word  '); print('other')")) == "pass word  "


def test_a_command_may_print_more_than_anybody_reads() -> None:
    assert first_line(python("print('secret'); print('x' * 1_000_000)")) == "secret"


def test_a_command_is_run_without_a_shell_and_without_standard_input() -> None:
    script = "import sys; print(sys.argv[1], len(sys.stdin.read()))"
    assert first_line((*python(script), "$HOME; *")) == "$HOME; * 0"


def test_a_command_does_not_inherit_the_mark_of_the_alias() -> None:
    environ: Mapping[str, str] = {MARK: "1", "KEPT": "yes"}
    script = f"import os; print(os.environ.get('KEPT'), {MARK!r} in os.environ)"
    assert first_line(python(script), environ=environ) == "yes False"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("/nowhere/at-all",), "could not be run: No such file or directory: /nowhere/at-all"),
        (python("print('secret'); raise SystemExit(3)"), "ended with exit status 3"),
        (python("pass"), "printed nothing"),
        (python("import os; os.write(1, b'\\xff\\xfe\\n')"), "printed something that is no text"),
    ],
)
def test_a_command_that_gives_no_password_says_why(command: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        first_line(command)
    assert str(caught.value) == why


def test_a_command_that_never_ends_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(CommandFailed, match=r"took longer than 0\.3 seconds"):
        first_line(python("import time; print('secret', flush=True); time.sleep(60)"), seconds=0.3)
    assert time.monotonic() - started < 10


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /bin/sh")
@pytest.mark.parametrize("words", ["echo $!", "printf %s $!"], ids=["a line", "no end of line"])
def test_what_a_command_left_in_the_background_is_not_waited_for(words: str) -> None:
    began = time.monotonic()
    background = int(first_line(("/bin/sh", "-c", f"sleep 60 & {words}")))
    os.kill(background, signal.SIGKILL)  # it was still there
    assert time.monotonic() - began < 10


def test_what_a_command_says_on_standard_error_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandFailed):
        first_line(python("import sys; print('secret'); sys.exit('The store is locked.')"))
    seen = capfd.readouterr()
    assert "The store is locked." in seen.err
    assert "secret" not in seen.out + seen.err
