"""The filter of a menu: which items fit what was typed, the best first. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aws_saml_ext.picker.menu import Item

_WHOLE, _BEGINNING, _WORD, _INSIDE, _LETTERS = range(5)
"""The ways in which a word fits a text, the best first: it is the whole text, its beginning, the
beginning of a word in it, anywhere in it, or its letters occur in order."""
_BEGINNINGS = re.compile(
    r"[^\W\d_]+|\d+",  # names are written Role.Admin, team-a, admin15
)
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")  # and RoleAdmin
_MAX_DIGITS = 6  # of a number in a list


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in which words are looked for."""

    lower: str
    beginnings: frozenset[int]
    """The places at which words begin in it."""

    @classmethod
    def of(cls, text: str) -> _Text:
        lower = text.casefold()
        if len(lower) != len(text):  # ß and its like: their places would not be the same
            text = lower
        found = {match.start() for match in _BEGINNINGS.finditer(text)}
        return cls(lower, frozenset(found | {match.start() for match in _HUMPS.finditer(text)}))

    def rank(self, word: str) -> tuple[int, int] | None:
        """Return how well a word fits; None where it does not occur."""
        if word == self.lower:
            return _WHOLE, 0
        if self.lower.startswith(word):
            return _BEGINNING, 0
        at, is_inside = self.lower.find(word), False
        while at >= 0:
            is_inside = True
            if at in self.beginnings:
                end = at + len(word)
                # A whole word before one that goes on: 15 is rather in admin-15 than in admin-150.
                goes_on = end < len(self.lower) and end not in self.beginnings
                return _WORD, int(goes_on and self.lower[end].isalnum())
            at = self.lower.find(word, at + 1)
        return (_INSIDE, 0) if is_inside else None

    def has_letters(self, letters: str) -> bool:
        """Return whether letters occur in it, in their order."""
        rest = iter(self.lower)
        return all(letter in rest for letter in letters)


class Ranking:
    """The items of a menu, prepared to be filtered at each key."""

    def __init__(self, items: Sequence[Item], order: Sequence[int]) -> None:
        """Take the items, and the places of all of them in the order without a filter."""
        self._order = order
        self._names = [_Text.of(item.name) for item in items]
        self._texts = [
            tuple(_Text.of(text) for text in dict.fromkeys((item.name, *item.words, *item.columns)))
            for item in items
        ]

    def places(self, typed: str) -> Sequence[int]:
        """Return the places of the items that fit what was typed, the best first.

        Each word must occur in some text of an item. Where no item has them all, it is enough that
        the letters occur in order. The item of a number that was typed alone comes first.
        """
        query = " ".join(typed.casefold().split())
        if not query:
            return self._order
        words = query.split()
        ranked = [
            (rank, position, place)
            for position, place in enumerate(self._order)
            if (rank := self._rank(place, query, words)) is not None
        ]
        if not ranked:
            letters = "".join(words)
            ranked = [
                ((_LETTERS, 0, 0), position, place)
                for position, place in enumerate(self._order)
                if any(text.has_letters(letters) for text in self._texts[place])
            ]
        places = [place for _, _, place in sorted(ranked)]
        number = self._number(query)
        if number is None:
            return places
        return [number, *(place for place in places if place != number)]

    def _rank(self, place: int, query: str, words: Sequence[str]) -> tuple[int, int, int] | None:
        """Return how well an item fits, by the word that fits worst; None where one is missing."""
        whole = self._names[place].rank(query)
        if whole is not None and whole[0] <= _BEGINNING:
            return (*whole, 0)
        worst, added = (_WHOLE, 0), 0
        for word in words:
            found = [rank for text in self._texts[place] if (rank := text.rank(word)) is not None]
            if not found:
                return None
            best = min(found)
            worst, added = max(worst, best), added + sum(best)
        return (*worst, added)

    def _number(self, query: str) -> int | None:
        is_number = query.isascii() and query.isdigit() and len(query) <= _MAX_DIGITS
        return int(query) if is_number and int(query) < len(self._names) else None
