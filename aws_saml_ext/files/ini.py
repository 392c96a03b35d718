"""Ini files as botocore reads them: sections found by name, files that it could not read refused.

Botocore's view is that of a RawConfigParser: keys in lower case, section names as they are
written. Pure, but for `read`, `read_section` and `sections`, which read a file.
"""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.files.remembered import Remembered

LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
"""One line of a text, with its end if it has one."""
_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")
_INDENT = re.compile(r"[^\S\r\n]*")
_BRACKETS = re.compile(r"\[([^\r\n]+)\]")
_INDENTED = re.compile(r"\n[^\S\n]+[^\s#;]")
_PLAIN = re.compile(r"\[([^\[\]]+)\]|([a-z0-9_]+) ?= ?(.*)")
_SPELLING = re.compile(r"[^=:]*")
_QUOTING = re.compile(r"[^\w .:/@+-]")
_COMMENT = ("#", ";")

QUOTED_KINDS = ("profile", "sso-session", "services", "saml-idp")
"""Kinds of sections whose name botocore splits like a shell does: `[profile "my dev"]`."""


@dataclass(frozen=True, slots=True)
class Option:
    """One key of a section: its place in the text, continuation lines included."""

    key: str
    """In lower case, as botocore reads it."""
    spelling: str
    indent: str
    start: int
    end: int
    text: str = field(repr=False)
    """The lines, without the end of the last one."""
    ending: str
    """The end of the last one; empty at the end of some files."""


@dataclass(frozen=True, slots=True)
class Section:
    """The place of one section in a text: from its header to the next section's."""

    start: int
    end: int
    options: tuple[Option, ...]
    header: str
    """The header's line, with its end if it has one."""

    def option(self, key: str) -> Option | None:
        """Return the option of that name in lower case."""
        return next((option for option in self.options if option.key == key), None)

    @property
    def body_end(self) -> int:
        """The end of the last option: comments behind it may belong to the next section."""
        return self.options[-1].end if self.options else self.start + len(self.header)


def read_section(path: Path, section: str) -> dict[str, str] | None:
    """Return the keys (in lower case) and values of one section, or None where there is none.

    Raises:
        StoreError: the file cannot be read, or botocore could not read it.
    """
    text = read(path)
    # Most texts need no parser for all of their sections.
    parsed = None if _is_plain(text) else parse(text, path)
    found = find(text, section)
    if found is None:
        return None
    return values_of(text, found) if parsed is None else dict(parsed.items(_name(found.header)))


def sections(path: Path) -> dict[str, dict[str, str]]:
    """Return every section of a file by its name as it is written; none where there is no file.

    Raises:
        StoreError: the file cannot be read, or botocore could not read it.
    """
    parsed = parse(read(path), path)
    return {section: dict(parsed.items(section)) for section in parsed.sections()}


def read(path: Path) -> str:
    """Return the text of a file with its own line ends; empty where there is no file.

    Raises:
        StoreError: it cannot be read, or is not UTF-8.
    """
    return decode(atomic.read(atomic.real(path)) or b"", path)


def decode(content: bytes, path: Path) -> str:
    """Return the text of a file's bytes.

    Raises:
        StoreError: they are not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    # Raised out here: in the clause above its context would carry the bytes.
    raise StoreError(
        f"{path} is not UTF-8 text, on line {line}; the AWS tools cannot read it.",
        advice=f"Save it as UTF-8: open {path} and look at line {line}.",
    )


def parse(text: str, path: Path) -> configparser.RawConfigParser:
    """Return what botocore reads in `text`, by the same parser.

    Raises:
        StoreError: botocore could not read it. The message names lines and shows none of them: a
            line that cannot be parsed may be a secret.
    """
    if text.startswith("\ufeff"):
        raise _unreadable(path, (1,), "begins with a byte order mark", "Save it without one")
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(_universal(text))
    except configparser.DuplicateSectionError as error:
        lines = _lines_beginning(text, error.section) or (error.lineno or 1,)
        problem = ("has the same section twice", "Join the two sections into one")
    except configparser.DuplicateOptionError as error:
        lines = (error.lineno or 1,)
        problem = ("has the same key twice in one section", "Remove one of the two")
    except configparser.MissingSectionHeaderError as error:
        lines = (error.lineno,)
        problem = ("has text before the first [section]", "Remove it or put a [section] above")
    except configparser.ParsingError as error:
        lines = tuple(number for number, _ in error.errors)
        problem = ("is not made of `key = value` lines", "Mend or remove the lines")
    else:
        lines = _lines_not_nested(text, parser)
        problem = ("has a nested value that is not `key = value`", "Mend or remove the lines")
    if lines:
        # Raised out here: in the clauses above its context would carry the line.
        raise _unreadable(path, lines, *problem)
    return parser


def check(text: str, path: Path) -> None:
    """Refuse a text that botocore could not read.

    Raises:
        StoreError: as `parse` does.
    """
    # Parsing takes most of the time of a change; a file without anything odd needs none.
    if not _is_plain(text):
        parse(text, path)


def find(text: str, section: str) -> Section | None:
    """Return botocore's section of that name: the last one, where it has several spellings."""
    outline = _outline(text)
    number = outline.numbers.get(_name_of(section))
    return None if number is None else _section(text, outline.headers, number)


