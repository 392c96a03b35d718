"""The credentials file as a store: temporary credentials in profiles of ~/.aws/credentials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_saml_ext.assertion import is_same_person
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.credentials import (
    ACCESS_KEY_ID,
    ASSUMED_ROLE_ARN,
    EXPIRES,
    KEYS,
    ROLE_ARN,
    SECRET_ACCESS_KEY,
    Credentials,
    Issued,
    has_all_keys,
    parse_time,
)
from aws_saml_ext.files import atomic, ini, ini_edit, revert, transaction
from aws_saml_ext.files.transaction import Change, Check
from aws_saml_ext.store.credential_store import StoredProfile
from aws_saml_ext.store.profile import is_long_lived

if TYPE_CHECKING:
    from aws_saml_ext.store.credential_store import CredentialRequest

NAME = "credentials-file"
_VERSION = 2


class CredentialsFile:
    """One credentials file; a `CredentialStore`."""

    name = NAME

    def __init__(
        self,
        path: Path,
        saml_folder: Path,
        *,
        check: Check | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """Take the file.

        Args:
            path: the credentials file.
            saml_folder: ~/.aws/saml, where the provenance of credentials is noted.
            check: made by `save` under the lock; see `profile.check_for`.
            clock: the clocks.
        """
        self._path = path
        self._saml_folder = saml_folder
        self._check = check
        self._clock = clock

    def find(self, request: CredentialRequest) -> Issued | None:
        """See `CredentialStore`; a request without an address or a settled role finds nothing."""
        if not request.idp_url or not request.is_role_settled:
            return None
        credentials = self.last(request.profile)
        provenance = self._provenance(request.profile)
        if credentials is None or provenance is None:
            return None
        if provenance.request != _parts(request, str(request.role)):
            return None
        if provenance.digest != _digest(credentials.access_key_id):
            return None
        issued = Issued(credentials, provenance.at)
        return issued if issued.is_fresh(self._clock.now()) else None

    def last(self, profile: str) -> Credentials | None:
        """See `CredentialStore`."""
        return Credentials.from_options(ini.read_section(self._path, profile) or {})

    def save(
        self, request: CredentialRequest, issued: Issued, changes: Sequence[Change] = ()
    ) -> None:
        """See `CredentialStore`."""
        self._apply([self.change(request, issued), *changes], command="sign-in")

    def change(
        self, request: CredentialRequest, issued: Issued, *, text: str | None = None
    ) -> Change:
        """Return the change that stores credentials.

        Args:
            request: what they are for.
            issued: the credentials.
            text: the text of the file, where other changes are made before this one.

        Raises:
            StoreError: the file cannot be read.
        """
        note = {
            "version": _VERSION,
            "request": _answered(request, issued.credentials),
            "access_key_sha256": _digest(issued.credentials.access_key_id),
            "issued": issued.at.isoformat(),
            "sts": request.sts,
            "restricted": request.session_policies.shown(issued.credentials.role_arn),
            "section": self._section_before(
                ini.read(self._path) if text is None else text, request.profile
            ),
        }
        return Change(
            self._path,
            request.profile,
            issued.credentials.as_options(),
            check=self._check,
            private={self._note(request.profile): json.dumps(note, indent=1)},
        )

    def delete(self, profile: str) -> bool:
        """See `CredentialStore`.

        Other keys of the section stay, and so do credentials that somebody else put there. What
        the journal holds of the profile's temporary credentials is removed, too.
        """
        transaction.recover([self._path], folder=self._saml_folder)
        removal = self._removal(profile)
        # Where somebody replaced our credentials, only our notes about them go.
        is_removed = removal is not None and SECRET_ACCESS_KEY in removal.values
        if removal is not None:
            self._apply([removal], command="logout")
        atomic.remove(self._note(profile))
        revert.forget_temporary(
            self._path, profile, folder=self._saml_folder, secrets=SECRETS, now=self._clock.now
        )
        return is_removed

    def profiles(self) -> Sequence[StoredProfile]:
        """See `CredentialStore`; incomplete and replaced credentials are none of ours."""
        return [
            self._stored(profile, options)
            for profile, options in ini.sections(self._path).items()
            if ROLE_ARN in options
            and has_all_keys(options)
            and not self._is_replaced(profile, options)
        ]

    def _stored(self, profile: str, options: Mapping[str, str]) -> StoredProfile:
        provenance = self._provenance(profile)
        return StoredProfile(
            profile,
            options[ROLE_ARN],
            _expiration(options),
            self._sts(profile),
            username=options.get(ASSUMED_ROLE_ARN, "").rpartition("/")[2] or None,
            issued=provenance.at if provenance else None,
            restricted=provenance.restricted if provenance else (),
        )

    def preview(self, request: CredentialRequest) -> Sequence[Change]:
        """See `CredentialStore`."""
        values = dict.fromkeys(KEYS, "(from STS)")
        values[ACCESS_KEY_ID] = "ASIA… (from STS)"
        settled = request.role if request.is_role_settled else None
        values[ROLE_ARN] = settled or "(the role that is chosen)"
        return (Change(self._path, request.profile, values, check=self._check),)

    def clearing(self, profile: str) -> Change:
        """Return the change that removes all credentials of a profile, whoever wrote them.

        The SDKs read this file before they run a `credential_process`.
        """
        values = dict.fromkeys(KEYS)
        return self._without(profile, values, check=self._check)

    def _removal(self, profile: str) -> Change | None:
        options = ini.read_section(self._path, profile) or {}
        if ROLE_ARN not in options:
            return None
        keys: Sequence[str] = KEYS
        if self._is_replaced(profile, options) or is_long_lived(options):
            keys = (EXPIRES, ASSUMED_ROLE_ARN, ROLE_ARN)
        private: dict[Path, str | None] = {self._note(profile): None}
        return self._without(profile, dict.fromkeys(keys), private=private)

    def _without(
        self,
        profile: str,
        values: Mapping[str, str | None],
        *,
        check: Check | None = None,
        private: Mapping[Path, str | None] | None = None,
    ) -> Change:
        """Return a change that removes keys, and with them what `save` added around them."""
        before = self._noted_section(profile) or {}
        lead = before.get("lead")
        return Change(
            self._path,
            profile,
            values,
            remove_empty=isinstance(lead, str),
            lead=lead if isinstance(lead, str) and not lead.strip() else None,
            unended=before.get("unended") is True,
            check=check,
            private=private or {},
        )

    def _section_before(self, text: str, profile: str) -> dict[str, Any]:
        """Return what `save` adds around its keys in the text of the file, for the note.

        `lead` are the line ends above a section that it adds, None where there is a section;
        `unended` tells whether the last line of that section has no end.
        """
        found = ini.find(text, profile)
        if found is None:
            return {"lead": ini_edit.lead_of_new_section(text), "unended": False}
        unended = found.end == len(text) and not ini.is_ended(text)
        return self._noted_section(profile) or {"lead": None, "unended": unended}

    def _noted_section(self, profile: str) -> dict[str, Any] | None:
        try:
            section = json.loads(atomic.read(self._note(profile)) or b"{}").get("section")
        except (ValueError, AttributeError, RecursionError):
            return None
        return section if isinstance(section, dict) else None

    def _apply(self, changes: Sequence[Change], *, command: str) -> None:
        transaction.apply(
            changes,
            command=command,
            folder=self._saml_folder,
            secrets=SECRETS,
            now=self._clock.now,
        )

    def _is_replaced(self, profile: str, options: Mapping[str, str]) -> bool:
        """Return whether the note was made for other credentials than those in the section."""
        provenance = self._provenance(profile)
        digest = _digest(options.get(ACCESS_KEY_ID, ""))
        return provenance is not None and provenance.digest != digest

    def _sts(self, profile: str) -> str:
        provenance = self._provenance(profile)
        return provenance.sts if provenance is not None else ""

    def _note(self, profile: str) -> Path:
        name = atomic.name_of(str(atomic.real(self._path)), profile)
        return self._saml_folder / "stored" / f"{name}.json"

    def _provenance(self, profile: str) -> _Provenance | None:
        """Return what is noted of a profile's credentials; None where nothing usable is."""
        content = atomic.read(self._note(profile))
        try:
            note: dict[str, Any] = json.loads(content or b"null")
            # Notes of version 1 tell our credentials from others, and answer no request.
            request = note["request"] if note["version"] == _VERSION else None
            sts = str(note.get("sts", ""))
            restricted = tuple(map(str, note.get("restricted", ())))
            at = parse_time(note["issued"])
            return _Provenance(request, note["access_key_sha256"], at, sts, restricted)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


