"""The journal: everything that reverts the changes of earlier commands.

For each section that a command changed, the journal holds the text of the section before the
command and a digest of its text after it. A section is restored only where it still is what the
command wrote. The journal is one file of mode 0600. All functions but `load` and `save` are pure.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from aws_saml_ext.files import atomic, ini, ini_edit, json_values

ENTRIES = 10
"""The number of commands that can be reverted."""

_VERSION = 2

logger = logging.getLogger("aws_saml_ext")


@dataclass(frozen=True, slots=True)
class Secrets:
    """The rules for the secrets that sections may hold; all keys are in lower case."""

    keys: frozenset[str]
    """The keys whose values are secret."""
    companions: frozenset[str]
    """The keys that are worth nothing without them, and are forgotten with them."""
    expiration: Callable[[Mapping[str, str], datetime], datetime | None]
    """Return when the secrets among these options expire, seen from now; None: never."""


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """A file of this program that belongs to a section; None where there is no file."""

    path: Path
    content: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SectionEdit:
    """One command's change of one section."""

    path: Path
    """The real path of its file."""
    section: str
    before: str | None = field(repr=False)
    """The text of the section; None where there was no such section."""
    after: str | None
    """The digest of its new text; None where the command removed the section."""
    lead: str
    """The line ends between the text above and a section that the command added or removed."""
    private: tuple[PrivateFile, ...]
    """The files that belong to the section, as they were before."""
    long_lived: bool
    """True if the command replaced secrets that never expire."""
    expires: datetime | None
    """When the secrets in `before` expire, aware; None where it holds none, or long-lived ones."""
    made: tuple[Path, ...] | None = None
    """The folders that were made for the file, outermost first; None where the file existed."""
    above: str | None = None
    """The section above one that the command removed; empty at the beginning of the file."""
    gap: int = 0
    """The characters between the last option of `above` and the place of the removed section."""

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to revert."""
        return _digest(self.before) == self.after and self.made is None


@dataclass(frozen=True, slots=True)
class Entry:
    """The changes of one command."""

    command: str
    at: datetime
    """Aware."""
    lasting: bool
    """True if it is not counted among the ten, and stays until it is reverted."""
    edits: tuple[SectionEdit, ...]

    @property
    def long_lived(self) -> bool:
        """True if it holds secrets that may exist nowhere else."""
        return any(edit.long_lived for edit in self.edits)


class Outcome(Enum):
    """The result of reverting one change."""

    RESTORED = "restored"
    REMOVED = "removed"
    """The command had added it."""
    LEFT = "left"
    """Somebody changed it since."""
    UNCHANGED = "unchanged"
    """It already is as it was before the command."""


def edit_of(
    path: Path,
    before: str,
    after: str,
    section: str,
    *,
    secrets: Secrets,
    now: datetime,
    private: Sequence[PrivateFile] = (),
) -> SectionEdit | None:
    """Return the change of one section between two texts of a file, or None where there is none.

    Args:
        path: the real path of the file.
        before: the file's text.
        after: the file's new text, in which only this section differs.
        section: the name of the section.
        secrets: the rules for the secrets in it.
        now: aware.
        private: the files that belong to the section, as they are before.
    """
    old = ini.find(before, section)
    # Only this section differs: what is around it need not be read again.
    start, rest = (old.start, len(before) - old.end) if old else (len(before), 0)
    old_text, new_text = before[start : len(before) - rest], after[start : len(after) - rest]
    text, written = _own_texts(old_text, new_text, section)
    if text == written:
        return None
    options = ini.values_in(old_text) if old else {}
    held = {key for key in secrets.keys if options.get(key)}
    expires = secrets.expiration(options, now) if held else None
    long_lived = bool(held) and expires is None
    if long_lived:
        replacing = ini.options_of(new_text, section)
        long_lived = any(replacing.get(key) != options[key] for key in held)
    lead = ini_edit.lead_of_new_section(before) if old is None else ""
    above, gap = None, 0
    if old is not None and written is None and (place := _place_of(before, after, old)) is not None:
        above, gap, lead = place
    return SectionEdit(
        path=path,
        section=section,
        before=text,
        after=_digest(written),
        lead=lead,
        above=above,
        gap=gap,
        private=tuple(private),
        long_lived=long_lived,
        expires=expires,
    )


def reverted(text: str, edit: SectionEdit) -> tuple[str, Outcome]:
    """Return the text of a file without `edit`, as far as nobody changed the section since."""
    found = ini.find(text, edit.section)
    if _end(text, found, _digest(edit.before)) is not None:
        return text, Outcome.UNCHANGED
    end = _end(text, found, edit.after)
    if end is None:
        return text, Outcome.LEFT
    start = found.start if found else end
    if edit.before is None:
        return ini_edit.cut(text, start, end, lead=edit.lead), Outcome.REMOVED
    at = _place_in(text, edit) if found is None else None
    if at is not None:
        return ini_edit.put(text, at, at, edit.before, lead=edit.lead), Outcome.RESTORED
    return ini_edit.put(text, start, end, edit.before), Outcome.RESTORED


def forget(
    entries: Sequence[Entry], condition: Callable[[SectionEdit], bool], secrets: Secrets
) -> tuple[Entry, ...]:
    """Return the journal without the secrets in the texts of the changes that meet `condition`.

    Where an earlier entry wrote such a text, its change and this one become one, which reverts
    both. Otherwise the text loses the secrets and their companions.
    """
    return _joined(entries, condition, lambda edit: _without_secrets(edit, secrets))


def pruned(entries: Sequence[Entry], now: datetime, secrets: Secrets) -> tuple[Entry, ...]:
    """Return the journal without expired secrets and without entries beyond the ten."""
    journal = forget(
        entries, lambda edit: edit.expires is not None and edit.expires <= now, secrets
    )
    counted = [entry for entry in journal if not entry.lasting]
    # Long-lived secrets that were replaced may exist nowhere else: only a revert drops them.
    old = [entry for entry in counted if not entry.long_lived][: max(0, len(counted) - ENTRIES)]
    dropped = {id(edit) for entry in old for edit in entry.edits}
    return _joined(journal, lambda edit: id(edit) in dropped, lambda _: None)


def load(folder: Path) -> tuple[Entry, ...]:
    """Return the entries, the oldest first. The lock of the journal must be held.

    A journal of another version, or one that cannot be read, is set aside with a warning.

    Raises:
        StoreError: the file cannot be read or set aside.
    """
    path = path_in(folder)
    content = atomic.read(path)
    if content is None:
        return ()
    try:
        document = json.loads(content)
        if document["version"] == _VERSION:
            for entry in document["entries"]:
                _bring_up_to_date(entry)
            entries: tuple[Entry, ...] = json_values.reader(tuple[Entry, ...])(document["entries"])
            return entries
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    if _is_of_version_1(content):
        atomic.remove(path)
        logger.warning("%s is of another version, and is removed; undo starts over.", path)
        return ()
    # It may hold long-lived credentials: it is neither used nor thrown away.
    aside = path.with_name(f"undo-{hashlib.sha256(content).hexdigest()[:8]}.json")
    atomic.write_private(aside, content)
    atomic.remove(path)
    logger.warning(
        "%s is damaged or of another version; it is kept as %s, and undo starts over.", path, aside
    )
    return ()


def _bring_up_to_date(entry: dict[str, Any]) -> None:
    """Change an entry of release 0.1.0, which listed new files beside the edits, to one of today.

    Raises:
        KeyError, TypeError: it is no entry.
    """
    if "new_files" not in entry:
        return
    folders = {file["path"]: file["folders"] for file in entry["new_files"]}
    entry["edits"] = [
        {"made": folders.pop(edit["path"], None), "above": None, "gap": 0, **edit}
        for edit in entry["edits"]
    ]


def _is_of_version_1(content: bytes) -> bool:
    """Return whether this is a journal from before release 0.1.0, without long-lived secrets."""
    try:
        document = json.loads(content)
        sections = [
            section
            for entry in document["entries"]
            for file in entry["files"]
            for section in file["sections"]
        ]
        return document["version"] == 1 and not any(each["long_lived"] for each in sections)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def save(folder: Path, entries: Sequence[Entry]) -> None:
    """Write the journal. Its lock must be held.

    Raises:
        StoreError: it cannot be written, and is unchanged.
    """
    path = path_in(folder)
    if not entries:
        atomic.remove(path)
        return
    document = {"version": _VERSION, "entries": entries}
    content = json.dumps(document, default=json_values.default).encode()
    atomic.write_private(path, content, sync=any(entry.long_lived for entry in entries))


def path_in(folder: Path) -> Path:
    """Return the path of the journal in the program's own folder."""
    return folder / "undo.json"


