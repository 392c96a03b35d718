"""Entries of the journal: texts in, texts out; what is forgotten, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from aws_saml_ext.files import ini, journal
from aws_saml_ext.files.journal import Entry, FileEdit, SectionEdit

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
PATH = Path("/home/jane/.aws/credentials")
LONG_LIVED = "[dev]\naws_access_key_id = AKIA\naws_secret_access_key=long\n"


def keys_of(number: int, hours: float = 1) -> dict[str, str | None]:
    return {
        "aws_access_key_id": f"ASIA{number}",
        "aws_secret_access_key": f"secret{number}",
        "aws_session_token": f"token{number}",
        "x_security_token_expires": (NOW + timedelta(hours=hours)).isoformat(),
    }


def changed(text: str, values: Mapping[str, str | None]) -> tuple[str, SectionEdit]:
    after = ini.changed(text, "dev", values)
    edit = journal.edit_of(text, after, "dev", values, NOW)
    assert edit is not None
    return after, edit


def entry(edit: SectionEdit, *, lasting: bool = False) -> Entry:
    return Entry("sign-in", NOW, lasting, (FileEdit(PATH, (edit,), made=False, folders=()),))


def history(text: str, *commands: Mapping[str, str | None]) -> tuple[list[str], tuple[Entry, ...]]:
    """The texts after each command, the first one before all, and the journal."""
    texts, entries = [text], []
    for values in commands:
        after, edit = changed(texts[-1], values)
        texts.append(after)
        entries.append(entry(edit))
    return texts, tuple(entries)


def only_edit(entries: tuple[Entry, ...]) -> SectionEdit:
    [[[edit]]] = [[file.sections for file in each.files] for each in entries]
    return edit


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="no section"),
        pytest.param("[a]\nk = v", id="no line end"),
        pytest.param("[a]\nk = v\n", id="no blank line"),
        pytest.param("[dev]", id="a bare header"),
        pytest.param(LONG_LIVED, id="long-lived keys"),
        pytest.param("[dev]\naws_session_token=old\nregion = x", id="other keys, no line end"),
        pytest.param("[dev]\r\nAWS_ACCESS_KEY_ID:x\r\n\r\n[b]\r\n", id="CRLF"),
        pytest.param("[dev]\naws_access_key_id = a\n  b\n# c\n\nk = v\n", id="two lines"),
    ],
)
def test_taken_back_to_the_byte_where_nobody_else_wrote(before: str) -> None:
    after, edit = changed(before, keys_of(1))
    assert journal.taken_back(after, edit).text == before


def test_removed_lines_come_back_where_they_were() -> None:
    before = "[dev]\n# one\nk = 1\n\n# two\nj = 2\n  3\n\n[b]\n"
    after, edit = changed(before, {"j": None, "k": None})
    assert after == "[dev]\n# one\n\n# two\n\n[b]\n"
    assert journal.taken_back(after, edit).text == before


def test_what_others_edited_since_stays_and_is_named() -> None:
    after, edit = changed("[dev]\nk = 1\n", {"k": "2", "j": "3"})
    edited = after.replace("k = 2", "k = mine") + "# a note\n[more]\nx = y\n"
    result = journal.taken_back(edited, edit)
    assert result.text == "[dev]\nk = mine\n# a note\n[more]\nx = y\n"
    assert (result.restored, result.left) == (("j",), ("k",))


def test_a_key_that_somebody_removed_since_stays_removed() -> None:
    after, edit = changed("[dev]\nk = 1\n", {"k": "2"})
    result = journal.taken_back(after.replace("k = 2\n", ""), edit)
    assert (result.text, result.left) == ("[dev]\n", ("k",))


def test_a_section_that_we_made_stays_where_somebody_uses_it() -> None:
    after, edit = changed("[a]\n", {"k": "1"})
    assert journal.taken_back(after + "j = 2\n", edit).text == "[a]\n\n[dev]\nj = 2\n"


def test_a_section_that_we_made_goes_though_others_follow_it() -> None:
    after, edit = changed("[a]", {"k": "1"})
    assert journal.taken_back(after + "\n[b]\nj = 2\n", edit).text == "[a]\n\n[b]\nj = 2\n"


def test_an_edit_that_never_came_to_be_changes_nothing() -> None:
    before = "[dev]\nk = 1\n"
    _, edit = changed(before, {"k": "2"})
    result = journal.taken_back(before, edit)
    assert (result.text, result.restored, result.left) == (before, (), ())


def test_only_our_lines_are_kept_and_of_those_we_wrote_a_digest() -> None:
    before = "[other]\nk = theirs\n[dev]\nregion = theirs\naws_session_token = old\n"
    _, edit = changed(before, keys_of(1))
    kept = repr(edit) + "".join(key.before or "" for key in edit.keys)
    assert "old" in kept
    assert "theirs" not in kept
    assert "token1" not in kept


def test_a_repr_shows_no_lines() -> None:
    _, edit = changed(LONG_LIVED, keys_of(1))
    assert "long\n" not in repr(edit)
    assert "=long" not in repr(edit)


def test_temporary_keys_are_forgotten_once_they_have_expired() -> None:
    _, entries = history("", keys_of(1), keys_of(2, hours=2))
    assert "token1" in everything_kept(journal.pruned(entries, NOW))
    assert "token1" not in everything_kept(journal.pruned(entries, NOW + timedelta(hours=1)))


def test_keys_without_an_expiry_are_forgotten_when_they_must_have_expired() -> None:
    _, entries = history("[dev]\naws_session_token = old\n", keys_of(1))
    assert "old" in everything_kept(journal.pruned(entries, NOW + timedelta(hours=35)))
    assert "old" not in everything_kept(journal.pruned(entries, NOW + timedelta(hours=36)))


def test_over_forgotten_keys_undo_goes_back_to_what_was_before_them() -> None:
    texts, entries = history(LONG_LIVED, keys_of(1), keys_of(2), keys_of(3))
    later = journal.pruned(entries, NOW + timedelta(hours=1))
    assert len(later) == 1
    assert journal.taken_back(texts[-1], only_edit(later)).text == LONG_LIVED


def test_long_lived_keys_come_back_though_ours_were_removed_meanwhile() -> None:
    texts, entries = history(LONG_LIVED, keys_of(1), dict.fromkeys(keys_of(1)))
    later = journal.forget(entries, lambda _, edit: edit.expires is not None)
    assert journal.taken_back(texts[-1], only_edit(later)).text == LONG_LIVED


def test_temporary_keys_of_another_tool_that_are_forgotten_do_not_come_back() -> None:
    texts, entries = history("[dev]\naws_session_token = old\nregion = x\n", keys_of(1))
    later = journal.pruned(entries, NOW + timedelta(hours=36))
    assert journal.taken_back(texts[-1], only_edit(later)).text == "[dev]\nregion = x\n"


def test_long_lived_keys_are_never_forgotten() -> None:
    _, entries = history(LONG_LIVED, keys_of(1))
    after_years = journal.pruned(entries, NOW + timedelta(days=1000))
    assert "=long" in everything_kept(after_years)


def test_ten_commands_are_kept() -> None:
    _, entries = history("", *({"region": str(number)} for number in range(12)))
    kept = journal.pruned(entries, NOW)
    assert kept == entries[2:]
    assert len(kept) == journal.ENTRIES


def test_an_entry_with_long_lived_keys_and_a_lasting_one_outlive_the_ten() -> None:
    _, entries = history(LONG_LIVED, keys_of(1), *({"j": str(n)} for n in range(12)))
    _, installed = changed("", {"alias": "x"})
    kept = journal.pruned((entry(installed, lasting=True), *entries), NOW)
    assert kept[0].lasting
    assert kept[1].long_lived
    assert len(kept) == journal.ENTRIES + 1


def test_beyond_the_ten_the_commands_between_are_joined_to_the_one_before() -> None:
    texts, entries = history(LONG_LIVED, *(keys_of(number) for number in range(12)))
    text, kept = texts[-1], journal.pruned(entries, NOW)
    assert len(kept) == journal.ENTRIES
    for each in reversed(kept):
        text = journal.taken_back(text, only_edit((each,))).text
    assert text == LONG_LIVED


def test_what_is_written_is_what_is_read_back(tmp_path: Path) -> None:
    _, entries = history(LONG_LIVED, keys_of(1), keys_of(2))
    journal.save(tmp_path, entries)
    assert journal.load(tmp_path) == entries
    assert journal.path_in(tmp_path).stat().st_mode & 0o777 == 0o600


def test_an_empty_journal_leaves_no_file(tmp_path: Path) -> None:
    _, entries = history(LONG_LIVED, keys_of(1))
    journal.save(tmp_path, entries)
    journal.save(tmp_path, ())
    assert journal.load(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def document(**changed: object) -> dict[str, Any]:
    """What the journal of one command looks like in JSON, with keys of its section changed."""
    _, entries = history(LONG_LIVED, keys_of(1))
    with TemporaryDirectory() as folder:
        journal.save(Path(folder), entries)
        written: dict[str, Any] = json.loads(journal.path_in(Path(folder)).read_text())
    written["entries"][0]["files"][0]["sections"][0] |= changed
    return written


def spoilt(**changed: object) -> str:
    return json.dumps(document(**changed))


KEY = {"key": "k", "before": None, "after": None, "place": {"below": "", "lines": 1, "ending": ""}}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"version": 2, "entries": []}',
        '{"version": 1}',
        '{"version": 1, "entries": {}}',
        '{"version": 1, "entries": [1]}',
        pytest.param("[" * 100_000, id="too deep"),
        spoilt(section=1),
        spoilt(keys={}),
        spoilt(keys=[KEY | {"key": None}]),
        spoilt(keys=[KEY | {"before": 1}]),
        spoilt(keys=[KEY | {"before": "\udcff"}]),
        spoilt(keys=[KEY | {"place": {"below": "", "lines": "1", "ending": ""}}]),
        spoilt(keys=[KEY | {"place": None}]),
        spoilt(made="no"),
        spoilt(lead=[]),
        spoilt(expires=3),
        spoilt(expires="0001-01-01T00:00:00+14:00"),
        json.dumps(document() | {"entries": [{"command": "x", "at": "soon"}]}),
        json.dumps(document()).replace("/home/jane", "/home/\\u0000"),
    ],
)
def test_a_journal_that_cannot_be_read_is_set_aside_and_kept(
    content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal.path_in(tmp_path).write_text(content)
    assert journal.load(tmp_path) == ()
    [aside] = tmp_path.iterdir()
    assert aside.name.startswith("undo-")
    assert aside.read_text() == content
    assert str(aside) in caplog.text


@pytest.mark.parametrize(
    ("path", "section", "profiles"),
    [
        ("credentials", "dev", ("dev",)),
        ("config", "profile dev", ("dev",)),
        ("config", "profile 'my dev'", ("my dev",)),
        ("credentials", "my dev", ("my dev",)),
        ("config", "default", ("default",)),
        ("config", "saml-idp corp", ()),
        ("alias", "toplevel", ()),
    ],
)
def test_an_entry_knows_whose_lines_it_changed(
    path: str, section: str, profiles: tuple[str, ...]
) -> None:
    _, edit = changed("", {"k": "v"})
    file = FileEdit(Path("/x") / path, (replace(edit, section=section),), made=False, folders=())
    assert Entry("sign-in", NOW, False, (file, file)).profiles == profiles


def everything_kept(entries: tuple[Entry, ...]) -> str:
    return "".join(
        key.before or ""
        for each in entries
        for file in each.files
        for section in file.sections
        for key in section.keys
    )
