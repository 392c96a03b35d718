"""The dialogs that pages open (`alert`, `confirm`, `prompt`), in both browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import SignInRequired
from tests import browsers
from tests.browsers import settings
from tests.described_pages import browsing
from tests.doubles import FakePrompt
from tests.geckodriver import firefox, firefox_settings
from tests.stories import (
    BUTTON,
    FIELDS,
    NAME_AND_PASSWORD,
    PASSWORD,
    USER,
    Pages,
    Request,
    Story,
    form,
    page,
    posts_to_aws,
    serving_stories,
    signed_in,
)

pytestmark = pytest.mark.browser

_, HIDDEN = NAME_AND_PASSWORD
OK = "OK? [y/N] "
ASKED = 'A page of the sign-in at 127.0.0.1 asks: "{}"'
KNOWN: dict[str, Any] = {
    "sign_in": Flow.SILENT,
    "username": USER,
    "password_command": ("echo", PASSWORD),
}
SHARED = "Is this your own computer?"


def at_submit(script: str, more: str = "") -> Pages:
    """Return a form whose script runs as it is submitted, with the event as `e`."""

    def pages(request: Request) -> str:
        if request.posted and request.is_right and request.form["more"] == more:
            return posts_to_aws()
        hidden = "<input type=hidden name=more>"
        body = form(FIELDS + hidden + BUTTON, more="id=f")
        return page("Sign in", f"{body}<script>f.onsubmit = e => {{ {script} }}</script>")

    return pages


def beside_a_frame_of_another_site(request: Request) -> str:
    if request.step:
        return page("Elsewhere", f"<script>confirm('{SHARED}')</script>")
    frame = "<iframe id=i></iframe><script>i.src = {}</script>"
    elsewhere = "location.href.replace('127.0.0.1', 'localhost') + 'inner'"
    return at_submit("")(request) + frame.format(elsewhere)


STORIES = {
    "frame": Story(beside_a_frame_of_another_site),
    "confirm": Story(at_submit(f"if (!confirm('{SHARED}')) e.preventDefault()")),
    "prompt": Story(at_submit("f.more.value = prompt('Your PIN?', '')", more="4711")),
    "while-typing": Story(
        lambda request: (
            at_submit("")(request)
            + f"<script>u.onchange = () => {{ if (!confirm('{SHARED}')) u.value = '' }}</script>"
        )
    ),
    "alert": Story(at_submit("alert('Your password runs out in 3 days.')")),
    "refuses": Story(
        at_submit(
            f"if (f.password.value != '{PASSWORD}') {{ e.preventDefault(); alert('No such user') }}"
        )
    ),
    "leaving": Story(at_submit("onbeforeunload = leaving => leaving.preventDefault()")),
    "at-once": Story(
        lambda request: (
            at_submit("")(request)
            + ("" if request.posted else "<script>confirm('Install our app?')</script>")
        )
    ),
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


@dataclass
class Person:
    """A person who signs in at the stories."""

    browser: WatchedBrowser
    address: Callable[[str], str]
    prompt: FakePrompt = field(default_factory=FakePrompt)

    def gets_through(self, story: str, *answers: str) -> bool:
        self.prompt.answers = list(answers)
        return signed_in(self.address(story), self.browser, self.prompt) == "QUJD"


@pytest.fixture(params=["chromium", "fox"])
def person(request: pytest.FixtureRequest, address: Callable[[str], str]) -> Person:
    return Person(request.getfixturevalue(request.param), address)


def test_what_a_page_asks_in_a_dialog_is_asked_in_its_words(person: Person) -> None:
    assert person.gets_through("confirm", USER, PASSWORD, "y")
    assert person.prompt.screens[-1] == [ASKED.format(SHARED), OK]


def test_a_dialog_about_a_field_is_asked_once_and_the_form_filled_in_further(
    person: Person,
) -> None:
    assert person.gets_through("while-typing", USER, PASSWORD, "y")
    assert person.prompt.asked == [*NAME_AND_PASSWORD, OK]


def test_after_a_no_the_form_is_there_again_and_nothing_was_refused(person: Person) -> None:
    assert person.gets_through("confirm", USER, PASSWORD, "", PASSWORD, "y")
    assert person.prompt.asked == [*NAME_AND_PASSWORD, OK, HIDDEN, OK]
    assert not [line for line in person.prompt.shown if "asks again" in line or "says" in line]


def test_a_text_that_a_dialog_asks_for_is_typed_and_a_pin_does_not_show(person: Person) -> None:
    assert person.gets_through("prompt", USER, PASSWORD, "4711")
    assert person.prompt.asked[2:] == ["Answer: (hidden)"]


@pytest.mark.parametrize("story", ["alert", "leaving"])
def test_what_asks_nothing_needs_no_answer(story: str, person: Person) -> None:
    assert person.gets_through(story, USER, PASSWORD)


def test_a_dialog_of_another_sites_frame_is_blocked_in_chromium(
    chromium: WatchedBrowser, address: Callable[[str], str]
) -> None:
    person = Person(chromium, address)
    assert person.gets_through("frame", USER, PASSWORD)
    assert person.prompt.asked == NAME_AND_PASSWORD


def test_a_refusal_in_a_dialog_is_told_in_its_words(person: Person) -> None:
    assert person.gets_through("refuses", USER, "wrong", "", PASSWORD)
    assert '127.0.0.1 says: "No such user."' in person.prompt.shown


def test_silently_a_dialog_about_what_was_submitted_gets_no_answer(
    chromium: WatchedBrowser, address: Callable[[str], str]
) -> None:
    with pytest.raises(SignInRequired) as raised:
        signed_in(address("confirm"), chromium, FakePrompt(), **KNOWN)
    chromium.driver.switch_to.alert.dismiss()
    assert str(raised.value) == ASKED.format(SHARED)


def test_silently_a_dialog_before_the_form_gets_a_no(
    chromium: WatchedBrowser, address: Callable[[str], str]
) -> None:
    assert signed_in(address("at-once"), chromium, FakePrompt(), **KNOWN) == "QUJD"
