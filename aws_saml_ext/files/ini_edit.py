"""One section of an ini file changed, every other byte kept. Pure.

ConfigUpdater makes the edit. It gets that one section only, since a whole file of 10,000 profiles
takes it longer than configparser takes to read and write the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import ini

_KEY = re.compile(r"[^\s=:#;\[\]]+")
_BARE_RETURN = re.compile(r"\r(?!\n)")
# Control characters, and bytes of an argument that are not UTF-8: halves of surrogate pairs.
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


def changed(text: str, section: str, values: Mapping[str, str | None]) -> str:
    """Return `text` with the keys of one section set, or removed where the value is None.

    An existing key is replaced in its place, its continuation lines included; a new one goes
    after the section's last; a new section goes to the end, after a blank line. No other byte
    changes, nor do those of a key that already has its value.

    Args:
        text: a text that `ini.check` accepted.
        section: such as `dev`, or `profile dev`.
        values: by key; one line each.

    Raises:
        StoreError: a value or the section's name cannot be written on a line.
    """
    _check(section, values)
    found = ini.find(text, section)
    if found is None:
        if all(value is None for value in values.values()):
            return text
        header = f"[{_written(section)}]{ini.line_end(text)}"
        return text + lead_of_new_section(text) + _edited(header, values)
    current = ini.values_of(text, found)
    values = {key: value for key, value in values.items() if current.get(key) != value}
    if not values:
        return text
    below = text[found.end :]
    # A header that is indented deeper than the key above it would continue that key's value.
    edited = _edited(text[found.start : found.end], values, indent=ini.indent(below))
    return text[: found.start] + edited + below


def lead_of_new_section(text: str) -> str:
    """Return the line ends that put a blank line between `text` and a section at its end."""
    if not text:
        return ""
    end = ini.line_end(text)
    lines = text.removesuffix("\n").removesuffix("\r")
    last = lines[max(lines.rfind("\n"), lines.rfind("\r")) + 1 :]
    return ("" if ini.is_ended(text) else end) + (end if last.strip() else "")


def without_section(text: str, section: str, *, lead: str | None = None) -> str:
    """Return `text` without a section that has no keys left; any other section is left alone.

    The header goes, and the `lead` that was added above it; where that is not known, one of two
    blank lines that would be left around it. Comments stay.
    """
    found = ini.find(text, section)
    if found is None or found.options:
        return text
    if lead is None:
        lead = ini.line_end(text)
        if not text[: found.start].endswith(lead * 2):
            lead = ""
    return cut(text, found.start, found.start + len(found.header), lead=lead)


def without_last_end(text: str, section: str) -> str:
    """Return `text` without the end of its last line, if that is the last one of the section."""
    found = ini.find(text, section)
    if found is None or found.body_end != len(text):
        return text
    return text.removesuffix("\n").removesuffix("\r")


def cut(text: str, start: int, end: int, *, lead: str) -> str:
    """Return `text` without the part between two offsets and the `lead` in front of it."""
    before, after = text[:start], text[end:]
    if lead and before.endswith(lead):
        before = before[: -len(lead)]
        # The end of the last line above is needed where something follows now.
        if after and before and not ini.is_ended(before):
            before += ini.line_end(text)
    return before + after


def put(text: str, start: int, end: int, section: str, *, lead: str | None = None) -> str:
    """Return `text` with the part between two offsets replaced by the text of a section.

    Where `start` equals `end` it is added, behind the `lead`; without one behind a blank line.
    """
    before, after = text[:start], text[end:]
    if lead is not None:
        before += lead
    elif start == end:
        before += lead_of_new_section(before)
    if after and not ini.is_ended(section):
        section += ini.line_end(text)
    return before + section + after


def _edited(section: str, values: Mapping[str, str | None], *, indent: str = "") -> str:
    """Return the text of one section, header first, with `values` set.

    `indent` is the indent of a new key where the section has no key yet.
    """
    from configupdater import ConfigUpdater

    end = ini.line_end(section)
    unended = not ini.is_ended(section)
    [(_, name)] = ini.headers(section)
    found = ini.find(section, name)
    assert found is not None  # noqa: S101 - for mypy: it begins with its header
    body, tail = section[: found.body_end], section[found.body_end :]
    if not ini.is_ended(body):
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
        # The file's last line gets an end only where another line follows it.
        last = found.options[-1].key if found.options else None
        options = ini.find(result, name)
        if options and last == (options.options[-1].key if options.options else None):
            result = result.removesuffix(end)
    result += tail
    _check_edit(section, values, result)
    return result


# ConfigUpdater gets headers and keys only. Every other line becomes a comment at the margin: it
# takes an indented comment for a line of the value above, and adds line ends behind a value with a
# blank line in it. It ends lines at LF only, so a bare CR gets one, too. `_from_updater` reverts
# all of this.
_MARK = "#\0"


def _for_updater(
    body: str, options: tuple[ini.Option, ...], values: Mapping[str, str | None]
) -> Iterator[str]:
    keys = {key.lower() for key in values}
    changing = [option for option in options if option.key in keys]
    shown = {0} | {option.start for option in options}
    for line in ini.LINE.finditer(body):
        if line.start() in shown:
            yield _to_updater(line.group())
        elif not any(option.start < line.start() < option.end for option in changing):
            yield _MARK + _to_updater(line.group())


def _to_updater(line: str) -> str:
    return _BARE_RETURN.sub("\r\r\n", line)


def _from_updater(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line.removeprefix(_MARK) for line in lines).replace("\r\r\n", "\r")


def _check_edit(before: str, values: Mapping[str, str | None], after: str) -> None:
    """Refuse a text in which botocore would read other values than expected."""
    expected = ini.values_in(before)
    for key, value in values.items():
        if value is None:
            expected.pop(key.lower(), None)
        else:
            expected[key.lower()] = value
    if ini.values_in(after) != expected:
        raise StoreError(
            "A section could not be changed without harm to its other keys.",
            advice="Change it with a text editor.",
        )


def _check(section: str, values: Mapping[str, str | None]) -> None:
    if not section.strip() or _NOT_TEXT.search(section) or section == "DEFAULT":
        raise StoreError(f"A profile cannot be named {section!r}.", advice="Choose another name.")
    for key, value in values.items():
        if not _KEY.fullmatch(key) or (
            value is not None and (_NOT_TEXT.search(value) or value != value.strip())
        ):
            # The value may be a secret.
            raise StoreError(
                f"The value of {key} cannot be written on one line of text.",
                advice="Give it without white space around it, without line breaks and as UTF-8.",
            )


def _written(section: str) -> str:
    """Return the name of a new section as its header spells it."""
    return "default" if section == "profile default" else section
