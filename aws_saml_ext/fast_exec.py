"""The fast path of `exec`: cached credentials in the environment of a command that replaces us.

As small as `fast_path`, whose files it reads. The slow path (`cli.verbs.exec`) makes the same
environment and starts the command by the same functions.
"""

from __future__ import annotations

import os
import sys

from aws_saml_ext import fast_path

TYPE_CHECKING = False  # `typing` alone takes longer than the answer
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

VERB = "exec"
PROFILE = "AWS_SAML_EXEC"
"""The variable that names the profile, for a prompt."""
PID = "AWS_SAML_EXEC_PID"
"""The variable with the process id of the command: an `aws` above it is not its own."""
REGION = "AWS_SAML_EXEC_REGION"
"""The variable with the region that this program has set, so that a further run can change it."""
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"

_REMOVED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
"""The variables that would come before the credentials, or lead to others."""
_OF_AWS = ("AWS_SAML_AWS_PID", "AWS_DATA_PATH", fast_path.MISSED)
"""The traces of an `aws` above us, and of the launcher: the slow path knows what they mean."""
_NAMES = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
_REGION_FILE = ".region"
_NOT_A_PROGRAM = 8  # ENOEXEC of all systems; the module `errno` is not loaded yet
_AWS_NAMES = frozenset({"aws", ".aws-wrapped", "aws.exe", "awscli"})

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""The exit statuses of a shell for a command that cannot be started."""


class Keys:
    """Credentials, as a cached answer has them."""

    __slots__ = ("access_key_id", "expiration", "secret_access_key", "session_token")

    def __init__(
        self, access_key_id: str, secret_access_key: str, session_token: str, expiration: str
    ) -> None:
        """Take the values; `expiration` is RFC 3339."""
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.expiration = expiration

    def variables(self) -> dict[str, str]:
        """Return the variables of AWS, in the order and format of the AWS CLI."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
            _EXPIRATION: self.expiration.replace("Z", "+00:00"),
        }