def options_of(text: str, section: str) -> dict[str, str]:
    """Return the keys and values of one section of a text that `check` accepted."""
    found = find(text, section)
    return values_of(text, found) if found else {}


def has_comment(text: str, section: str) -> bool:
    """Return whether a section has a comment.

    That is one between its header and its last option, or right below that option. A comment
    behind a blank line may belong to the next section.
    """
    found = find(text, section)
    if found is None:
        return False
    within = text[found.start : found.body_end].splitlines()[1:]
    below = text[found.body_end : found.end].splitlines()[:1]
    return any(line.lstrip().startswith(_COMMENT) for line in (*within, *below))


def values_of(text: str, section: Section) -> dict[str, str]:
    """Return the keys and values of a section that was found in `text`."""
    return values_in(text[section.start : section.end])


@dataclass(frozen=True, slots=True)
class _Outline:
    """The sections of a text."""

    headers: tuple[tuple[int, str], ...]
    """Their offsets and names, as `headers` yields them."""
    numbers: Mapping[object, int]
    """The place in `headers` of the last section of each name, by `_name_of`."""


def _outlined(text: str) -> _Outline:
    found = tuple(headers(text))
    numbers: dict[object, int] = {}
    for number, (_, name) in enumerate(found):
        numbers[_name_of(name)] = number
        if name == "default":  # the config file may spell it in both ways
            numbers["profile", "default"] = number
    return _Outline(found, numbers)


_outline = Remembered(_outlined)


@lru_cache(maxsize=10_000)
def _name_of(section: str) -> object:
    """Return a value that is the same for all spellings of a section's name."""
    parts = words(section)
    is_quoted = len(parts) == 2 and parts[0] in QUOTED_KINDS and section.startswith(parts[0])
    return tuple(parts) if is_quoted else section


def _section(text: str, found: Sequence[tuple[int, str]], number: int) -> Section:
    start = found[number][0]
    end = found[number + 1][0] if number + 1 < len(found) else len(text)
    header = LINE.match(text, start)
    return Section(
        start=start,
        end=end,
        options=tuple(_options(text, start, end)),
        header=header.group() if header else "",
    )


def values_in(section: str) -> dict[str, str]:
    """Return the keys and values in the text of one section, its header first."""
    if _is_plain(section):  # a parser takes much longer
        lines = (_PLAIN.fullmatch(line) for line in _universal(section).split("\n"))
        return {line[2]: line[3].strip() for line in lines if line is not None and line[2]}
    parser = configparser.RawConfigParser()
    parser.read_string(_universal(section))
    [name] = parser.sections()
    return dict(parser.items(name))


def _universal(text: str) -> str:
    """Return the line ends that botocore sees, which opens files in text mode: a bare CR is one."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _judged(text: str) -> bool:
    """Return whether each line is blank, a comment, `[name]` or `key = value`, at the margin.

    RawConfigParser accepts such a text where no name stands twice. It must judge any other text.
    """
    sections: set[str] = set()
    keys: set[str] = set()
    for line in _universal(text).split("\n"):
        if not line or line.startswith(_COMMENT):
            continue
        plain = _PLAIN.fullmatch(line)
        if plain is None:
            return False
        name, key, _ = plain.groups()
        if name is not None:
            if name in sections or name == "DEFAULT":
                return False
            sections.add(name)
            keys = set()
        elif not sections or key in keys:
            return False
        else:
            keys.add(key)
    return True


_is_plain = Remembered(_judged)


def headers(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offsets of the headers' lines and their names, as RawConfigParser sees them."""
    previous: int | None = None
    for brackets in _BRACKETS.finditer(text):
        start = brackets.start()
        while start and text[start - 1] not in "\r\n" and text[start - 1].isspace():
            start -= 1
        if start and text[start - 1] not in "\r\n":
            continue
        if start < brackets.start() and previous is not None:
            above = list(_options(text, previous, start))
            if above and brackets.start() - start > len(above[-1].indent):
                continue  # a line of the value above
        previous = start
        yield start, brackets.group(1)


