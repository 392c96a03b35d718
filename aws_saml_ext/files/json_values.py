"""Dataclasses as JSON: written by their fields, read back by their types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def default(value: Any) -> object:
    """Return a value for JSON: our own by their fields, paths and times as text."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)


@cache
def reader(kind: Any) -> Callable[[Any], Any]:
    """Return a function that reads a value of a type that `default` wrote.

    The function raises ValueError, TypeError or KeyError where the value is none of the type.
    """
    if is_dataclass(kind):
        make = cast("Callable[..., Any]", kind)
        readers = {name: reader(type_) for name, type_ in get_type_hints(kind).items()}
        return lambda value: make(**{name: read(value[name]) for name, read in readers.items()})
    if get_origin(kind) is tuple:
        item = reader(get_args(kind)[0])
        return lambda value: tuple(map(item, _of(list, value)))
    if get_origin(kind) is UnionType:
        some = reader(get_args(kind)[0])
        return lambda value: None if value is None else some(value)
    if kind in (bool, int):
        return lambda value: _of(kind, value)
    from_text = _FROM_TEXT[kind]
    return lambda value: from_text(_of(str, value))


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _text(text: str) -> str:
    text.encode()  # half a surrogate pair, which JSON can spell, is no text for a file
    return text


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def _path(text: str) -> Path:
    # With surrogates, where the bytes of the path are not UTF-8.
    if "\0" in text:
        raise ValueError
    return Path(text)


_FROM_TEXT: dict[type, Callable[[str], object]] = {str: _text, datetime: _time, Path: _path}
