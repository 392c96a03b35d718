"""
Bytes on disk: a file is replaced as a whole, or stays as it was.

A person's files (credentials, config, alias) keep their mode, owner and symlink. Files of ours lie
in ~/.aws/saml, 0600 in folders of 0700.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import logging
import os
import secrets
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from aws_saml_ext.errors import StoreError

logger = logging.getLogger("aws_saml_ext")

LEFTOVER = ".aws-saml-new"
_BINARY = getattr(os, "O_BINARY", 0)  # Windows only

# A file mounted on its own cannot be renamed onto (EBUSY, EXDEV); a folder of somebody else takes
# no new file (EACCES, EPERM, EROFS), though the file in it may be ours to write.
_NO_RENAME = frozenset({errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS})

_HINTS = {
    errno.ENOSPC: "Free some space on that disk and run this again.",
    errno.EDQUOT: "Free some space within your quota and run this again.",
}


def real(path: Path) -> Path:
    """The file itself: `~` expanded, absolute, symlinks followed, whether it exists or not."""
    return Path(os.path.realpath(expanded(path)))


def expanded(path: Path) -> Path:
    """`~` and `~jane` become folders; where nobody is called so, the path stays as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - that of pathlib raises RuntimeError


def name_of(*parts: str) -> str:
    """A file name for something known by `parts`, such as the lock of a path."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]


def read(path: Path) -> bytes | None:
    """
    The content of a regular file, or None where there is none.

    Raises:
        StoreError: it is there and cannot be read, or is no regular file.
    """
    try:
        # A device such as /dev/null can be read, but must never be replaced by a file.
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError(
                f"{path} is not a regular file.", hint=f"See what it is: ls -ld {path}"
            )
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed(path, "read", error) from error


def failed(path: Path, verb: str, error: OSError) -> StoreError:
    """An operating system's error in our words."""
    reason = os.strerror(error.errno).lower() if error.errno else "unknown reason"
    hint = _HINTS.get(error.errno or 0, f"See who may use it: ls -ld {path.parent} {path}")
    return StoreError(f"{path} could not be {verb}: {reason}.", hint=hint)


def make_private_folder(path: Path) -> tuple[Path, ...]:
    """
    Make `path` and what is missing above it, 0700; those that were made, the outermost first.

    Raises:
        StoreError: it cannot be made.
    """
    made: list[Path] = []
    try:
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                with suppress(FileExistsError):  # another process was faster
                    folder.mkdir(mode=0o700)
                    made.append(folder)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    except OSError as error:
        raise failed(path, "made", error) from error
    return tuple(made)


def write_private(
    path: Path, content: bytes, *, sync: bool = False, executable: bool = False
) -> None:
    """
    Replace a file of ours, 0600 (a program 0700); `sync` where it must outlive a power failure.

    Raises:
        StoreError: it cannot be written; it is as it was.
    """
    make_private_folder(path.parent)
    try:
        _write_beside(path, content, None, sync=sync, mode=0o700 if executable else 0o600)
    except OSError as error:
        raise failed(path, "written", error) from error


def replace(path: Path, content: bytes, *, copies: Path) -> None:
    """
    Replace a person's file, to be called with its lock held and its real path.

    A new file is 0600; one that was there keeps its mode and owner. Where it cannot be renamed
    onto it is written in place, with a copy kept in the folder `copies` until that is done: see
    `recover`.

    Raises:
        StoreError: it cannot be written; it is as it was.
    """
    try:
        _remove_leftovers(path)
        before = path.stat() if path.exists() else None
        try:
            _write_beside(path, content, before, sync=True)
        except OSError as error:
            if before is None or error.errno not in _NO_RENAME:
                raise
            _write_in_place(path, content, copies)
    except OSError as error:
        raise failed(path, "written", error) from error


def is_torn(path: Path, *, copies: Path) -> bool:
    """Whether a writer is writing this file in place, or was killed at it."""
    return os.path.exists(_copy_of(path, copies))  # noqa: PTH110 - that of pathlib may raise


def recover(path: Path, *, copies: Path) -> None:
    """
    Put back a file whose writer was killed while it wrote in place. The lock must be held.

    A copy that cannot be read is moved aside, with a warning: it may hold somebody's only keys.

    Raises:
        StoreError: it cannot be put back.
    """
    copy = _copy_of(path, copies)
    kept, torn = read(copy), read(path)
    if kept is None:
        return
    try:
        versions = _versions(kept)
        if versions is None:
            aside = copy.with_name(f"{copy.stem}-{hashlib.sha256(kept).hexdigest()[:8]}.broken")
            copy.replace(aside)
            logger.warning("A copy of %s cannot be read; it is kept as %s.", path, aside)
            return
        if torn is not None:
            old, new = versions
            pairs = enumerate(zip(torn, new, strict=False))
            written = next((at for at, (a, b) in pairs if a != b), min(len(torn), len(new)))
            # Only what is the beginning of the new and the rest of the old is our torn file: one
            # that somebody has mended since is left alone.
            if torn != new and torn[written:] == old[written:]:
                _overwrite(path, old)
        copy.unlink()
    except OSError as error:
        raise failed(path, "put back", error) from error


def _versions(copy: bytes) -> tuple[bytes, bytes] | None:
    """The old and the new content in a copy that `_write_in_place` kept; None if it is none."""
    try:
        versions = json.loads(copy)
        return base64.b64decode(versions["old"]), base64.b64decode(versions["new"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def remove(path: Path) -> None:
    """
    Remove a file that may be gone already.

    Raises:
        StoreError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise failed(path, "removed", error) from error


def _write_beside(
    path: Path,
    content: bytes,
    before: os.stat_result | None,
    *,
    sync: bool,
    mode: int = 0o600,
) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{LEFTOVER}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            if before is not None:
                _keep_mode_and_owner(file.fileno(), before)
            if sync:
                os.fsync(file.fileno())
        _rename(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    if sync:
        _sync_folder(path.parent)


def _keep_mode_and_owner(descriptor: int, before: os.stat_result) -> None:
    if sys.platform == "win32":  # the new file has the rights of its folder, as the old one
        return
    ours = os.fstat(descriptor)
    if (ours.st_uid, ours.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _rename(beside: Path, path: Path) -> None:
    if sys.platform != "win32":
        beside.replace(path)
        return
    # Windows does not rename onto a file that another program has open for a moment.
    for _ in range(40):
        with suppress(PermissionError):
            beside.replace(path)
            return
        time.sleep(0.05)
    beside.replace(path)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # a folder cannot be opened there
        return
    # Without it a power failure may bring the old file back. Some file systems refuse it.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_leftovers(path: Path) -> None:
    """What a killed process left beside the file. Its lock is ours: nobody writes there now."""
    for leftover in path.parent.glob(f".{_literal(path.name)}.*{LEFTOVER}"):
        with suppress(OSError):
            leftover.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _write_in_place(path: Path, content: bytes, copies: Path) -> None:
    old = path.read_bytes()
    versions = {"path": str(path)} | {
        name: base64.b64encode(version).decode()
        for name, version in (("old", old), ("new", content))
    }
    copy = _copy_of(path, copies)
    write_private(copy, json.dumps(versions).encode(), sync=True)
    try:
        _overwrite(path, content)
    except OSError:
        _overwrite(path, old)  # a full disk still has the room of the old content
        raise
    finally:
        copy.unlink()


def _overwrite(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _copy_of(path: Path, copies: Path) -> Path:
    return copies / f"{name_of(str(path))}.json"
