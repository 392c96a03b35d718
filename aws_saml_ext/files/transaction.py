"""A command's changes of the user's files: previewed, and made together.

A change takes these steps: lock, read again, change one section, record the section's text in the
journal, write a new file, fsync, rename.
"""

from __future__ import annotations

import difflib
import logging
import re
import shlex
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from aws_saml_ext.clock import utc_now
from aws_saml_ext.files import atomic, ini, ini_edit, journal, locks
from aws_saml_ext.files.journal import Entry, PrivateFile, Secrets, SectionEdit
from aws_saml_ext.files.reservation import Reservation

logger = logging.getLogger("aws_saml_ext")

_MASKED = "********"

Check = Callable[[Mapping[str, str]], None]
"""Raise where the section, as it is under the lock, must not be changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one section of one file; a command has one for each section."""

    path: Path
    section: str
    """Such as `dev`, or `profile dev`."""
    values: Mapping[str, str | None] = field(repr=False)
    """By key; None removes it."""
    remove_empty: bool = False
    """True if the section goes, too, when neither key nor comment is left in it.

    Only for a section that this program added.
    """
    lead: str | None = None
    """The line ends that were added above a section that goes; None where that is not known."""
    unended: bool = False
    """True if the last line of the file had no end before this program added its keys."""
    check: Check | None = None
    private: Mapping[Path, str | None] = field(default_factory=dict, repr=False)
    """This program's own files that belong to the section, by their content; None removes one."""


def apply(
    changes: Sequence[Change],
    *,
    command: str,
    folder: Path,
    secrets: Secrets,
    lasting: bool = False,
    now: Callable[[], datetime] = utc_now,
    wait: timedelta = locks.WAIT,
) -> tuple[Path, ...]:
    """Make the changes of one command, all or none, and return the files that were changed.

    Args:
        changes: one for each section.
        command: the label of the journal's entry, such as `install`.
        folder: the program's own folder, for locks and the journal.
        secrets: the rules for the secrets in the sections.
        lasting: the entry is not counted among the ten, and stays until it is reverted.
        now: the clock, aware.
        wait: the time to wait for another process that holds a lock.

    Raises:
        StoreError: a file cannot be read, locked or written, or botocore could not read it. All
            files are unchanged.
    """
    with _locked(folder, (change.path for change in changes), wait):
        plans = [
            _plan(path, of_file, secrets, now()) for path, of_file in _by_file(changes, folder)
        ]
        private = _changed_private(changes)
        plans = [plan for plan in plans if plan.before != plan.after]
        if not plans:
            _write_private(private)
            return ()
        plans = [_with_folders(plan) for plan in plans]
        before = journal.load(folder)
        entry = Entry(
            command=command,
            at=now(),
            lasting=lasting,
            edits=tuple(edit for plan in plans for edit in plan.edits),
        )
        # The journal first: no file changes before the journal can revert the change. An entry
        # whose change never happened has nothing to revert, and is passed over.
        journal.save(folder, journal.pruned((*before, entry), now(), secrets))
        try:
            _write(plans, private, folder)
        except BaseException:
            journal.save(folder, before)
            raise
    return tuple(plan.path for plan in plans)


def rehearse(paths: Iterable[Path], *, folder: Path, reservation: Reservation) -> None:
    """Check that files can be changed later: take their locks once, and reserve the space.

    Args:
        paths: the files.
        folder: the program's own folder.
        reservation: holds the space until it is released.

    Raises:
        StoreError: a file cannot be locked or written, or there is no space.
    """
    targets = {atomic.real(path) for path in paths}
    with _locked(folder, targets, locks.WAIT):
        for path in (journal.path_in(folder), *targets):
            reservation.take(path)


def recover(paths: Iterable[Path], *, folder: Path, wait: timedelta = locks.WAIT) -> None:
    """Restore the files whose writer was killed while it wrote in place.

    Call it before the files are read: a torn file may be one that nobody can parse.

    Raises:
        StoreError: a file cannot be locked or restored.
    """
    copies = copies_in(folder)
    torn = [path for path in map(atomic.real, paths) if atomic.is_torn(path, copies=copies)]
    if torn:
        with locks.held(torn, folder=folder, wait=wait):
            for path in torn:
                atomic.recover(path, copies=copies)


