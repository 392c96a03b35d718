"""A process that holds a password or an assertion, crashed or read by another process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import COMMAND, Home, home_at

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@contextmanager
def waiting(home: Home, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that waits for an assertion on its standard input."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'ulimit -c "$(ulimit -Hc)"; exec "$@"', "sh", *COMMAND, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home.path,
        env=home.environ,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def core_limit(pid: int) -> list[str]:
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
    [line] = [line for line in lines if line.startswith("Max core file size")]
    return line.removeprefix("Max core file size").split()[:2]


def wait_until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path / "home")


ROLES = ("roles", "--idp-url", "https://idp.example.com/", "--assertion", "-")


def test_a_sign_in_that_crashes_leaves_no_core_file(home: Home) -> None:
    with waiting(home, *ROLES) as process:
        assert wait_until(lambda: core_limit(process.pid) == ["0", "0"])
        process.send_signal(signal.SIGABRT)
        assert process.wait(20) == -signal.SIGABRT
    assert [path.name for path in home.path.iterdir() if "core" in path.name] == []


def can_read_memory(pid: int) -> bool:
    """Return whether an unprivileged process of the same user can read its memory."""
    without_rights = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    reads = f"open('/proc/{pid}/mem', 'rb').close(); open('/proc/{pid}/environ', 'rb').read()"
    words = [*(without_rights if os.getuid() == 0 else ()), sys.executable, "-c", reads]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0


def test_another_process_of_the_same_user_cannot_read_its_memory(home: Home) -> None:
    with waiting(home, *ROLES) as process:
        assert wait_until(lambda: core_limit(process.pid) == ["0", "0"])
        assert not can_read_memory(process.pid)


def test_a_program_that_it_starts_has_no_core_file_either() -> None:
    program = "import subprocess; from aws_saml_ext import core_dumps; core_dumps.forbid()\n"
    program += "print(subprocess.check_output(['sh', '-c', 'ulimit -c; ulimit -Hc']))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "b'0\\n0\\n'\n"