@dataclass(frozen=True, slots=True)
class _Provenance:
    """The note beside credentials of ours."""

    request: dict[str, Any] | None
    """See `_parts`; None where the credentials answer no request."""
    digest: str
    """SHA-256 of the access key id, in hexadecimal."""
    at: datetime
    """When STS issued them."""
    sts: str
    """As in `CredentialRequest`; empty in notes of earlier versions."""
    restricted: tuple[str, ...] = ()
    """As in `StoredProfile`."""


def _answered(request: CredentialRequest, credentials: Credentials) -> dict[str, Any] | None:
    """Return the parts of the request that credentials answer later.

    None where the SAMLResponse was given, or is for another person than the request names.
    """
    expected = request.username
    is_expected = expected is None or is_same_person(expected, credentials.session_name)
    return _parts(request, credentials.role_arn) if request.idp_url and is_expected else None


def _parts(request: CredentialRequest, role_arn: str) -> dict[str, Any]:
    return {
        "idp_url": request.idp_url,
        "username": request.username,
        "role_arn": role_arn,
        "duration": request.duration,
        "sts": request.sts,
        **request.policies,
    }


def _expiration(options: Mapping[str, str]) -> datetime | None:
    try:
        return parse_time(options[EXPIRES])
    except (KeyError, ValueError):
        return None


def _digest(access_key_id: str) -> str:
    return hashlib.sha256(access_key_id.encode()).hexdigest()
