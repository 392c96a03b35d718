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

from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.files import ini_edit, journal
from aws_saml_ext.files.journal import Entry, Outcome, PrivateFile, SectionEdit

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
    after = ini_edit.changed(text, "dev", values)
    edit = journal.edit_of(PATH, text, after, "dev", secrets=SECRETS, now=NOW)
    assert edit is not None
    return after, edit


def entry(edit: SectionEdit, *, lasting: bool = False) -> Entry:
    return Entry("sign-in", NOW, lasting, (edit,))


def history(text: str, *commands: Mapping[str, str | None]) -> tuple[list[str], tuple[Entry, ...]]:
    """Return the texts, the first one before all commands, and the journal."""
    texts, entries = [text], []
    for values in commands:
        after, edit = changed(texts[-1], values)
        texts.append(after)
        entries.append(entry(edit))
    return texts, tuple(entries)


def pruned(entries: tuple[Entry, ...], now: datetime = NOW) -> tuple[Entry, ...]:
    return journal.pruned(entries, now, SECRETS)


def only_edit(entries: tuple[Entry, ...]) -> SectionEdit:
    [[edit]] = [each.edits for each in entries]
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
def test_a_revert_restores_every_byte(before: str) -> None:
    after, edit = changed(before, keys_of(1))
    assert journal.reverted(after, edit)[0] == before


def test_removed_lines_come_back_where_they_were() -> None:
    before = "[dev]\n# one\nk = 1\n\n# two\nj = 2\n  3\n\n[b]\n"
    after, edit = changed(before, {"j": None, "k": None})
    assert after == "[dev]\n# one\n\n# two\n\n[b]\n"
    assert journal.reverted(after, edit)[0] == before


def test_a_section_that_somebody_changed_since_is_left() -> None:
    after, edit = changed("[dev]\nk = 1\n", {"k": "2", "j": "3"})
    edited = after.replace("k = 2", "k = mine")
    assert journal.reverted(edited, edit) == (edited, Outcome.LEFT)


def test_a_key_that_somebody_added_since_is_a_change() -> None:
    after, edit = changed("[a]\n", {"k": "1"})
    assert journal.reverted(after + "j = 2\n", edit) == (after + "j = 2\n", Outcome.LEFT)


def test_a_section_that_somebody_removed_since_stays_removed() -> None:
    _, edit = changed("[dev]\nk = 1\n", {"k": "2"})
    assert journal.reverted("[a]\n", edit) == ("[a]\n", Outcome.LEFT)


def test_a_section_goes_where_the_command_added_it() -> None:
    after, edit = changed("[a]", {"k": "1"})
    assert journal.reverted(after, edit) == ("[a]", Outcome.REMOVED)


def test_a_section_that_the_command_added_goes_though_others_follow_it() -> None:
    after, edit = changed("[a]", {"k": "1"})
    assert journal.reverted(after + "\n[b]\nj = 2\n", edit)[0] == "[a]\n\n[b]\nj = 2\n"


def test_a_comment_behind_the_section_is_no_change_of_it() -> None:
    after, edit = changed("[dev]\nk = 1\n", {"k": "2"})
    more = "\n# another one\n[more]\nx = y\n"
    assert journal.reverted(after + more, edit)[0] == "[dev]\nk = 1\n" + more


def test_a_section_without_a_line_end_gets_one_where_another_follows() -> None:
    after, edit = changed("[dev]\nk = 1", {"k": "2"})
    assert journal.reverted(after + "\n[b]\n", edit)[0] == "[dev]\nk = 1\n[b]\n"


def test_a_section_is_restored_where_it_stands() -> None:
    after, edit = changed("[dev]\nk = 1\n", {"k": "2"})
    assert journal.reverted("[b]\n\n" + after + "\n[c]\n", edit) == (
        "[b]\n\n[dev]\nk = 1\n\n[c]\n",
        Outcome.RESTORED,
    )


def test_a_section_that_the_command_removed_comes_back_where_it_was() -> None:
    before = "[dev]\nk = 1\n\n[b]\n"
    after = ini_edit.without_section(ini_edit.changed(before, "dev", {"k": None}), "dev")
    edit = journal.edit_of(PATH, before, after, "dev", secrets=SECRETS, now=NOW)
    assert edit is not None
    assert journal.reverted(after, edit) == (before, Outcome.RESTORED)


def test_a_change_that_never_happened_changes_nothing() -> None:
    before = "[dev]\nk = 1\n"
    _, edit = changed(before, {"k": "2"})
    assert journal.reverted(before, edit) == (before, Outcome.UNCHANGED)


