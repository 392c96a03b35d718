"""The passwords and codes that no person typed and that an identity provider refused.

Sending one of them again and again would lock the account. They are noted for each address of an
identity provider and username, as salted slow hashes, in `~/.aws/saml/refused`. All addresses of
one origin count together: they are applications of one provider, with the same accounts. The notes
go when somebody has signed in with a password or in a window.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from aws_saml_ext import fast_path
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.net import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aws_saml_ext.config.settings import Settings

Kind = Literal["password", "code"]

MAX_REFUSED = 3
"""Different secrets that are refused in a row; many identity providers lock an account after 5."""
_FOLDER = "refused"
_SALT_BYTES = 16


class RefusedSecrets:
    """The refused secrets of the users of one identity provider."""

    def __init__(self, settings: Settings) -> None:
        """Take the identity provider; nothing is read yet."""
        self._idp_url = settings.idp_url
        self._folder = settings.saml_folder / _FOLDER

    def count(self, kind: Kind, username: str | None) -> int:
        """Return how many different secrets of a user were refused."""
        return sum(len(_digests(note, kind)) for _, note in self._notes(username))

    def has(self, kind: Kind, username: str | None, secret: str) -> bool:
        """Return whether this secret of a user was refused."""
        return any(
            _digest(note["salt"], secret) in digests
            for _, note in self._notes(username)
            if (digests := _digests(note, kind))
        )

    def add(self, kind: Kind, username: str | None, secret: str) -> None:
        """Note that a secret of a user was refused."""
        note = _read(self._file(username))
        if not note:
            note = {"idp_url": self._idp_url, "username": username}
            note["salt"] = secrets.token_hex(_SALT_BYTES)
        digest = _digest(note["salt"], secret)
        others = [other for other in _digests(note, kind) if other != digest]
        note[kind] = [*others, digest][-MAX_REFUSED:]
        with suppress(StoreError):  # the sign-in has failed already
            atomic.write_private(self._file(username), json.dumps(note, indent=2).encode())

    def clear(self, username: str | None, *, only_here: bool = False) -> None:
        """Forget the refused secrets of a user: at every address of this origin, or `only_here`."""
        files = [file for file, _ in self._notes(username)]
        for file in [self._file(username)] if only_here else files:
            with suppress(StoreError):
                atomic.remove(file)

    def _file(self, username: str | None) -> Path:
        return self._folder / f"{atomic.name_of(self._idp_url, username or '')}.json"

    def _notes(self, username: str | None) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield the notes about a user at all addresses of this origin, with their files."""
        user = _user(self._idp_url, username)
        for file in sorted(self._folder.glob("*.json")):
            if (note := _read(file)) and _user(note.get("idp_url"), note.get("username")) == user:
                yield file, note


def _user(idp_url: object, username: object) -> tuple[str, str]:
    """Return what identifies an account; no provider tells names apart by their case."""
    return origin_of(str(idp_url)), str(username or "").casefold()


def _read(file: Path) -> dict[str, Any]:
    with suppress(ValueError, TypeError, RecursionError):
        note = json.loads(fast_path.read_private(str(file)) or b"{}")
        if isinstance(note, dict) and isinstance(note.get("salt"), str):
            return note
    return {}


def _digests(note: dict[str, Any], kind: Kind) -> list[str]:
    digests = note.get(kind)
    return [each for each in digests if isinstance(each, str)] if isinstance(digests, list) else []


def _digest(salt: str, secret: str) -> str:
    """Return a slow hash: a tenth of a second, and 16 MB of memory."""
    hashed = hashlib.scrypt(
        secret.encode(errors="surrogatepass"), salt=salt.encode(), n=2**14, r=8, p=1
    )
    return hashed.hex()
