"""
What `undo` needs: our own lines as they were before each command, and nothing else of a file.

Of the lines that a command wrote only a digest is kept, to see whether they are still ours. The
journal is one file of 0600, `undo.json` in ~/.aws/saml. Most of this room is pure: an entry made
from two texts, a text taken back by an entry, a journal that forgets.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from aws_saml_ext.config.sections import profile_of
from aws_saml_ext.credentials import (
    EXPIRES,
    SECRET_ACCESS_KEY,
    SECURITY_TOKEN,
    SESSION_TOKEN,
    parse_time,
)
from aws_saml_ext.files import atomic, ini
from aws_saml_ext.files.ini import Place

ENTRIES = 10
"""As many commands can be taken back."""

_VERSION = 1
_ALIAS_FILE = "alias"  # ~/.aws/cli/alias, which has no profiles
_EXPIRY_KEYS = (EXPIRES, "aws_expiration", "expiration")  # ours, and those of other programs
_LONGEST_SESSION = timedelta(hours=36)  # STS's GetSessionToken; every other one is shorter

logger = logging.getLogger("aws_saml_ext")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyEdit:
    """One key: its lines before, and a digest of its lines after; None where it was not there."""

    key: str
    before: str | None = field(repr=False)
    after: str | None
    place: Place
    """Where it stood before."""


@dataclass(frozen=True, slots=True)
class SectionEdit:
    """What one command did to one section."""

    section: str
    keys: tuple[KeyEdit, ...]
    made: bool
    """The section was not there before."""
    lead: str
    """What was put in front of a section that was made."""
    unended: bool
    """The section was the file's last, and its last line had no line end."""
    long_lived: bool
    """The lines before hold a secret key without a session token."""
    expires: datetime | None
    """When the temporary keys in the lines before expire."""


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What one command did to one file, named by its real path."""

    path: Path
    sections: tuple[SectionEdit, ...]
    made: bool
    """The file was not there before."""
    folders: tuple[Path, ...]
    """Those that were made for it, the outermost first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one command did."""

    command: str
    at: datetime
    lasting: bool
    """It does not count among the ten, and stays until it is taken back."""
    files: tuple[FileEdit, ...]

    @property
    def long_lived(self) -> bool:
        """Whether it holds keys that are nowhere else any more."""
        return any(section.long_lived for file in self.files for section in file.sections)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles whose lines it changed; none where it changed others, such as an alias."""
        found = (
            profile_of(section.section)
            for file in self.files
            if file.path.name != _ALIAS_FILE
            for section in file.sections
        )
        return tuple(dict.fromkeys(profile for profile in found if profile is not None))


def edit_of(
    before: str, after: str, section: str, keys: Iterable[str], now: datetime
) -> SectionEdit | None:
    """What makes `after` of `before` in one section; None where nothing does."""
    old, new = ini.find(before, section), ini.find(after, section)
    edits: list[KeyEdit] = []
    for key in dict.fromkeys(key.lower() for key in keys):
        was = old.option(key) if old else None
        is_ = new.option(key) if new else None
        place = ini.place_of(old, was) if old and was else Place("", 0)
        lines, digest = was.text if was else None, _digest(is_.text if is_ else None)
        if _digest(lines) != digest:
            edits.append(KeyEdit(key, lines, digest, place))
    if not edits and not (old is None and new is not None):
        return None
    # In the order of the file: lines that come back find the key above them in its place.
    edits.sort(key=lambda edit: _line(old, edit.key))
    values = ini.values_of(before, old) if old else {}
    return SectionEdit(
        section=section,
        keys=tuple(edits),
        made=old is None,
        lead=ini.lead_of_new_section(before) if old is None else "",
        unended=old is not None and old.end == len(before) and not before.endswith(("\n", "\r")),
        long_lived=bool(values.get(SECRET_ACCESS_KEY)) and not _is_temporary(values),
        expires=_expiry(values, now) if _is_temporary(values) else None,
    )


@dataclass(frozen=True, slots=True)
class TakenBackText:
    """A text after `taken_back`, the keys that are as they were, and those left alone."""

    text: str = field(repr=False)
    restored: tuple[str, ...]
    left: tuple[str, ...]


