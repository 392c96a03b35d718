"""Settings, programs and profiles for tests that start a real browser."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.capture.browser.discovery import Programs, find_programs
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import BrowserError
from tests.command import BROWSER_ARGUMENTS
from tests.samples import SETTINGS


@cache
def _notes() -> tempfile.TemporaryDirectory[str]:
    """A folder for the notes of all sign-ins, which is removed with this process."""
    return tempfile.TemporaryDirectory(prefix="aws-saml-ext-notes-")


def settings(*more_arguments: str, **changed: Any) -> Settings:
    """Return settings of a sign-in with Chromium, with the arguments that a container needs."""
    arguments = (*BROWSER_ARGUMENTS.split(), *more_arguments)
    if "saml_folder" not in changed:
        changed["saml_folder"] = Path(_notes().name)
    plain = replace(SETTINGS, browser=Browser.CHROMIUM, browser_arguments=arguments)
    return replace(plain, **changed)


def chromium() -> Programs:
    """Return Chromium and its driver, or skip the test if they are not installed."""
    try:
        return find_programs(replace(SETTINGS, browser=Browser.CHROMIUM))
    except BrowserError as error:
        pytest.skip(str(error))


def profile(folder: Path) -> Path:
    """Return an empty browser profile."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder
