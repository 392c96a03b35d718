"""
One section of an AWS ini file changed, every other byte kept. Pure, but for reading a file.

The files are credentials, config and cli/alias. What they mean is what botocore reads in them: a
RawConfigParser's view, with option names in lower case and section names as they are written.
ConfigUpdater makes the edit; it is given that one section only, since on a whole file of 10,000
profiles it takes longer than configparser takes to read and write it.
"""

from __future__ import annotations

import configparser
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")
_INDENT = re.compile(r"[^\S\r\n]*")
_BRACKETS = re.compile(r"\[([^\r\n]+)\]")
_INDENTED = re.compile(r"\n[^\S\n]+[^\s#;]")
_BARE_RETURN = re.compile(r"\r(?!\n)")
_PLAIN = re.compile(r"\[([^\[\]]+)\]|([a-z0-9_]+) ?= ?.*")
_KEY = re.compile(r"[^\s=:#;\[\]]+")
_QUOTING = re.compile(r"[^\w .:/@+-]")
# Control characters, and bytes of an argument that are not UTF-8: halves of surrogate pairs.
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_COMMENT = ("#", ";")

QUOTED_KINDS = ("profile", "sso-session", "services", "saml-idp")
"""Kinds of sections whose name botocore splits like a shell does: `[profile "my dev"]`."""


@dataclass(frozen=True, slots=True)
class Option:
    """Where one key of a section stands, its continuation lines included."""

    key: str
    """In lower case, as botocore reads it."""
    spelling: str
    indent: str
    start: int
    end: int
    line: int
    """How many lines below its section's header it begins."""
    text: str = field(repr=False)
    """The lines, without the end of the last one."""
    ending: str
    """The end of the last one; empty at the end of some files."""


@dataclass(frozen=True, slots=True)
class Place:
    """So many lines below the first line of the key `below`, or of the header where it is empty."""

    below: str
    lines: int
    ending: str = ""
    """Of the line that was there, where it had one."""


@dataclass(frozen=True, slots=True)
class Section:
    """Where one section stands in a text: from its header to the next section's."""

    start: int
    end: int
    options: tuple[Option, ...]
    header: str
    """The header's line, with its end if it has one."""

    def option(self, key: str) -> Option | None:
        """The option of that name in lower case."""
        return next((option for option in self.options if option.key == key), None)

    @property
    def body_end(self) -> int:
        """Where the last option ends: comments behind it may belong to the next section."""
        return self.options[-1].end if self.options else self.start + len(self.header)


def read_section(path: Path, section: str) -> dict[str, str] | None:
    """
    The keys (in lower case) and values of one section, or None where there is none.

    Raises:
        StoreError: the file cannot be read, by us or by botocore.
    """
    text = read(path)
    parsed = parse(text, path)
    found = find(text, section)
    if found is None:
        return None
    return dict(parsed.items(_name(found.header)))


def sections(path: Path) -> dict[str, dict[str, str]]:
    """
    Every section of a file, by its name as it is written; empty where there is no file.

    Raises:
        StoreError: the file cannot be read, by us or by botocore.
    """
    parsed = parse(read(path), path)
    return {section: dict(parsed.items(section)) for section in parsed.sections()}


def read(path: Path) -> str:
    """
    The text of a file, line ends as they are; empty where there is no file.

    Raises:
        StoreError: it cannot be read, or is not UTF-8.
    """
    return decode(atomic.read(atomic.real(path)) or b"", path)


