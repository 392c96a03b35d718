"""The demo's identity provider, over HTTP as a browser speaks it."""

from __future__ import annotations

import base64
import re
import ssl
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import (
    TOTP_SECRET,
    USERS,
    IdentityProvider,
    User,
    offering,
)
from aws_saml_ext.demo.pages import (
    BY_CODE,
    CAPTCHA_ANSWER,
    LABELS,
    METHOD,
    NO,
    NUMBER_TO_MATCH,
    STAY,
    WORDS,
)
from aws_saml_ext.demo.steps import totp
from aws_saml_ext.errors import ConfigError
from tests.demo_servers import Form, Visitor, self_signed

AWS = "https://signin.aws.amazon.com/saml"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


def posted(form: Form) -> ET.Element:
    """The response that this form posts to AWS."""
    return ET.fromstring(base64.b64decode(form.fields["SAMLResponse"]))


def roles(form: Form) -> list[str | None]:
    found = posted(form).findall(f".//{SAML}Attribute[@Name='{ROLE}']/{SAML}AttributeValue")
    return [value.text for value in found]


def test_a_right_password_leads_to_a_form_for_aws(demo: Demo) -> None:
    answer = Visitor().sign_in(demo.idp_url, "aws_user")
    assert answer.action == AWS
    assert list(answer.fields) == ["SAMLResponse"]
    assert demo.idp.sign_ins == 1


def test_each_user_is_offered_their_roles(demo: Demo) -> None:
    provider = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
    user, admin = (f"{provider},arn:aws:iam::000000000000:role/Role.{x}" for x in ("User", "Admin"))
    offered = {
        name: roles(Visitor().sign_in(demo.idp_url, name))
        for name in ("aws_user", "aws_admin", "aws_void")
    }
    assert offered == {"aws_user": [user], "aws_admin": [user, admin], "aws_void": []}


def test_a_wrong_password_shows_the_form_again_with_an_error(demo: Demo) -> None:
    visitor = Visitor()
    again = visitor.sign_in(demo.idp_url, "aws_user", "wrong")
    assert "Invalid username or password." in visitor.page
    assert again.fields[again.names["text"]] == "aws_user"
    assert (demo.idp.wrong_passwords, demo.idp.sign_ins) == (1, 0)


def test_username_and_password_may_stand_on_two_pages(demo: Demo) -> None:
    visitor = Visitor()
    first = visitor.open(demo.idp.address(pages=2))
    assert list(first.names) == ["text"]
    second = visitor.submit(first, text="aws_user")
    assert "password" in second.names
    assert "text" not in second.names
    assert visitor.submit(second, password="aws_user").action == AWS


def test_a_wrong_password_on_the_second_page_is_asked_there_again(demo: Demo) -> None:
    visitor = Visitor()
    second = visitor.submit(visitor.open(demo.idp.address(pages=2)), text="aws_user")
    again = visitor.submit(second, password="wrong")
    assert "text" not in again.names
    assert visitor.submit(again, password="aws_user").action == AWS


def test_the_session_answers_without_a_question(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp_url, "aws_user")
    assert visitor.open(demo.idp_url).action == AWS
    assert (demo.idp.sign_ins, demo.idp.answers) == (1, 2)


def test_an_ended_session_is_asked_again(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp_url, "aws_user")
    demo.idp.end_sessions()
    assert "password" in visitor.open(demo.idp_url).names


def test_a_session_ends_by_itself() -> None:
    times = [datetime.now(timezone.utc)]
    with IdentityProvider(clock=lambda: times[-1], session_lifespan=timedelta(hours=1)) as idp:
        visitor = Visitor()
        visitor.sign_in(idp.start, "aws_user")
        times.append(times[0] + timedelta(hours=1))
        assert "password" in visitor.open(idp.start).names


@pytest.mark.parametrize("persistent", [False, True])
def test_the_cookie_outlives_the_browser_only_if_told(persistent: bool) -> None:
    with IdentityProvider(persistent_cookie=persistent) as idp:
        visitor = Visitor()
        visitor.sign_in(idp.start, "aws_user")
        assert [cookie.discard for cookie in visitor.cookies] == [not persistent]


def test_the_second_factor_is_asked_after_the_password(demo: Demo) -> None:
    visitor = Visitor()
    asked = visitor.sign_in(demo.idp_url, "aws_mfa")
    assert "One-time code" in visitor.page
    assert demo.idp.sign_ins == 0
    code = totp(TOTP_SECRET, datetime.now(timezone.utc))
    assert visitor.submit(asked, text=code).action == AWS


