"""Secrets that no person types: where they may go, and that a refused one is not sent again."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.capture import approvals, kept_session
from aws_saml_ext.capture.approvals import Approvals
from aws_saml_ext.capture.flow.secret_commands import CommandFailed
from aws_saml_ext.capture.page.description import Description
from aws_saml_ext.capture.refused_secrets import RefusedSecrets
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import IdentityProviderRefused, SignInRequired
from tests.samples import SETTINGS
from tests.scripted_browser import POSTED, Scene, failing, page, run, scene

COMMAND = {"username": "jane", "password_command": ("pass", "show", "idp")}
SILENT = {**COMMAND, "sign_in": Flow.SILENT}
FORM = page("english-one-page")
WRONG = replace(FORM, lines=(*FORM.lines, "Invalid username or password."))
CODE = page("english-one-time-code")
ELSEWHERE = "https://login.example.net"
SEND = "Send the password of saml_password_command to {} (y/N)? "


def at(origin: str, form: Description = FORM) -> Description:
    """The page at another origin, which submits its forms there."""
    groups = tuple(replace(group, action=origin) for group in form.groups)
    return replace(form, origins=(origin,), groups=groups)


def typed(of: Scene) -> list[str]:
    return [text for _, text in of.browser.typed]


# ---- addresses ----


def test_a_new_origin_is_asked_about_once_and_then_approved() -> None:
    first = scene(at(ELSEWHERE), POSTED, answers=["y"], passwords=["secret"])
    run(first, **COMMAND)
    assert first.prompt.asked == [SEND.format("login.example.net")]
    assert typed(first) == ["jane", "secret"]
    later = scene(at(ELSEWHERE), POSTED, passwords=["secret"])
    run(later, **SILENT)
    assert typed(later) == ["jane", "secret"]


def test_a_typed_password_approves_its_origin() -> None:
    first = scene(at(ELSEWHERE), POSTED, answers=["", "by hand"])
    first.prompt.answers = ["n", "by hand"]
    run(first, **COMMAND)
    assert typed(first) == ["jane", "by hand"]
    assert [*approvals.noted(SETTINGS.saml_folder)] == [(SETTINGS.idp_url, (ELSEWHERE,))]


def test_a_sign_in_that_fails_approves_nothing() -> None:
    of = scene(at(ELSEWHERE), page("french-locked"), answers=["y"], passwords=["secret"])
    failing(of, IdentityProviderRefused, **COMMAND)
    assert [*approvals.noted(SETTINGS.saml_folder)] == []


@pytest.mark.parametrize(
    "origin",
    [
        ELSEWHERE,
        "https://idp.example.com:8443",
        "https://idp.example.com.evil.example",
        "https://example.com",
        "http://127.0.0.1",
    ],
)
def test_nothing_goes_silently_to_another_origin(origin: str) -> None:
    of = scene(at(origin), POSTED, passwords=["secret"])
    error = failing(of, SignInRequired, **SILENT)
    host = origin.partition("//")[2]
    assert f"{host} asks for the password of saml_password_command" in str(error)
    assert "Nothing was sent." in str(error)
    assert error.hint == "aws saml-login --profile dev --sign-in terminal"
    assert (error.exit_status, of.browser.typed) == (253, [])
    assert "pass show idp" not in of.events


def test_without_a_terminal_it_is_the_same() -> None:
    of = scene(at(ELSEWHERE), POSTED, passwords=["secret"], somebody=False)
    assert "login.example.net asks for" in str(failing(of, SignInRequired, **COMMAND))
    assert of.browser.typed == []


def test_the_origin_of_the_address_needs_no_question_however_it_is_written() -> None:
    of = scene(FORM, POSTED, passwords=["secret"])
    run(of, **SILENT, idp_url="https://IDP.Example.com:443/aws")
    assert typed(of) == ["jane", "secret"]


def test_a_frame_of_another_origin_is_asked_about_each_time() -> None:
    framed = page("frame-of-another-site")
    for _ in range(2):
        of = scene(framed, POSTED, answers=["y"], passwords=["secret"])
        run(of, **COMMAND)
        [question] = of.prompt.asked
        assert question == SEND.format("other.example.com (in a page of idp.example.com)")
    silent = scene(framed, POSTED, passwords=["secret"])
    failing(silent, SignInRequired, **SILENT)
    assert silent.browser.typed == []


def test_an_approved_origin_in_a_page_of_another_one_gets_nothing() -> None:
    framed = page("frame-of-another-site")
    groups = tuple(replace(group, action="https://idp.example.com") for group in framed.groups)
    framed = replace(framed, origins=(ELSEWHERE, "https://idp.example.com"), groups=groups)
    of = scene(framed, POSTED, passwords=["secret"])
    error = failing(of, SignInRequired, **SILENT)
    assert "idp.example.com (in a page of login.example.net) asks" in str(error)
    assert of.browser.typed == []


def test_a_form_that_sends_it_elsewhere_is_asked_about() -> None:
    groups = (replace(FORM.groups[0], action=ELSEWHERE),)
    of = scene(replace(FORM, groups=groups), POSTED, passwords=["secret"])
    error = failing(of, SignInRequired, **SILENT)
    assert "idp.example.com (which sends it to login.example.net) asks" in str(error)
    assert of.browser.typed == []


def test_a_page_that_changes_its_target_meanwhile_gets_nothing() -> None:
    changed = replace(FORM, groups=(replace(FORM.groups[0], action=ELSEWHERE),))

    def submits_elsewhere() -> str:
        of.browser.shows[0] = replace(of.browser.now, page=changed)  # type: ignore[type-var]
        return "jane"

    of = scene(FORM, POSTED, answers=[submits_elsewhere, "by hand"], passwords=["secret"])
    run(of, **{**COMMAND, "username": None})
    assert typed(of) == ["jane", "by hand"]
    assert of.prompt.shown == ["idp.example.com (which sends it to login.example.net) asks:"]


def test_a_command_of_the_profile_does_not_serve_another_address() -> None:
    other = {**SILENT, "password_command_url": "https://corp.example.com/aws"}
    of = scene(FORM, POSTED, passwords=["secret"])
    assert "idp.example.com asks for" in str(failing(of, SignInRequired, **other))
    assert of.browser.typed == []


def test_a_code_of_a_command_has_addresses_too() -> None:
    code = {"username": "jane", "mfa_command": ("oathtool", "x"), "sign_in": Flow.SILENT}
    of = scene(at(ELSEWHERE, CODE), POSTED, passwords=["123456"])
    error = failing(of, SignInRequired, **code)
    assert "login.example.net asks for the code of saml_mfa_command" in str(error)
    assert of.browser.typed == []


def test_clean_forgets_the_approved_origins() -> None:
    approved = Approvals(SETTINGS)
    approved.add(ELSEWHERE)
    approved.save()
    kept_session.forget(SETTINGS)
    assert ELSEWHERE not in Approvals(SETTINGS)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_a_note_is_private_and_one_that_others_can_write_counts_for_nothing() -> None:
    approved = Approvals(SETTINGS)
    approved.add(ELSEWHERE)
    approved.save()
    [note] = Path("nowhere/saml/approved").iterdir()
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert stat.S_IMODE(note.parent.stat().st_mode) == 0o700
    assert ELSEWHERE in Approvals(SETTINGS)
    note.chmod(0o646)
    assert ELSEWHERE not in Approvals(SETTINGS)


@pytest.mark.parametrize("content", ["", "[]", "null", '{"origins": 1}', '{"origins": ["x"]}', "{"])
def test_a_damaged_note_approves_nothing(content: str) -> None:
    approved = Approvals(SETTINGS)
    approved.add(ELSEWHERE)
    approved.save()
    [note] = Path("nowhere/saml/approved").iterdir()
    note.write_text(content)
    assert ELSEWHERE not in Approvals(SETTINGS)


# ---- refused secrets ----


def refuse(*passwords: str, answer: Description = WRONG, **settings: Any) -> None:
    """Let sign-ins fail by these passwords of the command."""
    for password in passwords:
        of = scene(FORM, answer, passwords=[password])
        failing(of, Exception, **{**SILENT, **settings})  # type: ignore[arg-type]
        assert typed(of) == ["jane", password]


def again(password: str | Exception = "old", *, somebody: bool = True, **settings: Any) -> Scene:
    """The sign-in after them, which would succeed, and fails."""
    of = scene(FORM, POSTED, passwords=[password], somebody=somebody)
    error = failing(of, SignInRequired, **{**SILENT, **settings})
    assert "idp.example.com has refused the password of saml_password_command" in str(error)
    assert "Nothing was sent." in str(error)
    assert (error.exit_status, error.hint) == (253, "aws saml-login --profile dev")
    return of


def test_a_refused_password_is_not_sent_again_and_no_browser_starts() -> None:
    refuse("old")
    of = again()
    assert (of.browsers, of.events) == ([], ["pass show idp"])
    assert again(somebody=False, sign_in=Flow.AUTO).browsers == []


@pytest.mark.parametrize("name", ["french-locked", "english-captcha"])
def test_a_page_without_the_form_after_it_is_a_refusal_too(name: str) -> None:
    refuse("old", answer=page(name))
    again()


@pytest.mark.parametrize("answer", [page("english-server-error"), replace(WRONG, status=500)])
def test_a_server_that_fails_refuses_no_password(answer: Description) -> None:
    refuse("old", answer=answer)
    run(scene(FORM, POSTED, passwords=["old"]), **SILENT)


def test_a_refused_command_is_named_by_its_place() -> None:
    places = (("saml_password_command", "AWS_SAML_PASSWORD_COMMAND"),)
    refuse("old")
    of = scene(FORM, POSTED, passwords=["old"])
    error = failing(of, SignInRequired, places=places, **SILENT)
    assert "has refused the password of AWS_SAML_PASSWORD_COMMAND before" in str(error)


def test_a_changed_password_is_sent() -> None:
    refuse("old")
    of = scene(FORM, POSTED, passwords=["new"])
    run(of, **SILENT)
    assert typed(of) == ["jane", "new"]
    run(scene(FORM, POSTED, passwords=["old"]), **SILENT)  # nothing is noted any more


def test_a_password_that_changes_each_time_is_sent_three_times() -> None:
    refuse("one", "two", "three")
    assert again("four").browsers == []


def test_a_person_is_told_and_asked_and_then_it_may_be_sent_again() -> None:
    refuse("old")
    of = scene(FORM, POSTED, answers=["right"], passwords=["old"])
    run(of, **COMMAND)
    assert typed(of) == ["jane", "right"]
    assert "has refused the password of saml_password_command before" in of.prompt.shown[-1]
    run(scene(FORM, POSTED, passwords=["old"]), **SILENT)


def test_a_person_in_a_window_ends_it_as_well() -> None:
    refuse("old")
    run(scene(POSTED, display=True), **{**COMMAND, "sign_in": Flow.WINDOW})
    run(scene(FORM, POSTED, passwords=["old"]), **SILENT)


def test_a_kept_session_alone_proves_nothing_about_the_password() -> None:
    refuse("old")
    run(scene(POSTED, passwords=["new"]), **SILENT)
    again()


def test_another_user_or_identity_provider_is_not_held_back() -> None:
    refuse("old")
    run(scene(FORM, POSTED, passwords=["old"]), **{**SILENT, "username": "joe"})
    other = "https://login.example.net"
    run(scene(at(other), POSTED, passwords=["old"]), **SILENT, idp_url=f"{other}/aws")


OTHER_APPLICATION = {"idp_url": "https://idp.example.com/app/2"}


@pytest.mark.parametrize("other", [OTHER_APPLICATION, {"username": "Jane"}])
def test_a_refused_password_is_not_sent_by_another_profile_of_the_provider(
    other: dict[str, Any],
) -> None:
    refuse("old")
    assert again(**other).browsers == []


def test_a_sign_in_of_another_profile_without_a_person_does_not_end_it() -> None:
    refuse("old")
    run(scene(FORM, POSTED, passwords=["right"]), **SILENT, **OTHER_APPLICATION)
    again()


def test_a_person_who_signs_in_with_another_profile_ends_it_as_well() -> None:
    refuse("old")
    run(scene(FORM, POSTED, answers=["right"], passwords=["old"]), **COMMAND, **OTHER_APPLICATION)
    run(scene(FORM, POSTED, passwords=["old"]), **SILENT)


def test_a_command_that_fails_now_holds_nothing_back() -> None:
    refuse("old")
    of = scene(POSTED, passwords=[CommandFailed("printed nothing")])
    run(of, **SILENT)


def test_codes_that_are_refused_are_sent_three_times() -> None:
    code = {"username": "jane", "mfa_command": ("oathtool", "x"), "sign_in": Flow.SILENT}
    wrong = replace(CODE, lines=(*CODE.lines, "Invalid code."))
    for number in range(3):
        of = scene(CODE, wrong, passwords=[f"{number}23456"])
        failing(of, IdentityProviderRefused, **code)
    of = scene(CODE, POSTED, passwords=["923456"])
    error = failing(of, SignInRequired, **code)
    assert "has refused the code of saml_mfa_command 3 times in a row" in str(error)
    assert of.events == []


def test_a_typed_password_that_is_refused_is_not_noted() -> None:
    of = scene(FORM, WRONG, POSTED, answers=["typo", "right"])
    run(of, username="jane")
    assert not Path("nowhere/saml/refused").exists()


@pytest.fixture
def refused() -> RefusedSecrets:
    refused = RefusedSecrets(SETTINGS)
    refused.add("password", "jane", "hunter2")
    return refused


def test_the_note_is_private_and_holds_no_secret(refused: RefusedSecrets) -> None:
    [note] = Path("nowhere/saml/refused").iterdir()
    assert "hunter2" not in note.read_text()
    if sys.platform != "win32":
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert refused.has("password", "jane", "hunter2")
    assert not refused.has("password", "jane", "hunter3")
    assert not refused.has("code", "jane", "hunter2")


def test_each_note_has_a_salt_of_its_own(refused: RefusedSecrets) -> None:
    refused.add("password", "joe", "hunter2")
    notes = [note.read_text() for note in Path("nowhere/saml/refused").iterdir()]
    digests = {note.partition('"password": [')[2] for note in notes}
    assert len(digests) == 2
