"""The parts of a SAML response that this program uses: roles, names and times. Pure; no IO.

Nothing is verified here, on purpose: STS checks the signature, the audience and the times. The
roles are read to show them to a person, and to ask STS for one of them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from xml.parsers import expat

from aws_saml_ext.errors import IdentityProviderRefused, InvalidAssertion
from aws_saml_ext.text import printable, says

MAX_STS_CHARACTERS = 100_000
"""Characters of base64 that STS accepts (API reference of AssumeRoleWithSAML)."""

# Far more than any identity provider sends, and still read in seconds: --assertion takes anything.
_MAX_CHARACTERS = 64_000_000
_MAX_ELEMENTS = 1_000_000
_MAX_DEPTH = 100
_MAX_PAIR_CHARACTERS = 5000  # an ARN of IAM has at most 2048

_NAMESPACES = ("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion")
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
ROLE_ATTRIBUTE = f"{_ATTRIBUTE}Role"
"""The attribute that AWS reads the roles from; another case of its letters is another name."""
_MAX_NAME = 80  # characters of foreign text in a message
_MAX_VALUE = 40
_RESERVED = "AWSReservedSSO_"

_ROLE_ARN = re.compile(
    r"arn:(?P<partition>[a-z][a-z0-9-]*):iam::(?P<account>[0-9]{12})"
    r":role/(?P<path>(?:[!-~]{1,511}/)?)(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII,
)
_PROVIDER_ARN = re.compile(r"arn:[a-z][a-z0-9-]*:iam::[0-9]{12}:saml-provider/[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Role:
    """A role that the identity provider lets this person assume."""

    arn: str
    principal_arn: str

    @classmethod
    def parse(cls, value: str) -> Role | None:
        """Return the role of one value of the Role attribute; None where it is no pair of ARNs.

        The role's ARN and its provider's come in either order.
        """
        if len(value) > _MAX_PAIR_CHARACTERS:
            return None
        # The name of a role may hold a comma itself.
        arns = re.split(r"\s*,\s*(?=arn:)", value.strip(", \t\r\n"))
        if len(arns) != 2:
            return None
        role, provider = arns if _ROLE_ARN.fullmatch(arns[0]) else reversed(arns)
        if _ROLE_ARN.fullmatch(role) and _PROVIDER_ARN.fullmatch(provider):
            return cls(role, provider)
        return None

    @property
    def partition(self) -> str:
        """`aws` of `arn:aws:iam::123456789012:role/team/Dev`."""
        return self._part("partition")

    @property
    def account_id(self) -> str:
        """`123456789012` of `arn:aws:iam::123456789012:role/team/Dev`."""
        return self._part("account")

    @property
    def path_name(self) -> str:
        """`team/Dev` of `arn:aws:iam::123456789012:role/team/Dev`."""
        return self._part("path") + self.name

    @property
    def name(self) -> str:
        """`Dev` of `arn:aws:iam::123456789012:role/team/Dev`."""
        return self._part("name")

    @property
    def provider_name(self) -> str:
        """`Corp` of `arn:aws:iam::123456789012:saml-provider/Corp`."""
        return self.principal_arn.rpartition("/")[2]

    def _part(self, name: str) -> str:
        match = _ROLE_ARN.fullmatch(self.arn)
        return match[name] if match else ""


def is_role_arn(text: str) -> bool:
    """Return whether `text` is the whole ARN of a role, without wildcards."""
    return _ROLE_ARN.fullmatch(text) is not None and not re.search(r"[*?\[]", text)


def is_same_person(name: str, other: str) -> bool:
    """Return whether two usernames differ in case and domain only: `jane@example.com`, `Jane`."""
    return _without_domain(name) == _without_domain(other)


def _without_domain(name: str) -> str:
    return name.rpartition("\\")[2].partition("@")[0].casefold()


@dataclass(frozen=True, slots=True)
class UnreadRoles:
    """Values that were meant as roles, and that AWS would not take as such."""

    attribute: str
    """The name of their attribute."""
    count: int
    first: str
    """The beginning of the first value."""

    @property
    def sentence(self) -> str:
        """The reason why they are no roles, as a sentence that begins with `the`."""
        name = printable(self.attribute, max_length=_MAX_NAME)
        if self.attribute != ROLE_ATTRIBUTE:
            return (
                f"the assertion has its roles in the attribute {name!r}, and AWS reads only "
                f"{ROLE_ATTRIBUTE}."
            )
        values = "value" if self.count == 1 else "values"
        return (
            f"the assertion has {self.count} {values} of {name} that cannot be read as a role's "
            f"ARN and its SAML provider's with a comma between them; the first begins "
            f"{self.first!r}."
        )


@dataclass(frozen=True, slots=True)
class Assertion:
    """The parts of a SAML response that this program uses."""

    saml_response: str = field(repr=False)
    """The form that STS accepts: base64 text without white space."""
    roles: tuple[Role, ...]
    """The roles on offer without duplicates, in the assertion's order."""
    session_name: str | None
    """The attribute RoleSessionName: the name of this person in AWS's logs."""
    issuer: str | None
    """The entity ID of the identity provider."""
    not_on_or_after: datetime | None
    """The time from which STS refuses it (aware, UTC)."""
    session_duration: timedelta | None
    """The attribute SessionDuration. It is for the console only: STS does not use it."""
    encrypted: bool
    """True if only AWS can read it; there are no roles then."""
    reserved_roles: tuple[Role, ...] = ()
    """Roles of IAM Identity Center, which nobody can assume with SAML."""
    unread_roles: UnreadRoles | None = None
    """Values that look like roles, and cannot be read as such."""
    issued_at: datetime | None = None
    """The time of its issue by the clock of the identity provider (aware, UTC)."""
    session_not_on_or_after: datetime | None = None
    """The time at which the identity provider ends the session (aware, UTC)."""

    @classmethod
    def parse(cls, saml_response: str) -> Assertion:
        """Parse a base64 `SAMLResponse`, which may contain line breaks.

        Raises:
            IdentityProviderRefused: its status says that the sign-in failed.
            InvalidAssertion: it is not a SAML response, or too large or unsafe to parse.
        """
        text = "".join(saml_response.split())
        response = _Response.read(text)
        if response.status is not None and response.status != _SUCCESS:
            raise _refusal(response)
        if not response.assertions and not response.encrypted:
            raise _invalid("contains no assertion")
        roles = tuple(dict.fromkeys(filter(None, map(Role.parse, response.values("Role")))))
        return cls(
            saml_response=text,
            roles=tuple(role for role in roles if not role.name.startswith(_RESERVED)),
            session_name=_first(response.values("RoleSessionName")),
            issuer=_first(response.issuers),
            not_on_or_after=min(filter(None, map(instant, response.ends)), default=None),
            session_duration=_seconds(_first(response.values("SessionDuration"))),
            encrypted=not response.assertions,
            reserved_roles=tuple(role for role in roles if role.name.startswith(_RESERVED)),
            unread_roles=_unread(response),
            issued_at=instant(response.issued),
            session_not_on_or_after=min(
                filter(None, map(instant, response.session_ends)), default=None
            ),
        )


