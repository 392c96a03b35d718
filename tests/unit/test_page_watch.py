"""Watching a browser: pages it cannot open, and the deadline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import (
    BrowserError,
    IdentityProviderRefused,
    IdentityProviderUnreachable,
    SignInRequired,
    TimedOut,
)
from tests.scripted_browser import POSTED, Shown, Unreachable, failing, page, scene

FORM = page("english-one-page")
UNANSWERED = Unreachable("")
"""A browser that waits for a server: there is no page, and no reason why."""


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.WINDOW, Flow.SILENT])
def test_a_bad_certificate_ends_it_and_nothing_is_asked_or_typed(way: Flow) -> None:
    bad = Unreachable("ERR_CERT_DATE_INVALID", "https://login.example.com/x")
    of = scene(bad, answers=["jane"], display=True)
    error = failing(of, BrowserError, sign_in=way)
    assert "The certificate of login.example.com is not trusted (ERR_CERT_DATE_INVALID)" in str(
        error
    )
    assert (of.prompt.asked, of.seconds < 2) == ([], True)


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.WINDOW])
def test_an_identity_provider_that_is_down_is_named(way: Flow) -> None:
    of = scene(Unreachable("ERR_CONNECTION_REFUSED"), display=True)
    error = failing(of, IdentityProviderUnreachable, sign_in=way)
    assert "idp.example.com: ERR_CONNECTION_REFUSED" in str(error)
    assert error.exit_status == 255


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.WINDOW, Flow.SILENT])
def test_an_answer_without_a_page_is_told_at_once_with_its_status(way: Flow) -> None:
    of = scene(Unreachable("", status=404), display=True)
    error = failing(of, IdentityProviderRefused, sign_in=way)
    assert "idp.example.com did not sign you in: it answered with HTTP status 404" in str(error)
    assert error.hint == "Check saml_idp_url: there is no page at that address."
    assert (error.exit_status, of.seconds < 3) == (254, True)


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.WINDOW, Flow.SILENT])
def test_a_server_that_fails_without_a_page_is_unreachable_at_once(way: Flow) -> None:
    of = scene(Unreachable("", status=503), display=True)
    error = failing(of, IdentityProviderUnreachable, sign_in=way)
    assert str(error) == "idp.example.com answered with HTTP status 503."
    assert (error.exit_status, of.seconds < 3) == (255, True)


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.TERMINAL, Flow.SILENT])
@pytest.mark.parametrize("line", ["Maintenance.", "Access denied.", "Please wait."])
def test_a_server_that_fails_with_a_page_is_unreachable_in_its_words(way: Flow, line: str) -> None:
    of = scene(replace(page("english-server-error"), status=502, lines=(line,)))
    error = failing(of, IdentityProviderUnreachable, sign_in=way)
    assert str(error) == f'idp.example.com answered with HTTP status 502. It says: "{line}"'
    assert of.seconds < 5


def test_a_page_about_a_wrong_address_advises_another_address() -> None:
    of = scene(replace(page("french-locked"), status=404))
    error = failing(of, IdentityProviderRefused)
    assert error.hint == "Check saml_idp_url: there is no page at that address."


def test_a_page_that_only_refuses_does_not_advise_the_same_again() -> None:
    error = failing(scene(page("french-locked")), IdentityProviderRefused)
    advice = "Do what the page says, or ask the administrator of the identity provider."
    assert error.hint == advice


def test_a_server_that_fails_with_an_empty_page_is_unreachable() -> None:
    """Firefox shows one where Chromium has a page of its own."""
    of = scene(replace(page("blank"), status=503))
    error = failing(of, IdentityProviderUnreachable, sign_in=Flow.SILENT)
    assert str(error) == "idp.example.com answered with HTTP status 503."
    assert of.seconds < 5


def test_errors_name_the_places_of_the_settings_to_look_at() -> None:
    places = (("saml_idp_url", "AWS_SAML_IDP_URL"), ("saml_timeout", "saml_timeout of profile dev"))
    error = failing(
        scene(Unreachable("ERR_NAME_NOT_RESOLVED")), IdentityProviderUnreachable, places=places
    )
    assert error.hint == "Check the network, a VPN, and AWS_SAML_IDP_URL."
    error = failing(scene(UNANSWERED), TimedOut, places=places)
    assert "took longer than 600 seconds (saml_timeout of profile dev)." in str(error)


def test_a_page_that_reloads_for_ever_ends_with_the_time() -> None:
    of = scene(*[Shown(page("portuguese-redirecting"), 1.0)] * 700, display=True)
    error = failing(of, TimedOut)
    assert "took longer than 600 seconds" in str(error)
    assert 600 <= of.seconds < 601


def test_an_identity_provider_that_never_answers_ends_with_the_time() -> None:
    error = failing(scene(UNANSWERED, display=True), TimedOut)
    assert "idp.example.com" in str(error)


@pytest.mark.parametrize("way", [Flow.AUTO, Flow.SILENT])
def test_an_identity_provider_that_sends_no_page_is_not_waited_for_to_the_end(
    way: Flow,
) -> None:
    of = scene(page("blank", address="about:blank"))
    error = failing(of, SignInRequired, sign_in=way)
    assert "idp.example.com sends no page to sign in on" in str(error)
    assert of.seconds < 70


def test_a_person_who_does_nothing_in_the_window_ends_with_the_time() -> None:
    of = scene(FORM, display=True)
    failing(of, TimedOut, sign_in=Flow.WINDOW)
    assert 600 <= of.seconds < 602


def test_the_wait_for_the_browser_profile_is_a_part_of_the_time() -> None:
    of = scene(UNANSWERED)
    of.profile_wait = 30
    failing(of, TimedOut)
    assert 600 <= of.seconds < 601
    assert of.start_waits == [570]


def test_a_browser_that_does_not_start_in_what_is_left_ends_with_the_time() -> None:
    of = scene(FORM)
    of.start_failure = 600
    assert "took longer than 600 seconds" in str(failing(of, TimedOut))


def test_a_browser_that_does_not_start_is_told_while_there_is_time() -> None:
    of = scene(FORM)
    of.start_failure = 60
    failing(of, BrowserError)


def test_a_question_that_nobody_answers_ends_with_the_time() -> None:
    def nobody() -> str:
        of.clock.advance(600)
        raise TimedOut("The question was not answered in time.")

    of = scene(FORM, answers=[nobody], display=True)
    error = failing(of, TimedOut)
    assert "The sign-in at idp.example.com took longer than 600 seconds" in str(error)
    assert 'idp.example.com ("Sign in to Example")' in str(error)
    assert of.prompt.seconds == [pytest.approx(600, abs=1)]


def test_an_answer_that_comes_too_late_is_not_typed() -> None:
    def late() -> str:  # where a terminal cannot stop waiting, as on Windows
        of.clock.advance(600)
        return "secret"

    of = scene(FORM, POSTED, answers=["jane", late])
    failing(of, TimedOut)
    assert of.browser.typed == []
