"""Bytes on disk: a file is replaced as a whole, or stays unchanged.

The user's files keep their mode, owner and symlink. The program's own files are private: 0600 in
folders of 0700.
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

from aws_saml_ext import hints
from aws_saml_ext.errors import StoreError
from aws_saml_ext.paths import own_folders

logger = logging.getLogger("aws_saml_ext")

LEFTOVER = ".aws-saml-new"
_BINARY = getattr(os, "O_BINARY", 0)  # Windows only

# A file that is a mount point cannot be renamed onto (EBUSY, EXDEV). A folder of another user takes
# no new file (EACCES, EPERM, EROFS), though the file in it may be writable.
_NO_RENAME = frozenset({errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS})

_VARIABLES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_ADVICE = {
    errno.ENOSPC: "Free some space on that disk and run this again.",
    errno.EDQUOT: "Free some space within your quota and run this again.",
}


def real(path: Path) -> Path:
    """Return the absolute path of a file, `~` expanded and symlinks followed; it may not exist."""
    return Path(os.path.realpath(expanded(path)))


def expanded(path: Path) -> Path:
    """Return a path with `~` and `~jane` expanded; unchanged where there is no such user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - that of pathlib raises RuntimeError


def name_of(*parts: str) -> str:
    """Return a file name that stands for `parts`, such as the name of a path's lock file."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]


def read(path: Path) -> bytes | None:
    """Return the content of a regular file, or None where there is no file.

    `/dev/null` is an empty file, as for the AWS CLI: people name it to have no config file.

    Raises:
        StoreError: the file cannot be read, or is not a regular file.
    """
    try:
        if is_null(path):
            return b""
        refuse_irregular(path)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed(path, "read", error) from error


def is_null(path: Path) -> bool:
    """Return whether a path leads to `/dev/null`."""
    return os.path.realpath(path) == os.devnull


def refuse_irregular(path: Path) -> None:
    """Refuse what is there and is no regular file: it must never be replaced by one.

    Raises:
        StoreError: it is a folder, a device or a pipe.
        OSError: there is no file, or it cannot be seen.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        named = (name for name in _VARIABLES if os.environ.get(name))
        variable = next((name for name in named if real(Path(os.environ[name])) == real(path)), "")
        raise StoreError(
            f"{path} is not a regular file{f', and {variable} names it' if variable else ''}.",
            command=hints.shown(*(("unset", variable) if variable else ("ls", "-ld", str(path)))),
        )


def failed(path: Path, verb: str, error: OSError) -> StoreError:
    """Convert an `OSError` to a `StoreError`; `verb` is a participle, such as `read`."""
    reason = os.strerror(error.errno).lower() if error.errno else "unknown reason"
    message = f"{path} could not be {verb}: {reason}."
    if advice := _ADVICE.get(error.errno or 0):
        return StoreError(message, advice=advice)
    return StoreError(message, command=hints.shown("ls", "-ld", str(path.parent), str(path)))


def make_private_folder(path: Path) -> tuple[Path, ...]:
    """Make a folder of mode 0700 and the folders above it; return the new ones, outermost first.

    Raises:
        StoreError: a folder cannot be made, or one of the program's own is a symbolic link. Such a
            link would take secrets to a folder that others may read, or close somebody's folder.
    """
    for folder in own_folders(path):
        if os.path.islink(folder):  # noqa: PTH114 - that of pathlib may raise
            raise StoreError(
                f"{folder} is a symbolic link; secrets are kept in a real folder only.",
                command=hints.shown("ls", "-ld", str(folder)),
            )
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
    """Replace a private file.

    Args:
        path: the file; its folder is made.
        content: the new content.
        sync: wait until it would survive a power failure.
        executable: mode 0700 in place of 0600.

    Raises:
        StoreError: the file cannot be written, and is unchanged.
    """
    make_private_folder(path.parent)
    try:
        _write_and_rename(path, content, None, sync=sync, mode=0o700 if executable else 0o600)
    except OSError as error:
        raise failed(path, "written", error) from error
    logger.debug("Wrote %s.", path)


def replace(path: Path, content: bytes, *, copies: Path) -> None:
    """Replace one of the user's files. Its lock must be held.

    A new file has mode 0600; an existing one keeps its mode and owner. A file that cannot be
    renamed onto is written in place, with a copy until the write is complete: see `recover`.

    Args:
        path: the real path.
        content: the new content.
        copies: the folder of the copies.

    Raises:
        StoreError: the file cannot be written, and is unchanged.
    """
    try:
        _remove_leftovers(path)
        before = path.stat() if path.exists() else None
        try:
            _write_and_rename(path, content, before, sync=True)
        except OSError as error:
            if before is None or error.errno not in _NO_RENAME:
                raise
            _write_in_place(path, content, copies)
    except OSError as error:
        raise failed(path, "written", error) from error
    logger.debug("Wrote %s.", path)


def is_torn(path: Path, *, copies: Path) -> bool:
    """Return whether a process writes this file in place, or was killed while it did."""
    return os.path.exists(_copy_of(path, copies))  # noqa: PTH110 - that of pathlib may raise


def recover(path: Path, *, copies: Path) -> None:
    """Restore a file whose writer was killed while it wrote in place. The lock must be held.

    A copy that cannot be read is set aside with a warning: it may hold the only credentials.

    Raises:
        StoreError: the file cannot be restored.
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
            # A torn file is the beginning of the new content and the rest of the old. Any other
            # content is somebody's repair, and stays.
            if torn != new and torn[written:] == old[written:]:
                _overwrite(path, old)
        copy.unlink()
    except OSError as error:
        raise failed(path, "restored", error) from error


def _versions(copy: bytes) -> tuple[bytes, bytes] | None:
    """Return the two contents in a copy of `_write_in_place`, or None where it is damaged."""
    try:
        versions = json.loads(copy)
        return base64.b64decode(versions["old"]), base64.b64decode(versions["new"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def remove(path: Path) -> None:
    """Remove a file, if it exists.

    Raises:
        StoreError: the file cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise failed(path, "removed", error) from error


def _write_and_rename(
    path: Path,
    content: bytes,
    before: os.stat_result | None,
    *,
    sync: bool,
    mode: int = 0o600,
) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}{LEFTOVER}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            if before is not None:
                _keep_mode_and_owner(file.fileno(), before)
            if sync:
                os.fsync(file.fileno())
        _rename(new, path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    if sync:
        _sync_folder(path.parent)


def _keep_mode_and_owner(descriptor: int, before: os.stat_result) -> None:
    if sys.platform == "win32":  # a new file gets the permissions of its folder there
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _rename(new: Path, path: Path) -> None:
    if sys.platform != "win32":
        new.replace(path)
        return
    # Windows does not rename onto a file while another program has it open.
    for _ in range(40):
        with suppress(PermissionError):
            new.replace(path)
            return
        time.sleep(0.05)
    new.replace(path)


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
    """Remove the new files of killed processes. The lock is held, so no process writes one now."""
    for leftover in path.parent.glob(f".{_literal(path.name)}.*{LEFTOVER}"):
        with suppress(OSError):
            leftover.unlink()


def _literal(name: str) -> str:
    """Return a pattern that matches only this name."""
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
