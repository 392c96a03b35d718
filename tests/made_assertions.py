"""SAML responses in the shapes of several makers of identity providers, to be broken one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from aws_saml_ext.assertion import Role
from tests.saml import ADMIN_ROLE, ATTRIBUTES, ISSUER, SUCCESS, USER_ROLE, encoded

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
_SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
    '<ds:SignatureMethod Algorithm="{0}rsa-{1}"/><ds:Reference><ds:DigestMethod '
    'Algorithm="{0}{1}"/></ds:Reference></ds:SignedInfo></ds:Signature>'
)


@dataclass(frozen=True, slots=True)
class Maker:
    """The habits of one maker."""

    name: str
    protocol: str = "samlp:"
    """The prefix of the names of the protocol; empty for none."""
    prefix: str = "saml:"
    """The prefix of the names in the assertion; empty for none."""
    provider_first: bool = False
    attribute_per_role: bool = False
    space: str = ""
    """White space around values."""
    signs_response: bool = False
    signs_assertion: bool = True
    z: str = "Z"
    """The ends of times."""


MAKERS = (
    Maker("keycloak", space="\n   ", signs_response=True, z=".123Z"),
    Maker("okta", "saml2p:", "saml2:", provider_first=True, signs_response=True, z=".000Z"),
    Maker("adfs", prefix="", provider_first=True, z=".5Z"),
    Maker("entra", prefix="", z=".4567890Z"),
    Maker("simplesamlphp", attribute_per_role=True, signs_response=True, signs_assertion=False),
)


@dataclass(frozen=True, slots=True)
class Made:
    """The content of one response; every value may be replaced by a broken one."""

    maker: Maker = MAKERS[0]
    roles: Sequence[Role | str] = (USER_ROLE, ADMIN_ROLE)
    session_name: str | None = "jane"
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """More attributes, by their whole names or the last part of AWS's."""
    issuer: str = ISSUER
    response_issuer: str | None = ISSUER
    audience: str | None = "urn:amazon:webservices"
    recipient: str | None = "https://signin.aws.amazon.com/saml"
    destination: str | None = "https://signin.aws.amazon.com/saml"
    issued: datetime | None = NOW - timedelta(seconds=3)
    starts: datetime = NOW - timedelta(seconds=3)
    ends: datetime = NOW + timedelta(minutes=5)
    session_ends: datetime | None = NOW + timedelta(hours=10)
    name_id: str = "jane@example.com"
    status: str = SUCCESS
    digest: str = "sha256"
    is_signed: bool = True
    role_attribute: str = f"{ATTRIBUTES}Role"
    name_attribute: str = f"{ATTRIBUTES}RoleSessionName"

    def changed(self, **changes: Any) -> Made:
        """Return a copy with these values."""
        return replace(self, **changes)

    @property
    def saml_response(self) -> str:
        """The response in base64."""
        return encoded(self.xml)

    @property
    def xml(self) -> str:
        """The response as XML."""
        maker, p = self.maker, self.maker.protocol
        name = maker.protocol.rstrip(":")
        own_issuer = ""
        if self.response_issuer is not None:
            own_issuer = (
                '<i:Issuer xmlns:i="urn:oasis:names:tc:SAML:2.0:assertion">'
                f"{escape(self.response_issuer)}</i:Issuer>"
            )
        return (
            f'<{p}Response xmlns:{name}="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0"'
            f"{_attribute('Destination', self.destination)}>{own_issuer}"
            f"{self._signature(is_made=maker.signs_response)}"
            f"<{p}Status><{p}StatusCode Value={quoteattr(self.status)}/></{p}Status>"
            f"{self._assertion}</{p}Response>"
        )

    @property
    def _assertion(self) -> str:
        p = self.maker.prefix
        namespace = f"xmlns:{p.rstrip(':')}" if p else "xmlns"
        audience = ""
        if self.audience is not None:
            audience = (
                f"<{p}AudienceRestriction><{p}Audience>{escape(self.audience)}</{p}Audience>"
                f"</{p}AudienceRestriction>"
            )
        name_id = f"<{p}NameID>{escape(self.name_id)}</{p}NameID>" if self.name_id else ""
        return (
            f'<{p}Assertion {namespace}="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0"'
            f"{_attribute('IssueInstant', self._time(self.issued))}>"
            f"<{p}Issuer>{escape(self.issuer)}</{p}Issuer>"
            f"{self._signature(is_made=self.maker.signs_assertion)}"
            f"<{p}Subject>{name_id}<{p}SubjectConfirmation><{p}SubjectConfirmationData"
            f"{_attribute('NotOnOrAfter', self._time(self.ends))}"
            f"{_attribute('Recipient', self.recipient)}/></{p}SubjectConfirmation></{p}Subject>"
            f"<{p}Conditions{_attribute('NotBefore', self._time(self.starts))}"
            f"{_attribute('NotOnOrAfter', self._time(self.ends))}>{audience}</{p}Conditions>"
            f"<{p}AuthnStatement"
            f"{_attribute('SessionNotOnOrAfter', self._time(self.session_ends))}/>"
            f"<{p}AttributeStatement>{''.join(self._attributes())}</{p}AttributeStatement>"
            f"</{p}Assertion>"
        )

    def _attributes(self) -> list[str]:
        values = [self._pair(role) for role in self.roles]
        groups = [[value] for value in values] if self.maker.attribute_per_role else [values]
        named = [(self.role_attribute, group) for group in groups]
        if self.session_name is not None:
            named.append((self.name_attribute, [self.session_name]))
        for name, more in self.attributes.items():
            named.append((name if "://" in name else ATTRIBUTES + name, list(more)))
        p, space = self.maker.prefix, self.maker.space
        return [
            f"<{p}Attribute Name={quoteattr(name)}>"
            + "".join(
                f"<{p}AttributeValue>{space}{escape(value)}{space}</{p}AttributeValue>"
                for value in group
            )
            + f"</{p}Attribute>"
            for name, group in named
        ]

    def _pair(self, role: Role | str) -> str:
        if isinstance(role, str):
            return role
        arns = [role.arn, role.principal_arn]
        return ",".join(reversed(arns) if self.maker.provider_first else arns)

    def _signature(self, *, is_made: bool) -> str:
        if not is_made or not self.is_signed:
            return ""
        return _SIGNATURE.format("http://www.w3.org/2001/04/xmldsig-more#", self.digest)

    def _time(self, moment: datetime | None) -> str | None:
        return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}{self.maker.z}"


def _attribute(name: str, value: str | None) -> str:
    return "" if value is None else f" {name}={quoteattr(value)}"
