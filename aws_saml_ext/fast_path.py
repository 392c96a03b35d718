"""The fast path of `credential-process`: the cached answer, before anything else is loaded.

SDKs run `aws-saml-login credential-process --profile NAME` for every program, so this module
imports next to nothing and parses nothing. Two files lead to the answer, both written by
`store.cache`: an index, which must equal the present fingerprint (the stamps of the config and
credentials files, the environment that matters), and the entry that it names, whose third line is
the answer. On any mismatch, the slow path takes over.
"""

from __future__ import annotations

import os
import sys
import time
from binascii import crc32

from aws_saml_ext import __version__

TYPE_CHECKING = False  # `typing` alone takes longer than the answer
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

VERB = "credential-process"
ENTRY, FAILURE, QUEUE = ".keys", ".failed", ".door"
"""The endings of the file names of one request; see `store.cache`."""
MISSED = "AWS_SAML_FAST_PATH_MISSED"
"""The variable of the launcher: `missed` where it found no answer, `moved` where no package."""

VARIABLES = (
    "AWS_SAML_IDP",
    "AWS_SAML_IDP_URL",
    "AWS_SAML_ROLE_ARN",
    "AWS_SAML_PROVIDER_ARN",
    "AWS_SAML_SESSION_DURATION",
    "AWS_SAML_POLICY_ARNS",
    "AWS_SAML_POLICY",
    "AWS_SAML_USERNAME",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
)
"""The variables that change the credentials of a profile."""

_WATCHED = b"watched "
"""The beginning of the line for one more file that an answer depends on."""
_ENTRY_FORMAT = b"aws-saml-ext keys 1"
_MAX_BYTES = 1 << 17  # of a file; a session token has a few thousand
_WAIT_SECONDS = 30.0  # for another run; then the slow path, which knows the time-out
_POLL_SECONDS = 0.02
_MAX_CLOCK_SKEW = 300  # seconds that a clock may have been put back; AWS allows no more
_MAX_NAME_BYTES = 40  # of a profile in a file name; some file systems take 143 characters


class Entry:
    """The lines of an entry, parsed."""

    __slots__ = ("about", "answer", "fresh_until", "issued")

    def __init__(self, fresh_until: int, issued: int, answer: bytes, about: bytes) -> None:
        """Take the values of the lines."""
        self.fresh_until = fresh_until
        """Seconds since 1970; from then on the credentials must be renewed."""
        self.issued = issued
        """Seconds since 1970, by the clock of this machine."""
        self.answer = answer
        """The JSON object of `credential_process`, on one line."""
        self.about = about
        """Further facts for `store.cache`, on one line of JSON."""

    def is_fresh(self, now: float) -> bool:
        """Return whether the credentials may be handed out at `now` (seconds since 1970).

        Credentials issued in the future are not fresh: the clock was put back since, so their
        remaining time is unknown.
        """
        return self.issued - _MAX_CLOCK_SKEW <= now < self.fresh_until


