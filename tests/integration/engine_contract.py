"""The contract of a browser engine as one test class, and the pages that it opens.

Each engine's test module inherits it. A server stands in AWS's place and counts what reaches it.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, ClassVar

import psutil
import pytest
from selenium.common.exceptions import NoSuchWindowException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.capture.browser.frames import Frame
from aws_saml_ext.capture.replay.cookies import Cookie
from aws_saml_ext.errors import BrowserError, ConfigError, Stopped
from tests import sink, web
from tests.browsers import profile
from tests.demo_servers import self_signed
from tests.patience import until
from tests.web import Answer

AWS = "https://signin.aws.amazon.com"
RESPONSE = b64encode(b"<a>\xfb\xff</a>").decode()  # has a + and a / in it
PATIENCE = 15.0  # seconds, on a busy machine
QUIET_SECONDS = 6.0
"""The time in which a browser would have asked its maker for the time, updates and more."""
SIGN_IN_PAGE = (
    "<form method=post action=next><input name=username autocomplete=username>"
    "<input type=password name=password><button>Sign in</button></form>"
)


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


OVERRIDES = """
document.title = "Lying"
var mine = 1
const lie = "https://idp.example.com"
Promise.prototype.then = Array.prototype.map = () => lie
Object.prototype.toJSON = () => lie
for (const name of ["documentURI", "URL", "title"])
  Object.defineProperty(Document.prototype, name, { get: () => lie })
for (const name of ["origin", "value", "address"])
  Object.defineProperty(Object.prototype, name, { get: () => lie, set() {} })