def test_a_wrong_code_is_asked_again(demo: Demo) -> None:
    visitor = Visitor()
    visitor.submit(visitor.sign_in(demo.idp_url, "aws_mfa"), text="no code")
    assert "Invalid authenticator code." in visitor.page
    assert demo.idp.answers == 0


def test_a_password_alone_is_no_session_for_who_has_a_second_factor(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp_url, "aws_mfa")
    assert visitor.open(demo.idp_url).action == ""
    assert demo.idp.answers == 0


def test_totp_is_that_of_the_rfc() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    moment = datetime.fromtimestamp(1111111109, timezone.utc)
    assert totp(secret, moment) == "081804"


def test_a_captcha_is_asked_where_the_address_says_so(demo: Demo) -> None:
    visitor = Visitor()
    asked = visitor.sign_in(demo.idp.address(ask="captcha"), "aws_user")
    assert "CAPTCHA" in visitor.page
    assert visitor.submit(asked, text=CAPTCHA_ANSWER).action == AWS


def test_a_locked_account_gets_a_page_without_a_form(demo: Demo) -> None:
    visitor = Visitor()
    assert visitor.sign_in(demo.idp_url, "aws_locked").fields == {}
    assert "Your account is locked." in visitor.page


def test_a_refused_user_posts_a_status_and_no_assertion(demo: Demo) -> None:
    response = posted(Visitor().sign_in(demo.idp_url, "aws_refused"))
    message = response.findtext(".//{urn:oasis:names:tc:SAML:2.0:protocol}StatusMessage")
    assert message == "Not allowed to use AWS."
    assert response.find(f"{SAML}Assertion") is None


@pytest.mark.parametrize("language", WORDS)
def test_pages_speak_the_language_of_the_address(demo: Demo, language: str) -> None:
    visitor = Visitor()
    visitor.open(demo.idp.address(lang=language))
    assert f'lang="{language}"' in visitor.page
    assert WORDS[language].password in visitor.page


@pytest.mark.parametrize("label", LABELS)
def test_every_layout_leads_to_aws(demo: Demo, label: str) -> None:
    assert Visitor().sign_in(demo.idp.address(label=label), "aws_user").action == AWS


def test_only_the_autocomplete_layout_has_autocomplete(demo: Demo) -> None:
    visitor = Visitor()
    with_it = []
    for label in LABELS:
        visitor.open(demo.idp.address(label=label))
        if "autocomplete=" in visitor.page:
            with_it.append(label)
    assert with_it == ["autocomplete"]


def test_what_was_typed_comes_back_escaped(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp_url, '"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in visitor.page
    assert "&quot;&gt;&lt;script&gt;" in visitor.page


@pytest.mark.parametrize("option", ["label", "lang", "via", "late", "RelayState"])
def test_nothing_of_the_address_is_written_into_a_page(demo: Demo, option: str) -> None:
    visitor = Visitor()
    address = demo.idp.address(**{option: '"><script>alert(1)</script>'})
    visitor.open(address)
    asked = visitor.page
    visitor.sign_in(address, "aws_user")
    assert "<script>alert" not in asked + visitor.page


def test_a_new_tab_is_the_target_of_the_form(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp.address(via="new-tab"), "aws_user")
    assert 'target="_blank"' in visitor.page


@pytest.mark.parametrize("via", ["popup", "iframe"])
def test_popup_and_frame_fetch_the_form_once(demo: Demo, via: str) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp.address(via=via), "aws_user")
    [ticket] = re.findall(r"/answer\?ticket=[\w-]+", visitor.page)
    assert Visitor().open(f"{demo.idp.url}{ticket}").action == AWS
    with pytest.raises(URLError, match="404"):
        Visitor().open(f"{demo.idp.url}{ticket}")


def test_a_frame_is_of_another_site(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp.address(via="iframe"), "aws_user")
    assert 'src="http://localhost:' in visitor.page


def test_the_relay_state_goes_along(demo: Demo) -> None:
    answer = Visitor().sign_in(demo.idp.address(RelayState="a&b"), "aws_user")
    assert answer.fields["RelayState"] == "a&b"