def taken_back(text: str, edit: SectionEdit) -> TakenBackText:
    """`text` without what `edit` did to it; keys that somebody changed since are left alone."""
    restored: list[str] = []
    left: list[str] = []
    for key in edit.keys:
        found = ini.find(text, edit.section)
        option = found.option(key.key) if found else None
        lines = option.text if option else None
        if lines == key.before:
            continue  # it never came to be, or somebody has taken it back
        if _digest(lines) != key.after:
            left.append(key.key)
            continue
        text = ini.put_back(text, edit.section, key.key, key.before, key.place)
        restored.append(key.key)
    if edit.made:
        text = ini.without_section(text, edit.section, lead=edit.lead)
    found = ini.find(text, edit.section)
    if restored and edit.unended and found and found.end == len(text):
        text = text.removesuffix("\n").removesuffix("\r")
    return TakenBackText(text, tuple(restored), tuple(left))


def forget(
    entries: Sequence[Entry], condition: Callable[[FileEdit, SectionEdit], bool]
) -> tuple[Entry, ...]:
    """
    The journal without the lines before of the sections that meet `condition`.

    Where the entry before had written those lines, the two become one: what it replaced comes
    back when it is taken back. Otherwise nothing comes back, and our lines go.
    """
    journal = list(entries)
    for number, entry in enumerate(journal):
        for file in entry.files:
            for section in file.sections:
                if condition(file, section):
                    _forget_section(journal, number, file, section)
    return _without_empty(journal)


def pruned(entries: Sequence[Entry], now: datetime) -> tuple[Entry, ...]:
    """The journal without keys that have expired and without entries beyond the ten."""
    journal = forget(
        entries, lambda _, section: section.expires is not None and section.expires <= now
    )
    while True:
        counted = [entry for entry in journal if not entry.lasting]
        # Long-lived keys that were replaced may be nowhere else: they go only by `undo`.
        old = [entry for entry in counted if not entry.long_lived]
        if len(counted) <= ENTRIES or not old:
            return journal
        journal = _without_entry(journal, old[0])


