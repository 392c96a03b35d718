"""The origins that a person has approved for the secrets of one identity provider.

A password or a code that no person types goes to the origin of `saml_idp_url` and to these. Each
identity provider, by its whole address, has a note in `~/.aws/saml/approved`. An origin that two
sign-ins note at the same time may be lost: then it is asked for once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import fast_path
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings

_FOLDER = "approved"
_MAX_ORIGINS = 50


class Approvals:
    """The approved origins of one identity provider, and those that a sign-in adds."""

    def __init__(self, settings: Settings) -> None:
        """Read the note of the identity provider of these settings."""
        self._idp_url = settings.idp_url
        self._file = _file(settings.saml_folder, settings.idp_url)
        noted = _read(self._file)
        self._noted = noted[1] if noted is not None and noted[0] == self._idp_url else ()
        self._new: list[str] = []

    def __contains__(self, origin: str) -> bool:
        """Return whether secrets may go to an origin."""
        return origin in self._noted or origin in self._new

    def add(self, *origins: str) -> None:
        """Approve origins for this sign-in; `save` keeps them."""
        self._new += [origin for origin in origins if origin not in self]

    def save(self) -> None:
        """Keep the origins that were approved in this sign-in: it has succeeded.

        A note that cannot be written is asked for again the next time.
        """
        if not self._new:
            return
        origins = list(dict.fromkeys([*self._noted, *self._new]))[-_MAX_ORIGINS:]
        content = json.dumps({"idp_url": self._idp_url, "origins": origins}, indent=2)
        with suppress(StoreError):
            atomic.write_private(self._file, content.encode())


def forget(settings: Settings) -> None:
    """Forget the approved origins of the identity provider of these settings.

    Raises:
        StoreError: the note cannot be removed.
    """
    atomic.remove(_file(settings.saml_folder, settings.idp_url))


def noted(saml_folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the address of each identity provider that has a note, and its approved origins."""
    for file in sorted((saml_folder / _FOLDER).glob("*.json")):
        if (note := _read(file)) is not None:
            yield note


def _file(saml_folder: Path, idp_url: str) -> Path:
    return saml_folder / _FOLDER / f"{atomic.name_of(idp_url)}.json"


def _read(file: Path) -> tuple[str, tuple[str, ...]] | None:
    """Return the address and the origins of a note; None where others could have written it."""
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        note = json.loads(fast_path.read_private(str(file)) or b"null")
        origins = tuple(origin for origin in note["origins"] if isinstance(origin, str))
        return str(note["idp_url"]), origins
    return None
