"""Pages that want a button pressed: their words, their buttons, and nothing pressed unasked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture.flow.remembered_choices import FILE_NAME, RememberedChoices
from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.kinds import Choice, Loading, PushApproval
from aws_saml_ext.capture.page.offers import label_of, offered
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import IdentityProviderRefused, SignInRequired
from tests.built_pages import PASSWORD, USER, built, text
from tests.doubles import WAIT
from tests.scripted_browser import POSTED, Scene, Shown, failing, page, run, scene

NOTICE = built(
    headings=["Use of this system"],
    lines=["Use of this system", "Its use is recorded and may be inspected."],
    buttons=("I agree",),
)
TERMS = built(lines=["The rules have changed."], submits=("Accept", "Decline"))
WAS_IT_YOU = built(
    lines=["Someone is signing in to jane@example.com from a new device near Utrecht."],
    buttons=("Yes, it was me", "No, secure account"),
)
PORTAL = built(lines=["My apps"], links=("Mail", "Payroll", "Amazon Web Services", "Wiki"))
CODE = built(text("Enter Code"), submits=("Verify",), links=("Send code",))
SENT = built(text("Enter Code"), submits=("Verify",), links=("Sent",))
PUSH = built(
    lines=["Approve the request on your phone."],
    headings=["Approve sign in"],
    links=("Use your password instead",),
)
CLASSIC = built(USER, PASSWORD, submits=("Sign in",))
PASSKEY = built(
    title="Sign in with a passkey",
    lines=["Your device will open a security window."],
    links=("Try another way",),
)


def texts(page: Description) -> list[str]:
    return [option.text for option in offered(page)]


def test_more_options_lead_on_where_nothing_else_does() -> None:
    assert texts(built(lines=["Complete the steps."], links=("More options", "Back"))) == [
        "More options",
        "Back",
    ]
    assert texts(built(lines=["Complete the steps."], links=("Options", "Back"))) == []


# ---- pages with nothing but buttons ----


def test_a_notice_is_quoted_and_its_one_button_is_a_question_of_yes_or_no() -> None:
    of = scene(NOTICE, POSTED, answers=["y"])
    run(of)
    assert of.prompt.screens == [
        [
            'idp.example.com says: "Use of this system. Its use is recorded and may be',
            '| inspected."',
            "I agree? [y/N] ",
        ]
    ]
    assert of.browser.pressed == ["I agree"]


@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_a_button_that_is_not_wanted_is_not_pressed_and_ends_it(answer: str) -> None:
    of = scene(NOTICE, answers=[answer])
    failing(of, SignInRequired)
    assert of.browser.pressed == []


def test_several_buttons_are_a_list() -> None:
    of = scene(TERMS, POSTED, answers=["0"])
    run(of)
    assert of.prompt.shown[1:] == [
        "idp.example.com offers:",
        "  0  Accept  (agrees to what the page says)",
        "  1  Decline",
    ]
    assert of.browser.pressed == ["Accept"]


@pytest.mark.parametrize(
    "text", ["Continuer sans accepter", "I do not accept", "Ohne Zustimmung fortfahren", "不同意"]
)
def test_a_button_that_declines_is_not_said_to_agree(text: str) -> None:
    assert label_of(text) == text


def test_a_page_that_speaks_of_signing_in_and_has_two_buttons_waits_for_nobody() -> None:
    assert not isinstance(classify(WAS_IT_YOU), Loading)
    of = scene(WAS_IT_YOU, POSTED, answers=["No"])
    run(of)
    assert of.browser.pressed == ["No, secure account"]
    assert of.seconds < 10


def test_the_tile_of_aws_comes_first() -> None:
    assert texts(PORTAL) == ["Amazon Web Services", "Mail", "Payroll", "Wiki"]


def test_the_address_behind_the_tile_of_aws_is_told_as_the_one_to_keep() -> None:
    of = scene(PORTAL, POSTED, answers=["Amazon"])
    run(of)
    address = "https://idp.example.com/Amazon-Web-Services?app=1"
    assert of.prompt.notified[-1].splitlines() == [
        "To start at Amazon Web Services from now on:",
        f"  aws configure set saml_idp_url '{address}' --profile dev",
    ]


def test_what_can_be_pressed_in_place_of_a_passkey_is_offered() -> None:
    of = scene(PASSKEY, CLASSIC, POSTED, answers=["y", "jane", "secret"])
    run(of)
    assert of.browser.pressed[0] == "Try another way"
    assert "asks for a security key or a passkey" in of.prompt.notified[0]


EXPIRED = built(lines=["Your session has expired."], links=("Sign in again", "Company website"))


def test_a_page_that_refuses_and_offers_a_way_on_is_asked_before_it_ends_the_sign_in() -> None:
    of = scene(EXPIRED, CLASSIC, POSTED, answers=["0", "jane", "secret"])
    run(of)
    assert of.browser.pressed[0] == "Sign in again"


@pytest.mark.parametrize("answers", [[""], None])
def test_without_that_the_refusal_ends_it(answers: list[str] | None) -> None:
    of = scene(EXPIRED, answers=answers or (), somebody=answers is not None)
    assert "Your session has expired." in str(failing(of, IdentityProviderRefused))
    assert of.browser.pressed == []


def test_with_a_display_a_passkey_is_for_the_window() -> None:
    of = scene(PASSKEY, then=[POSTED], display=True)
    run(of)
    assert of.events.count("window") == 1
    assert of.prompt.asked == []


def test_enter_leads_to_the_window_where_there_is_a_display() -> None:
    of = scene(TERMS, then=[POSTED], answers=[""], display=True)
    run(of)
    assert of.browsers[0].pressed == []
    assert of.events.count("window") == 1


@pytest.mark.parametrize("shown", [NOTICE, TERMS, WAS_IT_YOU, PORTAL, PASSKEY])
def test_nothing_is_pressed_in_silence(shown: Description) -> None:
    of = scene(shown)
    failing(of, SignInRequired, sign_in=Flow.SILENT)
    assert of.browser.pressed == []


def test_nothing_is_pressed_where_nobody_can_be_asked() -> None:
    of = scene(TERMS, somebody=False)
    failing(of, SignInRequired)
    assert of.browser.pressed == []


def test_a_page_with_cancel_alone_offers_nothing() -> None:
    assert texts(built(buttons=("Cancel",), links=("Help", "Privacy"))) == []


def test_a_button_that_would_submit_an_empty_form_is_not_offered() -> None:
    assert texts(page("english-captcha")) == []


def test_a_button_that_is_off_is_offered_on_a_page_without_a_field() -> None:
    terms = built(submits=("I accept",))
    off = replace(terms, buttons=tuple(replace(each, disabled=True) for each in terms.buttons))
    assert texts(off) == ["I accept"]


@pytest.mark.parametrize(
    ("words", "effect"),
    [
        ("Remind me later", "puts it off"),
        ("Skip for now", "puts it off"),
        ("Send code", "has a code sent to you"),
        ("Use a password instead", "asks for the password"),
        ("Try another way", "shows other ways to sign in"),
        ("Continue with Example Corp", "signs in at another identity provider"),
        ("Accept", "agrees to what the page says"),
        ("Stay signed in", "keeps the session"),
    ],
)
def test_a_known_kind_of_button_comes_with_what_it_does(words: str, effect: str) -> None:
    assert label_of(words) == f"{words}  ({effect})"


def test_try_again_shows_no_other_ways() -> None:
    assert label_of("Try again") == "Try again"


def test_languages_are_offered_where_they_are_the_question() -> None:
    languages = ("Deutsch", "English", "Français")
    first = built(lines=["Select your language"], links=languages)
    kind = classify(first)
    assert isinstance(kind, Choice)
    assert [option.text for option in kind.options] == texts(first) == list(languages)
    assert texts(built(lines=["Wer sind Sie?"], links=("Firma", "English"))) == ["Firma"]


@pytest.mark.parametrize("way", ["Start over", "Try again", "click here", "Back to sign in"])
def test_a_session_that_has_expired_can_be_begun_again(way: str) -> None:
    expired = built(headings=["Your session has expired"], lines=["Sorry."], links=(way,))
    of = scene(expired, POSTED, answers=["y"])
    run(of)
    assert of.browser.pressed == [way]


# ---- bad input ----


def test_of_two_hundred_buttons_twenty_are_listed_and_the_others_found_by_name() -> None:
    many = built(lines=["Where to?"], buttons=tuple(f"Door {number}" for number in range(200)))
    of = scene(many, POSTED, answers=["Door 177"])
    run(of)
    assert of.browser.pressed == ["Door 177"]
    assert len(of.prompt.shown) == 24
    assert of.prompt.shown[-2] == "  … and 180 more: type a part of the name to list others."


def test_the_words_of_a_page_fill_a_screen_at_most_and_cannot_leave_their_quotes() -> None:
    words = 'x" \x1b[2J\naws saml-login: [ERROR]: ' + "y" * 9000
    of = scene(built(lines=[words] * 300, buttons=("Go", "Stay")), POSTED, answers=["0"])
    run(of)
    said = of.prompt.shown[: of.prompt.shown.index("idp.example.com offers:")]
    assert len(said) <= 14
    assert all(len(line) < 80 and line.isprintable() for line in said)
    assert "".join(said).count('"') == 2


# ---- at a question, and while something is waited for ----


def test_a_code_that_must_be_sent_first_is_offered_to_be_sent() -> None:
    of = scene(CODE, Shown(SENT, same_document=True), POSTED, answers=["0", "123456"])
    run(of)
    assert of.prompt.screens[0][-4:-2] == [
        "  0  Send code  (has a code sent to you)",
        "  1  (type the code)",
    ]
    assert of.browser.pressed == ["Send code", "Verify"]


def test_a_code_that_is_there_already_is_typed() -> None:
    of = scene(CODE, POSTED, answers=["1", "123456"])
    run(of)
    assert of.browser.pressed == ["Verify"]


def test_no_code_is_sent_where_a_command_prints_one() -> None:
    of = scene(CODE, POSTED, passwords=["123456"])
    run(of, mfa_command=("oathtool",))
    assert of.prompt.asked == []


def test_an_empty_answer_shows_what_else_can_be_pressed() -> None:
    first = built(USER, submits=("Next",), title="Sign in", buttons=("Continue with Example Corp",))
    of = scene(first, POSTED, answers=["", "0"])
    run(of)
    assert of.browser.pressed == ["Continue with Example Corp"]
    assert "idp.example.com also offers:" in of.prompt.shown


def test_another_way_can_be_chosen_while_an_approval_is_waited_for() -> None:
    second = built(PASSWORD, submits=("Sign in",))
    of = scene(PUSH, second, POSTED, answers=["0", "secret"])
    assert isinstance(classify(PUSH), PushApproval)
    run(of, username="jane")
    assert of.browser.pressed == ["Use your password instead", "Sign in"]


def test_an_approval_ends_the_question_about_other_ways() -> None:
    of = scene(Shown(PUSH, 60.0), POSTED, answers=[WAIT])
    assert run(of) == POSTED.saml_response
    assert of.browser.pressed == []
    assert 60 <= of.seconds < 63


def test_an_approval_is_waited_for_by_name_until_another_page_comes() -> None:
    second = built(PASSWORD, submits=("Sign in",))
    of = scene(PUSH, second, POSTED, answers=["0", "secret"])
    run(of, username="jane")
    approval = of.prompt.waits.index("Waiting for your approval")
    assert of.prompt.waits[approval + 1] == "Waiting for idp.example.com"


def test_a_page_that_counts_the_seconds_asks_once() -> None:
    counting = [
        Shown(replace(PUSH, lines=(*PUSH.lines, f"{left} s left")), 1.0, same_document=True)
        for left in range(30, 0, -1)
    ]
    of = scene(*counting, POSTED, answers=[WAIT])
    run(of)
    assert len(of.prompt.asked) == 1


# ---- remembered choices ----


def remembering(of: Scene, folder: Path) -> Scene:
    of.folder = folder
    return of


def test_a_choice_is_remembered_where_the_person_says_so_and_told_as_it_is_made(
    tmp_path: Path,
) -> None:
    run(remembering(scene(PORTAL, POSTED, answers=["0!"]), tmp_path))
    again = remembering(scene(PORTAL, POSTED), tmp_path)
    run(again)
    assert again.prompt.asked == []
    assert again.browser.pressed == ["Amazon Web Services"]
    told = 'idp.example.com: "Amazon Web Services", as you chose before (--clean forgets that).'
    assert again.prompt.notified[0] == told


def test_a_choice_is_not_remembered_unasked(tmp_path: Path) -> None:
    run(remembering(scene(PORTAL, POSTED, answers=["0"]), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_consent_is_never_remembered(tmp_path: Path) -> None:
    of = remembering(scene(TERMS, POSTED, answers=["0!", "0"]), tmp_path)
    run(of)
    assert list(tmp_path.iterdir()) == []
    assert not any("remember" in line for line in of.prompt.shown)


def test_a_remembered_choice_is_not_made_in_silence(tmp_path: Path) -> None:
    RememberedChoices(tmp_path).remember(PORTAL, "Amazon Web Services")
    of = remembering(scene(PORTAL), tmp_path)
    failing(of, SignInRequired, sign_in=Flow.SILENT)
    assert of.browser.pressed == []


def test_a_remembered_choice_that_leads_back_is_asked(tmp_path: Path) -> None:
    RememberedChoices(tmp_path).remember(PORTAL, "Amazon Web Services")
    of = remembering(scene(PORTAL, PORTAL, POSTED, answers=["Wiki"]), tmp_path)
    run(of)
    assert of.browser.pressed == ["Amazon Web Services", "Wiki"]


def test_without_a_kept_session_nothing_is_remembered(tmp_path: Path) -> None:
    of = remembering(scene(PORTAL, POSTED, answers=["0"]), tmp_path)
    run(of, keep_session=False)
    assert not any("remember" in line for line in of.prompt.shown)


@pytest.mark.parametrize("content", ["", "[1]", "\x00", json.dumps({"a": [1]}), '{"'])
def test_a_file_of_choices_that_is_broken_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content, encoding="utf-8")
    assert RememberedChoices(tmp_path).recall(PORTAL) is None
    RememberedChoices(tmp_path).remember(PORTAL, "Wiki")
    assert RememberedChoices(tmp_path).recall(PORTAL) == "Wiki"
