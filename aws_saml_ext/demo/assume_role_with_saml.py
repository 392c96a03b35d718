"""AssumeRoleWithSAML, as strict as AWS itself. Pure functions.

Codes, statuses and messages are AWS's own, from its API reference and from "Troubleshoot SAML
federation with IAM" in the IAM user guide.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any

from aws_saml_ext.demo.verification import PREFIXES, Provider, Unverified, parse, signed_assertion

ASSERTION_LIMIT = 100_000  # characters of base64
REDEEMABLE = timedelta(minutes=5)
SHORTEST, LONGEST, DEFAULT_DURATION = 900, 43_200, 3600  # seconds
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_NAME_WORDS = "[a-zA-Z_0-9+=,.@-]{2,64}"
_ARN = re.compile(r"arn:[\w-]+:iam::\d{12}:(?:role|saml-provider)/.+")
_RESERVED = "AWSReservedSSO_"  # Roles of Identity Center, which SAML cannot assume.
_MAX_POLICY_ARNS = 10
_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
# The entity ID of AWS's sign-in in each partition, or one of its addresses.
_AUDIENCE = re.compile(
    r"urn:amazon:webservices(:govcloud|:cn-north-1)?"
    r"|https://([\w-]+\.)?signin(-fips)?\."
    r"(aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn|amazonaws-eusc\.eu"
    r"|c2shome\.ic\.gov|sc2shome\.sgov\.gov|csphome\.adc-e\.uk|csphome\.hci\.ic\.gov)"
    r"/saml(/acs/[\w-]+)?"
)


class Refusal(Exception):
    """A refusal by AWS, with AWS's code, message and HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        """Create a refusal with AWS's error code and an HTTP status."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of one AssumeRoleWithSAML call; `duration` is in seconds."""

    role_arn: str
    principal_arn: str
    saml_assertion: str = field(repr=False)
    duration: int = DEFAULT_DURATION
    policy: str | None = None
    """An inline session policy."""
    policy_arns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> Request:
        """Parse the query parameters of a call.

        Raises:
            Refusal: a parameter is missing, malformed or out of bounds.
        """
        for name in ("RoleArn", "PrincipalArn", "SAMLAssertion"):
            if name not in parameters:
                raise _out_of_bounds("null", name, "Member must not be null")
        for name in ("RoleArn", "PrincipalArn"):
            if not _ARN.fullmatch(parameters[name]):
                raise Refusal("ValidationError", f"{parameters[name]} is invalid")
        if len(parameters["SAMLAssertion"]) > ASSERTION_LIMIT:
            limit = f"Member must have length less than or equal to {ASSERTION_LIMIT}"
            # The value is a secret, and AWS's answer may reach a log.
            raise _out_of_bounds("'***'", "SAMLAssertion", limit)
        return cls(
            role_arn=parameters["RoleArn"],
            principal_arn=parameters["PrincipalArn"],
            saml_assertion=parameters["SAMLAssertion"],
            duration=_duration(parameters.get("DurationSeconds", str(DEFAULT_DURATION))),
            policy=parameters.get("Policy"),
            policy_arns=policy_arns(parameters),
        )


