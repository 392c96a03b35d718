"""Changes of real files: the bytes that stay, the refusals, the reverts."""

from __future__ import annotations

import base64
import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic, ini, locks, revert, transaction
from aws_saml_ext.files.journal import Outcome
from aws_saml_ext.files.revert import Revert
from aws_saml_ext.files.transaction import Change

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")
as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root may do this"
)

MOMENT = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
BEFORE = "# mine\n[default]\nregion=x\n"
KEYS: dict[str, str | None] = {
    "aws_access_key_id": "ASIA1",
    "aws_secret_access_key": "secret1",
    "aws_session_token": "token1",
    "x_security_token_expires": "2099-01-01T00:00:00+00:00",
}


@pytest.fixture
def path(aws_home: Path) -> Path:
    path = aws_home / "credentials"
    path.write_text(BEFORE)
    path.chmod(0o600)
    return path


@pytest.fixture
def folder(aws_home: Path) -> Path:
    return aws_home / "saml"


def write(
    path: Path,
    folder: Path,
    values: Mapping[str, str | None] = KEYS,
    *,
    command: str = "sign-in",
) -> None:
    transaction.apply(
        [Change(path, "dev", values)], command=command, folder=folder, secrets=SECRETS
    )


def undo(folder: Path, **options: Any) -> Revert | None:
    return revert.revert_last(folder=folder, secrets=SECRETS, **options)


def outcomes(done: Revert | None) -> list[tuple[str, Outcome]]:
    return [(step.section, step.outcome) for step in done.steps] if done else []


def left_in(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.iterdir())


def test_botocore_signs_with_what_was_written(path: Path, folder: Path) -> None:
    write(path, folder)
    credentials = Session(profile="dev").get_credentials()
    assert credentials is not None
    assert credentials.get_frozen_credentials() == ("ASIA1", "secret1", "token1", None)


def test_nothing_is_left_beside_the_file(path: Path, folder: Path) -> None:
    write(path, folder)
    assert left_in(path.parent) == ["credentials", "saml"]
    assert left_in(folder) == ["locks", "undo.json"]


@posix
def test_a_new_file_is_private_in_a_private_folder(aws_home: Path, folder: Path) -> None:
    aws_home.rmdir()
    write(aws_home / "credentials", folder)
    assert stat.S_IMODE(aws_home.stat().st_mode) == 0o700
    assert stat.S_IMODE((aws_home / "credentials").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "undo.json").stat().st_mode) == 0o600


