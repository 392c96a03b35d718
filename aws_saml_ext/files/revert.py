"""The revert of a command's changes, section by section."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from aws_saml_ext.clock import utc_now
from aws_saml_ext.files import atomic, ini, journal, locks, transaction
from aws_saml_ext.files.journal import Entry, Outcome, Secrets, SectionEdit


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a revert: a section of a file, or, where `section` is empty, the file."""

    path: Path
    section: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Revert:
    """The revert of one command's changes."""

    command: str
    at: datetime
    """The time of the command, aware."""
    steps: tuple[Step, ...]


def revert_last(
    *,
    folder: Path,
    secrets: Secrets,
    command: str | None = None,
    spare: Collection[Path] = (),
    announce: Callable[[Revert], None] | None = None,
    dry_run: bool = False,
    now: Callable[[], datetime] = utc_now,
    wait: timedelta = locks.WAIT,
) -> Revert | None:
    """Revert the last command's changes; return None where there is nothing to revert.

    A section that still has the text that the command wrote gets its text before; one that
    somebody changed since is left. An entry that has nothing to revert any more is passed over.

    Args:
        folder: the program's own folder, for locks and the journal.
        secrets: the rules for the secrets in the sections.
        command: the label of the only commands to revert.
        spare: files that are left alone; their part of the journal stays.
        announce: called before anything is changed; it may raise to prevent that.
        dry_run: change nothing.
        now: the clock, aware.
        wait: the time to wait for another process that holds a lock.

    Raises:
        StoreError: a file cannot be read, locked or written; it is unchanged.
    """
    spared = {atomic.real(path) for path in spare}
    with locks.held([journal.path_in(folder)], folder=folder, wait=wait):
        entries = journal.pruned(journal.load(folder), now(), secrets)
        for entry in reversed(entries):
            if command is not None and entry.command != command:
                continue
            with locks.held(_paths(entry), folder=folder, wait=wait):
                plans = [_revert_plan(path, entry, folder) for path in _paths(entry, spared)]
                steps = tuple(step for plan in plans for step in plan.steps)
                revert = Revert(entry.command, entry.at, steps)
                if steps and announce is not None:
                    announce(revert)
                if not dry_run:
                    for plan in plans:
                        _write_reverted(plan, folder)
                    entries = _without_reverted(entries, entry, plans, spared)
                    journal.save(folder, entries)
            if steps:
                return revert
    return None


def forget_temporary(
    path: Path,
    section: str,
    *,
    folder: Path,
    secrets: Secrets,
    now: Callable[[], datetime] = utc_now,
    wait: timedelta = locks.WAIT,
) -> None:
    """Remove the temporary credentials of one section from the journal.

    Raises:
        StoreError: the journal cannot be read or written.
    """
    target = atomic.real(path)
    with locks.held([journal.path_in(folder)], folder=folder, wait=wait):
        entries = journal.load(folder)
        kept = journal.forget(
            journal.pruned(entries, now(), secrets),
            lambda edit: (edit.path, edit.section) == (target, section) and bool(edit.expires),
            secrets,
        )
        if kept != entries:
            journal.save(folder, kept)


@dataclass(frozen=True, slots=True)
class _RevertPlan:
    """The revert of one command's changes of one file."""

    path: Path
    before: str = field(repr=False)
    after: str = field(repr=False)
    edits: tuple[tuple[SectionEdit, Outcome], ...]
    """In the order in which they are reverted."""
    made: tuple[Path, ...] | None
    """The folders to remove with the file; None where the file stays."""

    @property
    def steps(self) -> tuple[Step, ...]:
        sections = tuple(
            Step(self.path, edit.section, outcome)
            for edit, outcome in self.edits
            if outcome is not Outcome.UNCHANGED
        )
        return (
            (*sections, Step(self.path, "", Outcome.REMOVED)) if self.made is not None else sections
        )


def _paths(entry: Entry, spared: Collection[Path] = ()) -> list[Path]:
    """Return the files of an entry but for the spared ones, the last one changed first."""
    paths = dict.fromkeys(edit.path for edit in reversed(entry.edits))
    return [path for path in paths if path not in spared]


def _revert_plan(path: Path, entry: Entry, folder: Path) -> _RevertPlan:
    """Plan a revert. The locks must be held: a torn file is mended first."""
    atomic.recover(path, copies=transaction.copies_in(folder))
    content = atomic.read(path)
    before = text = ini.decode(content or b"", path)
    ini.check(text, path)
    edits = []
    for edit in reversed([edit for edit in entry.edits if edit.path == path]):
        text, outcome = journal.reverted(text, edit)
        edits.append((edit, outcome))
    ini.check(text, path)
    is_unused = content is not None and not text
    made = next((edit.made for edit, _ in edits if edit.made is not None), None)
    return _RevertPlan(path, before, text, tuple(edits), made if is_unused else None)


def _write_reverted(plan: _RevertPlan, folder: Path) -> None:
    if plan.made is not None:
        atomic.remove(plan.path)
        with suppress(OSError):  # somebody uses one of the folders
            for made in reversed(plan.made):
                made.rmdir()
    elif plan.after != plan.before:
        atomic.replace(plan.path, plan.after.encode(), copies=transaction.copies_in(folder))
    for edit, outcome in plan.edits:
        if outcome is not Outcome.LEFT:
            for file in edit.private:
                transaction.write_private_file(file)


def _without_reverted(
    entries: Sequence[Entry], entry: Entry, plans: Sequence[_RevertPlan], spared: Collection[Path]
) -> tuple[Entry, ...]:
    """Return the journal after a revert, with the parts of the entry that have to stay."""
    left = [edit for plan in plans for edit, outcome in plan.edits if outcome is Outcome.LEFT]
    # Long-lived secrets may exist nowhere else. At the bottom they do not block older entries.
    kept = [replace(entry, edits=(edit,)) for edit in left if edit.long_lived and not entry.lasting]
    rest = replace(entry, edits=tuple(edit for edit in entry.edits if edit.path in spared))
    others = ((rest if each is entry else each) for each in entries)
    return (*kept, *(each for each in others if each.edits))
