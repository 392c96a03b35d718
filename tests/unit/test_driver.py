"""The server of a driver that does not start, or whose browser does not, and the messages."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

import pytest

from aws_saml_ext.capture.browser.chromium import root_error
from aws_saml_ext.capture.browser.driver import DriverServer, start_error
from aws_saml_ext.errors import BrowserError
from tests.samples import SETTINGS

PATIENCE = 20.0  # seconds, on a busy machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no /bin/sleep")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            "This version only supports Chrome version 150\nCurrent browser version is 156.0.1",
            r"different versions \(150, 156\.0\.1\)",
        ),
        (
            "session not created: probably user data directory is already in use, please …",
            "Another browser is using",
        ),
        ("session not created: Chrome instance exited.\n#0 0x55d", "Chrome instance exited"),
        ("", "gives no reason"),
    ],
)
def test_the_error_of_a_start_gives_the_reason(answer: str, message: str) -> None:
    error = start_error(answer)
    assert error.advice
    with pytest.raises(BrowserError, match=message):
        raise error


@linux
def test_root_is_told_about_containers() -> None:
    error = start_error("Chrome instance exited", root_error=root_error(SETTINGS))
    assert "in a container" in str(error)
    assert error.command == "aws configure set --profile dev -- saml_browser_arguments --no-sandbox"


@linux
def test_root_keeps_the_arguments_that_there_are() -> None:
    arguments = replace(SETTINGS, browser_arguments=("--lang=de",), profile="my own")
    error = root_error(arguments)
    assert error is not None
    assert str(error.command).endswith(
        "--profile 'my own' -- saml_browser_arguments '--lang=de --no-sandbox'"
    )


@linux
def test_root_is_not_blamed_where_there_is_no_sandbox() -> None:
    arguments = replace(SETTINGS, browser_arguments=("--no-sandbox",))
    error = start_error("No display.", root_error=root_error(arguments))
    assert "No display." in str(error)


@posix
def test_a_driver_that_does_not_say_where_it_listens_is_not_waited_for_any_longer() -> None:
    driver = DriverServer(["/bin/sleep", "60"], ready="(port)", environ={}, seconds=0.2)
    began = time.monotonic()
    try:
        with pytest.raises(BrowserError, match="did not start"):
            _ = driver.url
    finally:
        driver.end()
    assert time.monotonic() - began < PATIENCE
    assert not driver.folder.exists()


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