def _place_of(before: str, after: str, removed: ini.Section) -> tuple[str, int, str] | None:
    """Return the place of a section that is removed: `above`, `gap` and `lead` of its change.

    None where the rest of the file is not as it was.
    """
    at = len(after) - (len(before) - removed.body_end)
    is_rest = after[:at] == before[:at] and after[at:] == before[removed.body_end :]
    if not 0 <= at <= removed.start or not is_rest:
        return None
    above = [name for start, name in ini.headers(after) if start < at][-1:] or [""]
    return above[0], at - (_end_of(after, above[0]) or 0), before[at : removed.start]


def _place_in(text: str, edit: SectionEdit) -> int | None:
    """Return the offset at which a removed section stood; None where it cannot be told now."""
    if edit.above is None or (base := _end_of(text, edit.above)) is None:
        return None
    next_header = next((start for start, _ in ini.headers(text) if start >= base), len(text))
    at = min(base + edit.gap, next_header)
    is_line = at == 0 or text[at - 1] in "\r\n" or (at == len(text) and bool(edit.lead))
    return at if is_line else None


def _end_of(text: str, section: str) -> int | None:
    """Return the end of the last option of a section; 0 for the beginning of the file."""
    if not section:
        return 0
    found = ini.find(text, section)
    return found.body_end if found else None


