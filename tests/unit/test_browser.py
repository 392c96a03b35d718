"""Which browser and driver are taken, and what is said where there is none."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser import (
    Programs,
    environment_of_a_browser,
    find_programs,
    has_display,
    keep_silent,
    why_not_started,
)
from aws_saml_ext.errors import BrowserError
from aws_saml_ext.settings import Browser, Settings
from tests.unit.test_login import SETTINGS


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
        (("chromium",), "linux", r"its driver \(chromedriver\) is not", "sudo apt install"),
        ((), "darwin", "No browser was found", "brew install"),
        (("msedge",), "win32", "Microsoft Edge is here", "winget install"),
        (("firefox",), "linux", "Firefox is here", "geckodriver"),
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
    ("said", "message"),
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
        ("", "does not say why"),
    ],
)
def test_why_it_did_not_start_is_said(said: str, message: str) -> None:
    error = why_not_started(said, is_root=False)
    assert error.hint
    with pytest.raises(BrowserError, match=message):
        raise error


def test_root_is_told_about_containers() -> None:
    error = why_not_started("session not created: Chrome instance exited", is_root=True)
    assert "--no-sandbox" in str(error.hint)


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


def test_a_browser_does_not_write_the_keys_of_its_connections_down() -> None:
    environ = {"SSLKEYLOGFILE": "/tmp/keys", "PATH": "/bin"}
    assert environment_of_a_browser(environ) == {"PATH": "/bin"}


def test_a_library_that_is_kept_silent_logs_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("a_library")
    library.setLevel(logging.DEBUG)
    library.addHandler(logging.StreamHandler())
    keep_silent("a_library")
    logging.getLogger("a_library.part").error("a password")
    assert capfd.readouterr() == ("", "")