def preview(changes: Sequence[Change], *, secrets: Secrets) -> str:
    """Return the unified diff of the changes, secret values masked; empty where nothing changes.

    Raises:
        StoreError: a file cannot be read, or botocore could not read it.
    """
    secret = re.compile(rf"(?i)^(\s*(?:{'|'.join(sorted(secrets.keys))})\s*[=:]\s*).*")
    lines: list[str] = []
    for path, of_file in _by_file(changes, None):
        plan = _plan(path, of_file, secrets, utc_now())
        before, after = plan.before.splitlines(), plan.after.splitlines()
        masked = _continuation_lines(plan.before, of_file, secrets)
        # Without context: the lines around may be other people's secrets.
        names = (str(of_file[0].path) if plan.exists else "/dev/null", str(of_file[0].path))
        for line in difflib.unified_diff(before, after, *names, n=0, lineterm=""):
            if line[:3] in ("---", "+++", "@@ "):
                lines.append(line)
            else:
                shown = _MASKED if line[1:] in masked else secret.sub(rf"\1{_MASKED}", line[1:])
                lines.append(line[0] + shown)
    return "".join(line + "\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The change of one file."""

    path: Path
    exists: bool
    before: str = field(repr=False)
    after: str = field(repr=False)
    edits: tuple[SectionEdit, ...]
    has_secret: bool


@contextmanager
def _locked(folder: Path, paths: Iterable[Path], wait: timedelta) -> Iterator[None]:
    # The journal's lock is always the outer one, so that two processes never wait for each other.
    targets = {atomic.real(path) for path in paths}
    with (
        locks.held([journal.path_in(folder)], folder=folder, wait=wait),
        locks.held(targets, folder=folder, wait=wait),
    ):
        yield


def _by_file(
    changes: Sequence[Change], folder: Path | None
) -> Iterator[tuple[Path, Sequence[Change]]]:
    """Yield the changes of each file; with the program's own folder, mend torn files first."""
    by_path: dict[Path, list[Change]] = {}
    for change in changes:
        by_path.setdefault(atomic.real(change.path), []).append(change)
    for path, of_file in by_path.items():
        if folder is not None:
            atomic.recover(path, copies=copies_in(folder))
        yield path, of_file


def _plan(path: Path, changes: Sequence[Change], secrets: Secrets, now: datetime) -> _Plan:
    content = atomic.read(path)
    before = text = ini.decode(content or b"", path)
    ini.check(text, path)
    edits = []
    for change in changes:
        if change.check is not None:
            change.check(ini.options_of(text, change.section))
        new = ini_edit.changed(text, change.section, change.values)
        if change.remove_empty and not ini.has_comment(text, change.section):
            new = ini_edit.without_section(new, change.section, lead=change.lead)
        if change.unended:
            new = ini_edit.without_last_end(new, change.section)
        edit = journal.edit_of(
            path, text, new, change.section,
            secrets=secrets, now=now, private=_private_before(change.private),
        )  # fmt: skip
        if edit is not None:
            edits.append(edit)
        text = new
    if text != before and atomic.is_null(path):
        atomic.refuse_irregular(path)
    return _Plan(
        path=path,
        exists=content is not None,
        before=before,
        after=text,
        edits=tuple(edits),
        has_secret=any(change.values.get(key) for change in changes for key in secrets.keys),
    )


def _with_folders(plan: _Plan) -> _Plan:
    """Make the folders of a new file, and let its first edit remove both."""
    folders = atomic.make_private_folder(plan.path.parent)
    if plan.exists or not plan.edits:
        return plan
    return replace(plan, edits=(replace(plan.edits[0], made=folders), *plan.edits[1:]))


def _private_before(paths: Iterable[Path]) -> tuple[PrivateFile, ...]:
    contents = ((path, atomic.read(path)) for path in paths)
    # A file that is no text is of no use to anybody.
    return tuple(
        PrivateFile(path, None if content is None else content.decode(errors="replace"))
        for path, content in contents
    )


def _changed_private(changes: Sequence[Change]) -> tuple[tuple[PrivateFile, PrivateFile], ...]:
    """Return the private files of the changes that differ, each as it is and as it will be."""
    wanted = {path: text for change in changes for path, text in change.private.items()}
    pairs = ((now, PrivateFile(now.path, wanted[now.path])) for now in _private_before(wanted))
    return tuple(pair for pair in pairs if pair[0] != pair[1])


def _write(
    plans: Sequence[_Plan], private: Sequence[tuple[PrivateFile, PrivateFile]], folder: Path
) -> None:
    written: list[_Plan] = []
    try:
        for plan in plans:
            atomic.replace(plan.path, plan.after.encode(), copies=copies_in(folder))
            written.append(plan)
        _write_private(private)
    except BaseException:
        for plan in written:
            if plan.exists:
                atomic.replace(plan.path, plan.before.encode(), copies=copies_in(folder))
            else:
                atomic.remove(plan.path)
        raise
    for plan in plans:
        if plan.has_secret:
            _warn_if_permissive(plan.path)


def _write_private(files: Iterable[tuple[PrivateFile, PrivateFile]]) -> None:
    written: list[PrivateFile] = []
    try:
        for old, new in files:
            write_private_file(new)
            written.append(old)
    except BaseException:
        for old in written:
            write_private_file(old)
        raise


def write_private_file(file: PrivateFile) -> None:
    """Write or remove a file that belongs to a section.

    Raises:
        StoreError: it cannot be written or removed.
    """
    if file.content is None:
        atomic.remove(file.path)
    else:
        atomic.write_private(file.path, file.content.encode())


def _warn_if_permissive(path: Path) -> None:
    if sys.platform == "win32":  # the mode says nothing there
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        logger.warning(
            "%s holds credentials and others may read it (mode %03o). Close it: chmod 600 %s",
            path,
            mode,
            shlex.quote(str(path)),
        )


def _continuation_lines(text: str, changes: Sequence[Change], secrets: Secrets) -> set[str]:
    """Return the lines of secrets behind their first, in the sections that change."""
    return {
        line
        for change in changes
        if (found := ini.find(text, change.section))
        for option in found.options
        if option.key in secrets.keys
        for line in option.text.splitlines()[1:]
    }


def copies_in(folder: Path) -> Path:
    """Return the folder of the copies of files that are being written in place."""
    return folder / "copies"
