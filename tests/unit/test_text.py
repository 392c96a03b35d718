"""Foreign text becomes safe for a terminal; values and counts read well."""

from __future__ import annotations

import pytest

from aws_saml_ext.text import counted, printable, quoted


def test_foreign_text_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[31m\r\n  b\u202ec\x9b") == "a [31m b c"


def test_a_long_text_is_cut() -> None:
    assert printable("x" * 1000, max_length=10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("value", "shown"), [("my dev", "'my dev'"), ("a\x1b", "'a\\x1b'"), ("", "''")]
)
def test_a_value_is_quoted(value: str, shown: str) -> None:
    assert quoted(value) == shown


def test_a_long_value_is_cut_to_80_characters() -> None:
    assert quoted("x" * 100) == repr("x" * 77 + "…")


@pytest.mark.parametrize(("count", "text"), [(0, "0 roles"), (1, "1 role"), (2, "2 roles")])
def test_a_count_has_its_noun_in_the_plural(count: int, text: str) -> None:
    assert counted(count, "role") == text