def decode(content: bytes, path: Path) -> str:
    """
    The text of a file's bytes.

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
        hint=f"Save it as UTF-8: open {path} and see line {line}",
    )


def parse(text: str, path: Path) -> configparser.RawConfigParser:
    """
    What botocore reads in `text`, by the same parser.

    Raises:
        StoreError: botocore could not read it. The message names lines, and shows none: a line
            that cannot be parsed may be a secret.
    """
    if text.startswith("\ufeff"):
        raise _unreadable(path, (1,), "begins with a byte order mark", "Save it without one")
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(_universal(text))
    except configparser.DuplicateSectionError as error:
        lines = _lines_beginning(text, error.section) or (error.lineno or 1,)
        trouble = ("has the same section twice", "Join the two sections into one")
    except configparser.DuplicateOptionError as error:
        lines = (error.lineno or 1,)
        trouble = ("has the same key twice in one section", "Remove one of the two")
    except configparser.MissingSectionHeaderError as error:
        lines = (error.lineno,)
        trouble = ("has text before the first [section]", "Remove it or put a [section] above")
    except configparser.ParsingError as error:
        lines = tuple(number for number, _ in error.errors)
        trouble = ("is not made of `key = value` lines", "Mend or remove the lines")
    else:
        lines = _lines_not_nested(text, parser)
        trouble = ("has a nested value that is not `key = value`", "Mend or remove the lines")
    if lines:
        # Raised out here: in the clauses above its context would carry the line.
        raise _unreadable(path, lines, *trouble)
    return parser


def check(text: str, path: Path) -> None:
    """
    Refuse what botocore could not read.

    Raises:
        StoreError: as `parse` does.
    """
    # Parsing takes most of the time of a change; a file without anything odd needs none.
    if not _is_plain(text):
        parse(text, path)


def changed(text: str, section: str, values: Mapping[str, str | None]) -> str:
    """
    `text` with the keys of one section set, or removed where the value is None.

    A key that is there is replaced in its place, its continuation lines included; a new one goes
    after the section's last; a new section to the end, after a blank line. No other byte changes,
    nor those of a key that has its value already.

    Args:
        text: what `check` accepted.
        section: such as `dev`, or what `config.sections` gives.
        values: by key; one line each.

    Raises:
        StoreError: a value or the section's name cannot be written on a line.
    """
    _check(section, values)
    found = find(text, section)
    if found is None:
        if all(value is None for value in values.values()):
            return text
        header = f"[{_written(section)}]{_line_end(text)}"
        return text + lead_of_new_section(text) + _edited(header, values)
    there = values_of(text, found)
    values = {key: value for key, value in values.items() if there.get(key) != value}
    if not values:
        return text
    below = text[found.end :]
    # A header that is indented deeper than the key above it would continue that key's value.
    edited = _edited(text[found.start : found.end], values, indent=_indent(below))
    return text[: found.start] + edited + below


def lead_of_new_section(text: str) -> str:
    """What comes between `text` and a section at its end, so that a blank line is between them."""
    if not text:
        return ""
    end = _line_end(text)
    lines = text.removesuffix("\n").removesuffix("\r")
    last = lines[max(lines.rfind("\n"), lines.rfind("\r")) + 1 :]
    return ("" if _ended(text) else end) + (end if last.strip() else "")


def without_section(text: str, section: str, *, lead: str | None = None) -> str:
    """
    `text` without a section that holds no key any more; any other is left as it is.

    Its header goes, and what is before it: `lead` (see `lead_of_new_section`) if it is there, or,
    where nothing is known, one blank line. Comments stay.
    """
    found = find(text, section)
    if found is None or found.options:
        return text
    before, after = text[: found.start], text[found.start + len(found.header) :]
    if lead is None:
        lead = _line_end(text)
        if not before.endswith(lead * 2):
            lead = ""
    if lead and before.endswith(lead):
        shortened = before[: -len(lead)]
        # The end of the last line before us is needed when something has come behind us since.
        if after and shortened and not _ended(shortened):
            shortened += _line_end(text)
        before = shortened
    return before + after


def put_back(text: str, section: str, key: str, lines: str | None, place: Place) -> str:
    """
    `text` with the lines of one key as they once were, or without the key where `lines` is None.

    Lines that are gone come back at `place`, in a new section where theirs is gone, too.
    """
    found = find(text, section)
    if found is None:
        if lines is None:
            return text
        text += lead_of_new_section(text) + f"[{_written(section)}]{_line_end(text)}"
        found = find(text, section)
        assert found is not None  # noqa: S101 - for mypy: it is there since the line above
    option = found.option(key)
    if option is not None:
        end = option.end if lines is None else option.start + len(option.text)
        return text[: option.start] + (lines or "") + text[end:]
    if lines is None:
        return text
    at = _offset(text, found, place)
    before = text[:at] if not at or _ended(text[:at]) else text[:at] + _line_end(text)
    return before + lines + (place.ending or _line_end(text)) + text[at:]


def place_of(section: Section, option: Option) -> Place:
    """Where an option stands, in words that still hold when lines above its section change."""
    above = section.options[: section.options.index(option)]
    if not above:
        return Place("", option.line, option.ending)
    return Place(above[-1].key, option.line - above[-1].line, option.ending)


def _offset(text: str, section: Section, place: Place) -> int:
    above = section.option(place.below)
    below = [option for option in section.options if above is None or option.start > above.start]
    latest = below[0].start if below else section.end
    at = above.start if above else section.start
    for _ in range(place.lines):
        line = _LINE.match(text, at)
        if line is None or line.end() > latest:
            break
        at = line.end()
    return at


def find(text: str, section: str) -> Section | None:
    """Where botocore's section of that name is; the last one, where several spellings are."""
    return _find(text, _matching(section))