def policy_arns(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ARNs of the managed session policies of a call, in their order."""
    names = (f"PolicyArns.member.{number}.arn" for number in range(1, _MAX_POLICY_ARNS + 2))
    return tuple(parameters[name] for name in names if name in parameters)


@dataclass(frozen=True, slots=True)
class TrustingRole:
    """An IAM role: its trust policy as JSON, its MaxSessionDuration in seconds."""

    trust_policy: str
    max_session_duration: int = 3600


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer of AWS without the credentials."""

    session_name: str
    expiration: datetime
    subject: str
    subject_type: str
    issuer: str
    audience: str
    name_qualifier: str
    source_identity: str | None


def judge(
    request: Request,
    *,
    metadata_of: Callable[[str], str | None],
    role_of: Callable[[str], TrustingRole | None],
    now: datetime,
) -> Grant:
    """Return what AWS grants for `request` at `now`.

    Args:
        request: the call to judge.
        metadata_of: returns the SAML metadata of a provider ARN, None for an unknown ARN.
        role_of: returns the role of an ARN, None for an unknown ARN.
        now: the time at AWS.

    Raises:
        Refusal: AWS would refuse the call.
    """
    assertion = _verified(_response(request.saml_assertion), metadata_of(request.principal_arn))
    if not assertion.redeemable(now):
        raise Refusal(
            "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"
        )
    if not any(_AUDIENCE.fullmatch(audience) for audience in assertion.audiences):
        raise _no_identity("Response does not contain the required audience")

    session_name = assertion.attribute("RoleSessionName")
    if session_name is None:
        raise _no_identity("RoleSessionName is required in AuthnResponse")
    if not _NAME.fullmatch(session_name):
        raise _no_identity(f"RoleSessionName in AuthnResponse must match {_NAME_WORDS}")
    source_identity = assertion.attribute("SourceIdentity")
    if source_identity is not None and (
        not _NAME.fullmatch(source_identity) or source_identity.startswith("aws:")
    ):
        raise _no_identity(f'Source Identity must match {_NAME_WORDS} and not begin with "aws:"')

    role = role_of(request.role_arn)
    if (
        role is None
        or request.role_arn.rpartition("/")[2].startswith(_RESERVED)
        or frozenset({request.role_arn, request.principal_arn}) not in assertion.pairs
        or not all(
            _allows(json.loads(role.trust_policy), request.principal_arn, action, assertion.claims)
            for action in assertion.needed_actions
        )
    ):
        raise Refusal(
            "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", status=403
        )
    if request.duration > role.max_session_duration:
        raise Refusal(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    # The API reference: the shorter of DurationSeconds and SessionNotOnOrAfter counts.
    expiration = min([now + timedelta(seconds=request.duration), *assertion.session_ends])
    return Grant(
        session_name=session_name,
        expiration=expiration,
        subject=assertion.subject,
        subject_type=assertion.subject_type,
        issuer=assertion.issuer,
        audience=assertion.recipient,
        name_qualifier=_name_qualifier(assertion.issuer, request.principal_arn),
        source_identity=source_identity,
    )


class _Assertion:
    """The parts of a verified Assertion element that AWS uses."""

    def __init__(self, element: Any) -> None:
        self._element = element
        self.issuer = self._text("saml:Issuer")
        self.subject = self._text("saml:Subject/saml:NameID")
        self.audiences = self._texts("saml:Conditions/saml:AudienceRestriction/saml:Audience")
        self._confirmation = "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
        self.recipient = next(iter(self._values(self._confirmation, "Recipient")), "")

    @property
    def subject_type(self) -> str:
        """The format of the subject, in AWS's short form."""
        formats = self._values("saml:Subject/saml:NameID", "Format")
        return next(iter(formats), "unspecified").rpartition(":")[2]

    @property
    def claims(self) -> dict[str, str]:
        """The values that a trust policy can test, by lower-case condition key."""
        return {"saml:aud": self.recipient, "saml:iss": self.issuer, "saml:sub": self.subject}

    @property
    def session_ends(self) -> list[datetime]:
        """The ends of the session at the identity provider."""
        return self._instants("saml:AuthnStatement", "SessionNotOnOrAfter")

    @property
    def pairs(self) -> set[frozenset[str]]:
        """The pairs of role and provider ARNs, in either order."""
        return {
            frozenset(part.strip() for part in value.split(",") if part.strip())
            for value in self._attribute_values("Role")
        }

    @property
    def needed_actions(self) -> list[str]:
        """The actions that the trust policy must allow for these attributes."""
        actions = ["sts:AssumeRoleWithSAML"]
        names = self._values("saml:AttributeStatement/saml:Attribute", "Name")
        if any(name.startswith(f"{_ATTRIBUTE}PrincipalTag:") for name in names):
            actions.append("sts:TagSession")
        if f"{_ATTRIBUTE}SourceIdentity" in names:
            actions.append("sts:SetSourceIdentity")
        return actions

    def attribute(self, name: str) -> str | None:
        """Return the first value of one of AWS's attributes, None without one."""
        return next(iter(self._attribute_values(name)), None)

    def redeemable(self, now: datetime) -> bool:
        """Return whether it was issued within the last 5 minutes and is still valid."""
        issued = _instant(self._element.get("IssueInstant", ""))
        conditions = "saml:Conditions"
        ends = [
            *self._instants(conditions, "NotOnOrAfter"),
            *self._instants(self._confirmation, "NotOnOrAfter"),
            *self.session_ends,
        ]
        return (
            issued <= now <= issued + REDEEMABLE
            and all(start <= now for start in self._instants(conditions, "NotBefore"))
            and all(now < end for end in ends)
        )

    def _attribute_values(self, name: str) -> list[str]:
        return self._texts(
            f"saml:AttributeStatement/saml:Attribute[@Name='{_ATTRIBUTE}{name}']"
            "/saml:AttributeValue"
        )

    def _text(self, path: str) -> str:
        return next(iter(self._texts(path)), "")

    def _texts(self, path: str) -> list[str]:
        found = self._element.findall(path, PREFIXES)
        return ["".join(element.itertext()).strip() for element in found]

    def _values(self, path: str, attribute: str) -> list[str]:
        found = self._element.findall(path, PREFIXES)
        return [element.get(attribute) for element in found if element.get(attribute)]

    def _instants(self, path: str, attribute: str) -> list[datetime]:
        return [_instant(value) for value in self._values(path, attribute)]


def _verified(response: Any, metadata: str | None) -> _Assertion:
    """Return the assertion of `response`, verified with the metadata of its provider."""
    if metadata is None:
        raise _no_identity("Specified provider doesn't exist")
    try:
        provider = Provider.parse(metadata)
    except ValueError as error:
        raise _no_identity("Could not parse metadata") from error
    status = response.find("samlp:Status/samlp:StatusCode", PREFIXES)
    if status is not None and status.get("Value") != _SUCCESS:
        raise Refusal(
            "IDPRejectedClaim",
            "The identity provider (IdP) reported that authentication failed",
            status=403,
        )
    if response.findtext("saml:Issuer", "", PREFIXES).strip() not in {"", provider.entity_id}:
        raise _no_identity("Issuer not present in specified provider")
    try:
        assertion = _Assertion(signed_assertion(response, provider))
    except Unverified as error:
        raise _no_identity("Response signature invalid") from error
    if assertion.issuer != provider.entity_id:
        raise _no_identity("Issuer not present in specified provider")
    return assertion


def _response(saml_assertion: str) -> Any:
    try:
        return parse(base64.b64decode("".join(saml_assertion.split()), validate=True))
    except binascii.Error as error:
        raise _no_identity("Invalid base64 SAMLResponse") from error
    except ValueError as error:
        raise _no_identity("Unable to parse SAMLResponse") from error


def _duration(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise Refusal("MalformedInput", "DurationSeconds is no integer")
    if int(text) < SHORTEST:
        limit = f"Member must have value greater than or equal to {SHORTEST}"
        raise _out_of_bounds(f"'{text}'", "DurationSeconds", limit)
    if int(text) > LONGEST:
        limit = f"Member must have value less than or equal to {LONGEST}"
        raise _out_of_bounds(f"'{text}'", "DurationSeconds", limit)
    return int(text)


def _instant(text: str) -> datetime:
    """Parse an xs:dateTime; return the earliest datetime if it is malformed or has no zone."""
    # Python 3.10 reads neither `Z` nor a fraction of other than three or six digits.
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", text.strip())
    unreadable = datetime.min.replace(tzinfo=timezone.utc)
    if match is None:
        return unreadable
    whole, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(whole + zone.replace("Z", "+00:00"))
    except ValueError:
        return unreadable
    return moment + timedelta(seconds=float(fraction or 0))


def _allows(policy: Any, principal: str, action: str, claims: Mapping[str, str]) -> bool:
    """Return whether a trust policy allows `action`: Deny wins, the default is no."""
    effects = {
        statement.get("Effect")
        for statement in _listed(policy.get("Statement"))
        if _concerns(statement, principal, action, claims)
    }
    return effects == {"Allow"}


def _concerns(statement: Any, principal: str, action: str, claims: Mapping[str, str]) -> bool:
    principals = statement.get("Principal", {})
    federated = principals if principals == "*" else principals.get("Federated")
    return (
        any(wanted in {"*", principal} for wanted in _listed(federated))
        and any(
            fnmatchcase(action.lower(), wanted.lower())
            for wanted in _listed(statement.get("Action"))
        )
        and all(
            _meets(operator, claims.get(key.lower()), _listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _meets(operator: str, claim: str | None, wanted: list[Any]) -> bool:
    """Return whether a claim meets one condition; unknown operators and keys never match."""
    if claim is None:
        return False
    if operator == "StringLike":
        return any(fnmatchcase(claim, pattern) for pattern in wanted)
    return operator == "StringEquals" and claim in wanted


def _listed(value: Any) -> list[Any]:
    """Return `value` as a list: policies may have one value instead of a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _name_qualifier(issuer: str, principal_arn: str) -> str:
    """Return the base64 SHA-1 of issuer, account and `/provider`, as the API reference says."""
    account = principal_arn.split(":")[4]
    name = principal_arn.rpartition("/")[2]
    digest = hashlib.sha1(f"{issuer}{account}/{name}".encode(), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode()


def _no_identity(message: str) -> Refusal:
    return Refusal("InvalidIdentityToken", message)


def _out_of_bounds(value: str, parameter: str, limit: str) -> Refusal:
    member = parameter[0].lower() + parameter[1:]
    return Refusal(
        "ValidationError",
        f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: "
        f"{limit}",
    )
