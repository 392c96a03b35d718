"""selenium-wire made to run beside today's libraries, and nothing else changed by it."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser import selenium_wire
from aws_saml_ext.capture.browser.selenium_wire import silence

PROGRAM = """
import logging, sys, warnings
warnings.simplefilter("error")
before = set(sys.modules), logging.getLogger("asyncio").level, list(warnings.filters)
from aws_saml_ext.capture.browser import selenium_wire
selenium_wire.proxy_class()
{check}
"""


def run(check: str) -> str:
    """Return what `check` prints in a program that has imported selenium-wire's proxy."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(check=check)],
        capture_output=True,
        text=True,
        env={"SSLKEYLOGFILE": "keys", "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_the_release_installed_is_the_one_that_is_made_compatible() -> None:
    """The functions that it replaces are private: any other release may have others."""
    described = re.match(r"Compatibility of selenium-wire ([\d.]+),", selenium_wire.__doc__ or "")
    assert described is not None
    project = Path(__file__).parents[2] / "pyproject.toml"
    wanted = re.findall(r'"selenium-wire([^"]*)"', project.read_text(encoding="utf-8"))
    assert wanted == [f"=={described[1]}"]


def test_no_stand_in_stays_behind() -> None:
    names = ("pkg_resources", "blinker._saferef")
    check = f"print([n for n in {names} if n in sys.modules and not sys.modules[n].__file__])"
    assert run(check.replace("sys.modules[n].__file__", "sys.modules[n].__spec__")) == "[]"


def test_the_program_around_it_is_as_it_was() -> None:
    check = "print(before[1:] == (logging.getLogger('asyncio').level, list(warnings.filters)))"
    assert run(check) == "True"


def test_its_webdriver_is_not_imported() -> None:
    assert run("print('seleniumwire.webdriver' in sys.modules)") == "False"


def test_it_says_nothing_and_keeps_no_keys() -> None:
    check = (
        "logging.basicConfig(level=logging.DEBUG)\n"
        "logging.getLogger('seleniumwire.server').warning('an address')\n"
        "print(sys.modules['seleniumwire.thirdparty.mitmproxy.net.tls'].log_master_secret)"
    )
    assert run(check) == "None"


def test_a_silenced_library_logs_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("a_library")
    library.setLevel(logging.DEBUG)
    library.addHandler(logging.StreamHandler())
    silence("a_library")
    logging.getLogger("a_library.part").error("a password")
    assert capfd.readouterr() == ("", "")
