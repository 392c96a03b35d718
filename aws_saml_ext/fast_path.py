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
KEYS, FAILED, DOOR = ".keys", ".failed", ".door"
"""What the names of a key's files end in; see `store.cache`."""

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
_WAIT_SECONDS = 30.0  # for another run; then by the long way, which knows how long it may take
_LOOK_SECONDS = 0.02
_CLOCK_SECONDS = 300  # by which a clock may have been put back; AWS itself allows no more
_WHOLE_BYTES = 40  # of a profile's name in a file name; some file systems take 143 characters


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

    Where another run is renewing it at this moment, that is waited for: it costs much less than to
    come to the same point by the long way. Where none is, the others wait for this run from now on.

    Launchers call it by this name, also those that another version has written: see `install`.

    Args:
        arguments: those of the command line, the verb first.
        environ: the environment.

    Raises:
        SystemExit: the renewal that was waited for has failed; what is to be said of it was said.
    """
    if len(arguments) != 3 or arguments[0] != VERB or arguments[1] != "--profile":
        return False
    path = indexed(cache_folder(), arguments[2], environ)
    entry = read_entry(path) if path is not None else None
    if path is None or entry is None:
        return False
    if not entry.is_fresh(time.time()):
        entry = _renewed_by_another(path.removesuffix(KEYS), environ)
        if entry is None:
            return False
    rest = entry.answer + b"\n"
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError:  # nobody reads it, or the disk is full: the long way says so
        return False
    return True


def indexed(folder: str, profile: str, environ: Mapping[str, str]) -> str | None:
    """The entry to which the index of a profile leads, if that was made for what holds now."""
    holds = state(environ)
    index = read_private(os.path.join(folder, index_name(profile, environ)))  # noqa: PTH118
    if index is None:
        return None
    name = os.fsdecode(index.partition(b"\n")[0])
    is_so = index == index_content(name, profile, holds)
    return os.path.join(folder, name) if is_so else None  # noqa: PTH118


def _renewed_by_another(stem: str, environ: Mapping[str, str]) -> Entry | None:
    """
    What another run has renewed, once it has; None where it is for this one to renew.

    The door is held by the run that renews until it has ended, over an `exec`, too.
    """
    try:
        import fcntl

        door = os.open(stem + DOOR, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except (ImportError, OSError):  # Windows; a folder that cannot be written to
        return None
    failure = _identity(stem + FAILED)
    timeout = environ.get("AWS_SAML_TIMEOUT", "")
    waiting = min(_WAIT_SECONDS, int(timeout) / 2) if timeout.isdecimal() else _WAIT_SECONDS
    ends = time.monotonic() + waiting
    while True:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = True
        except BlockingIOError:
            is_ours = False
        except OSError:  # a file system that has no locks
            os.close(door)
            return None
        entry = read_entry(stem + KEYS)
        if entry is not None and entry.is_fresh(time.time()):
            os.close(door)
            return entry
        if is_ours:
            # Not before: one that it waited for may have failed, and it goes on.
            if _identity(stem + FAILED) != failure:
                _say_and_end(stem + FAILED)
            os.set_inheritable(door, True)
            return None
        if time.monotonic() > ends:
            os.close(door)
            return None
        try:
            time.sleep(_LOOK_SECONDS)
        except KeyboardInterrupt:
            sys.exit(130)


def _identity(path: str) -> tuple[int, int] | None:
    """Tells one file from the next of that name; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _say_and_end(path: str) -> None:
    """Fail as the renewal did that was waited for."""
    import json
    from contextlib import suppress

    try:
        failure = json.loads(read_private(path) or b"null")
        said = f"aws: [ERROR]: {failure['message']}\n"
        said += f"{failure['hint']}\n" if failure["hint"] else ""
        status = int(failure["status"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # it is gone: somebody has renewed since
    with suppress(OSError):  # nobody may read it
        os.write(2, said.encode(errors="replace"))
    sys.exit(status)


def cache_folder() -> str:
    """`~/.aws/saml/cache`, as `settings.saml_folder` has it."""
    return os.path.join(os.path.expanduser("~"), ".aws", "saml", "cache")  # noqa: PTH111, PTH118


def index_name(profile: str, environ: Mapping[str, str]) -> str:
    """The file name of a profile's index; one for each environment."""
    return f"{index_stem(profile)}-{crc32(_variables(environ)):08x}"


def index_stem(profile: str) -> str:
    """How the file names of all indexes of a profile begin; a longer name is in the index only."""
    name = _bytes(profile)
    rest = f".{crc32(name):08x}" if len(name) > _WHOLE_BYTES else ""
    return f"profile-{name[:_WHOLE_BYTES].hex()}{rest}"


def index_content(entry: str, profile: str, state: bytes) -> bytes:
    """
    What an index holds.

    Its lines: the file name of the entry; the profile's name, in hexadecimal; the `state`.
    """
    return b"%s\n%s\n%s" % (os.fsencode(entry), _bytes(profile).hex().encode(), state)


def state(environ: Mapping[str, str]) -> bytes:
    """What an answer depends on, as it is now."""
    config = environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    stamps = f"{__version__}\n{_stamp(config)}\n{_stamp(credentials)}\n"
    return _bytes(stamps) + _variables(environ)


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
    path = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - both, as botocore
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return f"{path} -"
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _variables(environ: Mapping[str, str]) -> bytes:
    lines = [f"{name}={value}\n" for name in VARIABLES if (value := environ.get(name))]
    return _bytes("".join(lines))


def _bytes(text: str) -> bytes:
    """The same in every locale, and no text fails."""
    return text.encode(errors="surrogatepass")