def _own_texts(before: str, after: str, section: str) -> tuple[str | None, str | None]:
    """Return the two texts of a section without their common end, which may be the next one's."""
    old, new = ini.find(before, section), ini.find(after, section)
    if old is None or new is None:
        return (
            before[old.start : old.body_end] if old else None,
            after[new.start : new.body_end] if new else None,
        )
    tail = min(before[old.body_end :], after[new.body_end :], key=len)
    if not (before.endswith(tail) and after.endswith(tail)):
        return before, after
    return before.removesuffix(tail), after.removesuffix(tail)


def _end(text: str, found: ini.Section | None, digest: str | None) -> int | None:
    """Return the end of the text of this digest that a section begins with.

    None where the section has another text, or keys behind that text.
    """
    if found is None:
        return len(text) if digest is None else None
    ends = ini.line_ends(text, found.body_end, found.end)
    return next((end for end in ends if _digest(text[found.start : end]) == digest), None)


def _joined(
    entries: Sequence[Entry],
    condition: Callable[[SectionEdit], bool],
    rest: Callable[[SectionEdit], SectionEdit | None],
) -> tuple[Entry, ...]:
    """Return the journal with each change that meets `condition` joined to the one before it.

    The earlier change of the same section then reverts both, if it wrote the text that the later
    one replaced. Otherwise `rest` returns what stays of the later one.
    """
    journal: list[list[SectionEdit]] = []
    for entry in entries:
        edits: list[SectionEdit] = []
        journal.append(edits)
        for edit in entry.edits:
            if not condition(edit):
                edits.append(edit)
            elif not _join(journal, edit) and (remaining := rest(edit)) is not None:
                edits.append(remaining)
    pairs = (
        replace(entry, edits=tuple(edit for edit in edits if not edit.is_empty))
        for entry, edits in zip(entries, journal, strict=True)
    )
    return tuple(entry for entry in pairs if entry.edits)


def _join(journal: Sequence[list[SectionEdit]], edit: SectionEdit) -> bool:
    """Let the change that wrote the text before `edit` revert both; return whether there is one."""
    for edits in reversed(journal):
        for number, other in reversed(list(enumerate(edits))):
            if (other.path, other.section) != (edit.path, edit.section):
                continue
            if other.after != _digest(edit.before):
                return False
            known = {file.path for file in other.private}
            private = (*other.private, *(file for file in edit.private if file.path not in known))
            joined = replace(other, after=edit.after, private=private)
            if other.before is not None and edit.after is None:
                joined = replace(joined, lead=edit.lead, above=edit.above, gap=edit.gap)
            edits[number] = joined
            return True
    return False


def _without_secrets(edit: SectionEdit, secrets: Secrets) -> SectionEdit:
    if edit.before is None:
        return edit
    keys = dict.fromkeys(secrets.keys | secrets.companions)
    text: str | None = ini_edit.changed(edit.before, edit.section, keys)
    if edit.after is None and not ini.options_of(text or "", edit.section):
        text = None
    private = tuple(replace(file, content=None) for file in edit.private)
    return replace(edit, before=text, private=private, expires=None, long_lived=False)


def _digest(text: str | None) -> str | None:
    """Return the digest of a section's text, whether or not its last line has an end."""
    if text is None:
        return None
    return hashlib.sha256(text.removesuffix("\n").removesuffix("\r").encode()).hexdigest()
