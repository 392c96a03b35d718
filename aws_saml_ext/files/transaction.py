"""
A command's changes of a person's files: made together, shown beforehand, taken back.

Each change: lock, read again, change one section, keep our own lines for `undo`, write beside,
fsync, rename.
"""

from __future__ import annotations

import difflib
import logging
import re
import shlex
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from aws_saml_ext.credentials import SECRET_KEYS
from aws_saml_ext.files import atomic, ini, journal, locks
from aws_saml_ext.files.journal import Entry, FileEdit, SectionEdit

logger = logging.getLogger("aws_saml_ext")

_MASKED = "********"
_SECRET = re.compile(rf"(?i)^(\s*(?:{'|'.join(sorted(SECRET_KEYS))})\s*[=:]\s*).*")

Check = Callable[[Mapping[str, str]], None]
"""Raise when the section, as it is under the lock, must not be changed."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one section of one file; a command has one for each section."""

    path: Path
    section: str
    """Such as `dev` in credentials, `profile dev` in config."""
    values: Mapping[str, str | None] = field(repr=False)
    """By key; None removes it."""
    remove_empty: bool = False
    """The section goes, too, when no key is left in it."""
    check: Check | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What `undo_last` did to one section, or (`section` is empty) to a file that it removed."""

    command: str
    path: Path
    section: str
    restored: tuple[str, ...]
    """Keys that are as they were before the command."""
    left: tuple[str, ...]
    """Keys that somebody has changed since; they are as they were found."""


@dataclass(frozen=True, slots=True)
class LastChange:
    """What `undo_last` would take back."""

    command: str
    at: datetime
    profiles: tuple[str, ...]
    """Those whose lines the command changed; empty where it changed others, such as an alias."""


def apply(
    changes: Sequence[Change],
    *,
    command: str,
    folder: Path,
    lasting: bool = False,
    now: Clock = utc_now,
    wait: timedelta = locks.WAIT,
) -> tuple[Path, ...]:
    """
    Make the changes of one command, all or none; the files that were changed.

    Args:
        changes: one for each section.
        command: the label of the journal's entry, such as `install`.
        folder: ~/.aws/saml.
        lasting: the entry is not among the ten of `undo`, and stays until it is taken back.
        now: the clock, aware.
        wait: how long another program may hold a lock.

    Raises:
        StoreError: a file cannot be read, locked or written, or botocore could not read it. All
            of them are as they were.
    """
    with _locked(folder, (change.path for change in changes), wait):
        planned = [_plan(path, of_file, now()) for path, of_file in _by_file(changes, folder)]
        planned = [plan for plan in planned if plan.before != plan.after]
        if not planned:
            return ()
        planned = [
            replace(plan, folders=atomic.make_private_folder(plan.path.parent)) for plan in planned
        ]
        before = journal.load(folder)
        entry = Entry(command, now(), lasting, tuple(plan.edit for plan in planned))
        # The journal first: a file is never changed without what takes the change back, and an
        # entry whose change never came is passed over.
        journal.save(folder, journal.pruned((*before, entry), now()))
        try:
            _write(planned, folder)
        except BaseException:
            journal.save(folder, before)
            raise
    return tuple(plan.path for plan in planned)


def undo_last(
    *,
    folder: Path,
    command: str | None = None,
    now: Clock = utc_now,
    wait: timedelta = locks.WAIT,
) -> tuple[TakenBack, ...] | None:
    """
    Take back the last change, or the last one of `command`; None where there is none.

    Lines that we wrote become what they were, what others edited since stays and is named. An
    entry that has nothing to take back any more is passed over.

    Raises:
        StoreError: a file cannot be read, locked or written; it is as it was.
    """
    with locks.held([journal.path_in(folder)], folder=folder / "locks", wait=wait):
        entries = journal.pruned(journal.load(folder), now())
        for entry in reversed(entries):
            if command is not None and entry.command != command:
                continue
            paths = [file.path for file in entry.files]
            with locks.held(paths, folder=folder / "locks", wait=wait):
                done = _take_back(entry, folder)
            entries = tuple(each for each in entries if each is not entry)
            journal.save(folder, entries)
            if done:
                return done
    return None


def recover(paths: Iterable[Path], *, folder: Path, wait: timedelta = locks.WAIT) -> None:
    """
    Put back those files whose writer was killed while it wrote in place.

    To be called before they are read: what is torn may be something that nobody can parse.

    Raises:
        StoreError: one cannot be locked or put back.
    """
    copies = _copies(folder)
    torn = [path for path in map(atomic.real, paths) if atomic.is_torn(path, copies=copies)]
    if torn:
        with locks.held(torn, folder=folder / "locks", wait=wait):
            for path in torn:
                atomic.recover(path, copies=copies)


def last_change(
    *, folder: Path, now: Clock = utc_now, wait: timedelta = locks.WAIT
) -> LastChange | None:
    """
    What `undo_last` would take back, and whose it is; None where there is nothing.

    Raises:
        StoreError: a file cannot be read or locked.
    """
    with locks.held([journal.path_in(folder)], folder=folder / "locks", wait=wait):
        for entry in reversed(journal.pruned(journal.load(folder), now())):
            with locks.held(
                [file.path for file in entry.files], folder=folder / "locks", wait=wait
            ):
                if any(_way_back(file, folder).changes for file in entry.files):
                    return LastChange(entry.command, entry.at, entry.profiles)
    return None


def forget_temporary(
    path: Path, section: str, *, folder: Path, now: Clock = utc_now, wait: timedelta = locks.WAIT
) -> None:
    """
    Forget the temporary keys of one section that the journal holds; for `logout`.

    Raises:
        StoreError: the journal cannot be read or written.
    """
    target = atomic.real(path)
    with locks.held([journal.path_in(folder)], folder=folder / "locks", wait=wait):
        entries = journal.load(folder)
        kept = journal.forget(
            journal.pruned(entries, now()),
            lambda file, edit: (
                file.path == target and edit.section == section and edit.expires is not None
            ),
        )
        if kept != entries:
            journal.save(folder, kept)


def preview(changes: Sequence[Change]) -> str:
    """
    The unified diff of what `apply` would do, secret values masked; empty where it is nothing.

    Raises:
        StoreError: a file cannot be read, or botocore could not read it.
    """
    lines: list[str] = []
    for path, of_file in _by_file(changes, None):
        plan = _plan(path, of_file, utc_now())
        before, after = plan.before.splitlines(), plan.after.splitlines()
        further = _further_lines(plan.before, of_file)
        # Without context: lines of others beside ours may be secrets, too.
        names = (str(of_file[0].path) if plan.exists else "/dev/null", str(of_file[0].path))
        for line in difflib.unified_diff(before, after, *names, n=0, lineterm=""):
            if line[:3] in ("---", "+++", "@@ "):
                lines.append(line)
            else:
                shown = _MASKED if line[1:] in further else _SECRET.sub(rf"\1{_MASKED}", line[1:])
                lines.append(line[0] + shown)
    return "".join(line + "\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of one file."""

    path: Path
    exists: bool
    before: str = field(repr=False)
    after: str = field(repr=False)
    sections: tuple[SectionEdit, ...]
    secret: bool
    folders: tuple[Path, ...] = ()

    @property
    def edit(self) -> FileEdit:
        return FileEdit(self.path, self.sections, not self.exists, self.folders)


