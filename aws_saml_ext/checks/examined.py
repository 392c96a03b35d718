"""The subject of the checks of an assertion: the response, and what the sign-in wants of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_saml_ext import partitions
from aws_saml_ext.assertion import Role
from aws_saml_ext.checks.response_document import ResponseDocument


@dataclass(frozen=True, slots=True)
class Examined:
    """A SAML response, and what the sign-in wants of it."""

    document: ResponseDocument
    now: datetime
    """The time at STS, as well as it is known."""
    role: Role | None = None
    """The role that STS was asked for; None where none is chosen yet."""
    role_arn: str | None = None
    """The role of the settings, where they name one; its provider is not known."""
    duration: timedelta = timedelta(hours=1)
    acs_url: str | None = None
    """The address of `saml_acs_url`, which takes assertions besides those of AWS."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles on offer, those of IAM Identity Center included."""
        parsed = map(Role.parse, self.document.values("Role"))
        return tuple(dict.fromkeys(role for role in parsed if role is not None))

    @property
    def partition(self) -> str:
        """The partition of the wanted role, else of the first one on offer, else `aws`."""
        arns = [self.role.arn] if self.role else [self.role_arn] if self.role_arn else []
        for arn in (*arns, *(role.arn for role in self.roles)):
            if (partition := partitions.of_arn(arn)) is not None:
                return partition.name
        return "aws"

    @property
    def provider(self) -> str:
        """The provider that the trust policy must name, for sentences."""
        return self.role.principal_arn if self.role else "the SAML provider"
