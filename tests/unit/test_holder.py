"""The process that holds a lock, and whether it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_saml_ext.files import atomic
from aws_saml_ext.store import holder
from tests.patience import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process")

HOLDS = """
import sys, time
from pathlib import Path
from aws_saml_ext.store import holder
with holder.noted(Path(sys.argv[1])):
    print("noted", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "KEY.holder"


@pytest.fixture
def process(note: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDS, str(note)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "noted\n"
        yield running
        running.kill()


def test_one_that_runs_is_not_stopped(note: Path, process: subprocess.Popen[str]) -> None:
    assert not holder.is_stopped(note)


def test_one_that_is_stopped_is_and_goes_on(note: Path, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGSTOP)
    assert until(lambda: holder.is_stopped(note))
    process.send_signal(signal.SIGCONT)
    assert until(lambda: not holder.is_stopped(note))


def test_another_process_of_the_same_id_is_not_it(
    note: Path, process: subprocess.Popen[str]
) -> None:
    process.send_signal(signal.SIGSTOP)
    assert until(lambda: holder.is_stopped(note))
    atomic.write_private(note, f"{process.pid} 1".encode())
    assert not holder.is_stopped(note)


@pytest.mark.parametrize("content", [b"", b"x y", b"1", b"99999999 5", b"-1 5", b"\xff 5"])
def test_a_note_that_cannot_be_used_says_nothing(content: bytes, note: Path) -> None:
    atomic.write_private(note, content)
    assert not holder.is_stopped(note)


def test_the_note_goes_with_the_lock(note: Path) -> None:
    with holder.noted(note):
        assert note.read_text().split()[0] == str(os.getpid())
    assert not note.exists()
