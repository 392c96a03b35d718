import subprocess
import sys

import pytest


def printed(script: str) -> str:
    """Return what a script prints in a process that skips what is not used."""
    begin = "import ssl, sys; from aws_saml_ext import light_imports; light_imports.skip_unused()\n"
    done = subprocess.run(
        [sys.executable, "-c", begin + script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_botocore_takes_the_ssl_context_of_python_without_pyopenssl() -> None:
    script = (
        "from botocore import httpsession\n"
        "print(httpsession.SSLContext is ssl.SSLContext, 'OpenSSL' in sys.modules)"
    )
    assert printed(script) == "True False"


def test_the_webdriver_of_selenium_is_imported_without_its_parts_for_bidi() -> None:
    script = (
        "from selenium.webdriver.remote.webdriver import WebDriver\n"
        "bidi = [name for name in sys.modules if '.bidi.' in name]\n"
        "print(len(bidi) > 5, [name for name in bidi if hasattr(sys.modules[name], '__file__')])"
    )
    assert printed(script) == "True []"


@pytest.mark.parametrize(
    "module",
    [
        "selenium.webdriver.chrome.webdriver",
        "selenium.webdriver.common.action_chains",
        "selenium.webdriver.common.selenium_manager",
        "websocket",
    ],
)
def test_other_modules_are_the_real_ones(module: str) -> None:
    assert printed(f"import {module}; print(bool(sys.modules['{module}'].__file__))") == "True"


def test_a_program_that_imports_this_package_has_all_of_selenium() -> None:
    script = (
        "import aws_saml_ext.extension, aws_saml_ext.capture.browser.chromium\n"
        "import selenium.webdriver.common.bidi.script as real; print(bool(real.__file__))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
