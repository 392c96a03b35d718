"""The engine for Firefox, with a real Firefox and a server in AWS's place."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest

from aws_saml_ext.capture.browser import firefox as engine
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.partitions import sign_in_hosts
from tests import sink, web
from tests.browsers import profile
from tests.geckodriver import firefox, firefox_settings
from tests.integration import engine_contract
from tests.integration.engine_contract import (
    AWS,
    BODY,
    PAGES,
    PATIENCE,
    PRESS,
    EngineContract,
    Watched,
    check_death_is_reported,
    form,
    has_ended,
    script,
)
from tests.patience import until
from tests.web import Answer

pytestmark = pytest.mark.browser

PREFLIGHT = "a preflight"
"""Firefox shows the POST before it sends the OPTIONS that is to ask for it."""

CAPTURED = {
    **engine_contract.CAPTURED,
    "a tab without an opener": PRESS
    + form(f"{AWS}/saml", extra="target=_blank rel=noopener").replace(
        "<script>", "<script>onclick = () => "
    ),
}
STRAY = {
    **engine_contract.STRAY,
    PREFLIGHT: ("a script", engine_contract.BLOCKED[PREFLIGHT]),
}
BLOCKED = {
    **{name: page for name, page in engine_contract.BLOCKED.items() if name != PREFLIGHT},
    # Of a form, Firefox asks first whether it shall be sent over http.
    "http": script("fetch('http://signin.aws.amazon.com/saml', {mode: 'no-cors'})"),
    "a form of another type": form(f"{AWS}/saml", extra="enctype=multipart/form-data"),
    "a ping": f"<a href='#x' ping='{AWS}/saml'></a>" + script("document.links[0].click()"),
}
SERVICE_WORKER = f"""\
addEventListener('install', () => skipWaiting())
addEventListener('message', async event => {{
  const posted = fetch('{AWS}/saml', {{method: 'POST', mode: 'no-cors', body: {BODY}}})
  event.source.postMessage(await posted.then(() => 'answered', () => 'failed'))
}})"""
REGISTRATION = script(
    """
    navigator.serviceWorker.onmessage = event => { document.title = event.data }
    navigator.serviceWorker.register('/worker.js').then(async () => {
      (await navigator.serviceWorker.ready).active.postMessage('go')
    })"""
)


def aws_is_at(aws: sink.Sink, folder: Path) -> Path:
    """A browser profile in which the sign-in hosts resolve to a sink, if ever they are resolved."""
    names = [name for host in sign_in_hosts() for name in (host, f"eu-west-1.{host}")]
    names += ["a.b.signin.aws.amazon.com", "signin.aws.amazon.com.", "control.example"]
    lines = [
        f'user_pref("network.dns.localDomains", "{",".join(names)}");',
        f'user_pref("network.socket.forcePort", "80,443,8443={aws.port}");',
    ]
    with (folder / "prefs.js").open("a", encoding="utf-8") as preferences:
        preferences.write("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    worker = Answer(SERVICE_WORKER, headers={"Content-Type": "text/javascript"})
    programs = firefox()
    with sink.running() as aws, web.serving({**PAGES, "/worker.js": worker}) as site:
        folder = aws_is_at(aws, profile(tmp_path_factory.mktemp("firefox") / "profile"))
        with engine.start(programs, firefox_settings(), folder, True) as browser:
            yield Watched(browser, site, aws)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile as a first sign-in leaves it: making one takes Firefox longer than a start."""
    made = profile(tmp_path_factory.mktemp("used") / "profile")
    with engine.start(firefox(), firefox_settings(), made, True):
        pass
    return made


@pytest.fixture
def folder(used: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(used, tmp_path / "profile", symlinks=True)


# Before the contract, whose control test reaches the sink: Firefox repeats such a request.
def test_a_post_that_the_browser_does_not_show_us_finds_no_way(watched: Watched) -> None:
    watched.open(REGISTRATION)
    assert until(lambda: watched.browser.driver.title == "failed")
    assert watched.aws.connections == []


class TestFirefox(EngineContract):
    captured = CAPTURED
    stray = STRAY
    blocked = BLOCKED
    unreachable: ClassVar = {
        "http://127.0.0.1:PORT/": "connectionFailure",
        "http://127.0.0.1:1/": "deniedPortAccess",  # refused before it is tried
        "https://nobody.invalid/": "dnsNotFound",
    }
    untrusted = ("nssBadCert", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT")
    programs = ("geckodriver", "firefox")
    cookie_file = "sessionstore.jsonlz4"

    def start(
        self, folder: Path, *, headless: bool = True, **changed: Any
    ) -> AbstractContextManager[WatchedBrowser]:
        return engine.start(firefox(), firefox_settings(**changed), folder, headless)

    def process(self, browser: WatchedBrowser, folder: Path) -> psutil.Process:
        return psutil.Process(browser.driver.capabilities["moz:processID"])


def test_without_its_driver_the_browser_finds_no_way_to_aws(folder: Path) -> None:
    with sink.running() as aws, web.serving({}) as idp:
        aws_is_at(aws, folder)
        later = form(f"{AWS}/saml").replace(
            "document.forms[0].submit()",
            "setTimeout(() => document.forms[0].submit(), 1500);"
            "setTimeout(() => { new Image().src = '/still-here' }, 2500)",
        )
        idp.pages["/later"] = Answer(later)
        contract = TestFirefox()
        with contract.start(folder) as browser:
            browser.open(idp.url("/later"))
            assert until(lambda: idp.requests)
            killed = time.monotonic()
            contract.driver_of(contract.process(browser, folder)).kill()
            check_death_is_reported(browser)
            time.sleep(max(0, killed + 3 - time.monotonic()))
        assert aws.connections == []


PROGRAM = """
import sys
from pathlib import Path
from aws_saml_ext.capture.browser import firefox as engine
from aws_saml_ext.entry import _answer_signals
from tests.geckodriver import firefox, firefox_settings
from tests.patience import until

_answer_signals()
with engine.start(firefox(), firefox_settings(), Path(sys.argv[1]), True) as browser:
    print(browser.driver.capabilities["moz:processID"], flush=True)
    while True:
        browser.posted(1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_no_browser(sent: signal.Signals, folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as program:
        try:
            assert program.stdout is not None
            firefox_itself = psutil.Process(int(program.stdout.readline()))
            program.send_signal(sent)
            program.wait(PATIENCE)
        finally:
            program.kill()
    assert until(lambda: has_ended(firefox_itself))
