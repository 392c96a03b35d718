"""From a watched browser to the SAMLResponse: silently, from the terminal, in a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aws_saml_ext.config.settings import SignInWay
from aws_saml_ext.errors import (
    BrowserError,
    ConfigError,
    IdentityProviderRefused,
    IdentityProviderUnreachable,
    SamlLoginError,
    SignInRequired,
    Stopped,
    TimedOut,
)
from tests.samples import SETTINGS
from tests.scripted_browser import (
    POSTED,
    Scene,
    Shown,
    Unreachable,
    page,
    scene,
)

ADDRESS = SETTINGS.idp_url
FORM = page("english-one-page")
PUZZLE = page("english-captcha")
WAITING = "Waiting for you in the browser window…"


def run(of: Scene, **settings: Any) -> str:
    wanted = replace(SETTINGS, timeout=timedelta(seconds=600), **settings)
    with of.capture(wanted) as captured:
        of.events.append("captured")
        return captured.saml_response


def failing(of: Scene, error: type[SamlLoginError], **settings: Any) -> SamlLoginError:
    with pytest.raises(error) as caught:
        run(of, **settings)
    return caught.value


# ---- silently ----


@pytest.mark.parametrize("way", [SignInWay.AUTO, SignInWay.SILENT, SignInWay.TERMINAL])
def test_a_kept_session_needs_nobody_and_no_window(way: SignInWay) -> None:
    of = scene(Shown(page("posts-by-itself"), 0.5), POSTED, display=True)
    assert run(of, sign_in=way) == POSTED.saml_response
    assert of.browser.opened == [ADDRESS]
    assert (of.prompt.asked, of.prompt.told) == ([], [])
    assert of.events == ["profile taken", "headless", "captured", "ended", "profile left"]


def test_the_silent_way_asks_nobody_and_ends_at_once_when_the_page_does() -> None:
    of = scene(FORM, display=True)
    error = failing(of, SignInRequired, sign_in=SignInWay.SILENT, username="jane")
    assert "idp.example.com ('Sign in to Example')" in str(error)
    assert error.hint == "aws saml-login --profile dev --sign-in auto"
    assert of.browser.typed == []
    assert of.seconds < 3


def test_the_silent_way_says_of_a_page_that_is_stuck_that_it_does_not_go_on() -> None:
    error = failing(scene(page("loading")), SignInRequired, sign_in=SignInWay.SILENT)
    assert "does not go on." in str(error)


def test_the_silent_way_waits_for_a_page_that_draws_a_form_and_goes_on() -> None:
    of = scene(Shown(page("german-first-of-two"), 0.3), POSTED)
    assert run(of, sign_in=SignInWay.SILENT) == POSTED.saml_response


# ---- from the terminal ----


def test_username_and_password_are_asked_and_typed_in_the_same_browser() -> None:
    of = scene(FORM, POSTED, answers=["jane", "secret"], display=True)
    assert run(of) == POSTED.saml_response
    assert of.prompt.asked == ["Username or email: ", "Password: (hidden)"]
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]
    assert of.browser.pressed == ["Sign In"]
    assert of.events.count("window") == 0


def test_a_complete_form_is_answered_at_the_first_look() -> None:
    of = scene(FORM, POSTED, answers=["jane", "secret"])
    run(of)
    assert of.seconds <= 0.1


def test_two_pages_are_answered_one_after_the_other() -> None:
    first, second = page("german-first-of-two"), page("german-second-of-two")
    of = scene(first, second, POSTED, answers=["jane@example.com", "geheim"])
    run(of)
    assert of.prompt.asked == ["Geben Sie Ihre E-Mail-Adresse ein: ", "Kennwort: (hidden)"]
    assert [text for _, text in of.browser.typed] == ["jane@example.com", "geheim"]


def test_a_form_that_is_drawn_in_steps_is_answered_when_it_is_whole() -> None:
    whole = page("english-one-page")
    half = replace(whole, fields=whole.fields[:1])
    of = scene(
        Shown(half, 0.4), Shown(whole, same_document=True), POSTED, answers=["jane", "secret"]
    )
    run(of)
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]


def test_a_form_is_answered_when_a_script_has_written_the_words_beside_its_fields() -> None:
    mute = replace(FORM, fields=tuple(replace(field, label="") for field in FORM.fields))
    of = scene(
        Shown(mute, 0.3), Shown(FORM, same_document=True), POSTED, answers=["jane", "secret"]
    )
    run(of)
    assert of.prompt.asked == ["Username or email: ", "Password: (hidden)"]


def test_a_form_that_comes_late_is_waited_for() -> None:
    of = scene(Shown(page("loading"), 5.0), FORM, POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response


LOADING = {"state": "loading"}
"""As of a page that waits for a script, which never comes."""


def test_a_form_that_rests_is_answered_though_its_page_is_still_being_loaded() -> None:
    of = scene(page("english-one-page", **LOADING), POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response
    assert of.seconds < 3


FILLED = replace(FORM, fields=tuple(replace(field, filled=True) for field in FORM.fields))


def test_a_page_that_is_still_at_work_on_what_was_typed_is_not_answered_twice() -> None:
    at_work = Shown(FILLED, 10.0, same_document=True)
    of = scene(FORM, at_work, POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response
    assert len(of.browser.typed) == 2


def test_a_page_that_empties_its_form_before_it_goes_on_is_not_answered_twice() -> None:
    emptied = Shown(FORM, 0.7, same_document=True)
    of = scene(FORM, emptied, POSTED, answers=["jane", "secret"])
    assert run(of) == POSTED.saml_response
    assert len(of.browser.typed) == 2


def test_a_page_that_does_nothing_with_what_was_typed_goes_on_in_a_window() -> None:
    stays = Shown(FILLED, same_document=True)
    of = scene(FORM, stays, then=[POSTED], answers=["jane", "secret"], display=True)
    assert run(of) == POSTED.saml_response
    assert "idp.example.com ('Sign in to Example') does not go on." in of.prompt.told[0]
    assert of.seconds < 30


def test_a_page_that_changed_meanwhile_is_answered_anew_without_asking_again() -> None:
    of = scene(Shown(FORM, slips=True), FORM, POSTED, answers=["jane", "secret"])
    run(of)
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]


def test_a_password_is_not_typed_into_another_origin_than_the_one_that_asked() -> None:
    other = replace(FORM, origins=("https://evil.example.com",), groups=())
    of = scene(FORM, replace(other, groups=FORM.groups), answers=["jane", "secret"])

    def navigate() -> str:
        of.browser.go_on()
        return "secret"

    of.prompt.answers[1] = navigate
    failing(of, Stopped)  # the input ends when the other one asks
    assert of.prompt.asked[2:] == ["Password: (hidden)"]
    assert of.prompt.shown == ["evil.example.com asks:"]
    assert of.browser.typed == []


def test_an_answer_that_arrives_while_the_person_is_asked_is_taken() -> None:
    of = scene(FORM, POSTED, answers=["jane"])

    def signed_in_elsewhere() -> str:
        of.browser.go_on()
        return "secret"

    of.prompt.answers.append(signed_in_elsewhere)
    assert run(of) == POSTED.saml_response
    assert of.browser.typed == []


def test_enter_at_an_empty_prompt_opens_a_window() -> None:
    of = scene(FORM, then=[POSTED], answers=[""], display=True)
    assert run(of) == POSTED.saml_response
    assert of.events[1:4] == ["headless", "ended", "window"]


def test_enter_at_an_empty_prompt_asks_again_where_there_is_no_display() -> None:
    of = scene(FORM, POSTED, answers=["", "jane", "", "secret"])
    assert run(of) == POSTED.saml_response
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]


def test_the_end_of_the_input_stops_it() -> None:
    failing(scene(FORM, display=True), Stopped)


def test_nobody_at_the_terminal_and_no_display_is_told_the_option() -> None:
    error = failing(scene(FORM, somebody=False), SignInRequired)
    assert error.hint == "Answer it with --username NAME."


def test_nobody_at_the_terminal_but_a_display_opens_a_window() -> None:
    of = scene(FORM, then=[POSTED], somebody=False, display=True)
    assert run(of) == POSTED.saml_response
    assert "which cannot be answered here" in of.prompt.told[0]


# ---- the identity provider says no ----


def test_a_page_that_only_says_no_ends_it_in_its_words_within_seconds() -> None:
    of = scene(FORM, page("french-locked"), answers=["jane", "secret"], display=True)
    error = failing(of, IdentityProviderRefused)
    assert "idp.example.com did not sign you in: Connexion impossible." in str(error)
    assert (error.exit_status, error.hint) == (254, "aws saml-login --profile dev --use-browser")
    assert of.seconds < 5


def test_a_page_that_says_no_and_is_loaded_for_ever_ends_it_too() -> None:
    error = failing(scene(page("french-locked", **LOADING)), IdentityProviderRefused)
    assert "Connexion impossible." in str(error)


def test_a_page_that_says_no_for_a_moment_only_is_waited_for() -> None:
    of = scene(Shown(page("spanish-forbidden"), 1.0), POSTED)
    assert run(of) == POSTED.saml_response


# ---- in a window ----


def test_more_than_a_terminal_can_do_goes_on_in_a_window_at_the_same_page() -> None:
    of = scene(FORM, PUZZLE, then=[Shown(PUZZLE, 3.0), POSTED], answers=["jane", "x"], display=True)
    assert run(of) == POSTED.saml_response
    assert of.events[1:4] == ["headless", "ended", "window"]
    assert of.browser.opened == [PUZZLE.address]
    asks = "idp.example.com ('Sign in') asks for what stands in a picture."
    assert of.prompt.told == [f"{asks} The sign-in continues in a browser window.", WAITING]


def test_a_page_that_cannot_be_opened_a_second_time_is_left_for_the_start() -> None:
    of = scene(PUZZLE, then=[Shown(page("spanish-forbidden"), 4.0), POSTED], display=True)
    assert run(of) == POSTED.saml_response
    assert of.browser.opened == [PUZZLE.address, ADDRESS]


@pytest.mark.parametrize("name", ["english-captcha", "english-security-key", "loading"])
@pytest.mark.parametrize(("way", "display"), [(SignInWay.AUTO, False), (SignInWay.TERMINAL, True)])
def test_without_a_window_it_ends_within_30_seconds_with_what_was_seen(
    name: str, way: SignInWay, display: bool
) -> None:
    of = scene(page(name), display=display)
    error = failing(of, SignInRequired, sign_in=way)
    assert f"idp.example.com ({page(name).title!r})" in str(error)
    assert error.hint == "aws saml-login --profile dev --use-browser"
    assert of.seconds < 30


@pytest.mark.parametrize("name", ["loading", "goes-on-by-itself", "english-security-key"])
def test_a_page_that_is_loaded_for_ever_ends_as_one_that_is_there(name: str) -> None:
    of = scene(page(name, **LOADING))
    error = failing(of, SignInRequired)
    assert "idp.example.com" in str(error)
    assert error.hint == "aws saml-login --profile dev --use-browser"
    assert of.seconds < 25  # of 30, the browser needs some to start


def test_a_page_that_is_loaded_for_ever_goes_on_in_a_window() -> None:
    stuck = page("loading", **LOADING)
    of = scene(stuck, then=[Shown(stuck, 40.0), POSTED], display=True)
    assert run(of) == POSTED.saml_response
    assert "does not go on. The sign-in continues in a browser window." in of.prompt.told[0]
    assert of.prompt.told[1:] == [WAITING]


def test_a_form_that_is_submitted_and_then_loaded_for_ever_does_not_go_on() -> None:
    stays = Shown(replace(FILLED, state="loading"), same_document=True)
    of = scene(FORM, stays, answers=["jane", "secret"])
    assert "does not go on." in str(failing(of, SignInRequired))
    assert of.seconds < 25


def test_the_window_way_opens_one_from_the_start_and_asks_nothing_at_the_terminal() -> None:
    of = scene(Shown(FORM, 60.0), POSTED, display=True)
    assert run(of, sign_in=SignInWay.WINDOW, username="jane") == POSTED.saml_response
    assert of.events[1] == "window"
    assert (of.prompt.told, of.prompt.asked, of.browser.typed) == ([WAITING], [], [])


@pytest.mark.parametrize("wanted", [{"sign_in": SignInWay.WINDOW}, {"show_browser": True}])
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
    failing(of, Stopped, sign_in=SignInWay.WINDOW)
    assert of.events[-2:] == ["ended", "profile left"]


# ---- what the browser refuses ----


@pytest.mark.parametrize("way", [SignInWay.AUTO, SignInWay.WINDOW, SignInWay.SILENT])
def test_a_bad_certificate_ends_it_and_nothing_is_asked_or_typed(way: SignInWay) -> None:
    bad = Unreachable("ERR_CERT_DATE_INVALID", "https://login.example.com/x")
    of = scene(bad, answers=["jane"], display=True)
    error = failing(of, BrowserError, sign_in=way)
    assert "The certificate of login.example.com is not trusted (ERR_CERT_DATE_INVALID)" in str(
        error
    )
    assert (of.prompt.asked, of.seconds < 2) == ([], True)


@pytest.mark.parametrize("way", [SignInWay.AUTO, SignInWay.WINDOW])
def test_an_identity_provider_that_is_down_is_named(way: SignInWay) -> None:
    of = scene(Unreachable("ERR_CONNECTION_REFUSED"), display=True)
    error = failing(of, IdentityProviderUnreachable, sign_in=way)
    assert "idp.example.com: ERR_CONNECTION_REFUSED" in str(error)
    assert error.exit_status == 255


@pytest.mark.parametrize(
    "changed",
    [
        {"origins": ("http://idp.example.com",)},
        {"groups": (replace(FORM.groups[0], action="http://idp.example.com"),)},
    ],
)
def test_nothing_is_asked_for_or_typed_where_it_would_travel_over_http(changed: Any) -> None:
    of = scene(replace(FORM, **changed), answers=["jane", "secret"])
    error = failing(of, ConfigError, username="jane")
    assert "idp.example.com asks for a sign-in over http" in str(error)
    assert (of.prompt.asked, of.browser.typed) == ([], [])


def test_http_on_loopback_is_typed_into() -> None:
    here = replace(FORM, origins=("http://127.0.0.1:8080",), groups=FORM.groups)
    of = scene(here, POSTED, answers=["jane", "secret"])
    assert run(of, idp_url="http://127.0.0.1:8080/aws") == POSTED.saml_response


# ---- time ----


def test_a_page_that_reloads_for_ever_ends_with_the_time() -> None:
    of = scene(*[Shown(page("portuguese-redirecting"), 1.0)] * 700, display=True)
    error = failing(of, TimedOut)
    assert "took longer than 600 seconds" in str(error)
    assert 600 <= of.seconds < 601


UNANSWERED = Unreachable("")
"""A browser that waits for a server: there is no page, and no reason why."""


def test_an_identity_provider_that_never_answers_ends_with_the_time() -> None:
    error = failing(scene(UNANSWERED, display=True), TimedOut)
    assert "idp.example.com" in str(error)


@pytest.mark.parametrize("way", [SignInWay.AUTO, SignInWay.SILENT])
def test_an_identity_provider_that_sends_no_page_is_not_waited_for_to_the_end(
    way: SignInWay,
) -> None:
    of = scene(page("blank", address="about:blank"))
    error = failing(of, SignInRequired, sign_in=way)
    assert "idp.example.com sends no page to sign in on" in str(error)
    assert of.seconds < 70


def test_a_person_who_does_nothing_in_the_window_ends_with_the_time() -> None:
    of = scene(FORM, display=True)
    failing(of, TimedOut, sign_in=SignInWay.WINDOW)
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
        of.clock.now += 600
        raise TimedOut("The question was not answered in time.")

    of = scene(FORM, answers=[nobody], display=True)
    error = failing(of, TimedOut)
    assert "The sign-in at idp.example.com took longer than 600 seconds" in str(error)
    assert "idp.example.com ('Sign in to Example')" in str(error)
    assert of.prompt.seconds == [pytest.approx(600, abs=1)]


def test_an_answer_that_comes_too_late_is_not_typed() -> None:
    def late() -> str:  # where a terminal cannot stop waiting, as on Windows
        of.clock.now += 600
        return "secret"

    of = scene(FORM, POSTED, answers=["jane", late])
    failing(of, TimedOut)
    assert of.browser.typed == []


# ---- once more ----


def test_another_response_is_had_silently_from_the_same_browser() -> None:
    of = scene(POSTED, Shown(page("posts-by-itself"), 0.5), replace(POSTED, saml_response="WFla"))
    with of.capture(SETTINGS) as captured:
        of.clock.now += 3600  # the person read the list of roles
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
