"""The names of the profiles that `--roles` makes, by the template of the settings. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from aws_saml_ext.assertion import Role
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.text import quoted

DEFAULT = next(str(setting.default) for setting in SETTINGS if setting.name == "saml_profile_name")


class BadName(Exception):
    """A name that no profile can have; the text is the end of a sentence."""


class SharedName(BadName):
    """A name that several roles or accounts would have."""


def names(
    template: str,
    roles: Sequence[Role],
    *,
    account_names: Mapping[str, str],
    user: str | None,
    is_usable: Callable[[str], bool] = bool,
) -> dict[str, str]:
    """Return the name of the profile of each role, by its ARN.

    Args:
        template: as `config.values.profile_template` accepts it.
        roles: the roles.
        account_names: names of accounts, by their ids.
        user: the person, as the assertion names them.
        is_usable: whether a profile can have a name.

    Raises:
        BadName: no profile can have one of the names.
        SharedName: two roles come to one name, or two of their accounts share that of `{name}`.
    """
    if "{name}" in template:
        _refuse_shared({role.account_id for role in roles}, account_names)
    found: dict[str, str] = {}
    arns: dict[str, str] = {}
    for role in roles:
        name = _name(template, role, account_names, user)
        if not is_usable(name):
            raise BadName(f"no profile can be called {quoted(name)}")
        if arns.setdefault(name, role.arn) != role.arn:
            raise SharedName(
                f"{quoted(name)} would be the profile of two roles, {arns[name]} and {role.arn}"
            )
        found[role.arn] = name
    return found


def _name(template: str, role: Role, account_names: Mapping[str, str], user: str | None) -> str:
    path = role.path_name.rpartition("/")[0].strip("/")
    values = {
        "account": role.account_id,
        "name": account_names.get(role.account_id) or role.account_id,
        "role": role.name,
        "path": path.replace("/", "-"),
        "provider": role.provider_name,
        "partition": role.arn.split(":")[1],
        "user": user or "",
    }
    # Not `str.format`, whose fields may be attributes.
    return re.sub(r"\{(\w+)\}", lambda field: values[field[1]], template)


def _refuse_shared(accounts: set[str], account_names: Mapping[str, str]) -> None:
    counts = Counter(account_names[account] for account in accounts if account in account_names)
    for name, count in counts.items():
        if count > 1:
            ids = sorted(each for each in accounts if account_names.get(each) == name)
            raise SharedName(f"accounts {' and '.join(ids)} are both called {quoted(name)}")
