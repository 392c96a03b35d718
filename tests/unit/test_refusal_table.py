"""The table of refusals: each row has a cause and one remedy, and commands are safe to paste."""

from __future__ import annotations

import shlex

import pytest

from aws_saml_ext.assertion import Role
from aws_saml_ext.sts.refusals import REFUSALS, Refusal, Subject
from tests.saml import ADMIN, PROVIDER

ROWS = pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.code} {row.word}".strip())
SUBJECT = Subject("my $(dev)", Role(ADMIN, PROVIDER))


@ROWS
def test_a_cause_is_a_sentence(row: Refusal) -> None:
    assert row.cause.endswith(".")


@ROWS
def test_a_remedy_is_a_command_or_a_sentence(row: Refusal) -> None:
    assert (row.command is None) != (row.advice is None)
    assert row.advice is None or row.advice.endswith(".")


@ROWS
def test_no_earlier_row_hides_it(row: Refusal) -> None:
    before = REFUSALS[: REFUSALS.index(row)]
    assert not any(
        other.code == row.code
        and other.word in row.word
        and (row.of_policies or not other.of_policies)
        for other in before
    )


@pytest.mark.parametrize("row", [row for row in REFUSALS if row.command is not None])
def test_a_command_has_its_words_quoted(row: Refusal) -> None:
    assert row.command is not None
    words = shlex.split(row.command(SUBJECT))
    assert words[0] == "aws"
    assert shlex.join(words) == row.command(SUBJECT)