def checked_xml(saml_response: str) -> bytes:
    """Return the XML of a base64 `SAMLResponse` that is safe to parse: it has no document type.

    Raises:
        InvalidAssertion: it is not a SAML response, or too large or unsafe to parse.
    """
    text = "".join(saml_response.split())
    _Response.read(text)
    return base64.b64decode(text)


class _Response:
    """The texts and attributes of a SAML response, by their place.

    Only `Response/Assertion/AttributeStatement/Attribute/AttributeValue` of the first assertion
    counts as an attribute: extensions, advice and signatures may quote others.
    """

    def __init__(self) -> None:
        self.status: str | None = None
        self.status_detail: str | None = None
        """The inner status code: `urn:oasis:names:tc:SAML:2.0:status:AuthnFailed`."""
        self.status_message: str | None = None
        self.assertions = 0
        self.encrypted = False
        self.issuers: list[str] = []
        """That of the assertion first."""
        self.ends: list[str] = []
        self.session_ends: list[str] = []
        self.issued = ""
        self._attributes: list[tuple[str, str]] = []
        self._attribute = ""
        self._paths = [""]
        self._elements = 0
        self._text: list[str] | None = None

    @classmethod
    def read(cls, text: str) -> _Response:
        """Read the response in base64 `text`, in one pass that keeps little and expands no entity.

        Raises:
            InvalidAssertion: it cannot be read.
        """
        if len(text) > _MAX_CHARACTERS:
            raise _invalid(f"is longer than {_MAX_CHARACTERS} characters")
        try:
            document = base64.b64decode(text, validate=True)
        except ValueError:
            # No cause: none of the text may appear in a traceback.
            raise _invalid("is not base64 text") from None
        if not document:
            raise _invalid("is empty")
        response = cls()
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = response._start
        parser.EndElementHandler = response._end
        parser.CharacterDataHandler = response._characters
        try:
            parser.Parse(document, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            where = f"line {error.lineno}, column {error.offset}"
            raise _invalid(f"is not XML: {reason} ({where})") from None
        except (LookupError, ValueError):
            raise _invalid("is XML in an unknown encoding") from None
        return response

    def values(self, name: str) -> list[str]:
        """Return the values of AWS's attribute of this name, without white space around them."""
        return [value for key, value in self._attributes if key == _ATTRIBUTE + name]

    @property
    def attributes(self) -> Sequence[tuple[str, str]]:
        """The attributes of the assertion with their values, in its order."""
        return self._attributes

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self._paths) > _MAX_DEPTH:
            raise _invalid("has too many elements, or too deep ones")
        path = f"{self._paths[-1]}/{_ELEMENTS.get(name, '?')}"
        if len(self._paths) == 1 and path != "/Response":
            raise _invalid("contains no SAML 2.0 Response")
        if path == "/Response/Assertion":
            self.assertions += 1
            if self.assertions > 1:
                path = "/Response/?"
            else:
                self.issued = attributes.get("IssueInstant", "")
        self._paths.append(path)
        if path in _TEXTS:
            self._text = []
        elif path == "/Response/Assertion/AttributeStatement/Attribute":
            self._attribute = attributes.get("Name", "")
        elif path in _ENDS:
            self.ends.append(attributes.get("NotOnOrAfter", ""))
        elif path == _SESSION:
            self.session_ends.append(attributes.get("SessionNotOnOrAfter", ""))
        elif path == "/Response/Status/StatusCode":
            self.status = attributes.get("Value", "")
        elif path == "/Response/Status/StatusCode/StatusCode":
            self.status_detail = attributes.get("Value", "")
        elif path == "/Response/EncryptedAssertion":
            self.encrypted = True

    def _end(self, _: str) -> None:
        path = self._paths.pop()
        if path not in _TEXTS or self._text is None:
            return
        text = "".join(self._text).strip()
        self._text = None
        if path == _VALUE:
            self._attributes.append((self._attribute, text))
        elif path == "/Response/Assertion/Issuer":
            self.issuers.insert(0, text)
        elif path == "/Response/Issuer":
            self.issuers.append(text)
        else:
            self.status_message = text

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


