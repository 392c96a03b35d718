"""Fixtures of all tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["tests.demo_servers"]

WITH_KEYCLOAK = {
    f"tests/e2e/{name}.py"
    for name in (
        "test_local_stack",
        "test_other_parties",
        "test_real_pages",
        "test_without_browser",
    )
}

# Whoever started the tests in the background, or under `nohup`, had these ignored: so they would be
# in every program that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep each module with one worker, and with it the modules that share a Keycloak."""
    from xdist.scheduler import LoadFileScheduling

    class ByServer(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            return "keycloak" if module in WITH_KEYCLOAK else module

    return ByServer(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture
def aws_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME with an empty `.aws`, which is returned, and no settings of this machine.

    No AWS variable, no proxy, no certificate authorities of requests, and no question to the
    metadata service of EC2.
    """
    for name in list(os.environ):
        if name.upper().startswith(("AWS_", "REQUESTS_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    home = tmp_path / ".aws"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual display."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", "1000x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(
        command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        os.close(write)
        try:
            with os.fdopen(read) as number:
                yield f":{number.readline().strip()}"
        finally:
            running.terminate()
