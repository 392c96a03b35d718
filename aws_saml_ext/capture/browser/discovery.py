"""Find a browser of this machine and its WebDriver server."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext import hints
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import BrowserError
from aws_saml_ext.logs import silenced
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings

Which = Callable[[str], "str | None"]
AskSeleniumManager = Callable[[Browser, Path], Path]
"""Return the driver that Selenium Manager has, or downloads, for a browser's program.

Raises:
    BrowserError: it has none.
"""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of two programs in messages: their paths, and the settings that have these."""

    driver: str
    browser: str


@dataclass(frozen=True, slots=True)
class Programs:
    """A browser that can be driven: two programs that belong together."""

    browser: Browser
    """Never `AUTO`."""
    binary: Path
    driver: Path

    def names(self, settings: Settings) -> Names:
        """Return `/opt/driver (AWS_SAML_BROWSER_DRIVER)`, and the same of the browser."""
        return Names(
            f"{self.driver}{settings.source('saml_browser_driver')}",
            f"The browser {self.binary}{settings.source('saml_browser_binary')}",
        )


@dataclass(frozen=True, slots=True)
class _Installation:
    """The names and folders under which a browser and its driver are installed."""

    title: str
    binaries: tuple[str, ...]
    drivers: tuple[str, ...]
    folders: Mapping[str, tuple[str, ...]]
    """By `sys.platform`, where installers put them off PATH; `%NAME%` is a variable."""
    commands: Mapping[str, tuple[str, ...]]
    """By `sys.platform`, the words of the command that installs both."""
    advice: str
    """The way to install both where no command is known."""


_LINUX_FOLDERS = (
    "/snap/bin",
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/usr/local/bin",
    "/opt/google/chrome",
    "/opt/microsoft/msedge",
)
_HOMEBREW = ("/opt/homebrew/bin", "/usr/local/bin")

_INSTALLATIONS = {
    Browser.CHROME: _Installation(
        title="Google Chrome",
        binaries=("google-chrome", "google-chrome-stable", "chrome", "Google Chrome"),
        drivers=("chromedriver",),
        folders={
            "linux": _LINUX_FOLDERS,
            "darwin": ("/Applications/Google Chrome.app/Contents/MacOS", *_HOMEBREW),
            "win32": (
                r"%ProgramFiles%\Google\Chrome\Application",
                r"%ProgramFiles(x86)%\Google\Chrome\Application",
                r"%LocalAppData%\Google\Chrome\Application",
            ),
        },
        commands={
            "darwin": ("brew", "install", "--cask", "google-chrome", "chromedriver"),
            "win32": ("winget", "install", "Google.Chrome", "Chromium.ChromeDriver"),
        },
        advice="Install Google Chrome and the chromedriver of the same version, or Chromium.",
    ),
    Browser.CHROMIUM: _Installation(
        title="Chromium",
        binaries=("chromium", "chromium-browser", "Chromium"),
        drivers=("chromedriver", "chromium.chromedriver"),
        folders={
            "linux": _LINUX_FOLDERS,
            "darwin": ("/Applications/Chromium.app/Contents/MacOS", *_HOMEBREW),
            "win32": (r"%LocalAppData%\Chromium\Application",),
        },
        commands={
            "linux": ("sudo", "apt", "install", "chromium", "chromium-driver"),
            "darwin": ("brew", "install", "--cask", "chromium", "chromedriver"),
            "win32": ("winget", "install", "Google.Chrome", "Chromium.ChromeDriver"),
        },
        advice="Install Chromium and the chromedriver of the same version.",
    ),
    Browser.EDGE: _Installation(
        title="Microsoft Edge",
        binaries=("microsoft-edge", "microsoft-edge-stable", "msedge", "Microsoft Edge"),
        drivers=("msedgedriver", "microsoft-edge-driver"),
        folders={
            "linux": _LINUX_FOLDERS,
            "darwin": ("/Applications/Microsoft Edge.app/Contents/MacOS", *_HOMEBREW),
            "win32": (
                r"%ProgramFiles(x86)%\Microsoft\Edge\Application",
                r"%ProgramFiles%\Microsoft\Edge\Application",
            ),
        },
        commands={
            "darwin": ("brew", "install", "--cask", "microsoft-edge", "msedgedriver"),
            "win32": ("winget", "install", "Microsoft.Edge", "Microsoft.EdgeDriver"),
        },
        advice="Install Microsoft Edge, and the msedgedriver of the same version on PATH.",
    ),
    Browser.FIREFOX: _Installation(
        title="Firefox",
        binaries=("firefox", "firefox-esr"),
        drivers=("geckodriver", "firefox.geckodriver"),
        folders={
            "linux": ("/snap/bin", "/usr/lib/firefox", "/usr/lib/firefox-esr", "/usr/local/bin"),
            "darwin": ("/Applications/Firefox.app/Contents/MacOS", *_HOMEBREW),
            "win32": (r"%ProgramFiles%\Mozilla Firefox", r"%ProgramFiles(x86)%\Mozilla Firefox"),
        },
        commands={
            "darwin": ("brew", "install", "firefox", "geckodriver"),
            "win32": ("winget", "install", "Mozilla.Firefox", "Mozilla.GeckoDriver"),
        },
        advice="Install firefox-esr, and geckodriver on PATH.",
    ),
}
_DRIVERS = {
    frozenset((Browser.CHROME, Browser.CHROMIUM)): ("chromedriver",),
    frozenset((Browser.EDGE,)): ("msedgedriver", "edge-driver"),
    frozenset((Browser.FIREFOX,)): ("geckodriver",),
}
"""The names of drivers that tell which browsers they are for."""
_AUTO_ORDER = (Browser.CHROME, Browser.CHROMIUM, Browser.EDGE, Browser.FIREFOX)


