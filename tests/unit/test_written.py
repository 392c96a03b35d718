"""The lines about the keys that a command writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_saml_ext.cli import written
from aws_saml_ext.files.transaction import Change

PROFILES = {
    "dev": {"saml_idp": "corp"},
    "prod": {"saml_idp": "corp"},
    "test": {"saml_idp": "corp"},
    "lab": {"saml_idp": "lab"},
    "other": {},
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text("[profile dev]\nregion = eu-west-1\noutput = text\nsaml_username =\n")
    return path


def test_each_key_is_shown_with_its_new_and_its_old_value(config: Path) -> None:
    values = {"region": "eu-west-2", "output": None, "saml_idp": "corp", "saml_username": "jane"}
    assert written.lines([Change(config, "profile dev", values)], PROFILES) == [
        f"[profile dev] in {config}:",
        "  region = eu-west-2 (it was eu-west-1)",
        "  output is removed (it was text)",
        "  saml_idp = corp",
        "  saml_username = jane (it was empty)",
    ]


def test_a_key_that_keeps_its_value_is_not_written(config: Path) -> None:
    changes = [Change(config, "profile dev", {"region": "eu-west-1", "saml_idp": None})]
    assert written.lines(changes, PROFILES) == []


@pytest.mark.parametrize(
    ("section", "users"),
    [
        ("saml-idp corp", ", which profiles dev, prod and test use:"),
        ("saml-idp lab", ", which profile lab uses:"),
        ("saml-idp new", ":"),
        ("profile dev", ":"),
    ],
)
def test_whoever_else_uses_the_section_is_named(section: str, users: str, config: Path) -> None:
    [first, _] = written.lines([Change(config, section, {"saml_browser": "edge"})], PROFILES)
    assert first == f"[{section}] in {config}{users}"


def test_no_secret_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("[dev]\naws_secret_access_key = secret1\naws_session_token = token1\n")
    values = {"aws_secret_access_key": None, "aws_session_token": "token2"}
    shown = "\n".join(written.lines([Change(path, "dev", values)], PROFILES))
    assert not any(secret in shown for secret in ("secret1", "token1", "token2"))
    assert "aws_secret_access_key is removed" in shown
