"""Ask for one of several texts, by its number or a part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aws_saml_ext.picker.menu import Item, Menu
from aws_saml_ext.text import printable, quoted

if TYPE_CHECKING:
    from aws_saml_ext.prompt import Prompt

_MAX_DIGITS = 6  # of a number in a list; a longer one is part of a name


def chosen(
    prompt: Prompt,
    texts: Sequence[str],
    *,
    words: str,
    instead: str,
    before: Sequence[str] = (),
    seconds: Callable[[], float] | None = None,
    default: int | None = None,
    labels: Sequence[str] | None = None,
    max_listed: int | None = None,
    on_remember: Callable[[], None] | None = None,
    until: Callable[[], bool] | None = None,
) -> int | None:
    """Ask for one of several texts: with a menu, or by its number or a part of it.

    Args:
        prompt: who answers.
        texts: the list to choose from.
        words: the line above the list.
        instead: as `Prompt.ask`.
        before: lines above that.
        seconds: the time that each answer may take.
        default: its place for an empty answer.
        labels: the texts as they are listed.
        max_listed: texts that a list shows at once; None shows all of them.
        on_remember: called for an answer that ends in `!`; None takes that for a part of it.
        until: as `Prompt.ask`.

    Returns:
        Its place in the list, from 0; None for an empty answer without a default.

    Raises:
        SignInRequired, Stopped, TimedOut, QuestionOver: as `Prompt.ask`.
    """
    width = len(str(len(texts) - 1)) + 2
    marks = {default: " (chosen)"}
    lines = [f"{at:>{width}}  {text}{marks.get(at, '')}" for at, text in enumerate(labels or texts)]
    listing = [*before, words, *_some(lines, max_listed)]
    if on_remember is not None:
        listing.append("To remember the choice, put ! behind it: 0!")
    known = "" if default is None else f" [{texts[default]}]"
    menu = Menu(
        question="Choose",
        items=[_item(text) for text in labels or texts],
        before=[*before, words],
        default=default,
        may_be_none=default is None,
        may_be_remembered=on_remember is not None,
    )
    picked = prompt.pick(menu, seconds=seconds() if seconds is not None else None, until=until)
    if picked is not None:
        if picked.is_remembered and on_remember is not None:
            on_remember()
        return picked.places[0] if picked.places else None
    question = f"Choose (number or part of the name){known}: "
    is_explained = False
    while True:
        answer = prompt.ask(
            question if prompt.interactive else words,  # an error names what nobody can answer
            instead=instead,
            listing=listing,
            seconds=seconds() if seconds is not None else None,
            until=until,
        )
        if not answer:
            return default
        if not is_explained and (named := _named(answer, texts)):
            is_explained = True
            listing = [
                f"{quoted(answer)} is the number of one entry, and the name of another.",
                *(lines[at] for at in (int(answer), *named)),
                "Choose by a number:",
            ]
            continue
        matches = _matches(answer, texts)
        is_remembered = False
        if on_remember is not None and answer.endswith("!") and not matches:
            is_remembered = True
            matches = _matches(answer.rstrip(" !"), texts)
        if len(matches) == 1:
            if on_remember is not None and is_remembered:
                on_remember()
            return matches[0]
        count = f"{len(matches)} entries:" if matches else "no entry."
        found = _some([lines[at] for at in matches], max_listed)
        listing = [f"{quoted(answer)} matches {count}", *found]


def _item(text: str) -> Item:
    """Return the item of a text, whose columns are separated by two blanks."""
    columns = [printable(part) for part in text.split("  ") if part.strip()]
    return Item(tuple(columns) or ("-",), printable(text))


def _some(lines: list[str], most: int | None) -> list[str]:
    """Return as many lines as may be listed at once, and how to find the others."""
    if most is None or len(lines) <= most:
        return lines
    more = len(lines) - most
    return [*lines[:most], f"  … and {more:,} more: type a part of the name to list others."]


def _named(answer: str, texts: Sequence[str]) -> list[int]:
    """Return the places of texts that are an answer, where it is the number of another text."""
    if not (answer.isdecimal() and len(answer) <= _MAX_DIGITS and int(answer) < len(texts)):
        return []
    return [at for at, text in enumerate(texts) if text == answer and at != int(answer)][:1]


def _matches(answer: str, texts: Sequence[str]) -> list[int]:
    """Return the places that an answer means: its number, equal texts, or those that contain it."""
    if answer.isdecimal() and len(answer) <= _MAX_DIGITS and int(answer) < len(texts):
        return [int(answer)]
    wanted = answer.casefold()
    equal = [at for at, text in enumerate(texts) if text.casefold() == wanted]
    return equal or [at for at, text in enumerate(texts) if wanted in text.casefold()]
