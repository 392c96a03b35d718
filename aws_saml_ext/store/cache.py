"""The cache: credentials that programs share and renew.

In ~/.aws/saml/cache, files 0600 in a folder 0700:

* `KEY.keys`    an entry: credentials, under the key of their request
* `profile-…`   an index, which leads from a profile to its entry without parsing anything

`fast_path` reads both in a few milliseconds and documents their lines; `single_flight` documents
the other files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import fast_path
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.store import cache_format
from aws_saml_ext.store.credential_store import StoredProfile

if TYPE_CHECKING:
    from aws_saml_ext.credentials import Credentials, Issued
    from aws_saml_ext.files.transaction import Change
    from aws_saml_ext.store.credential_store import CredentialRequest

NAME = "credential-process"
_FORGOTTEN = timedelta(days=30)
"""The time for which expired credentials stay: they hold the role for the renewal."""
_ABANDONED = timedelta(hours=1)
"""The age at which a file that a killed writer left is removed."""


class Cache:
    """The cache of one person; a `CredentialStore`."""

    name = NAME

    def __init__(
        self,
        saml_folder: Path,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = SYSTEM,
    ) -> None:
        """`saml_folder` is ~/.aws/saml; the cache's own folder is made by the first `save`."""
        self._saml_folder = saml_folder
        self.folder = saml_folder / "cache"
        self._environ = environ
        self._clock = clock

    def find(self, request: CredentialRequest) -> Issued | None:
        """See `CredentialStore`; a damaged entry, or one that others can read, is none."""
        entry = fast_path.read_entry(str(self._entry(request)))
        if entry is None or not entry.is_fresh(self._clock.now().timestamp()):
            return None
        return cache_format.decode(entry)

    def stored(self, request: CredentialRequest) -> Issued | None:
        """Return the credentials stored for exactly this request, fresh or not."""
        entry = fast_path.read_entry(str(self._entry(request)))
        return cache_format.decode(entry) if entry is not None else None

    def indexed(self, profile: str) -> Issued | None:
        """Return the fresh credentials to which the index of a profile leads, if it is current."""
        path = fast_path.indexed(str(self.folder), profile, self._environ)
        entry = fast_path.read_entry(path) if path is not None else None
        if entry is None or not entry.is_fresh(self._clock.now().timestamp()):
            return None
        return cache_format.decode(entry)

    def last(self, profile: str) -> Credentials | None:
        """See `CredentialStore`."""
        stored = [issued for _, issued in self._stored_for(profile)]
        return max(stored, key=lambda issued: issued.at).credentials if stored else None

    def save(
        self, request: CredentialRequest, issued: Issued, changes: Sequence[Change] = ()
    ) -> None:
        """See `CredentialStore`."""
        atomic.make_private_folder(self.folder)
        with suppress(OSError):  # it may have been made by hand
            self.folder.chmod(0o700)
        self._sweep()
        content = cache_format.encode(
            issued,
            profile=request.profile,
            sts=request.sts,
            restricted=request.session_policies.shown(issued.credentials.role_arn),
        )
        atomic.write_private(self._entry(request), content)
        if changes:
            # Imported here, as programs that only read the cache need neither.
            from aws_saml_ext.config.sections import SECRETS
            from aws_saml_ext.files import transaction

            present = fast_path.fingerprint_like(request.fingerprint or b"", self._environ)
            is_current = request.fingerprint == present
            transaction.apply(changes, command="sign-in", folder=self._saml_folder, secrets=SECRETS)
            # Else somebody has changed the settings since they were read: the index stays stale.
            if is_current:
                kept = fast_path.watched_part(request.fingerprint or b"")
                present = fast_path.fingerprint(self._environ) + kept
                request = replace(request, fingerprint=present)
        self.index(request)

    def index(self, request: CredentialRequest) -> None:
        """Let the profile lead to the entry of its request; where that fails, it is only slower."""
        if request.fingerprint is None:
            return
        path = self.folder / fast_path.index_name(request.profile, self._environ)
        entry = self._entry(request).name
        content = fast_path.index_content(entry, request.profile, request.fingerprint)
        if fast_path.read_private(str(path)) != content:
            with suppress(StoreError):
                atomic.write_private(path, content)

    def delete(self, profile: str) -> bool:
        """See `CredentialStore`; a profile that shares the credentials renews them on demand."""
        own = {entry for _, of, entry in self._indexes() if of == profile}
        own |= {entry for entry, _ in self._stored_for(profile)}  # of other settings
        found = False
        for entry in own:
            found = found or fast_path.read_entry(str(entry)) is not None
            leftovers = self.folder.glob(f".{entry.name}.*{atomic.LEFTOVER}")
            for path in (entry, entry.with_suffix(fast_path.FAILURE), *leftovers):
                atomic.remove(path)
        # Last: while an index is there, the credentials can be found and removed.
        for index in self.folder.glob(f"{fast_path.index_stem(profile)}-*"):
            atomic.remove(index)
        return found

    def profiles(self) -> Sequence[StoredProfile]:
        """See `CredentialStore`: of several entries, the one that expires last."""
        found: dict[str, StoredProfile] = {}
        for _, profile, path in self._indexes():
            entry = fast_path.read_entry(str(path))
            issued = cache_format.decode(entry) if entry is not None else None
            if entry is None or issued is None:
                continue
            end = issued.credentials.expiration
            other = found.get(profile)
            if other is None or other.expiration is None or other.expiration < end:
                found[profile] = StoredProfile(
                    profile,
                    issued.credentials.role_arn,
                    end,
                    cache_format.sts(entry),
                    username=issued.credentials.session_name,
                    issued=issued.at,
                    restricted=cache_format.restricted(entry),
                )
        return list(found.values())

    def preview(self, request: CredentialRequest) -> Sequence[Change]:  # noqa: ARG002
        """See `CredentialStore`: no file of the user's is changed."""
        return ()

    @property
    def has_profiles(self) -> bool:
        """True if any profile has an index."""
        return next(self._indexes(), None) is not None

    def _indexes(self) -> Iterator[tuple[Path, str, Path]]:
        """Yield each index: its file, the profile, and the entry that it leads to.

        An index that others can read counts: its credentials must be found all the same.
        """
        for path in sorted(self.folder.glob("profile-*")):
            with suppress(StoreError, ValueError):
                name, of, _ = (atomic.read(path) or b"").split(b"\n", 2)
                profile = bytes.fromhex(of.decode("ascii")).decode(errors="surrogatepass")
                entry = name.decode("ascii")
                if entry.endswith(fast_path.ENTRY) and Path(entry).name == entry:
                    yield path, profile, self.folder / entry

    def _stored_for(self, profile: str) -> Iterator[tuple[Path, Issued]]:
        """Yield the entries for which this profile asked first, fresh or not."""
        for path in sorted(self.folder.glob(f"*{fast_path.ENTRY}")):
            entry = fast_path.read_entry(str(path))
            if entry is None or cache_format.first_profile(entry) != profile:
                continue
            if (issued := cache_format.decode(entry)) is not None:
                yield path, issued

    def _sweep(self) -> None:
        """Remove what nobody will ask for again, and what a killed writer left."""
        now = self._clock.now().timestamp()
        max_ages = {
            f"*{fast_path.ENTRY}": _FORGOTTEN,
            f"*{fast_path.FAILURE}": _FORGOTTEN,
            f".*{atomic.LEFTOVER}": _ABANDONED,
        }
        for pattern, max_age in max_ages.items():
            for path in self.folder.glob(pattern):
                with suppress(OSError):
                    if now - path.stat().st_mtime > max_age.total_seconds():
                        path.unlink()
        for index, _, entry in self._indexes():
            with suppress(OSError):
                if not entry.exists():
                    index.unlink()

    def _entry(self, request: CredentialRequest) -> Path:
        return self.folder / f"{request.key}{fast_path.ENTRY}"
