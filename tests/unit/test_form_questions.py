"""Forms that ask for more than username, password and code, and secrets beyond doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.page.kinds import SeveralForms, SignInForm
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import IdentityProviderRefused, SignInRequired
from tests.built_pages import PASSWORD, USER, box, built, circle, one_of, text
from tests.scripted_browser import POSTED, Scene, Shown, failing, page, run, scene

SIGN_IN = ("Sign in",)
COMPANY = built(text("Company ID"), USER, PASSWORD, submits=SIGN_IN)
DOMAINS = ("AMER", "EMEA", "APAC")
DOMAIN = built(USER, PASSWORD, one_of("Domain", *DOMAINS), submits=SIGN_IN)
PRESET = built(USER, PASSWORD, one_of("Domain", *DOMAINS, chosen=0), submits=SIGN_IN)
DEVICES = built(
    circle("Old phone", chosen=True), circle("New phone"), text("One-time code"), submits=SIGN_IN
)
BOX = built(USER, PASSWORD, box("I accept the terms of use", required=True), submits=SIGN_IN)
QUESTION = built(text("What was the name of your first dog?"), submits=("Verify",))
CLASSIC = built(USER, PASSWORD, submits=SIGN_IN)


def typed(of: Scene) -> list[str]:
    return [text for _, text in of.browser.typed]


def asked(*shows: Description, answers: list[str], **settings: Any) -> Scene:
    """Run a sign-in through pages, all of whose questions get answers."""
    of = scene(*shows, POSTED, answers=answers)
    run(of, **settings)
    assert of.prompt.answers == []
    return of


# ---- every field is askable ----


def test_questions_come_in_the_order_of_the_page_by_its_own_captions() -> None:
    of = asked(COMPANY, answers=["globex", "jane", "secret"])
    assert of.prompt.asked == ["Company ID: ", "User name: ", "Password: (hidden)"]
    assert typed(of) == ["globex", "jane", "secret"]


def test_a_username_of_the_settings_leaves_the_other_questions() -> None:
    of = asked(COMPANY, answers=["globex", "secret"], username="jane")
    assert of.prompt.asked == ["Company ID: ", "Password: (hidden)"]


def test_a_list_is_asked_by_numbers_and_chosen() -> None:
    of = asked(DOMAIN, answers=["jane", "secret", "EMEA"])
    assert of.prompt.screens[-1] == [
        "idp.example.com asks:",
        "Domain",
        "  0  AMER",
        "  1  EMEA",
        "  2  APAC",
        "Choose (number or part of the name): ",
    ]
    assert of.browser.chosen == [("Domain", "EMEA")]


def test_enter_takes_the_choice_that_the_page_made() -> None:
    of = asked(PRESET, answers=["jane", "secret", ""])
    assert of.prompt.asked[-1] == "Choose (number or part of the name) [AMER]: "
    assert of.browser.chosen == []


def test_another_domain_than_the_preset_one_can_be_chosen() -> None:
    assert asked(PRESET, answers=["jane", "x", "1"]).browser.chosen == [("Domain", "EMEA")]


def test_a_preset_list_is_taken_where_nobody_can_be_asked() -> None:
    of = scene(PRESET, POSTED, somebody=False, passwords=["secret"])
    run(of, username="jane", password_command=("pass",))
    assert typed(of) == ["jane", "secret"]


def test_a_list_without_a_caption_is_asked_by_its_options() -> None:
    bare = one_of("", *DOMAINS, chosen=0)
    of = asked(built(USER, PASSWORD, bare, submits=SIGN_IN), answers=["jane", "secret", "APAC"])
    assert of.browser.chosen == [("", "APAC")]


def test_a_date_is_asked_with_its_form() -> None:
    born = text("Date of birth", type="date")
    of = asked(built(USER, PASSWORD, born, submits=SIGN_IN), answers=["jane", "x", "1990-12-31"])
    assert of.prompt.asked[-1] == "Date of birth (YYYY-MM-DD): "


def test_a_list_of_languages_is_no_question() -> None:
    languages = one_of("", "English", "Deutsch", "Français", chosen=0)
    locale = one_of("Language", "A", "B", chosen=0)
    asked(built(languages, locale, USER, PASSWORD, submits=SIGN_IN), answers=["jane", "secret"])


@pytest.mark.parametrize(
    "field",
    [
        text("Password", dots=True),
        text("Password"),
        {"label": "Passwort", "type": "password", "dots": True},
    ],
)
def test_dots_or_the_name_of_a_password_are_asked_without_echo(field: dict[str, Any]) -> None:
    of = asked(built(USER, field, submits=SIGN_IN), answers=["jane", "secret"])
    assert of.prompt.asked[-1].endswith("(hidden)")


def test_a_second_secret_is_asked_by_its_caption_and_not_taken_from_the_password_command() -> None:
    word = text("Memorable word", type="password")
    of = scene(
        built(USER, word, PASSWORD, submits=SIGN_IN),
        POSTED,
        answers=["rosebud"],
        passwords=["secret"],
    )
    run(of, username="jane", password_command=("pass",))
    assert of.prompt.asked == ["Memorable word: (hidden)"]
    assert typed(of) == ["jane", "rosebud", "secret"]


def test_circles_stand_before_the_code_with_the_chosen_one_marked() -> None:
    of = asked(DEVICES, answers=["New", "123456"])
    assert "  0  Old phone (chosen)" in of.prompt.shown
    assert of.prompt.asked[-1] == "One-time code: "
    assert of.browser.pressed[0] == "New phone"


def test_a_required_box_is_a_question_of_yes_or_no_in_its_words() -> None:
    of = asked(BOX, answers=["jane", "secret", "y"])
    assert of.prompt.asked[-1] == "I accept the terms of use? [y/N] "
    assert of.browser.ticked == {"I accept the terms of use": True}


def test_a_box_that_is_not_accepted_is_not_ticked_and_nothing_is_submitted() -> None:
    of = scene(BOX, answers=["jane", "secret", "n"], display=True, then=[POSTED])
    run(of)
    assert of.browsers[0].pressed == []
    assert of.browsers[0].ticked == {}


def test_a_box_that_is_not_required_is_no_question() -> None:
    asked(built(USER, PASSWORD, box("Big letters"), submits=SIGN_IN), answers=["jane", "x"])


def test_a_box_that_tells_a_person_from_a_robot_is_a_question() -> None:
    of = scene(built(USER, PASSWORD, box("I am not a robot"), submits=("Sign in",)), POSTED)
    of.prompt.answers = [*JANE, "y"]
    run(of)
    assert of.prompt.asked[-1] == "I am not a robot? [y/N] "


@pytest.mark.parametrize("buttons", [("Allow", "Deny"), ("Deny", "Allow")])
def test_a_consent_is_never_submitted_by_its_no(buttons: tuple[str, ...]) -> None:
    page = built(box("Sign you in", required=True), submits=buttons)
    kind = classify(page)
    assert isinstance(kind, SignInForm)
    assert kind.button is not None
    assert kind.button.text == "Allow"


def test_a_first_option_that_is_none_is_no_default() -> None:
    of = scene(
        built(USER, PASSWORD, one_of("Domain", "-- Select --", "EMEA", chosen=0), submits=("OK",)),
        POSTED,
        answers=[*JANE, "EMEA"],
    )
    run(of)
    assert of.prompt.asked[-1] == "Choose (number or part of the name): "


def test_a_security_question_after_the_password_is_the_prompt() -> None:
    of = asked(CLASSIC, QUESTION, answers=["jane", "secret", "Rex"])
    assert of.prompt.asked[-1] == "What was the name of your first dog? "
    assert typed(of)[-1] == "Rex"


def test_a_field_that_may_stay_empty_is_no_question() -> None:
    branch = text("Branch (optional)")
    asked(built(USER, PASSWORD, branch, submits=SIGN_IN), answers=["jane", "secret"])


def test_a_field_without_any_words_is_more_than_can_be_asked() -> None:
    of = scene(built(USER, PASSWORD, text(""), submits=SIGN_IN))
    failing(of, SignInRequired)
    assert of.prompt.asked == []


def test_a_form_of_a_hundred_questions_is_no_sign_in() -> None:
    many = [text(f"Question {number}") for number in range(100)]
    of = scene(built(USER, PASSWORD, *many, submits=SIGN_IN))
    failing(of, SignInRequired)
    assert of.prompt.asked == []


def test_an_empty_answer_submits_nothing() -> None:
    of = scene(COMPANY, answers=[""], display=True, then=[POSTED])
    run(of)
    assert of.browsers[0].typed == []


def test_the_host_is_named_before_words_that_are_the_pages_alone() -> None:
    ours = built(text("aws saml-login: your secret access key"), USER, PASSWORD, submits=SIGN_IN)
    of = asked(ours, answers=["x", "jane", "secret"])
    assert of.prompt.screens[0] == [
        "idp.example.com asks:",
        "aws saml-login: your secret access key: ",
    ]


def test_a_caption_of_ten_thousand_characters_is_cut_and_stands_above_the_question() -> None:
    long = built(text("Company " * 1250), USER, PASSWORD, submits=SIGN_IN)
    of = asked(long, answers=["x", "jane", "secret"])
    assert of.prompt.asked[0] == "Answer: "
    assert all(len(line) < 80 for line in of.prompt.shown)


def test_the_words_of_a_long_box_stand_above_a_question_of_yes_or_no() -> None:
    terms = built(USER, PASSWORD, box("I agree to this. " * 20, required=True), submits=SIGN_IN)
    of = asked(terms, answers=["jane", "secret", "y"])
    assert of.prompt.asked[-1] == "Yes? [y/N] "


def test_a_list_of_five_thousand_is_filtered_by_typing() -> None:
    names = [f"University {number}" for number in range(5000)]
    of = asked(built(one_of("Home", *names), submits=("Go",)), answers=["ity 499", "ity 4999"])
    assert of.browser.chosen == [("Home", "University 4999")]
    first, second = of.prompt.screens
    assert first[-2] == "  … and 4,980 more: type a part of the name to list others."
    assert second[0] == "'ity 499' matches 11 entries:"


def test_the_field_of_a_search_or_a_newsletter_is_no_question() -> None:
    for words in ("Search", "Subscribe to our newsletter"):
        found = classify(built(text(words), submits=("Go",)))
        assert not isinstance(found, SignInForm)


# ---- a new password ----

NEW = built(
    text("Current password", type="password"),
    text("New password", type="password"),
    text("Repeat new password", type="password"),
    submits=("Change password",),
    links=("Remind me later",),
)


def test_a_new_password_that_can_be_put_off_is_a_choice_first() -> None:
    of = asked(NEW, answers=["1"])
    assert "  1  Remind me later  (puts it off)" in of.prompt.shown
    assert of.browser.pressed == ["Remind me later"]


def test_a_new_password_is_asked_without_echo_and_never_fetched() -> None:
    of = asked(NEW, answers=["0", "old", "new", "new"], password_command=("pass",), username="jane")
    assert [question for question in of.prompt.asked if "(hidden)" in question] == [
        "Current password: (hidden)",
        "New password: (hidden)",
        "Repeat new password: (hidden)",
    ]
    assert "pass" not in of.events


# ---- saml_answers ----


def test_the_second_time_nothing_is_asked() -> None:
    form = built(text("Company ID *"), USER, PASSWORD, one_of("Domain", *DOMAINS), submits=SIGN_IN)
    of = scene(form, POSTED, answers=["secret"])
    run(of, username="jane", answers=(("company id", "globex"), ("Domain:", "EMEA")))
    assert of.prompt.asked == ["Password: (hidden)"]
    assert typed(of) == ["globex", "jane", "secret"]
    assert of.browser.chosen == [("Domain", "EMEA")]


@pytest.mark.parametrize("caption", ["Password", "PIN", "Memorable word", "Access code"])
def test_a_secret_is_not_taken_from_the_settings(caption: str) -> None:
    kind = "password" if caption == "Memorable word" else "text"
    of = scene(
        built(USER, PASSWORD, text(caption, type=kind), submits=SIGN_IN),
        POSTED,
        answers=["a", "b"],
    )
    run(of, username="jane", answers=((caption, "from-settings"),))
    assert "from-settings" not in typed(of)


def test_an_answer_of_the_settings_that_was_refused_is_asked() -> None:
    again = replace(COMPANY, lines=(*COMPANY.lines, "Unknown company."))
    of = scene(COMPANY, again, POSTED, answers=["secret", "globex", "secret"])
    run(of, username="jane", answers=(("Company ID", "globx"),))
    assert of.prompt.asked[1] == "Company ID [globx]: "
    assert typed(of) == ["globx", "jane", "secret", "globex", "jane", "secret"]


def test_the_line_that_saves_a_question_is_told_once_after_the_sign_in() -> None:
    of = asked(COMPANY, answers=["globex", "secret"], username="jane")
    [told] = [line for line in of.prompt.notified if "saml_answers" in line]
    assert told.endswith("aws configure set saml_answers 'Company ID = globex' --profile dev")


def test_no_line_is_told_for_an_answer_that_proves_who_somebody_is() -> None:
    of = asked(CLASSIC, QUESTION, answers=["jane", "secret", "Rex"])
    assert not [line for line in of.prompt.notified if "Rex" in line]


def test_no_line_is_told_for_a_secret_or_where_nothing_was_asked() -> None:
    of = scene(NEW, POSTED, answers=["0", "old", "new", "new"])
    run(of, answers=(("Company ID", "globex"),))
    assert not [line for line in of.prompt.notified if "saml_answers" in line]


# ---- beyond doubt ----


def test_a_code_that_is_drawn_as_dots_is_asked_without_echo() -> None:
    of = asked(built(text("Code", type="password"), submits=SIGN_IN), answers=["123456"])
    assert of.prompt.asked == ["Code: (hidden)"]


def test_a_code_in_front_of_the_username_is_no_one_time_code() -> None:
    form = built(text("Company code"), USER, PASSWORD, submits=SIGN_IN)
    of = scene(form, POSTED, answers=["globex", "secret"], passwords=["739214"])
    run(of, username="jane", mfa_command=("oathtool",))
    assert of.prompt.asked == ["Company code: ", "Password: (hidden)"]
    assert "oathtool" not in of.events


def test_a_code_after_the_password_is_one() -> None:
    form = built(USER, PASSWORD, text("Code"), submits=SIGN_IN)
    of = scene(form, POSTED, answers=["secret"], passwords=["739214"])
    run(of, username="jane", mfa_command=("oathtool",))
    assert typed(of) == ["jane", "secret", "739214"]


def test_of_two_codes_none_is_taken_for_the_one_time_code() -> None:
    form = built(USER, PASSWORD, text("Branch code"), text("Staff code"), submits=SIGN_IN)
    of = scene(form, POSTED, answers=["secret", "1", "2"])
    run(of, username="jane", mfa_command=("oathtool",))
    assert "oathtool" not in of.events


@pytest.mark.parametrize(
    "caption",
    ["Company code", "Postal code", "Activation code from your invitation letter", "Código postal"],
)
def test_a_lone_code_of_something_else_is_no_one_time_code(caption: str) -> None:
    of = scene(built(text(caption), submits=("Next",)), POSTED, answers=["globex"])
    run(of, username="jane", mfa_command=("oathtool",))
    assert typed(of) == ["globex"]
    assert "oathtool" not in of.events


def test_a_code_of_the_companys_app_is_a_one_time_code() -> None:
    app = text("Enter the 6-digit code from your company's app")
    of = scene(built(app, submits=("Next",)), POSTED, passwords=["739214"])
    run(of, username="jane", mfa_command=("oathtool",))
    assert typed(of) == ["739214"]


def test_dots_called_a_code_beside_the_username_are_asked_and_fetched_from_no_command() -> None:
    access = {"label": "Toegangscode", "type": "password", "dots": True}
    form = built(text("Gebruikersnaam"), access, submits=("Inloggen",), language="nl")
    of = scene(form, POSTED, answers=["correct horse"])
    run(of, username="jane", mfa_command=("oathtool",), password_command=("pass",))
    assert of.prompt.asked == ["Toegangscode: (hidden)"]
    assert typed(of) == ["jane", "correct horse"]


@pytest.mark.parametrize("answer", ["", "123456"])
def test_a_code_that_may_stay_empty_is_asked_and_enter_leaves_it_empty(answer: str) -> None:
    code = text("Code (only if you have two-factor enabled)")
    of = asked(built(USER, PASSWORD, code, submits=SIGN_IN), answers=["jane", "secret", answer])
    assert typed(of) == ["jane", "secret", *filter(None, [answer])]
    assert of.browser.pressed == ["Sign in"]


def test_a_field_that_has_to_stay_empty_is_no_question() -> None:
    trap = text("Leave this field blank")
    asked(built(USER, PASSWORD, trap, submits=SIGN_IN), answers=["jane", "secret"])


def test_two_fields_under_the_words_of_a_code_take_its_halves() -> None:
    halves = (text("Enter the code", maxlength=3), text("-", maxlength=3))
    of = asked(built(*halves, submits=("Verify",)), answers=["739214"])
    assert of.prompt.asked == ["Code: "]
    assert typed(of) == ["739", "214"]


PROFILE = (
    {**USER, "filled": True},
    {"label": "Email", "type": "text", "filled": True},
)


def test_the_values_of_a_profile_stay_and_only_what_is_missing_is_asked() -> None:
    of = asked(built(*PROFILE, text("Last name"), submits=("Submit",)), answers=["Doe"])
    assert typed(of) == ["Doe"]


def test_a_profile_that_is_complete_is_a_question_of_yes_or_no() -> None:
    of = asked(built(*PROFILE, submits=("Submit",)), answers=["y"], username="jane")
    assert of.prompt.asked == ["Submit? [y/N] "]
    assert (typed(of), of.browser.pressed) == ([], ["Submit"])


TWO = built(USER, PASSWORD, USER, PASSWORD, submits=("Staff sign-in", "Partner sign-in"), forms=2)


def test_two_equal_forms_are_a_question() -> None:
    assert isinstance(classify(TWO), SeveralForms)
    of = asked(TWO, answers=["1", "jane", "secret"])
    assert of.prompt.shown[:3] == [
        "The page has several forms:",
        "  0  Staff sign-in (User name, Password)",
        "  1  Partner sign-in (User name, Password)",
    ]
    assert of.browser.pressed == ["Partner sign-in"]


def test_the_words_over_equal_forms_tell_them_apart() -> None:
    [first, second, *rest] = TWO.groups
    named = replace(
        TWO, groups=(replace(first, name="Employees"), replace(second, name="Partners"), *rest)
    )
    of = asked(named, answers=["Partners", "jane", "secret"])
    assert of.prompt.shown[2] == "  1  Partners (User name, Password)"
    assert of.browser.pressed == ["Partner sign-in"]


def test_the_chosen_one_of_two_forms_is_waited_for_once_it_is_submitted() -> None:
    filled = replace(TWO, fields=tuple(replace(field, filled=True) for field in TWO.fields))
    of = scene(
        TWO,
        Shown(filled, seconds=5.0, same_document=True),
        POSTED,
        answers=["1", "jane", "secret"],
    )
    run(of)
    assert len(typed(of)) == 2


def test_two_equal_forms_get_nothing_in_silence() -> None:
    of = scene(TWO, passwords=["secret"])
    failing(of, SignInRequired, sign_in=Flow.SILENT, username="jane", password_command=("pass",))
    assert (of.browser.typed, of.events.count("pass")) == ([], 0)


BOB = built(
    PASSWORD,
    submits=SIGN_IN,
    links=("Not you?",),
    accounts=["bob@example.com"],
    lines=["bob@example.com"],
)
JANE = {"username": "jane@example.com", "password_command": ("pass",)}


def test_a_page_that_names_somebody_else_gets_nothing_and_the_way_to_another_account() -> None:
    of = scene(BOB, CLASSIC, POSTED, passwords=["secret"])
    run(of, **JANE)
    assert of.browser.pressed == ["Not you?", "Sign in"]
    assert typed(of) == ["jane@example.com", "secret"]
    assert "shows the account bob@example.com" in of.prompt.notified[0]


@pytest.mark.parametrize(
    ("line", "account"),
    [
        ("CORP\\bob", "CORP\\bob"),
        ("Angemeldet als bob", "bob"),
        ("Signed in as bob.", "bob"),
        ("b***@example.com", "b***@example.com"),
    ],
)
def test_another_name_is_known_in_whatever_form_the_page_shows_it(line: str, account: str) -> None:
    of = scene(replace(BOB, accounts=(), lines=(line,)), CLASSIC, POSTED, passwords=["secret"])
    run(of, **JANE)
    assert f"shows the account {account}, " in of.prompt.notified[0]
    assert typed(of) == ["jane@example.com", "secret"]


@pytest.mark.parametrize(
    "line", ["CORP\\jane", "Angemeldet als jane", "j***@example.com", "Signed in as a guest user"]
)
def test_a_line_that_may_name_the_person_keeps_nothing_back(line: str) -> None:
    of = scene(replace(BOB, accounts=(), lines=(line,)), POSTED, passwords=["secret"])
    run(of, **JANE)
    assert typed(of) == ["secret"]


def test_without_that_way_the_password_of_the_other_account_is_asked_by_its_name() -> None:
    of = scene(replace(BOB, links=()), POSTED, answers=["bobs"], passwords=["secret"])
    run(of, **JANE)
    assert of.prompt.asked == ["Password of bob@example.com: (hidden)"]
    assert typed(of) == ["bobs"]
    assert "pass" not in of.events


def test_a_page_that_names_somebody_else_gets_nothing_in_silence() -> None:
    of = scene(BOB, passwords=["secret"])
    error = failing(of, SignInRequired, sign_in=Flow.SILENT, **JANE)
    assert "shows the account bob@example.com" in str(error)
    assert (of.browser.pressed, of.browser.typed) == ([], [])


@pytest.mark.parametrize("shown", ["JANE@example.com", "jane", "j***@example.com"])
def test_a_page_that_names_the_person_gets_the_password(shown: str) -> None:
    of = scene(replace(BOB, accounts=(shown,), lines=()), POSTED, passwords=["secret"])
    run(of, **JANE)
    assert typed(of) == ["secret"]


def test_a_name_that_the_page_gives_to_what_was_typed_is_no_other_account() -> None:
    first = built(USER, submits=("Next",), title="Sign in")
    of = scene(first, BOB, POSTED, passwords=["secret"])
    run(of, **JANE)
    assert typed(of) == ["jane@example.com", "secret"]


# ---- languages that the table lacks ----

PERSIAN = built(text("نام کاربری"), submits=("بعدی",), language="fa")
PERSIAN_PASSWORD = built(text("گذرواژه", type="password"), submits=("ورود",), language="fa")
PERSIAN_CODE = built(text("رمز یک‌بارمصرف"), submits=("تایید",), language="fa")


def test_the_shape_of_a_form_tells_its_purpose_in_any_language() -> None:
    of = asked(
        *(PERSIAN, PERSIAN_PASSWORD, PERSIAN_CODE),
        answers=["secret", "123456"],
        username="jane",
    )
    assert typed(of) == ["jane", "secret", "123456"]


def test_a_lone_field_in_a_known_language_is_asked_with_the_username_as_default() -> None:
    of = asked(
        built(text("Handle"), submits=("Next",)), CLASSIC, answers=["", "x"], username="jane"
    )
    assert of.prompt.asked[0] == "Handle [jane]: "


def test_a_third_wrong_answer_is_the_last_with_other_questions_too() -> None:
    of = scene(QUESTION, QUESTION, QUESTION, QUESTION, answers=["a", "b", "c", "d"])
    failing(of, IdentityProviderRefused)
    assert typed(of) == ["a", "b", "c"]


def test_a_page_of_ours_with_a_company_is_answered() -> None:
    of = asked(page("english-company-asked-too"), answers=["globex", "jane", "secret"])
    assert typed(of) == ["globex", "jane", "secret"]
