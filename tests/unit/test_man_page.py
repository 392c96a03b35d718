"""The man page: every option of every verb, in text that troff prints as it is."""

from __future__ import annotations

import re

import pytest

from aws_saml_ext import __version__
from aws_saml_ext.cli import man_page
from aws_saml_ext.cli.option_table import GLOBALS
from aws_saml_ext.cli.parser import parser_of
from aws_saml_ext.cli.verb_table import VERBS, Verb
from aws_saml_ext.config.table import SETTINGS

PAGE = man_page.text("2026-11-29")


def section_of(verb: Verb) -> str:
    heading = verb.name.replace("-", r"\-") or "(no verb)"
    return PAGE.partition(f'.SS "{heading}"\n')[2].partition("\n.S")[0]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name or "sign-in")
def test_a_verb_has_each_of_its_options(verb: Verb) -> None:
    unused = {
        flag
        for flag, how in GLOBALS
        if how.get("dest", flag[2:].replace("-", "_")) not in verb.used_globals
    }
    flags = {
        flag
        for action in parser_of(verb)._actions
        for flag in action.option_strings
        if flag not in unused | {"-h", "--help", "--version"}
    }
    tags = re.findall(r"^\\fB(\\-\\-\S+?)(?: .*)?\\fR$", section_of(verb), re.MULTILINE)
    assert {tag.replace(r"\-", "-") for tag in tags} == flags


def test_it_has_each_setting_with_its_variable() -> None:
    missing = [
        setting.name
        for setting in SETTINGS
        if setting.env and f"{setting.name}, {setting.env}" not in PAGE
    ]
    assert missing == []


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb.operands], ids=lambda v: v.name)
def test_a_verb_has_its_operands(verb: Verb) -> None:
    synopsis = section_of(verb).splitlines()[1]
    assert synopsis.replace(r"\-", "-") == rf"[\fIOPTIONS\fR] {verb.operands}"


def test_it_names_the_version_and_its_date() -> None:
    assert PAGE.splitlines()[0].endswith(f' 1 2026-11-29 "aws-saml-ext {__version__}"')


def test_no_paragraph_begins_right_below_a_heading() -> None:
    """Formatters of man pages warn of it."""
    assert re.findall(r"^\.S[HS] .*\n\.PP$", PAGE, re.MULTILINE) == []


def test_each_line_that_begins_with_a_dot_is_a_request() -> None:
    requests = {line.split()[0] for line in PAGE.splitlines() if line[:1] in {".", "'"}}
    assert requests <= {
        ".TH",
        ".SH",
        ".SS",
        ".PP",
        ".TP",
        ".B",
        ".BR",
        ".br",
        ".RS",
        ".RE",
        ".EX",
        ".EE",
    }