def options_of(text: str, section: str) -> dict[str, str]:
    """The keys and values of one section of a text that `check` accepted."""
    found = find(text, section)
    return values_of(text, found) if found else {}


def values_of(text: str, section: Section) -> dict[str, str]:
    """The keys and values of a section that was found in `text`."""
    return _values(text[section.start : section.end])


def _find(text: str, matches: Callable[[str], bool]) -> Section | None:
    start: int | None = None
    end = len(text)
    for at, name in _headers(text):
        if matches(name):
            start, end = at, len(text)
        elif start is not None and end == len(text):
            end = at
    if start is None:
        return None
    header = _LINE.match(text, start)
    return Section(
        start=start,
        end=end,
        options=tuple(_options(text, start, end)),
        header=header.group() if header else "",
    )


def _edited(section: str, values: Mapping[str, str | None], *, indent: str = "") -> str:
    """The text of one section, header first, with `values` set; `indent` where it has no key."""
    from configupdater import ConfigUpdater

    end = _line_end(section)
    unended = not _ended(section)
    [(_, name)] = _headers(section)
    found = find(section, name)
    assert found is not None  # noqa: S101 - for mypy: it begins with its header
    body, tail = section[: found.body_end], section[found.body_end :]
    if not _ended(body):
        body += end
    updater = ConfigUpdater()
    updater.read_string("".join(_for_updater(body, found.options, values)))
    edited = updater[updater.sections()[0]]
    if found.options:
        indent = found.options[-1].indent
    for key, value in values.items():
        option = found.option(key.lower())
        if option is None and value is not None:
            edited[key] = value + _to_updater(end)[:-1]
            edited[key.lower()].key = indent + key
        elif option is not None and value is None:
            del edited[option.key]
        elif option is not None:
            edited[option.key].value = f"{value}{_to_updater(option.ending or end)[:-1]}"
            edited[option.key].key = option.indent + option.spelling
    result = _from_updater(str(updater))
    if unended and not tail:
        # The file's last line gets an end only where another line comes behind it.
        last = found.options[-1].key if found.options else None
        options = find(result, name)
        if options and last == (options.options[-1].key if options.options else None):
            result = result.removesuffix(end)
    result += tail
    _check_edit(section, values, result)
    return result


# ConfigUpdater sees headers and keys only: whatever else a line is, it gets as a comment at the
# margin, since it takes an indented comment for a line of the value above it, and adds line ends
# behind values with a blank line in them. It ends lines at LF only, so a bare CR gets one, too.
# All of this is taken back afterwards.
_MARK = "#\0"


def _for_updater(
    body: str, options: tuple[Option, ...], values: Mapping[str, str | None]
) -> Iterator[str]:
    keys = {key.lower() for key in values}
    ours = [option for option in options if option.key in keys]
    shown = {0} | {option.start for option in options}
    for line in _LINE.finditer(body):
        if line.start() in shown:
            yield _to_updater(line.group())
        elif not any(option.start < line.start() < option.end for option in ours):
            yield _MARK + _to_updater(line.group())


def _to_updater(line: str) -> str:
    return _BARE_RETURN.sub("\r\r\n", line)


def _from_updater(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line.removeprefix(_MARK) for line in lines).replace("\r\r\n", "\r")


def _check_edit(before: str, values: Mapping[str, str | None], after: str) -> None:
    """Nothing is written that botocore would read otherwise than we mean it."""
    wanted = _values(before)
    for key, value in values.items():
        if value is None:
            wanted.pop(key.lower(), None)
        else:
            wanted[key.lower()] = value
    if _values(after) != wanted:
        raise StoreError("A section could not be changed without harm to its other keys.")


