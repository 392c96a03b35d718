"""From the text that the browser posted to the roles that it offers. Pure; no IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Role:
    """A role that the identity provider lets this person assume."""

    arn: str
    principal_arn: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the identity provider says about this person."""

    saml_response: str = field(repr=False)
    roles: tuple[Role, ...]
    session_name: str | None
    issuer: str | None
    not_on_or_after: datetime | None
    session_duration: timedelta | None
    encrypted: bool

    @classmethod
    def parse(cls, saml_response: str) -> Assertion:
        """Read a base64 `SAMLResponse`."""
        raise NotImplementedError
