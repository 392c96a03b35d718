"""Data on standard output: JSON, text or table, filtered by JMESPath."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from aws_saml_ext import hints
from aws_saml_ext.errors import UsageError
from aws_saml_ext.text import columns_of, padded, quoted

_QUERIES = (
    "See https://jmespath.org/ for the expressions, and leave --query out for the whole answer."
)
FORMATS = ("json", "text", "table", "yaml", "yaml-stream")


def filtered(query: str | None) -> Callable[[Any], Any]:
    """Return the function that applies `--query` to an answer.

    Raises:
        UsageError: the query is not a JMESPath expression; from the function, it fails here.
    """
    if query is None:
        return lambda answer: answer
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        expression = jmespath.compile(query)
    except JMESPathError as error:
        raise UsageError(
            "--query is not a valid JMESPath expression: "
            f"{_first_line(error).removeprefix('Invalid jmespath expression: ')}.",
            advice=_QUERIES,
        ) from None

    def search(answer: Any) -> Any:
        try:
            return expression.search(answer)
        except JMESPathError as error:
            raise UsageError(
                f"--query does not apply to this answer: {_first_line(error)}.", advice=_QUERIES
            ) from None

    return search


def rendered(
    answer: Any, output: str, *, bold: Callable[[str], str] = str, ascii_only: bool = False
) -> str:
    """Return the text of an answer, without its last line end.

    Args:
        answer: dictionaries, lists and scalars.
        output: one of `FORMATS`; YAML gets JSON, which is YAML.
        bold: makes the headings of a table bold.
        ascii_only: whether JSON escapes all but ASCII.

    Returns:
        The text; empty where `aws` prints nothing.
    """
    if output == "text":
        return "\n".join(_text_lines(answer, None))
    if output == "table":
        return "" if answer is None else "\n".join(_table_lines(answer, bold))
    return json.dumps(answer, indent=4, ensure_ascii=ascii_only)


def checked(output: str) -> str:
    """Return the name of an output format unchanged.

    Raises:
        UsageError: there is no such format.
    """
    if output not in FORMATS:
        raise UsageError(
            f"--output must be one of {', '.join(FORMATS)}, not {quoted(output)}.",
            command=hints.help_command(),
        )
    return output


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".:")


def _text_lines(answer: Any, name: str | None) -> Iterator[str]:
    """Yield lines as `aws` prints text: scalars by key between tabs, rows of a list named."""
    if isinstance(answer, dict):
        scalars = [_scalar(answer[key]) for key in sorted(answer) if _is_scalar(answer[key])]
        if scalars:
            yield "\t".join([name.upper(), *scalars] if name else scalars)
        for key in sorted(answer):
            if not _is_scalar(answer[key]):
                yield from _text_lines(answer[key], key)
    elif isinstance(answer, list):
        if answer and all(map(_is_scalar, answer)):
            yield (
                "\t".join([name.upper()] if name else [])
                + ("\t" if name else "")
                + "\t".join(map(_scalar, answer))
            )
        else:
            for item in answer:
                yield from _text_lines(item, name)
    else:
        yield _scalar(answer)


def _table_lines(answer: Any, bold: Callable[[str], str]) -> Iterator[str]:
    """Yield boxes: one for the scalars of the answer, one for each list in it."""
    if _is_scalar(answer):
        answer = [answer]
    if isinstance(answer, list):
        answer = {"": answer}
    scalars = {key: value for key, value in answer.items() if _is_scalar(value)}
    if scalars:
        yield from _box("", [scalars], bold)
    for name, value in answer.items():
        if not _is_scalar(value):
            rows = [value] if isinstance(value, dict) else value
            yield from _box(name, [_row(row) for row in rows], bold)


def _row(item: Any) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    cells = item if isinstance(item, list) else [item]
    return {f"\0{number}": cell for number, cell in enumerate(cells)}


def _box(title: str, rows: list[dict[str, Any]], bold: Callable[[str], str]) -> Iterator[str]:
    rows = rows or [{"\0": ""}]  # a box with nothing in it
    columns = list(dict.fromkeys(key for row in rows for key in row))
    named = any(not column.startswith("\0") for column in columns)
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [
        max(map(columns_of, ("" if name.startswith("\0") else name, *(row[at] for row in cells))))
        for at, name in enumerate(columns)
    ]
    inside = max(sum(widths) + 3 * len(widths) - 1, len(title) + 2)
    if widths:
        widths[-1] += inside - (sum(widths) + 3 * len(widths) - 1)
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    if title:
        yield "-" * (inside + 2)
        yield "|" + bold(title.center(inside)) + "|"
    yield rule
    if named:
        yield (
            "|"
            + "|".join(f" {bold(padded(c, w))} " for c, w in zip(columns, widths, strict=True))
            + "|"
        )
        yield rule
    for row in cells:
        yield (
            "|"
            + "|".join(f" {padded(cell, width)} " for cell, width in zip(row, widths, strict=True))
            + "|"
        )
    yield rule


def _cell(value: Any) -> str:
    return _scalar(value) if _is_scalar(value) else json.dumps(value, ensure_ascii=False)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _scalar(value: Any) -> str:
    return "None" if value is None else str(value)
