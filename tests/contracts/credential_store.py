"""The contract of `CredentialStore`: every store inherits these tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.clock import Clock
from aws_saml_ext.credentials import Issued
from aws_saml_ext.store.credential_store import CredentialStore
from tests.doubles import FakeClock
from tests.stored import CREDENTIALS, HOUR, ISSUED, NOW, OTHER, REQUEST


class CredentialStoreContract:
    """Implement `store_at`; the tests come with it."""

    def store_at(self, folder: Path, clock: Clock) -> CredentialStore:
        """Return an empty store in this folder."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> CredentialStore:
        return self.store_at(tmp_path, FakeClock(NOW))

    def test_saved_credentials_are_found(self, store: CredentialStore) -> None:
        store.save(REQUEST, ISSUED)
        assert store.find(REQUEST) == ISSUED

    def test_nothing_is_found_in_an_empty_store(self, store: CredentialStore) -> None:
        assert store.find(REQUEST) is None
        assert store.last("dev") is None
        assert list(store.profiles()) == []

    def test_another_request_finds_nothing(self, store: CredentialStore) -> None:
        store.save(REQUEST, ISSUED)
        assert store.find(OTHER) is None

    def test_credentials_that_are_not_fresh_are_not_found(self, store: CredentialStore) -> None:
        expiring = Issued(replace(CREDENTIALS, expiration=NOW), NOW - HOUR)
        store.save(REQUEST, expiring)
        assert store.find(REQUEST) is None

    def test_expired_credentials_are_still_the_last(self, store: CredentialStore) -> None:
        expired = replace(CREDENTIALS, expiration=NOW)
        store.save(REQUEST, Issued(expired, NOW - HOUR))
        assert store.last("dev") == expired

    def test_new_credentials_replace_the_old(self, store: CredentialStore) -> None:
        store.save(REQUEST, ISSUED)
        renewed = Issued(replace(CREDENTIALS, access_key_id="ASIA2"), NOW)
        store.save(REQUEST, renewed)
        assert store.find(REQUEST) == renewed

    def test_deleted_credentials_are_gone(self, store: CredentialStore) -> None:
        store.save(REQUEST, ISSUED)
        assert store.delete("dev")
        assert store.find(REQUEST) is None
        assert store.last("dev") is None

    def test_deleting_says_whether_there_were_any(self, store: CredentialStore) -> None:
        assert not store.delete("dev")

    def test_other_profiles_keep_theirs(self, store: CredentialStore) -> None:
        other = replace(OTHER, profile="other")
        store.save(REQUEST, ISSUED)
        store.save(other, Issued(replace(CREDENTIALS, role_arn=str(other.role)), NOW))
        store.delete("dev")
        assert store.find(other) is not None

    def test_no_secret_shows_in_a_preview(self, store: CredentialStore) -> None:
        store.save(REQUEST, ISSUED)
        shown = repr(store.preview(REQUEST))
        assert not any(secret in shown for secret in ("secret1", "token1"))
