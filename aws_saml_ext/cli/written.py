"""The lines that say which keys of which sections a command writes, and who else uses a section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.files import ini
from aws_saml_ext.files.transaction import Change

_MASKED = "********"


def lines(changes: Sequence[Change], profiles: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Return the lines about changes that are still to be made: old and new value of each key.

    Args:
        changes: those of one command.
        profiles: every profile of the config file, by its name.

    Raises:
        StoreError: a file cannot be read.
    """
    return [line for change in changes for line in _of(change, profiles)]


def users_of(nickname: str, profiles: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Return the profiles that use the section of an identity provider."""
    return [name for name, keys in profiles.items() if keys.get("saml_idp") == nickname]


def _of(change: Change, profiles: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    before = ini.read_section(change.path, change.section) or {}
    new = {key: value for key, value in change.values.items() if before.get(key.lower()) != value}
    if not new:
        return
    yield f"[{change.section}] in {change.path}{_shared(change.section, profiles)}:"
    for key, value in new.items():
        old = before.get(key.lower())
        if value is None:
            yield f"  {key} is removed (it was {_shown(key, old) or 'empty'})"
        elif old is None:
            yield f"  {key} = {_shown(key, value)}"
        else:
            yield f"  {key} = {_shown(key, value)} (it was {_shown(key, old) or 'empty'})"


def _shared(section: str, profiles: Mapping[str, Mapping[str, object]]) -> str:
    kind, *name = ini.words(section)
    users = users_of(name[0], profiles) if kind == "saml-idp" and name else []
    if not users:
        return ""
    if len(users) == 1:
        return f", which profile {users[0]} uses"
    return f", which profiles {', '.join(users[:-1])} and {users[-1]} use"


def _shown(key: str, value: str | None) -> str:
    if key.lower() in SECRETS.keys:
        return _MASKED
    text = " ".join((value or "").split())
    return text if len(text) <= 200 else f"{text[:200]}…"
