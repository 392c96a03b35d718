"""Which browser and driver are taken, and what is said where there is none."""

from __future__ import annotations

import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser.chromium import root_error
from aws_saml_ext.capture.browser.discovery import Programs, find_programs
from aws_saml_ext.capture.browser.driver import DriverServer, start_error
from aws_saml_ext.capture.browser.environment import browser_environment, has_display
from aws_saml_ext.capture.browser.selenium_wire import silence
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import BrowserError
from tests.samples import SETTINGS

PATIENCE = 20.0  # seconds, on a busy machine

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no /bin/sleep")


def found(
    *there: str, settings: Settings = SETTINGS, platform: str = "linux", managed: str = ""
) -> Programs:
    """
    What is taken where these programs are there, and Selenium Manager has `managed`.

    Those without a folder are on PATH.
    """

    def ask(browser: Browser, binary: Path) -> Path:
        if not managed:
            raise BrowserError("none")
        return Path(managed)

    return find_programs(
        settings,
        which=lambda name: f"/bin/{name}" if name in there else None,
        platform=platform,
        environ={"ProgramFiles": "/programs"},
        is_file=lambda path: str(path) in there,
        ask_selenium_manager=ask,
    )


@pytest.mark.parametrize(
    ("on_path", "expected"),
    [
        (("google-chrome", "chromium", "chromedriver"), Browser.CHROME),
        (("chromium", "chromedriver", "firefox", "geckodriver"), Browser.CHROMIUM),
        (("chromium-browser", "chromium.chromedriver"), Browser.CHROMIUM),
        (("google-chrome", "microsoft-edge", "msedgedriver"), Browser.EDGE),
        (("chromium", "firefox-esr", "geckodriver"), Browser.FIREFOX),
    ],
)
def test_auto_is_the_first_that_has_both(on_path: tuple[str, ...], expected: Browser) -> None:
    assert found(*on_path).browser is expected


def test_a_browser_that_is_named_is_taken_before_others() -> None:
    wanted = replace(SETTINGS, browser=Browser.FIREFOX)
    all_there = ("google-chrome", "chromedriver", "firefox", "geckodriver")
    assert found(*all_there, settings=wanted) == Programs(
        Browser.FIREFOX, Path("/bin/firefox"), Path("/bin/geckodriver")
    )


@pytest.mark.parametrize(
    ("binary", "expected"),
    [
        ("/opt/firefox/firefox-bin", Browser.FIREFOX),
        ("/opt/chromium/chromium", Browser.CHROMIUM),
        ("/opt/edge/msedge", Browser.EDGE),
        ("/opt/mine/chrome", Browser.CHROME),
    ],
)
def test_a_path_says_by_its_name_which_browser_it_is(binary: str, expected: Browser) -> None:
    wanted = replace(SETTINGS, browser_binary=Path(binary), browser_driver=Path("/opt/driver"))
    assert found(settings=wanted) == Programs(expected, Path(binary), Path("/opt/driver"))


@pytest.mark.parametrize(
    ("driver", "platform"),
    [
        ("/usr/lib/chromium/chromedriver", "linux"),
        ("/snap/bin/chromium.chromedriver", "linux"),
        ("/opt/homebrew/bin/chromedriver", "darwin"),
    ],
)
def test_usual_places_off_the_path_are_searched(driver: str, platform: str) -> None:
    assert found("chromium", driver, platform=platform).driver == Path(driver)


def test_folders_of_windows_are_known_by_the_environment() -> None:
    wanted = replace(SETTINGS, browser=Browser.FIREFOX, browser_driver=Path("geckodriver"))
    folder = Path("/programs\\Mozilla Firefox")
    taken = found(str(folder / "firefox.exe"), settings=wanted, platform="win32")
    assert taken.binary == folder / "firefox.exe"


def test_selenium_manager_is_asked_for_a_driver_only() -> None:
    taken = found("google-chrome", managed="/cache/chromedriver")
    assert taken.driver == Path("/cache/chromedriver")
    with pytest.raises(BrowserError, match="No browser was found"):
        found(managed="/cache/chromedriver")


@pytest.mark.parametrize(
    ("on_path", "platform", "message", "hint"),
    [
        ((), "linux", "No browser was found", "sudo apt install chromium chromium-driver"),
        (("chromium",), "linux", "Found Chromium, but not chromedriver", "sudo apt install"),
        ((), "darwin", "No browser was found", "brew install"),
        (("msedge",), "win32", "Found Microsoft Edge, but not msedgedriver", "winget install"),
        (("firefox",), "linux", "Found Firefox, but not geckodriver", "geckodriver"),
    ],
)
def test_what_is_missing_is_said_with_what_installs_it(
    on_path: tuple[str, ...], platform: str, message: str, hint: str
) -> None:
    with pytest.raises(BrowserError, match=message) as raised:
        found(*on_path, platform=platform)
    assert raised.value.hint is not None
    assert hint in raised.value.hint


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


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "192.0.2.7 1 192.0.2.8 22"}, "darwin", False),
    ],
)
def test_knows_whether_a_window_can_be_shown(
    environ: dict[str, str], platform: str, expected: bool
) -> None:
    assert has_display(environ, platform) is expected


@pytest.mark.parametrize(
    "name",
    [
        *("SSLKEYLOGFILE", "SSLDEBUGFILE", "MOZ_LOG", "MOZ_LOG_FILE", "NSPR_LOG_FILE"),
        *("NSPR_LOG_MODULES", "MOZ_PROFILER_STARTUP", "CHROME_LOG_FILE", "moz_log"),
    ],
)
def test_a_browser_does_not_write_down_keys_headers_or_addresses(name: str) -> None:
    kept = {"PATH": "/bin", "MOZ_ENABLE_WAYLAND": "1"}
    assert browser_environment({name: "/tmp/x", **kept}) == kept


def test_a_library_that_is_kept_silent_logs_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("a_library")
    library.setLevel(logging.DEBUG)
    library.addHandler(logging.StreamHandler())
    silence("a_library")
    logging.getLogger("a_library.part").error("a password")
    assert capfd.readouterr() == ("", "")
