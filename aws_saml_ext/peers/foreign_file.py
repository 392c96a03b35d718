"""Files of other tools: read whole, never changed, and no message repeats their content."""

from __future__ import annotations

import configparser
from pathlib import Path

from aws_saml_ext.errors import ConfigError, StoreError
from aws_saml_ext.files import atomic

_MAX_BYTES = 1 << 20
_NO_DEFAULTS = "\0"
_ANOTHER = "Name the right file: --from FILE."


def text_of(path: Path) -> str | None:
    """Return the text of a file; None where there is none.

    Raises:
        ConfigError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"{path} has more than 1 MiB, and is not read.", advice=_ANOTHER)
        content = atomic.read(path)
    except StoreError as error:
        raise ConfigError(str(error), advice=error.hint) from None
    except (OSError, RuntimeError):  # a loop of links
        raise ConfigError(f"{path} cannot be read.", advice=_ANOTHER) from None
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    # Raised out here: in the clause above its context would carry the bytes.
    raise unreadable(path, line)


def sections_of(path: Path, *, shared: str | None = None) -> dict[str, dict[str, str]]:
    """Return the sections of an ini file; none where there is no file.

    Args:
        path: the file.
        shared: the section whose keys are those of every other section, too, where it has none of
            its own; it is one of the sections itself.

    Raises:
        ConfigError: it cannot be read, or a line is no ini.
    """
    parser = configparser.RawConfigParser(
        interpolation=None, default_section=shared or _NO_DEFAULTS
    )
    line = 0
    try:
        parser.read_string(text_of(path) or "")
    except (
        configparser.MissingSectionHeaderError,
        configparser.DuplicateSectionError,
        configparser.DuplicateOptionError,
    ) as error:
        line = error.lineno or 1
    except configparser.ParsingError as error:
        line = error.errors[0][0]
    except configparser.Error:
        line = 1
    except ValueError:  # a section of the name that stands for none
        line = 1
    if line:
        raise unreadable(path, line)
    names = [shared] if shared and parser.defaults() else []
    return {name: dict(parser[name].items()) for name in (*names, *parser.sections())}


def unreadable(path: Path, line: int) -> ConfigError:
    """Return the error for a file with a line that cannot be read."""
    return ConfigError(
        f"{path} cannot be read: line {line} is not as its tool writes it.",
        advice=f"Look at line {line} of {path}, or import another file.",
    )
