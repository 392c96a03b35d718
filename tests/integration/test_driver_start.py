"""A WebDriver server that does not answer."""

from __future__ import annotations

import os
import sys
import time

import pytest

from aws_saml_ext.capture.browser.driver import DriverServer
from aws_saml_ext.errors import BrowserError

PATIENCE = 20.0  # seconds, on a busy machine
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

NEVER_ANSWERS = """
import socket, subprocess, sys
with socket.create_server(("127.0.0.1", 0)) as listening:
    print("port", listening.getsockname()[1], flush=True)
    connection, _ = listening.accept()
    if sys.argv[1:]:
        browser = subprocess.Popen(sys.argv[1:])  # and does not wait for it
    connection.recv(1)
    import time; time.sleep(60)
"""
"""A driver that starts a browser, and does not answer."""


def why_it_does_not_start(*browser: str, seconds: float) -> BrowserError:
    command = [sys.executable, "-c", NEVER_ANSWERS, *browser]
    driver = DriverServer(command, ready=r"port (\d+)", environ=os.environ, seconds=seconds)
    began = time.monotonic()
    try:
        with pytest.raises(BrowserError) as raised:
            driver.new_session({})
    finally:
        driver.end()
    assert time.monotonic() - began < PATIENCE
    return raised.value


def test_a_browser_that_does_not_start_is_not_waited_for_any_longer() -> None:
    assert "did not start in time" in str(why_it_does_not_start(seconds=1.0))


@linux
def test_a_browser_that_ends_at_once_is_told_before_its_driver_notices() -> None:
    assert "it ended at once" in str(why_it_does_not_start("/bin/false", seconds=60.0))
