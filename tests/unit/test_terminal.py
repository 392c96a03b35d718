"""The terminal flow: questions instead of a window."""

from __future__ import annotations

from dataclasses import replace

from aws_saml_ext.errors import IdentityProviderRefused, SignInRequired, Stopped
from tests.scripted_browser import POSTED, Shown, failing, page, run, scene

FORM = page("english-one-page")


def test_username_and_password_are_asked_and_typed_in_the_same_browser() -> None:
    of = scene(FORM, POSTED, answers=["jane", "secret"], display=True)
    assert run(of) == POSTED.saml_response
    assert of.prompt.asked == ["Username or email: ", "Password: (hidden)"]
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]
    assert of.browser.pressed == ["Sign In"]
    assert of.events.count("window") == 0


def test_two_pages_are_answered_one_after_the_other() -> None:
    first, second = page("german-first-of-two"), page("german-second-of-two")
    of = scene(first, second, POSTED, answers=["jane@example.com", "geheim"])
    run(of)
    assert of.prompt.asked == ["Geben Sie Ihre E-Mail-Adresse ein: ", "Kennwort: (hidden)"]
    assert [text for _, text in of.browser.typed] == ["jane@example.com", "geheim"]


def test_a_page_that_changed_meanwhile_is_answered_anew_without_asking_again() -> None:
    of = scene(Shown(FORM, slips=True), FORM, POSTED, answers=["jane", "secret"])
    run(of)
    assert of.browser.typed == [("Username or email", "jane"), ("Password", "secret")]


def test_what_lies_over_a_form_is_asked_about_before_the_form() -> None:
    of = scene(page("cookie-banner-over-it"), FORM, POSTED, answers=["1", "jane", "secret"])
    run(of)
    assert of.prompt.shown[:4] == [
        "This lies over the form. To leave it there, press Enter.",
        'idp.example.com says: "Wir verwenden Cookies, um unsere Dienste zu verbessern."',
        "  0  Alle akzeptieren  (agrees to what the page says)",
        "  1  Ablehnen",
    ]
    assert of.prompt.asked[0] == "Choose (number or part of the name): "
    assert of.browser.pressed == ["Ablehnen", "Sign In"]


def test_what_lies_over_a_form_can_be_left_there() -> None:
    of = scene(page("cookie-banner-over-it"), POSTED, answers=["", "jane", "secret"])
    run(of)
    assert of.prompt.asked[0] == "Choose (number or part of the name): "
    assert [text for _, text in of.browser.typed] == ["jane", "secret"]


def test_what_comes_back_over_a_form_is_left_there_the_third_time() -> None:
    over = page("cookie-banner-over-it")
    of = scene(over, over, over, POSTED, answers=["1", "1", "jane", "secret"])
    run(of)
    assert of.browser.pressed[:2] == ["Ablehnen", "Ablehnen"]
    assert [text for _, text in of.browser.typed] == ["jane", "secret"]


def test_a_field_that_takes_no_keys_ends_the_sign_in_with_what_lies_over_it() -> None:
    of = scene(Shown(FORM, over="Session recording"), answers=["jane", "secret"])
    error = failing(of, SignInRequired)
    words = 'shows something over "Username or email". It says: "Session recording"'
    assert words in str(error)
    assert of.seconds < 3


def test_a_page_that_changes_each_time_it_is_filled_in_ends_the_sign_in_within_seconds() -> None:
    redrawn = Shown(FORM, slips=True, same_document=True)
    of = scene(redrawn, redrawn, redrawn, answers=["jane", "secret"])
    assert "changes each time it is filled in." in str(failing(of, SignInRequired))
    assert of.seconds < 3


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
    assert "there is no terminal for questions" in of.prompt.notified[0]


def test_a_page_that_only_says_no_ends_it_in_its_words_within_seconds() -> None:
    of = scene(FORM, page("french-locked"), answers=["jane", "secret"], display=True)
    error = failing(of, IdentityProviderRefused)
    assert 'idp.example.com says: "Connexion impossible. Votre' in str(error)
    assert (error.exit_status, error.hint) == (254, "aws saml-login --profile dev --use-browser")
    assert of.seconds < 5
