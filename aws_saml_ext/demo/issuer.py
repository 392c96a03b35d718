"""Signed SAML responses in the format that identity providers send to AWS."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
AUDIENCE = "urn:amazon:webservices"
ACS = "https://signin.aws.amazon.com/saml"

_NAMESPACES = (
    'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
    'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
)
# The schema of SAML wants the signature after the issuer; signxml fills it in.
_SIGNATURE = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>'
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
_CERTIFICATE_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Claims:
    """The content of one response: subject, audience, attributes and times."""

    name_id: str
    issued: datetime
    attributes: Mapping[str, Sequence[str]]
    acs: str = ACS
    audience: str = AUDIENCE
    lifespan: timedelta = timedelta(minutes=5)
    session_lifespan: timedelta = timedelta(hours=10)
    refusal: str | None = None
    """The message of a failed Status; a response with a refusal has no assertion."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """The entity ID, key and certificate of an identity provider."""

    entity_id: str
    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def create(cls, entity_id: str) -> Issuer:
        """Return an issuer with a new key and a self-signed certificate."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example identity provider")])
        now = datetime.now(timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + _CERTIFICATE_LIFE)
            .sign(key, hashes.SHA256())
        )
        return cls(entity_id, key, certificate)

    def metadata(self, address: str) -> str:
        """Return the SAML metadata to register with AWS; sign-ins start at `address`."""
        encoded = self.certificate.public_bytes(serialization.Encoding.DER)
        return (
            '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" '
            f"entityID={quoteattr(self.entity_id)}>"
            '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            '<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">'
            f"<X509Data><X509Certificate>{base64.b64encode(encoded).decode()}</X509Certificate>"
            "</X509Data></KeyInfo></KeyDescriptor>"
            '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
            f"Location={quoteattr(address)}/>"
            "</IDPSSODescriptor></EntityDescriptor>"
        )

    def response(
        self, claims: Claims, *, sign_response: bool = True, sign_assertion: bool = True
    ) -> str:
        """Return the base64 `SAMLResponse`, with the response and its assertion signed."""
        assertion = ""
        if claims.refusal is None:
            assertion = _assertion(claims, self.entity_id)
            if sign_assertion:
                assertion = self.signed(assertion)
        response = _response(claims, self.entity_id, assertion)
        if sign_response:
            response = self.signed(response)
        return base64.b64encode(response.encode()).decode()

    def signed(self, xml: str) -> str:
        """Return a response or an assertion with a signature of it."""
        head, issuer, rest = xml.partition("</saml:Issuer>")
        root = etree.fromstring(head + issuer + _SIGNATURE + rest)
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        signed = signer.sign(
            root, key=self.key, cert=[self.certificate], reference_uri=f"#{root.get('ID')}"
        )
        return str(etree.tostring(signed, encoding="unicode"))


def _response(claims: Claims, entity_id: str, assertion: str) -> str:
    if claims.refusal is None:
        status = f'<samlp:StatusCode Value="{_STATUS}Success"/>'
    else:
        status = (
            f'<samlp:StatusCode Value="{_STATUS}Responder">'
            f'<samlp:StatusCode Value="{_STATUS}AuthnFailed"/></samlp:StatusCode>'
            f"<samlp:StatusMessage>{escape(claims.refusal)}</samlp:StatusMessage>"
        )
    return (
        f'<samlp:Response {_NAMESPACES} ID="{_new_id()}" Version="2.0" '
        f'IssueInstant="{_instant(claims.issued)}" Destination={quoteattr(claims.acs)}>'
        f"<saml:Issuer>{escape(entity_id)}</saml:Issuer>"
        f"<samlp:Status>{status}</samlp:Status>{assertion}</samlp:Response>"
    )


def _assertion(claims: Claims, entity_id: str) -> str:
    issued, ends = _instant(claims.issued), _instant(claims.issued + claims.lifespan)
    session_ends = _instant(claims.issued + claims.session_lifespan)
    attributes = "".join(
        f'<saml:Attribute Name={quoteattr(name)} NameFormat="'
        'urn:oasis:names:tc:SAML:2.0:attrname-format:basic">'
        + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in claims.attributes.items()
    )
    return (
        f'<saml:Assertion {_NAMESPACES} ID="{_new_id()}" Version="2.0" IssueInstant="{issued}">'
        f"<saml:Issuer>{escape(entity_id)}</saml:Issuer>"
        '<saml:Subject><saml:NameID Format="'
        'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">'
        f"{escape(claims.name_id)}</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData NotOnOrAfter="{ends}" Recipient={quoteattr(claims.acs)}/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{issued}" NotOnOrAfter="{ends}"><saml:AudienceRestriction>'
        f"<saml:Audience>{escape(claims.audience)}</saml:Audience>"
        "</saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{issued}" SessionIndex="{_new_id()}" '
        f'SessionNotOnOrAfter="{session_ends}"><saml:AuthnContext><saml:AuthnContextClassRef>'
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
    )


def _new_id() -> str:
    return f"_{secrets.token_hex(16)}"  # An XML name may not begin with a digit.


def _instant(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
