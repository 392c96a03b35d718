"""
The fast door: what `credential_process` is answered from the cache, before anything is loaded.

SDKs run `aws-saml-login credential-process --profile NAME` for every program, so this module
imports next to nothing and parses nothing. Two files lead to the answer, both written by
`store.cache`: an index, which is compared whole with what holds now (the stamps of the config and
credentials files, the environment that matters), and the entry that it names, whose third line is
the answer itself. Whatever is not exactly as expected is left to the long way, which knows why.
"""

from __future__ import annotations

import os
import sys
import time
from binascii import crc32

from aws_saml_ext import __version__

TYPE_CHECKING = False  # `typing` alone takes longer than the answer
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERB = "credential-process"

VARIABLES = (
    "AWS_SAML_IDP",
    "AWS_SAML_IDP_URL",
    "AWS_SAML_ROLE_ARN",
    "AWS_SAML_PROVIDER_ARN",
    "AWS_SAML_SESSION_DURATION",
    "AWS_SAML_USERNAME",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
)
"""The environment that makes other credentials of the same profile."""

_ENTRY_FORMAT = b"aws-saml-ext keys 1"
_LONGEST = 1 << 17  # bytes of a file; a session token has a few thousand
_CLOCK_SECONDS = 300  # by which a clock may have been put back; AWS itself allows no more


class Entry:
    """The lines of an entry, told apart."""

    __slots__ = ("about", "answer", "fresh_until", "issued")

    def __init__(self, fresh_until: int, issued: int, answer: bytes, about: bytes) -> None:
        self.fresh_until = fresh_until
        """Seconds since 1970; from then on, the keys live too shortly to be given to anybody."""
        self.issued = issued
        """Seconds since 1970, by the clock of this machine."""
        self.answer = answer
        """The JSON object of `credential_process`, on one line."""
        self.about = about
        """What `store.cache` knows of them besides, on one line of JSON."""

    def is_fresh(self, now: float) -> bool:
        """
        Whether the keys live long enough, at `now` (seconds since 1970).

        Those that were issued in the future are not: the clock was put back since, and how long
        they live cannot be told.
        """
        return self.issued - _CLOCK_SECONDS <= now < self.fresh_until


def answered(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> bool:
    """
    Print the answer, where the cache has one that is fresh; whether it did.

    Launchers call it by this name, also those that another version has written: see `launcher`.

    Args:
        arguments: those of the command line, the verb first.
        environ: the environment.
    """
    if len(arguments) != 3 or arguments[0] != VERB or arguments[1] != "--profile":
        return False
    answer = ready(arguments[2], environ)
    if answer is None:
        return False
    rest = answer + b"\n"
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError:  # nobody reads it, or the disk is full: the long way says so
        return False
    return True


def ready(profile: str, environ: Mapping[str, str], *, now: float | None = None) -> bytes | None:
    """
    The answer for a profile, if one was made for what holds now and is fresh; else None.

    Args:
        profile: its name.
        environ: the environment.
        now: seconds since 1970; None looks at the clock.
    """
    entry = indexed(cache_folder(), profile, environ)
    if entry is None or not entry.is_fresh(time.time() if now is None else now):
        return None
    return entry.answer


def indexed(folder: str, profile: str, environ: Mapping[str, str]) -> Entry | None:
    """The entry to which the index of a profile leads, if that was made for what holds now."""
    holds = state(environ)
    index = read_private(os.path.join(folder, index_name(profile, environ)))  # noqa: PTH118
    if index is None:
        return None
    name, _, rest = index.partition(b"\n")
    if rest != holds:
        return None
    return read_entry(os.path.join(folder, os.fsdecode(name)))  # noqa: PTH118


def cache_folder() -> str:
    """`~/.aws/saml/cache`, as `settings.saml_folder` has it."""
    return os.path.join(os.path.expanduser("~"), ".aws", "saml", "cache")  # noqa: PTH111, PTH118


def index_name(profile: str, environ: Mapping[str, str]) -> str:
    """The file name of a profile's index; one for each environment."""
    return f"profile-{os.fsencode(profile).hex()}-{crc32(_variables(environ)):08x}"


def state(environ: Mapping[str, str]) -> bytes:
    """What an answer depends on, as it is now: an index holds it behind its first line."""
    config = environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    stamps = f"{__version__}\n{_stamp(config)}\n{_stamp(credentials)}\n"
    return os.fsencode(stamps) + _variables(environ)


def read_entry(path: str) -> Entry | None:
    """
    An entry; None where there is none, or one that is not whole, or not ours alone.

    Its lines: what it is and the checksum of the others; two times; the answer; more about it.
    """
    content = read_private(path)
    if content is None:
        return None
    head, _, rest = content.partition(b"\n")
    if head != b"%s %08x" % (_ENTRY_FORMAT, crc32(rest)):
        return None
    try:
        times, answer, about = rest.splitlines()
        fresh_until, issued = times.split()
        return Entry(int(fresh_until), int(issued), answer, about)
    except ValueError:
        return None


def entry_content(entry: Entry) -> bytes:
    """What `read_entry` reads."""
    times = b"%d %d" % (entry.fresh_until, entry.issued)
    rest = b"\n".join((times, entry.answer, entry.about, b""))
    return b"%s %08x\n%s" % (_ENTRY_FORMAT, crc32(rest), rest)


def read_private(path: str) -> bytes | None:
    """The content of a file that is ours and that nobody else can read; None for any other."""
    try:
        descriptor = os.open(
            path,
            os.O_RDONLY
            | getattr(os, "O_NOFOLLOW", 0)
            | getattr(os, "O_NONBLOCK", 0)  # somebody may have put a pipe there
            | getattr(os, "O_BINARY", 0),
        )
    except (OSError, ValueError):
        return None
    try:
        if not _is_private(os.fstat(descriptor)):
            return None
        return os.read(descriptor, _LONGEST)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _is_private(found: os.stat_result) -> bool:
    if sys.platform == "win32":  # a file has the rights of its folder there
        return True
    is_file = found.st_mode & 0o170000 == 0o100000
    return is_file and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _stamp(path: str) -> str:
    """Whether a file is still the one it was."""
    path = os.path.expanduser(path)  # noqa: PTH111
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return f"{path} -"
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _variables(environ: Mapping[str, str]) -> bytes:
    lines = [f"{name}={value}\n" for name in VARIABLES if (value := environ.get(name))]
    return os.fsencode("".join(lines))