def _options(text: str, start: int, end: int) -> Iterator[Option]:
    """Yield the options between a header at `start` and `end`, as RawConfigParser sees them."""
    first: int | None = None
    last_end = 0
    lines = LINE.finditer(text, start, end)
    next(lines, None)  # the header
    for line in lines:
        stripped = line.group().strip()
        if not stripped or stripped.startswith(_COMMENT):
            continue
        if first is not None and len(indent(line.group())) > len(indent(text[first:last_end])):
            last_end = line.end()
            continue
        if first is not None:
            yield _option(text, first, last_end)
        first, last_end = line.start(), line.end()
    if first is not None:
        yield _option(text, first, last_end)


def _option(text: str, start: int, end: int) -> Option:
    lines = text[start:end]
    ending = _LINE_END.search(lines)
    before = _SPELLING.match(lines.lstrip())
    spelling = before.group().rstrip() if before else ""
    return Option(
        key=spelling.lower(),
        spelling=spelling,
        indent=indent(lines),
        start=start,
        end=end,
        text=lines[: ending.start()] if ending else lines,
        ending=ending.group() if ending else "",
    )


def words(name: str) -> list[str]:
    """Return the words of a section's name, as a shell splits it; none where it cannot."""
    if not _QUOTING.search(name):  # most names; shlex is slow
        return name.split()
    try:
        return shlex.split(name)
    except ValueError:
        return []


def _name(header: str) -> str:
    brackets = _BRACKETS.search(header)
    return brackets.group(1) if brackets else ""


def indent(text: str) -> str:
    """Return the white space at the beginning of the first line."""
    white_space = _INDENT.match(text)
    return white_space.group() if white_space else ""


def line_end(text: str) -> str:
    """Return the line end that a text uses, LF where it has none."""
    # A bare CR only where all lines end so: before an empty line with LF the two would be one end.
    first = re.search(r"\r\n|\n", text) or re.search(r"\r", text)
    return first.group() if first else "\n"


def is_ended(text: str) -> bool:
    """Return whether the last line of a text has a line end."""
    return text.endswith(("\n", "\r"))


def line_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield `start` and the offsets behind it, up to `end`, at which lines end."""
    yield start
    yield from (line.end() for line in LINE.finditer(text, start, end))


def _lines_beginning(text: str, section: str) -> tuple[int, ...]:
    return tuple(
        sum(1 for _ in LINE.finditer(text, 0, start)) + 1
        for start, name in headers(text)
        if name == section
    )


def _lines_not_nested(text: str, parser: configparser.RawConfigParser) -> tuple[int, ...]:
    """Return lines of nested values (`s3 =`, indented lines below) that botocore cannot split."""
    if not _INDENTED.search(_universal(text)):
        return ()
    broken = {
        (section, key)
        for section in parser.sections()
        # The sections of cli/alias, which the AWS CLI reads without splitting: functions of a
        # shell, mostly.
        if not re.fullmatch(r"toplevel|command .*", section)
        for key, value in parser.items(section)
        if value.startswith("\n")
        and any(line.strip() and "=" not in line for line in value.splitlines())
    }
    if not broken:
        return ()
    found = tuple(headers(text))
    lines = (
        sum(1 for _ in LINE.finditer(text, 0, option.start)) + 1
        for number, (_, name) in enumerate(found)
        for section, key in broken
        if section == name and (option := _section(text, found, number).option(key))
    )
    return tuple(sorted(lines)) or (1,)  # those of [DEFAULT] are in every section


def _unreadable(path: Path, lines: tuple[int, ...], problem: str, cure: str) -> StoreError:
    numbers = f"line{'s' if len(lines) > 1 else ''} {' and '.join(map(str, lines[:5]))}"
    return StoreError(
        f"{path} {problem}, {numbers}; the AWS tools cannot read it, and it is left unchanged.",
        advice=f"{cure}: {path}, {numbers}.",
    )