def find_programs(
    settings: Settings,
    *,
    which: Which = shutil.which,
    platform: str = sys.platform,
    environ: Mapping[str, str] = os.environ,
    is_file: Callable[[Path], bool] = Path.is_file,
    ask_selenium_manager: AskSeleniumManager | None = None,
) -> Programs:
    """Return the browser and driver of the settings; for `auto`, the first browser that has both.

    Selenium Manager comes last, for a browser without a driver; it may download one.

    Args:
        settings: those of the sign-in.
        which: finds a program on PATH.
        platform: a `sys.platform`.
        environ: names the folders of Windows.
        is_file: looks into folders off PATH.
        ask_selenium_manager: None for the one of Selenium.

    Raises:
        BrowserError: there is no browser with a driver.
        ConfigError: a setting of the browser cannot be used.
    """
    find = partial(_find, which=which, platform=platform, environ=environ, is_file=is_file)
    for problem in settings.browser_problems:
        raise problem
    _check_driver(settings)
    candidates = _candidates(settings)
    undriven: list[tuple[Browser, Path]] = []
    for browser in candidates:
        installation = _INSTALLATIONS[browser]
        binary = settings.browser_binary or find(installation.binaries, installation)
        if binary is None:
            continue
        driver = settings.browser_driver or find(installation.drivers, installation)
        if driver is not None:
            return Programs(browser, binary, driver)
        undriven.append((browser, binary))
    for browser, binary in undriven:
        with suppress(BrowserError):
            ask = ask_selenium_manager or _ask_selenium_manager
            return Programs(browser, binary, ask(browser, binary))
    raise _missing(settings, candidates, undriven, platform=platform, environ=environ)


def _candidates(settings: Settings) -> tuple[Browser, ...]:
    """Return the browsers to try, in their order: those that the given programs fit."""
    if settings.browser is not Browser.AUTO:
        return (settings.browser,)
    programs = [
        program for program in (settings.browser_binary, settings.browser_driver) if program
    ]
    fitting = [
        browser for browser in _AUTO_ORDER if all(_fits(program, browser) for program in programs)
    ]
    return tuple(fitting) or _AUTO_ORDER


def _check_driver(settings: Settings) -> None:
    """Check that the given driver may drive the given browser, as far as its name tells.

    Raises:
        BrowserError: it is one of another browser.
    """
    driver, browser = settings.browser_driver, settings.browser
    if driver is None or browser is Browser.AUTO:
        return
    for others, names in _DRIVERS.items():
        if browser not in others and any(name in driver.name.lower() for name in names):
            installation = _INSTALLATIONS[browser]
            raise BrowserError(
                f"{driver} is no driver of {installation.title}, which needs "
                f"{installation.drivers[0]}.",
                advice="Give only one of --browser and --browser-driver (or of their settings), "
                "or those of one browser.",
            )


