import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest

from aws_saml_ext.assertion import Assertion, Role, is_role_arn
from aws_saml_ext.errors import IdentityProviderRefused, InvalidAssertion
from tests.saml import (
    ADMIN,
    ADMIN_ROLE,
    ATTRIBUTES,
    ENCRYPTED,
    PROVIDER,
    READER,
    READER_ROLE,
    SUCCESS,
    USER_ROLE,
    assertion,
    encoded,
    pair,
    response,
    saml_response,
)

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"


def parsed(body: str) -> Assertion:
    return Assertion.parse(encoded(response(body)))


def with_value(xml: str) -> Assertion:
    """A Role attribute whose value is written as this XML."""
    return parsed(assertion({"Role": ["HERE"]}).replace("HERE", xml))


# ---- roles ----


@pytest.mark.parametrize(
    "value",
    [
        f"{ADMIN},{PROVIDER}",
        f"{PROVIDER},{ADMIN}",
        f"\n   {ADMIN} ,\n\t{PROVIDER}\n",
        f"{ADMIN},{PROVIDER},",
        f",{PROVIDER},{ADMIN} , ",
    ],
)
def test_a_role_and_its_provider_come_in_either_order_with_anything_around(value: str) -> None:
    assert Role.parse(value) == ADMIN_ROLE


@pytest.mark.parametrize(
    "value",
    [
        "",
        "offline_access",
        ADMIN,
        f"{ADMIN},",
        f"{ADMIN},{READER}",
        f"{PROVIDER},{PROVIDER}",
        f"{ADMIN},{PROVIDER},{READER}",
        f"{ADMIN};{PROVIDER}",
        f"arn:aws:iam::1:role/Short,{PROVIDER}",
        f"arn:aws:iam::111111111111:user/jane,{PROVIDER}",
        f"arn:aws:iam::111111111111:role/,{PROVIDER}",
        f"arn:aws:iam::111111111111:role/{'x' * 65},{PROVIDER}",
        f"arn:aws:iam::111111111111:role/{'p/' * 3000}x,{PROVIDER}",
    ],
)
def test_a_value_that_is_no_pair_is_no_role(value: str) -> None:
    assert Role.parse(value) is None


@pytest.mark.parametrize("name", ["saml-provider", "saml-provider/x", "a,b", "a/b/c", "role/x"])
def test_odd_names_of_roles_are_names(name: str) -> None:
    arn = f"arn:aws-cn:iam::111111111111:role/{name}"
    for value in (f"{arn},{PROVIDER}", f"{PROVIDER},{arn}"):
        assert Role.parse(value) == Role(arn, PROVIDER)


def test_a_role_knows_the_parts_of_its_arn() -> None:
    role = Role("arn:aws-us-gov:iam::222222222222:role/team/eu/Reader", PROVIDER)
    assert role.partition == "aws-us-gov"
    assert role.account_id == "222222222222"
    assert role.path_name == "team/eu/Reader"
    assert role.name == "Reader"
    assert role.provider_name == "Corp"


def test_roles_keep_their_order_and_come_once() -> None:
    offered = Assertion.parse(
        saml_response(
            READER_ROLE, ADMIN_ROLE, f"{PROVIDER},{ADMIN}", USER_ROLE, READER_ROLE, "noise"
        )
    )
    assert offered.roles == (READER_ROLE, ADMIN_ROLE, USER_ROLE)


def test_one_attribute_per_role_is_the_same_as_all_in_one() -> None:
    each = "".join(
        f'<saml:Attribute Name="{ATTRIBUTES}Role">'
        f"<saml:AttributeValue>{pair(role)}</saml:AttributeValue></saml:Attribute>"
        for role in (ADMIN_ROLE, USER_ROLE)
    )
    statements = f"<saml:AttributeStatement>{each}</saml:AttributeStatement>" * 2
    assert parsed(f"<saml:Assertion>{statements}</saml:Assertion>").roles == (ADMIN_ROLE, USER_ROLE)


@pytest.mark.parametrize(
    "xml",
    [
        f"{ADMIN}<!-- a comment -->,{PROVIDER}",
        f"{ADMIN[:20]}<!-- a comment -->{ADMIN[20:]},{PROVIDER}",
        f"<![CDATA[{ADMIN}]]>,<![CDATA[{PROVIDER}]]>",
        f"{ADMIN},{PROVIDER}".replace("a", "&#97;"),
        f"<x>{ADMIN}</x><?y z?>,{PROVIDER}",
    ],
)
def test_the_whole_text_of_a_value_is_read(xml: str) -> None:
    assert with_value(xml).roles == (ADMIN_ROLE,)


def test_any_prefix_will_do() -> None:
    xml = (
        response(assertion({"Role": [pair(ADMIN_ROLE)]}))
        .replace("samlp", "ns0")
        .replace("saml:", "x.y:")
    )
    assert Assertion.parse(encoded(xml.replace(":saml=", ":x.y="))).roles == (ADMIN_ROLE,)