def run_from_cache(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """Replace this process by the command of `exec --profile NAME -- CMD`, if its keys are cached.

    Returns:
        Nothing, wherever the slow path has to do it or to explain why it cannot.
    """
    parsed = _parsed(arguments, environ)
    if parsed is None:
        return
    profile, command = parsed
    found = cached(profile, environ)
    if found is None:
        return
    keys, region = found
    if (path := found_on_path(command[0], environ)) is None:
        return
    ours = environment(environ, profile=profile, keys=keys, profile_region=region)
    replace(path, command, ours)


def _parsed(
    arguments: Sequence[str], environ: Mapping[str, str]
) -> tuple[str, Sequence[str]] | None:
    """Return profile and command; None for another form, or where an `aws` may be above us."""
    if sys.platform == "win32" or any(name in environ for name in _OF_AWS):
        return None
    if arguments[1:2] == ["--profile"] and arguments[3:4] == ["--"]:
        profile, command = arguments[2], arguments[4:]
    elif arguments[1:2] == ["--"]:
        profile, command = environ.get("AWS_PROFILE", ""), arguments[2:]
        if _may_be_below_aws():  # which would have kept a --profile
            return None
    else:
        return None
    return (profile, command) if profile and command else None


def _may_be_below_aws() -> bool:
    """Return whether a process above may be an `aws`, so that somebody has to look closely."""
    pid = os.getppid()
    while pid > 1:
        words = _read(f"/proc/{pid}/cmdline").split(b"\0")
        if any(os.fsdecode(word).rpartition("/")[2] in _AWS_NAMES for word in words):
            return True
        try:
            pid = int(_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
        except (ValueError, IndexError):  # hidden, or a system without proc(5)
            return True
    return pid != 1 and sys.platform != "linux"


def _read(path: str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(handle, 1 << 16)
    except OSError:
        return b""
    finally:
        os.close(handle)


# ---- the cache ----


def cached(profile: str, environ: Mapping[str, str]) -> tuple[Keys, str | None] | None:
    """Return fresh cached credentials of a profile and its region; None where either is unknown."""
    import time

    folder = fast_path.cache_folder(environ)
    path = fast_path.indexed(folder, profile, environ)
    entry = fast_path.read_entry(path) if path is not None else None
    if entry is None or not entry.is_fresh(time.time()):
        return None
    keys = _keys_of(entry.answer)
    noted = fast_path.read_private(_region_path(folder, profile, environ)) or b""
    region, _, rest = noted.partition(b"\n")
    if keys is None or rest != _of(profile, fast_path.fingerprint(environ)):
        return None
    return keys, region.decode() or None


def region_note(
    profile: str, environ: Mapping[str, str], *, region: str | None, fingerprint: bytes
) -> tuple[str, bytes]:
    """Return path and content of the file that tells the fast path the region of a profile.

    Args:
        profile: its name.
        environ: the environment.
        region: that of the profile, or None.
        fingerprint: `fast_path.fingerprint`, from before the files were read.
    """
    path = _region_path(fast_path.cache_folder(environ), profile, environ)
    return path, (region or "").encode() + b"\n" + _of(profile, fingerprint)


def _region_path(folder: str, profile: str, environ: Mapping[str, str]) -> str:
    name = fast_path.index_name(profile, environ) + _REGION_FILE
    return os.path.join(folder, name)  # noqa: PTH118


def _of(profile: str, fingerprint: bytes) -> bytes:
    return profile.encode(errors="surrogatepass").hex().encode() + b"\n" + fingerprint


def _keys_of(answer: bytes) -> Keys | None:
    """Parse the JSON of a cached answer without `json`, whose import takes longer than the rest."""
    parts = answer.decode(errors="replace").split('"')
    if "\\" in answer.decode(errors="replace") or len(parts) != 2 * 9 + 1 or parts[1] != "Version":
        return None
    values = dict(zip(parts[3::4], parts[5::4], strict=False))
    if tuple(values) != _NAMES or not all(values.values()):
        return None
    return Keys(*values.values())


# ---- the command ----


def environment(
    before: Mapping[str, str],
    *,
    profile: str,
    keys: Keys,
    profile_region: str | None,
    region: str | None = None,
) -> dict[str, str]:
    """Return the environment of the command.

    Args:
        before: ours, without the traces of an `aws` above us.
        profile: the profile of the credentials.
        keys: the credentials.
        profile_region: the region of the profile.
        region: that of `--region`, which precedes all others.
    """
    environ = without_region_of_exec(before)
    for name in _REMOVED:
        environ.pop(name, None)
    if region is None and not any(map(environ.get, _REGIONS)):
        region = profile_region
    if region:
        environ.update(dict.fromkeys((*_REGIONS, REGION), region))
    environ.update(keys.variables())
    environ[PROFILE] = profile
    return environ


def without_region_of_exec(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy without the region that an `exec` above us has set; a person's own stays."""
    copy = dict(environ)
    region = copy.pop(REGION, None)
    for name in _REGIONS:
        if region is not None and copy.get(name) == region:
            del copy[name]
    return copy


def found_on_path(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of the executable file that a shell would run; None without one."""
    if not name:
        return None
    if os.sep in name:
        return name if _is_executable(name) else None
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or os.curdir, name)  # noqa: PTH118
        if _is_executable(path):
            return path
    return None


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)  # noqa: PTH113


def replace(path: str, command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Let the command take the place of this process, as if a shell had started it.

    Where that is impossible, its exit status is that of a shell, and standard error says why.
    """
    import _signal  # type: ignore[import-not-found]  # not `signal`, whose enums take longer to import than all of this

    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and the command would inherit that
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_DFL)
    environ = {**environ, PID: str(os.getpid())}
    try:
        try:
            os.execve(path, [*command], environ)  # noqa: S606 - there is no shell between
        except OSError as error:
            if error.errno != _NOT_A_PROGRAM:
                raise
            # A script without `#!`, which a shell takes for one of its own.
            os.execve("/bin/sh", ["sh", path, *command[1:]], environ)  # noqa: S606
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        text = f"aws saml-login: [ERROR]: {command[0]} cannot be run: {reason}.\n"
        os.write(2, text.encode(errors="backslashreplace"))
        is_missing = isinstance(error, FileNotFoundError)
        os._exit(NOT_FOUND if is_missing else NOT_EXECUTABLE)
