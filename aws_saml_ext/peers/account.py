"""One account of another tool, in our settings; the checks and the merging are not done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

ADDRESS = "saml_idp_url"
AWS_URN = "urn:amazon:webservices"
"""The name of AWS at an identity provider, unless a file has another one."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of another tool: a profile, and the identity provider that it uses."""

    name: str
    """Its name in the file of that tool."""
    profile: str | None
    """The profile that it becomes; None where it is an identity provider only."""
    address: str | None
    """The address that starts the sign-in; None where the file does not have it."""
    missing: str = ""
    """The reason why there is no address, as the end of a sentence."""
    nickname: str | None = None
    """The name of its identity provider; None where any name will do."""
    idp: Mapping[str, str] = field(default_factory=dict)
    """Settings for the section of the identity provider."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings for the profile."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The names of AWS accounts, by their ids."""
    notes: tuple[str, ...] = ()
    """Sentences about everything that is not taken."""


def with_values(**settings: str | None) -> dict[str, str]:
    """Return the settings that have a value."""
    return {name: value.strip() for name, value in settings.items() if value and value.strip()}


def duration(seconds: str | None) -> str | None:
    """Return a session duration; None for an hour, which is the default of all these tools."""
    return None if (seconds or "").strip() in {"", "0", "3600"} else seconds


def notes_on(values: Mapping[str, str], sentences: Mapping[str, str]) -> Iterator[str]:
    """Yield the sentences about those keys that have a value in a file."""
    for key, sentence in sentences.items():
        if values.get(key, "").strip():
            yield sentence


def is_off(value: str | None) -> bool:
    """Return whether a switch of another tool is off: `False`, `n`, `0`, or not there."""
    return (value or "").strip().lower() in {"", "false", "n", "no", "0", "off", "none"}


def at(host_or_url: str, path: str, query: str = "") -> str:
    """Return the address of a path of a host; the value of the query is encoded."""
    base = host_or_url.strip().rstrip("/")
    base = base if "://" in base else f"https://{base}"
    return base + path + quote(query, safe=":/")
