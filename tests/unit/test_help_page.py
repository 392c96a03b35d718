"""The help: it fits a terminal, shows examples that work, and only options that are used."""

from __future__ import annotations

import shlex

import pytest

from aws_saml_ext import hints
from aws_saml_ext.cli.help_page import text_of
from aws_saml_ext.cli.parser import parse, parser_of
from aws_saml_ext.cli.verb_table import VERBS, Verb

every_verb = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name or "sign-in")


def flags(text: str) -> set[str]:
    return {line.split()[0] for line in text.splitlines() if line.startswith("  --")}


@every_verb
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_no_line_is_wider_than_80_columns_or_the_terminal(verb: Verb, columns: int) -> None:
    widest = min(columns, 80)
    lines = text_of(verb, columns=columns).partition("\nSettings are read")[0].splitlines()
    assert [line for line in lines if len(line) > widest] == []


@every_verb
def test_the_examples_come_before_everything_else(verb: Verb) -> None:
    headings = [
        line for line in text_of(verb).splitlines() if line.endswith(":") and line[0] != " "
    ]
    assert headings[0] == "Examples:"


@every_verb
def test_the_examples_are_command_lines_of_the_verb(verb: Verb) -> None:
    assert verb.examples
    for _, words in verb.examples:
        found, _ = parse([verb.name, *words] if verb.name else words)
        assert found is verb


@every_verb
def test_an_example_can_be_pasted(verb: Verb) -> None:
    lines = [line.strip() for line in text_of(verb).splitlines() if line.startswith("    aws saml")]
    assert [shlex.split(line)[:2] for line in lines] == [["aws", "saml-login"]] * len(verb.examples)


@every_verb
@pytest.mark.parametrize(
    "door", [["aws", "saml-login"], ["aws-saml-login"], ["/x/bin/python", "-m", "aws_saml_ext"]]
)
def test_usage_and_examples_begin_with_the_words_that_called_the_program(
    verb: Verb, door: list[str]
) -> None:
    hints.use_door(door)
    try:
        usage, *lines = text_of(verb).splitlines()
    finally:
        hints.use_door(["aws", "saml-login"])
    start = f"{shlex.join(door)} "
    assert usage.startswith(f"usage: {start}")
    assert sum(line.startswith(f"    {start}") for line in lines) == len(verb.examples)


@every_verb
def test_each_option_of_the_help_is_one_of_the_parser(verb: Verb) -> None:
    parsed = {flag for action in parser_of(verb)._actions for flag in action.option_strings}
    assert flags(text_of(verb)) <= parsed


@every_verb
def test_each_option_that_is_the_verbs_own_is_shown(verb: Verb) -> None:
    own = {
        flag
        for action in parser_of(verb)._actions
        if action.dest in {*verb.settings, *verb.options, *verb.used_globals}
        for flag in action.option_strings
    }
    assert flags(text_of(verb)) == own


def test_no_options_of_sts_are_shown_where_sts_is_not_asked() -> None:
    [undo] = [verb for verb in VERBS if verb.name == "undo"]
    assert {"--region", "--endpoint-url", "--query"} & flags(text_of(undo)) == set()


def test_the_help_of_the_program_names_every_verb() -> None:
    text = text_of(VERBS[0])
    names = [*(verb.name for verb in VERBS[1:]), "help", "version"]
    assert [name for name in names if f"\n  {name} " not in text] == []
