"""The values of a menu: a question with its possible answers, and what somebody chose."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

MIN_ROWS = 5
"""The rows of a terminal that a menu needs: the question, two items, the keys, and one above."""
_MIN_COLUMNS = 20
_MAX_NAMED = 3  # chosen items; more are counted
_DUMB = {"", "dumb", "unknown"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to choose, of printable texts."""

    columns: tuple[str, ...]
    """The texts that are shown, one below the other in columns."""
    name: str
    """The text that a person means first, such as the name of a role."""
    words: tuple[str, ...] = ()
    """Further texts in which what is typed may occur."""
    note: str = ""
    """A remark behind the columns, such as `yesterday`."""
    answer: str = ""
    """The text that stays once it is chosen; empty for its columns."""

    def __str__(self) -> str:
        """Return the text that stays once it is chosen."""
        return self.answer or "  ".join(self.columns)


@dataclass(frozen=True, slots=True)
class Menu:
    """A question with its possible answers."""

    question: str
    """Before the cursor, without a colon."""
    items: Sequence[Item]
    """In the order of their numbers."""
    order: Sequence[int] = ()
    """The places of the items, as they are shown before anything is typed; empty for theirs."""
    before: Sequence[str] = ()
    """Lines above, which stay."""
    default: int | None = None
    """The place of the item that is marked at first."""
    is_numbered: bool = True
    several: bool = False
    """True if several items may be chosen."""
    may_be_none: bool = False
    """True if Tab chooses nothing."""
    may_be_remembered: bool = False
    """True if `!` behind what is typed remembers the choice."""
    seconds_left: Callable[[], float] | None = None
    """The remaining time of the sign-in, which is shown; it may be negative."""

    def place_order(self) -> Sequence[int]:
        """Return the places of all items, in the order in which they are shown."""
        return self.order or range(len(self.items))

    def answered(self, picked: Picked) -> str:
        """Return the line that stays of the question; empty where nothing was chosen."""
        if len(picked.places) > _MAX_NAMED:
            return f"{self.question}: {len(picked.places)} chosen"
        items = [self.items[place] for place in picked.places]
        return f"{self.question}: {', '.join(map(str, items))}" if items else ""


@dataclass(frozen=True, slots=True)
class Picked:
    """The answer of a person."""

    places: tuple[int, ...]
    """The places of the chosen items; empty where none is wanted."""
    is_remembered: bool = False
    """True if the choice is for the next time, too."""


def is_capable(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the kind of terminal can show a menu, as far as the environment tells."""
    if sys.platform == "win32":
        # The console is written to by the handle of standard output.
        return sys.stdout.isatty()
    return environ.get("TERM", "") not in _DUMB


def has_room(screen: TextIO) -> bool:
    """Return whether a terminal is large enough for a menu; False where it does not tell."""
    try:
        size = os.get_terminal_size(screen.fileno())
    except (OSError, ValueError):
        return False
    return size.lines >= MIN_ROWS and size.columns >= _MIN_COLUMNS
