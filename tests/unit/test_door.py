"""The door: how the person called this program, as far as it can be known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aws_saml_ext.cli import door
from aws_saml_ext.config.aws_process import MARK


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "aws-saml-login"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_below_our_alias_it_is_the_alias(script: Path) -> None:
    assert door.called_by(str(script), {MARK: "7"}) == ["aws", "saml-login"]


def test_a_script_on_the_path_is_called_by_its_name(script: Path) -> None:
    environ = {"PATH": os.pathsep.join(["/nonexistent", str(script.parent)])}
    assert door.called_by(str(script), environ) == ["aws-saml-login"]


def test_a_link_on_the_path_leads_to_the_script(script: Path, tmp_path: Path) -> None:
    link = tmp_path / "local" / "aws-saml-login"
    link.parent.mkdir()
    link.symlink_to(script)
    assert door.called_by(str(script), {"PATH": str(link.parent)}) == ["aws-saml-login"]


def test_a_script_that_is_not_on_the_path_is_called_by_its_path(script: Path) -> None:
    assert door.called_by(str(script), {"PATH": "/nonexistent"}) == [str(script)]


def test_behind_another_script_of_that_name_it_is_called_by_its_path(
    script: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "aws-saml-login"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    environ = {"PATH": os.pathsep.join([str(other.parent), str(script.parent)])}
    assert door.called_by(str(script), environ) == [str(script)]


def test_a_module_is_called_by_its_python() -> None:
    found = door.called_by("/x/aws_saml_ext/__main__.py", {}, executable="/x/python")
    assert found == ["/x/python", "-m", "aws_saml_ext"]


def test_a_program_that_imports_this_one_shows_the_alias() -> None:
    assert door.called_by("/usr/bin/my-program", {}) == ["aws", "saml-login"]
