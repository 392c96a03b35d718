"""A SAML response read for its checks: every part of it that AWS looks at. Pure; no IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_saml_ext.assertion import checked_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
_SAML = ("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion", "")
_SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True, slots=True)
class ResponseDocument:
    """The parts of a SAML response that AWS looks at; texts without white space around them."""

    length: int
    """Characters of base64."""
    status: str | None
    """The outer status code; None without one."""
    status_words: str
    """The message of the status, else its inner code; empty without both."""
    assertions: int
    is_encrypted: bool
    is_signed: bool
    """True if the response or its assertion is signed, by whomever."""
    algorithms: tuple[str, ...]
    """The algorithms of the signatures and of their digests."""
    response_issuer: str | None
    issuer: str | None
    """That of the assertion."""
    destination: str | None
    issued: str | None
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    """The times at which the conditions and the confirmation of the subject end."""
    session_ends: tuple[str, ...]
    audiences: tuple[str, ...]
    recipients: tuple[str, ...]
    name_id: str | None = field(repr=False)
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = field(repr=False)
    """The attributes in the assertion's order, each with its values."""

    @classmethod
    def read(cls, saml_response: str) -> ResponseDocument:
        """Read a base64 `SAMLResponse`.

        Raises:
            InvalidAssertion: it cannot be read.
        """
        from xml.etree import ElementTree

        # Parsed once before: it declares no document type, so there are no entities to expand.
        root = ElementTree.fromstring(checked_xml(saml_response))  # noqa: S314
        assertions = _all(root, "Assertion")
        assertion = assertions[0] if assertions else ElementTree.Element("none")
        codes = [code for status in _all(root, "Status") for code in _all(status, "StatusCode")]
        inner = [code.get("Value", "") for outer in codes for code in _all(outer, "StatusCode")]
        words = _texts(root, "Status", "StatusMessage") or [
            name.rpartition(":")[2] for name in inner
        ]
        data = ("Subject", "SubjectConfirmation", "SubjectConfirmationData")
        signatures = [
            child
            for element in (root, assertion)
            for child in element
            if child.tag == f"{{{_SIGNATURES}}}Signature"
        ]
        return cls(
            length=len("".join(saml_response.split())),
            status=codes[0].get("Value", "") if codes else None,
            status_words=next(iter(words), ""),
            assertions=len(assertions),
            is_encrypted=bool(_all(root, "EncryptedAssertion")),
            is_signed=bool(signatures),
            algorithms=tuple(_algorithms(signatures)),
            response_issuer=_first(_texts(root, "Issuer")),
            issuer=_first(_texts(assertion, "Issuer")),
            destination=root.get("Destination"),
            issued=assertion.get("IssueInstant"),
            starts=tuple(_values(assertion, "NotBefore", "Conditions")),
            ends=(
                *_values(assertion, "NotOnOrAfter", "Conditions"),
                *_values(assertion, "NotOnOrAfter", *data),
            ),
            session_ends=tuple(_values(assertion, "SessionNotOnOrAfter", "AuthnStatement")),
            audiences=tuple(_texts(assertion, "Conditions", "AudienceRestriction", "Audience")),
            recipients=tuple(_values(assertion, "Recipient", *data)),
            name_id=_first(_texts(assertion, "Subject", "NameID")),
            attributes=tuple(
                (attribute.get("Name", ""), tuple(_texts(attribute, "AttributeValue")))
                for attribute in _all(assertion, "AttributeStatement", "Attribute")
            ),
        )

    def values(self, name: str) -> Sequence[str]:
        """Return the values of AWS's attribute of this name that are not empty."""
        return [
            value
            for key, values in self.attributes
            if key == ATTRIBUTE + name
            for value in values
            if value
        ]

    @property
    def tags(self) -> Sequence[tuple[str, str]]:
        """The session tags: their keys and values, in the assertion's order."""
        prefix = f"{ATTRIBUTE}PrincipalTag:"
        return [
            (key.removeprefix(prefix), next(iter(values), ""))
            for key, values in self.attributes
            if key.startswith(prefix)
        ]


def _all(element: Element, *path: str) -> list[Element]:
    """Return the elements at a path of SAML names, whatever their prefix; some have none."""
    elements = [element]
    for name in path:
        elements = [child for parent in elements for child in parent if _is_saml(child, name)]
    return elements


def _is_saml(element: Element, name: str) -> bool:
    namespace, _, local = element.tag.rpartition("}")
    return local == name and namespace.lstrip("{") in _SAML


def _texts(element: Element, *path: str) -> list[str]:
    return ["".join(found.itertext()).strip() for found in _all(element, *path)]


def _values(element: Element, attribute: str, *path: str) -> list[str]:
    return [found.get(attribute, "") for found in _all(element, *path) if found.get(attribute)]


def _first(texts: Sequence[str]) -> str | None:
    return next((text for text in texts if text), None)


def _algorithms(signatures: Sequence[Element]) -> Iterator[str]:
    for signature in signatures:
        for name in ("SignatureMethod", "DigestMethod"):
            for element in signature.iter(f"{{{_SIGNATURES}}}{name}"):
                yield element.get("Algorithm", "")
