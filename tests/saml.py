"""Unsigned assertions in the shape of those of identity providers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from aws_saml_ext.assertion import Role

ISSUER = "https://idp.example.com/"
PROVIDER = "arn:aws:iam::111111111111:saml-provider/Corp"
OTHER_PROVIDER = "arn:aws:iam::222222222222:saml-provider/Corp"
USER = "arn:aws:iam::111111111111:role/Role.User"
ADMIN = "arn:aws:iam::111111111111:role/Role.Admin"
READER = "arn:aws:iam::222222222222:role/team/Reader"
USER_ROLE = Role(USER, PROVIDER)
ADMIN_ROLE = Role(ADMIN, PROVIDER)
READER_ROLE = Role(READER, OTHER_PROVIDER)

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
ENCRYPTED = "<saml:EncryptedAssertion/>"


def saml_response(
    *roles: Role | str,
    session_name: str | None = "jane",
    not_on_or_after: str = "2030-01-01T00:05:00Z",
    attributes: Mapping[str, Sequence[str]] | None = None,
    issuer: str = ISSUER,
) -> str:
    """Return the base64 `SAMLResponse` that offers `roles`, or these values of the Role attribute.

    `attributes` are more of AWS's by their last part: `{"SessionDuration": ["3600"]}`.
    """
    named = {"Role": [value if isinstance(value, str) else pair(value) for value in roles]}
    if session_name is not None:
        named["RoleSessionName"] = [session_name]
    named |= {name: list(values) for name, values in (attributes or {}).items()}
    return encoded(response(assertion(named, not_on_or_after=not_on_or_after, issuer=issuer)))


def pair(role: Role) -> str:
    """Return the value of the Role attribute that offers this role."""
    return f"{role.arn},{role.principal_arn}"


def assertion(
    attributes: Mapping[str, Sequence[str]],
    *,
    not_on_or_after: str = "2030-01-01T00:05:00Z",
    issuer: str = ISSUER,
) -> str:
    """Return an Assertion element whose attributes have these values; they are text, not XML."""
    statements = "".join(
        f"<saml:Attribute Name={quoteattr(ATTRIBUTES + name)}>"
        + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in attributes.items()
    )
    return (
        f"<saml:Assertion><saml:Issuer>{escape(issuer)}</saml:Issuer>"
        f'<saml:Conditions NotOnOrAfter="{not_on_or_after}"/>'
        f"<saml:AttributeStatement>{statements}</saml:AttributeStatement></saml:Assertion>"
    )


def response(body: str, *, status: str = SUCCESS, inner: str = "") -> str:
    """A Response document with `body` in it; `inner` stands in its Status."""
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">'
        f'<samlp:Status><samlp:StatusCode Value="{status}"/>{inner}</samlp:Status>'
        f"{body}</samlp:Response>"
    )


def encoded(xml: str | bytes) -> str:
    """As a form carries it."""
    return base64.b64encode(xml.encode() if isinstance(xml, str) else xml).decode()
