"""A third store fits: it touches its own module and this test, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aws_saml_ext import renewal
from aws_saml_ext.clock import Clock
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.renewal import Save
from aws_saml_ext.store.credential_store import CredentialRequest, CredentialStore, StoredProfile
from tests.contracts.credential_store import CredentialStoreContract
from tests.doubles import FakeClock
from tests.stored import ISSUED, NOW, REQUEST, caller


class Memory:
    """A store that forgets everything at the end of the program."""

    name = "memory"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stored: dict[str, tuple[CredentialRequest, Issued]] = {}

    def find(self, request: CredentialRequest) -> Issued | None:
        """See `CredentialStore`."""
        for stored, issued in self._stored.values():
            if stored.key == request.key and issued.is_fresh(self._clock.now()):
                return issued
        return None

    def last(self, profile: str) -> Credentials | None:
        """See `CredentialStore`."""
        return self._stored[profile][1].credentials if profile in self._stored else None

    def save(
        self, request: CredentialRequest, issued: Issued, changes: Sequence[Change] = ()
    ) -> None:
        """See `CredentialStore`."""
        self._stored[request.profile] = (request, issued)

    def delete(self, profile: str) -> bool:
        """See `CredentialStore`."""
        return self._stored.pop(profile, None) is not None

    def profiles(self) -> Sequence[StoredProfile]:
        """See `CredentialStore`."""
        return [
            StoredProfile(profile, issued.credentials.role_arn, issued.credentials.expiration)
            for profile, (_, issued) in self._stored.items()
        ]

    def preview(self, request: CredentialRequest) -> Sequence[Change]:
        """See `CredentialStore`."""
        return ()


class TestContract(CredentialStoreContract):
    """A store in memory is a store."""

    def store_at(self, folder: Path, clock: Clock) -> CredentialStore:
        return Memory(clock)


def test_new_credentials_go_to_it() -> None:
    store = Memory(FakeClock(NOW))

    def sign_in(save: Save) -> Issued:
        save(ISSUED)
        return ISSUED

    obtained = [
        renewal.get_credentials(store, REQUEST, sign_in, flight=None, caller=caller())
        for _ in range(2)
    ]
    assert [each.is_new for each in obtained] == [True, False]
    assert store.find(REQUEST) == ISSUED
