"""The program's own folder where it cannot be written: a temporary one for this run."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.paths import FOLDER

_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def writable(folder: Path, *, notify: Callable[[str], None]) -> Path:
    """Return the folder, or a temporary one where its file system or its mode is read-only.

    Args:
        folder: the program's own folder, ~/.aws/saml.
        notify: hears the consequences, in one line.

    Raises:
        StoreError: it cannot be made for another reason.
    """
    reason = _why_read_only(folder)
    if reason is None:
        return folder
    notify(
        f"{folder} cannot be written ({reason}): this run keeps no session and no notes, and undo "
        f"cannot revert it. To choose another folder, set {FOLDER}."
    )
    return _temporary(folder)


def _why_read_only(folder: Path) -> str | None:
    try:
        atomic.make_private_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except StoreError as error:
        cause = error.__cause__
        if not isinstance(cause, OSError) or cause.errno not in _READ_ONLY:
            raise
    except OSError as error:
        if error.errno not in _READ_ONLY:
            return None  # a full disk: whoever writes says so
        cause = error
    return os.strerror(cause.errno or 0).lower()


@cache
def _temporary(folder: Path) -> Path:  # noqa: ARG001 - one for each folder
    """Return a private folder that goes when this process ends."""
    path = Path(tempfile.mkdtemp(prefix="aws-saml-login-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path
