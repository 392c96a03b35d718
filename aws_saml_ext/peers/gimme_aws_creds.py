"""The profiles of gimme-aws-creds, in `~/.okta_aws_login_config`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_saml_ext import hints
from aws_saml_ext.peers import foreign_file
from aws_saml_ext.peers.account import Account, duration, is_off, with_values

_SHARED = "DEFAULT"
_MAX_INHERITED = 20
_TEMPLATES = {"role": "{role}", "acc": "{account}"}
"""The names of the profiles of several roles, by `cred_profile`; the others are as ours."""


def accounts(path: Path) -> list[Account]:
    """Return the profiles of a file; none where there is no file.

    Raises:
        ConfigError: it cannot be read.
    """
    found = foreign_file.sections_of(path, shared=_SHARED)
    return [_account(name, _inherited(name, found)) for name in found]


def _inherited(name: str, found: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the values of a profile, with those of the profiles that it inherits from."""
    values: dict[str, str] = {}
    for _ in range(_MAX_INHERITED):
        own = found.get(name, {})
        values = {**own, **values}
        name = own.get("inherits", "")
        if not name:
            break
    # It doubles per cent signs, and reads them once.
    return {key: text.replace("%%", "%").strip() for key, text in values.items()}


def _account(name: str, values: Mapping[str, str]) -> Account:
    address, missing = values.get("app_url"), ""
    if values.get("gimme_creds_server") != "appurl" or not address:
        address, missing = None, "it is not set up with the address of its AWS tile (appurl)"
    role, notes = values.get("aws_rolename", ""), []
    several = role if role == "all" or "," in role else ""
    role = "" if several else role
    profile = _profile(name, values, role)
    if several:
        command = hints.command("--roles", several, "--profile", profile or "NAME")
        notes.append(f"aws_rolename is not taken: it names several roles. For them: {command}")
    return Account(
        name=name,
        profile=profile,
        address=address,
        missing=missing,
        idp=with_values(saml_username=values.get("okta_username")),
        settings=with_values(
            saml_role_arn=role,
            saml_session_duration=duration(values.get("aws_default_duration")),
            saml_profile_name=_TEMPLATES.get(values.get("cred_profile", "")) if several else None,
        ),
        notes=tuple(notes),
    )


def _profile(name: str, values: Mapping[str, str], role: str) -> str | None:
    """Return the profile: a name, or one made from the role as that tool does.

    Where the role is not known, the section's name; None for the section that all others share.
    """
    parts, wanted = role.split(":"), values.get("cred_profile", "")
    if wanted.lower() == "default":
        return "default"
    if wanted not in {"", "role", "acc", "acc-role"}:
        return wanted
    if len(parts) == 6 and parts[4].isdecimal():
        path, _, role_name = parts[5].removeprefix("role").rpartition("/")
        path = "" if is_off(values.get("include_path")) else f"{path}/"
        names = {"acc": parts[4], "acc-role": f"{parts[4]}-{path}{role_name}"}
        return names.get(wanted, role_name)
    return name if name != _SHARED else None
