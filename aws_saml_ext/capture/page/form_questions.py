"""The questions of a form besides username, password and one-time code. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aws_saml_ext.capture.page.description import Field
from aws_saml_ext.capture.page.kinds import AnswerType, FormQuestion
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.purpose import (
    TEXT_TYPES,
    Purpose,
    is_hidden_while_typed,
    purpose_of,
)
from aws_saml_ext.capture.page.vocabulary import mentions

_MAX_QUESTIONS = 20
_MIN_LANGUAGES = 2
"""Names of languages among the options of a list that chooses the language of the page."""


def is_optional(field: Field) -> bool:
    """Return whether a field says that it may stay empty."""
    return not field.required and mentions(field.caption, Meaning.OPTIONAL)


class Unanswerable(Exception):
    """A field has to be answered, and has no words, or wants more than a line of text."""


def other_questions(fields: list[Field], *, searches: bool = False) -> tuple[FormQuestion, ...]:
    """Return the questions of the fields that a person must answer, in the order of the page.

    Args:
        fields: those without a meaning of their own.
        searches: whether a field to search in is a question too.

    Raises:
        Unanswerable: one of them cannot be asked, or they are too many for a sign-in.
    """
    questions = tuple(_questions(fields, searches=searches))
    if len(questions) > _MAX_QUESTIONS:
        raise Unanswerable
    return questions


def _questions(fields: list[Field], *, searches: bool) -> Iterator[FormQuestion]:
    seen: set[tuple[str, str]] = set()
    for field in fields:
        if field.type == "radio":
            key = (field.name, field.legend)
            if key not in seen:
                seen.add(key)
                alike = [other for other in fields if (other.name, other.legend) == key]
                yield from _of_radio_buttons([each for each in alike if each.type == "radio"])
        elif field.type in TEXT_TYPES:
            yield from _of_a_text(field, searches=searches)
        elif field.type == "select-one":
            yield from _of_a_list(field)
        elif field.type == "checkbox":
            yield from _of_a_box(field)
        elif field.type == "date":
            if not field.filled and field.caption:
                yield FormQuestion(f"{field.caption} (YYYY-MM-DD)", AnswerType.TEXT, (field,))
        elif field.required and not field.filled:
            raise Unanswerable


def _of_a_text(field: Field, *, searches: bool) -> Iterator[FormQuestion]:
    purpose = purpose_of(field)
    if (purpose is Purpose.SEARCH and not searches) or (field.filled and not field.invalid):
        return
    if is_optional(field) or mentions(field.caption, Meaning.LEAVE_EMPTY):
        return
    if purpose is Purpose.CAPTCHA or not field.caption:
        raise Unanswerable
    is_secret = is_hidden_while_typed(field)
    answer = AnswerType.SECRET if is_secret else AnswerType.TEXT
    caption = f"{field.caption} ({field.legend})" if field.legend else field.caption
    yield FormQuestion(caption, answer, (field,))


def _of_a_list(field: Field) -> Iterator[FormQuestion]:
    is_chosen = field.filled or field.chosen >= 0
    if (is_chosen and len(field.options) < 2) or _is_of_languages(field):
        return
    if not field.options:
        if is_chosen:
            return
        raise Unanswerable
    options = _told_apart(field.options)
    chosen = -1 if field.chosen == 0 and _is_a_placeholder(options[0]) else field.chosen
    yield FormQuestion(field.caption, AnswerType.ONE_OF, (field,), options, chosen)


def _is_a_placeholder(option: str) -> bool:
    """Return whether the first option of a list is none: `-- Select --`, `Choose one…`."""
    is_marked = option.endswith(("…", "...")) or option.startswith(("-", "<"))
    return is_marked and mentions(option, Meaning.CHOOSE)


def _told_apart(options: tuple[str, ...]) -> tuple[str, ...]:
    """Return options with a number behind each text that was there before."""
    counts: Counter[str] = Counter()
    apart = []
    for option in options:
        counts[option] += 1
        apart.append(f"{option} ({counts[option]})" if option and counts[option] > 1 else option)
    return tuple(apart)


def _is_of_languages(field: Field) -> bool:
    languages = sum(mentions(option, Meaning.LANGUAGE) for option in field.options)
    return mentions(field.caption, Meaning.LANGUAGE) or languages >= _MIN_LANGUAGES


def _of_radio_buttons(radios: list[Field]) -> Iterator[FormQuestion]:
    chosen = next((at for at, radio in enumerate(radios) if radio.filled), -1)
    if len(radios) < 2 and chosen >= 0:
        return
    options = _told_apart(tuple(radio.caption for radio in radios))
    if not all(options):
        if chosen >= 0:
            return
        raise Unanswerable
    yield FormQuestion(radios[0].legend, AnswerType.ONE_OF, tuple(radios), options, chosen)


def _of_a_box(box: Field) -> Iterator[FormQuestion]:
    is_needed = box.required or any(
        mentions(box.caption, meaning) for meaning in (Meaning.AGREE, Meaning.CAPTCHA)
    )
    if box.filled or not is_needed:
        return
    if not box.caption:
        raise Unanswerable
    yield FormQuestion(box.caption, AnswerType.TICK, (box,))
