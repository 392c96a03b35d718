"""The names of sections in AWS's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.session import Session

from aws_saml_ext.config.sections import config_section, is_for_botocore_only


@pytest.mark.parametrize(
    ("profile", "section"),
    [
        ("dev", "profile dev"),
        ("ünï", "profile ünï"),
        ("日本語", "profile 日本語"),
        ("a$b&c(d)", "profile a$b&c(d)"),
        ("my dev", "profile 'my dev'"),
        ("it's", "profile 'it'\"'\"'s'"),
        ("back\\slash", "profile 'back\\slash'"),
    ],
)
def test_a_name_is_quoted_only_where_botocore_needs_it(
    profile: str, section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config_section(profile) == section
    (tmp_path / "config").write_text(f"[{section}]\nregion = eu-west-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert Session(profile=profile).get_scoped_config() == {"region": "eu-west-1"}
    assert is_for_botocore_only(profile) == ("'" in section)
