"""The profiles of okta-aws-cli, in `~/.okta/okta.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aws_saml_ext import hints
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.peers import foreign_file
from aws_saml_ext.peers.account import Account, at, duration, with_values

_MAX_BITS = 64  # Python turns no number of any size into a text


def accounts(path: Path) -> list[Account]:
    """Return the profiles of a file; none where there is no file.

    Raises:
        ConfigError: it cannot be read, or no reader of YAML is installed.
    """
    text = foreign_file.text_of(path)
    if text is None:
        return []
    settings = _part(_parsed(text, path), "awscli")
    profiles, labels = _part(settings, "profiles"), _labels(_part(settings, "idps"))
    return [
        _account(str(name), _texts(keys), labels)
        for name, keys in profiles.items()
        if _is_text(name)
    ]


def _labels(idps: Mapping[Any, Any]) -> dict[str, str]:
    """Return the names of those identity providers that are one AWS account each, by its id."""
    found = {}
    for arn, label in _texts(idps).items():
        parts = arn.split(":")
        if len(parts) == 6 and parts[4].isdecimal():
            found[parts[4]] = label
    return found


def _parsed(text: str, path: Path) -> object:
    try:
        import yaml
    except ImportError:
        raise ConfigError(
            f"{path} is YAML, for which this program has no reader.",
            command=hints.shown("python3", "-m", "pip", "install", "aws-saml-ext[import]"),
        ) from None
    line = 1
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
    except (yaml.YAMLError, RecursionError, ValueError):
        line = 1
    raise foreign_file.unreadable(path, line)


def _part(content: object, key: str) -> Mapping[Any, Any]:
    found = content.get(key) if isinstance(content, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _texts(keys: object) -> dict[str, str]:
    """Return the keys whose values are texts or numbers."""
    if not isinstance(keys, Mapping):
        return {}
    return {
        str(key): str(value) for key, value in keys.items() if _is_text(key) and _is_text(value)
    }


def _is_text(value: object) -> bool:
    """Return whether a value is a text, or a number that can be one."""
    return isinstance(value, str) or (type(value) is int and value.bit_length() <= _MAX_BITS)


def _account(name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> Account:
    host, app = values.get("org-domain", "").strip(), values.get("aws-acct-fed-app-id", "").strip()
    address = None
    missing = "" if host and app else "it has no aws-acct-fed-app-id"
    if host and app:
        address = at(host, f"/app/amazon_aws/{quote(app, safe='')}/sso/saml")
    notes = []
    if values.get("private-key") or values.get("key-id"):
        notes.append("Its private key is not taken: a person signs in here.")
    return Account(
        name=name,
        profile=name,
        address=address,
        missing=missing,
        settings=with_values(
            saml_role_arn=values.get("aws-iam-role"),
            saml_provider_arn=values.get("aws-iam-idp"),
            saml_session_duration=duration(values.get("aws-session-duration")),
            region=values.get("aws-region"),
        ),
        labels=labels,
        notes=tuple(notes),
    )
