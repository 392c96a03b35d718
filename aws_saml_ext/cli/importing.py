"""`configure --from`: the settings of other tools, checked and merged into our own.

Nothing that is there with another value is replaced without `--overwrite`, and everything that is
not taken is named with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aws_saml_ext import hints
from aws_saml_ext.cli import context
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import account_labels, values
from aws_saml_ext.config.sections import SECRETS, config_section, idp_section
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import ConfigError, Stopped, StoreError
from aws_saml_ext.files import atomic, ini, transaction
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.net import host_of
from aws_saml_ext.partitions import is_sign_in_host
from aws_saml_ext.peers import known
from aws_saml_ext.peers.account import ADDRESS, Account
from aws_saml_ext.store.profile import check_for
from aws_saml_ext.text import counted, printable, quoted

_IDP, _USERNAME = "saml_idp", "saml_username"
_NO_NAMES = {"www", "sso", "idp", "adfs", "fs", "sts", "login", "auth", "id", "account", "accounts"}
"""First labels of hosts that name no company."""
_PASSWORD = re.compile(r"password$")
_MAX_COMMANDS = 5
_INSTEAD = "--profile NAME, or --overwrite"


def _address(value: str) -> str:
    address = values.one_line(values.web_address(value))
    if is_sign_in_host(host_of(address)):
        raise ValueError("it must be the address of your identity provider, not of AWS")
    return address


_CHECKS: Mapping[str, Callable[[str], object]] = {
    ADDRESS: _address,
    _USERNAME: values.one_line,
    "saml_role_arn": values.role_pattern,
    "saml_provider_arn": values.provider_arn,
    "saml_session_duration": values.session_duration,
    "saml_profile_name": values.profile_template,
    "saml_policy_arns": lambda value: values.policy_arns(value, None),
    "saml_policy": values.one_line,
    "saml_browser": values.one_of(Browser),
    "saml_keep_session": values.truth,
    "region": values.region,
}
"""The check of each setting that is imported; ValueError has the end of a sentence."""


@dataclass(slots=True)
class _Plan:
    """The sections that will be written, by their names, and the sentences about the rest."""

    idps: dict[str, dict[str, str]]
    """Every section of an identity provider, those of the config file first."""
    profiles: dict[str, dict[str, str]]
    """Every profile of the config file, with the keys that are added to it."""
    labels: dict[str, str]
    """The labels of accounts, by their ids."""
    lines: list[str] = field(default_factory=list)
    wanted: dict[tuple[str, str], dict[str, str | None]] = field(default_factory=dict)
    """The new keys, by the kind and the name of their section."""
    usable: int = 0
    old: frozenset[str] = frozenset()
    """The names of the sections of identity providers that other profiles may use already."""


def run(invocation: Invocation, source: str, *, overwrite: bool, dry_run: bool) -> int:
    """Import the settings of other tools, and return the exit status.

    Raises:
        UsageError: there is no such tool and no such file.
        ConfigError: nothing can be used, or the file of one tool cannot be read.
        SignInRequired: nobody can be asked, and neither a profile nor `--overwrite` says to write.
        Stopped: the person does not want it written.
    """
    config_file = atomic.expanded(Path(invocation.session.get_config_variable("config_file")))
    sources = known.sources(
        source, home=Path.home(), config_file=config_file, environ=invocation.environ
    )
    plan = _existing(config_file)
    for each in sources:
        _read(each, plan, invocation, overwrite=overwrite, is_one_of_many=source == known.ALL)
    notify = invocation.prompt.notify
    for line in plan.lines:
        notify(line)
    if not plan.usable:
        places = ", ".join(dict.fromkeys(str(each.path) for each in sources))
        raise ConfigError(
            f"No settings of another tool can be used. Looked at: {places}.",
            command=hints.command("configure", "--profile", "NAME", "--idp-url", "URL"),
        )
    changes = _changes(plan, config_file)
    diff = transaction.preview(changes, secrets=SECRETS)
    if not diff:
        notify("Everything is there already.")
        return 0
    if dry_run:
        invocation.write(diff)
        return 0
    _ask(invocation, diff, overwrite=overwrite)
    for file in transaction.apply(
        changes,
        command="configure",
        folder=invocation.writable(invocation.saml_folder),
        secrets=SECRETS,
    ):
        notify(f"{file} is written. To take it back:\n  {hints.command('undo')}")
    names = [name for kind, name in plan.wanted if kind == "profile"]
    if names:
        commands = list(map(hints.sign_in_command, names))
        if len(commands) > _MAX_COMMANDS:
            commands = [commands[0], hints.command("--all")]
        notify("\n  ".join(["Sign in with:", *commands]))
    return 0


def _ask(invocation: Invocation, diff: str, *, overwrite: bool) -> None:
    prompt = invocation.prompt
    if not prompt.interactive and (invocation.profile_asked_for is not None or overwrite):
        return
    if prompt.interactive:
        prompt.notify(diff.rstrip("\n"))
    answer = prompt.ask("Write this? [Y/n] ", instead=_INSTEAD)
    if answer.lower().startswith("n"):
        raise Stopped("Nothing is written.")


def _existing(config_file: Path) -> _Plan:
    """Return a plan with the sections that are there already."""
    idps: dict[str, dict[str, str]] = {}
    profiles: dict[str, dict[str, str]] = {}
    labels: dict[str, str] = {}
    for section, keys in ini.sections(config_file).items():
        words = ini.words(section)
        if len(words) == 2 and words[0] == "saml-idp":
            idps[words[1]] = dict(keys)
        elif section == account_labels.SECTION:
            labels = dict(keys)
        elif section == "default" or (len(words) == 2 and words[0] == "profile"):
            profiles[words[-1]] = dict(keys)
    return _Plan(idps, profiles, labels, old=frozenset(idps))


def _read(
    source: known.Source,
    plan: _Plan,
    invocation: Invocation,
    *,
    overwrite: bool,
    is_one_of_many: bool,
) -> None:
    """Add the accounts of one file to the plan."""
    try:
        accounts = source.peer.read(source.path)
    except ConfigError as error:
        if not is_one_of_many:
            raise
        plan.lines.append(str(error))
        return
    if not accounts:
        return
    plan.lines.append(f"{source.path}: {counted(len(accounts), 'account')} of {source.peer.name}")
    for account in _with_own_profiles(accounts):
        if invocation.profile_asked_for in (None, account.profile):
            lines = list(_add(account, plan, invocation, overwrite=overwrite))
            plan.lines += [f"  {printable(line)}" for line in lines]


def _with_own_profiles(accounts: Sequence[Account]) -> Iterator[Account]:
    """Yield the accounts, those that share a profile with the profile of their own name."""
    profiles = [account.profile for account in accounts]
    for account in accounts:
        shares = account.profile is not None and profiles.count(account.profile) > 1
        yield replace(account, profile=account.name) if shares else account


def _add(
    account: Account, plan: _Plan, invocation: Invocation, *, overwrite: bool
) -> Iterator[str]:
    """Add one account to the plan, and yield the lines about it."""
    name = account.name
    if account.address is None:
        yield (
            f"{name}: its address is needed, because {account.missing}. Copy the link of the AWS "
            "tile in the portal of your identity provider, then: "
            + hints.command("configure", "--profile", account.profile or name, "--idp-url", "URL")
        )
        return
    if problem := _problem(ADDRESS, account.address):
        yield f"{name}: its address is not usable: {problem}."
        return
    if account.profile is not None and not context.can_be_a_profile(account.profile):
        yield f"{name}: no profile can be called {quoted(account.profile)}."
        return
    if reason := _conflict(account.profile, plan, invocation, overwrite=overwrite):
        yield f"{name}: {reason}"
        return
    nickname, address = _nickname(account, plan), account.address
    if plan.idps.get(nickname, {}).get(ADDRESS, address) != address and not overwrite:
        yield f"{name}: [saml-idp {nickname}] has another address; --overwrite replaces it."
        return
    if account.profile is not None and not overwrite and _is_of_another(account, nickname, plan):
        yield (
            f"{name}: profile {account.profile} has another identity provider; "
            "--overwrite replaces it."
        )
        return
    plan.usable += 1
    kept: list[str] = []
    idp, settings = (_usable(keys, kept) for keys in (account.idp, account.settings))
    own = _of_the_profile(idp, nickname, plan) if account.profile is not None else {}
    idp = {key: value for key, value in idp.items() if key not in own}
    kept += _put(plan, ("idp", nickname), {ADDRESS: address, **idp}, overwrite=overwrite)
    target = f"[saml-idp {nickname}]"
    if account.profile is not None:
        target += f", profile {account.profile}"
        wanted = {_IDP: nickname, **own, **settings}
        if plan.profiles.get(account.profile, {}).get(ADDRESS) == address:
            del wanted[_IDP]
        kept += _put(plan, ("profile", account.profile), wanted, overwrite=overwrite)
    labels = {
        account: label
        for account, label in account.labels.items()
        if account_labels.problem_of(account, label) is None
    }
    kept += _put(plan, ("accounts", account_labels.SECTION), labels, overwrite=overwrite)
    yield f"{name} → {target}"
    yield from (*kept, *account.notes)


def _usable(keys: Mapping[str, str], kept: list[str]) -> dict[str, str]:
    """Return the values that pass the checks of their settings; name the others in `kept`."""
    usable = {}
    for name, value in keys.items():
        if problem := _problem(name, value):
            kept.append(f"{name} is not taken: {problem}.")
        else:
            usable[name] = value
    return usable


def _problem(name: str, value: str) -> str:
    try:
        values.one_line(value)
        _CHECKS[name](value)
    except ValueError as error:
        return str(error)
    return ""


def _conflict(
    profile: str | None, plan: _Plan, invocation: Invocation, *, overwrite: bool
) -> str | None:
    """Return why a profile cannot be used for sign-ins, a sentence."""
    if profile is None:
        return None
    for key, value in plan.profiles.get(profile, {}).items():
        if _PASSWORD.search(key) and value:
            # `undo` would keep a copy of the whole section.
            return (
                f"{key} lies in clear text in profile {profile} of the config file. "
                "Remove this line, then import again."
            )
    credentials = ini.read_section(invocation.credentials_file, profile) or {}
    try:
        check_for(profile, plan.profiles.get(profile, {}), overwrite=overwrite)(credentials)
    except StoreError as error:
        return str(error)
    return None


def _is_of_another(account: Account, nickname: str, plan: _Plan) -> bool:
    """Return whether the account's profile signs in at another identity provider already."""
    there = plan.profiles.get(account.profile or "", {})
    address = there.get(ADDRESS)
    return address != account.address if address else there.get(_IDP, nickname) != nickname


