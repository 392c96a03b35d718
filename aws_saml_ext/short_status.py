"""The fast path of `status --short`: the role and the minutes left, for the prompt of a shell.

A prompt asks each time that it is shown, so this module imports next to nothing, like `fast_path`.
It reads the section of the profile in the credentials file, as the SDKs do first, else the cache.
"""

from __future__ import annotations

import os
import sys
import time

from aws_saml_ext import fast_path

TYPE_CHECKING = False  # `typing` alone takes longer than the answer
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORDS = ("status", "--short")
NOT_VALID = 253
"""The exit status without valid credentials, as that of `status`."""
DEFAULT_PROFILE = "saml"

_MAX_BYTES = 1 << 20
_EXPIRES, _ROLE = "x_security_token_expires", "x_saml_role_arn"
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-")
"""The letters of a role's name; others could mean something in a prompt."""


def answer_for_prompt(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Print the state of a profile if the command line asks for nothing else.

    The launcher calls this function by its name; see `store.launcher`.

    Args:
        arguments: the command line, the verb first.
        environ: the environment.

    Returns:
        Whether that was so.

    Raises:
        SystemExit: there are no valid credentials.
    """
    if tuple(arguments[:2]) != WORDS:
        return False
    if len(arguments) == 2:
        profile = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    elif len(arguments) == 4 and arguments[2] == "--profile":
        profile = arguments[3]
    else:
        return False
    state, is_valid = state_of(profile or DEFAULT_PROFILE, environ, time.time())
    if state:
        try:
            os.write(1, f"{state}\n".encode())
        except OSError:  # nobody reads it
            return True
    if not is_valid:
        sys.exit(NOT_VALID)
    return True


def state_of(profile: str, environ: Mapping[str, str], now: float) -> tuple[str, bool]:
    """Return one word, empty without credentials, and whether there are valid ones.

    Args:
        profile: its name.
        environ: the environment.
        now: seconds since 1970.
    """
    found = _in_file(profile, environ) or _in_cache(profile, environ)
    if found is None:
        return "", False
    role, end = found
    name = "".join(letter if letter in _PLAIN else "?" for letter in role.rpartition("/")[2])
    left = int(end - now)
    state = f"{left // 60}m" if left > 0 else "expired"
    return f"{name}:{state}" if name else state, left > 0


def seconds_of(text: str) -> float | None:
    """Return the seconds since 1970 of a time such as `2026-11-23T14:17:27Z` or `…+00:00`.

    `datetime` and `calendar` take longer to import than all the rest.
    """
    zone = text[19:]
    try:
        if text[10] != "T" or zone not in {"Z", "+00:00"}:
            return None
        year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
        hours, minutes, seconds = int(text[11:13]), int(text[14:16]), int(text[17:19])
    except (ValueError, IndexError):
        return None
    if month <= 2:  # a year begins in March here, so that its last day is the uncertain one
        year, month = year - 1, month + 12
    days = year * 365 + year // 4 - year // 100 + year // 400 + (month * 153 - 457) // 5 + day
    return float((days - 719469) * 86400 + hours * 3600 + minutes * 60 + seconds)


def _in_file(profile: str, environ: Mapping[str, str]) -> tuple[str, float] | None:
    """Return the role and the end of the credentials in the credentials file."""
    path = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    path = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - both, as botocore
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - `pathlib` takes too long to import
            text = file.read(_MAX_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return None
    header = f"[{profile}]"
    keys: dict[str, str] = {}
    is_ours = False
    for line in text.splitlines():
        if line.startswith("["):
            is_ours = line.rstrip() == header
        elif is_ours and line[:1] == "x":
            key, _, value = line.partition("=")
            keys[key.rstrip()] = value.strip()
    end = seconds_of(keys.get(_EXPIRES, ""))
    return (keys.get(_ROLE, ""), end) if end is not None else None


def _in_cache(profile: str, environ: Mapping[str, str]) -> tuple[str, float] | None:
    """Return the role and the end of the credentials in the cache.

    The index may be of settings before: it still leads to what the last program got.
    """
    folder = fast_path.cache_folder(environ)
    name = fast_path.index_name(profile, environ)
    index = fast_path.read_private(os.path.join(folder, name))  # noqa: PTH118
    if index is None:
        return None
    entry_name, _, rest = index.partition(b"\n")
    if rest.partition(b"\n")[0] != profile.encode(errors="surrogatepass").hex().encode():
        return None
    path = os.path.join(folder, os.path.basename(os.fsdecode(entry_name)))  # noqa: PTH118, PTH119
    entry = fast_path.read_entry(path)
    if entry is None:
        return None
    end = seconds_of(_text_of(entry.answer, b"Expiration"))
    return (_text_of(entry.about, b"RoleArn"), end) if end is not None else None


def _text_of(line: bytes, name: bytes) -> str:
    """Return a text of a line of JSON that this program wrote; `json` takes long to import."""
    return line.partition(b'"%s": "' % name)[2].partition(b'"')[0].decode(errors="replace")