@contextmanager
def _locked(folder: Path, paths: Iterable[Path], wait: timedelta) -> Iterator[None]:
    # The journal's lock is always the outer one, so that nobody waits for one another.
    targets = {atomic.real(path) for path in paths}
    with (
        locks.held([journal.path_in(folder)], folder=folder / "locks", wait=wait),
        locks.held(targets, folder=folder / "locks", wait=wait),
    ):
        yield


def _by_file(
    changes: Sequence[Change], folder: Path | None
) -> Iterator[tuple[Path, Sequence[Change]]]:
    """The changes of each file, torn files mended where `folder` (~/.aws/saml) is given."""
    by_path: dict[Path, list[Change]] = {}
    for change in changes:
        by_path.setdefault(atomic.real(change.path), []).append(change)
    for path, of_file in by_path.items():
        if folder is not None:
            atomic.recover(path, copies=_copies(folder))
        yield path, of_file


def _plan(path: Path, changes: Sequence[Change], now: datetime) -> _Plan:
    content = atomic.read(path)
    before = text = ini.decode(content or b"", path)
    ini.check(text, path)
    sections = []
    for change in changes:
        if change.check is not None:
            change.check(ini.options_of(text, change.section))
        new = ini.changed(text, change.section, change.values)
        if change.remove_empty:
            new = ini.without_section(new, change.section)
        edit = journal.edit_of(text, new, change.section, change.values, now)
        if edit is not None:
            sections.append(edit)
        text = new
    return _Plan(
        path=path,
        exists=content is not None,
        before=before,
        after=text,
        sections=tuple(sections),
        secret=any(change.values.get(key) for change in changes for key in SECRET_KEYS),
    )


