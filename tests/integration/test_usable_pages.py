"""Pages whose form is not where its attributes say, but where a person sees and uses it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.errors import SignInRequired
from tests import browsers
from tests.browsers import settings
from tests.described_pages import browsing
from tests.doubles import FakePrompt
from tests.geckodriver import firefox, firefox_settings
from tests.stories import (
    BUTTON,
    CODE,
    FIELDS,
    NAME_AND_PASSWORD,
    PASSWORD,
    USER,
    Story,
    form,
    serving_stories,
    signing_in,
    signing_in_at,
    then_a_code,
)

pytestmark = pytest.mark.browser

ONE_CODE = (*NAME_AND_PASSWORD, "Code: ")
CHOOSE = "Choose (number or part of the name): "
ANSWERED_FIRST = (CHOOSE, *NAME_AND_PASSWORD)

CLOSED = """<login-box></login-box><script>
customElements.define("login-box", class extends HTMLElement { connectedCallback() {
  this.attachShadow({ mode: "closed" }).innerHTML = `FORM` } })</script>""".replace(
    "FORM", form(FIELDS + BUTTON)
)
CLOSED_DIV = """<div id=box></div><script>
box.attachShadow({ mode: "closed" }).innerHTML = `FORM`</script>""".replace(
    "FORM", form(FIELDS + BUTTON)
)
MODAL = """<dialog id=c><h2>We value your privacy</h2><p>We use cookies.</p>
<button onclick="c.close()">Accept all</button> <button onclick="c.close()">Only necessary</button>
</dialog><script>document.getElementById("c").showModal()</script>"""
CURTAIN = """<div id=curtain style="position: fixed; inset: 0; background: #0008"></div>
<div id=c style="position: fixed; left: 20px; right: 20px; top: 10px; background: white">
<p>We use cookies.</p><button onclick="for (const e of [curtain, c]) e.remove()">OK</button></div>
<script>onkeydown = onkeypress = e => { if (document.getElementById("c")) e.preventDefault() }
</script>"""
PLACED = """<div id=w><div style="position: fixed; inset: 0; background: white">
<p>We use cookies.</p><button>OK</button></div></div>
<script>w.querySelector("button").onclick = () => w.remove()</script>"""
IN_A_SHADOW = """<cookie-bar id=c></cookie-bar><script>
const root = c.attachShadow({ mode: "MODE" }); root.innerHTML = `<div style="position: fixed;
inset: 0; background: white"><p>We use cookies.</p><button>OK</button></div>`
root.querySelector("button").onclick = () => c.remove()</script>"""
BACK_AGAIN = """<div id=c style="position: fixed; inset: 0; background: white">
<p>Take part in our survey.</p><button onclick="c.style.display = 'none'
setTimeout(() => { c.style.display = '' }, 700)">Later</button></div>"""
MODAL_AGAIN = """<dialog id=c><p>Take part in our survey.</p><button onclick="c.close()
setTimeout(() => c.showModal(), 500)">Later</button></dialog><script>c.showModal()</script>"""
BAR = """<div style="position: fixed; inset: auto 0 0 0; height: 120px; background: #ddd">
<p>We use cookies. <a href=/about>More</a></div>"""
LONG = '<div style="height: 3000px">News</div>'
LATE = """<script>const f = document.forms[0], b = f.querySelector("button"); let timer
f.oninput = () => { b.disabled = true; clearTimeout(timer); timer = setTimeout(
  () => b.disabled = !(f.username.value && f.password.value), 1200) }</script>"""
LEFT = """<script>document.forms[0].password.addEventListener("change",
  () => document.querySelector("button").disabled = false)</script>"""
TAKEN = """<script>let taken = 0
document.forms[0].password.onfocus = () => {
  if (taken++ < 1) setTimeout(() => document.forms[0].username.focus())
}</script>"""
LOCKED = FIELDS.replace("name=", "readonly onfocus=\"this.removeAttribute('readonly')\" name=")
NUMBERS = "".join(
    f'<input class=d name=d{i} type=number min=0 max=9 style="width: 2em">' for i in range(6)
)
ADVANCE = """<script>const d = [...document.querySelectorAll(".d")]; d[0].focus()
d.forEach((e, i) => e.oninput = () => { e.value = e.value.slice(-1)
  if (e.value && d[i + 1]) d[i + 1].focus() })</script>"""
