"""Pages read and filled in by real browsers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from aws_saml_ext.capture.browser.devtools_frames import DevToolsFrames
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.elements import PageChanged
from aws_saml_ext.capture.page.kinds import PageKind, SignInForm
from aws_saml_ext.capture.page.reader import BrowserPage, Reader
from tests import browsers
from tests.described_pages import NAMES, answers, browsing, described_now, kept
from tests.geckodriver import firefox, firefox_settings
from tests.web import Answer, Web, serving

pytestmark = pytest.mark.browser

# What a script of the page makes of what is typed into it.
ECHO = """
<form method="get" action="/sent"><label>Username <input name="u"></label>
<label>Password <input name="p" type="password"></label><button>Sign in</button></form>
<script>
const seen = [];
for (const kind of ["focusin", "keydown", "input", "change"])
  addEventListener(kind, event => { if (seen.at(-1) !== kind) seen.push(kind) });
document.forms[0].onsubmit = event => { event.preventDefault(); document.title =
  JSON.stringify([...new FormData(event.target).values(), [...new Set(seen)].sort()]) };
</script>"""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving(answers()) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[WatchedBrowser]:
    with browsing(browsers.chromium(), browsers.settings()) as browser:
        yield browser


@pytest.fixture
def opened(chromium: WatchedBrowser, web: Web) -> Callable[[str], BrowserPage]:
    """Open a page with this body, and read what it asks."""

    def open_page(body: str) -> BrowserPage:
        web.pages["/page"] = Answer(f"<!doctype html><title>Page</title>{body}")
        address = web.url("/page")
        chromium.driver.get("about:blank")
        chromium.driver.get(address)
        return until(chromium, lambda page: page.description.address == address)

    return open_page


def until(browser: WatchedBrowser, condition: Callable[[BrowserPage], bool]) -> BrowserPage:
    read, deadline = Reader(), time.monotonic() + 20
    while time.monotonic() < deadline:
        page = read(browser)
        if page is not None and page.description.state == "complete" and condition(page):
            return page
        time.sleep(0.02)
    raise TimeoutError


def form(page: BrowserPage) -> SignInForm:
    question: PageKind = classify(page.description)
    assert isinstance(question, SignInForm)
    return question


def fill(page: BrowserPage, username: str, password: str) -> None:
    asks = form(page)
    if asks.username:
        page.fill(asks.username, username)
    if asks.password:
        page.fill(asks.password, password)
    page.submit(asks.button, asks.last)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_described_as_its_test_data_say(
    name: str, chromium: WatchedBrowser, web: Web
) -> None:
    assert described_now(chromium, web.url(f"/{name}.html")) == kept(name)


def test_firefox_describes_a_page_alike(web: Web) -> None:
    programs = firefox()
    with browsing(programs, firefox_settings(browser_driver=programs.driver)) as browser:
        for name in ("english-one-page", "vietnamese-shadow-root", "frame-of-another-site"):
            assert described_now(browser, web.url(f"/{name}.html")) == kept(name)


def test_what_stands_in_a_field_is_not_read(opened: Callable[[str], BrowserPage]) -> None:
    page = opened(
        "<input name=u value=s3cret><input type=password value=s3cret><button>Go</button>"
    )
    assert "s3cret" not in json.dumps([str(page.description), page.description.address])
    assert [field.filled for field in page.description.fields] == [True, True]


def test_a_form_is_filled_in_as_a_person_does(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    fill(opened(ECHO), "jane", "pass word ~ é ✓")
    title = json.loads(chromium.driver.title)
    assert title == ["jane", "pass word ~ é ✓", ["change", "focusin", "input", "keydown"]]


def test_what_stood_in_a_field_is_replaced(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    fill(opened(ECHO.replace('name="u"', "name=u value=before")), "jane", "secret")
    assert json.loads(chromium.driver.title)[0] == "jane"


@pytest.mark.parametrize("password", ["🔑 key", "private \ue007 use"])
def test_characters_that_webdriver_cannot_type_arrive_too(
    password: str, opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    fill(opened(ECHO), "jane", password)
    assert json.loads(chromium.driver.title)[1] == password


def test_what_lies_over_the_button_does_not_keep_a_form_from_being_submitted(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    banner = '<div style="position: fixed; inset: 0; background: #fff8">Cookies</div>'
    fill(opened(ECHO + banner), "jane", "secret")
    assert json.loads(chromium.driver.title)[:2] == ["jane", "secret"]


def test_a_button_that_is_off_until_the_form_is_filled_in_is_pressed(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    waits = """<script>addEventListener("input", () => {
      document.querySelector("button").disabled = !document.forms[0].p.value; });</script>"""
    fill(opened(ECHO.replace("<button>", "<button disabled>") + waits), "jane", "secret")
    assert json.loads(chromium.driver.title)[:2] == ["jane", "secret"]


@pytest.mark.parametrize("name", ["vietnamese-shadow-root", "frame-of-another-site"])
def test_a_form_in_a_shadow_root_or_a_frame_is_filled_in(
    name: str, chromium: WatchedBrowser, web: Web
) -> None:
    described_now(chromium, web.url(f"/{name}.html"))
    page = until(chromium, lambda page: isinstance(classify(page.description), SignInForm))
    asks = form(page)
    assert asks.username is not None
    page.fill(asks.username, "jane")
    again = until(chromium, lambda page: bool(page.description.fields))
    assert [field.filled for field in again.description.fields][:2] == [True, False]


def test_nothing_is_typed_into_a_page_that_came_in_between(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser, web: Web
) -> None:
    page = opened(ECHO)
    asks = form(page)
    chromium.driver.get(web.url("/page", host="localhost"))
    until(chromium, lambda page: page.description.host == "localhost")
    with pytest.raises(PageChanged):
        page.fill(asks.last, "secret")
    assert not form(until(chromium, lambda _: True)).last.filled


def test_nothing_is_typed_into_a_frame_that_another_origin_came_into(
    chromium: WatchedBrowser, web: Web
) -> None:
    described_now(chromium, web.url("/frame-of-another-site.html"))
    page = until(chromium, lambda page: isinstance(classify(page.description), SignInForm))
    script = "document.getElementById('frame').src = '/english-one-page.html'"
    chromium.driver.execute_script(script)
    until(chromium, lambda page: page.description.origins[1:] == (page.description.origin,))
    with pytest.raises(PageChanged):
        page.fill(form(page).last, "secret")


def test_what_a_page_says_in_a_dialog_is_its_words(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    fill(
        opened(ECHO.replace("document.title", "alert('Wrong password'); document.title")), "a", "b"
    )
    read, deadline = Reader(), time.monotonic() + 20
    while time.monotonic() < deadline:
        page = read(chromium)
        if page is not None and page.description.alerts:
            break
    assert page is not None
    assert form(page).error == "Wrong password."


# ---- pages of any size ----


def test_the_password_of_a_page_with_5000_fields_is_found(
    opened: Callable[[str], BrowserPage],
) -> None:
    page = opened("<input>" * 5000 + "<form><input name=user><input type=password></form>")
    assert page.description.cut
    assert [field for field in page.description.fields if field.type == "password"]


def test_a_page_of_megabytes_is_read(opened: Callable[[str], BrowserPage]) -> None:
    page = opened(ECHO + f"<div hidden>{'<p>A long paragraph of words.</p>' * 200_000}</div>")
    assert form(page).last.type == "password"
    assert len(str(page.description)) < 100_000


def test_any_of_5000_options_can_be_chosen(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    options = "".join(f"<option>Domain {number}</option>" for number in range(5000))
    page = opened(
        f"<form><select name=d onchange='document.title = value'>{options}</select></form>"
    )
    [field] = page.description.fields
    assert (len(field.options), field.chosen) == (5000, 0)
    page.choose(field, field.options.index("Domain 4321"))
    assert chromium.driver.title == "Domain 4321"


def test_a_caption_of_10000_characters_is_cut(opened: Callable[[str], BrowserPage]) -> None:
    page = opened(f"<form><label>{'word ' * 2000}<input></label></form>")
    [field] = page.description.fields
    assert 200 < len(field.caption) <= 300


def test_200_buttons_over_a_form_are_all_described(opened: Callable[[str], BrowserPage]) -> None:
    buttons = "".join(f"<button>Button {number}</button>" for number in range(200))
    page = opened(f"{ECHO}<div style='position: fixed; inset: 0; background: #fff'>{buttons}</div>")
    assert (page.description.overlay, len(page.description.buttons)) == (True, 200)


def test_200_buttons_are_all_described_on_a_slow_machine(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    buttons = "".join(f"<button>Button {number}</button>" for number in range(200))
    devtools = chromium.frames
    assert isinstance(devtools, DevToolsFrames)
    slowed = "Emulation.setCPUThrottlingRate"
    devtools.command(slowed, {"rate": 30})
    try:
        page = opened(f"<h1>Which company?</h1>{buttons}")
    finally:
        devtools.command(slowed, {"rate": 1})
    assert len(page.description.buttons) == 200


def test_words_behind_a_large_part_that_is_not_drawn_are_read(
    opened: Callable[[str], BrowserPage],
) -> None:
    page = opened(f"<div hidden>{'<p>No.</p>' * 200_000}</div><p>Enter your code.</p>")
    assert page.description.lines == ("Enter your code.",)


# ---- what a person can use ----


def captions(page: BrowserPage) -> list[str]:
    return [field.caption for field in page.description.fields]


def test_a_box_that_its_label_draws_is_a_field(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser
) -> None:
    page = opened(
        "<input id=a type=checkbox style='position: absolute; opacity: 0; width: 0; height: 0'"
        " onchange='document.title = checked'><label for=a>I accept the terms</label>"
    )
    assert captions(page) == ["I accept the terms"]
    page.tick(page.description.fields[0], on=True)
    assert chromium.driver.title == "true"


def test_a_field_of_one_pixel_that_has_the_focus_is_a_field(
    opened: Callable[[str], BrowserPage],
) -> None:
    tiny = "position: absolute; width: 1px; height: 1px; opacity: 0"
    page = opened(f"<p>Code <input id=c aria-label=Code style='{tiny}'><script>c.focus()</script>")
    assert captions(page) == ["Code"]


def test_a_transparent_field_over_nothing_is_a_trap(opened: Callable[[str], BrowserPage]) -> None:
    page = opened("<label>Name <input></label><p><input aria-label=Trap style='opacity: 0'></p>")
    assert captions(page) == ["Name"]


def test_a_readonly_field_that_shows_a_value_is_no_field(
    opened: Callable[[str], BrowserPage],
) -> None:
    page = opened("<label>Realm <input readonly value=x></label><label>Name <input></label>")
    assert captions(page) == ["Name"]


def test_a_form_that_is_hidden_from_screen_readers_only_is_a_form(
    opened: Callable[[str], BrowserPage],
) -> None:
    page = opened(f"<div aria-hidden=true>{ECHO}</div>")
    assert form(page).last.type == "password"


def test_a_caption_drawn_into_a_field_does_not_cover_it(
    opened: Callable[[str], BrowserPage],
) -> None:
    page = opened(
        "<div style='position: relative'><input aria-label=Name style='width: 300px'>"
        "<span style='position: absolute; left: 140px; top: 2px'>Name</span></div>"
    )
    assert [field.covered for field in page.description.fields] == [""]


def test_a_dialog_in_a_frame_of_the_page_is_asked_about_first(
    opened: Callable[[str], BrowserPage], web: Web
) -> None:
    web.pages["/cookies"] = Answer("<p>We use cookies.</p><button>OK</button>")
    frame = "<iframe src=/cookies style='position: fixed; inset: 0; width: 100%; height: 100%'>"
    page = opened(ECHO + frame + "</iframe>")
    assert [button.text for button in page.description.buttons] == ["OK"]
    assert page.description.lines == ("We use cookies.",)


def test_a_link_to_a_new_tab_opens_in_this_one(
    opened: Callable[[str], BrowserPage], chromium: WatchedBrowser, web: Web
) -> None:
    page = opened("<a href=/english-one-page.html target=_blank>Amazon Web Services</a>")
    assert page.description.links[0].new_tab
    page.press(page.description.links[0])
    address = web.url("/english-one-page.html")
    assert until(chromium, lambda page: page.description.address == address)


def test_a_page_whose_names_hide_those_of_the_browser_is_read(
    opened: Callable[[str], BrowserPage],
) -> None:
    names = "".join(f'<input type="hidden" name="{name}">' for name in ("action", "elements", "id"))
    page = opened(ECHO.replace("<label>", names + "<label>", 1))
    assert form(page).username is not None
