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
from aws_saml_ext.errors import SignInRequired, TerminalGone, UsageError

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt

_MAX_BYTES = 16 * 1024 * 1024
"""AWS takes 100 000 characters; `roles` prints the roles of larger ones, too."""
_END_OF_INPUT = b"\x04"  # Ctrl-D
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BEGINNING = re.compile(r"<(?:[\w.-]+:)?Response[\s>]")
_END = re.compile(r"</(?:[\w.-]+:)?Response\s*>\Z")
_EXPECTED = "A SAMLResponse is base64 text, the posted form (SAMLResponse=…), or XML."


@dataclass(frozen=True, slots=True)
class CapturedFromFile:
    """A SAMLResponse from a file or from standard input. See `login.Captured`."""

    saml_response: str = field(repr=False)

    def again(self) -> str:
        """Raise an error: no browser can get another one. See `login.Captured`.

        Raises:
            SignInRequired: always.
        """
        raise SignInRequired(
            "The SAMLResponse of --assertion has expired.",
            advice="Use a newer one, or sign in without --assertion.",
        )

    def check_single(self) -> None:
        """Do nothing: this one was given, and no other can arrive. See `login.Captured`."""


def pasting(
    source: str,
    prompt: Prompt,
    *,
    open_input: Callable[[], BinaryIO] = lambda: sys.stdin.buffer,
) -> Capture:
    """Return a capture that reads a SAMLResponse from a file.

    Args:
        source: the path of the file; `-` for standard input.
        prompt: tells a person at a terminal to paste it.
        open_input: opens standard input.

    Raises:
        UsageError: there is no such file, or no SAMLResponse in it.
    """

    @contextmanager
    def capture(settings: Settings) -> Iterator[CapturedFromFile]:  # noqa: ARG001 - none is needed
        data = _standard_input(open_input(), prompt) if source == "-" else _file(Path(source))
        yield CapturedFromFile(read(data))

    return capture


def read(data: bytes) -> str:
    """Return the base64 text of a SAMLResponse that is base64, a posted form, or XML.

    Raises:
        UsageError: it is none of these. The message shows nothing of it.
    """
    if len(data) > _MAX_BYTES:
        raise UsageError("--assertion: this is too large for a SAMLResponse.", advice=_EXPECTED)
    stripped = data.strip()
    if not stripped:
        raise UsageError("--assertion: this is empty.", advice=_EXPECTED)
    if _is_response(stripped):
        return base64.b64encode(stripped).decode("ascii")
    body = stripped.removeprefix(_BYTE_ORDER_MARK)
    if b"SAMLResponse=" in body:
        encoded = saml_response(body, FORM) or ""
    else:
        encoded = unquote_to_bytes(body).decode("ascii", errors="replace")
    # A blank in base64 is part of a line break, or a `+` that was lost in transit. The last
    # character is often such a `+`, and its loss leaves no trace.
    unbroken = "".join(encoded.split()), "".join(encoded.splitlines()).replace(" ", "+")
    for candidate in (text + lost for text in unbroken for lost in ("", "+")):
        padded = candidate + "=" * (-len(candidate) % 4)
        with suppress(ValueError):
            if _is_response(base64.b64decode(padded, validate=True)):
                return padded
    raise UsageError("--assertion: this is not a SAMLResponse.", advice=_EXPECTED)


def _is_response(data: bytes) -> bool:
    """Return whether this is one whole Response element, in UTF-8 or UTF-16."""
    try:
        text = data.decode("utf-16" if b"\0" in data else "utf-8").rstrip()
    except UnicodeDecodeError:
        return False
    return _BEGINNING.search(text) is not None and _END.search(text[-100:]) is not None


def _file(path: Path) -> bytes:
    try:
        # pathlib's expanduser raises RuntimeError for an unknown user: ~nosuchuser/x.
        with open(os.path.expanduser(path), "rb") as file:  # noqa: PTH111, PTH123
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"The file of --assertion cannot be read: {path}: {error.strerror}.", advice=_EXPECTED
        ) from error


def _standard_input(stream: BinaryIO, prompt: Prompt) -> bytes:
    if not stream.isatty():
        return stream.read(_MAX_BYTES + 1)
    prompt.notify("Paste the SAMLResponse (it does not show), then press Enter and Ctrl-D.")
    if sys.platform == "win32":
        return stream.read(_MAX_BYTES + 1)
    return _typed(stream.fileno())


def _typed(terminal: int) -> bytes:
    """Read the bytes that are typed until Ctrl-D, without echo.

    A terminal in line mode drops the rest of a line after 4095 bytes; a SAMLResponse is longer.
    """
    import termios

    typed = bytearray()
    try:
        before = termios.tcgetattr(terminal)
        raw = termios.tcgetattr(terminal)
        raw[3] &= ~(termios.ICANON | termios.ECHO)
        try:
            termios.tcsetattr(terminal, termios.TCSANOW, raw)
            while _END_OF_INPUT not in typed and len(typed) <= _MAX_BYTES:
                part = os.read(terminal, 65536)
                if not part:
                    break
                typed += part
        finally:
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        raise TerminalGone("The terminal went away while a SAMLResponse was awaited.") from None
    return bytes(typed).partition(_END_OF_INPUT)[0]