def _write(plans: Sequence[_Plan], folder: Path) -> None:
    written: list[_Plan] = []
    try:
        for plan in plans:
            atomic.replace(plan.path, plan.after.encode(), copies=_copies(folder))
            written.append(plan)
    except BaseException:
        for plan in written:
            if plan.exists:
                atomic.replace(plan.path, plan.before.encode(), copies=_copies(folder))
            else:
                atomic.remove(plan.path)
        raise
    for plan in plans:
        if plan.secret:
            _warn_if_permissive(plan.path)


def _warn_if_permissive(path: Path) -> None:
    if sys.platform == "win32":  # the mode says nothing there
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        logger.warning(
            "%s holds keys and others may read it (mode %03o). Close it: chmod 600 %s",
            path,
            mode,
            shlex.quote(str(path)),
        )


@dataclass(frozen=True, slots=True)
class _WayBack:
    """What taking back one command's edit of one file comes to, as the file is now."""

    file: FileEdit
    exists: bool
    before: str = field(repr=False)
    after: str = field(repr=False)
    sections: tuple[tuple[str, journal.TakenBackText], ...]
    """Those with something to take back, or to leave, in the order in which it is done."""

    @property
    def removes(self) -> bool:
        return self.file.made and self.exists and not self.after

    @property
    def changes(self) -> bool:
        return bool(self.sections) or self.removes


def _way_back(file: FileEdit, folder: Path) -> _WayBack:
    """The locks must be held: a torn file is mended first."""
    atomic.recover(file.path, copies=_copies(folder))
    content = atomic.read(file.path)
    before = text = ini.decode(content or b"", file.path)
    ini.check(text, file.path)
    sections = []
    for edit in reversed(file.sections):
        result = journal.taken_back(text, edit)
        if result.restored or result.left or result.text != text:
            sections.append((edit.section, result))
        text = result.text
    return _WayBack(file, content is not None, before, text, tuple(sections))


def _take_back(entry: Entry, folder: Path) -> tuple[TakenBack, ...]:
    done: list[TakenBack] = []
    for file in reversed(entry.files):
        way = _way_back(file, folder)
        done += [
            TakenBack(entry.command, file.path, section, result.restored, result.left)
            for section, result in way.sections
        ]
        if way.removes:
            atomic.remove(file.path)
            done.append(TakenBack(entry.command, file.path, "", (), ()))
            _remove_empty_folders(file.folders)
        elif way.after != way.before:
            atomic.replace(file.path, way.after.encode(), copies=_copies(folder))
    return tuple(done)


def _remove_empty_folders(folders: Iterable[Path]) -> None:
    with suppress(OSError):  # somebody uses one of them
        for folder in reversed(tuple(folders)):
            folder.rmdir()


def _further_lines(text: str, changes: Sequence[Change]) -> set[str]:
    """The lines of secrets behind their first, in the sections that change."""
    return {
        line
        for change in changes
        if (found := ini.find(text, change.section))
        for option in found.options
        if option.key in SECRET_KEYS
        for line in option.text.splitlines()[1:]
    }


def _copies(folder: Path) -> Path:
    return folder / "copies"
