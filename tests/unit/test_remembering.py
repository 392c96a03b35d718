"""The values remembered from one sign-in to the next, with a double of the keyring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.cli.remembering import Remembered, forget
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.store.keyring import Answer, Passwords, Request
from tests.doubles import FakePrompt
from tests.samples import SETTINGS


class Keyring:
    """The door of `store.secrets`, with a dictionary behind it."""

    def __init__(self, *, why_not: str | None = None) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.why_not = why_not
        self.looks = 0

    def __call__(self, request: Request, seconds: float) -> Answer:
        self.looks += 1
        place = (request.service, request.account)
        if self.why_not:
            return Answer(why_not=self.why_not)
        if request.verb == "remember":
            self.kept[place] = request.password
            return Answer(done=True)
        if request.verb == "forget":
            return Answer(done=self.kept.pop(place, None) is not None)
        return Answer(done=True, password=self.kept.get(place))

    def passwords(self) -> Passwords:
        return Passwords(ask=self)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(SETTINGS, saml_folder=tmp_path / "saml")


def remembered(
    settings: Settings, keyring: Keyring, prompt: FakePrompt | None = None, *, use: bool = True
) -> Remembered:
    return Remembered(settings, prompt or FakePrompt(), use=use, keyring=keyring.passwords())


def signed_in(settings: Settings, keyring: Keyring, *answers: str) -> FakePrompt:
    """jane has typed her password, and is offered to have it remembered."""
    prompt = FakePrompt(list(answers))
    sign_in = remembered(settings, keyring, prompt)
    sign_in.typed("jane", "secret")
    sign_in.offer()
    return prompt


def test_what_was_remembered_is_recalled(settings: Settings) -> None:
    keyring = Keyring()
    signed_in(settings, keyring, "y")
    assert remembered(settings, keyring).recall("jane") == "secret"


def test_without_use_stored_the_keyring_is_not_asked(settings: Settings) -> None:
    keyring = Keyring()
    assert remembered(settings, keyring, use=False).recall("jane") is None
    assert keyring.looks == 0


def test_another_identity_provider_is_given_no_password(settings: Settings) -> None:
    keyring = Keyring()
    signed_in(settings, keyring, "y")
    other = replace(settings, idp_url="https://other.example.com/aws")
    assert remembered(other, keyring).recall("jane") is None


@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_it_is_remembered_only_where_the_person_says_so(settings: Settings, answer: str) -> None:
    keyring = Keyring()
    signed_in(settings, keyring, answer)
    assert keyring.kept == {}


def test_an_input_that_ends_at_the_offer_is_a_no(settings: Settings) -> None:
    keyring = Keyring()
    assert len(signed_in(settings, keyring).asked) == 1
    assert keyring.kept == {}


def test_it_is_offered_once(settings: Settings) -> None:
    keyring = Keyring()
    assert len(signed_in(settings, keyring, "n").asked) == 1
    assert signed_in(settings, keyring, "y").asked == []


def test_forgetting_lets_it_be_offered_again(settings: Settings) -> None:
    keyring = Keyring()
    signed_in(settings, keyring, "y")
    told = forget(settings, "jane", keyring=keyring.passwords())
    assert (told, keyring.kept) == ("Removed the password of jane from the keyring.", {})
    assert len(signed_in(settings, keyring, "y").asked) == 1


def test_nothing_is_offered_to_nobody(settings: Settings) -> None:
    keyring = Keyring()
    prompt = FakePrompt(["y"], interactive=False)
    sign_in = remembered(settings, keyring, prompt)
    sign_in.typed("jane", "secret")
    assert sign_in.offer() is None
    assert keyring.looks == 0


def test_without_a_keyring_nothing_is_offered(settings: Settings) -> None:
    keyring = Keyring(why_not="it is locked")
    assert signed_in(settings, keyring, "y").asked == []


def test_why_a_keyring_cannot_be_used_is_told_to_whom_wants_it(settings: Settings) -> None:
    prompt = FakePrompt()
    sign_in = remembered(settings, Keyring(why_not="it is locked"), prompt)
    assert sign_in.recall("jane") is None
    assert prompt.notified == ["The keyring cannot be used: it is locked."]


def test_a_refused_password_is_forgotten(settings: Settings) -> None:
    keyring = Keyring()
    signed_in(settings, keyring, "y")
    sign_in = remembered(settings, keyring)
    sign_in.recall("jane")
    sign_in.refused("jane")
    assert (keyring.kept, sign_in.is_kept) == ({}, False)


def test_no_secret_is_in_a_file(settings: Settings) -> None:
    signed_in(settings, Keyring(), "y")
    [asked] = [path for path in settings.saml_folder.rglob("*") if path.is_file()]
    assert asked.read_text() == ""
