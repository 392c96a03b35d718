"""The programs of a sign-in and their versions, which are asked for in the background."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import installer
from aws_saml_ext.capture.browser.discovery import Programs, find_programs
from aws_saml_ext.capture.browser.environment import browser_environment
from aws_saml_ext.config.aws_process import without_mark
from aws_saml_ext.errors import BrowserError, SamlLoginError

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Browser, Settings

_SECONDS = 5.0
_AWS_FILES = ("lib/python3*/site-packages/awscli", "lib/python3/dist-packages/awscli")
_SOURCE = re.compile(r"^__version__ = ['\"]([\d.]+)", re.MULTILINE)
_VERSION = re.compile(r"\b\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Aws:
    """An `aws` on the PATH."""

    path: Path
    version: str | None
    """None where it tells none."""

    @property
    def is_2(self) -> bool:
        """True if it has aliases."""
        return self.version is not None and self.version.startswith("2.")


class Versions:
    """The programs that a sign-in runs; asking them for their versions starts at once."""

    def __init__(self, environ: Mapping[str, str], settings: Settings | None) -> None:
        """Find browser and driver, and start to ask for their versions.

        Args:
            environ: the environment, for PATH.
            settings: those of the profile; None finds no browser.
        """
        self._environ = environ
        self.programs: Programs | None = None
        """The browser and its driver."""
        self.missing: SamlLoginError | None = None
        """The reason why there is none."""
        self._asked: list[subprocess.Popen[str] | None] = []
        self._aws = _candidates(environ)
        if settings is None:
            return
        try:
            self.programs = find_programs(
                settings, environ=environ, ask_selenium_manager=_no_manager
            )
        except SamlLoginError as error:
            self.missing = error
        else:
            paths = (self.programs.binary, self.programs.driver)
            if not any(map(_acts_when_asked, paths)):
                self._asked = [_ask(path, browser_environment(environ)) for path in paths]

    @property
    def has_managed_driver(self) -> bool:
        """True if Selenium Manager has downloaded any driver before."""
        cache = self._environ.get("SE_CACHE_PATH") or Path.home() / ".cache" / "selenium"
        return any(True for _ in Path(cache).glob("*driver/*/*/*driver*"))

    @property
    def are_asked(self) -> bool:
        """True if browser and driver are asked for their versions."""
        return bool(self._asked)

    @cached_property
    def of_browser(self) -> tuple[str | None, str | None]:
        """The versions of browser and driver; None for one that tells none."""
        answers = [_answer(process) for process in self._asked] or [None, None]
        return answers[0], answers[1]

    @cached_property
    def aws(self) -> Aws | None:
        """The first `aws` on the PATH that has aliases, else the first one, else None."""
        found = [
            Aws(path, known if isinstance(known, str) else _answer(known))
            for path, known in self._aws.items()
        ]
        return next((aws for aws in found if aws.is_2), found[0] if found else None)

    @property
    def is_first_aws(self) -> bool:
        """True if a shell finds it by the name `aws` alone."""
        return self.aws is not None and self.aws.path == next(iter(self._aws))


def _candidates(environ: Mapping[str, str]) -> dict[Path, str | subprocess.Popen[str] | None]:
    """Return every `aws` on the PATH up to one of version 2; where only it knows, it is asked."""
    found: dict[Path, str | subprocess.Popen[str] | None] = {}
    for path in installer.programs_on_path("aws", environ):
        version = _version_in_files(path)
        found[path] = version or _ask(path, without_mark(environ))
        if version is not None and version.startswith("2."):
            break
    return found


def _no_manager(browser: Browser, binary: Path) -> Path:  # noqa: ARG001 - the type of the argument
    """Find no driver: Selenium Manager might download one."""
    raise BrowserError(
        "Selenium Manager is not asked.", advice="Install the driver of the browser."
    )


def _acts_when_asked(program: Path) -> bool:
    """Return whether a program does more than to print its version.

    Chrome opens a window on Windows, and a snap makes folders in the home at its first start.
    """
    return sys.platform == "win32" or program.is_relative_to("/snap")


def _ask(program: Path, environ: Mapping[str, str]) -> subprocess.Popen[str] | None:
    try:
        return subprocess.Popen(
            [program, "--version"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # old releases of `aws` answer there
            text=True,
            errors="replace",
        )
    except OSError:
        return None


def _answer(process: subprocess.Popen[str] | None) -> str | None:
    if process is None:
        return None
    try:
        output, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    match = _VERSION.search(output)
    return match[0] if match else None


def _version_in_files(aws: Path) -> str | None:
    """Return the version of an `aws` by its own files: to run it takes longer than all checks."""
    bundled = re.search(r"/v2/(2\.[\d.]+)/", str(aws.resolve()))
    if bundled:
        return bundled[1]
    try:
        with aws.open("rb") as script:
            line = script.readline(300).decode(errors="replace")
    except OSError:
        return None
    python = re.match(r"#! ?(/\S+/)bin/python[\w.]*\s*$", line)
    if python is None:
        return None
    found = []
    for pattern in _AWS_FILES:
        for file in Path(python[1]).glob(f"{pattern}/__init__.py"):
            with suppress(OSError):
                found += _SOURCE.findall(file.read_text(encoding="utf-8", errors="replace"))
    # Of two, it is not known here which one this Python loads.
    return found[0] if len(found) == 1 else None
