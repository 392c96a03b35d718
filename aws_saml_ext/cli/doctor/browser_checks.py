"""The checks of the browser and its driver, and of the policies that an administrator gave it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from aws_saml_ext.capture.browser.environment import is_root, root_error
from aws_saml_ext.checks.findings import Looked, Problem, Skipped
from aws_saml_ext.cli.doctor.examination import UNREADABLE, Examination
from aws_saml_ext.config.settings import Browser

_MIN_LOGIN = (2, 32)
"""The first version of the AWS CLI with `aws login`."""
_POLICY_FOLDERS = {
    Browser.CHROME: ("etc/opt/chrome/policies/managed",),
    Browser.CHROMIUM: ("etc/chromium/policies/managed", "etc/chromium-browser/policies/managed"),
    Browser.EDGE: ("etc/opt/edge/policies/managed",),
}
_FIREFOX_POLICIES = ("etc/firefox/policies/policies.json", "etc/firefox-esr/policies.json")
_PREFERENCES = "Library/Managed Preferences/com.{}.plist"
_PROGRAMS = {
    Browser.CHROME: "google.Chrome",
    Browser.CHROMIUM: "chromium.Chromium",
    Browser.EDGE: "microsoft.Edge",
}
_PROXY_POLICIES = ("ProxySettings", "ProxyMode", "ProxyPacUrl", "ProxyServer", "ProxyServerMode")


def browser(examination: Examination) -> Iterator[Looked]:
    """Yield why no browser can be driven."""
    if examination.settings is None:
        yield Skipped(UNREADABLE)
        return
    names = ("saml_browser", "saml_browser_binary", "saml_browser_driver", "saml_browser_arguments")
    yield from examination.of_settings(*names)
    versions = examination.versions
    programs, missing = versions.programs, versions.missing
    if programs is None:
        has_browser = str(missing).startswith("Found ")
        is_managed = has_browser and versions.has_managed_driver
        more = " A sign-in tries to download a driver." if has_browser else ""
        yield Problem(
            f"{missing}{' Selenium Manager has downloaded drivers.' if is_managed else more}",
            command=missing.command if missing else None,
            advice=missing.advice if missing else None,
            is_warning=is_managed,
        )
        return
    theirs, drivers = versions.of_browser
    if versions.are_asked and (theirs is None or drivers is None):
        silent = programs.binary if theirs is None else programs.driver
        yield Problem(
            f"{silent} does not start.",
            advice=f"Run it to see why: {silent} --version",
        )
    elif _differ(programs.browser, theirs, drivers):
        yield Problem(
            f"{programs.binary} has version {theirs}, and its driver {programs.driver} {drivers}: "
            "both must begin with the same number.",
            advice="Update both.",
        )
    if is_root() and programs.browser is not Browser.FIREFOX:
        error = root_error(examination.settings)
        if error is not None:
            yield Problem(
                "This program runs as root, and most browsers refuse to start then.",
                command=error.command,
                is_warning=True,  # the launchers of some distributions add the switch
            )
    yield (
        f"{programs.browser.value} {theirs or ''} at {programs.binary}, driver {drivers or ''} at "
        f"{programs.driver}."
    )


def browser_policy(examination: Examination) -> Iterator[Looked]:
    """Yield a managed proxy, which overrules the one that stands in for AWS."""
    programs = examination.versions.programs
    if programs is None:
        yield Skipped("There is no browser.")
        return
    if sys.platform == "win32":
        yield Skipped("The policies of Windows are not read.")
        return
    yield from managed_proxies(programs.browser)


def managed_proxies(browser: Browser, root: Path = Path("/")) -> Iterator[Problem]:
    """Yield the policies below `root` that fix the proxy of a browser."""
    for file, policies in _policies(browser, root):
        if (name := _managed_proxy(policies)) is not None:
            yield Problem(
                f"The policy {name} in {file} sets the proxy of {browser.value}, which would send "
                "the assertion to AWS in place of this program.",
                advice="Use another browser (--browser), or ask the administrator of this machine.",
            )


def aws_login(examination: Examination) -> Iterator[Looked]:
    """Yield that `aws login` may do, where no browser can be driven."""
    aws = examination.versions.aws
    if aws is None or aws.version is None or not aws.is_2:
        yield Skipped("There is no aws of version 2.")
        return
    numbers = tuple(int(part) for part in aws.version.split(".")[:2])
    if numbers < _MIN_LOGIN:
        yield f"aws {aws.version} has no `aws login`, which came with 2.32."
        return
    sentence = (
        f"aws {aws.version} also has `aws login`, which needs no driver, but the permissions of "
        "SignInLocalDevelopmentAccess on the role."
    )
    if examination.versions.missing is not None:
        yield Problem(sentence, command="aws login", is_warning=True)
    yield sentence


def _policies(browser: Browser, root: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the files of an administrator that a browser reads, with their content."""
    if browser is Browser.FIREFOX:
        for name in _FIREFOX_POLICIES:
            for content in _read(root / name, json.loads):
                yield root / name, content.get("policies") or {}
        return
    for folder in _POLICY_FOLDERS[browser]:
        for file in sorted((root / folder).glob("*.json")):
            for content in _read(file, json.loads):
                yield file, content
    if sys.platform == "darwin":
        import plistlib

        file = root / _PREFERENCES.format(_PROGRAMS[browser])
        for content in _read(file, plistlib.loads):
            yield file, content


def _read(file: Path, parse: Callable[[bytes], Any]) -> Iterator[Mapping[str, Any]]:
    with suppress(OSError, ValueError, RecursionError):
        content = parse(file.read_bytes())
        if isinstance(content, dict):
            yield content


def _managed_proxy(policies: Mapping[str, Any]) -> str | None:
    """Return the name of a policy that fixes the proxy; `system` leaves it to the command line."""
    if isinstance(policies.get("Proxy"), dict):  # Firefox; unlocked, it is a preset only
        return "Proxy" if policies["Proxy"].get("Locked") else None
    return next((name for name in _PROXY_POLICIES if name in policies), None)


def _differ(browser: Browser, theirs: str | None, drivers: str | None) -> bool:
    """Return whether a browser and a driver of these versions do not belong together."""
    if theirs is None or drivers is None or browser is Browser.FIREFOX:
        return False  # Firefox takes drivers of many versions
    return theirs.partition(".")[0] != drivers.partition(".")[0]


CHECKS: Mapping[str, Callable[[Examination], Iterator[Looked]]] = MappingProxyType(
    {"browser": browser, "browser-policy": browser_policy, "aws-login": aws_login}
)
"""Every check by its name."""
