"""Test modules share code through modules that are no tests."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
IMPORT = re.compile(r"^\s*(?:from|import) tests\.(?:\w+\.)*(?:test_\w+|conftest)\b", re.MULTILINE)
"""Also in the programs that tests run, which stand in strings."""


def test_no_module_imports_a_test_module() -> None:
    importing = [
        path.name for path in TESTS.rglob("*.py") if IMPORT.search(path.read_text(encoding="utf-8"))
    ]
    assert importing == []
