"""Parsers of the values of settings.

Each takes the text that the user wrote and raises ValueError with the end of a sentence.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from aws_saml_ext import session_policies
from aws_saml_ext.net import is_loopback
from aws_saml_ext.text import quoted

EnumT = TypeVar("EnumT", bound=Enum)

SHORTEST, LONGEST = timedelta(seconds=900), timedelta(seconds=43200)
"""The limits of STS for DurationSeconds (API reference of AssumeRoleWithSAML)."""


def web_address(value: str) -> str:
    """Return a web address unchanged: https, or http on loopback, the only ones to sign in at."""
    try:
        parts = urlsplit(value)
        port_is_usable = parts.port is None or parts.port > 0
    except ValueError:
        port_is_usable, parts = False, SplitResult("", "", "", "", "")
    if "@" in parts.netloc:
        raise ValueError("it must not have a user name or password in it")
    if parts.scheme not in {"https", "http"} or not parts.hostname or not port_is_usable:
        raise ValueError(f"{quoted(value)} is not a web address that starts with https://")
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("it has white space or characters that cannot be printed")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(f"{quoted(value)} must start with https://; http is for loopback only")
    return value


def session_duration(value: str) -> timedelta:
    """Parse `3600`, `90m`, `12h` or `max`: 15 minutes to 12 hours."""
    text = value.strip().lower()
    if text == "max":
        return LONGEST
    match = re.fullmatch(r"(\d{1,6})([smh]?)", text, re.ASCII)
    if match is None:
        raise ValueError(
            f"it must be seconds (900 to 43200), or a value such as 1h, 12h or max, "
            f"not {quoted(value)}"
        )
    unit = {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
    length = timedelta(seconds=int(match[1]) * unit)
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(
            f"it must be from 900 to 43200 seconds (15 minutes to 12 hours), not {quoted(value)}"
        )
    return length


def role_pattern(value: str) -> str:
    """Return a role's ARN, name or glob, or a /regex/ that compiles, without outer blanks."""
    text = one_line(value.strip())
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        try:
            re.compile(text[1:-1])
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"{quoted(value)} is not a regular expression: {error}") from None
        if len(text) > 500 or re.search(r"(?<!\\)\)[*+{]", text):
            # (a+)+ and its like can take for ever on a name that nearly matches.
            raise ValueError(f"{quoted(value)} repeats a group, or is too long")
    if text.startswith("arn:") and ":saml-provider/" in text:
        raise ValueError(f"{quoted(value)} is a SAML provider, not a role")
    from aws_saml_ext.assertion import is_role_arn  # here: not for every command

    if text.startswith("arn:") and not re.search(r"[*?\[]", text) and not is_role_arn(text):
        raise ValueError(
            f"{quoted(value)} is not the ARN of a role: arn:aws:iam::123456789012:role/NAME"
        )
    return text


PROFILE_FIELDS = ("account", "name", "role", "path", "provider", "partition", "user")
"""The fields of a template of profile names."""


def profile_template(value: str) -> str:
    """Return a template of profile names, whose fields are all known, without outer blanks."""
    text = one_line(value.strip())
    if not text:
        raise ValueError("it must not be empty")
    for field in re.findall(r"\{[^{}]*\}", text):
        if field[1:-1] not in PROFILE_FIELDS:
            raise ValueError(f"{quoted(field)} is none of {{{'}, {'.join(PROFILE_FIELDS)}}}")
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        raise ValueError(f"{quoted(value)} has a brace without its other one")
    return text


def role_patterns(value: str) -> tuple[str, ...]:
    """Parse patterns of roles with commas between them, each as `role_pattern`."""
    patterns = tuple(role_pattern(word) for word in value.split(",") if word.strip())
    if not patterns:
        raise ValueError("it must name a role")
    return patterns


def seconds(value: str) -> timedelta:
    """Parse a length of time in whole seconds, at least one."""
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII) or not int(value):
        raise ValueError(f"it must be a number of seconds, at least 1, not {quoted(value)}")
    return timedelta(seconds=int(value))


def number(value: str) -> int:
    """Parse a whole number from 0 up."""
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise ValueError(f"it must be a number, not {quoted(value)}")
    return int(value)


def timeout(value: str) -> int:
    """Parse a timeout in whole seconds; 0 means none."""
    if not re.fullmatch(r"\d{1,6}", value, re.ASCII):
        raise ValueError(f"it must be a number of seconds, not {quoted(value)}")
    return int(value)


def region(value: str) -> str:
    """Return the name of an AWS region unchanged."""
    from botocore.exceptions import InvalidRegionError
    from botocore.utils import validate_region_name

    try:
        validate_region_name(value)
    except InvalidRegionError:
        raise ValueError(f"{quoted(value)} is not an AWS region name") from None
    return value


def existing_path(value: str) -> Path:
    """Return the path of a file or folder that exists; no `~` is replaced."""
    path = Path(value)
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    return path


