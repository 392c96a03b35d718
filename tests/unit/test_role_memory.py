"""The memory of roles: what STS said is kept, and no content of the file harms a sign-in."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aws_saml_ext.role_memory import (
    MAX_ROLES,
    UNKNOWN,
    KnownAccount,
    KnownRole,
    Lesson,
    RoleMemory,
    idp_name,
    sts_name,
)
from tests.stored import NOW

DEV = "arn:aws:iam::111111111111:role/Dev"
ADMIN = "arn:aws:iam::222222222222:role/Admin"
HOUR = 3600
IDP = "https://idp.example.com/aws"
LESSON = Lesson(DEV, "", NOW, granted=HOUR, refused=HOUR + 1, idp=idp_name(IDP))
LATER = NOW + timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".aws" / "saml"


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / "roles.json"


def learnt(folder: Path, *lessons: Lesson) -> RoleMemory:
    """Let one command learn, and return the memory of the next one."""
    RoleMemory(folder).learn(lessons)
    return RoleMemory(folder)


# ---- lessons ----


def test_a_lesson_is_known_to_the_next_command(folder: Path) -> None:
    assert learnt(folder, LESSON).role(DEV, "") == KnownRole(
        granted=HOUR, refused=HOUR + 1, asked_at=NOW, used_at=NOW, uses=1, idp=idp_name(IDP)
    )


def test_the_longest_grant_and_the_shortest_refusal_stay() -> None:
    known = UNKNOWN.after(replace(LESSON, granted=2 * HOUR, refused=3 * HOUR))
    known = known.after(replace(LESSON, granted=HOUR, refused=4 * HOUR))
    assert (known.granted, known.refused) == (2 * HOUR, 3 * HOUR)


def test_a_grant_beyond_a_refusal_outdates_it() -> None:
    known = UNKNOWN.after(LESSON).after(replace(LESSON, granted=4 * HOUR, refused=None))
    assert (known.granted, known.refused) == (4 * HOUR, None)


def test_a_refusal_below_a_grant_outdates_it() -> None:
    known = UNKNOWN.after(replace(LESSON, granted=4 * HOUR, refused=None))
    known = known.after(replace(LESSON, granted=2 * HOUR, refused=3 * HOUR))
    assert (known.granted, known.refused) == (2 * HOUR, 3 * HOUR)


def test_each_use_is_counted_with_its_time(folder: Path) -> None:
    known = learnt(folder, LESSON, replace(LESSON, at=LATER)).role(DEV, "")
    assert (known.uses, known.used_at) == (2, LATER)


def test_a_question_alone_is_no_use(folder: Path) -> None:
    known = learnt(folder, replace(LESSON, is_use=False)).role(DEV, "")
    assert (known.uses, known.used_at) == (0, None)


def test_a_grant_alone_leaves_the_time_of_the_refusal() -> None:
    known = UNKNOWN.after(LESSON).after(replace(LESSON, refused=None, at=LATER))
    assert known.asked_at == NOW


def test_a_test_stack_teaches_nothing_about_aws(folder: Path) -> None:
    memory = learnt(folder, replace(LESSON, sts=sts_name("http://127.0.0.1:4566")))
    assert memory.role(DEV, sts_name("https://sts.eu-west-1.amazonaws.com")) == UNKNOWN


def test_all_regions_of_aws_are_one_sts() -> None:
    endpoints = ("https://sts.amazonaws.com", "https://sts.cn-north-1.amazonaws.com.cn")
    assert {*map(sts_name, endpoints)} == {""}


def test_the_last_use_of_a_role_counts_whatever_the_sts(folder: Path) -> None:
    memory = learnt(folder, LESSON, replace(LESSON, sts="127.0.0.1:4566", at=LATER))
    assert memory.used() == {DEV: LATER}


def test_at_most_2000_roles_stay_and_the_longest_unused_go(folder: Path) -> None:
    lessons = [
        Lesson(f"{DEV}{number}", "", NOW + timedelta(seconds=number))
        for number in range(MAX_ROLES + 3)
    ]
    used = learnt(folder, *lessons).used()
    assert len(used) == MAX_ROLES
    assert f"{DEV}2" not in used


# ---- names of accounts ----


def test_names_of_accounts_are_kept(folder: Path) -> None:
    known = {
        "111111111111": KnownAccount("dev", NOW),
        "222222222222": KnownAccount(None, NOW, True),
    }
    RoleMemory(folder).name_accounts(known)
    assert RoleMemory(folder).accounts() == known


def test_roles_and_names_do_not_replace_each_other(folder: Path) -> None:
    RoleMemory(folder).name_accounts({"111111111111": KnownAccount("dev", NOW)})
    memory = learnt(folder, LESSON)
    assert (len(memory.accounts()), len(memory.used())) == (1, 1)


# ---- forgetting ----


def test_the_roles_of_one_identity_provider_are_forgotten(folder: Path) -> None:
    learnt(folder, LESSON, replace(LESSON, arn=ADMIN, idp=idp_name("https://other.example.com")))
    RoleMemory(folder).forget(IDP)
    assert set(RoleMemory(folder).used()) == {ADMIN}


def test_accounts_without_a_role_left_are_forgotten(folder: Path) -> None:
    learnt(folder, LESSON, replace(LESSON, arn=ADMIN, idp=""))
    names = {"111111111111": KnownAccount("dev", NOW), "222222222222": KnownAccount("prod", NOW)}
    RoleMemory(folder).name_accounts(names)
    RoleMemory(folder).forget(IDP)
    assert set(RoleMemory(folder).accounts()) == {"222222222222"}


def test_everything_is_forgotten(folder: Path) -> None:
    learnt(folder, LESSON).forget_all()
    assert RoleMemory(folder).used() == {}


# ---- the file ----


def test_the_file_is_private(folder: Path, file: Path) -> None:
    learnt(folder, LESSON)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_address_of_the_identity_provider_is_not_in_the_file(folder: Path, file: Path) -> None:
    learnt(folder, LESSON)
    assert "idp.example.com" not in file.read_text()


def test_the_file_has_the_format_of_the_manual(folder: Path, file: Path) -> None:
    learnt(folder, LESSON)
    assert json.loads(file.read_text()) == {
        "version": 1,
        "roles": {
            DEV: {
                "granted": HOUR,
                "refused": HOUR + 1,
                "asked_at": "2026-11-23T12:00:00+00:00",
                "used_at": "2026-11-23T12:00:00+00:00",
                "uses": 1,
                "idp": idp_name(IDP),
            }
        },
        "accounts": {},
    }


BAD = [
    b"{",
    b"",
    b"null",
    b"[]",
    b'{"version": 99, "roles": {}, "accounts": {}}',
    b'{"version": 1}',
    b'{"version": 1, "roles": [], "accounts": {}}',
    b"\xff\xfe",
    b"[" * 100_000,
    b" " * 5_000_000,
]


@pytest.mark.parametrize("content", BAD, ids=range(len(BAD)))
def test_content_that_cannot_be_used_is_set_aside(folder: Path, file: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    file.write_bytes(content)
    assert RoleMemory(folder).used() == {}
    assert set(learnt(folder, LESSON).used()) == {DEV}
    assert file.with_name("roles.json.old").read_bytes() == content


def test_a_folder_in_its_place_is_set_aside(folder: Path, file: Path) -> None:
    for _ in range(2):
        file.unlink(missing_ok=True)
        (file / "content").mkdir(parents=True)
        assert set(learnt(folder, LESSON).used()) == {DEV}


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
def test_a_pipe_in_its_place_does_not_hang(folder: Path, file: Path) -> None:
    folder.mkdir(parents=True)
    os.mkfifo(file)
    assert set(learnt(folder, LESSON).used()) == {DEV}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_its_place_leaves_its_target_alone(folder: Path, file: Path) -> None:
    folder.mkdir(parents=True)
    target = folder / "target"
    target.write_text("mine")
    file.symlink_to(target)
    learnt(folder, LESSON)
    assert target.read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away")
def test_a_file_of_somebody_else_is_not_believed(folder: Path, file: Path) -> None:
    learnt(folder, LESSON)
    os.chown(file, 65534, 65534)
    assert RoleMemory(folder).used() == {}


def test_a_read_only_file_is_replaced(folder: Path, file: Path) -> None:
    learnt(folder, LESSON)
    file.chmod(0o444)
    assert set(learnt(folder, replace(LESSON, arn=ADMIN)).used()) == {DEV, ADMIN}


@pytest.mark.parametrize(
    "entry",
    [
        {"granted": "long"},
        {"granted": True},
        {"granted": -1},
        {"refused": 10**9},
        {"used_at": "yesterday"},
        {"used_at": "2026-11-23T12:00:00"},
        {"used_at": 5},
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_used_is_left_out(
    folder: Path, file: Path, entry: dict[str, object]
) -> None:
    learnt(folder, LESSON, replace(LESSON, arn=ADMIN))
    content = json.loads(file.read_text())
    content["roles"][DEV] |= entry
    file.write_text(json.dumps(content))
    assert set(RoleMemory(folder).used()) == {ADMIN}


def test_a_grant_that_is_longer_than_the_refusal_says_nothing(folder: Path, file: Path) -> None:
    learnt(folder, LESSON)
    file.write_text(file.read_text().replace(str(HOUR + 1), "900"))
    known = RoleMemory(folder).role(DEV, "")
    assert (known.granted, known.refused, known.uses) == (None, None, 1)


def test_a_folder_that_cannot_be_made_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "saml").write_text("a file in place of the folder")
    assert learnt(tmp_path / "saml", LESSON).used() == {}


WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from aws_saml_ext.role_memory import Lesson, RoleMemory
for number in range(8):
    arn = f"arn:aws:iam::111111111111:role/{sys.argv[2]}-{number}"
    RoleMemory(Path(sys.argv[1])).learn([Lesson(arn, "", datetime.now(timezone.utc))])
"""


def test_writers_at_the_same_time_lose_nothing(folder: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(number)])
        for number in range(8)
    ]
    assert [writer.wait() for writer in writers] == [0] * 8
    assert len(RoleMemory(folder).used()) == 64
