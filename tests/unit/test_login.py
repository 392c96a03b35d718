"""The story: each step gets what the step before it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import AssertionTooLate, BrowserError, RoleNotOffered, SignInRequired
from aws_saml_ext.login import Capture, Exchange, sign_in
from tests.saml import ADMIN, PROVIDER, READER, saml_response
from tests.samples import CREDENTIALS, ISSUED, SETTINGS

FIRST, SECOND = (
    saml_response(f"{ADMIN},{PROVIDER}", f"{READER},{PROVIDER}"),
    saml_response(f"{READER},{PROVIDER}"),
)


_TWICE = ("confirm 2 roles", "again", "confirm 1 roles")


@dataclass
class Browsing:
    """A capture that brings FIRST, and again SECOND, and notes when it is put away."""

    events: list[str] = field(default_factory=list)
    saml_response: str = FIRST

    def again(self) -> str:
        self.events.append("again")
        return SECOND

    def check_single(self) -> None:
        self.events.append("check single")

    @property
    def capture(self) -> Capture:
        @contextmanager
        def capture(settings: Settings) -> Iterator[Browsing]:
            try:
                yield self
            finally:
                self.events.append("put away")

        return capture


def choose_reader(assertion: Assertion) -> Role:
    return next(role for role in assertion.roles if role.arn == READER)


def refusing_once(events: list[str]) -> Exchange:
    def exchange(assertion: Assertion, role: Role) -> Issued:
        events.append(f"exchange of {len(assertion.roles)} roles")
        if len(assertion.roles) == 2:
            raise AssertionTooLate("The assertion has run out.")
        return ISSUED

    return exchange


def confirm(browsing: Browsing, assertion: Assertion) -> None:
    browsing.events.append(f"confirm {len(assertion.roles)} roles")


def run(browsing: Browsing, exchange: Exchange, choose: Callable[[Assertion], Role]) -> None:
    sign_in(
        SETTINGS,
        capture=browsing.capture,
        hear=lambda assertion: browsing.events.append("heard"),
        choose=choose,
        confirm=lambda assertion, role: confirm(browsing, assertion),
        exchange=exchange,
        store=lambda issued: browsing.events.append("stored"),
    )


def test_the_browser_is_put_away_after_the_keys_are_stored() -> None:
    browsing = Browsing()
    run(browsing, lambda assertion, role: ISSUED, choose_reader)
    assert browsing.events == ["heard", "confirm 2 roles", "check single", "stored", "put away"]


def test_an_assertion_that_ran_out_is_renewed_once_through_the_same_browser() -> None:
    browsing = Browsing()
    run(browsing, refusing_once(browsing.events), choose_reader)
    assert browsing.events == [
        "heard",
        "confirm 2 roles",
        "exchange of 2 roles",
        "again",
        "confirm 1 roles",
        "exchange of 1 roles",
        "check single",
        "stored",
        "put away",
    ]


def test_a_second_late_assertion_is_an_error() -> None:
    def late(assertion: Assertion, role: Role) -> Issued:
        raise AssertionTooLate("The assertion has run out.")

    browsing = Browsing()
    with pytest.raises(AssertionTooLate):
        run(browsing, late, choose_reader)
    assert browsing.events == ["heard", *_TWICE, "put away"]


def test_nothing_is_stored_when_another_response_was_posted_meanwhile() -> None:
    class Disturbed(Browsing):
        def check_single(self) -> None:
            raise BrowserError("Two different SAML responses were posted.")

    browsing = Disturbed()
    with pytest.raises(BrowserError):
        run(browsing, lambda assertion, role: ISSUED, choose_reader)
    assert browsing.events == ["heard", "confirm 2 roles", "put away"]


@pytest.mark.parametrize("error", [RoleNotOffered, SignInRequired])
def test_nothing_is_stored_when_no_role_is_chosen(error: type[Exception]) -> None:
    def choose(assertion: Assertion) -> Role:
        raise error("No.")

    browsing = Browsing()
    with pytest.raises(error):
        run(browsing, lambda assertion, role: ISSUED, choose)
    assert browsing.events == ["heard", "put away"]


def test_the_secrets_of_credentials_do_not_show() -> None:
    assert "secret" not in repr(CREDENTIALS)
    assert "token" not in repr(CREDENTIALS).replace("session_token", "")
