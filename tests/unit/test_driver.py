"""The server of a driver that does not start, or whose browser does not, and the messages."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser.discovery import Names, Programs
from aws_saml_ext.capture.browser.driver import DriverServer, start_error
from aws_saml_ext.capture.browser.environment import root_error
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError
from tests.samples import SETTINGS

PATIENCE = 20.0  # seconds, on a busy machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no /bin/sleep")


DRIVER = ("saml_browser_driver", "AWS_SAML_BROWSER_DRIVER")
BINARY = ("saml_browser_binary", "saml_browser_binary of profile dev")
PROGRAMS = Programs(Browser.CHROMIUM, Path("/opt/chromium"), Path("/opt/driver"))
NAMES = PROGRAMS.names(replace(SETTINGS, places=(DRIVER, BINARY)))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            "This version only supports Chrome version 150\nCurrent browser version is 156.0.1",
            r"/opt/driver \(AWS_SAML_BROWSER_DRIVER\) are of different versions \(150, 156\.0\.1\)",
        ),
        (
            "session not created: probably user data directory is already in use, please …",
            "Another browser is using",
        ),
        (
            "session not created: Chrome instance exited.\n#0 0x55d",
            r"/opt/chromium \(saml_browser_binary of profile dev\) did not start: Chrome instance",
        ),
        ("", "gives no reason"),
    ],
)
def test_the_error_of_a_start_gives_the_reason(answer: str, message: str) -> None:
    error = start_error(answer, NAMES)
    assert error.advice
    with pytest.raises(BrowserError, match=message):
        raise error


@linux
def test_root_is_told_about_containers() -> None:
    error = start_error("Chrome instance exited", NAMES, root_error=root_error(SETTINGS))
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
    error = start_error("No display.", NAMES, root_error=root_error(arguments))
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


def test_a_driver_that_cannot_be_started_is_told_with_the_place_of_its_path(
    tmp_path: Path,
) -> None:
    names = Names(f"{tmp_path} (saml_browser_driver of profile dev)", "The browser")
    with pytest.raises(BrowserError, match=r"\(saml_browser_driver of profile dev\) cannot be"):
        DriverServer([str(tmp_path)], ready="(port)", environ={}, names=names)
