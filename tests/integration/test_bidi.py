"""The POST to AWS, seen and stopped in a real Firefox, with a server in AWS's place."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import psutil
import pytest

from aws_saml_ext.capture.browser import firefox as engine
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.errors import BrowserError, ConfigError, Stopped
from aws_saml_ext.partitions import sign_in_hosts
from tests import sink, web
from tests.browsers import profile
from tests.demo_servers import self_signed
from tests.geckodriver import firefox, firefox_settings
from tests.integration import test_wire as wire
from tests.integration.test_wire import (
    AWS,
    BODY,
    PATIENCE,
    RESPONSE,
    Watched,
    filled,
    form,
    script,
)
from tests.patience import until
from tests.web import Answer

pytestmark = pytest.mark.browser

PREFLIGHT = "a preflight"
"""Firefox shows the POST before it sends the OPTIONS that is to ask for it."""

CAPTURED = {
    **wire.CAPTURED,
    PREFLIGHT: wire.BLOCKED[PREFLIGHT],
    "XMLHttpRequest": script(
        f"const x = new XMLHttpRequest(); x.open('POST', '{AWS}/saml'); x.send({BODY})"
    ),
    "a worker": script(
        f"const text = `fetch('{AWS}/saml', {{method: 'POST', mode: 'no-cors', body: {BODY}}})`;"
        "new Worker(URL.createObjectURL(new Blob([text])))"
    ),
    "a tab without an opener": form(f"{AWS}/saml", extra="target=_blank rel=noopener"),
}
BLOCKED = {
    **{name: page for name, page in wire.BLOCKED.items() if name != PREFLIGHT},
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
    pages = {
        "/in-a-frame": Answer(form(f"{AWS}/saml")),
        "/moved-307": Answer(status=307, headers={"Location": f"{AWS}/saml"}),
        "/moved-302": Answer(status=302, headers={"Location": f"{AWS}/saml"}),
        "/decoy": Answer("<p>here"),
        "/worker.js": Answer(SERVICE_WORKER, headers={"Content-Type": "text/javascript"}),
    }
    programs = firefox()
    with sink.running() as aws, web.serving(pages) as site:
        folder = aws_is_at(aws, profile(tmp_path_factory.mktemp("bidi") / "profile"))
        with engine.start(programs, firefox_settings(), folder, True) as browser:
            yield Watched(browser, site, aws)


@pytest.mark.parametrize("page", CAPTURED.values(), ids=CAPTURED)
def test_a_post_to_aws_is_seen_and_stopped(page: str, watched: Watched) -> None:
    watched.open(page)
    posted = watched.browser.posted(PATIENCE)
    assert posted is not None
    assert posted.saml_response == RESPONSE
    assert watched.browser.posted(0) is None
    assert watched.aws.connections == []


@pytest.mark.parametrize("page", BLOCKED.values(), ids=BLOCKED)
def test_nothing_else_is_taken_for_it_nor_reaches_aws(page: str, watched: Watched) -> None:
    watched.open(page)
    assert watched.browser.posted(0.4) is None
    assert watched.aws.connections == []


def test_a_post_that_the_browser_does_not_show_us_finds_no_way(watched: Watched) -> None:
    watched.open(REGISTRATION)
    assert until(lambda: watched.browser.driver.title == "failed")
    assert watched.aws.connections == []


@pytest.mark.parametrize("length", [200_000, 20_000_000])
def test_the_body_may_be_large(length: int, watched: Watched) -> None:
    watched.open(filled(f"{AWS}/saml", length))
    posted = watched.browser.posted(PATIENCE)
    assert posted is not None
    assert len(posted.saml_response) == length
    assert watched.aws.connections == []


def test_the_page_that_answers_says_that_one_may_close_it(watched: Watched) -> None:
    watched.open(form(f"{AWS}/saml"))
    assert watched.browser.posted(PATIENCE) is not None
    assert until(lambda: watched.browser.driver.title == "Signed in")
    text = watched.browser.driver.execute_script("return document.body.innerText")
    assert "You may close this window" in text
    assert RESPONSE not in watched.browser.driver.page_source


def test_the_count_would_notice(watched: Watched) -> None:
    """The sink counts what is not in our way: so the zeros above mean something."""
    watched.browser.open("https://control.example/")
    assert until(lambda: watched.aws.connections)
    watched.aws.connections.clear()


def test_a_bad_certificate_is_told(watched: Watched, tmp_path: Path) -> None:
    with web.serving({}, tls=self_signed(tmp_path)) as site:
        watched.browser.open(f"https://127.0.0.1:{site.port}/")
        assert until(lambda: watched.browser.navigation_error() == "nssBadCert")
        reason = "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"
        assert until(lambda: watched.browser.certificate_error() == reason)
        assert site.requests == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:PORT/", "connectionFailure"),
        ("http://127.0.0.1:1/", "deniedPortAccess"),  # refused before it is tried
        ("https://nobody.invalid/", "dnsNotFound"),
    ],
)
def test_a_server_that_is_not_there_is_told(address: str, code: str, watched: Watched) -> None:
    with web.serving({}) as closed:
        address = address.replace("PORT", str(closed.port))
    watched.browser.open(address)
    assert until(lambda: watched.browser.navigation_error() == code)
    assert watched.browser.certificate_error() is None


# ---- each with a browser of its own ----


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


def test_session_cookies_come_back_and_pages_do_not(folder: Path) -> None:
    cookies = "session=1; Path=/; HttpOnly"
    programs = firefox()
    with web.serving({"/": Answer(headers={"Set-Cookie": cookies})}) as idp:
        with engine.start(programs, firefox_settings(), folder, True) as browser:
            browser.open(idp.url("/"))
            assert until(lambda: idp.requests)
            browser.driver.switch_to.new_window("tab")
            browser.open(idp.url("/"))
            assert until(lambda: idp.cookies[1:])
        idp.requests.clear()
        with engine.start(programs, firefox_settings(), folder, True) as browser:
            assert len(browser.driver.window_handles) == 1
            assert idp.requests == []
            browser.open(idp.url("/"))
            assert until(lambda: idp.requests)
        assert idp.cookies[-1] == "session=1"


def test_what_was_posted_is_in_no_file_of_the_profile_and_nothing_is_left_running(
    tmp_path: Path,
) -> None:
    before = set(psutil.Process().children())
    secret = token_urlsafe(60)  # nothing that could be compressed
    folder = profile(tmp_path / "profile")  # in which every file is of this sign-in
    with (
        web.serving({"/": Answer(form(f"{AWS}/saml", value=secret))}) as idp,
        engine.start(firefox(), firefox_settings(), folder, True) as browser,
    ):
        browser.open(idp.url("/"))
        assert browser.posted(PATIENCE) is not None
        assert until(lambda: browser.driver.title == "Signed in")
        # Not all that is new: the Firefox of the other tests may begin a process meanwhile.
        started = set(psutil.Process().children()) - before
        started |= {below for each in started for below in each.children(recursive=True)}
        for name in ("geckodriver", "firefox"):
            assert any(each.name().startswith(name) for each in started)
    _, alive = psutil.wait_procs(started, timeout=PATIENCE)
    assert alive == []
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert (folder / "sessionstore.jsonlz4") in files
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


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


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_browser_that_dies_is_told(folder: Path) -> None:
    with engine.start(firefox(), firefox_settings(), folder, True) as browser:
        kill("firefox", browser)
        check_death_is_told(browser)


def check_death_is_told(browser: WatchedBrowser) -> None:
    with pytest.raises(BrowserError, match="died"):
        browser.posted(PATIENCE)
    with pytest.raises(BrowserError, match="died"):
        browser.open("about:blank")


def kill(name: str, browser: WatchedBrowser) -> None:
    """Kill the Firefox of this session, or its driver."""
    firefox = psutil.Process(browser.driver.capabilities["moz:processID"])
    victim = firefox if name == "firefox" else firefox.parent()
    assert victim is not None
    assert victim.name().startswith(name)
    victim.kill()


def test_a_window_that_the_person_closes_stops_the_sign_in(
    folder: Path, display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    with engine.start(firefox(), firefox_settings(), folder, False) as browser:
        assert not browser.headless
        browser.driver.close()  # the last window: the browser ends, as by its cross
        with pytest.raises(Stopped):
            browser.posted(PATIENCE)


def test_a_driver_that_dies_is_told_and_the_way_to_aws_stays_shut(folder: Path) -> None:
    with sink.running() as aws, web.serving({}) as idp:
        aws_is_at(aws, folder)
        later = form(f"{AWS}/saml").replace(
            "document.forms[0].submit()",
            "setTimeout(() => document.forms[0].submit(), 1500);"
            "setTimeout(() => { new Image().src = '/still-here' }, 2500)",
        )
        idp.pages["/later"] = Answer(later)
        with engine.start(firefox(), firefox_settings(), folder, True) as browser:
            browser.open(idp.url("/later"))
            assert until(lambda: idp.requests)
            killed = time.monotonic()
            kill("geckodriver", browser)
            check_death_is_told(browser)
            time.sleep(max(0, killed + 3 - time.monotonic()))
        assert aws.connections == []


def test_a_sign_in_address_on_loopback_is_watched_too(folder: Path) -> None:
    with web.serving({}) as aws, web.serving({"/post": Answer(form("ADDRESS"))}) as idp:
        acs_url = aws.url("/saml", host="localhost")
        idp.pages["/post"] = Answer(form(acs_url + "?x=1"))
        wanted = firefox_settings(acs_url=acs_url, idp_url=idp.url("/post", host="localhost"))
        with engine.start(firefox(), wanted, folder, True) as browser:
            browser.open(wanted.idp_url)
            posted = browser.posted(PATIENCE)
            assert posted is not None
            assert posted.url == acs_url + "?x=1"
            browser.open(aws.url("/other", host="localhost"))
            assert browser.posted(0.3) is None
        assert aws.requests == []
        assert idp.requests == ["GET /post"]


def test_a_sign_in_address_on_the_identity_providers_own_port_is_refused(tmp_path: Path) -> None:
    wanted = firefox_settings(
        idp_url="https://one.example.com/idp", acs_url="https://one.example.com:443/saml"
    )
    with (
        pytest.raises(ConfigError, match="same host and port"),
        engine.start(firefox(), wanted, profile(tmp_path / "p"), True),
    ):
        pass


def test_the_rest_goes_through_the_proxy_of_the_environment(
    folder: Path, aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = firefox()
    with web.serving({}) as corporate, web.serving({"/": Answer("<p>inside")}) as inside:
        corporate.pages["http://idp.example.com/"] = Answer(form(f"{AWS}/saml"))
        address = f"http://127.0.0.1:{corporate.port}"
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("NO_PROXY", ".inside.localhost")
        with engine.start(programs, firefox_settings(), folder, True) as browser:
            browser.open("http://idp.example.com/")
            assert browser.posted(PATIENCE) is not None
            assert until(lambda: browser.driver.title == "Signed in")
            browser.open(inside.url("/", host="idp.inside.localhost"))
            assert until(lambda: inside.requests)
            # Whole, or the next page may come to nothing.
            assert until(lambda: "<p>inside" in browser.driver.page_source)
            browser.open("https://other.example.com/")
            assert until(lambda: "CONNECT other.example.com:443" in corporate.requests)
        assert "GET http://idp.example.com/" in corporate.requests
        assert not [line for line in corporate.requests if "signin" in line]
