"""The engine for Chromium, with a real Chromium and a server in AWS's place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest

from aws_saml_ext.capture.browser import chromium as engine
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.errors import BrowserError
from tests import sink, web
from tests.browsers import chromium, profile, settings
from tests.demo_servers import self_signed
from tests.integration.engine_contract import (
    PAGES,
    PATIENCE,
    RESPONSE,
    EngineContract,
    Watched,
    form,
)
from tests.patience import until
from tests.web import Answer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = profile(tmp_path_factory.mktemp("chromium") / "profile")
    with sink.running() as aws, web.serving(dict(PAGES)) as site:
        wanted = settings(aws.resolver_rules)
        with engine.start(chromium(), wanted, folder, True) as browser:
            yield Watched(browser, site, aws)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return profile(tmp_path / "profile")


class TestChromium(EngineContract):
    unreachable: ClassVar = {"http://127.0.0.1:PORT/": "ERR_CONNECTION_REFUSED"}
    untrusted = ("ERR_CERT_AUTHORITY_INVALID", "ERR_CERT_AUTHORITY_INVALID")
    programs = ("chromedriver", "chrom")
    cookie_file = "Cookies"

    def start(
        self, folder: Path, *, headless: bool = True, **changed: Any
    ) -> AbstractContextManager[WatchedBrowser]:
        return engine.start(chromium(), settings(**changed), folder, headless)

    def process(self, browser: WatchedBrowser, folder: Path) -> psutil.Process:
        switch = f"--user-data-dir={folder}"
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if switch in words and not any(word.startswith("--type=") for word in words):
                return process
        raise LookupError(switch)


def test_a_bad_certificate_cannot_be_overridden(watched: Watched, tmp_path: Path) -> None:
    with web.serving({}, tls=self_signed(tmp_path)) as site:
        watched.browser.open(f"https://127.0.0.1:{site.port}/")
        assert until(lambda: watched.browser.certificate_error() is not None)
        link = "return document.getElementById('proceed-link')"
        assert watched.browser.driver.execute_script(link) is None


def test_an_answer_without_a_page_is_reported_with_its_status(watched: Watched) -> None:
    watched.site.pages["/down"] = Answer("", status=503)
    watched.browser.open(watched.site.url("/down"))
    assert until(lambda: watched.browser.http_error() == 503)
    watched.browser.open(watched.site.url("/still"))
    assert until(lambda: watched.browser.http_error() is None)


READ_ONLY_HOME = """
import sys
from pathlib import Path
from aws_saml_ext.capture.browser import chromium as engine
from tests.browsers import chromium, settings
try:
    (Path.home() / "file").touch()
except OSError:
    with engine.start(chromium(), settings(), Path(sys.argv[1]), True):
        print("started")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system as Linux does")
def test_it_starts_where_home_is_read_only(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    mount = 'mount -t tmpfs -o ro none "$HOME" && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", mount, "sh"]
    environ = {**os.environ, "HOME": str(home)}
    if subprocess.run([*command, "true"], env=environ, check=False).returncode:
        pytest.skip("this machine allows no private mounts")
    program = [sys.executable, "-c", READ_ONLY_HOME, str(folder)]
    done = subprocess.run(
        [*command, *program], env=environ, capture_output=True, text=True, check=False
    )
    assert done.stdout == "started\n", done.stderr


@pytest.mark.parametrize(
    ("switch", "ours"),
    [
        ("--disable-features=", "AutofillServerCommunication"),
        ("--enable-features=", "SuppressDifferentOriginSubframeJSDialogs"),
    ],
)
def test_our_features_stand_beside_those_of_the_person(switch: str, ours: str) -> None:
    switches = engine.with_features([f"{switch}Mine", "--lang=de"])
    [features] = [each for each in switches if each.startswith(switch)]
    assert features.startswith(switch + ours)
    assert features.endswith(",Mine")
    assert "--lang=de" in switches


def test_nothing_is_downloaded(watched: Watched) -> None:
    kind = {"Content-Disposition": "attachment; filename=unasked-for.txt"}
    watched.site.pages["/file"] = Answer("unasked for", headers=kind)
    watched.open("<iframe src=/file></iframe>")
    assert until(lambda: "GET /file" in watched.site.requests)
    assert watched.browser.posted(0.3) is None
    assert not (Path.home() / "Downloads" / "unasked-for.txt").exists()


def test_a_sign_in_address_over_tls_is_watched_too(folder: Path) -> None:
    with sink.running() as aws, web.serving({}) as idp:
        acs_url = f"https://127.0.0.1:{aws.port}/acs/path"
        idp.pages["/post"] = Answer(form(acs_url + "?x=1"))
        wanted = settings(acs_url=acs_url, idp_url=idp.url("/post"))
        with engine.start(chromium(), wanted, folder, True) as browser:
            browser.open(wanted.idp_url)
            assert browser.posted(PATIENCE) is not None
        assert aws.connections == []


def test_a_browser_that_goes_past_our_proxy_is_not_used_and_gets_nowhere(folder: Path) -> None:
    wanted = settings("--no-proxy-server")  # as a policy could have it
    with (
        pytest.raises(BrowserError, match="do not reach this program"),
        engine.start(chromium(), wanted, folder, True),
    ):
        pass


def test_a_post_from_a_window_is_seen(
    folder: Path, display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    with (
        web.serving({"/": Answer(form("https://signin.aws.amazon.com/saml"))}) as idp,
        engine.start(chromium(), settings(), folder, False) as browser,
    ):
        browser.open(idp.url("/"))
        posted = browser.posted(PATIENCE)
        assert posted is not None
        assert posted.saml_response == RESPONSE
