"""Space on disk that is reserved before a person types, for what will be written afterwards."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import IO

from aws_saml_ext.files import atomic

_MARGIN = 32 * 1024
"""Bytes beside the present content: new sections, notes, the journal."""
_NO_NEW_FILE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Reservation:
    """The reserved space of one command; the system frees it when the process ends."""

    def __init__(self) -> None:
        """Reserve nothing yet."""
        self._files: list[IO[bytes]] = []

    def take(self, path: Path) -> None:
        """Reserve the space to replace a file, which may not exist yet.

        Raises:
            StoreError: there is no space, or the file cannot be written.
        """
        path = atomic.real(path)
        try:
            if path.exists():
                atomic.refuse_irregular(path)
            self._reserve(path)
        except OSError as error:
            raise atomic.failed(path, "written", error) from error

    def release(self) -> None:
        """Free the space, right before it is used."""
        while self._files:
            self._files.pop().close()

    def _reserve(self, path: Path) -> None:
        size = (path.stat().st_size if path.exists() else 0) + _MARGIN
        folder = next(parent for parent in path.parents if parent.is_dir())
        try:
            # It has no name: nothing is left of it if we are killed.
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - `release` closes it
        except OSError as error:
            if error.errno not in _NO_NEW_FILE or not path.exists():
                raise
            with path.open("r+b"):  # it will be written in place
                return
        self._files.append(file)
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.write(bytes(size))
            file.flush()
