"""The terminal gets through the pages of identity providers that nobody here wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

import pytest

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from aws_saml_ext.demo.identity_provider import TOTP_SECRET
from aws_saml_ext.demo.steps import totp
from tests import browsers, lemonldap, simplesamlphp
from tests.described_pages import browsing
from tests.doubles import FakePrompt
from tests.lemonldap import LemonLdap
from tests.local_stack import LocalStack
from tests.simplesamlphp import SimpleSamlPhp
from tests.stories import signed_in

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(500)]

TABLET_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CHOOSE = "Choose (number or part of the name): "
KEYCLOAK = ("Username or email: ", "Password: (hidden)")


@pytest.fixture(scope="module")
def browser() -> Iterator[WatchedBrowser]:
    with browsing(browsers.chromium(), browsers.settings()) as started:
        yield started


@dataclass
class Person:
    """A person without a session at any identity provider, who signs in in a browser."""

    browser: WatchedBrowser
    prompt: FakePrompt

    def is_signed_in(self, address: str, *answers: str | Callable[[], str]) -> bool:
        """Sign in; return whether two roles are offered then."""
        for cookie in self.browser.cookies.read():
            self.browser.cookies.remove(cookie)
        self.prompt.answers = list(answers)
        text = signed_in(address, self.browser, self.prompt)
        return len(Assertion.parse(text).roles) == 2

    @property
    def screens(self) -> str:
        """Everything that stood on the terminal."""
        return "\n".join(line for screen in self.prompt.screens for line in screen)


@pytest.fixture
def person(browser: WatchedBrowser) -> Person:
    return Person(browser, FakePrompt())


def code_by(secret: str) -> str:
    return totp(secret, datetime.now(timezone.utc))


# ---- Keycloak ----


def test_keycloak_with_terms_and_conditions(stack: LocalStack, person: Person) -> None:
    stack.admin.enable_action("TERMS_AND_CONDITIONS")
    stack.admin.add_user("with-terms", actions=["TERMS_AND_CONDITIONS"])
    assert person.is_signed_in(stack.idp_url, "with-terms", "with-terms", "Accept")
    assert person.prompt.asked == [*KEYCLOAK, CHOOSE]
    assert "Accept  (agrees to what the page says)" in person.screens


def test_keycloak_with_two_devices(stack: LocalStack, person: Person) -> None:
    devices = {"Phone": TOTP_SECRET, "Tablet": TABLET_SECRET}
    stack.admin.add_user("with-devices", otp=devices)
    code = lambda: code_by(TABLET_SECRET)  # noqa: E731 - for the time at which it is asked for
    name = "with-devices"
    assert person.is_signed_in(stack.idp_url, name, name, "Tablet", code)
    which = "Choose (number or part of the name) [Phone]: "
    assert person.prompt.asked == [*KEYCLOAK, which, "One-time code: "]


def test_keycloak_with_another_identity_provider(stack: LocalStack, person: Person) -> None:
    stack.admin.add_user("of-partner")
    stack.admin.add_broker("partner", user="of-partner")
    answers = ("", "partner", "of-partner", "of-partner-there")
    assert person.is_signed_in(stack.idp_url, *answers)
    assert person.prompt.asked == ["Username or email: ", CHOOSE, *KEYCLOAK]


def test_keycloak_that_demands_a_new_password(stack: LocalStack, person: Person) -> None:
    stack.admin.add_user("new-password", actions=["UPDATE_PASSWORD"])
    answers = ("new-password", "new-password", "correct horse", "correct horse")
    assert person.is_signed_in(stack.idp_url, *answers)
    new = ["New Password: (hidden)", "Confirm password: (hidden)"]
    assert person.prompt.asked == [*KEYCLOAK, *new]


def test_keycloak_that_demands_a_second_factor(stack: LocalStack, person: Person) -> None:
    stack.admin.add_user("new-device", actions=["CONFIGURE_TOTP"])

    def code() -> str:
        [key] = [line for line in person.prompt.shown if line.startswith("The key: ")]
        return code_by(key.partition('"')[2].rstrip('"').replace(" ", ""))

    answers = ("new-device", "new-device", "Unable to scan", code, "My phone")
    assert person.is_signed_in(stack.idp_url, *answers)
    assert person.prompt.asked == [*KEYCLOAK, CHOOSE, "One-time code: ", "Device Name: "]


# ---- SimpleSAMLphp ----


@pytest.fixture(scope="module")
def asking_more() -> Iterator[SimpleSamlPhp]:
    with simplesamlphp.running(asks_more=True) as started:
        yield started


def test_simplesamlphp_with_two_sources_and_consent(
    asking_more: SimpleSamlPhp, person: Person
) -> None:
    answers = ("Partners", "aws_admin", "aws_admin", "Yes, continue")
    assert person.is_signed_in(asking_more.url, *answers)
    assert person.prompt.asked == [CHOOSE, "Username: ", "Password: (hidden)", CHOOSE]
    sources, *_, consent = person.prompt.screens
    assert sources[:3] == [
        '127.0.0.1 says: "Select an authentication source"',
        "  0  Employees",
        "  1  Partners",
    ]
    assert "To remember the choice" in " ".join(sources)
    assert consent[-4:-1] == ["127.0.0.1 offers:", "  0  Yes, continue", "  1  No, cancel"]


# ---- LemonLDAP::NG ----


@pytest.fixture(scope="module")
def lemon() -> Iterator[LemonLdap]:
    with lemonldap.running() as started:
        yield started


@pytest.mark.parametrize(
    ("factor", "code"),
    [("OTP App", lambda: code_by(TOTP_SECRET)), ("Text message", lambda: lemonldap.TEXTED_CODE)],
    ids=["device", "text-message"],
)
def test_lemonldap_with_a_choice_of_second_factors(
    lemon: LemonLdap, person: Person, factor: str, code: Callable[[], str]
) -> None:
    assert person.is_signed_in(lemon.url, "aws_either", "aws_either", factor, code)
    name, *others = person.prompt.asked
    assert name in {"Login: ", "Username: "}  # a script of the page writes it
    assert others == ["Password: (hidden)", CHOOSE, "Code: "]
