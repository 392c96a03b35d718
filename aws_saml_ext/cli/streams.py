"""
Standard output, which is for data, and what becomes of a stream that cannot be written.

Whoever read it may have gone (`… | head`), or the disk behind it is full: neither is a traceback,
now or when the interpreter closes the stream.
"""

from __future__ import annotations

import os
import sys

from aws_saml_ext.errors import SamlLoginError

TYPE_CHECKING = False  # `typing` would be most of the time that `--help` takes
if TYPE_CHECKING:
    from typing import TextIO

_EINVAL = 22  # what Windows says of a pipe that nobody reads


def write(text: str) -> None:
    """
    Write to standard output, at once. That nobody reads it is no failure.

    Raises:
        SamlLoginError: it cannot be written.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        if not (sys.platform == "win32" and error.errno == _EINVAL):
            raise SamlLoginError(
                f"Standard output could not be written: {error.strerror}."
            ) from None


def settle() -> None:
    """Write what is still to be written; where that cannot be, it is nobody's any more."""
    for stream in (sys.stdout, sys.stderr):
        _settle(stream)


def _settle(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Let what the stream still holds, and what will be written to it, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
