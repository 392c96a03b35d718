"""The silent flow: a kept session, and another SAMLResponse from the same browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderRefused,
    Refused,
    RoleNotOffered,
    SignInRequired,
    Stopped,
    StsRefused,
)
from tests.samples import SETTINGS
from tests.scripted_browser import POSTED, Scene, Shown, Unreachable, failing, page, run, scene

ADDRESS = SETTINGS.idp_url
FORM = page("english-one-page")


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.SILENT, Flow.TERMINAL])
def test_a_kept_session_needs_nobody_and_no_window(way: Flow) -> None:
    of = scene(Shown(page("posts-by-itself"), 0.5), POSTED, display=True)
    assert run(of, sign_in=way) == POSTED.saml_response
    assert of.browser.opened == [ADDRESS]
    assert (of.prompt.asked, of.prompt.notified) == ([], [])
    assert of.events == ["profile taken", "headless", "captured", "ended", "profile left"]


def test_the_silent_flow_asks_nobody_and_ends_at_once_when_the_page_does() -> None:
    of = scene(FORM, display=True)
    error = failing(of, SignInRequired, sign_in=Flow.SILENT, username="jane")
    assert 'idp.example.com ("Sign in to Example")' in str(error)
    assert error.hint == "aws saml-login --profile dev --sign-in auto"
    assert of.browser.typed == []
    assert of.seconds < 3


def test_the_silent_flow_says_of_a_page_that_is_stuck_that_it_does_not_go_on() -> None:
    error = failing(scene(page("loading")), SignInRequired, sign_in=Flow.SILENT)
    assert "does not go on." in str(error)


def test_the_silent_flow_waits_for_a_page_that_draws_a_form_and_goes_on() -> None:
    of = scene(Shown(page("german-first-of-two"), 0.3), POSTED)
    assert run(of, sign_in=Flow.SILENT) == POSTED.saml_response


def test_the_silent_flow_fills_in_the_form_below_what_lies_over_it() -> None:
    of = scene(page("cookie-banner-over-it"), POSTED, passwords=["secret"])
    run(of, sign_in=Flow.SILENT, username="jane", password_command=("pass",))
    assert [text for _, text in of.browser.typed] == ["jane", "secret"]
    assert of.browser.pressed == ["Anmelden"]


def test_another_response_is_had_silently_from_the_same_browser() -> None:
    of = scene(POSTED, Shown(page("posts-by-itself"), 0.5), replace(POSTED, saml_response="WFla"))
    with of.capture(SETTINGS) as captured:
        of.clock.advance(3600)  # the person read the list of roles
        assert captured.again() == "WFla"
    assert of.browser.opened == [ADDRESS, ADDRESS]
    assert of.events.count("headless") == 1


def test_another_response_that_needs_a_person_is_not_had() -> None:
    of = scene(POSTED, FORM, answers=["jane"], display=True)
    with of.capture(SETTINGS) as captured, pytest.raises(SignInRequired):
        captured.again()
    assert of.prompt.asked == []


@pytest.mark.parametrize(
    "gone", [Stopped("Closed."), BrowserError("Died."), Unreachable("ERR_INTERNET_DISCONNECTED")]
)
def test_another_response_from_a_browser_that_is_gone_needs_a_new_sign_in(gone: Any) -> None:
    of = scene(POSTED, gone)
    with of.capture(SETTINGS) as captured, pytest.raises(SignInRequired, match="has expired"):
        captured.again()


def test_the_page_that_was_left_is_not_taken_for_the_next_one() -> None:
    signed_in = Shown(page("english-number-to-match"), 20.0)
    of = scene(POSTED, signed_in, POSTED)
    with of.capture(SETTINGS) as captured:
        of.browser.go_on()
        assert captured.again() == POSTED.saml_response


def test_the_response_does_not_show() -> None:
    of = scene(POSTED)
    with of.capture(SETTINGS) as captured:
        assert POSTED.saml_response not in repr(captured)


@pytest.fixture
def used_profile(tmp_path: Path) -> Path:
    """A browser profile that an earlier sign-in used."""
    (tmp_path / "Cookies").touch()
    return tmp_path


def refused_with(of: Scene, error: Refused, **settings: Any) -> Refused:
    """The refusal that leaves a sign-in whose assertion is refused with this one."""
    with pytest.raises(type(error)) as caught, of.capture(replace(SETTINGS, **settings)):
        raise error
    return caught.value


def test_a_refusal_through_a_kept_session_ends_with_the_command_for_somebody_else(
    used_profile: Path,
) -> None:
    of = scene(POSTED)
    of.folder = used_profile
    error = refused_with(of, RoleNotOffered("No role.", advice="Ask for one."))
    assert str(error) == (
        "No role.\n  Ask for one.\nThe kept session at idp.example.com signed you in without a "
        "question. Sign in as somebody else with --clean."
    )
    assert error.hint == "aws saml-login --profile dev --clean"


def test_a_page_that_refuses_a_kept_session_says_so(used_profile: Path) -> None:
    of = scene(page("french-locked"))
    of.folder = used_profile
    error = failing(of, IdentityProviderRefused)
    assert error.hint == "aws saml-login --profile dev --clean"


def test_a_refusal_after_questions_is_not_that_of_a_kept_session(used_profile: Path) -> None:
    of = scene(FORM, POSTED, answers=["jane", "secret"])
    of.folder = used_profile
    assert refused_with(of, StsRefused("No.", advice="Wait.")).hint == "Wait."


def test_a_refusal_of_somebody_who_used_the_window_is_not_that_of_a_kept_session(
    used_profile: Path,
) -> None:
    of = scene(POSTED, display=True)
    of.folder = used_profile
    error = refused_with(of, StsRefused("No.", advice="Wait."), sign_in=Flow.WINDOW)
    assert error.hint == "Wait."


def test_the_first_sign_in_has_no_kept_session() -> None:
    assert refused_with(scene(POSTED), StsRefused("No.", advice="Wait.")).hint == "Wait."
