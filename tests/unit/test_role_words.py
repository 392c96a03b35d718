"""The roles that shells complete: the newest first, each once, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

from aws_saml_ext.assertion import Role
from aws_saml_ext.cli import role_words

PROVIDER = "arn:aws:iam::123456789012:saml-provider/Corp"


def role(name: str) -> Role:
    return Role(f"arn:aws:iam::123456789012:role/{name}", PROVIDER)


def names(folder: Path) -> list[str]:
    lines = (folder / "completions").read_text().splitlines()
    return [line.rpartition("/")[2] for line in lines]


def test_the_roles_of_the_last_sign_in_come_first(tmp_path: Path) -> None:
    role_words.remember(tmp_path, [role("a"), role("b")])
    role_words.remember(tmp_path, [role("c"), role("a")])
    assert names(tmp_path) == ["c", "a", "b"]


def test_a_role_with_a_control_character_is_left_out(tmp_path: Path) -> None:
    role_words.remember(tmp_path, [role("a\x1b[31m"), role("b")])
    assert names(tmp_path) == ["b"]


def test_the_list_does_not_grow_without_end(tmp_path: Path) -> None:
    role_words.remember(tmp_path, [role(str(number)) for number in range(3000)])
    assert len(names(tmp_path)) == 2000


def test_without_roles_there_is_no_file(tmp_path: Path) -> None:
    role_words.remember(tmp_path, [])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    role_words.remember(tmp_path / "file", [role("a")])