def answer_from_cache(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Print the cached answer if it is fresh, and return whether it was printed.

    If another run is renewing it, wait for that run: waiting here is much cheaper than on the slow
    path. If none is, this run becomes the one that the others wait for.

    The launcher calls this function by its name; see `store.launcher`.

    Args:
        arguments: the command line, the verb first.
        environ: the environment.

    Raises:
        SystemExit: the renewal of the other run failed. Its error has been printed.
    """
    if len(arguments) != 3 or arguments[0] != VERB or arguments[1] != "--profile":
        return False
    folder, profile = cache_folder(environ), arguments[2]
    path = indexed(folder, profile, environ)
    entry = read_entry(path) if path is not None else None
    if path is None or entry is None:
        # Cold: the first run for this profile and environment leads the others to its entry.
        entry = _renewed_elsewhere(
            cold_stem(folder, profile, environ),
            lambda: _indexed_entry(folder, profile, environ),
            environ,
        )
    elif not entry.is_fresh(time.time()):
        entry = _renewed_elsewhere(path.removesuffix(ENTRY), lambda: read_entry(path), environ)
    if entry is None:
        return False
    rest = entry.answer + b"\n"
    try:
        while rest:
            rest = rest[os.write(1, rest) :]
    except OSError:  # nobody reads it, or the disk is full: the slow path reports it
        return False
    return True


def indexed(folder: str, profile: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of a profile's entry, if its index has the present fingerprint."""
    index = read_private(os.path.join(folder, index_name(profile, environ)))  # noqa: PTH118
    if index is None:
        return None
    present = fingerprint_like(index, environ)
    name = os.fsdecode(index.partition(b"\n")[0])
    matches = index == index_content(name, profile, present)
    return os.path.join(folder, name) if matches else None  # noqa: PTH118


def _indexed_entry(folder: str, profile: str, environ: Mapping[str, str]) -> Entry | None:
    path = indexed(folder, profile, environ)
    return read_entry(path) if path is not None else None


def cold_stem(folder: str, profile: str, environ: Mapping[str, str]) -> str:
    """Return the beginning of the paths of the files by which cold runs wait for one of them.

    Cold is a run whose profile has no index yet: it cannot know the key of its request.
    """
    return os.path.join(folder, "cold-" + index_name(profile, environ))  # noqa: PTH118


_queues: set[str] = set()
"""The stems whose lock this process holds: it is the one that renews."""


def _renewed_elsewhere(
    stem: str, look: Callable[[], Entry | None], environ: Mapping[str, str]
) -> Entry | None:
    """Wait for another run that renews, and return its entry; None if this run is to renew.

    The run that renews holds the queue's lock until it ends, across an `exec`.

    Args:
        stem: the beginning of the paths of the queue and of the last failure.
        look: reads the entry that the other run writes.
        environ: the environment.
    """
    if stem in _queues:  # the slow path looks once more
        return None
    try:
        import fcntl

        _make_folder(os.path.dirname(stem))  # noqa: PTH120
        queue = os.open(stem + QUEUE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except (ImportError, OSError):  # Windows; a folder that cannot be written to
        return None
    failure = _identity(stem + FAILURE)
    timeout = environ.get("AWS_SAML_TIMEOUT", "")
    wait_seconds = min(_WAIT_SECONDS, int(timeout) / 2) if timeout.isdecimal() else _WAIT_SECONDS
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_next = True
        except BlockingIOError:
            is_next = False
        except OSError:  # a file system that has no locks
            os.close(queue)
            return None
        entry = look()
        if entry is not None and entry.is_fresh(time.time()):
            os.close(queue)
            return entry
        if is_next:
            # Only now: the run that renews may itself have waited for one that failed.
            if _identity(stem + FAILURE) != failure:
                _fail_alike(stem + FAILURE)
            os.set_inheritable(queue, True)
            _queues.add(stem)
            return None
        if time.monotonic() > deadline:
            os.close(queue)
            return None
        try:
            time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            sys.exit(130)


def _make_folder(folder: str) -> None:
    """Make the folder of the cache and the one above it, if there is `~/.aws`.

    Raises:
        OSError: they cannot be made, or one is a symbolic link, which the slow path refuses.
    """
    above = os.path.dirname(folder)  # noqa: PTH120
    for path in (above, folder):
        if os.path.islink(path):  # noqa: PTH114
            raise OSError(path)
        if not os.path.isdir(path):  # noqa: PTH112
            try:
                os.mkdir(path, 0o700)  # noqa: PTH102
            except FileExistsError:  # another run was faster
                continue


def _identity(path: str) -> tuple[int, int] | None:
    """Return what tells a file from its successor of the same name; None if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _fail_alike(path: str) -> None:
    """Print the error of the renewal that this run waited for, and exit with its status."""
    import json
    from contextlib import suppress

    try:
        failure = json.loads(read_private(path) or b"null")
        text = f"aws saml-login: [ERROR]: {failure['message']}\n"
        text += f"{failure['hint']}\n" if failure["hint"] else ""
        status = int(failure["status"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return  # removed: another run has renewed since
    with suppress(OSError):  # nobody may read it
        os.write(2, text.encode(errors="replace"))
    sys.exit(status)


def cache_folder(environ: Mapping[str, str] = os.environ) -> str:
    """Return `~/.aws/saml/cache`; `paths.Paths`, too heavy for this module, agrees by a test."""
    folder = environ.get("AWS_SAML_FOLDER") or "~/.aws/saml"
    return os.path.join(os.path.abspath(os.path.expanduser(folder)), "cache")  # noqa: PTH100, PTH111, PTH118


def index_name(profile: str, environ: Mapping[str, str]) -> str:
    """Return the file name of a profile's index; each environment has its own."""
    return f"{index_stem(profile)}-{crc32(_variables(environ)):08x}"


def index_stem(profile: str) -> str:
    """Return the beginning of the file names of all indexes of a profile."""
    name = _bytes(profile)
    rest = f".{crc32(name):08x}" if len(name) > _MAX_NAME_BYTES else ""
    return f"profile-{name[:_MAX_NAME_BYTES].hex()}{rest}"


def index_content(entry: str, profile: str, fingerprint: bytes) -> bytes:
    """Return the content of an index.

    Its lines: the file name of the entry; the profile's name, in hexadecimal; the fingerprint.
    """
    return b"%s\n%s\n%s" % (os.fsencode(entry), _bytes(profile).hex().encode(), fingerprint)


def fingerprint(environ: Mapping[str, str]) -> bytes:
    """Return a fingerprint of everything the cached answer depends on."""
    config = environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    stamps = f"{__version__}\n{_stamp(config)}\n{_stamp(credentials)}\n"
    return _bytes(stamps) + _variables(environ)


def watching(path: object) -> bytes:
    """Return the addition to a fingerprint that depends on one more file; None for no file."""
    return b"" if path is None else _watched(os.path.abspath(str(path)))  # noqa: PTH100


def _watched(path: str) -> bytes:
    return b"%s%s %s\n" % (_WATCHED, _bytes(path).hex().encode(), _bytes(_stamp(path)))


def watched_part(before: bytes) -> bytes:
    """Return the line of a fingerprint, or of an index, that `watching` added; empty for none."""
    return b"".join(before.rpartition(b"\n" + _WATCHED)[1:]).lstrip() if _WATCHED in before else b""


def fingerprint_like(before: bytes, environ: Mapping[str, str]) -> bytes:
    """Return the present fingerprint of everything that an earlier one, or an index, depends on."""
    words = watched_part(before).split(b" ", 2)
    try:
        path = bytes.fromhex(words[1].decode()).decode(errors="surrogatepass")
    except (IndexError, ValueError):
        return fingerprint(environ)
    return fingerprint(environ) + _watched(path)


def read_entry(path: str) -> Entry | None:
    """Return an entry; None if it is missing, damaged, or readable by others.

    Its lines: the format and the checksum of the rest; two times; the answer; further facts.
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
    """Return the bytes of an entry, as `read_entry` reads them."""
    times = b"%d %d" % (entry.fresh_until, entry.issued)
    rest = b"\n".join((times, entry.answer, entry.about, b""))
    return b"%s %08x\n%s" % (_ENTRY_FORMAT, crc32(rest), rest)


def read_private(path: str, max_bytes: int = _MAX_BYTES) -> bytes | None:
    """Return the content of a file that only its owner, this user, can read; else None."""
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
        return os.read(descriptor, max_bytes)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _is_private(found: os.stat_result) -> bool:
    if sys.platform == "win32":  # a file has the permissions of its folder there
        return True
    is_file = found.st_mode & 0o170000 == 0o100000
    return is_file and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _stamp(path: str) -> str:
    """Return text that changes whenever the file does."""
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
    """Encode any text, the same way in every locale."""
    return text.encode(errors="surrogatepass")
