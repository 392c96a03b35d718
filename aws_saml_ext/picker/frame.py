"""The frame of a menu: its lines for a terminal of some size. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from aws_saml_ext.picker.menu import Item, Menu

MAX_ITEMS = 10
_OTHER_ROWS = 3  # the question, the keys, and the line above, which stays to be seen
_MIN_WIDTH = 8  # of a column that is cut
_GAP = "  "

Fragments = list[tuple[str, str]]
"""A line, or several, as `prompt_toolkit` takes them: pairs of a style and a text."""
Width = Callable[[str], int]
"""Return the columns that a terminal needs for a text."""

DIM, CURRENT = "class:dim", "class:current"
"""The styles of a frame, besides the empty one."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters of a frame, for terminals that know them and for others."""

    cut: str = "…"
    arrows: str = "↑↓"
    dot: str = "·"


ASCII = Signs("...", "Up Down", "-")


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a terminal."""

    rows: int
    columns: int

    @property
    def items(self) -> int:
        """The number of items that are shown at once."""
        return max(1, min(MAX_ITEMS, self.rows - _OTHER_ROWS))


@dataclass(frozen=True, slots=True)
class State:
    """The items that fit, the current one, and those that are marked."""

    places: Sequence[int]
    """The places of the items that fit, the best first."""
    current: int
    """The index in `places`."""
    marked: Container[int] = ()
    marks: int = 0
    """The number of items that are marked."""


def cut(text: str, columns: int, width: Width, signs: Signs) -> str:
    """Return a text of at most so many columns; a longer one loses its middle."""
    if width(text) <= columns:
        return text
    room = max(0, columns - width(signs.cut))
    head, tail, used = "", "", 0
    left, right = 0, len(text) - 1
    while left <= right:
        is_head = width(head) <= width(tail)
        character = text[left] if is_head else text[right]
        used += width(character)
        if used > room:
            break
        if is_head:
            head, left = head + character, left + 1
        else:
            tail, right = character + tail, right - 1
    return head + signs.cut + tail


def window(count: int, current: int, height: int) -> range:
    """Return the indexes of the items that are shown: the current one is among them."""
    first = max(0, min(current - height // 2, count - height))
    return range(first, min(count, first + height))


class Table:
    """The lines of the items, in columns that fit a terminal."""

    def __init__(self, menu: Menu, width: Width, signs: Signs) -> None:
        """Measure all items once: a list of hundreds does not jump while somebody types."""
        self._menu = menu
        self._width = width
        self._signs = signs
        count = max((len(item.columns) for item in menu.items), default=0)
        self._widths = [
            max(width(item.columns[at]) for item in menu.items if at < len(item.columns))
            for at in range(count)
        ]
        self._note = max((width(item.note) for item in menu.items), default=0)
        self._digits = len(str(max(0, len(menu.items) - 1)))

    def lines(self, state: State, size: Size) -> Fragments:
        """Return the lines of the items that are shown, each with its end."""
        found: Fragments = []
        for index in window(len(state.places), state.current, size.items):
            place = state.places[index]
            found += self._line(place, state, size, is_current=index == state.current)
        return found

    def _line(self, place: int, state: State, size: Size, *, is_current: bool) -> Fragments:
        item = self._menu.items[place]
        lead = "> " if is_current else "  "
        if self._menu.several:
            lead += "[x] " if place in state.marked else "[ ] "
        number = f"{place:>{self._digits}}{_GAP}" if self._menu.is_numbered else ""
        room = size.columns - 1 - self._width(lead) - len(number)
        note = item.note if self._note and room > 2 * self._note + _MIN_WIDTH else ""
        widths = self._fitted(room - (len(_GAP) + self._note if note else 0))
        text = _GAP.join(
            self._padded(cell, widths[at]) for at, cell in enumerate(_cells(item, len(widths)))
        )
        text = text if note else text.rstrip()
        style = CURRENT if is_current else ""
        return [
            (style, cut(lead, size.columns - 1, self._width, self._signs)),
            (DIM, number),
            (style, text),
            (DIM, f"{_GAP}{note}" if note else ""),
            ("", "\n"),
        ]

    def _padded(self, text: str, columns: int) -> str:
        text = cut(text, columns, self._width, self._signs)
        return text + " " * (columns - self._width(text))

    def _fitted(self, room: int) -> list[int]:
        """Return the widths of the columns, the widest ones reduced until all have room."""
        widths = list(self._widths)
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - max(room, 1)
        while excess > 0 and widths:
            at = widths.index(max(widths))
            others = [width for width in widths if width < widths[at]]
            least = max([*others, 1 if widths[at] <= _MIN_WIDTH else _MIN_WIDTH])
            step = min(excess, max(1, widths[at] - least))
            if widths[at] - step < 1:
                break
            widths[at] -= step
            excess -= step
        return widths


def _cells(item: Item, count: int) -> list[str]:
    return [*item.columns, *[""] * (count - len(item.columns))]


def keys(menu: Menu, state: State, *, is_over: bool, signs: Signs) -> str:
    """Return the line that says how many items fit, and which keys do what."""
    parts = [f"{len(state.places)} of {len(menu.items)}"]
    if menu.several:
        parts = [f"{parts[0]}, {state.marks} marked", "Tab marks", "Ctrl-A all"]
    if state.places:
        parts.append(f"{signs.arrows} Enter")
    if menu.may_be_none:
        parts.append("Tab: none of these")
    if menu.may_be_remembered:
        parts.append("! remembers")
    parts.append("Esc stops")
    if is_over:
        parts.append("a new sign-in follows")
    return f" {signs.dot} ".join(parts)


def countdown(seconds: float) -> str:
    """Return the remaining time of a sign-in in words."""
    if seconds <= 0:
        return "this sign-in has run out"
    minutes, rest = divmod(int(seconds), 60)
    return f"this sign-in is good for {minutes}:{rest:02}"
