"""The window flow, and sign-ins that continue in a window."""

from __future__ import annotations

from typing import Any

import pytest

from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import IdentityProviderUnreachable, SignInRequired, Stopped, TimedOut
from tests.samples import SETTINGS
from tests.scripted_browser import POSTED, Shown, Unreachable, failing, page, run, scene

ADDRESS = SETTINGS.idp_url
FORM = page("english-one-page")
PUZZLE = page("english-captcha")
WAITING = "Waiting for you in the browser window…"
LOADING = {"state": "loading"}
"""As of a page that waits for a script, which never comes."""


def test_more_than_a_terminal_can_do_continues_in_a_window_at_the_same_page() -> None:
    of = scene(FORM, PUZZLE, then=[Shown(PUZZLE, 3.0), POSTED], answers=["jane", "x"], display=True)
    assert run(of) == POSTED.saml_response
    assert of.events[1:4] == ["headless", "ended", "window"]
    assert of.browser.opened == [PUZZLE.address]
    asks = 'idp.example.com ("Sign in") asks for the text in a picture.'
    assert of.prompt.notified == [f"{asks} The sign-in continues in a browser window.", WAITING]


def test_a_page_that_cannot_be_opened_a_second_time_is_left_for_the_start() -> None:
    of = scene(PUZZLE, then=[Shown(page("spanish-forbidden"), 4.0), POSTED], display=True)
    assert run(of) == POSTED.saml_response
    assert of.browser.opened == [PUZZLE.address, ADDRESS]


@pytest.mark.parametrize("name", ["english-captcha", "english-security-key", "loading"])
@pytest.mark.parametrize(("way", "display"), [(Flow.AUTO, False), (Flow.TERMINAL, True)])
def test_without_a_window_it_ends_within_30_seconds_with_what_was_seen(
    name: str, way: Flow, display: bool
) -> None:
    of = scene(page(name), display=display)
    error = failing(of, SignInRequired, sign_in=way)
    assert f'idp.example.com ("{page(name).title}")' in str(error)
    assert error.hint == "aws saml-login --profile dev --use-browser"
    assert of.seconds < 30


def test_a_page_that_is_loaded_for_ever_continues_in_a_window() -> None:
    stuck = page("loading", **LOADING)
    of = scene(stuck, then=[Shown(stuck, 40.0), POSTED], display=True)
    assert run(of) == POSTED.saml_response
    assert "does not go on. The sign-in continues in a browser window." in of.prompt.notified[0]
    assert of.prompt.notified[1:] == [WAITING]


@pytest.mark.parametrize("reason", ["ERR_INTERNET_DISCONNECTED", "ERR_CERT_DATE_INVALID"])
def test_a_later_page_that_cannot_be_opened_is_left_to_the_person(reason: str) -> None:
    of = scene(Shown(FORM, 5.0), Unreachable(reason), display=True)
    error = failing(of, TimedOut, sign_in=Flow.WINDOW)
    assert "took longer" in str(error)


def test_a_page_that_the_window_cannot_open_again_is_left_for_the_start() -> None:
    gone = Unreachable("ERR_CONNECTION_RESET", PUZZLE.address)
    of = scene(PUZZLE, then=[gone], display=True)
    failing(of, IdentityProviderUnreachable)  # the start cannot be opened either
    assert of.browser.opened == [PUZZLE.address, ADDRESS]


def test_auto_says_in_one_line_why_a_window_opens() -> None:
    of = scene(page("english-security-key"), then=[POSTED], display=True)
    run(of)
    asks = f"{page('english-security-key').name} asks for a security key or a passkey."
    [line, *_] = of.prompt.notified
    assert line == f"{asks} The sign-in continues in a browser window."


def test_the_window_flow_opens_one_from_the_start_and_asks_nothing_at_the_terminal() -> None:
    of = scene(Shown(FORM, 60.0), POSTED, display=True)
    assert run(of, sign_in=Flow.WINDOW, username="jane") == POSTED.saml_response
    assert of.events[1] == "window"
    assert (of.prompt.notified, of.prompt.asked, of.browser.typed) == ([WAITING], [], [])


@pytest.mark.parametrize("wanted", [{"sign_in": Flow.WINDOW}, {"show_browser": True}])
def test_a_window_without_a_display_is_refused_before_a_browser_starts(wanted: Any) -> None:
    of = scene()
    error = failing(of, SignInRequired, **wanted)
    assert error.hint == "aws saml-login --profile dev --sign-in terminal"
    assert of.events == []


def test_a_browser_that_is_shown_is_answered_from_the_terminal_and_goes_on_itself() -> None:
    of = scene(FORM, Shown(PUZZLE, 5.0), POSTED, answers=["jane", "secret"], display=True)
    assert run(of, show_browser=True) == POSTED.saml_response
    assert of.events[1:3] == ["window", "captured"]
    assert len(of.browser.typed) == 2


def test_a_closed_window_stops_it_and_the_browser_is_put_away() -> None:
    of = scene(Stopped("The browser window was closed."), display=True)
    failing(of, Stopped, sign_in=Flow.WINDOW)
    assert of.events[-2:] == ["ended", "profile left"]
