"""A real Chromium, from its start to its end, whatever ends it: nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from aws_saml_ext.capture.browser import chromium as engine
from aws_saml_ext.errors import BrowserError
from tests import web
from tests.browsers import chromium, profile, settings
from tests.patience import until
from tests.web import Answer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux has them"),
]

PATIENCE = 15.0  # seconds, on a busy machine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return profile(tmp_path / "profile")


@pytest.fixture
def idp() -> Iterator[web.Web]:
    page = "<title>A page</title><link rel=icon href=data:,>"
    with web.serving({"/": Answer(page)}) as site:
        yield site


def users_of(folder: Path) -> list[psutil.Process]:
    """The processes that use a browser profile."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if f"--user-data-dir={folder}" in words:
            found.append(process)
    return found


def test_nothing_is_left_of_a_browser(folder: Path, idp: web.Web, tmp_path: Path) -> None:
    before = temporary()
    with engine.start(chromium(), settings(), folder, True) as browser:
        browser.open(idp.url("/"))
        assert users_of(folder)
    assert users_of(folder) == []
    assert temporary() <= before


def test_nor_after_an_error(folder: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="of somebody else"),
        engine.start(chromium(), settings(), folder, True),
    ):
        raise RuntimeError("of somebody else")
    assert users_of(folder) == []


def test_nor_of_one_that_does_not_start(folder: Path) -> None:
    with (
        pytest.raises(BrowserError, match="did not start"),
        engine.start(chromium(), settings("--remote-debugging-port=0", "--version"), folder, True),
    ):
        pass
    assert users_of(folder) == []


def test_a_profile_left_by_a_crash_is_used_again(folder: Path, idp: web.Web) -> None:
    with engine.start(chromium(), settings(), folder, True) as browser:
        browser.open(idp.url("/"))
        assert until(lambda: browser.driver.title == "A page")
        for process in users_of(folder):
            process.kill()
    (folder / "SingletonLock").unlink(missing_ok=True)
    (folder / "SingletonLock").symlink_to("another-computer-4711")
    with engine.start(chromium(), settings(), folder, True):
        pass
    assert idp.requests == ["GET /"]


def test_a_driver_that_gives_up_once_is_started_again(tmp_path: Path, folder: Path) -> None:
    programs = chromium()
    seen, driver = tmp_path / "seen", tmp_path / "driver"
    driver.write_text(
        f'#!/bin/sh\n[ -e {seen} ] || {{ touch {seen}; exit 1; }}\nexec {programs.driver} "$@"\n'
    )
    driver.chmod(0o700)
    with engine.start(replace(programs, driver=driver), settings(), folder, True) as browser:
        assert browser.posted(0) is None


def test_a_program_that_is_no_driver_is_told(tmp_path: Path, folder: Path) -> None:
    programs = replace(chromium(), driver=Path("/bin/true"))
    with (
        pytest.raises(BrowserError, match="The driver /bin/true did not start"),
        engine.start(programs, settings(), folder, True),
    ):
        pass


PROGRAM = """
import signal, sys, time
from pathlib import Path
from aws_saml_ext.capture.browser import chromium as engine
from aws_saml_ext.entry import _answer_signals
from tests.browsers import chromium, settings

_answer_signals()
folder = Path(sys.argv[1])
with engine.start(chromium(), settings(saml_folder=folder), folder, True) as browser:
    print("started", flush=True)
    while True:
        browser.posted(1)
"""


@contextmanager
def program(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process of its own that has a browser, and the folder for its temporary files."""
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    root = Path(__file__).parents[2]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "TMPDIR": temporary},
        ) as started,
    ):
        try:
            yield started, Path(temporary)
        finally:
            started.kill()


def status_of(running: subprocess.Popen[str]) -> int:
    """Wait for the end and return the exit status; print its output if it does not end."""
    try:
        return running.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        running.kill()
        pytest.fail(f"It did not end: {running.communicate()}")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ([signal.SIGTERM], 128 + signal.SIGTERM),
        ([signal.SIGHUP], 128 + signal.SIGHUP),
        ([signal.SIGINT, signal.SIGINT], None),
        ([signal.SIGKILL], -signal.SIGKILL),
    ],
    ids=["SIGTERM", "SIGHUP", "Ctrl-C twice", "SIGKILL"],
)
def test_a_signal_leaves_neither_a_browser_nor_a_file(
    sent: list[signal.Signals], status: int | None, folder: Path
) -> None:
    with program(folder) as (running, temporary):
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n", running.stderr and running.stderr.read()
        for each in sent:
            running.send_signal(each)
            time.sleep(0.05)
        ended = status_of(running)
        assert until(lambda: not list(temporary.iterdir()))
    if status is not None:
        assert ended == status
    assert until(lambda: not users_of(folder))


@pytest.mark.parametrize("after", [0.02, 0.1, 0.3, 0.6])
def test_a_signal_while_it_starts_leaves_none_either(after: float, folder: Path) -> None:
    with program(folder) as (running, temporary):
        time.sleep(0.2 + after)
        running.send_signal(signal.SIGTERM)
        status_of(running)
        assert until(lambda: not list(temporary.iterdir()))
    assert until(lambda: not users_of(folder))


def temporary() -> set[str]:
    """Return the files that browsers and this program leave in the temporary folder."""
    return {
        path.name
        for path in Path(os.environ.get("TMPDIR", "/tmp")).iterdir()
        if path.name.startswith(("aws-saml-login-", "org.chromium.", ".org.chromium."))
    }
