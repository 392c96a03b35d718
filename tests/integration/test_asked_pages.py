"""Pages with more questions than username, password and code, and with buttons, in browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws_saml_ext.capture.browser.engine import WatchedBrowser
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
    Pages,
    Request,
    Story,
    first_page,
    form,
    page,
    posts_to_aws,
    serving_stories,
    signing_in,
)

pytestmark = pytest.mark.browser

NAME, HIDDEN = NAME_AND_PASSWORD
CHOOSE = "Choose (number or part of the name): "
CODE_ASKED = "One-time code: "
WRONG = "<p class=error>Unknown user or bad password.</p>"


def one_form(body: str, **right: str) -> Pages:
    """Return a form for name and password with more fields, which have to be right as well."""

    def pages(request: Request) -> str:
        given = {name: request.form.get(name, "") for name in right}
        if request.posted and request.is_right and given == right:
            return posts_to_aws()
        return page("Sign in", (WRONG if request.posted else "") + body)

    return pages


def after_password(body: str, step: str = "next", **right: str) -> Pages:
    """Return pages that show `body` after name and password, and end when `step` is requested."""

    def pages(request: Request) -> str:
        if request.step == step:
            given = {name: request.form.get(name, "") for name in right}
            return posts_to_aws() if given == right else page("Wrong", WRONG)
        if request.step:
            return page("Elsewhere", "<p>This is another page.</p>")
        return page("Example", body) if request.posted and request.is_right else first_page(request)

    return pages


def instead(body: str, step: str) -> Pages:
    """Return pages that show `body` first, and a plain form when `step` is requested."""

    def pages(request: Request) -> str:
        if request.posted and request.is_right:
            return posts_to_aws()
        if request.posted:
            return page("Refused", WRONG)
        return first_page(request) if request.step == step else page("Welcome", body)

    return pages


DOMAINS = "<option>AMER</option><option>EMEA</option><option>APAC</option></select>"
DOMAIN = "<p><label for=d>Domain</label><select id=d name=domain>"
COMPANY = "<p><label for=c>Company {}</label><input id=c name=company>"
DOTS = FIELDS.replace("type=password", 'style="-webkit-text-security: disc"')
BOX = """<p><label><input type=checkbox name=ok value=yes required> I accept the terms</label>
<p><button disabled>Sign in</button>"""
LIVES = """<script>const f = document.forms[0]
f.ok.onchange = () => f.querySelector("button").disabled = !f.ok.checked</script>"""
DEVICES = """<label><input type=radio name=dev value=old checked> Old phone</label>
<label><input type=radio name=dev value=new> New phone</label>
<p><label for=o>One-time code</label><input id=o name=otp autocomplete=one-time-code>"""
QUESTION = "<label for=a>What was the name of your first dog?</label><input id=a name=a>"
TERMS = """<p>The rules have changed.</p><form method=post action=next>
<input type=submit name=accept value=Accept> <input type=submit name=cancel value=Decline></form>"""
NOTICE = "<p>Use of this system is recorded.</p><form action=in><button>I agree</button></form>"
PASSKEY = """<p id=m>Your device will open a security window.</p><p><a href=pw>Try another way</a>
<script>navigator.credentials.get({publicKey: {challenge: new Uint8Array(16), timeout: 60000}})
.catch(error => m.textContent = "That did not work.")</script>"""
EXPIRES = """<h1>Your password will expire in 5 days</h1><form method=post action=new>
<label>Current password <input type=password name=old></label>
<label>New password <input type=password name=n1></label>
<label>Repeat new password <input type=password name=n2></label>
<p><button>Change password</button></form><p><a href=next>Remind me later</a>"""
APPS = (("mail", "Mail"), ("pay", "Payroll"), ("next", "Amazon Web Services"), ("wiki", "Wiki"))
PORTAL = "<h1>My apps</h1><div>{}</div>".format(
    "".join(
        f'<a href="{step}" style="display: inline-block; padding: 1em; margin: 1em">{name}</a>'
        for step, name in APPS
    )
)
TABS = """<div role=tablist><span role=tab aria-selected=true>Customers</span>
<span role=tab aria-selected=false id=tab>Employees</span></div><form id=one>
<label>Customer number <input></label><label>PIN <input type=password></label><button>OK</button>
</form>"""
TAB_OPENS = "<script>tab.onclick = () => { one.hidden = true; two.hidden = false }</script>"
TILES = "<h1>My apps</h1>{}<script>{}</script>".format(
    "".join(f"<div class=tile style='cursor: pointer'>{name}</div>" for _, name in APPS),
    "document.querySelectorAll('.tile').forEach((tile, at) => "
    "tile.addEventListener('click', () => location = at == 2 ? 'next' : 'wiki'))",
)
DRAWN_LIST = """<p><span id=d>Domain</span> <span id=shown role=combobox tabindex=0
aria-labelledby=d aria-controls=list>AMER</span><ul id=list role=listbox hidden>
<li role=option>AMER<li role=option>EMEA</ul><input type=hidden name=domain value=AMER>"""
CHOOSES = """<script>shown.onclick = () => list.hidden = !list.hidden
for (const option of list.children) option.addEventListener("click", () => {
  shown.textContent = document.forms[0].domain.value = option.innerText.trim(); list.hidden = true
})</script>"""
LISTED = """<p><label id=d>Domain</label> <button type=button id=shown aria-haspopup=listbox
aria-labelledby=d>Select</button><ul id=list role=listbox hidden><li role=option>AMER
<li role=option>EMEA</ul><input type=hidden name=domain>"""
STYLED = """<style>.t::before { content: "Tenant" } .u::before { content: "Login ID" }
.p::before { content: "Magic word" }</style><div class=t><input name=tenant></div><div class=u>
<input name=username></div><div class=p><input type=password name=password></div>"""
TURNS_RED = """setTimeout(() => { u.style.borderColor = "#d00" }, 200)"""
POPS_UP = """<p>You are signed out.</p><button onclick="open('inside', 'w', 'width=400')">Sign in
</button><script>onmessage = () => location = "done"</script>"""
SAYS_NO = """<form id=f><label>User name <input name=username></label>
<label>Password <input name=password type=password></label><button>Sign in</button></form><p id=e>
<script>f.onsubmit = async event => {
  event.preventDefault()
  const form = new URLSearchParams(new FormData(f))
  const answer = await (await fetch("check", { method: "POST", body: form })).text()
  if (answer == "right") location = "done"
  else setTimeout(() => e.textContent = "That is not in our records.", 1500)
}</script>"""
EDITABLE = """<p id=l>User name<div contenteditable aria-labelledby=l id=u></div>
<label>Password <input name=password type=password></label><input name=username type=hidden>"""
COPIES = "<script>u.oninput = () => document.forms[0].username.value = u.innerText</script>"
REGION = """<label>Region <select name=region id=r><option value="">Select…<option>EU<option>US
</select></label><label>Site <select name=site id=s><option value="">Select…</select></label>"""
FETCHES = """<script>r.onchange = () => setTimeout(() => { s.innerHTML =
  "<option value=''>Select…<option>Berlin<option>Paris" }, 100)</script>"""
WAYS = """<label><input type=radio name=way value=sms> Text message</label>
<label><input type=radio name=way value=app> Authenticator</label>
<p><label>Code <input name=otp disabled></label><button disabled>Verify</button>"""
LIVES_BY_A_WAY = """<script>const f = document.forms[0]
f.onchange = () => { for (const each of f.elements) each.disabled = false }</script>"""
BY_A_LINK = """<p><a href="#" onclick="document.forms[0].submit(); return false">Log in</a>"""
BEHIND = "<input name=username> Employee<br><input type=password name=password> Magic word<br>"
COLUMNS = """<table><tr><th>Tenant<th>User<th>Password<tr><td><input name=tenant>
<td><input name=username><td><input type=password name=password></table>"""
UPWARDS = """<div style="display: flex; flex-direction: column-reverse">
<label>Password <input name=password type=password></label>
<label>User name <input name=username></label></div>"""
GROUPED = """<label>Directory <select name=directory><optgroup label=Staff><option value=1>Example
</optgroup><optgroup label=Students><option value=2>Example</optgroup></select></label>"""
CARDS = "<h1>Choose how to verify</h1>" + "".join(
    f"<div><h3>{way}</h3><p>It is quick</p><a role=button href={step}>Select</a></div>"
    for way, step in (("Text message", "sms"), ("Authenticator", "next"))
)
FINDS = """<form><label for=q>Find your organization</label><input id=q role=combobox
aria-autocomplete=list aria-controls=all autocomplete=off><ul id=all role=listbox></ul></form>"""
COMPANIES = """<label for=q>Company</label><input id=q role=combobox aria-autocomplete=list
aria-controls=all autocomplete=off><ul id=all role=listbox></ul><input type=hidden name=company>"""
SUGGESTS = """<script>q.oninput = () => { all.innerHTML = ""; const typed = q.value.toLowerCase()
  for (const name of ["Globex", "Globex Labs", "Initech"]) {
    if (!typed || !name.toLowerCase().includes(typed)) continue
    const option = document.createElement("li"); option.role = "option"; option.innerText = name
    option.onclick = () => { all.innerHTML = ""; q.value = name; THEN }
    all.append(option) } }</script>"""
KEYPAD = """<form method=post action=next><p>Enter your PIN</p><p>○○○○</p>{}
<button type=button>Clear</button><input type=hidden name=pin><button>OK</button></form><script>
for (const key of document.querySelectorAll(".key"))
  key.onclick = () => {{ document.forms[0].pin.value += key.innerText }}</script>""".format(
    "".join(f"<button type=button class=key>{digit}</button>" for digit in "5801742396")
)
GRID = """<p>Enter the values of your card</p><label>A3 <input name=a></label>
<label>B7 <input name=b></label>"""
FRAME = """<h1>Example</h1><iframe id=f width=500 height=300></iframe>
<script>f.src = location.href.replace("127.0.0.1", "localhost") + "inside"</script>"""
CLOSES = """setTimeout(() => document.querySelector("login-box").attachShadow({ mode: "closed" })
  .append(document.forms[0]))"""
SEND = """<p>(+1 XXX-XXX-1234)<form method=post action=next><label for=a>Enter Code</label>
<input id=a name=answer type=tel> <a href="#" role=button id=s>Send code</a>
<p><input type=submit value=Verify></form><script>
s.onclick = event => { event.preventDefault(); s.textContent = "Sent" }</script>"""
WAS_IT_YOU = """<p>Someone is signing in to jane from a new device near Utrecht.
<p><a role=button href=next>Yes, it was me</a> <a role=button href=no>No, secure account</a>"""
BOB = """<p>bob@example.com <a href=switch>Not you?</a>
<form method=post action=bob><label>Password <input type=password name=password></label>
<p><button>Sign in</button></form>"""


def passwordless(request: Request) -> str:
    if request.step == "in" and request.form.get("password") == PASSWORD:
        return posts_to_aws()
    if request.step == "pw":
        field = "<label>Password <input name=password type=password></label>"
        return page("Enter password", form(field + BUTTON, action="in"))
    if request.posted:
        return page(
            "Approve sign in",
            "<p>Tap the number you see below in your Authenticator app to sign in."
            "<div style='font-size: 48px'>57</div><p><a href=pw>Use your password instead</a>",
        )
    field = "<label>Email <input name=username></label>"
    return page("Sign in", form(field + "<button>Next</button>"))


def refused_by_script(request: Request) -> str:
    if request.posted:
        return "right" if request.is_right else "wrong"
    return posts_to_aws() if request.step == "done" else page("Sign in", SAYS_NO)


def refused_in_red(request: Request) -> str:
    says = 'setTimeout(() => e.textContent = "That is not in our records.", 1500)'
    return (
        refused_by_script(request).replace(says, TURNS_RED).replace("=username", "=username id=u")
    )


def in_a_window_of_its_own(request: Request) -> str:
    """Return a page whose button opens a window with the form, which closes itself in the end."""
    if request.posted:
        closes = "<script>opener.postMessage('', '*'); close()</script>"
        return page("Signed in", closes if request.is_right else WRONG)
    if request.step == "inside":
        return page("Sign in", form(FIELDS + BUTTON, action="in"))
    return posts_to_aws() if request.step == "done" else page("Welcome", POPS_UP)


def closed_in_another_site(request: Request) -> str:
    """Return a page with a frame of another site, whose form is in a closed shadow root."""
    if request.posted:
        return posts_to_aws() if request.is_right else page("Refused", WRONG)
    if request.step == "inside":
        inside = form(FIELDS + BUTTON, action="in", more="target=_top")
        return page("Inside", f"<login-box></login-box><script>{CLOSES}</script><p>{inside}")
    return page("Sign in", FRAME)


def in_language(lang: str, name: str, go: str, password: str, code: str) -> Pages:
    """Return a name, a password and a code on three pages, in a language that we do not know."""

    def pages(request: Request) -> str:
        def asks(label: str, kind: str, action: str) -> str:
            field = f"<label for=f>{label}</label><input id=f name=f type={kind}>"
            return page(label, form(f"{field}<p><button>{go}</button>", action=action), lang=lang)

        steps = {"1": (USER, password, "password", "2"), "2": (PASSWORD, code, "text", "3")}
        if request.step == "3" and request.form.get("f") == CODE:
            return posts_to_aws()
        if request.step in steps and request.form.get("f") == steps[request.step][0]:
            return asks(*steps[request.step][1:])
        return page("✗", "<p>✗</p>") if request.posted else asks(name, "text", "1")

    return pages


def then(*questions: str) -> tuple[str, ...]:
    return (*NAME_AND_PASSWORD, *questions)


JANE = (USER, PASSWORD)
AS_JANE: dict[str, Any] = {"username": USER}
STORIES = {
    # every field is askable
    "company-id": Story(
        one_form(form(COMPANY.format("ID") + FIELDS + BUTTON), company="globex"),
        ("globex", *JANE),
        ("Company ID: ", *NAME_AND_PASSWORD),
    ),
    "domain-list": Story(
        one_form(
            form(FIELDS + DOMAIN + "<option value=''>Choose…</option>" + DOMAINS + BUTTON),
            domain="EMEA",
        ),
        (*JANE, "EMEA"),
        then(CHOOSE),
    ),
    "dots-by-css": Story(one_form(form(DOTS + BUTTON))),
    "domain-drawn": Story(
        one_form(form(FIELDS + DRAWN_LIST + BUTTON) + CHOOSES, domain="EMEA"),
        (*JANE, "EMEA"),
        then("Choose (number or part of the name) [AMER]: "),
    ),
    "says-no-later-in-words-of-its-own": Story(
        refused_by_script,
        (USER, "wrong", "", PASSWORD),
        then("User name [jane]: ", HIDDEN),
    ),
    "says-no-by-a-colour": Story(
        refused_in_red, (USER, "wrong", "", PASSWORD), then("User name [jane]: ", HIDDEN)
    ),
    "captions-by-a-style": Story(
        one_form(form(STYLED + BUTTON), tenant="globex"),
        ("globex", *JANE),
        ("Tenant: ", "Login ID: ", "Magic word: (hidden)"),
    ),
    "list-beside-its-button": Story(
        one_form(form(FIELDS + LISTED + BUTTON) + CHOOSES, domain="EMEA"),
        (*JANE, "EMEA"),
        then(CHOOSE),
    ),
    "closed-shadow-in-another-site": Story(closed_in_another_site),
    "tabs": Story(
        one_form(TABS + form(FIELDS + BUTTON, more="id=two hidden") + TAB_OPENS),
        ("", "0", *JANE),
        ("Customer number: ", CHOOSE, *NAME_AND_PASSWORD),
    ),
    "security-question": Story(
        after_password(form(QUESTION + BUTTON, action="next"), a="Rex"),
        (*JANE, "Rex"),
        then("What was the name of your first dog? "),
    ),
    "terms-box": Story(
        one_form(form(FIELDS + BOX) + LIVES, ok="yes"),
        (*JANE, "y"),
        then("I accept the terms? [y/N] "),
    ),
    "editable": Story(one_form(form(EDITABLE + BUTTON) + COPIES)),
    "words-behind-fields": Story(
        one_form(form(BEHIND + BUTTON)), asked=("Employee: ", "Magic word: (hidden)")
    ),
    "words-over-columns": Story(
        one_form(form(COLUMNS + BUTTON), tenant="globex"),
        ("globex", *JANE),
        ("Tenant: ", "User: ", HIDDEN),
    ),
    "words-over-short-captions": Story(
        after_password(form(GRID + BUTTON, action="next"), a="K2", b="P9"),
        (*JANE, "K2", "P9"),
        then(
            "A3 (Enter the values of your card): ",
            "B7 (Enter the values of your card): ",
        ),
    ),
    # beyond doubt
    "list-that-fills-another": Story(
        one_form(form(REGION + FIELDS + BUTTON) + FETCHES, region="EU", site="Paris"),
        ("EU", *JANE, "Paris"),
        (CHOOSE, *NAME_AND_PASSWORD, CHOOSE),
    ),
    "code-behind-a-way": Story(
        after_password(form(WAYS, action="next") + LIVES_BY_A_WAY, way="app", otp=CODE),
        (*JANE, "Auth", "Auth", CODE),
        then(CHOOSE, "Choose (number or part of the name) [Authenticator]: ", "Code: "),
    ),
    "code-behind-the-first-answer": Story(
        one_form(form(FIELDS + WAYS) + LIVES_BY_A_WAY, way="app", otp=CODE),
        ("Auth", CODE),
        (CHOOSE, "Code: "),
        {**AS_JANE, "password_command": ("echo", PASSWORD)},  # it is not taken as refused
    ),
    "username-below-the-password": Story(
        one_form(form(UPWARDS + BUTTON)), (PASSWORD,), (HIDDEN,), AS_JANE
    ),
    "same-words-in-two-groups": Story(
        one_form(form(FIELDS + GROUPED + BUTTON), directory="2"),
        (*JANE, "Students"),
        then("Choose (number or part of the name) [Example (Staff)]: "),
    ),
    "company-code": Story(
        one_form(form(COMPANY.format("code") + FIELDS + BUTTON), company="globex"),
        ("globex", PASSWORD),
        ("Company code: ", HIDDEN),
        {**AS_JANE, "mfa_command": ("false",)},
    ),
    "domain-list-preset": Story(
        one_form(form(FIELDS + DOMAIN + DOMAINS + BUTTON), domain="EMEA"),
        (*JANE, "1"),
        then("Choose (number or part of the name) [AMER]: "),
    ),
    "other-user": Story(instead(BOB, "switch"), (PASSWORD,), (HIDDEN,), AS_JANE),
    "otp-devices": Story(
        after_password(form(DEVICES + BUTTON, action="next"), dev="new", otp=CODE),
        (*JANE, "New", CODE),
        then("Choose (number or part of the name) [Old phone]: ", CODE_ASKED),
    ),
    # buttons
    "accept-decline": Story(
        after_password(TERMS, accept="Accept"), (*JANE, "Accept"), then(CHOOSE)
    ),
    "consent-banner": Story(
        instead(NOTICE, "in"), ("y", *JANE), ("I agree? [y/N] ", *NAME_AND_PASSWORD)
    ),
    "in-a-window-of-its-own": Story(
        in_a_window_of_its_own, ("y", *JANE), ("Sign in? [y/N] ", *NAME_AND_PASSWORD)
    ),
    "passkey-first": Story(
        instead(PASSKEY, "pw"), ("y", *JANE), ("Try another way? [y/N] ", *NAME_AND_PASSWORD)
    ),
    "keypad": Story(
        after_password(KEYPAD, pin="4711"), (*JANE, "4711"), then("Enter your PIN: (hidden)")
    ),
    "finds-the-organization": Story(
        instead(FINDS + SUGGESTS.replace("THEN", "location = 'in'"), "in"),
        ("inite", *JANE),
        ("Find your organization: ", *NAME_AND_PASSWORD),
    ),
    "suggests-several": Story(
        one_form(
            form(FIELDS + COMPANIES + BUTTON)
            + SUGGESTS.replace("THEN", "document.forms[0].company.value = name"),
            company="Globex Labs",
        ),
        (*JANE, "glob", "1"),
        then("Company: ", CHOOSE),
    ),
    "submits-by-a-link": Story(one_form(form(FIELDS + BY_A_LINK))),
    "same-words-in-two-cards": Story(after_password(CARDS), (*JANE, "Auth"), then(CHOOSE)),
    "password-warn": Story(after_password(EXPIRES), (*JANE, "later"), then(CHOOSE)),
    "passwordless": Story(passwordless, (USER, "0", PASSWORD), ("Email: ", CHOOSE, HIDDEN)),
    "portal": Story(after_password(PORTAL), (*JANE, "Amazon"), then(CHOOSE)),
    "tiles-by-script": Story(after_password(TILES), (*JANE, "Amazon"), then(CHOOSE)),
    "portal-new-tab": Story(
        after_password(PORTAL.replace("<a ", "<a target=_blank ")), (*JANE, "0"), then(CHOOSE)
    ),
    "sms-send": Story(
        after_password(SEND, answer=CODE), (*JANE, "0", CODE), then(CHOOSE, "Enter Code: ")
    ),
    "was-it-you": Story(after_password(WAS_IT_YOU), (*JANE, "Yes"), then(CHOOSE)),
    # languages that the table lacks
    "persian": Story(
        in_language("fa", "نام کاربری", "بعدی", "گذرواژه", "رمز"),
        (*JANE, CODE),
        ("نام کاربری: ", "گذرواژه: (hidden)", "رمز: "),
    ),
    "croatian": Story(
        in_language("hr", "Korisničko ime", "Dalje", "Zaporka", "Jednokratna šifra"),
        (*JANE, CODE),
        ("Korisničko ime: ", "Zaporka: (hidden)", "Jednokratna šifra: "),
    ),
}
ON_FIREFOX = (
    "in-a-window-of-its-own",
    "says-no-by-a-colour",
    "domain-drawn",
    "tiles-by-script",
    "domain-list",
    "terms-box",
    "otp-devices",
    "portal-new-tab",
    "passwordless",
)


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


def gets_through(name: str, address: Callable[[str], str], browser: WatchedBrowser) -> None:
    story = STORIES[name]
    prompt = FakePrompt(list(story.answers))
    assert signing_in(address(name), story, browser, prompt) == "QUJD"
    assert prompt.asked == list(story.asked)


@pytest.mark.parametrize("name", STORIES)
def test_the_terminal_gets_through(
    name: str, address: Callable[[str], str], chromium: WatchedBrowser
) -> None:
    gets_through(name, address, chromium)


@pytest.mark.parametrize("name", ON_FIREFOX)
def test_the_terminal_gets_through_with_firefox(
    name: str, address: Callable[[str], str], fox: WatchedBrowser
) -> None:
    gets_through(name, address, fox)
