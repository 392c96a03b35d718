"""The POST to AWS, seen and stopped in a real Chromium, with a server in AWS's place."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser import chromium as engine
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.errors import BrowserError, ConfigError
from tests import sink, web
from tests.browsers import chromium, profile, settings
from tests.demo_servers import self_signed
from tests.patience import until
from tests.web import Answer

pytestmark = pytest.mark.browser

AWS = "https://signin.aws.amazon.com"
RESPONSE = b64encode(b"<a>\xfb\xff</a>").decode()  # has a + and a / in it
PATIENCE = 15.0  # seconds, on a busy machine


def form(address: str, *, extra: str = "", value: str = RESPONSE, method: str = "post") -> str:
    """A page that posts itself, as an identity provider's last one does."""
    return (
        f"<form method='{method}' action='{address}' {extra}>"
        "<input type=hidden name=RelayState value=''>"
        f"<input type=hidden name=SAMLResponse value='{value}'></form>"
        "<script>document.forms[0].submit()</script>"
    )


def filled(address: str, length: int) -> str:
    return form(address, value="").replace(
        "<script>",
        f"<script>document.forms[0].SAMLResponse.value = 'Q'.repeat({length});",
    )


def script(text: str) -> str:
    return f"<script>{text}</script>"


BODY = "new URLSearchParams({SAMLResponse: '" + RESPONSE + "'})"

CAPTURED = {
    "a form": form(f"{AWS}/saml"),
    "a region in front": form("https://eu-west-1.signin.aws.amazon.com/saml"),
    "China": form("https://signin.amazonaws.cn/saml"),
    "GovCloud, FIPS": form("https://signin-fips.amazonaws-us-gov.com/saml"),
    "European sovereign cloud": form("https://signin.amazonaws-eusc.eu/saml"),
    "an encrypted assertion's path": form(f"{AWS}/saml/acs/SAMLSP1EXAMPLE"),
    "a query": form(f"{AWS}/saml?region=eu-west-1&x=y"),
    "upper case": form("HTTPS://SIGNIN.AWS.AMAZON.COM/saml"),
    "a dot behind the host": form("https://signin.aws.amazon.com./saml"),
    "a new tab": form(f"{AWS}/saml", extra="target=_blank"),
    "a popup": script(
        "const page = atob('" + b64encode(form(f"{AWS}/saml").encode()).decode() + "');"
        "open('', 'signin', 'width=300,height=300').document.write(page)"
    ),
    "a frame of another site": "<iframe src='http://localhost:PORT/in-a-frame'></iframe>",
    "fetch": script(f"fetch('{AWS}/saml', {{method: 'POST', mode: 'no-cors', body: {BODY}}})"),
    "a beacon": script(f"navigator.sendBeacon('{AWS}/saml', {BODY})"),
    "a redirection that keeps the POST": form("/moved-307"),
    "a click, a moment later": form(f"{AWS}/saml").replace(
        "document.forms[0].submit()",
        "const b = document.createElement('button'); document.forms[0].append(b);"
        "setTimeout(() => b.click(), 200)",
    ),
}

BLOCKED = {
    "a GET": form(f"{AWS}/saml", method="get"),
    "a GET by fetch": script(f"fetch('{AWS}/saml?SAMLResponse=QUJD', {{mode: 'no-cors'}})"),
    "a link that is followed": script(f"location = '{AWS}/console'"),
    "an image": f"<img src='{AWS}/logo.png'>",
    "a connection made in advance": f"<link rel=preconnect href='{AWS}'>"
    f"<link rel=dns-prefetch href='{AWS}'>",
    "a page loaded in advance": f"<link rel=prefetch href='{AWS}/saml'>",
    "Identity Center": form(f"{AWS}/platform/saml/acs/123"),
    "a path that ends like it": form(f"{AWS}/x/saml"),
    "a path that begins like it": form(f"{AWS}/saml/"),
    "another port": form("https://signin.aws.amazon.com:8443/saml"),
    "http": form("http://signin.aws.amazon.com/saml"),
    "two labels in front": form("https://a.b.signin.aws.amazon.com/saml"),
    "a form without an answer": form(f"{AWS}/saml", value=""),
    "a WebSocket": script("new WebSocket('wss://signin.aws.amazon.com/saml')"),
    "an event stream": script(f"new EventSource('{AWS}/saml')"),
    "a preflight": script(
        f"fetch('{AWS}/saml', {{method: 'POST', headers: {{'X-A': 'b'}}, body: {BODY}}})"
    ),
    "a redirection that drops the POST": form("/moved-302"),
    "the address in a query": form(f"/decoy?to={AWS}/saml"),
}


