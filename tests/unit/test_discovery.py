"""Which browser and driver are found, and the message where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser.discovery import Programs, find_programs
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import BrowserError
from tests.samples import SETTINGS


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


@pytest.mark.parametrize(
    ("driver", "on_path", "expected"),
    [
        ("chromedriver", ("chromium",), Browser.CHROMIUM),
        ("chromedriver", ("google-chrome", "chromium"), Browser.CHROME),
        ("geckodriver", ("chromium", "firefox"), Browser.FIREFOX),
        ("msedgedriver", ("chromium", "microsoft-edge"), Browser.EDGE),
        ("my-driver", ("firefox-esr",), Browser.FIREFOX),
    ],
)
def test_auto_with_a_given_driver_takes_the_first_browser_that_it_fits(
    driver: str, on_path: tuple[str, ...], expected: Browser
) -> None:
    wanted = replace(SETTINGS, browser_driver=Path("/opt", driver))
    taken = found(*on_path, settings=wanted)
    assert (taken.browser, taken.driver) == (expected, Path("/opt", driver))


def test_auto_with_a_given_binary_takes_the_first_driver_that_may_fit_it() -> None:
    wanted = replace(SETTINGS, browser_binary=Path("/opt/brave"))
    taken = found("geckodriver", "msedgedriver", settings=wanted)
    assert (taken.binary, taken.driver) == (Path("/opt/brave"), Path("/bin/msedgedriver"))


def test_not_found_lists_everything_that_was_looked_for_and_where() -> None:
    wanted = replace(SETTINGS, browser_driver=Path("/opt/chromedriver"))
    with pytest.raises(BrowserError) as raised:
        found(settings=wanted)
    message = str(raised.value)
    assert "No browser was found for /opt/chromedriver: Google Chrome, Chromium." in message
    for place in ("google-chrome-stable", "chromium-browser", "PATH", "/snap/bin"):
        assert place in message
    assert "firefox" not in message


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
def test_the_message_names_what_is_missing_and_what_installs_it(
    on_path: tuple[str, ...], platform: str, message: str, hint: str
) -> None:
    with pytest.raises(BrowserError, match=message) as raised:
        found(*on_path, platform=platform)
    assert raised.value.hint is not None
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("browser", "driver"),
    [
        (Browser.FIREFOX, "chromedriver"),
        (Browser.CHROMIUM, "geckodriver"),
        (Browser.CHROME, "msedgedriver"),
        (Browser.EDGE, "chromedriver"),
    ],
)
def test_a_driver_of_another_browser_is_refused_by_its_name(browser: Browser, driver: str) -> None:
    wanted = replace(SETTINGS, browser=browser, browser_driver=Path("/opt", driver))
    with pytest.raises(BrowserError, match=f"/opt/{driver} is no driver of "):
        found("firefox", "chromium", "google-chrome", "microsoft-edge", settings=wanted)
