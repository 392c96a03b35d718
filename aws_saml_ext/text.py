"""Foreign text, made safe for a terminal and for messages."""

from __future__ import annotations

from aws_saml_ext import hints

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_LINE = 500
"""Characters of foreign text on one line."""
_MAX_VALUE = 80
_DOUBLE_QUOTES = dict.fromkeys(map(ord, '"“”„‟«»″‶〃〝〞〟\uff02ʺ˝״'), "'")
"""The characters that look like a double quote, on their way to a single one."""
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that look like a blank, and would fill a line up to its end."""
_GOES_ON = "| "
"""Stands before each further line of words in quotes: without it, one could pass for ours."""


def printable(text: str, *, max_length: int = MAX_LINE) -> str:
    """Return foreign text as one line of at most `max_length` printable characters.

    White space becomes single blanks, so nothing in it can steer a terminal. A text that is cut
    ends in `…`.
    """
    shown = (c if c.isprintable() and c not in _BLANKS else " " for c in text[: max_length * 4])
    line = " ".join("".join(shown).split())
    return line if len(line) <= max_length else line[: max_length - 1] + "…"


def in_quotes(words: str, *, max_length: int = MAX_LINE) -> str:
    """Return foreign words in double quotes, as one line; nothing in them looks like their end."""
    return f'"{printable(words, max_length=max_length).translate(_DOUBLE_QUOTES)}"'


def says(who: str, words: str) -> str:
    """Return `idp.example.com says: "…"`, the form of other people's words in every message.

    Args:
        who: the host of the page, or a name of ours for whoever wrote them.
        words: their words, any text.
    """
    return f"{who} says: {in_quotes(words)}"


def shown_name(value: str, *, max_length: int = _MAX_VALUE) -> str:
    """Return a name that somebody else chose as messages show it: one plain word, else in quotes.

    A name of several words could go on as a sentence of ours.
    """
    is_word = 0 < len(value) <= max_length and all("!" <= c <= "~" and c != '"' for c in value)
    return value if is_word else in_quotes(value, max_length=max_length)


def quoted(value: str) -> str:
    """Return a value as a message shows it: in quotes, printable, and short."""
    return repr(value if len(value) <= _MAX_VALUE else value[: _MAX_VALUE - 3] + "…")


def wrapped(text: str, columns: int | None) -> str:
    """Return a text whose lines break between words where a terminal of this width would cut one.

    An indented line is a command, which `hints.folded` breaks, or a row of a list, which stays
    whole. None keeps all lines.
    """
    if columns is None or all(_fits(line, columns) for line in text.split("\n")):
        return text
    from textwrap import fill  # here, as most texts are short

    def broken(line: str) -> str:
        letters = _letters(line, columns)
        if line.startswith(" "):
            return hints.folded(line, letters) if hints.is_command(line) else line
        if '"' in line or line.startswith(_GOES_ON):
            return "\n".join(quote_lines(line, columns))
        return fill(line, letters, break_long_words=False, break_on_hyphens=False)

    lines = text.split("\n")
    return "\n".join(line if _fits(line, columns) else broken(line) for line in lines)


def quote_lines(line: str, columns: int) -> list[str]:
    """Return a line with words in quotes as lines of this width.

    Those that begin inside the quotes have a mark, those of a `line` that has one already, too.
    """
    from textwrap import wrap

    is_inside, lines = line.startswith(_GOES_ON), []
    bare, width = line.removeprefix(_GOES_ON), max(_letters(line, columns) - len(_GOES_ON), 1)
    for part in wrap(bare, width, break_on_hyphens=False):
        lines.append(_GOES_ON + part if is_inside else part)
        is_inside ^= part.count('"') % 2 == 1
    return lines


def columns_of(text: str) -> int:
    """Return the columns that a terminal needs for a text.

    Chinese and Japanese characters take two, accents that are characters of their own none.
    """
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(letter) in {"Mn", "Me"} else 1 + (east_asian_width(letter) in {"W", "F"})
        for letter in text
    )


def padded(text: str, columns: int) -> str:
    """Return a text with blanks behind it, as a cell of a table that is so many columns wide."""
    return text + " " * (columns - columns_of(text))


def _letters(line: str, columns: int) -> int:
    """Return how many letters of a line fit so many columns, wherever its wide ones stand."""
    return max(columns - max(columns_of(line) - len(line), 0), columns // 2)


def _fits(line: str, columns: int) -> bool:
    return columns_of(line) <= columns


def closest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that somebody meant who wrote `word`; None where nothing is like it."""
    from difflib import get_close_matches  # here, as most words are right

    candidates = {name.lower(): name for name in names}
    wanted = word.lower()[:_MAX_VALUE]
    begins = [name for name in candidates if len(wanted) > 2 and name.startswith(wanted)]
    found = begins or get_close_matches(wanted, candidates, n=1, cutoff=0.7)
    return candidates[found[0]] if found else None


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return a sentence with the nearest name, after a blank; empty where nothing is like it."""
    name = closest(word, names)
    return f" Did you mean {name}?" if name is not None else ""


def listed(names: Sequence[str], *, most: int = 10) -> str:
    """Return `dev, prod, and 5 more`: at most so many names, and the number of the others."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f", and {more} more" if more > 0 else "")


def counted(count: int, noun: str) -> str:
    """Return `1 role`, `2 roles`: a number with its noun, which forms its plural with an s."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