def load(folder: Path) -> tuple[Entry, ...]:
    """
    The entries, the oldest first. The journal's lock must be held.

    Raises:
        StoreError: the journal cannot be read.
    """
    path = path_in(folder)
    content = atomic.read(path)
    if content is None:
        return ()
    try:
        document = json.loads(content)
        if document["version"] == _VERSION:
            return tuple(_entry(values) for values in _of(list, document["entries"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    # It may hold somebody's long-lived keys: it is neither used nor thrown away.
    aside = path.with_name(f"undo-{hashlib.sha256(content).hexdigest()[:8]}.json")
    atomic.write_private(aside, content)
    atomic.remove(path)
    logger.warning("%s cannot be read; it is kept as %s, and undo begins anew.", path, aside)
    return ()


def save(folder: Path, entries: Sequence[Entry]) -> None:
    """
    Write the journal. Its lock must be held.

    Raises:
        StoreError: it cannot be written; it is as it was.
    """
    path = path_in(folder)
    if not entries:
        atomic.remove(path)
        return
    document = {"version": _VERSION, "entries": entries}
    content = json.dumps(document, default=_json).encode()
    atomic.write_private(path, content, sync=any(entry.long_lived for entry in entries))


def path_in(folder: Path) -> Path:
    """The journal's file in ~/.aws/saml."""
    return folder / "undo.json"


def _forget_section(
    journal: list[Entry], number: int, file: FileEdit, section: SectionEdit
) -> None:
    kept = tuple(
        replace(edit, before=None)
        for edit in section.keys
        if not _joined_to_earlier(journal, number, file.path, section.section, edit)
    )
    forgotten = replace(section, keys=kept, expires=None, long_lived=False)
    _replace_section(journal, number, file.path, forgotten)


def _without_entry(entries: Sequence[Entry], entry: Entry) -> tuple[Entry, ...]:
    journal = list(entries)
    number = journal.index(entry)
    for file in entry.files:
        for section in file.sections:
            for edit in section.keys:
                _joined_to_earlier(journal, number, file.path, section.section, edit)
    del journal[number]
    return _without_empty(journal)


def _joined_to_earlier(
    journal: list[Entry], number: int, path: Path, section: str, edit: KeyEdit
) -> bool:
    """Let the entry that wrote the lines before `edit` stand for both; False if there is none."""
    for earlier in range(number - 1, -1, -1):
        for file in journal[earlier].files:
            for found in file.sections:
                for key in found.keys:
                    if (file.path, found.section, key.key) != (path, section, edit.key):
                        continue
                    if key.after != _digest(edit.before):
                        return False
                    keys = tuple(
                        replace(key, after=edit.after) if each is key else each
                        for each in found.keys
                    )
                    _replace_section(journal, earlier, path, replace(found, keys=keys))
                    return True
    return False


def _replace_section(journal: list[Entry], number: int, path: Path, section: SectionEdit) -> None:
    journal[number] = replace(
        journal[number],
        files=tuple(
            replace(
                file,
                sections=tuple(
                    section if each.section == section.section else each for each in file.sections
                ),
            )
            if file.path == path
            else file
            for file in journal[number].files
        ),
    )


def _without_empty(journal: Iterable[Entry]) -> tuple[Entry, ...]:
    """Without what changes nothing when it is taken back."""
    kept = []
    for entry in journal:
        of_entry = []
        for file in entry.files:
            of_file = []
            for section in file.sections:
                keys = tuple(key for key in section.keys if _digest(key.before) != key.after)
                if keys or section.made:
                    of_file.append(replace(section, keys=keys))
            if of_file or file.made:
                of_entry.append(replace(file, sections=tuple(of_file)))
        if of_entry:
            kept.append(replace(entry, files=tuple(of_entry)))
    return tuple(kept)


def _digest(lines: str | None) -> str | None:
    return None if lines is None else hashlib.sha256(lines.encode()).hexdigest()


def _line(section: ini.Section | None, key: str) -> int:
    option = section.option(key) if section else None
    return option.line if option else 0


def _is_temporary(values: Mapping[str, str]) -> bool:
    return bool(values.get(SESSION_TOKEN) or values.get(SECURITY_TOKEN))


def _expiry(values: Mapping[str, str], now: datetime) -> datetime:
    written = next((values[key] for key in _EXPIRY_KEYS if values.get(key)), "")
    try:
        return parse_time(written)
    except ValueError:
        return now + _LONGEST_SESSION


def _json(value: Any) -> object:
    """What JSON has no word for: our values by their fields, paths and times as text."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)


# ---- back from JSON; each raises ValueError, KeyError or TypeError where it is none of ours ----


def _entry(values: dict[str, Any]) -> Entry:
    return Entry(
        command=_text(values["command"]),
        at=parse_time(_text(values["at"])),
        lasting=_of(bool, values["lasting"]),
        files=tuple(_file_edit(file) for file in _of(list, values["files"])),
    )


def _file_edit(values: dict[str, Any]) -> FileEdit:
    return FileEdit(
        path=_path(values["path"]),
        sections=tuple(_section_edit(section) for section in _of(list, values["sections"])),
        made=_of(bool, values["made"]),
        folders=tuple(_path(folder) for folder in _of(list, values["folders"])),
    )


def _section_edit(values: dict[str, Any]) -> SectionEdit:
    return SectionEdit(
        section=_text(values["section"]),
        keys=tuple(_key_edit(key) for key in _of(list, values["keys"])),
        made=_of(bool, values["made"]),
        lead=_text(values["lead"]),
        unended=_of(bool, values["unended"]),
        long_lived=_of(bool, values["long_lived"]),
        expires=None if values["expires"] is None else parse_time(_text(values["expires"])),
    )


def _key_edit(values: dict[str, Any]) -> KeyEdit:
    place = values["place"]
    return KeyEdit(
        key=_text(values["key"]),
        before=None if values["before"] is None else _text(values["before"]),
        after=None if values["after"] is None else _text(values["after"]),
        place=Place(_text(place["below"]), _of(int, place["lines"]), _text(place["ending"])),
    )


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _text(value: object) -> str:
    text = _of(str, value)
    text.encode()  # half a surrogate pair, which JSON can spell, is no text for a file
    return text


def _path(value: object) -> Path:
    path = _of(str, value)  # with surrogates, where its bytes are not UTF-8
    if "\0" in path:
        raise ValueError
    return Path(path)