def test_no_prefix_will_do() -> None:
    inner = assertion({"Role": [pair(ADMIN_ROLE)]}).replace("saml:", "")
    xml = response(inner.replace("<Assertion>", f'<Assertion xmlns="{SAML}">'))
    xml = xml.replace("samlp:", "").replace("xmlns:samlp=", "xmlns=")
    assert Assertion.parse(encoded(xml)).roles == (ADMIN_ROLE,)


def test_another_namespace_is_not_saml() -> None:
    xml = response(assertion({"Role": [pair(ADMIN_ROLE)]})).replace(SAML, "urn:example")
    with pytest.raises(InvalidAssertion, match="contains no assertion"):
        Assertion.parse(encoded(xml))


@pytest.mark.parametrize(
    "place",
    [
        "<saml:Assertion/><saml:Advice>{}</saml:Advice>",
        "<saml:Assertion><saml:Advice>{}</saml:Advice></saml:Assertion>",
        "<saml:Assertion/>{}",
        "<samlp:Extensions>{}</samlp:Extensions><saml:Assertion/>",
        "<saml:Assertion><x>{}</x></saml:Assertion>",
    ],
)
def test_what_stands_anywhere_else_is_not_read(place: str) -> None:
    assert parsed(place.format(assertion({"Role": [pair(ADMIN_ROLE)]}))).roles == ()


def test_only_the_first_assertion_is_read() -> None:
    both = assertion({"Role": [pair(ADMIN_ROLE)]}) + assertion({"Role": [pair(READER_ROLE)]})
    assert parsed(both).roles == (ADMIN_ROLE,)


@pytest.mark.parametrize("name", ["role", "Roles", " Role", "Role/x"])
def test_the_name_of_the_attribute_is_exact(name: str) -> None:
    assert parsed(assertion({name: [pair(ADMIN_ROLE)]})).roles == ()


def test_roles_of_identity_center_are_kept_apart() -> None:
    name = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
    reserved = Role(f"arn:aws:iam::111111111111:role/{name}", PROVIDER)
    offered = Assertion.parse(saml_response(reserved, ADMIN_ROLE))
    assert offered.roles == (ADMIN_ROLE,)
    assert offered.reserved_roles == (reserved,)


# ---- the other attributes ----


def test_who_and_from_where() -> None:
    offered = Assertion.parse(saml_response(ADMIN_ROLE, session_name=" jane@example.com\n"))
    assert offered.session_name == "jane@example.com"
    assert offered.issuer == "https://idp.example.com/"


def test_the_assertions_own_issuer_comes_first() -> None:
    own, outer = (f"<saml:Issuer>{name}</saml:Issuer>" for name in ("own", "outer"))
    assert parsed(f"{outer}<saml:Assertion>{own}</saml:Assertion>").issuer == "own"
    assert parsed(f"{outer}<saml:Assertion/>").issuer == "outer"


def test_what_is_not_said_is_none() -> None:
    offered = parsed("<saml:Assertion/>")
    assert offered.session_name is None
    assert offered.issuer is None
    assert offered.not_on_or_after is None
    assert offered.session_duration is None
    assert not offered.encrypted


@pytest.mark.parametrize(
    ("written", "seconds"), [("3600", 3600), ("soon", None), ("-1", None), ("9" * 40, None)]
)
def test_the_session_duration_is_a_number_of_seconds(written: str, seconds: int | None) -> None:
    offered = Assertion.parse(saml_response(attributes={"SessionDuration": [written]}))
    assert offered.session_duration == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2030-01-01T00:05:00Z", datetime(2030, 1, 1, 0, 5, tzinfo=timezone.utc)),
        ("2030-01-01T00:05:00.1234567Z", datetime(2030, 1, 1, 0, 5, tzinfo=timezone.utc)),
        ("2030-01-01T02:05:00+02:00", datetime(2030, 1, 1, 0, 5, tzinfo=timezone.utc)),
        ("2030-01-01T00:05:00", datetime(2030, 1, 1, 0, 5, tzinfo=timezone.utc)),
        ("2030-13-01T00:05:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("tomorrow", None),
    ],
)
def test_the_end_is_a_time_in_utc(written: str, moment: datetime | None) -> None:
    assert Assertion.parse(saml_response(not_on_or_after=written)).not_on_or_after == moment


def test_the_earliest_end_counts() -> None:
    subject = (
        "<saml:Subject><saml:SubjectConfirmation>"
        '<saml:SubjectConfirmationData NotOnOrAfter="2030-01-01T00:01:00Z"/>'
        "</saml:SubjectConfirmation></saml:Subject>"
    )
    body = assertion({}).replace("<saml:Conditions", f"{subject}<saml:Conditions")
    assert parsed(body).not_on_or_after == datetime(2030, 1, 1, 0, 1, tzinfo=timezone.utc)