def test_only_the_section_is_kept_and_of_its_new_text_a_digest() -> None:
    before = "[other]\nk = theirs\n[dev]\nregion = mine\naws_session_token = old\n"
    _, edit = changed(before, keys_of(1))
    assert edit.before == "[dev]\nregion = mine\naws_session_token = old\n"
    assert "token1" not in json.dumps(edit.after)


def test_a_repr_shows_no_lines() -> None:
    _, edit = changed(LONG_LIVED, keys_of(1))
    assert "long\n" not in repr(edit)
    assert "=long" not in repr(edit)


def test_temporary_keys_are_forgotten_once_they_have_expired() -> None:
    _, entries = history("", keys_of(1), keys_of(2, hours=2))
    assert "token1" in everything_kept(pruned(entries))
    assert "token1" not in everything_kept(pruned(entries, NOW + timedelta(hours=1)))


def test_keys_without_an_expiry_are_forgotten_when_they_must_have_expired() -> None:
    _, entries = history("[dev]\naws_session_token = old\n", keys_of(1))
    assert "old" in everything_kept(pruned(entries, NOW + timedelta(hours=35)))
    assert "old" not in everything_kept(pruned(entries, NOW + timedelta(hours=36)))


def test_over_forgotten_keys_undo_goes_back_to_what_was_before_them() -> None:
    texts, entries = history(LONG_LIVED, keys_of(1), keys_of(2), keys_of(3))
    later = pruned(entries, NOW + timedelta(hours=1))
    assert len(later) == 1
    assert journal.reverted(texts[-1], only_edit(later))[0] == LONG_LIVED


def test_long_lived_keys_come_back_though_ours_were_removed_meanwhile() -> None:
    texts, entries = history(LONG_LIVED, keys_of(1), dict.fromkeys(keys_of(1)))
    later = journal.forget(entries, lambda edit: edit.expires is not None, SECRETS)
    assert journal.reverted(texts[-1], only_edit(later))[0] == LONG_LIVED


def test_temporary_keys_of_another_tool_that_are_forgotten_do_not_come_back() -> None:
    texts, entries = history("[dev]\naws_session_token = old\nregion = x\n", keys_of(1))
    later = pruned(entries, NOW + timedelta(hours=36))
    assert journal.reverted(texts[-1], only_edit(later))[0] == "[dev]\nregion = x\n"


def test_long_lived_keys_are_never_forgotten() -> None:
    _, entries = history(LONG_LIVED, keys_of(1))
    after_years = pruned(entries, NOW + timedelta(days=1000))
    assert "=long" in everything_kept(after_years)


def test_ten_commands_are_kept() -> None:
    _, entries = history("", *({"region": str(number)} for number in range(12)))
    kept = pruned(entries)
    assert kept == entries[2:]
    assert len(kept) == journal.ENTRIES


def test_an_entry_with_long_lived_keys_and_a_lasting_one_outlive_the_ten() -> None:
    _, entries = history(LONG_LIVED, keys_of(1), *({"j": str(n)} for n in range(12)))
    _, installed = changed("", {"alias": "x"})
    kept = pruned((entry(installed, lasting=True), *entries))
    assert kept[0].lasting
    assert kept[1].long_lived
    assert len(kept) == journal.ENTRIES + 1


def test_beyond_the_ten_the_commands_between_are_joined_to_the_one_before() -> None:
    texts, entries = history(LONG_LIVED, *(keys_of(number) for number in range(12)))
    text, kept = texts[-1], pruned(entries)
    assert len(kept) == journal.ENTRIES
    for each in reversed(kept):
        text = journal.reverted(text, only_edit((each,)))[0]
    assert text == LONG_LIVED


def test_what_is_written_is_what_is_read_back(tmp_path: Path) -> None:
    _, entries = history(LONG_LIVED, keys_of(1), keys_of(2))
    note = PrivateFile(Path("/note"), "text")
    entries = tuple(
        replace(each, edits=(replace(each.edits[0], private=(note,)),)) for each in entries
    )
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
    """Return the journal of one command as JSON, with fields of its change replaced."""
    _, entries = history(LONG_LIVED, keys_of(1))
    with TemporaryDirectory() as folder:
        journal.save(Path(folder), entries)
        written: dict[str, Any] = json.loads(journal.path_in(Path(folder)).read_text())
    written["entries"][0]["edits"][0] |= changed
    return written