_VALUE = "/Response/Assertion/AttributeStatement/Attribute/AttributeValue"
_TEXTS = {
    _VALUE,
    "/Response/Issuer",
    "/Response/Assertion/Issuer",
    "/Response/Status/StatusMessage",
}
_ENDS = {
    "/Response/Assertion/Conditions",
    "/Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData",
}
_SESSION = "/Response/Assertion/AuthnStatement"
_WORDS = {word for path in _TEXTS | _ENDS | {_SESSION} for word in path.split("/")[1:]}
_WORDS |= {"StatusCode", "EncryptedAssertion"}
# By name space, whatever the prefix; some identity providers write none.
_ELEMENTS = {f"{namespace} {word}": word for namespace in _NAMESPACES for word in _WORDS}
_ELEMENTS |= {word: word for word in _WORDS}


def _refuse_doctype(*_: object) -> None:
    # SAML needs none, and its entities could expand to huge texts, or read files.
    raise _invalid("declares a document type, which SAML forbids")


def _invalid(predicate: str) -> InvalidAssertion:
    return InvalidAssertion(
        f"The SAMLResponse of the identity provider {predicate}.",
        advice="Ask its administrator for its SAML settings, or check the address in saml_idp_url.",
    )


def _refusal(response: _Response) -> IdentityProviderRefused:
    code = (response.status_detail or response.status or "").rpartition(":")[2]
    reason = response.status_message or code
    words = says("The identity provider", reason) if reason else "It gives no reason."
    return IdentityProviderRefused(
        f"The identity provider refused the sign-in. {words}",
        advice="Ask the administrator of the identity provider.",
    )


def _unread(response: _Response) -> UnreadRoles | None:
    """Return the values that are no roles to AWS: of its attribute, else of one like it."""
    values = response.values("Role")
    name = ROLE_ATTRIBUTE
    unread = [value for value in values if value and Role.parse(value) is None]
    if not values:
        name = next((key for key, value in response.attributes if _is_meant(key, value)), "")
        unread = [value for key, value in response.attributes if key == name and value]
    if not unread:
        return None
    return UnreadRoles(name, len(unread), printable(unread[0], max_length=_MAX_VALUE))


def _is_meant(name: str, value: str) -> bool:
    """Return whether an attribute of another name was meant to hold roles."""
    return name.casefold() == ROLE_ATTRIBUTE.casefold() or Role.parse(value) is not None


def _first(values: Iterable[str]) -> str | None:
    return next((value for value in values if value), None)


def _seconds(text: str | None) -> timedelta | None:
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return timedelta(seconds=int(text))


def instant(text: str) -> datetime | None:
    """Parse an xs:dateTime, with or without a zone and decimals; return None for another text."""
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", text.strip(), re.ASCII
    )
    if match is None:
        return None
    try:
        zone = "+00:00" if match[2] in {None, "Z"} else match[2]
        return datetime.fromisoformat(match[1] + zone).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