"""
"""A script that changes what the scripts of its page see."""

PRESS = "<p id=press>Sign in</p>"
"""The element of a page that `Watched.open` presses: only then may a page open windows."""

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
    "a new tab": PRESS
    + form(f"{AWS}/saml", extra="target=_blank").replace("<script>", "<script>onclick = () => "),
    "a popup": PRESS
    + script(
        "const page = atob('" + b64encode(form(f"{AWS}/saml").encode()).decode() + "');"
        "onclick = () => open('', 'signin', 'width=300,height=300').document.write(page)"
    ),
    "a page that hides its address": "<meta name=referrer content=no-referrer>"
    + form(f"{AWS}/saml"),
    "a redirection that keeps the POST": form("/moved-307"),
    "a click, a moment later": form(f"{AWS}/saml").replace(
        "document.forms[0].submit()",
        "const b = document.createElement('button'); document.forms[0].append(b);"
        "setTimeout(() => b.click(), 200)",
    ),
}

FETCH = f"fetch('{AWS}/saml', {{method: 'POST', mode: 'no-cors', body: {BODY}}})"

STRAY = {
    "a frame of another site": ("a frame", "<iframe src='http://127.0.0.1:PORT/post'></iframe>"),
    "fetch": ("a script", script(FETCH)),
    "a beacon": ("a script", script(f"navigator.sendBeacon('{AWS}/saml', {BODY})")),
    "XMLHttpRequest": (
        "a script",
        script(f"const x = new XMLHttpRequest(); x.open('POST', '{AWS}/saml'); x.send({BODY})"),
    ),
    "a worker": (
        "a script",
        script(f"new Worker(URL.createObjectURL(new Blob([`{FETCH}`])))"),
    ),
}
"""Pages in which a part posts a SAMLResponse, and the name of that part."""

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


PAGES = {
    "/post": Answer(form(f"{AWS}/saml")),
    "/post-in-a-tab": Answer(form(f"{AWS}/saml", extra="target=_blank")),
    "/post-on-top": Answer(form(f"{AWS}/saml", extra="target=_top")),
    "/post-another": Answer(form(f"{AWS}/saml", value="QUJD")),
    "/moved-307": Answer(status=307, headers={"Location": f"{AWS}/saml"}),
    "/moved-302": Answer(status=302, headers={"Location": f"{AWS}/saml"}),
    "/decoy": Answer("<p>here"),
    "/still": Answer("<title>Still here</title><p>here"),
}
"""Pages that those above lead to, by path."""


@dataclass
class Watched:
    """One browser for many tests, the pages it opens, and what has reached AWS."""

    browser: WatchedBrowser
    site: web.Web
    aws: sink.Sink
    opened: int = 0

    def open(self, page: str) -> None:
        """Show `page` at localhost, in the first window, with the others closed."""
        driver = self.browser.driver
        first, *others = driver.window_handles
        for window in others:
            driver.switch_to.window(window)
            driver.close()
        driver.switch_to.window(first)
        self.opened += 1
        press = f"press-{self.opened}"  # not the element of the page before
        text = page.replace("PORT", str(self.site.port)).replace("id=press", f"id={press}")
        self.site.pages["/page"] = Answer(text)
        self.browser.open(self.site.url("/page", host="localhost"))
        if PRESS in page:
            assert until(lambda: driver.find_elements("id", press))
            driver.find_element("id", press).click()


def _shows(driver: WebDriver, text: str) -> bool:
    """Return whether the page has this text; a page that is just changing has none."""
    with suppress(WebDriverException):
        return text in driver.page_source
    return False


class EngineContract(ABC):
    """The tests of every engine. A subclass names the engine.

    Its module has two fixtures: `watched`, one `Watched` of the module, and `folder`, a browser
    profile of a test.
    """

    captured: ClassVar[Mapping[str, str]] = CAPTURED
    """Pages that post a SAMLResponse to AWS, by name."""
    stray: ClassVar[Mapping[str, tuple[str, str]]] = STRAY
    """Pages in which a part posts one, and the name of that part."""
    blocked: ClassVar[Mapping[str, str]] = BLOCKED
    """Pages that ask something else of a sign-in host."""
    unreachable: ClassVar[Mapping[str, str]]
    """The engine's `navigation_error`, by an address; nobody listens at PORT."""
    untrusted: ClassVar[tuple[str, str]]
    """Its `navigation_error` and `certificate_error` for a self-signed certificate."""
    programs: ClassVar[tuple[str, str]]
    """The beginnings of the names of the driver's and the browser's processes."""
    cookie_file: ClassVar[str]
    """The file of a browser profile that holds session cookies."""

    @abstractmethod
    def start(
        self, folder: Path, *, headless: bool = True, **settings: Any
    ) -> AbstractContextManager[WatchedBrowser]:
        """Start the engine's browser on a browser profile, with these settings changed."""

    @abstractmethod
    def process(self, browser: WatchedBrowser, folder: Path) -> psutil.Process:
        """Return the main process of a browser that runs on this profile; its parent drives it."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Let the tables of the subclass be arguments of tests."""
        for name in ("captured_page", "blocked_page"):
            if name in metafunc.fixturenames:
                pages: Mapping[str, str] = getattr(self, name.removesuffix("_page"))
                metafunc.parametrize(name, pages.values(), ids=pages)
        if "stray_page" in metafunc.fixturenames:
            metafunc.parametrize(("part", "stray_page"), self.stray.values(), ids=self.stray)
        if "navigation_code" in metafunc.fixturenames:
            metafunc.parametrize(("address", "navigation_code"), self.unreachable.items())

    # ---- one browser for all ----

    def test_a_post_to_aws_is_seen_and_stopped(self, captured_page: str, watched: Watched) -> None:
        watched.open(captured_page)
        posted = watched.browser.posted(PATIENCE)
        assert posted is not None
        assert posted.saml_response == RESPONSE
        assert posted.sender.origin in {f"http://localhost:{watched.site.port}", ""}
        assert watched.browser.posted(0) is None
        assert watched.aws.connections == []

    def test_a_post_of_a_part_of_a_page_is_stopped_and_an_error_names_its_origin(
        self, part: str, stray_page: str, watched: Watched
    ) -> None:
        watched.open(stray_page)
        host = "127.0.0.1" if part == "a frame" else "localhost"
        with pytest.raises(BrowserError) as error:
            watched.browser.posted(PATIENCE)
        sender = f"{part} of http://{host}:{watched.site.port} posted".capitalize()
        assert str(error.value).startswith(sender)
        assert watched.aws.connections == []

    def test_a_frame_of_another_site_neither_replaces_the_page_nor_opens_a_window(
        self, watched: Watched
    ) -> None:
        paths = ("/post-in-a-tab", "/post-on-top")
        watched.site.requests.clear()
        watched.open(
            "".join(f"<iframe src='http://127.0.0.1:PORT{path}'></iframe>" for path in paths)
        )
        assert until(lambda: {f"GET {path}" for path in paths} <= set(watched.site.requests))
        assert watched.browser.posted(1) is None
        assert len(watched.browser.driver.window_handles) == 1

    def test_another_response_in_the_same_sign_in_is_an_error_that_names_both_origins(
        self, watched: Watched
    ) -> None:
        watched.open(form(f"{AWS}/saml"))
        assert watched.browser.posted(PATIENCE) is not None
        driver = watched.browser.driver
        first_tab = driver.current_window_handle
        driver.switch_to.new_window("tab")
        driver.get(watched.site.url("/post-another"))
        with pytest.raises(BrowserError, match="Two different SAML responses") as error:
            watched.browser.posted(PATIENCE)
        driver.close()
        driver.switch_to.window(first_tab)
        for host in ("localhost", "127.0.0.1"):
            assert f"a page of http://{host}:{watched.site.port}" in str(error.value)

    def test_nothing_else_is_taken_for_it_nor_reaches_aws(
        self, blocked_page: str, watched: Watched
    ) -> None:
        watched.open(blocked_page)
        assert watched.browser.posted(0.4) is None
        assert watched.aws.connections == []

    @pytest.mark.parametrize("length", [200_000, 20_000_000])
    def test_the_body_may_be_large(self, length: int, watched: Watched) -> None:
        watched.open(filled(f"{AWS}/saml", length))
        posted = watched.browser.posted(PATIENCE)
        assert posted is not None
        assert len(posted.saml_response) == length
        assert watched.aws.connections == []

    def test_the_page_that_answers_says_that_one_may_close_it(self, watched: Watched) -> None:
        watched.open(form(f"{AWS}/saml"))
        assert watched.browser.posted(PATIENCE) is not None
        assert until(lambda: watched.browser.driver.title == "Signed in")
        text = watched.browser.driver.execute_script("return document.body.innerText")
        assert "You may close this window" in text
        assert RESPONSE not in watched.browser.driver.page_source

    def test_reading_goes_on_in_the_window_that_is_left(self, watched: Watched) -> None:
        watched.open(PRESS + script("onclick = () => open('/still')"))
        driver = watched.browser.driver
        assert until(lambda: len(driver.window_handles) == 2)
        driver.close()

        def is_in_the_other() -> bool:
            assert watched.browser.posted(0.1) is None
            with suppress(NoSuchWindowException):
                return driver.title == "Still here"
            return False

        assert until(is_in_the_other)

    def test_the_count_would_notice(self, watched: Watched) -> None:
        """The sink counts what nothing blocks: so the zeros of the other tests mean something."""
        watched.browser.open("https://control.example/")
        assert until(lambda: watched.aws.connections)
        watched.aws.connections.clear()

    def test_a_bad_certificate_is_reported(self, watched: Watched, tmp_path: Path) -> None:
        navigation, certificate = self.untrusted
        with web.serving({}, tls=self_signed(tmp_path)) as site:
            watched.browser.open(f"https://127.0.0.1:{site.port}/")
            assert until(lambda: watched.browser.navigation_error() == navigation)
            assert until(lambda: watched.browser.certificate_error() == certificate)
            assert site.requests == []

    def test_a_server_that_is_not_there_is_reported(
        self, address: str, navigation_code: str, watched: Watched
    ) -> None:
        with web.serving({}) as closed:
            address = address.replace("PORT", str(closed.port))
        watched.browser.open(address)
        assert until(lambda: watched.browser.navigation_error() == navigation_code)
        assert watched.browser.certificate_error() is None

    # ---- the cookies of the browser profile ----

    def test_cookies_come_back_as_they_were(self, watched: Watched) -> None:
        watched.site.pages["/page"] = Answer(headers={"Set-Cookie": "set=by-a-page; Path=/"})
        watched.browser.open(watched.site.url("/page"))
        store, end = watched.browser.cookies, float(int(time.time()) + 3600)
        cookie = Cookie("host", "1", "idp.example.com", host_only=True, path="/realms", secure=True)
        given = {
            replace(cookie, http_only=True),
            replace(cookie, name="domain", value="2", host_only=False, same_site="none"),
            replace(cookie, name="domain", value="3", same_site="strict"),
            replace(cookie, name="dated", value='"4"=', same_site="lax", expires=end),
            replace(cookie, name="plain", secure=False, origin="https://idp.example.com:8443"),
        }
        for cookie in given:
            store.put(cookie)

        def of_idp() -> set[Cookie]:
            return {
                replace(cookie, origin=known_origin * (cookie.name == "plain"))
                for cookie in store.read()
                if cookie.domain == "idp.example.com"
            }

        known_origin = "https://idp.example.com:8443"  # only Chromium keeps it
        assert of_idp() == given
        origins = {cookie.origin for cookie in store.read() if cookie.name == "plain"}
        assert origins <= {known_origin, ""}
        set_by_page = ("set", "by-a-page")
        assert until(lambda: any((each.name, each.value) == set_by_page for each in store.read()))
        gone = next(cookie for cookie in given if cookie.value == "2")
        store.remove(gone)
        assert of_idp() == given - {gone}
        for cookie in given:
            store.remove(cookie)
        assert of_idp() == set()

    def test_the_headers_of_a_persons_navigation_are_known(self, watched: Watched) -> None:
        names = [name for name, _ in watched.browser.navigation_headers]
        headers = dict(watched.browser.navigation_headers)
        assert (names[0], headers["Sec-Fetch-Site"]) == ("Host", "none")
        asked = "return navigator.userAgent"
        driver = watched.browser.driver
        assert until(lambda: driver.execute_script(asked) == headers["User-Agent"])

    # ---- the frames of a page, and the world of our own in each ----

    def test_a_script_runs_in_a_world_that_the_page_cannot_change(self, watched: Watched) -> None:
        watched.open(script(OVERRIDES) + "<input id=one value=abc>")
        frames = watched.browser.frames
        expression = (
            "JSON.stringify([[1].map(n => n + 1), typeof mine, "
            "document.getElementById('one').value, document.title])"
        )
        wait_for_title(watched.browser, "Lying")
        assert frames.evaluate(expression, frames.page()) == '[[2],"undefined","abc","Lying"]'

    def test_what_a_script_sets_there_stays_there(self, watched: Watched) -> None:
        watched.open("<title>Kept</title>")
        wait_for_title(watched.browser, "Kept")
        frames = watched.browser.frames
        frames.evaluate("globalThis.kept = 'it'", frames.page())
        assert frames.evaluate("globalThis.kept", frames.page()) == "it"
        assert watched.browser.driver.execute_script("return window.kept === undefined")

    def test_nothing_stays_there_once_another_document_is_there(self, watched: Watched) -> None:
        watched.open("<title>Kept</title>")
        wait_for_title(watched.browser, "Kept")
        frames = watched.browser.frames
        frames.evaluate("globalThis.kept = 'it'", frames.page())
        watched.site.pages["/other"] = Answer("<title>Other</title>")
        watched.browser.open(watched.site.url("/other"))
        wait_for_title(watched.browser, "Other")
        assert frames.evaluate("typeof kept", frames.page()) == "undefined"

    def test_the_address_of_a_page_is_the_browsers(self, watched: Watched) -> None:
        watched.open(script(OVERRIDES))
        wait_for_title(watched.browser, "Lying")
        page = watched.browser.frames.page()
        assert page.address == watched.site.url("/page", host="localhost")
        assert page.origin == f"http://localhost:{watched.site.port}"

    def test_an_element_takes_no_keys_once_another_document_is_there(
        self, watched: Watched
    ) -> None:
        watched.open("<title>One</title><input autofocus>")
        browser = watched.browser
        wait_for_title(browser, "One")
        page = browser.frames.page()
        element = browser.frames.element("document.querySelector('input')", page)
        element.send_keys("a")
        watched.site.pages["/other"] = Answer("<title>Two</title><input autofocus>")
        browser.open(watched.site.url("/other"))
        wait_for_title(browser, "Two")
        with pytest.raises(WebDriverException):
            element.send_keys("secret")
        value = "document.querySelector('input').value"
        assert browser.frames.evaluate(value, browser.frames.page()) == ""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_a_frame_is_known_by_its_own_address_and_its_next_one_is_noticed(
        self, host: str, watched: Watched
    ) -> None:
        watched.site.pages["/inner"] = Answer("<title>Inner</title><input>")
        watched.open(f"<title>Outer</title><iframe src='http://{host}:PORT/inner'></iframe>")
        wait_for_title(watched.browser, "Outer")
        frames = watched.browser.frames

        def inner() -> Frame | None:
            return frames.child("document.querySelector('iframe')", frames.page())

        origin = f"http://{host}:{watched.site.port}"
        assert until(lambda: (found := inner()) is not None and found.origin == origin)
        found = inner()
        assert found is not None
        assert until(lambda: frames.evaluate("document.title", found) == "Inner")
        assert frames.is_current(found)
        other = watched.site.url("/still", host="other.localhost")
        frames.evaluate(f"document.querySelector('iframe').src = '{other}'", frames.page())
        assert until(lambda: not frames.is_current(found))

    # ---- each with a browser of its own ----

    def test_a_sign_in_address_on_loopback_is_watched_beside_the_identity_provider(
        self, folder: Path
    ) -> None:
        with web.serving({}) as aws, web.serving({}) as idp:
            acs_url = aws.url("/saml", host="localhost")
            idp.pages["/post"] = Answer(form(acs_url + "?x=1"))
            idp_url = idp.url("/post", host="localhost")
            with self.start(folder, acs_url=acs_url, idp_url=idp_url) as browser:
                browser.open(idp_url)
                posted = browser.posted(PATIENCE)
                assert posted is not None
                assert posted.url == acs_url + "?x=1"
                browser.open(aws.url("/other", host="localhost"))
                assert browser.posted(0.3) is None
            assert aws.requests == []
            assert idp.requests == ["GET /post"]

    def test_a_sign_in_address_on_the_identity_providers_own_port_is_refused(
        self, tmp_path: Path
    ) -> None:
        idp_url, acs_url = "https://one.example.com/idp", "https://one.example.com:443/saml"
        with (
            pytest.raises(ConfigError, match="same host and port"),
            self.start(profile(tmp_path / "p"), idp_url=idp_url, acs_url=acs_url),
        ):
            pass

    def test_the_rest_goes_through_the_proxy_of_the_environment(
        self, folder: Path, aws_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with web.serving({}) as corporate, web.serving({"/": Answer("<p>inside")}) as inside:
            corporate.pages["http://idp.example.com/"] = Answer(form(f"{AWS}/saml"))
            address = f"http://somebody:secret@127.0.0.1:{corporate.port}"
            for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
                monkeypatch.setenv(name, address)
            monkeypatch.setenv("NO_PROXY", ".inside.localhost")
            with self.start(folder) as browser:
                browser.open("http://idp.example.com/")
                assert browser.posted(PATIENCE) is not None
                assert until(lambda: browser.driver.title == "Signed in")
                browser.open(inside.url("/", host="idp.inside.localhost"))
                # `open` does not wait: the next page would replace this one before it is whole.
                assert until(partial(_shows, browser.driver, "<p>inside"))
                browser.open("https://other.example.com/")
                assert until(lambda: "CONNECT other.example.com:443" in corporate.requests)
                assert until(lambda: browser.navigation_error() is not None)
            assert "GET http://idp.example.com/" in corporate.requests
            assert not [
                line for line in corporate.requests if "signin" in line or "localhost" in line
            ]
            assert inside.requests[0] == "GET /"

    def test_the_browser_contacts_nobody_but_the_pages_and_those_whom_they_name(
        self, folder: Path, aws_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        idp = "http://idp.example.com/"
        with web.serving({idp: Answer(SIGN_IN_PAGE)}) as recording:
            for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{recording.port}")
            with self.start(folder) as browser:
                browser.open(idp)
                recording.pages[f"{idp}next"] = Answer(form(f"{AWS}/saml"))
                assert browser.posted(QUIET_SECONDS) is None
                page = browser.frames.page()
                fields = {"username": "jane", "password": "secret"}
                for name, text in fields.items():
                    expression = f"document.querySelector('[name={name}]')"
                    browser.frames.element(expression, page).send_keys(text)
                browser.frames.evaluate("document.forms[0].submit() ?? ''", page)
                assert browser.posted(PATIENCE) is not None
            assert "POST http://idp.example.com/next" in recording.requests
            contacted = {line.split()[1] for line in recording.requests}
            assert not {each for each in contacted if "idp.example.com" not in each}

    def test_session_cookies_come_back_and_pages_do_not(self, folder: Path) -> None:
        page = Answer(headers={"Set-Cookie": "session=1; Path=/; HttpOnly"})  # without Max-Age
        with web.serving({"/": page, "/post": Answer(form(f"{AWS}/saml"))}) as idp:
            with self.start(folder) as browser:
                browser.open(idp.url("/"))
                assert until(lambda: idp.requests)
                browser.driver.switch_to.new_window("tab")
                browser.open(idp.url("/"))
                assert until(lambda: idp.cookies[1:])
                browser.driver.switch_to.new_window("tab")
                browser.open(idp.url("/post"))
                assert browser.posted(PATIENCE) is not None
            idp.requests.clear()
            with self.start(folder) as browser:
                assert len(browser.driver.window_handles) == 1
                assert idp.requests == []
                browser.open(idp.url("/"))
                assert until(lambda: idp.requests)
            assert idp.cookies[-1] == "session=1"

    def test_neither_what_was_posted_nor_the_pages_are_in_the_profile_and_nothing_runs_on(
        self, tmp_path: Path
    ) -> None:
        before = set(psutil.Process().children())
        secret, page = token_urlsafe(60), token_urlsafe(60)  # nothing that could be compressed
        folder = profile(tmp_path / "profile")  # in which every file is of this sign-in
        with (
            web.serving({f"/{page}": Answer(form(f"{AWS}/saml", value=secret))}) as idp,
            self.start(folder) as browser,
        ):
            browser.open(idp.url(f"/{page}"))
            assert browser.posted(PATIENCE) is not None
            assert until(lambda: browser.driver.title == "Signed in")
            # Not all that is new: the browser of the other tests may begin a process meanwhile.
            started = set(psutil.Process().children()) - before
            started |= {below for each in started for below in each.children(recursive=True)}
            for name in self.programs:
                assert any(each.name().startswith(name) for each in started)
        _, alive = psutil.wait_procs(started, timeout=PATIENCE)
        assert alive == []
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert self.cookie_file in {path.name for path in files}
        for text in (secret, page):
            assert [path for path in files if text.encode() in path.read_bytes()] == []

    def test_a_browser_that_dies_is_reported(self, folder: Path) -> None:
        with self.start(folder) as browser:
            self.process(browser, folder).kill()
            check_death_is_reported(browser)

    def test_a_driver_that_dies_is_reported_and_its_browser_ends(self, folder: Path) -> None:
        with self.start(folder) as browser:
            process = self.process(browser, folder)
            self.driver_of(process).kill()
            check_death_is_reported(browser)
        assert until(lambda: has_ended(process))

    def test_a_window_that_is_closed_stops_the_sign_in(
        self, folder: Path, display: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DISPLAY", display)
        with self.start(folder, headless=False) as browser:
            process = self.process(browser, folder)
            assert not browser.headless
            browser.driver.close()  # the last window: the browser ends, as by its cross
            with pytest.raises(Stopped):
                browser.posted(PATIENCE)
        assert until(lambda: has_ended(process))

    def driver_of(self, process: psutil.Process) -> psutil.Process:
        """Return the process of the driver of a browser."""
        driver = process.parent()
        assert driver is not None
        assert driver.name().startswith(self.programs[0])
        return driver


def wait_for_title(browser: WatchedBrowser, title: str) -> None:
    """Wait for a page, also for one whose scripts make those of WebDriver fail."""

    def is_shown() -> bool:
        with suppress(WebDriverException):  # between two pages
            return browser.frames.evaluate("document.title", browser.frames.page()) == title
        return False

    assert until(is_shown)


def check_death_is_reported(browser: WatchedBrowser) -> None:
    with pytest.raises(BrowserError, match="died"):
        browser.posted(PATIENCE)
    with pytest.raises(BrowserError, match="died"):
        browser.open("about:blank")


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
