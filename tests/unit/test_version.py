"""The version stands in one place; everything else that names it agrees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aws_saml_ext import __version__
from aws_saml_ext.cli.parser import parse

ROOT = Path(__file__).parents[2]


def test_the_option_version_prints_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--version"])
    assert capfd.readouterr().out.startswith(f"aws-saml-ext/{__version__} Python/")


def test_the_distribution_takes_it_from_the_package() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version", ' in text
    assert 'version = { attr = "aws_saml_ext.__version__" }' in text


def test_it_is_the_newest_release_of_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert re.fullmatch(rf"{re.escape(__version__)} - \d{{4}}-\d\d-\d\d", headings[1])
