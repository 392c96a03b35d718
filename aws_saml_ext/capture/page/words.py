"""A word of a page: how it is written in the table, and where it matches. Pure."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple


def plain(text: str) -> str:
    """Return text for comparison: one width, one case, one apostrophe, single blanks."""
    folded = (
        unicodedata.normalize("NFKC", text)
        .casefold()
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return " ".join(folded.split())


class Word(NamedTuple):
    """A word of the table.

    It is no regular expression: to compile those of all words would take longer than a page.
    """

    text: str
    is_stem: bool
    """True if others may follow its letters."""
    is_latin: bool
    """False: it matches anywhere."""

    @classmethod
    def of(cls, word: str) -> Word:
        """Return the word that the table writes so, in the form that `plain` gives it."""
        stem = word.removesuffix("*")
        return cls(stem, stem != word, _is_latin(stem))

    def is_in(self, text: str) -> bool:
        """Return whether a text has this word."""
        at = text.find(self.text)
        while at >= 0 and not self._is_at(at, text):
            at = text.find(self.text, at + 1)
        return at >= 0

    def is_all_of(self, text: str) -> bool:
        """Return whether a text is this word alone."""
        if self.is_latin and self.is_stem:
            rest = text[len(self.text) :]
            return text.startswith(self.text) and all(map(_is_of_a_word, rest))
        return text == self.text

    def _is_at(self, at: int, text: str) -> bool:
        if not self.is_latin:
            return True
        end = at + len(self.text)
        begins = at == 0 or not _is_of_a_word(text[at - 1])
        return begins and (self.is_stem or end == len(text) or not _is_of_a_word(text[end]))


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _is_latin(word: str) -> bool:
    return all(
        unicodedata.name(letter, "").startswith("LATIN") for letter in word if letter.isalpha()
    )
