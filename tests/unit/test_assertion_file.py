"""A SAMLResponse from a file or from standard input."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, quote_plus

import pytest

from aws_saml_ext.capture.assertion_file import pasting, read
from aws_saml_ext.errors import AssertionTooLate, UsageError
from tests.doubles import FakePrompt
from tests.samples import SETTINGS

# In base64 it has both characters that are lost easily, one of them at the end.
XML = '<samlp:Response xmlns:samlp="urn:x"><!-- ~~~ ??? >>> ÿÿÿ -->\n</samlp:Response>'
PADDED = XML.replace("???", "????")
ENCODED = base64.b64encode(XML.encode()).decode()


def lines(text: str, width: int = 20, end: str = "\n") -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize(
    "given",
    [
        ENCODED,
        f"\ufeff  {ENCODED}\n",
        lines(ENCODED),
        lines(ENCODED, 76, "\r\n"),
        lines(ENCODED, 30, " "),
        ENCODED.replace("+", " "),
        ENCODED.rstrip("+"),
        quote(ENCODED, safe=""),
        f"SAMLResponse={quote_plus(ENCODED)}&RelayState=a%26b",
        f"RelayState=&SAMLResponse={quote_plus(lines(ENCODED))}\n",
        f"SAMLResponse={ENCODED}",
        XML,
        f"\n{XML}\n",
    ],
)
def test_a_response_is_read_however_it_was_copied(given: str) -> None:
    assert base64.b64decode(read(given.encode())).decode() == XML


FORM_BODY = f"SAMLResponse={quote(ENCODED, safe='')}&RelayState="
FIELD = f'<input type="hidden" name="SAMLResponse" value="{lines(ENCODED, 76, "&#13;&#10;")}"/>'
PAGE = f"<!doctype html><form method=post><input name=RelayState value=''>{FIELD}</form>"
REQUEST = {"postData": {"params": [{"name": "SAMLResponse", "value": quote(ENCODED, safe="")}]}}


@pytest.mark.parametrize(
    "given",
    [
        f'"{ENCODED}"',
        f"'{ENCODED}'\n",
        json.dumps({"SAMLResponse": ENCODED}),
        json.dumps({"SAMLResponse": lines(ENCODED, 76, "\r\n"), "RelayState": ""}, indent=2),
        json.dumps([{"form": {"SAMLResponse": ENCODED}}]),
        json.dumps(ENCODED),
        json.dumps({"SAMLResponse": XML}),
        json.dumps({"log": {"entries": [{"request": REQUEST}]}}),
        f"SAMLResponse: {ENCODED}\nRelayState: \n",
        f"curl 'https://signin.aws.amazon.com/saml' \\\n  -H 'a: b' \\\n  --data-raw '{FORM_BODY}'",
        f'curl ^"https://x/^" ^\n  --data-raw ^"{FORM_BODY.replace("%", "^%^")}^"',
        f'Invoke-WebRequest -Uri "https://x" -Method POST -Body "{FORM_BODY}"',
        f'fetch("https://x", {{ "body": "{FORM_BODY}", "method": "POST" }});',
        PAGE,
        f"<html><body onload='x < 1'>{FIELD.replace('<input', '<INPUT')}</body></html>",
    ],
    ids=lambda given: given[:14],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_response_is_found_in_what_people_copy(given: str, encoding: str) -> None:
    """PowerShell's `>` and `Out-File` write UTF-16."""
    assert base64.b64decode(read(given.encode(encoding))).decode() == XML


DECLARED = f"<?xml version='1.0' encoding=\"ISO-8859-1\"?>\n{XML}"


def test_base64_of_another_encoding_stays_as_it_was_posted() -> None:
    posted = base64.b64encode(DECLARED.encode("iso-8859-1"))
    assert read(posted) == posted.decode()


def test_xml_in_the_encoding_that_it_declares_is_taken_unchanged() -> None:
    given = DECLARED.encode("iso-8859-1")
    assert base64.b64decode(read(given)) == given


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_a_shell_wrote_in_another_encoding_loses_its_declaration(encoding: str) -> None:
    assert base64.b64decode(read(DECLARED.encode(encoding))).decode() == XML


def test_padding_that_is_missing_is_put_back() -> None:
    padded = base64.b64encode(PADDED.encode())
    assert padded.endswith(b"=")
    assert read(padded.rstrip(b"=")) == padded.decode()


def test_xml_in_utf_16_is_taken_as_it_is() -> None:
    given = XML.encode("utf-16")
    assert base64.b64decode(read(given)) == given


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b" \n",
        b"no SAMLResponse at all",
        b"RelayState=x",
        b"SAMLResponse=",
        b"SAMLResponse=secret-but-wrong",
        base64.b64encode(b"secret"),
        b"<html><form><input name='SAMLResponse'></form></html>",
        ENCODED[:-40].encode(),
        b"\x00\xff" * 100,
        "пароль".encode(),
        b"A" * (16 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_response_is_refused_and_not_shown(given: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        read(given)
    shown = f"{caught.value} {caught.value.hint}"
    assert "secret" not in shown
    assert len(shown) < 250


def test_a_large_response_is_read_for_the_roles_in_it() -> None:
    large = base64.b64encode(XML.replace("~~~", "~" * 1_000_000).encode())
    assert read(large) == large.decode()


def captured(source: str, prompt: FakePrompt, given: Callable[[], BinaryIO]) -> str:
    with pasting(source, prompt, open_input=given)(SETTINGS) as response:
        assert ENCODED not in repr(response)
        with pytest.raises(AssertionTooLate, match="for 5 minutes"):
            response.again()
        return response.saml_response


def no_input() -> io.BytesIO:
    raise AssertionError("nobody asked for standard input")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "response.txt"
    file.write_text(ENCODED)
    assert captured(str(file), FakePrompt(), no_input) == ENCODED


@pytest.mark.parametrize("name", ["missing", ".", "~nosuchuser/x"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    source = name if name.startswith("~") else str(tmp_path / name)
    with pytest.raises(UsageError, match="The file of --assertion cannot be read: ") as caught:
        captured(source, FakePrompt(), no_input)
    assert caught.value.exit_status == 252


def test_standard_input_is_read_to_its_end() -> None:
    prompt = FakePrompt()
    assert captured("-", prompt, lambda: io.BytesIO(ENCODED.encode())) == ENCODED
    assert prompt.notified == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal as POSIX has it")
def test_a_terminal_says_what_it_waits_for_and_takes_a_line_of_any_length() -> None:
    import pty

    long = base64.b64encode(XML.replace("~~~", "~" * 30_000).encode())
    ours, theirs = pty.openpty()
    prompt = FakePrompt()

    def paste() -> None:
        while not prompt.notified:
            time.sleep(0.01)
        for at in range(0, len(long), 1000):
            os.write(ours, long[at : at + 1000])
        os.write(ours, b"\n\x04")

    pasting_person = threading.Thread(target=paste)
    pasting_person.start()
    with (
        os.fdopen(theirs, "rb", buffering=0) as terminal,
        pasting("-", prompt, open_input=lambda: terminal)(SETTINGS) as response,
    ):
        assert response.saml_response == long.decode()
    pasting_person.join(10)
    os.close(ours)
    assert prompt.notified == [
        "Paste the SAMLResponse (it does not show), then press Enter and Ctrl-D."
    ]
