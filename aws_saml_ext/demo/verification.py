"""
The part of a SAML response that an identity provider's key vouches for. Pure.

Nothing outside of what was signed is ever looked at, so an element wrapped around, or slipped in
beside, the signed one is of no use.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
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
_CERTIFICATE = "md:KeyDescriptor[{}]/ds:KeyInfo/ds:X509Data/ds:X509Certificate"


class Unverified(Exception):
    """There is no signature of this identity provider on it."""


def parse(xml: bytes) -> Any:
    """The root element; raises ValueError for what is no XML, or declares a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type is declared")
    return root


def entity_id(metadata: str) -> str:
    """The name of the identity provider that `metadata` is of."""
    return str(parse(metadata.encode()).get("entityID", ""))


def signed_assertion(response: Any, metadata: str) -> Any:
    """
    The one Assertion of `response`, as it was signed.

    Either the response is signed, or its assertion; where both are, both have to be right.
    Raises Unverified.
    """
    certificates = list(_certificates(metadata))
    if response.tag != _RESPONSE:
        raise Unverified("the root is no Response")
    response_signed = response.find("ds:Signature", PREFIXES) is not None
    if response_signed:
        response = _verified(response, "./", certificates, _RESPONSE)
    assertions = response.findall("saml:Assertion", PREFIXES)
    if len(assertions) != 1:
        raise Unverified("there is not one Assertion")
    [assertion] = assertions
    if assertion.find("ds:Signature", PREFIXES) is not None:
        return _verified(response, f"./{_ASSERTION}/", certificates, _ASSERTION)
    if not response_signed:
        raise Unverified("nothing is signed")
    return assertion


def _verified(root: Any, location: str, certificates: list[x509.Certificate], tag: str) -> Any:
    """The signed copy of the element with `tag` that the signature at `location` covers."""
    for certificate in certificates:
        configuration = SignatureConfiguration(
            location=location,
            # AWS does not look at the validity of an identity provider's certificate.
            verification_time=certificate.not_valid_before_utc,
        )
        try:
            result = XMLVerifier().verify(
                etree.tostring(root), x509_cert=certificate, expect_config=configuration
            )
        except (SignXMLException, etree.LxmlError, ValueError, UnsupportedAlgorithm):
            continue
        if not isinstance(result, list) and result.signed_xml is not None:
            signed = result.signed_xml
            if signed.tag == tag:
                return signed
    raise Unverified("no key of the provider made this signature")


def _certificates(metadata: str) -> Iterator[x509.Certificate]:
    provider = parse(metadata.encode()).find("md:IDPSSODescriptor", PREFIXES)
    if provider is None:
        return
    for use in ("@use='signing'", "not(@use)"):
        for encoded in provider.xpath(_CERTIFICATE.format(use), namespaces=PREFIXES):
            yield x509.load_der_x509_certificate(base64.b64decode(encoded.text))