def spoilt(**changed: object) -> str:
    return json.dumps(document(**changed))


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        pytest.param(
            '{"version": 1, "entries": [{"files": [{"sections": [{"long_lived": true}]}]}]}',
            id="from before 0.1.0, with long-lived keys",
        ),
        '{"version": 3, "entries": []}',
        '{"version": 2}',
        '{"version": 2, "entries": {}}',
        '{"version": 2, "entries": [1]}',
        pytest.param("[" * 100_000, id="too deep"),
        spoilt(section=1),
        spoilt(private={}),
        spoilt(private=[{"path": None, "content": ""}]),
        spoilt(before=1),
        spoilt(before="\udcff"),
        spoilt(long_lived="no"),
        spoilt(lead=[]),
        spoilt(expires=3),
        spoilt(expires="0001-01-01T00:00:00+14:00"),
        spoilt(expires="2026-11-23T12:00:00"),
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


def test_a_journal_from_before_0_1_0_goes_with_its_temporary_credentials(tmp_path: Path) -> None:
    text = '{"version": 1, "entries": [{"files": [{"sections": [{"long_lived": false}]}]}]}'
    journal.path_in(tmp_path).write_text(text)
    assert journal.load(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_of_release_0_1_0_is_read_with_the_files_that_its_command_made(
    tmp_path: Path,
) -> None:
    written = document()
    [entry] = written["entries"]
    [edit] = entry["edits"]
    for name in ("made", "above", "gap"):
        del edit[name]
    entry["new_files"] = [{"path": edit["path"], "folders": ["/home/jane/.aws"]}]
    journal.path_in(tmp_path).write_text(json.dumps(written))
    _, [expected] = history(LONG_LIVED, keys_of(1))
    made = replace(expected.edits[0], made=(Path("/home/jane/.aws"),))
    assert journal.load(tmp_path) == (replace(expected, edits=(made,)),)


@pytest.mark.parametrize(
    "new_files", [None, [1], [{"path": "/x"}], [{"path": [], "folders": []}], "x"]
)
def test_a_damaged_list_of_new_files_sets_the_journal_aside(
    new_files: object, tmp_path: Path
) -> None:
    written = document()
    written["entries"][0]["new_files"] = new_files
    journal.path_in(tmp_path).write_text(json.dumps(written))
    assert journal.load(tmp_path) == ()
    [aside] = tmp_path.iterdir()
    assert json.loads(aside.read_text()) == written


def everything_kept(entries: tuple[Entry, ...]) -> str:
    return "".join(edit.before or "" for each in entries for edit in each.edits)


MIDDLE = "# top\n[a]\nx = 1\n\n# of dev\n[dev]\nk = 1\n\n[z]\ny = 2\n"


def removed_from(before: str, **options: str) -> tuple[str, SectionEdit]:
    """A text without section dev, and the change that removed it."""
    text = ini_edit.changed(before, "dev", {"k": None})
    after = ini_edit.without_section(text, "dev", **options)
    edit = journal.edit_of(PATH, before, after, "dev", secrets=SECRETS, now=NOW)
    assert edit is not None
    return after, edit


@pytest.mark.parametrize(
    "before",
    [
        MIDDLE,
        MIDDLE.replace("\n", "\r\n"),
        "[dev]\nk = 1\n[z]\n",
        "[a]\nx = 1\n\n[dev]\nk = 1\n",
        "[a]\nx = 1\n\n\n[dev]\nk = 1\n\n\n[z]\n",
        "[a]\n[dev]\nk = 1",
    ],
)
def test_wherever_a_removed_section_stood_it_comes_back_there(before: str) -> None:
    after, edit = removed_from(before)
    assert journal.reverted(after, edit)[0].rstrip("\n") == before.rstrip("\n")


def test_a_removed_section_comes_back_behind_what_somebody_added_above_since() -> None:
    after, edit = removed_from(MIDDLE)
    changed = after.replace("x = 1\n", "x = 1\nnew = 3\n")
    assert journal.reverted(changed, edit)[0] == MIDDLE.replace("x = 1\n", "x = 1\nnew = 3\n")


def test_where_the_section_above_is_gone_it_comes_back_at_the_end() -> None:
    after, edit = removed_from("[a]\nx = 1\n[dev]\nk = 1\n[z]\ny = 2\n")
    gone = after.replace("[a]\nx = 1\n", "")
    assert journal.reverted(gone, edit)[0] == "[z]\ny = 2\n\n[dev]\nk = 1\n"