DRAWN = """<p>Enter the 6-digit code<div style="position: relative; height: 50px; width: 300px;
display: flex; gap: 6px">BOXES<input name=otp id=o inputmode=numeric maxlength=6 MORE
style="position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0"></div>
<p><button disabled>Continue</button>""".replace(
    "BOXES", '<div class=b style="border: 1px solid #999; width: 40px; height: 48px"></div>' * 6
)
DRAW = """<script>const o = document.getElementById("o"), b = [...document.querySelectorAll(".b")]
o.oninput = () => { b.forEach((e, i) => e.textContent = o.value[i] || "")
  document.querySelector("button").disabled = o.value.length < 6 }</script>"""
REDRAWN = """<div id=app></div><script>
const values = { username: "", password: "" }
function draw() {
  app.innerHTML = `<form method=post>${["username", "password"].map(name => `<label>${name}
    <input name=${name} type=${name == "password" ? name : "text"}></label>`).join("")}
    <p><button>Sign in</button></form>`
  for (const input of app.querySelectorAll("input")) {
    input.value = values[input.name]
    input.oninput = () => { values[input.name] = input.value; draw() }
  }
}
draw()</script>"""
MOVING = """<style>form { position: absolute; animation: move 0.7s infinite alternate }
@keyframes move { to { left: 200px; top: 100px } }</style>""" + form(FIELDS + BUTTON)

SLOTTED = (
    form(
        "<x-field label=Login name=username></x-field><x-field label=Password "
        "name=password type=password></x-field><x-button>Sign in</x-button>"
    )
    + """<script>
customElements.define("x-field", class extends HTMLElement {
  static formAssociated = true
  connectedCallback() {
    const all = this.attachInternals(), root = this.attachShadow({ mode: "open" })
    root.innerHTML = `<label for=i>${this.getAttribute("label")}</label>
      <input id=i type=${this.getAttribute("type") || "text"}>`
    root.querySelector("input").oninput = event => all.setFormValue(event.target.value)
  }
})
customElements.define("x-button", class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" })
    root.innerHTML = "<button type=button><slot></slot></button>"
    root.querySelector("button").onclick = () => this.closest("form").requestSubmit()
  }
})</script>"""
)

LONE = "<label>Code <input name=otp autocomplete=one-time-code maxlength=6></label>"
AT_THE_LAST_KEY = """<script>
document.querySelector("[name=otp]").oninput = ({target}) => {
  if (target.value.length == 6) target.form.submit()
}</script>"""


def boxes_of(fields: dict[str, str]) -> str:
    return "".join(fields.get(f"d{i}", "") for i in range(6))


def whole(fields: dict[str, str]) -> str:
    return fields.get("otp", "")


def code_form(inside: str, script: str = "") -> str:
    return form(inside, action="code") + script


