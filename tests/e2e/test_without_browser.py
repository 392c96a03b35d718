"""Renewals by a replay of the kept session, at real identity providers and by every kind of caller.

Whoever renews here has no WebDriver server, so that no browser could start.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.capture import browser_capture
from aws_saml_ext.capture.replay import kept_cookies
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.demo import Demo
from tests import browsers, lemonldap, simplesamlphp
from tests.command import SCRIPT, Home, ended
from tests.doubles import FakePrompt
from tests.e2e.programs import WHO, WHO_AM_I, run, with_profile
from tests.local_stack import LocalStack

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(500)]

NO_DRIVER = "/bin/false"
ROUNDS = 10


# ---- identity providers that nobody here wrote ----


@pytest.fixture
def keycloak(stack: LocalStack) -> str:
    return stack.idp_url


@pytest.fixture
def simplesaml() -> Iterator[str]:
    with simplesamlphp.running() as started:
        yield started.url


@pytest.fixture
def lemon() -> Iterator[str]:
    with lemonldap.running() as started:
        yield started.url


def signs_in(settings: Settings, *answers: str) -> bool:
    """Sign in; return whether two roles are offered then."""
    prompt = FakePrompt(list(answers), interactive=bool(answers))
    with browser_capture(settings, prompt)(settings) as captured:
        return len(Assertion.parse(captured.saml_response).roles) == 2


@pytest.mark.parametrize("name", ["keycloak", "simplesaml", "lemon"])
def test_ten_renewals_need_no_browser_and_one_that_takes_it_goes_on_with_their_session(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    first = replace(
        browsers.settings(),
        idp_url=request.getfixturevalue(name),
        saml_folder=tmp_path,
        sign_in=Flow.TERMINAL,
        timeout=timedelta(seconds=60),
    )
    silent = replace(first, sign_in=Flow.SILENT)
    programs = browsers.chromium()
    without = replace(silent, browser_binary=programs.binary, browser_driver=Path(NO_DRIVER))
    assert signs_in(first, "aws_admin", "aws_admin")
    assert all(signs_in(without) for _ in range(ROUNDS))
    [file] = tmp_path.glob("browser/*/cookies.json")
    kept = kept_cookies.read(file)
    assert kept is not None
    kept_cookies.write(file, replace(kept, paused_until=time.time() + 600))
    assert signs_in(silent)
    kept = kept_cookies.read(file)
    assert kept is not None
    kept_cookies.write(file, replace(kept, paused_until=0.0))
    assert signs_in(without)


# ---- every kind of caller ----


@pytest.fixture(scope="module")
def home(short_lived: Demo) -> Iterator[Home]:
    """A home that has signed in once, whose credentials expire within seconds."""
    with TemporaryDirectory(prefix="a home ") as folder:
        made = with_profile(
            Path(folder),
            short_lived,
            saml_browser="chromium",
            saml_browser_binary=str(browsers.chromium().binary),
            saml_store="credential-process",
            saml_session_duration="900",
        )
        environ = {"AWS_SAML_PASSWORD_COMMAND": "echo aws_user"}
        done = made.run("--profile", "dev", command=[str(SCRIPT)], environ=environ)
        assert done.status == 0, done.err
        made.environ["AWS_SAML_BROWSER_DRIVER"] = NO_DRIVER
        yield made


def test_credential_process_renews_without_a_browser(home: Home) -> None:
    shutil.rmtree(home.aws / "saml" / "cache")
    done = home.run("credential-process", "--profile", "dev", command=[str(SCRIPT)])
    assert (done.status, json.loads(done.out)["Version"]) == (0, 1)


def test_a_botocore_session_renews_without_a_browser(home: Home) -> None:
    shutil.rmtree(home.aws / "saml" / "cache")
    assert run(home, WHO_AM_I, "silent").out == f"{WHO}\n"


def test_watch_renews_without_a_browser(home: Home, short_lived: Demo) -> None:
    sign_ins = short_lived.idp.sign_ins
    child = home.start("--profile", "dev", "--watch", command=[str(SCRIPT)])
    child.expect_exact("Ctrl-C ends this.")
    for _ in range(2):
        child.expect_exact("Renewed at ")
    child.sendintr()
    assert ended(child)[0] == 130
    assert short_lived.idp.sign_ins == sign_ins