@dataclass
class Watched:
    """One browser for many tests, the pages it opens, and what has reached AWS."""

    browser: WatchedBrowser
    site: web.Web
    aws: sink.Sink

    def open(self, page: str) -> None:
        """Show `page`, in the first window, with the others closed."""
        driver = self.browser.driver
        first, *others = driver.window_handles
        for window in others:
            driver.switch_to.window(window)
            driver.close()
        driver.switch_to.window(first)
        self.site.pages["/page"] = Answer(page.replace("PORT", str(self.site.port)))
        self.browser.open(self.site.url("/page"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    pages = {
        "/in-a-frame": Answer(form(f"{AWS}/saml")),
        "/moved-307": Answer(status=307, headers={"Location": f"{AWS}/saml"}),
        "/moved-302": Answer(status=302, headers={"Location": f"{AWS}/saml"}),
        "/decoy": Answer("<p>here"),
        "/still": Answer("<title>Still here</title><p>here"),
    }
    folder = profile(tmp_path_factory.mktemp("wire") / "profile")
    with sink.running() as aws, web.serving(pages) as site:
        wanted = settings(aws.resolver_rules)
        with engine.start(chromium(), wanted, folder, True) as browser:
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


def test_reading_goes_on_in_the_window_that_is_left(watched: Watched) -> None:
    watched.open(script("open('/still')"))
    driver = watched.browser.driver
    assert until(lambda: len(driver.window_handles) == 2)
    driver.close()
    assert watched.browser.posted(0.6) is None
    assert driver.title == "Still here"


def test_the_count_would_notice(watched: Watched) -> None:
    """The sink counts what no proxy is in the way of: so the zeros above mean something."""
    watched.browser.open("https://control.example/")
    assert until(lambda: watched.aws.connections)
    watched.aws.connections.clear()


def test_a_bad_certificate_is_told(watched: Watched, tmp_path: Path) -> None:
    with web.serving({}, tls=self_signed(tmp_path)) as site:
        watched.browser.open(f"https://127.0.0.1:{site.port}/")
        assert error_page(watched.browser) == "ERR_CERT_AUTHORITY_INVALID"
        assert watched.browser.certificate_error() == "ERR_CERT_AUTHORITY_INVALID"
        assert not can_be_clicked_away(watched.browser)
        assert site.requests == []


def test_a_server_that_is_not_there_is_told(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    watched.browser.open(f"http://127.0.0.1:{port}/")
    assert error_page(watched.browser) == "ERR_CONNECTION_REFUSED"
    assert watched.browser.certificate_error() is None


def can_be_clicked_away(browser: WatchedBrowser) -> bool:
    script = "return document.getElementById('proceed-link') !== null"
    return bool(browser.driver.execute_script(script))


def test_nothing_is_downloaded(watched: Watched) -> None:
    kind = {"Content-Disposition": "attachment; filename=unasked-for.txt"}
    watched.site.pages["/file"] = Answer("unasked for", headers=kind)
    watched.open("<iframe src=/file></iframe>")
    assert until(lambda: "GET /file" in watched.site.requests)
    assert watched.browser.posted(0.3) is None
    assert not (Path.home() / "Downloads" / "unasked-for.txt").exists()


def error_page(browser: WatchedBrowser) -> str | None:
    until(lambda: browser.navigation_error() is not None)
    return browser.navigation_error()


# ---- each with a browser of its own ----


def test_a_sign_in_address_on_loopback_is_watched_beside_the_identity_provider(
    tmp_path: Path,
) -> None:
    with web.serving({}) as aws, web.serving({"/post": Answer(form("ADDRESS"))}) as idp:
        acs_url = aws.url("/saml", host="localhost")
        idp.pages["/post"] = Answer(form(acs_url))
        wanted = settings(acs_url=acs_url, idp_url=idp.url("/post", host="localhost"))
        with engine.start(chromium(), wanted, profile(tmp_path / "p"), True) as browser:
            browser.open(wanted.idp_url)
            posted = browser.posted(PATIENCE)
            assert posted is not None
            assert posted.url == acs_url
            browser.open(aws.url("/other", host="localhost"))
            assert browser.posted(0.3) is None
        assert aws.requests == []
        assert idp.requests == ["GET /post"]


def test_a_sign_in_address_over_tls_is_watched_too(tmp_path: Path) -> None:
    with sink.running() as aws, web.serving({}) as idp:
        acs_url = f"https://127.0.0.1:{aws.port}/acs/path"
        idp.pages["/post"] = Answer(form(acs_url + "?x=1"))
        wanted = settings(acs_url=acs_url, idp_url=idp.url("/post"))
        with engine.start(chromium(), wanted, profile(tmp_path / "p"), True) as browser:
            browser.open(wanted.idp_url)
            assert browser.posted(PATIENCE) is not None
        assert aws.connections == []


def test_a_sign_in_address_on_the_identity_providers_own_port_is_refused(tmp_path: Path) -> None:
    wanted = settings(
        idp_url="https://one.example.com/idp", acs_url="https://one.example.com:443/saml"
    )
    with (
        pytest.raises(ConfigError, match="same host and port"),
        engine.start(chromium(), wanted, profile(tmp_path / "p"), True),
    ):
        pass


def test_a_browser_that_goes_past_our_proxy_is_not_used_and_gets_nowhere(tmp_path: Path) -> None:
    wanted = settings("--no-proxy-server")  # as a policy could have it
    with (
        pytest.raises(BrowserError, match="do not reach this program"),
        engine.start(chromium(), wanted, profile(tmp_path / "p"), True),
    ):
        pass


def test_the_rest_goes_through_the_proxy_of_the_environment(
    tmp_path: Path, aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web.serving({}) as corporate, web.serving({"/": Answer("<p>inside")}) as inside:
        corporate.pages["http://idp.example.com/"] = Answer(form(f"{AWS}/saml"))
        address = f"http://somebody:secret@127.0.0.1:{corporate.port}"
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv("NO_PROXY", ".inside.localhost")
        wanted = settings()
        with engine.start(chromium(), wanted, profile(tmp_path / "p"), True) as browser:
            browser.open("http://idp.example.com/")
            assert browser.posted(PATIENCE) is not None
            assert until(lambda: browser.driver.title == "Signed in")
            browser.open(inside.url("/", host="idp.inside.localhost"))
            # `open` does not wait: the next one would take its place before it is asked for.
            assert until(lambda: inside.requests)
            browser.open("https://other.example.com/")
            assert error_page(browser) is not None
        # What else the browser asks for by itself is its own affair, if it is not AWS.
        asked = set(corporate.requests)
        assert asked >= {"GET http://idp.example.com/", "CONNECT other.example.com:443"}
        assert not [line for line in asked if "signin" in line or "localhost" in line]
        assert inside.requests[0] == "GET /"