OVERLAID: dict[str, Any] = {
    "answers": ("0", USER, PASSWORD),
    "asked": ANSWERED_FIRST,
}
WITH_CODE: dict[str, Any] = {"answers": (USER, PASSWORD, CODE), "asked": ONE_CODE}
STORIES = {
    "closed-shadow": Story(signing_in_at(CLOSED)),
    "closed-shadow-of-a-div": Story(signing_in_at(CLOSED_DIV)),
    "fields-and-button-of-components": Story(
        signing_in_at(SLOTTED), asked=("Login: ", "Password: (hidden)")
    ),
    "cookie-dialog": Story(signing_in_at(form(FIELDS + BUTTON) + MODAL), **OVERLAID),
    "cookie-curtain": Story(signing_in_at(form(FIELDS + BUTTON) + CURTAIN), **OVERLAID),
    "cookies-in-a-box-without-a-size": Story(
        signing_in_at(form(FIELDS + BUTTON) + PLACED), **OVERLAID
    ),
    "cookies-in-a-shadow-root": Story(
        signing_in_at(form(FIELDS + BUTTON) + IN_A_SHADOW.replace("MODE", "open")), **OVERLAID
    ),
    "cookies-in-a-closed-shadow-root": Story(
        signing_in_at(form(FIELDS + BUTTON) + IN_A_SHADOW.replace("MODE", "closed")), **OVERLAID
    ),
    "comes-back": Story(
        signing_in_at(form(FIELDS + BUTTON) + BACK_AGAIN),
        answers=("0", "0", USER, PASSWORD),
        asked=(CHOOSE, CHOOSE, *NAME_AND_PASSWORD),
    ),
    "bar-over-the-end": Story(
        signing_in_at(LONG + form(FIELDS + BUTTON) + BAR),
        answers=("", USER, PASSWORD),
        asked=ANSWERED_FIRST,
    ),
    "bar-over-a-long-page": Story(signing_in_at(LONG + form(FIELDS + BUTTON) + LONG + BAR)),
    "late-button": Story(
        signing_in_at(form(FIELDS + BUTTON.replace("<button", "<button disabled")) + LATE)
    ),
    "button-that-waits-until-the-field-is-left": Story(
        signing_in_at(form(FIELDS + BUTTON.replace("<button", "<button disabled")) + LEFT)
    ),
    "focus-given-to-another-field": Story(signing_in_at(form(FIELDS + BUTTON) + TAKEN)),
    "readonly-until-focus": Story(signing_in_at(form(LOCKED + BUTTON))),
    "number-boxes": Story(
        then_a_code(code_form("<p>Enter the code" + NUMBERS + BUTTON, ADVANCE), boxes_of),
        **WITH_CODE,
    ),
    "code-that-submits-itself": Story(
        then_a_code(code_form(LONE + BUTTON, AT_THE_LAST_KEY), whole),
        answers=(USER, PASSWORD, "111111", CODE),
        asked=(*NAME_AND_PASSWORD, "Code: ", "Code: "),
    ),
    "otp-overlay": Story(
        then_a_code(code_form(DRAWN.replace("MORE", "autocomplete=one-time-code"), DRAW), whole),
        answers=(USER, PASSWORD, CODE),
        asked=(*NAME_AND_PASSWORD, "Enter the 6-digit code: "),
    ),
    "otp-overlay-undeclared": Story(
        then_a_code(code_form(DRAWN.replace("MORE", ""), DRAW), whole),
        answers=(USER, PASSWORD, CODE),
        asked=(*NAME_AND_PASSWORD, "Enter the 6-digit code: "),
    ),
    "redrawn-at-every-key": Story(
        signing_in_at(REDRAWN), asked=("username: ", "password: (hidden)")
    ),
    "moving": Story(signing_in_at(MOVING)),
}


@pytest.fixture(scope="module")
def address() -> Iterator[Callable[[str], str]]:
    with serving_stories(STORIES) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[WatchedBrowser]:
    with browsing(browsers.chromium(), settings()) as browser:
        yield browser


@pytest.fixture(scope="module")
def fox() -> Iterator[WatchedBrowser]:
    programs = firefox()
    with browsing(programs, firefox_settings(browser_driver=programs.driver)) as browser:
        yield browser


@pytest.mark.parametrize("engine", ["chromium", "fox"])
@pytest.mark.parametrize("name", STORIES)
def test_the_terminal_gets_through(
    engine: str, name: str, address: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    story, prompt = STORIES[name], FakePrompt(list(STORIES[name].answers))
    browser = request.getfixturevalue(engine)
    assert signing_in(address(name), story, browser, prompt) == "QUJD"
    assert prompt.asked == list(story.asked)


def test_a_dialog_that_comes_back_ends_it_in_its_words_within_seconds(
    chromium: WatchedBrowser,
) -> None:
    story = Story(signing_in_at(form(FIELDS + BUTTON) + MODAL_AGAIN))
    prompt = FakePrompt(["0"] * 9)
    started = time.monotonic()
    with (
        serving_stories({"again": story}) as address,
        pytest.raises(SignInRequired, match=r"shows the same each time it is closed\. .*Take part"),
    ):
        signing_in(address("again"), story, chromium, prompt)
    assert prompt.asked == [CHOOSE, CHOOSE]
    assert time.monotonic() - started < 30