@posix
def test_a_mode_that_lets_others_read_stays_and_is_warned_about(
    path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.chmod(0o640)
    write(path, folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert f"chmod 600 {path}" in caplog.text
    assert "secret1" not in caplog.text


@posix
def test_no_warning_where_no_secret_is_written(
    path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.chmod(0o644)
    write(path, folder, {"region": "eu-west-1"})
    assert caplog.text == ""


@as_root
def test_the_owner_stays(path: Path, folder: Path) -> None:
    os.chown(path, 12345, 23456)
    write(path, folder)
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (12345, 23456)


def test_a_symlink_stays_one_and_its_target_changes(path: Path, folder: Path) -> None:
    target = path.parent.parent / "dotfiles" / "credentials"
    target.parent.mkdir()
    path.rename(target)
    path.symlink_to(target)
    write(path, folder)
    assert path.is_symlink()
    assert target.read_text().startswith(f"{BEFORE}\n[dev]\n")
    assert left_in(target.parent) == ["credentials"]


def test_a_symlink_to_nowhere_gets_its_target(path: Path, folder: Path) -> None:
    target = path.parent.parent / "dotfiles" / "credentials"
    path.unlink()
    path.symlink_to(target)
    write(path, folder)
    assert path.is_symlink()
    assert target.read_text().startswith("[dev]\n")
    assert undo(folder)
    assert path.is_symlink()
    assert not target.parent.exists()


def test_no_change_writes_nothing(path: Path, folder: Path) -> None:
    write(path, folder)
    before = (path.stat(), (folder / "undo.json").stat())
    assert (
        transaction.apply(
            [Change(path, "dev", KEYS)], command="again", folder=folder, secrets=SECRETS
        )
        == ()
    )
    assert (path.stat(), (folder / "undo.json").stat()) == before


def test_two_files_change_together_or_not_at_all(path: Path, folder: Path) -> None:
    config = path.parent / "config"
    config.write_text("[a]\n[a]\n")
    both = [Change(path, "dev", KEYS), Change(config, "profile dev", {"region": "x"})]
    with pytest.raises(StoreError, match="lines 1 and 2"):
        transaction.apply(both, command="sign-in", folder=folder, secrets=SECRETS)
    assert (path.read_text(), config.read_text()) == (BEFORE, "[a]\n[a]\n")
    config.write_text("")
    transaction.apply(both, command="sign-in", folder=folder, secrets=SECRETS)
    done = undo(folder)
    assert outcomes(done) == [("profile dev", Outcome.REMOVED), ("dev", Outcome.REMOVED)]
    assert (path.read_text(), config.read_text()) == (BEFORE, "")


@as_root
def test_when_the_second_file_cannot_be_written_the_first_is_put_back(
    path: Path, folder: Path, full_disk: Path
) -> None:
    config = full_disk / "config"
    both = [Change(path, "dev", KEYS), Change(config, "profile dev", {"region": "x" * 50_000})]
    with pytest.raises(StoreError, match="no space left"):
        transaction.apply(both, command="sign-in", folder=folder, secrets=SECRETS)
    assert path.read_text() == BEFORE
    assert undo(folder) is None


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, with a few pages of room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this container mounts nothing")
    yield disk
    subprocess.run(["umount", disk], check=True)


@as_root
def test_a_full_disk_leaves_the_file_as_it_was(folder: Path, full_disk: Path) -> None:
    path = full_disk / "credentials"
    path.write_text(BEFORE)
    with pytest.raises(StoreError, match="no space left") as caught:
        write(path, folder, {"k": "x" * 50_000})
    assert "Free some space" in str(caught.value.hint)
    assert path.read_text() == BEFORE
    assert left_in(full_disk) == ["credentials"]


def test_a_folder_in_the_place_of_the_file_is_refused(aws_home: Path, folder: Path) -> None:
    path = aws_home / "credentials"
    path.mkdir()
    with pytest.raises(StoreError, match="is not a regular file"):
        write(path, folder)


@posix
def test_a_device_is_never_replaced(folder: Path) -> None:
    with pytest.raises(StoreError, match="/dev/null is not a regular file"):
        write(Path("/dev/null"), folder)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_file_where_a_folder_should_be_is_refused(path: Path, folder: Path) -> None:
    with pytest.raises(StoreError, match="not a directory"):
        write(path / "credentials", folder)
    assert path.read_text() == BEFORE


def test_what_a_killed_process_left_goes_at_the_next_write(path: Path, folder: Path) -> None:
    (path.parent / ".credentials.0a1b2c3d.aws-saml-new").write_text("half")
    (path.parent / ".credentials.swp").write_text("an editor's")
    write(path, folder)
    assert left_in(path.parent) == [".credentials.swp", "credentials", "saml"]


def test_a_lock_that_is_held_too_long_ends_with_who_and_what_to_do(
    path: Path, folder: Path
) -> None:
    with locks.held([path], folder=folder):
        told: list[StoreError] = []

        def change() -> None:
            try:
                transaction.apply(
                    [Change(path, "dev", KEYS)], command="sign-in", folder=folder, secrets=SECRETS,
                    wait=timedelta(seconds=0.2),
                )  # fmt: skip
            except StoreError as error:
                told.append(error)

        other = threading.Thread(target=change)
        other.start()
        other.join()
    [error] = told
    assert str(path) in str(error)
    assert "fuser" in str(error.hint)
    assert path.read_text() == BEFORE


def test_the_check_sees_the_section_as_it_is_under_the_lock(path: Path, folder: Path) -> None:
    seen: list[dict[str, str]] = []
    change = Change(path, "default", {"region": "y"}, check=lambda found: seen.append(dict(found)))
    transaction.apply([change], command="sign-in", folder=folder, secrets=SECRETS)
    assert seen == [{"region": "x"}]


def test_the_preview_is_a_diff_without_secrets_that_writes_nothing(
    path: Path, folder: Path
) -> None:
    write(path, folder)
    text = path.read_text()
    new = KEYS | {"aws_secret_access_key": "secret2", "aws_session_token": "token2", "region": "y"}
    assert transaction.preview([Change(path, "dev", new)], secrets=SECRETS) == (
        f"--- {path}\n+++ {path}\n@@ -7,2 +7,2 @@\n"
        "-aws_secret_access_key = ********\n-aws_session_token = ********\n"
        "+aws_secret_access_key = ********\n+aws_session_token = ********\n"
        "@@ -9,0 +10 @@\n+region = y\n"
    )
    assert path.read_text() == text


def test_the_preview_masks_secrets_however_they_are_written(path: Path) -> None:
    path.write_text("[dev]\nAWS_SESSION_TOKEN:hidden\n   and more\nregion=x\n")
    shown = transaction.preview([Change(path, "dev", {"aws_session_token": None})], secrets=SECRETS)
    assert shown.endswith("-AWS_SESSION_TOKEN:********\n-********\n")


def test_the_preview_of_a_new_file(aws_home: Path) -> None:
    path = aws_home / "new"
    assert transaction.preview([Change(path, "dev", {"region": "x"})], secrets=SECRETS) == (
        f"--- /dev/null\n+++ {path}\n@@ -0,0 +1,2 @@\n+[dev]\n+region = x\n"
    )
    assert not path.exists()


def test_undo_goes_back_one_command_after_the_other(path: Path, folder: Path) -> None:
    texts = [path.read_text()]
    for number in range(12):
        write(path, folder, {"region": str(number)})
        texts.append(path.read_text())
    for text in reversed(texts[2:-1]):
        assert undo(folder) is not None
        assert path.read_text() == text
    assert undo(folder) is None


def test_undo_removes_a_file_that_we_made_and_its_folder(aws_home: Path, folder: Path) -> None:
    path = aws_home / "cli" / "alias"
    write(path, folder)
    assert undo(folder)
    assert left_in(aws_home) == ["saml"]


def test_undo_leaves_a_file_that_somebody_uses(aws_home: Path, folder: Path) -> None:
    path = aws_home / "cli" / "alias"
    write(path, folder)
    path.write_text(path.read_text() + "[b]\nk = v\n")
    undo(folder)
    assert path.read_text() == "[b]\nk = v\n"


def test_undo_of_one_command_leaves_a_section_that_a_later_one_changed(
    path: Path, folder: Path
) -> None:
    write(path, folder, {"region": "x"}, command="install")
    write(path, folder, {"output": "json"})
    assert outcomes(undo(folder, command="install")) == [("dev", Outcome.LEFT)]
    assert path.read_text() == f"{BEFORE}\n[dev]\nregion = x\noutput = json\n"
    assert undo(folder, command="install") is None


def test_undo_spares_a_file_and_its_part_of_the_journal(path: Path, folder: Path) -> None:
    alias = path.parent / "alias"
    both = [Change(alias, "toplevel", {"a": "b"}), Change(path, "dev", {"k": "v"})]
    transaction.apply(both, command="install", folder=folder, secrets=SECRETS, lasting=True)
    assert outcomes(undo(folder, spare=[alias])) == [("dev", Outcome.REMOVED)]
    assert undo(folder, spare=[alias]) is None
    assert path.read_text() == BEFORE
    assert alias.read_text() == "[toplevel]\na = b\n"
    assert undo(folder, command="install")
    assert not alias.exists()


def test_long_lived_secrets_of_a_section_that_is_left_stay_in_the_journal(
    path: Path, folder: Path
) -> None:
    write(path, folder, {"output": "json"})
    path.write_text("[old]\naws_access_key_id = AKIA\naws_secret_access_key = long\n")
    before = path.read_text()
    transaction.apply([Change(path, "old", KEYS)], command="x", folder=folder, secrets=SECRETS)
    written = path.read_text()
    path.write_text(written + "region = y\n")
    assert outcomes(undo(folder)) == [("old", Outcome.LEFT)]
    path.write_text(written)
    undo(folder)
    undo(folder)
    assert path.read_text() == before


def test_a_dry_run_announces_and_changes_nothing(path: Path, folder: Path) -> None:
    write(path, folder)
    before = (path.read_text(), (folder / "undo.json").read_text())
    announced: list[Revert] = []
    done = undo(folder, dry_run=True, announce=announced.append)
    assert announced == [done]
    assert (path.read_text(), (folder / "undo.json").read_text()) == before


def test_an_error_of_the_announcement_prevents_the_revert(path: Path, folder: Path) -> None:
    write(path, folder)
    before = path.read_text()

    def refuse(_: Revert) -> None:
        raise StoreError("No.")

    with pytest.raises(StoreError, match="No"):
        undo(folder, announce=refuse)
    assert path.read_text() == before


def test_a_private_file_changes_and_comes_back_with_its_section(path: Path, folder: Path) -> None:
    note = folder / "stored" / "note"
    for text in ("one", "two"):
        change = Change(path, "dev", {"k": text}, private={note: text})
        transaction.apply([change], command="x", folder=folder, secrets=SECRETS)
    assert note.read_text() == "two"
    undo(folder)
    assert note.read_text() == "one"
    undo(folder)
    assert not note.exists()


def test_a_private_file_stays_where_its_section_is_left(path: Path, folder: Path) -> None:
    note = folder / "stored" / "note"
    change = Change(path, "dev", {"k": "v"}, private={note: "text"})
    transaction.apply([change], command="x", folder=folder, secrets=SECRETS)
    path.write_text(path.read_text().replace("k = v", "k = w"))
    undo(folder)
    assert note.read_text() == "text"


def test_where_a_private_file_cannot_be_written_nothing_changes(path: Path, folder: Path) -> None:
    note = path / "not in a folder"
    change = Change(path, "dev", {"k": "v"}, private={note: "text"})
    with pytest.raises(StoreError):
        transaction.apply([change], command="x", folder=folder, secrets=SECRETS)
    assert path.read_text() == BEFORE
    assert undo(folder) is None


def test_undo_passes_over_an_entry_whose_change_never_came(path: Path, folder: Path) -> None:
    write(path, folder, {"region": "x"})
    first = path.read_text()
    write(path, folder, {"region": "y"})
    path.write_text(first)
    assert undo(folder)
    assert path.read_text() == BEFORE


def test_undo_leaves_a_file_that_somebody_removed(path: Path, folder: Path) -> None:
    write(path, folder, {"region": "x"})
    write(path, folder, {"region": "y", "output": "json"})
    path.unlink()
    assert outcomes(undo(folder)) == [("dev", Outcome.LEFT)]
    assert not path.exists()


def test_undo_refuses_a_file_that_botocore_cannot_read(path: Path, folder: Path) -> None:
    write(path, folder)
    path.write_text(path.read_text() + "[dev]\n")
    broken = path.read_text()
    with pytest.raises(StoreError, match="the same section twice"):
        undo(folder)
    assert path.read_text() == broken
    path.write_text(broken.removesuffix("[dev]\n"))
    assert undo(folder)
    assert path.read_text() == BEFORE


def test_a_revert_names_the_command_and_its_time(path: Path, folder: Path) -> None:
    assert undo(folder, dry_run=True) is None
    write(path, folder, {"region": "x"})
    config = [Change(path.parent / "config", "profile 'my dev'", {"region": "y"})]
    transaction.apply(
        config, command="configure", folder=folder, secrets=SECRETS, now=lambda: MOMENT
    )
    last = undo(folder)
    assert last is not None
    assert (last.command, last.at) == ("configure", MOMENT)
    assert [step.section for step in last.steps] == ["profile 'my dev'", ""]


@pytest.mark.parametrize(("section", "value"), [("dev", "a\udcffb"), ("d\udcffv", "x")])
def test_bytes_that_are_no_text_are_refused_in_a_sentence(
    path: Path, folder: Path, section: str, value: str
) -> None:
    with pytest.raises(StoreError, match="cannot be"):
        transaction.apply(
            [Change(path, section, {"region": value})], command="x", folder=folder, secrets=SECRETS
        )
    assert path.read_text() == BEFORE


def test_expired_keys_are_out_of_the_journal_at_its_next_use(path: Path, folder: Path) -> None:
    write(path, folder)
    write(path, folder, KEYS | {"aws_session_token": "token2"})
    assert "token1" in (folder / "undo.json").read_text()
    transaction.apply(
        [Change(path, "other", {"k": "v"})], command="sign-in", folder=folder, secrets=SECRETS,
        now=lambda: datetime(2099, 1, 2, tzinfo=timezone.utc),
    )  # fmt: skip
    assert "token1" not in (folder / "undo.json").read_text()


IN_PLACE = """
import os, sys
from pathlib import Path
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import Change

def change(path, folder):
    changes = [Change(path, "dev", {"k": "v"})]
    transaction.apply(changes, command="x", folder=folder, secrets=SECRETS)

path, folder = map(Path, sys.argv[1:3])
inode = path.stat().st_ino if path.exists() else None
if sys.argv[3:]:
    change(Path(sys.argv[3]), folder)  # imports what may not be read later
    for found in [folder, *folder.rglob("*")]:
        os.chown(found, 65534, 65534)
    os.setgid(65534)
    os.setuid(65534)
change(path, folder)
assert path.stat().st_ino == inode
"""


@as_root
def test_a_file_mounted_on_its_own_is_written_in_place(path: Path, folder: Path) -> None:
    mounted = path.parent.parent / "mounted"
    shutil.copy(path, mounted)
    script = 'mount --bind "$1" "$2" && exec "$3" -c "$4" "$2" "$5"'
    if subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("this container makes no mount namespace")
    subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            script,
            "sh",
            mounted,
            path,
            sys.executable,
            IN_PLACE,
            folder,
        ],
        check=True,
    )
    assert mounted.read_text() == f"{BEFORE}\n[dev]\nk = v\n"
    assert path.read_text() == BEFORE
    assert left_in(path.parent) == ["credentials", "saml"]
    assert list((folder / "copies").iterdir()) == []


def changed_by_nobody(path: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    for above in (tmp_path, *tmp_path.parents):
        if not above.stat().st_mode & 0o001:
            above.chmod(0o755)
    mine = tmp_path / "mine"
    mine.mkdir()
    return subprocess.run(
        [sys.executable, "-c", IN_PLACE, path, mine / "saml", mine / "imported"],
        capture_output=True,
        text=True,
        check=False,
    )


@as_root
def test_a_file_in_a_folder_of_somebody_else_is_written_in_place(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(BEFORE)
    os.chown(path, 65534, 65534)
    changed = changed_by_nobody(path, tmp_path)
    assert changed.returncode == 0, changed.stderr
    assert path.read_text() == f"{BEFORE}\n[dev]\nk = v\n"


@as_root
def test_a_folder_that_takes_no_file_is_refused(tmp_path: Path) -> None:
    changed = changed_by_nobody(tmp_path / "credentials", tmp_path)
    assert f"StoreError: {tmp_path}/credentials could not be written: permission denied." in (
        changed.stderr
    )


@as_root
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(BEFORE)
    path.chmod(0o644)
    assert "could not be written: permission denied." in changed_by_nobody(path, tmp_path).stderr
    assert path.read_text() == BEFORE


@pytest.mark.parametrize(
    ("torn", "mended"),
    [
        pytest.param("NEW old", "OLD old", id="torn"),
        pytest.param("NEW new", "NEW new", id="done"),
        pytest.param("OLD old", "OLD old", id="not begun"),
        pytest.param("mended by hand", "mended by hand", id="mended"),
    ],
)
def test_a_file_whose_writer_was_killed_in_place_is_put_back(
    torn: str, mended: str, tmp_path: Path
) -> None:
    path, copies = tmp_path / "credentials", tmp_path / "copies"
    path.write_text(torn)
    copies.mkdir()
    versions = {"old": b"OLD old", "new": b"NEW new"}
    (copies / f"{atomic.name_of(str(path))}.json").write_text(
        json.dumps({name: base64.b64encode(text).decode() for name, text in versions.items()})
    )
    atomic.recover(path, copies=copies)
    assert path.read_text() == mended
    assert list(copies.iterdir()) == []


OLD = b"[dev]\nregion = eu-west-1\noutput = json\n"


def kept_copy(path: Path, folder: Path, content: bytes) -> Path:
    """The copy that a writer of `path` kept who was killed, with this content."""
    copy = folder / "copies" / f"{atomic.name_of(str(atomic.real(path)))}.json"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(content)
    return copy


def test_a_torn_file_that_nobody_can_parse_is_put_back_before_it_is_read(
    path: Path, folder: Path
) -> None:
    new = b"[new]\nkkk = vv\n" + OLD
    versions = {"old": base64.b64encode(OLD).decode(), "new": base64.b64encode(new).decode()}
    kept_copy(path, folder, json.dumps(versions).encode())
    path.write_bytes(new[:15] + OLD[15:])
    with pytest.raises(StoreError, match="is not made of"):
        ini.sections(path)
    transaction.recover([path, path.parent / "config"], folder=folder)
    assert path.read_bytes() == OLD
    assert list((folder / "copies").iterdir()) == []


@pytest.mark.parametrize(("name", "profile"), [("credentials", "dev"), ("config", "default")])
def test_the_command_puts_a_torn_file_back_before_it_reads_it(
    name: str, profile: str, aws_home: Path
) -> None:
    path, folder = aws_home / name, aws_home / "saml"
    new = b"[new]\nkkk = vv\n" + OLD
    versions = {"old": base64.b64encode(OLD).decode(), "new": base64.b64encode(new).decode()}
    kept_copy(path, folder, json.dumps(versions).encode())
    path.write_bytes(new[:15] + OLD[15:])
    command = [sys.executable, "-m", "aws_saml_ext", "status", "--profile", profile]
    status = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(status.stdout)["Profiles"][0]["Valid"] is False
    assert path.read_bytes() == OLD


def test_a_file_that_is_being_written_in_place_is_waited_for(path: Path, folder: Path) -> None:
    kept_copy(path, folder, b"{}")
    with locks.held([atomic.real(path)], folder=folder), pytest.raises(StoreError):
        in_another_thread(
            lambda: transaction.recover([path], folder=folder, wait=timedelta(seconds=0.2))
        )


def test_without_a_copy_nothing_is_locked_or_made(path: Path, folder: Path) -> None:
    transaction.recover([path], folder=folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"old": 1, "new": 2}', '{"old": "x", "new": "e"}']
)
def test_a_copy_that_cannot_be_read_is_moved_aside_with_a_warning(
    path: Path, folder: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    copy = kept_copy(path, folder, content.encode())
    transaction.recover([path], folder=folder)
    assert path.read_text() == BEFORE
    [aside] = copy.parent.iterdir()
    assert aside.suffix == ".broken"
    assert aside.read_text() == content
    assert str(aside) in caplog.text


def in_another_thread(act: Callable[[], None]) -> None:
    """A lock of this thread is none to itself."""
    with ThreadPoolExecutor() as threads:
        threads.submit(act).result()


def test_an_operating_systems_error_is_told_in_a_sentence(tmp_path: Path) -> None:
    error = atomic.failed(tmp_path, "written", OSError(errno.EROFS, "x"))
    assert str(error) == f"{tmp_path} could not be written: read-only file system."


SIGN_IN = """
import sys
from pathlib import Path
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import Change
path, folder, number = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
changes = [Change(path, f"p{number}", {"k": number})]
transaction.apply(changes, command=number, folder=folder, secrets=SECRETS)
"""


def test_32_processes_at_once_lose_nothing(path: Path, folder: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", SIGN_IN, path, folder, str(number)])
        for number in range(32)
    ]
    assert [process.wait() for process in running] == [0] * 32
    found = ini.sections(path)
    assert found == {"default": {"region": "x"}} | {f"p{n}": {"k": str(n)} for n in range(32)}
    assert path.read_text().startswith(BEFORE)