def _nickname(account: Account, plan: _Plan) -> str:
    """Return the name of the section with this address, or a new name."""
    for name, keys in plan.idps.items():
        if keys.get(ADDRESS) == account.address:
            return name
    if account.nickname and not any(letter in account.nickname for letter in "[]#;\"'\\\n"):
        return account.nickname  # where it has another address, that is left and said
    labels = host_of(account.address or "").split(".")
    label = next((label for label in labels[:-1] if label not in _NO_NAMES), labels[0])
    number, name = 1, label
    while name in plan.idps:
        number += 1
        name = f"{label}-{number}"
    return name


def _of_the_profile(idp: Mapping[str, str], nickname: str, plan: _Plan) -> dict[str, str]:
    """Return the settings that the section of an identity provider cannot hold for all profiles."""
    section = plan.idps.get(nickname, {})
    is_old = nickname in plan.old
    return {
        key: value
        for key, value in idp.items()
        if section.get(key, None if is_old else value) != value
    }


def _put(
    plan: _Plan, target: tuple[str, str], wanted: Mapping[str, str], *, overwrite: bool
) -> Iterator[str]:
    """Add keys to a section of the plan, and yield a sentence for each that stays as it is."""
    kind, name = target
    if kind == "accounts":
        there = plan.labels
    else:
        there = (plan.idps if kind == "idp" else plan.profiles).setdefault(name, {})
    for key, value in wanted.items():
        if there.get(key) == value:
            continue
        if there.get(key) and not overwrite:
            yield f"{key} has another value already, and stays; --overwrite replaces it."
            continue
        there[key] = value
        plan.wanted.setdefault(target, {})[key] = value
        if key == _IDP and there.pop(ADDRESS, ""):  # it would precede that of the section
            plan.wanted[target][ADDRESS] = None


def _changes(plan: _Plan, config_file: Path) -> list[Change]:
    ordered = sorted(plan.wanted.items(), key=lambda item: item[0][0])  # profiles come last
    section_of: Mapping[str, Callable[[str], str]]
    section_of = {"accounts": str, "idp": idp_section, "profile": config_section}
    return [Change(config_file, section_of[kind](name), keys) for (kind, name), keys in ordered]