def test_an_encrypted_one_has_no_roles() -> None:
    offered = parsed(ENCRYPTED)
    assert offered.encrypted
    assert offered.roles == ()


def test_line_breaks_in_base64_are_legal_and_not_kept() -> None:
    text = saml_response(ADMIN_ROLE)
    broken = "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n"
    assert Assertion.parse(broken) == Assertion.parse(text)
    assert Assertion.parse(broken).saml_response == text


def test_the_text_does_not_show() -> None:
    offered = Assertion.parse(saml_response(ADMIN_ROLE))
    assert offered.saml_response not in repr(offered)


# ---- refusals ----


def test_the_identity_providers_own_words_are_shown() -> None:
    message = "<samlp:StatusMessage>Account\x85 is\nlocked.</samlp:StatusMessage>"
    status = "urn:oasis:names:tc:SAML:2.0:status:Responder"
    with pytest.raises(IdentityProviderRefused, match=r'says: "Account is locked\."$'):
        Assertion.parse(encoded(response("", status=status, inner=message)))


def test_without_words_the_inner_status_is_shown() -> None:
    xml = response("", status="urn:oasis:names:tc:SAML:2.0:status:Responder").replace(
        'Responder"/>',
        'Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>'
        "</samlp:StatusCode>",
    )
    with pytest.raises(IdentityProviderRefused, match="AuthnFailed"):
        Assertion.parse(encoded(xml))


def test_a_refusal_is_one_even_with_an_assertion() -> None:
    xml = response(assertion({"Role": [pair(ADMIN_ROLE)]}), status=SUCCESS + "fully")
    with pytest.raises(IdentityProviderRefused):
        Assertion.parse(encoded(xml))


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("%%%", "is not base64"),
        ("é", "is not base64"),
        ("QUJ", "is not base64"),
        (encoded("hello"), "is not XML"),
        (encoded("<a>"), "contains no SAML 2.0 Response"),
        (encoded(response("<saml:Assertion>")), "is not XML: mismatched tag"),
        (encoded("<html><body>Sign in</body></html>"), "contains no SAML 2.0 Response"),
        (encoded(assertion({}).replace("saml:", "")), "contains no SAML 2.0 Response"),
        (encoded(response("")), "contains no assertion"),
        (encoded("<samlp:Response/>"), "is not XML: unbound prefix"),
        (encoded(BOMB + response("&b;")), "declares a document type"),
        (encoded('<!DOCTYPE r SYSTEM "file:///etc/passwd">' + response("")), "document type"),
        (encoded(response("<saml:Assertion>&b;</saml:Assertion>")), "undefined entity"),
        (encoded(b'<?xml version="1.0" encoding="bogus"?><a/>'), "encoding"),
        (encoded(b'<?xml version="1.0" encoding="shift_jis"?><a/>'), "encoding"),
        (encoded(b"<a>\xff</a>"), "is not XML|contains no SAML"),
        (encoded("<Response>" * 200), "too deep"),
    ],
)
def test_what_is_no_saml_response_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidAssertion, match=words) as caught:
        Assertion.parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_the_encodings_of_xml_are_read(encoding: str) -> None:
    xml = response(assertion({"Role": [pair(ADMIN_ROLE)], "RoleSessionName": ["Jané"]}))
    assert Assertion.parse(encoded(xml.encode(encoding))).session_name == "Jané"


def test_more_than_sts_takes_is_still_read() -> None:
    roles = [Role(f"arn:aws:iam::111111111111:role/R{n}", PROVIDER) for n in range(2000)]
    text = saml_response(*roles)
    assert len(text) > 100_000
    assert Assertion.parse(text).roles == tuple(roles)


@pytest.mark.parametrize(
    "body",
    [
        "<saml:AttributeValue>" * 300_000,
        "<saml:Advice/>" * 1_000_100,
        assertion({"Role": ["x" * 10_000_000]}),
        f'<saml:Assertion ID="{"x" * 10_000_000}"/>',
        "<saml:Assertion " + " ".join(f'a{n}=""' for n in range(100_000)) + "/>",
        assertion({"Role": ["arn:aws:iam::111111111111:role/" + "a/" * 2000, ",arn:" * 90_000]}),
    ],
    ids=["deep", "many", "long text", "long attribute", "many attributes", "slow to match"],
)
def test_nothing_takes_long(body: str) -> None:
    text = encoded(response(body))
    start = time.process_time()  # not the time that other programs take
    with suppress(InvalidAssertion):
        assert Assertion.parse(text).roles == ()
    assert time.process_time() - start < 10


# ---- words ----


def test_a_whole_arn_is_told_from_a_pattern() -> None:
    assert is_role_arn(READER)
    for pattern in ("Reader", "arn:aws:iam::*:role/Reader", PROVIDER, READER + "*", "/x/"):
        assert not is_role_arn(pattern)
