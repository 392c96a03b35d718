"""Standard output, which is for data, and streams that cannot be written.

The reader may have gone (`… | head`), or the disk may be full. Neither causes a traceback, now or
when the interpreter closes the stream.
"""

from __future__ import annotations

import os
import sys

from aws_saml_ext.errors import SamlLoginError
from aws_saml_ext.progress import LINE

TYPE_CHECKING = False  # `typing` would be most of the time that `--help` takes
if TYPE_CHECKING:
    from typing import TextIO

_EINVAL = 22  # on Windows, the error of a pipe without a reader


def write(text: str) -> None:
    """Write to standard output, and flush it. A pipe without a reader is no failure.

    Raises:
        SamlLoginError: it cannot be written.
    """
    try:
        with LINE.hidden():
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        if not (sys.platform == "win32" and error.errno == _EINVAL):
            raise SamlLoginError(
                f"Standard output could not be written: {error.strerror}.",
                advice="Check the file or the program that it goes to.",
            ) from None


def settle() -> None:
    """Flush the standard streams; discard what cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        _settle(stream)


def _settle(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Send the stream's buffer, and all later output, to the null device."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