@pytest.mark.parametrize(
    ("sp", "host"),
    [
        ("urn:amazon:webservices:govcloud", "https://signin.amazonaws-us-gov.com/saml"),
        ("urn:amazon:webservices:cn-north-1", "https://signin.amazonaws.cn/saml"),
    ],
)
def test_other_partitions_are_posted_to_where_they_sign_in(demo: Demo, sp: str, host: str) -> None:
    assert Visitor().sign_in(demo.idp.address(sp=sp), "aws_user").action == host


def test_an_unknown_service_provider_is_refused(demo: Demo) -> None:
    with pytest.raises(URLError, match="400"):
        Visitor().open(demo.idp.address(sp="https://evil.example.com"))


def test_a_sign_in_address_of_ones_own_is_posted_to() -> None:
    with IdentityProvider(acs="http://localhost:9/saml") as idp:
        assert Visitor().sign_in(idp.start, "aws_user").action == "http://localhost:9/saml"


def test_three_hundred_roles_can_be_offered() -> None:
    many = [f"arn:aws:iam::111111111111:role/Team{number}" for number in range(300)]
    with IdentityProvider(users=offering(USERS, "aws_admin", many)) as idp:
        assert len(roles(Visitor().sign_in(idp.start, "aws_admin"))) == 300


def test_the_assertion_lives_as_long_as_told() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
    with IdentityProvider(lifespan=timedelta(seconds=5), clock=lambda: now) as idp:
        response = posted(Visitor().sign_in(idp.start, "aws_user"))
    for name in ("Conditions", "SubjectConfirmationData"):
        element = response.find(f".//{SAML}{name}")
        assert element is not None
        assert element.get("NotOnOrAfter") == "2026-11-23T12:00:05.000000Z"


def test_requests_are_recorded_without_what_was_typed(demo: Demo) -> None:
    Visitor().sign_in(demo.idp_url, "aws_user")
    assert demo.idp.requests == ["GET /start", "POST /start"]


def test_a_slow_page_takes_its_time() -> None:
    waits: list[float] = []
    with IdentityProvider(sleep=waits.append) as idp:
        Visitor().open(idp.address(slow=3))
    assert waits == [3.0]


def test_nobody_outside_of_this_machine_is_answered(demo: Demo) -> None:
    assert demo.idp.url.startswith("http://127.0.0.1:")
    assert demo.aws.url.startswith("http://127.0.0.1:")


def test_https_is_spoken_with_the_certificate_given(tmp_path: Path) -> None:
    with IdentityProvider(tls=self_signed(tmp_path)) as idp:
        trusting = ssl.create_default_context(cafile=tmp_path / "self-signed.pem")
        with urlopen(idp.start, context=trusting, timeout=20) as page:
            assert page.status == 200
        with pytest.raises(URLError, match="self-signed"):
            urlopen(idp.start, context=ssl.create_default_context(), timeout=20)


def test_passwords_and_secrets_are_in_no_repr() -> None:
    shown = repr(User("jane", password="s3cret", totp=TOTP_SECRET))
    assert "s3cret" not in shown
    assert TOTP_SECRET not in shown


def test_a_port_in_use_is_told(demo: Demo) -> None:
    port = int(demo.idp.url.rpartition(":")[2])
    with (
        pytest.raises(ConfigError, match=f"Port {port} is in use") as told,
        IdentityProvider(port=port),
    ):
        pass
    assert told.value.hint is not None
    assert "--idp-port 0" in told.value.hint


def test_a_way_to_verify_is_chosen_where_the_address_says_so(demo: Demo) -> None:
    visitor = Visitor()
    asked = visitor.sign_in(demo.idp.address(ask="method"), "aws_mfa")
    assert "Choose a way to verify" in visitor.page
    asked = visitor.open(visitor.address, {METHOD: BY_CODE})
    code = totp(TOTP_SECRET, datetime.now(timezone.utc))
    assert visitor.submit(asked, text=code).action == AWS


def test_a_number_is_shown_until_the_person_has_approved(demo: Demo) -> None:
    demo.idp.approval = timedelta(0)
    visitor = Visitor()
    asked = visitor.sign_in(demo.idp.address(ask="number"), "aws_user")
    assert NUMBER_TO_MATCH in visitor.page
    assert visitor.submit(asked).action == AWS


def test_whether_to_stay_signed_in_is_asked_where_the_address_says_so(demo: Demo) -> None:
    visitor = Visitor()
    visitor.sign_in(demo.idp.address(ask="stay"), "aws_user")
    assert visitor.open(visitor.address, {STAY: NO}).action == AWS
    assert demo.idp.stays == [NO]
