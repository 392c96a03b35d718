"""Whose assertion it is: a change of issuer, account or SAML provider is noticed."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import Stopped, UnexpectedIdentity
from aws_saml_ext.identity import Expected, unexpected_person
from tests.doubles import FakePrompt
from tests.saml import (
    ADMIN_ROLE,
    ENCRYPTED,
    OTHER_PROVIDER,
    PROVIDER,
    READER,
    READER_ROLE,
    USER_ROLE,
    encoded,
    response,
    saml_response,
)
from tests.samples import SETTINGS

EVIL = "https://evil.example.net/"
STRANGER = Role(
    "arn:aws:iam::333333333333:role/Role.User", "arn:aws:iam::333333333333:saml-provider/Corp"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(SETTINGS, config_file=tmp_path / "config", saml_folder=tmp_path / "saml")


def assertion(*roles: Role, issuer: str = "https://idp.example.com/") -> Assertion:
    return replace(Assertion.parse(saml_response(*roles)), issuer=issuer)


def expected(
    settings: Settings, prompt: FakePrompt | None = None, *, accept: bool = False
) -> Expected:
    return Expected(settings, prompt or FakePrompt(interactive=False), accept=accept)


def signed_in(settings: Settings, *roles: Role) -> None:
    """Note an accepted assertion that offered these roles, and whose first one was chosen."""
    expected(settings).remember(assertion(*roles), roles[0])


def is_accepted(settings: Settings, offered: Assertion, role: Role) -> bool:
    """Go through the checks of a sign-in without a terminal."""
    checks = expected(settings)
    try:
        checks.hear(offered)
        checks.confirm(offered, role)
    except UnexpectedIdentity:
        return False
    return True


def test_the_first_sign_in_has_nothing_to_compare_with(settings: Settings) -> None:
    assert is_accepted(settings, assertion(USER_ROLE), USER_ROLE)


def test_the_same_identity_provider_and_account_are_as_expected(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    assert is_accepted(settings, assertion(USER_ROLE, ADMIN_ROLE), ADMIN_ROLE)


def test_another_account_that_was_offered_before_is_as_expected(settings: Settings) -> None:
    signed_in(settings, USER_ROLE, READER_ROLE)
    assert is_accepted(settings, assertion(USER_ROLE, READER_ROLE), READER_ROLE)


def test_an_account_that_was_never_offered_is_not_expected(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    assert not is_accepted(settings, assertion(USER_ROLE, STRANGER), STRANGER)


def test_another_provider_of_the_same_account_is_not_expected(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    other = Role(USER_ROLE.arn, f"{PROVIDER}2")
    assert not is_accepted(settings, assertion(other), other)


def test_another_issuer_is_not_expected_although_the_account_is_known(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    assert not is_accepted(settings, assertion(USER_ROLE, issuer=EVIL), USER_ROLE)


def test_another_issuer_is_noticed_before_a_role_is_chosen(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    with pytest.raises(UnexpectedIdentity, match=EVIL):
        expected(settings).hear(assertion(STRANGER, issuer=EVIL))


@pytest.mark.parametrize("named", [{"role_arn": READER}, {"provider_arn": OTHER_PROVIDER}], ids=str)
def test_a_whole_arn_in_the_settings_names_its_account(
    named: dict[str, str], settings: Settings
) -> None:
    signed_in(settings, USER_ROLE)
    wanted = replace(settings, **named)  # type: ignore[arg-type]
    assert is_accepted(wanted, assertion(READER_ROLE), READER_ROLE)


@pytest.mark.parametrize("role_arn", ["Reader", "arn:aws:iam::*:role/team/Reader"])
def test_a_pattern_in_the_settings_names_no_account(role_arn: str, settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    wanted = replace(settings, role_arn=role_arn)
    assert not is_accepted(wanted, assertion(READER_ROLE), READER_ROLE)


def test_a_whole_arn_does_not_excuse_another_issuer(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    wanted = replace(settings, role_arn=USER_ROLE.arn)
    assert not is_accepted(wanted, assertion(USER_ROLE, issuer=EVIL), USER_ROLE)


def test_another_address_of_the_settings_is_another_identity_provider(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    moved = replace(settings, idp_url="https://new.example.com/aws")
    assert is_accepted(moved, assertion(READER_ROLE, issuer=EVIL), READER_ROLE)
    assert is_accepted(settings, assertion(USER_ROLE), USER_ROLE)


def test_an_assertion_without_an_address_is_compared_with_all_of_the_profile(
    settings: Settings,
) -> None:
    signed_in(settings, USER_ROLE)
    pasted = replace(settings, idp_url="")
    assert is_accepted(pasted, assertion(USER_ROLE), USER_ROLE)
    assert not is_accepted(pasted, assertion(STRANGER, issuer=EVIL), STRANGER)


def test_each_profile_has_its_own_note(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    other = replace(settings, profile="other")
    assert is_accepted(other, assertion(READER_ROLE, issuer=EVIL), READER_ROLE)


def test_an_encrypted_assertion_hides_its_issuer_and_is_for_the_role_of_the_settings(
    settings: Settings,
) -> None:
    signed_in(settings, USER_ROLE)
    wanted = replace(settings, role_arn=READER, provider_arn=OTHER_PROVIDER)
    encrypted = Assertion.parse(encoded(response(ENCRYPTED)))
    assert is_accepted(wanted, encrypted, READER_ROLE)


def test_the_refusal_names_both_and_the_command_that_accepts(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    with pytest.raises(UnexpectedIdentity) as error:
        expected(settings).confirm(assertion(STRANGER, issuer=EVIL), STRANGER)
    assert str(error.value) == (
        "The assertion comes from https://evil.example.net/ for account 333333333333 (SAML "
        "provider Corp); before, that of profile dev came from https://idp.example.com/ for "
        "account 111111111111 (SAML provider Corp). Accept it only if you know why."
    )
    assert error.value.command == "aws saml-login --profile dev --accept-issuer"
    assert error.value.exit_status == 253


def test_an_issuer_cannot_steer_the_terminal(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    with pytest.raises(UnexpectedIdentity) as error:
        expected(settings).hear(assertion(STRANGER, issuer=f"{EVIL}\x1b[2J\n"))
    assert "\x1b" not in str(error.value)
    assert "\n" not in str(error.value)


def test_at_a_terminal_a_change_is_asked_about_once(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    prompt = FakePrompt(["y"])
    checks, offered = expected(settings, prompt), assertion(STRANGER, issuer=EVIL)
    checks.hear(offered)
    checks.confirm(offered, STRANGER)
    assert prompt.asked == ["Store its credentials? [y/N] "]
    assert EVIL in prompt.shown[0]


def test_a_silent_sign_in_asks_nobody(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    silent = replace(settings, sign_in=Flow.SILENT)
    with pytest.raises(UnexpectedIdentity):
        expected(silent, FakePrompt(["y"])).hear(assertion(STRANGER, issuer=EVIL))


@pytest.mark.parametrize("answer", ["", "n", "yeah?"])
def test_any_other_answer_than_yes_stops(answer: str, settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    with pytest.raises(Stopped, match="Nothing is stored"):
        expected(settings, FakePrompt([answer])).hear(assertion(STRANGER, issuer=EVIL))


def test_the_option_accepts_without_a_question_and_says_what_changed(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    prompt = FakePrompt(interactive=False)
    expected(settings, prompt, accept=True).hear(assertion(STRANGER, issuer=EVIL))
    assert [EVIL in line for line in prompt.notified] == [True]


def test_another_issuer_that_was_accepted_replaces_the_one_before(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    expected(settings).remember(assertion(STRANGER, issuer=EVIL), STRANGER)
    assert is_accepted(settings, assertion(STRANGER, issuer=EVIL), STRANGER)
    assert not is_accepted(settings, assertion(USER_ROLE), USER_ROLE)


def test_an_account_that_is_not_offered_for_a_while_stays_known(settings: Settings) -> None:
    signed_in(settings, USER_ROLE, READER_ROLE)
    signed_in(settings, USER_ROLE)
    assert is_accepted(settings, assertion(READER_ROLE), READER_ROLE)


def test_the_note_is_private(settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    [note] = (settings.saml_folder / "issuers").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (note.parent, note)]
    assert modes == [0o700, 0o600]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"version": 2}', b'{"version": 1, "addresses": 1}']
)
def test_a_damaged_note_counts_as_none(content: bytes, settings: Settings) -> None:
    signed_in(settings, USER_ROLE)
    [note] = (settings.saml_folder / "issuers").iterdir()
    note.write_bytes(content)
    assert is_accepted(settings, assertion(READER_ROLE), READER_ROLE)


def test_a_note_that_cannot_be_written_is_said_and_fails_nothing(settings: Settings) -> None:
    prompt = FakePrompt()
    checks = expected(settings, prompt)
    settings.saml_folder.write_text("a file in place of the folder")
    checks.remember(assertion(USER_ROLE), USER_ROLE)
    assert ["cannot be compared" in line for line in prompt.notified] == [True]


def test_the_provider_before_is_known(settings: Settings) -> None:
    signed_in(settings, READER_ROLE, USER_ROLE)
    assert expected(settings).provider_arn == OTHER_PROVIDER


@pytest.mark.parametrize(
    ("session_name", "expected_names", "is_expected"),
    [
        ("jane", ("jane",), True),
        ("Jane@example.com", ("corp\\jane",), True),
        ("jane", (None, None), True),
        (None, ("jane",), True),
        ("joe", ("jane", None), False),
        ("joe", ("jane", "joe"), True),
    ],
)
def test_a_person_is_compared_without_case_and_domain(
    session_name: str | None, expected_names: tuple[str | None, ...], is_expected: bool
) -> None:
    assert (unexpected_person(session_name, *expected_names) is None) is is_expected
