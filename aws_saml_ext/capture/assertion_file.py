"""A SAMLResponse from a file or from standard input, in place of a browser."""

from __future__ import annotations

import base64
import codecs
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, unquote_to_bytes

from aws_saml_ext.capture.saml_post import FORM, saml_response
from aws_saml_ext.errors import AssertionTooLate, TerminalGone, UsageError

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt

_MAX_BYTES = 16 * 1024 * 1024
"""AWS takes 100 000 characters; `roles` prints the roles of larger ones, too."""
_END_OF_INPUT = b"\x04"  # Ctrl-D
_MARK = "\ufeff"
_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f]")
_WHITE_SPACE = b" \t\r\n"
_NAME = "SAMLResponse"
_NAMED = re.compile(_NAME + r"[\"']?\s*[=:]\s*[\"']?([A-Za-z0-9+/=%]+)")
"""The value of a line that names it, such as a command with the posted form."""
_MAX_DECLARATION = 200
_DECLARED = re.compile(r"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.-]+)")
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>\s*")
_BEGINNING = re.compile(r"<(?:[\w.-]+:)?Response[\s>]")
_END = re.compile(r"</(?:[\w.-]+:)?Response\s*>\Z")
_EXPECTED = (
    "Give the SAMLResponse itself (base64 text or XML), or a copy of the posted form, of the page, "
    "or of the request with it."
)


@dataclass(frozen=True, slots=True)
class CapturedFromFile:
    """A SAMLResponse from a file or from standard input. See `login.Captured`."""

    saml_response: str = field(repr=False)

    def again(self) -> str:
        """Raise an error: no browser can get another one. See `login.Captured`.

        Raises:
            AssertionTooLate: always.
        """
        raise AssertionTooLate(
            "The SAMLResponse of --assertion is too late, or too early: STS accepts one for 5 "
            "minutes after its issue, and not after its own end.",
            advice="Use a newer one, or sign in without --assertion. If it is new, a clock is "
            "wrong: doctor --assertion shows its times.",
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
        yield CapturedFromFile(given(source, prompt, open_input=open_input))

    return capture


def given(
    source: str,
    prompt: Prompt,
    *,
    open_input: Callable[[], BinaryIO] = lambda: sys.stdin.buffer,
) -> str:
    """Return the SAMLResponse of a file, or of standard input; arguments and errors as above."""
    return read(_standard_input(open_input(), prompt) if source == "-" else _file(Path(source)))


def read(data: bytes) -> str:
    """Return the base64 text of a SAMLResponse, however it was copied.

    It may be base64 text or XML, as such or as the value of a JSON document, a form, a saved page,
    or a command that a browser's tools copied; in quotes, and in the UTF-16 of PowerShell.

    Raises:
        UsageError: there is none in it. The message shows nothing of it.
    """
    if len(data) > _MAX_BYTES:
        raise UsageError("--assertion: this is too large for a SAMLResponse.", advice=_EXPECTED)
    if not data.strip():
        raise UsageError("--assertion: this is empty.", advice=_EXPECTED)
    if (document := _document(data.strip(_WHITE_SPACE))) is not None:
        return base64.b64encode(document).decode("ascii")
    text = _decoded(data) or data.decode("ascii", errors="replace")
    for candidate in _candidates(text.strip()):
        if (encoded := _encoded(candidate)) is not None:
            return encoded
    raise UsageError("--assertion: this is not a SAMLResponse.", advice=_EXPECTED)


def _candidates(text: str) -> Iterator[str]:
    """Yield the texts that may be a SAMLResponse, the whole text first."""
    yield saml_response(text.encode(), FORM) or ""
    yield unquote_to_bytes(text).decode("ascii", errors="replace")
    yield text.strip("\"'`")
    with suppress(ValueError, RecursionError):
        yield from _in_json(json.loads(text))
    if "<" in text:
        yield from _in_page(text)
    # `^` is the escape character of a command line that was copied for Windows.
    for value in _NAMED.findall(text.replace("^", "")):
        yield saml_response(f"{_NAME}={value}".encode(), FORM) or ""


def _in_json(value: object) -> Iterator[str]:
    """Yield the values of this name; a recording of requests (HAR) has name and value apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            if not isinstance(item, str):
                yield from _in_json(item)
    elif isinstance(value, dict):
        if value.get("name") == _NAME:
            yield unquote(str(value.get("value")))
        for key, item in value.items():
            if key == _NAME or not isinstance(item, str):
                yield from _in_json(item)


def _in_page(text: str) -> Iterator[str]:
    """Yield the values of the fields of this name in a page that was saved."""
    from html.parser import HTMLParser

    values: list[str] = []

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            attributes = dict(attrs)
            if tag == "input" and attributes.get("name") == _NAME:
                values.append(attributes.get("value") or "")

    Page().feed(text)
    yield from values


def _encoded(text: str) -> str | None:
    """Return the base64 text of a SAMLResponse in base64 or XML; None for another text."""
    if (document := _document(text.strip().encode(errors="replace"))) is not None:
        return base64.b64encode(document).decode("ascii")
    # A blank in base64 is part of a line break, or a `+` that was lost in transit. The last
    # character is often such a `+`, and its loss leaves no trace.
    unbroken = "".join(text.split()), "".join(text.splitlines()).replace(" ", "+")
    for candidate in (joined + lost for joined in unbroken for lost in ("", "+")):
        padded = candidate + "=" * (-len(candidate) % 4)
        with suppress(ValueError):
            if _is_response(_decoded(base64.b64decode(padded, validate=True))):
                return padded
    return None


def _document(data: bytes) -> bytes | None:
    """Return one whole Response element, in an encoding that it declares; None for other data.

    A shell may have written it in another encoding. Signatures do not depend on it: they are made
    of the canonical form, in UTF-8 and without a declaration.
    """
    text = _decoded(data)
    if text is None or not _is_response(text):
        return None
    with suppress(LookupError, ValueError):
        declared = _DECLARED.match(text)
        if (text if declared is None else data.decode(declared[1])).strip(_MARK) == text:
            return data
    return _DECLARATION.sub("", text).encode()


def _decoded(data: bytes) -> str | None:
    """Return data as text: by its byte order mark, in UTF-8, else as its XML declares it."""
    declared = _DECLARED.match(data[:_MAX_DECLARATION].decode("latin-1"))
    encodings = ["utf-8-sig", declared[1]] if declared else ["utf-8-sig"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in data[:2]:
        encodings = ["utf-16-be" if data[:1] == b"\0" else "utf-16-le"]
    for encoding in encodings:
        with suppress(LookupError, UnicodeError):
            return data.decode(encoding)
    return None


def _is_response(text: str | None) -> bool:
    """Return whether this is one whole Response element."""
    if text is None or _BEGINNING.search(text) is None:
        return False
    return _END.search(text[-100:].rstrip()) is not None and _CONTROL.search(text) is None


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