def _fits(program: Path, browser: Browser) -> bool:
    """Return whether a program may be this browser or its driver, as far as its name tells."""
    name = program.name.lower()
    if "firefox" in name or "gecko" in name:
        return browser is Browser.FIREFOX
    if "edge" in name:
        return browser is Browser.EDGE
    if "chromium" in name:
        return browser is Browser.CHROMIUM
    if "chromedriver" in name:
        return browser in {Browser.CHROME, Browser.CHROMIUM}
    return browser is Browser.CHROME if "chrome" in name else True


def _find(
    programs: Sequence[str],
    installation: _Installation,
    *,
    which: Which,
    platform: str,
    environ: Mapping[str, str],
    is_file: Callable[[Path], bool],
) -> Path | None:
    for program in programs:
        if path := which(program):
            return Path(path)
    suffix = ".exe" if platform == "win32" else ""
    for folder in _folders(installation, platform, environ):
        for program in programs:
            candidate = Path(folder) / (program + suffix)
            if is_file(candidate):
                return candidate
    return None


def _folders(
    installation: _Installation, platform: str, environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield the folders off PATH in which a browser or its driver may be."""
    for template in installation.folders.get(platform, ()):
        yield re.sub(r"%([^%]+)%", lambda name: environ.get(name[1], name[0]), template)


def _missing(
    settings: Settings,
    candidates: Sequence[Browser],
    undriven: Sequence[tuple[Browser, Path]],
    *,
    platform: str,
    environ: Mapping[str, str],
) -> BrowserError:
    """Return the error that names everything that was looked for, and where."""
    if undriven:
        looked = [_INSTALLATIONS[browser] for browser, _ in undriven]
        installation = looked[0]
        names = [name for each in looked for name in each.drivers]
        found = settings.browser_binary or installation.title
        message = f"Found {found}, but not {installation.drivers[0]}."
    else:
        looked = [_INSTALLATIONS[browser] for browser in candidates]
        names = [name for each in looked for name in each.binaries]
        for_driver = f" for {settings.browser_driver}" if settings.browser_driver else ""
        titles = ", ".join(each.title for each in looked)
        message = f"No browser was found{for_driver}: {titles}."
        browser = Browser.CHROMIUM if Browser.CHROMIUM in candidates else candidates[0]
        installation = _INSTALLATIONS[browser]
    folders = [folder for each in looked for folder in _folders(each, platform, environ)]
    places = ", ".join(["PATH", *dict.fromkeys(folders)])
    message += f" Looked for {', '.join(dict.fromkeys(names))} in {places}."
    words = installation.commands.get(platform)
    if words is None:
        return BrowserError(message, advice=installation.advice)
    return BrowserError(message, command=hints.shown(*words))


def _ask_selenium_manager(browser: Browser, binary: Path) -> Path:
    """See `AskSeleniumManager`; this one is a part of Selenium."""
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.selenium_manager import SeleniumManager

    name = {Browser.EDGE: "edge", Browser.FIREFOX: "firefox"}.get(browser, "chrome")
    options = ["--browser", name, "--browser-path", str(binary), "--timeout", "30"]
    # Its own options: send no report to a third party, and download no other browser.
    options += ["--avoid-stats", "--avoid-browser-download"]
    try:
        with silenced("selenium"):
            paths = SeleniumManager().binary_paths(options)
    except WebDriverException as error:
        raise BrowserError("Selenium Manager has no driver for this browser.") from error
    return Path(paths["driver_path"])


def described(capabilities: Mapping[str, Any]) -> str:
    """Return the versions of browser and driver that a session tells."""
    chrome = capabilities.get("chrome") or capabilities.get("msedge") or {}
    driver = capabilities.get("moz:geckodriverVersion") or next(
        (chrome[name] for name in ("chromedriverVersion", "msedgedriverVersion") if name in chrome),
        "of an unknown version",
    )
    browser = capabilities.get("browserName"), capabilities.get("browserVersion")
    return printable(f"{browser[0]} {browser[1]} with the driver {str(driver).split(' (')[0]}")
