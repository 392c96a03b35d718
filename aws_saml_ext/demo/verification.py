"""Verification of the signature of a SAML response. Pure functions.

Only signed elements are returned, so that an attacker gains nothing by wrapping the signed element
or by adding another one beside it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

PREFIXES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
_RESPONSE = f"{{{PREFIXES['samlp']}}}Response"
_ASSERTION = f"{{{PREFIXES['saml']}}}Assertion"
_CERTIFICATES = "md:IDPSSODescriptor/md:KeyDescriptor[{}]/ds:KeyInfo/ds:X509Data/ds:X509Certificate"


class Unverified(Exception):
    """The response has no valid signature of this identity provider."""


def parse(xml: bytes) -> Any:
    """Parse XML and return its root element.

    Raises:
        ValueError: `xml` is malformed, or declares a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type is declared")
    return root


@dataclass(frozen=True, slots=True)
class Provider:
    """The entity ID and certificates in the metadata of an identity provider."""

    entity_id: str
    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, metadata: str) -> Provider:
        """Parse SAML metadata.

        Raises:
            ValueError: `metadata` is malformed.
        """
        root = parse(metadata.encode())
        encoded = [
            element.text or ""
            for use in ("@use='signing'", "not(@use)")
            for element in root.xpath(_CERTIFICATES.format(use), namespaces=PREFIXES)
        ]
        certificates = (x509.load_der_x509_certificate(base64.b64decode(text)) for text in encoded)
        return cls(root.get("entityID", ""), tuple(certificates))


def signed_assertion(response: Any, provider: Provider) -> Any:
    """Return the only Assertion of `response`, as signed.

    The response or its assertion must be signed; if both are, both must be valid.

    Raises:
        Unverified: a signature is missing or invalid, or there is not exactly one assertion.
    """
    if response.tag != _RESPONSE:
        raise Unverified("the root is no Response")
    response_signed = response.find("ds:Signature", PREFIXES) is not None
    if response_signed:
        response = _verified(response, "./", provider, _RESPONSE)
    assertions = response.findall("saml:Assertion", PREFIXES)
    if len(assertions) != 1:
        raise Unverified("there is not one Assertion")
    [assertion] = assertions
    if assertion.find("ds:Signature", PREFIXES) is not None:
        return _verified(response, f"./{_ASSERTION}/", provider, _ASSERTION)
    if not response_signed:
        raise Unverified("nothing is signed")
    return assertion


def _verified(root: Any, location: str, provider: Provider, tag: str) -> Any:
    """Return the signed copy of the element `tag` that the signature at `location` covers."""
    for certificate in provider.certificates:
        try:
            result = XMLVerifier().verify(
                etree.tostring(root),
                x509_cert=certificate,
                expect_config=SignatureConfiguration(location=location),
            )
        except (SignXMLException, etree.LxmlError, ValueError, UnsupportedAlgorithm):
            continue
        if not isinstance(result, list) and result.signed_xml is not None:
            signed = result.signed_xml
            if signed.tag == tag:
                return signed
    raise Unverified("no key of the provider made this signature")
