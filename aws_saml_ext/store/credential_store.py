"""The plug of the stores: where a profile's credentials live, and what makes them different.

A store implements `CredentialStore` and inherits the tests of its contract
(`tests/contracts/credential_store.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from aws_saml_ext.session_policies import NO_POLICIES, SessionPolicies

if TYPE_CHECKING:
    from aws_saml_ext.credentials import Credentials, Issued
    from aws_saml_ext.files.transaction import Change


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """Everything that makes credentials different: equal requests may share credentials.

    It is the key of the cache and the provenance note of the credentials file.
    """

    profile: str
    """The profile that asks."""
    idp_url: str
    """Empty where a SAMLResponse was given: such credentials answer no later request."""
    username: str | None
    role: str | None
    """As the settings have it: an ARN, a name, a pattern, or None where a person chooses."""
    is_role_settled: bool
    """True if `role` is an ARN, so that nobody has to choose."""
    role_selection: int | None
    """The role's number in the assertion, from 0; None where it is chosen by `role`."""
    provider_arn: str | None
    duration: int
    """Seconds, as the settings have it."""
    sts: str
    """The partition, region and address of the STS that is asked."""
    session_policies: SessionPolicies = NO_POLICIES
    """The policies that bound the session."""
    fingerprint: bytes | None = None
    """
    Of the settings and the environment when they were read, for the index of the cache; None where
    a program's own settings take part, so that the profile alone does not lead here.
    """

    @property
    def key(self) -> str:
        """The file name of the shared credentials: 40 hexadecimal digits.

        Profiles share credentials where person and role are named. Otherwise the person who signs
        in, and the role that they choose, belong to one profile.
        """
        is_shared = self.is_role_settled and self.username is not None
        parts = {
            "idp_url": self.idp_url,
            "username": self.username,
            "role": self.role,
            "profile": None if is_shared else self.profile,
            "role_selection": self.role_selection,
            "provider_arn": self.provider_arn,
            "duration": self.duration,
            "sts": self.sts,
            **self.policies,
        }
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:40]

    @property
    def policies(self) -> dict[str, str]:
        """The part of the key for session policies, by their digest; empty without them."""
        digest = self.session_policies.digest
        return {} if digest is None else {"policies": digest}


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile that has credentials in a store, fresh or not."""

    profile: str
    role_arn: str
    expiration: datetime | None
    """None where it cannot be read."""
    sts: str = ""
    """As in the request for them; empty where it is not known."""
    username: str | None = field(default=None, compare=False)
    """The person, as STS knows them."""
    issued: datetime | None = field(default=None, compare=False)
    """When STS issued them, by the clock of this machine; None where that is not known."""
    restricted: tuple[str, ...] = field(default=(), compare=False)
    """The session policies, as `SessionPolicies.shown` returns them."""


class CredentialStore(Protocol):
    """A place where the credentials of profiles live."""

    @property
    def name(self) -> str:
        """The name that `status` shows, such as `credentials-file`."""

    def find(self, request: CredentialRequest) -> Issued | None:
        """Return the credentials stored for exactly this request, if they are fresh.

        Raises:
            StoreError: the store cannot be read.
        """

    def last(self, profile: str) -> Credentials | None:
        """Return the credentials stored last for a profile, fresh or not, whatever its settings.

        Raises:
            StoreError: the store cannot be read.
        """

    def save(
        self, request: CredentialRequest, issued: Issued, changes: Sequence[Change] = ()
    ) -> None:
        """Store credentials for this request, and make `changes` of the user's files with them.

        Raises:
            StoreError: they cannot be written, or a change cannot be made. The user's files are
                unchanged.
        """

    def delete(self, profile: str) -> bool:
        """Remove the credentials of a profile, and return whether there were any.

        Raises:
            StoreError: they cannot be removed.
        """

    def profiles(self) -> Sequence[StoredProfile]:
        """List the profiles that have credentials of ours here.

        Raises:
            StoreError: the store cannot be read.
        """

    def preview(self, request: CredentialRequest) -> Sequence[Change]:
        """Return the changes of the user's files that `save` would make, with placeholders."""