def provider_arn(value: str) -> str:
    """Return the ARN of a SAML provider unchanged."""
    if not re.fullmatch(r"arn:[\w-]+:iam::\d{12}:saml-provider/[\w.-]{1,128}", value, re.ASCII):
        raise ValueError(f"it must be the ARN of a SAML provider, not {quoted(value)}")
    return value


def policy_arns(value: str, role_arn: str | None) -> tuple[str, ...]:
    """Parse the managed policies for a session of this role, where it is known by its ARN."""
    from aws_saml_ext.assertion import is_role_arn

    found = session_policies.arns(value)
    if role_arn is not None and is_role_arn(role_arn):
        problem = session_policies.misfit(found, role_arn)
        if problem is not None:
            raise ValueError(problem)
    return found


def one_line(value: str) -> str:
    """Return a text unchanged that is one printable line."""
    if not value.isprintable():
        raise ValueError("it has characters that cannot be printed")
    return value


def words(value: str) -> tuple[str, ...]:
    """Split a command line into its words; the shell's quotes count, and nothing else of it."""
    try:
        if os.name != "nt":
            return tuple(shlex.split(value))
        # A backslash is no escape there; the quotes around a word stay on it.
        return tuple(word.strip('"') for word in shlex.split(value, posix=False))
    except ValueError as error:
        # The error of shlex quotes nothing, and the value may hold a secret.
        raise ValueError(f"its quotes do not close ({error})") from None


def command(value: str) -> tuple[str, ...]:
    """Split a command line into its words; `~` and `~user` at the start of one are a home."""
    return tuple(str(path_of(word)) if word.startswith("~") else word for word in words(value))


def answers(value: str) -> tuple[tuple[str, str], ...]:
    """Parse `Company ID = globex; Domain = EMEA`: captions of fields, and their answers."""
    pairs = []
    for entry in filter(None, map(str.strip, one_line(value).split(";"))):
        caption, equals, answer = (part.strip() for part in entry.partition("="))
        if not equals or not caption or not answer:
            # Nothing is quoted: somebody may have written a password.
            raise ValueError("it must be CAPTION = ANSWER, several of them with ; between them")
        pairs.append((caption, answer))
    return tuple(pairs)


def one_of(kind: type[EnumT]) -> Callable[[str], EnumT]:
    """Return the parser of the values of an enumeration, in upper or lower case."""

    def parse(value: str) -> EnumT:
        try:
            return kind(value.strip().lower())
        except ValueError:
            names = ", ".join(member.value for member in kind)
            raise ValueError(f"it must be one of {names}, not {quoted(value)}") from None

    return parse


def truth(value: str) -> bool:
    """Parse `true`, `yes`, `on` or `1`, or the contrary, in upper or lower case."""
    known = {"true": True, "yes": True, "on": True, "1": True}
    known |= {"false": False, "no": False, "off": False, "0": False}
    try:
        return known[value.strip().lower()]
    except KeyError:
        raise ValueError(f"it must be true or false, not {quoted(value)}") from None


def path_of(value: str) -> Path:
    """Return a path with `~` and `~user` replaced; where there is no such user, it stays."""
    # `Path.expanduser` raises RuntimeError for an unknown user.
    return Path(os.path.expanduser(value))  # noqa: PTH111


def program(value: str) -> Path:
    """Return the path of an executable file."""
    path = path_of(value)
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    if not os.access(path, os.X_OK):
        raise ValueError(f"{path} is not executable")
    return path


# These switches would disable the capture, the browser's own checks or its kept profile, or log
# what is typed. Without their dashes, since browsers take one dash for two.
_REFUSED_SWITCHES = """
    proxy-* no-proxy-server winhttp-proxy-resolver host-resolver-rules host-rules
    ignore-certificate-errors* allow-insecure-localhost test-type unsafely-* disable-web-security
    remote-debugging-* remote-allow-* start-debugger-server* jsdebugger* user-data-dir
    profile-directory ssl-key-log-file log-net-log net-log-* enable-logging* log-file
    enable-automation load-extension headless profile p new-instance marionette*
    allow-running-insecure-content app app-* incognito inprivate guest private*
    auto-open-devtools-for-tabs custom-devtools-frontend devtools* jsconsole
    profilemanager createprofile moz_log*
""".split()


def browser_arguments(value: str) -> tuple[str, ...]:
    """Split switches for the browser into words, and refuse those that would weaken the sign-in."""
    switches = words(value)
    for switch in switches:
        if not switch.startswith("-"):
            raise ValueError(f"{quoted(switch)} is not a switch (--…)")
        name = switch.partition("=")[0].lower()
        if any(fnmatchcase(name.lstrip("-"), refused) for refused in _REFUSED_SWITCHES):
            raise ValueError(
                f"{name} is not allowed, since it would weaken the capture of the sign-in or a "
                "check of the browser"
            )
    return switches
