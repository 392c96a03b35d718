"""A SAMLResponse from a file or from standard input, in place of a browser."""

from __future__ import annotations

import base64
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote_to_bytes

from aws_saml_ext.capture.saml_post import FORM, saml_response
from aws_saml_ext.errors import SignInRequired, UsageError

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt

_LARGEST = 16 * 1024 * 1024  # bytes; AWS takes 100 000 characters, `roles` prints what is larger
_END_OF_INPUT = b"\x04"  # Ctrl-D
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BEGINNING = re.compile(r"<(?:[\w.-]+:)?Response[\s>]")
_END = re.compile(r"</(?:[\w.-]+:)?Response\s*>\Z")
_EXPECTED = "A SAMLResponse is base64 text, the posted form (SAMLResponse=…), or XML"


@dataclass(frozen=True, slots=True)
class Pasted:
    """A SAMLResponse that was given to us. See `login.Captured`."""

    saml_response: str = field(repr=False)

    def again(self) -> str:
        """
        See `login.Captured`.

        Raises:
            SignInRequired: always; there is no browser to get another one from.
        """
        raise SignInRequired(
            "The SAMLResponse of --assertion has run out.",
            hint="Bring a newer one, or leave --assertion out",
        )


def pasting(
    source: str,
    prompt: Prompt,
    *,
    open_input: Callable[[], BinaryIO] = lambda: sys.stdin.buffer,
) -> Capture:
    """
    Take what stands in the file `source`, or in standard input where that is `-`.

    Raises:
        UsageError: there is no such file, or no SAMLResponse in it.
    """

    @contextmanager
    def capture(settings: Settings) -> Iterator[Pasted]:  # noqa: ARG001 - none is needed
        given = _standard_input(open_input(), prompt) if source == "-" else _file(Path(source))
        yield Pasted(read(given))

    return capture


def read(given: bytes) -> str:
    """
    The base64 text of the SAMLResponse that is given as base64, as a posted form, or as XML.

    Raises:
        UsageError: it is none of these. The message shows nothing of it.
    """
    if len(given) > _LARGEST:
        raise UsageError("What --assertion gives is too large for a SAMLResponse.", hint=_EXPECTED)
    stripped = given.strip()
    if not stripped:
        raise UsageError("What --assertion gives is empty.", hint=_EXPECTED)
    if _is_response(stripped):
        return base64.b64encode(stripped).decode("ascii")
    body = stripped.removeprefix(_BYTE_ORDER_MARK)
    if b"SAMLResponse=" in body:
        encoded = saml_response(body, FORM) or ""
    else:
        encoded = unquote_to_bytes(body).decode("ascii", errors="replace")
    # A blank in base64 is part of a line break, or a `+` that was lost on the way: so is the last
    # character of many a SAMLResponse, where nobody sees that it is missing.
    unbroken = "".join(encoded.split()), "".join(encoded.splitlines()).replace(" ", "+")
    for candidate in (text + lost for text in unbroken for lost in ("", "+")):
        padded = candidate + "=" * (-len(candidate) % 4)
        with suppress(ValueError):
            if _is_response(base64.b64decode(padded, validate=True)):
                return padded
    raise UsageError("What --assertion gives is no SAMLResponse.", hint=_EXPECTED)


def _is_response(data: bytes) -> bool:
    """Whether this is a Response from its beginning to its end, in UTF-8 or UTF-16."""
    try:
        text = data.decode("utf-16" if b"\0" in data else "utf-8").rstrip()
    except UnicodeDecodeError:
        return False
    return _BEGINNING.search(text) is not None and _END.search(text[-100:]) is not None


def _file(path: Path) -> bytes:
    try:
        # Not that of pathlib, which raises RuntimeError where nobody is called so: ~nosuchuser/x.
        with open(os.path.expanduser(path), "rb") as file:  # noqa: PTH111, PTH123
            return file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"The file of --assertion cannot be read: {path}: {error.strerror}.", hint=_EXPECTED
        ) from error


def _standard_input(stream: BinaryIO, prompt: Prompt) -> bytes:
    if not stream.isatty():
        return stream.read(_LARGEST + 1)
    prompt.notify("Paste the SAMLResponse (it does not show), then press Enter and Ctrl-D.")
    if sys.platform == "win32":
        return stream.read(_LARGEST + 1)
    return _typed(stream.fileno())


def _typed(terminal: int) -> bytes:
    """
    What is typed until Ctrl-D, without echo.

    A terminal that edits lines drops what exceeds 4095 bytes of one, as a SAMLResponse does.
    """
    import termios

    before = termios.tcgetattr(terminal)
    raw = termios.tcgetattr(terminal)
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    typed = bytearray()
    try:
        termios.tcsetattr(terminal, termios.TCSANOW, raw)
        while _END_OF_INPUT not in typed and len(typed) <= _LARGEST:
            some = os.read(terminal, 65536)
            if not some:
                break
            typed += some
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    return bytes(typed).partition(_END_OF_INPUT)[0]
