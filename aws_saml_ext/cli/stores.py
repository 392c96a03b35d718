"""Where the keys of a profile may lie: `status` and `logout` go through all of these places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from aws_saml_ext.assertion import is_role_arn
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config.settings import StoreAt
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credentials_file import StoredProfile


class KeysAt(Protocol):
    """One place."""

    @property
    def name(self) -> str:
        """As `saml_store` calls it; `cache` where only programs of Python find them."""

    def stored(self) -> Sequence[StoredProfile]:
        """The profiles that have keys of ours here (StoreError: it cannot be read)."""

    def remove(self, profile: str) -> bool:
        """Remove ours from a profile; whether there were any (StoreError: nothing is changed)."""


class InCredentialsFile:
    """The credentials file."""

    name = StoreAt.CREDENTIALS_FILE.value

    def __init__(self, invocation: Invocation) -> None:
        self._file, self._folder = invocation.credentials_file, invocation.saml_folder

    def stored(self) -> Sequence[StoredProfile]:
        return credentials_file.stored_profiles(self._file, folder=self._folder)

    def remove(self, profile: str) -> bool:
        return credentials_file.remove(self._file, profile, folder=self._folder)


class InCache:
    """The cache, as far as `serves` says of a profile that it lies there under this name."""

    def __init__(self, invocation: Invocation, name: str, serves: Callable[[str], bool]) -> None:
        self.name = name
        self._cache = Cache.of(invocation.saml_folder)
        self._serves = serves
        self._profiles = invocation.session.full_config["profiles"]

    def stored(self) -> Sequence[StoredProfile]:
        stored = [each for each in self._cache.stored() if self._serves(each.profile)]
        return [each for each in stored if self._is_wanted(each)]

    def _is_wanted(self, stored: StoredProfile) -> bool:
        """Whether the profile does not name another role by now."""
        profile = self._profiles.get(stored.profile, {})
        role = str(profile.get("saml_role_arn", ""))
        return not is_role_arn(role) or role == stored.role_arn

    def remove(self, profile: str) -> bool:
        return self._serves(profile) and self._cache.forget(profile)


def every(invocation: Invocation) -> tuple[KeysAt, ...]:
    """All of them, the one first whose keys count where a profile has several."""

    def by_process(profile: str) -> bool:
        return has_our_process(invocation, profile)

    return (
        InCache(invocation, StoreAt.CREDENTIAL_PROCESS.value, by_process),
        InCredentialsFile(invocation),
        # What programs have renewed that extend their session.
        InCache(invocation, "cache", lambda profile: not by_process(profile)),
    )


def has_our_process(invocation: Invocation, profile: str) -> bool:
    """Whether the SDKs run this program for the credentials of a profile."""
    values = invocation.session.full_config["profiles"].get(profile, {})
    return credentials_file.is_our_process(str(values.get("credential_process", "")))
