"""Where the keys of a profile may lie: `status` and `logout` go through all of these places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aws_saml_ext.cli.invocation import Invocation
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.credentials_file import StoredProfile


class KeysAt(Protocol):
    """One place."""

    @property
    def name(self) -> str:
        """As `saml_store` calls it."""

    def stored(self) -> Sequence[StoredProfile]:
        """The profiles that have keys of ours here (StoreError: it cannot be read)."""

    def remove(self, profile: str) -> bool:
        """Remove ours from a profile; whether there were any (StoreError: nothing is changed)."""


class InCredentialsFile:
    """The credentials file."""

    name = "credentials-file"

    def __init__(self, invocation: Invocation) -> None:
        self._file, self._folder = invocation.credentials_file, invocation.saml_folder

    def stored(self) -> Sequence[StoredProfile]:
        return credentials_file.stored_profiles(self._file, folder=self._folder)

    def remove(self, profile: str) -> bool:
        return credentials_file.remove(self._file, profile, folder=self._folder)


def every(invocation: Invocation) -> tuple[KeysAt, ...]:
    """All of them, the one first whose keys count where a profile has several."""
    return (InCredentialsFile(invocation),)
