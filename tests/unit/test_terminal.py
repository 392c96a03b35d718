"""What is asked at the terminal, what is remembered between tries, and commands for passwords."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aws_saml_ext.aws_globals import MARK
from aws_saml_ext.capture.page import Description
from aws_saml_ext.capture.terminal import CommandFailed, first_line
from aws_saml_ext.errors import IdentityProviderRefused, SignInRequired
from aws_saml_ext.settings import Settings
from tests.unit.signing_in import POSTED, Scene, Shown, page, scene
from tests.unit.test_login import SETTINGS

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


# ---- questions ----


def test_a_username_of_the_settings_is_typed_without_a_question() -> None:
    of = scene(FORM, POSTED, answers=["secret"])
    run(of, username="jane")
    assert of.person.asked == ["Password: (hidden)"]
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
    assert of.person.asked == questions


def test_a_word_that_is_too_long_for_a_question_gives_way_to_a_plain_one() -> None:
    long = tuple(replace(field, label="The " + "very " * 20 + "name") for field in FORM.fields)
    of = scene(replace(FORM, fields=long), POSTED, answers=["jane", "secret"])
    run(of)
    assert of.person.asked == ["Username: ", "Password: (hidden)"]


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
    assert of.person.shown == ["login.example.net asks:"]


def test_a_field_in_a_frame_is_named_by_the_frames_host() -> None:
    of = scene(page("frame-of-another-site"), POSTED, answers=["jane", "secret"])
    run(of)
    assert of.person.shown == ["other.example.com asks:"]


# ---- a wrong answer ----


def test_a_wrong_password_is_asked_again_under_the_words_of_the_page() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["jane", "wrong", "", "right"])
    run(of)
    assert of.person.shown == ["Invalid username or password."]
    assert of.person.asked[2:] == ["Username or email [jane]: ", "Password: (hidden)"]
    assert typed(of) == ["jane", "wrong", "jane", "right"]


def test_a_mistyped_username_can_be_put_right() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["jnae", "x", "jane", "right"])
    run(of)
    assert typed(of)[2:] == ["jane", "right"]


def test_a_username_of_the_settings_is_not_asked_for_when_the_password_is_wrong() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["wrong", "right"])
    run(of, username="jane")
    assert of.person.asked == ["Password: (hidden)", "Password: (hidden)"]


def test_a_refused_username_of_the_settings_is_asked_for() -> None:
    refused = saying("Wir kennen dieses Konto nicht.", FIRST)
    of = scene(FIRST, refused, SECOND, POSTED, answers=["jane", "secret"])
    run(of, username="jnae")
    assert of.person.asked[0] == "Geben Sie Ihre E-Mail-Adresse ein [jnae]: "
    assert of.person.shown == ["Wir kennen dieses Konto nicht."]


def test_the_same_page_without_a_word_about_it_asks_again_too() -> None:
    of = scene(FORM, FORM, POSTED, answers=["jane", "wrong", "", "right"])
    run(of)
    assert of.person.shown == ["It asks again."]


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
    assert of.person.shown == ["Nieprawidłowa nazwa użytkownika lub hasło."]


def test_a_username_that_the_browser_does_not_take_is_asked_for_again() -> None:
    [field] = FIRST.fields
    stays = replace(FIRST, fields=(replace(field, filled=True, invalid=True),))
    of = scene(
        FIRST, Shown(stays, same_document=True), SECOND, POSTED, answers=["jane", "j@b.c", "x"]
    )
    run(of)
    assert of.person.shown == ["The username is not taken in this form."]
    assert typed(of) == ["jane", "j@b.c", "x"]


def test_the_third_wrong_password_is_the_last() -> None:
    of = scene(FORM, WRONG, WRONG, WRONG, answers=["jane", "1", "", "2", "", "3", "", "4"])
    with pytest.raises(IdentityProviderRefused, match="Invalid username or password"):
        run(of)
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
    assert of.person.shown == ["login.example.net asks:"]
    assert typed(of) == ["jane", "one", "jane", "two"]


# ---- a command for the password ----


COMMAND = ("pass", "show", "idp")


def test_a_password_command_answers_without_a_question() -> None:
    of = scene(FORM, POSTED, passwords=["secret"], somebody=False)
    run(of, username="jane", password_command=COMMAND)
    assert typed(of) == ["jane", "secret"]
    assert "pass show idp" in of.events


def test_a_password_command_is_tried_once_and_then_asked() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["right"], passwords=["old"])
    run(of, username="jane", password_command=COMMAND)
    assert typed(of) == ["jane", "old", "jane", "right"]
    assert of.person.shown == ["Invalid username or password."]


def test_neither_a_command_nor_an_answer_may_take_longer_than_the_sign_in() -> None:
    failed = CommandFailed("took longer than 9 seconds")
    of = scene(FORM, POSTED, answers=["jane", "secret"], passwords=[failed])
    of.profile_wait = 50
    run(of, timeout=timedelta(seconds=60), password_command=COMMAND)
    [command], (username, password) = of.run_waits, of.person.seconds
    assert 9 < command <= 10
    assert username is not None
    assert password is not None
    assert 9 < password <= username <= 10


def test_a_command_that_fails_is_told_and_the_password_asked() -> None:
    failed = CommandFailed("ended with exit status 1")
    of = scene(FORM, POSTED, answers=["right"], passwords=[failed])
    run(of, username="jane", password_command=COMMAND)
    assert of.person.shown == ["saml_password_command ended with exit status 1."]


def test_a_fetched_password_that_is_wrong_is_a_refusal_where_nobody_can_be_asked() -> None:
    of = scene(FORM, WRONG, passwords=["old"], somebody=False)
    with pytest.raises(IdentityProviderRefused, match="Invalid username or password"):
        run(of, username="jane", password_command=COMMAND)


def test_a_password_that_nobody_is_there_to_type_names_the_setting_that_answers() -> None:
    of = scene(FORM, somebody=False)
    with pytest.raises(SignInRequired) as caught:
        run(of, username="jane")
    assert "saml_password_command" in str(caught.value.hint)


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def test_the_password_is_the_first_line_that_the_command_prints() -> None:
    assert first_line(python("print('pass word  '); print('other')")) == "pass word  "


def test_a_command_may_print_more_than_anybody_reads() -> None:
    assert first_line(python("print('secret'); print('x' * 1_000_000)")) == "secret"


def test_a_command_is_run_without_a_shell_and_without_standard_input() -> None:
    script = "import sys; print(sys.argv[1], len(sys.stdin.read()))"
    assert first_line((*python(script), "$HOME; *")) == "$HOME; * 0"


def test_a_command_does_not_inherit_the_mark_of_the_alias() -> None:
    environ: Mapping[str, str] = {MARK: "1", "KEPT": "yes"}
    script = f"import os; print(os.environ.get('KEPT'), {MARK!r} in os.environ)"
    assert first_line(python(script), environ=environ) == "yes False"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("/nowhere/at-all",), "could not be run: No such file or directory: /nowhere/at-all"),
        (python("print('secret'); raise SystemExit(3)"), "ended with exit status 3"),
        (python("pass"), "printed nothing"),
        (python("import os; os.write(1, b'\\xff\\xfe\\n')"), "printed something that is no text"),
    ],
)
def test_a_command_that_gives_no_password_says_why(command: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        first_line(command)
    assert str(caught.value) == why


def test_a_command_that_never_ends_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(CommandFailed, match=r"took longer than 0\.3 seconds"):
        first_line(python("import time; print('secret', flush=True); time.sleep(60)"), seconds=0.3)
    assert time.monotonic() - started < 10


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /bin/sh")
@pytest.mark.parametrize("words", ["echo $!", "printf %s $!"], ids=["a line", "no end of line"])
def test_what_a_command_left_in_the_background_is_not_waited_for(words: str) -> None:
    began = time.monotonic()
    background = int(first_line(("/bin/sh", "-c", f"sleep 60 & {words}")))
    os.kill(background, signal.SIGKILL)  # it was still there
    assert time.monotonic() - began < 10


def test_what_a_command_says_on_standard_error_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandFailed):
        first_line(python("import sys; print('secret'); sys.exit('The store is locked.')"))
    seen = capfd.readouterr()
    assert "The store is locked." in seen.err
    assert "secret" not in seen.out + seen.err