def _values(section: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(_universal(section))
    [name] = parser.sections()
    return dict(parser.items(name))


def _universal(text: str) -> str:
    """Line ends as botocore sees them, which opens a file in text mode: a bare CR is one, too."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _is_plain(text: str) -> bool:
    """
    Whether each line is blank, a comment, `[name]` or `key = value`, at the margin, none twice.

    RawConfigParser takes all of these; of what is not plain it has to be asked.
    """
    sections: set[str] = set()
    keys: set[str] = set()
    for line in _universal(text).split("\n"):
        if not line or line.startswith(_COMMENT):
            continue
        plain = _PLAIN.fullmatch(line)
        if plain is None:
            return False
        name, key = plain.groups()
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


def _headers(text: str) -> Iterator[tuple[int, str]]:
    """Where the lines with headers start, and their names, as RawConfigParser sees them."""
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
    """The options between a header at `start` and `end`, as RawConfigParser sees them."""
    first: tuple[int, int] | None = None
    last_end = 0
    lines = enumerate(_LINE.finditer(text, start, end))
    next(lines, None)  # the header
    for number, line in lines:
        stripped = line.group().strip()
        if not stripped or stripped.startswith(_COMMENT):
            continue
        indent = _indent(line.group())
        if first is not None and len(indent) > len(_indent(text[first[0] : last_end])):
            last_end = line.end()
            continue
        if first is not None:
            yield _option(text, first, last_end)
        first, last_end = (line.start(), number), line.end()
    if first is not None:
        yield _option(text, first, last_end)


def _option(text: str, first: tuple[int, int], end: int) -> Option:
    start, line = first
    lines = text[start:end]
    ending = _LINE_END.search(lines)
    spelling = re.split("[=:]", lines.lstrip(), maxsplit=1)[0].rstrip()
    return Option(
        key=spelling.lower(),
        spelling=spelling,
        indent=_indent(lines),
        start=start,
        end=end,
        line=line,
        text=lines[: ending.start()] if ending else lines,
        ending=ending.group() if ending else "",
    )


def _check(section: str, values: Mapping[str, str | None]) -> None:
    if not section.strip() or _NOT_TEXT.search(section) or section == "DEFAULT":
        raise StoreError(f"A profile cannot be named {section!r}.", hint="Choose another name")
    for key, value in values.items():
        if not _KEY.fullmatch(key) or (
            value is not None and (_NOT_TEXT.search(value) or value != value.strip())
        ):
            # The value may be a secret.
            raise StoreError(
                f"The value of {key} cannot be written on one line of text.",
                hint="Give it without white space around it, line breaks or bytes that are "
                "no UTF-8.",
            )


def _matching(section: str) -> Callable[[str], bool]:
    """Whether a header's name stands for `section`, quotes and spaces apart where botocore does."""
    wanted = words(section)
    if len(wanted) != 2 or wanted[0] not in QUOTED_KINDS:
        return lambda name: name == section
    return lambda name: (
        name == section
        or (name == "default" and wanted == ["profile", "default"])
        or (name.startswith(wanted[0]) and words(name) == wanted)
    )


def words(name: str) -> list[str]:
    """Return the words of a section's name, as a shell splits it; none where it cannot."""
    if not _QUOTING.search(name):  # most names; shlex is slow
        return name.split()
    try:
        return shlex.split(name)
    except ValueError:
        return []


def _written(section: str) -> str:
    return "default" if section == "profile default" else section


def _name(header: str) -> str:
    brackets = _BRACKETS.search(header)
    return brackets.group(1) if brackets else ""


def _indent(text: str) -> str:
    """The white space that the first line begins with."""
    indent = _INDENT.match(text)
    return indent.group() if indent else ""


def _line_end(text: str) -> str:
    # A bare CR only where all lines end so: before an empty line with LF the two would be one end.
    first = re.search(r"\r\n|\n", text) or re.search(r"\r", text)
    return first.group() if first else "\n"


def _ended(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def _lines_beginning(text: str, section: str) -> tuple[int, ...]:
    return tuple(
        sum(1 for _ in _LINE.finditer(text, 0, start)) + 1
        for start, name in _headers(text)
        if name == section
    )


def _lines_not_nested(text: str, parser: configparser.RawConfigParser) -> tuple[int, ...]:
    """Lines of nested values (`s3 =` and indented lines below) that botocore cannot split."""
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
    lines = (
        sum(1 for _ in _LINE.finditer(text, 0, option.start)) + 1
        for section, key in broken
        if (found := _find(text, section.__eq__)) and (option := found.option(key))
    )
    return tuple(sorted(lines)) or (1,)  # those of [DEFAULT] are in every section


def _unreadable(path: Path, lines: tuple[int, ...], what: str, cure: str) -> StoreError:
    numbers = f"line{'s' if len(lines) > 1 else ''} {' and '.join(map(str, lines[:5]))}"
    return StoreError(
        f"{path} {what}, {numbers}; the AWS tools cannot read it, and it is left as it is.",
        hint=f"{cure}: {path}, {numbers}",
    )
