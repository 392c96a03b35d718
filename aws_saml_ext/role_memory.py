"""The memory of roles: how long their sessions may be, when they were used, names of accounts.

It is the file `roles.json` in `~/.aws/saml`, without a secret, and always safe to delete: no
failure of it is one of a sign-in. What STS said of a role is kept for that STS only, so that a test
stack teaches nothing about AWS.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic, locks
from aws_saml_ext.net import host_and_port, host_of
from aws_saml_ext.partitions import is_aws_host

NAME = "roles.json"
MAX_ROLES = 2000
"""The roles that are kept; of more, those go that were not used for the longest time."""
_VERSION = 1
_MAX_BYTES = 2_000_000  # three times the size of so many roles
_MAX_SECONDS = 43_200
_MAX_NAME = 300  # characters of an account's name; whoever shows it cuts it
_ACCOUNT = re.compile(r"[0-9]{12}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownRole:
    """The knowledge of a role, from the answers of one STS."""

    granted: int | None = None
    """The longest session that was granted, in seconds."""
    refused: int | None = None
    """The shortest session that was refused, in seconds; longer than `granted`."""
    asked_at: datetime | None = None
    """When a session was refused last."""
    used_at: datetime | None = None
    """When credentials were issued last."""
    uses: int = 0
    idp: str = ""
    """A digest of the address of the identity provider; see `forget`."""

    @property
    def last_at(self) -> datetime | None:
        """The last time that something was learnt of the role."""
        return max(filter(None, (self.asked_at, self.used_at)), default=None)

    def after(self, lesson: Lesson) -> KnownRole:
        """Return what is known after a lesson, which outweighs older answers."""
        granted = _of_both(max, self.granted, lesson.granted)
        refused = _of_both(min, self.refused, lesson.refused)
        if granted is not None and refused is not None and granted >= refused:
            # The maximum has changed since: the answers of now count.
            granted = lesson.granted if lesson.refused is not None else granted
            refused = lesson.refused
        return KnownRole(
            granted=granted,
            refused=refused,
            asked_at=lesson.at if lesson.refused is not None else self.asked_at,
            used_at=lesson.at if lesson.is_use else self.used_at,
            uses=self.uses + 1 if lesson.is_use else self.uses,
            idp=lesson.idp or self.idp,
        )


UNKNOWN = KnownRole()
"""A role of which nothing is known."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """The answer of AWS about the name of an account."""

    name: str | None
    """Its alias, as AWS sent it; None where it has none, or where nobody may ask."""
    asked_at: datetime
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Lesson:
    """The answers of one STS about one role, in one sign-in."""

    arn: str
    sts: str
    """See `sts_name`."""
    at: datetime
    granted: int | None = None
    """The longest session that was granted, in seconds."""
    refused: int | None = None
    """The shortest session that was refused, in seconds."""
    is_use: bool = True
    """True if somebody gets the credentials."""
    idp: str = ""
    """See `idp_name`."""


class RoleMemory:
    """The memory in one folder, read when it is first needed."""

    def __init__(self, saml_folder: Path, *, clock: Clock = SYSTEM) -> None:
        """Take `~/.aws/saml`."""
        self.path = saml_folder / NAME
        self._folder = saml_folder
        self._clock = clock

    # ---- what is known ----

    def role(self, arn: str, sts: str) -> KnownRole:
        """Return what is known of a role from this STS."""
        return self._known.roles.get(_key(arn, sts), UNKNOWN)

    def used(self) -> Mapping[str, datetime]:
        """Return when each role was used last, by its ARN, whatever the STS."""
        found: dict[str, datetime] = {}
        for key, role in self._known.roles.items():
            arn = key.partition(" ")[0]
            if role.used_at is not None:
                found[arn] = max(role.used_at, found.get(arn, role.used_at))
        return found

    def accounts(self) -> Mapping[str, KnownAccount]:
        """Return what is known of the names of accounts, by their ids."""
        return self._known.accounts

    @cached_property
    def _known(self) -> _Content:
        try:
            return _parsed(_read(self.path)) or _Content({}, {})
        except (StoreError, OSError) as error:
            _log.debug("The memory of roles is not read: %s", error)
            return _Content({}, {})

    # ---- what is learnt ----

    def learn(self, lessons: Sequence[Lesson]) -> None:
        """Add lessons to what the file holds by now; a failure is logged, and costs only that."""

        def taught(roles: dict[str, KnownRole], _: dict[str, KnownAccount]) -> None:
            for lesson in lessons:
                key = _key(lesson.arn, lesson.sts)
                roles[key] = roles.get(key, UNKNOWN).after(lesson)

        if lessons:
            self._change(taught)

    def name_accounts(self, accounts: Mapping[str, KnownAccount]) -> None:
        """Add what AWS said about names of accounts; a failure is logged."""
        if accounts:
            self._change(lambda _, known: known.update(accounts))

    def forget(self, idp_url: str) -> None:
        """Forget the roles of an identity provider, and accounts without other ones.

        A failure is logged.
        """
        idp = idp_name(idp_url)

        def forgotten(roles: dict[str, KnownRole], accounts: dict[str, KnownAccount]) -> None:
            gone = {key for key, role in roles.items() if role.idp == idp}
            left = {_account(key) for key in roles.keys() - gone}
            for account in {_account(key) for key in gone} - left:
                accounts.pop(account, None)
            for key in gone:
                del roles[key]

        if self._known.roles:  # most people have none
            self._change(forgotten)

    def forget_all(self) -> None:
        """Forget every role and every name of an account; a failure is logged."""

        def forgotten(roles: dict[str, KnownRole], accounts: dict[str, KnownAccount]) -> None:
            roles.clear()
            accounts.clear()

        if self._known.roles or self._known.accounts:
            self._change(forgotten)

    def _change(
        self, change: Callable[[dict[str, KnownRole], dict[str, KnownAccount]], object]
    ) -> None:
        try:
            with locks.held([atomic.real(self.path)], folder=self._folder):
                content = self._current()
                roles, accounts = dict(content.roles), dict(content.accounts)
                change(roles, accounts)
                new = _Content(_bounded(roles), accounts)
                if new != content:
                    atomic.write_private(self.path, _text(new))
                self.__dict__["_known"] = new
        except (StoreError, OSError) as error:
            _log.debug("The memory of roles is not written: %s", error)

    def _current(self) -> _Content:
        """Return what the file holds; set aside anything that is no memory of ours."""
        try:
            content = _read(self.path)
        except OSError as error:
            _log.debug("The memory of roles is not read: %s", error)
            content = b""
        known = _parsed(content)
        if known is not None:
            return known
        aside = self.path.with_name(f"{NAME}.old")
        if aside.is_dir():  # which nothing can be renamed onto
            aside = aside.with_name(f"{aside.name}-{secrets.token_hex(4)}")
        self.path.replace(aside)
        _log.warning("%s cannot be used; it is kept as %s.", self.path, aside.name)
        return _Content({}, {})


def sts_name(endpoint: str) -> str:
    """Return the name of an STS in the memory: empty for all of AWS's own, else host and port."""
    return "" if is_aws_host(host_of(endpoint)) else host_and_port(endpoint)


def idp_name(idp_url: str) -> str:
    """Return a digest of an address, which may be private; empty for none."""
    return hashlib.sha256(idp_url.encode()).hexdigest()[:16] if idp_url else ""


# ---- the file ----


@dataclass(frozen=True, slots=True)
class _Content:
    """The content of the file."""

    roles: Mapping[str, KnownRole]
    """By the role's ARN, and a blank and the name of the STS where that is none of AWS's."""
    accounts: Mapping[str, KnownAccount]
    """By their ids."""


def _key(arn: str, sts: str) -> str:
    return f"{arn} {sts}" if sts else arn


def _account(key: str) -> str:
    return key.split(":")[4] if key.count(":") > 4 else ""


def _of_both(choose: Callable[[Iterable[int]], int], *values: int | None) -> int | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None


def _bounded(roles: Mapping[str, KnownRole]) -> Mapping[str, KnownRole]:
    if len(roles) <= MAX_ROLES:
        return roles
    stamps = {key: role.last_at.timestamp() if role.last_at else 0.0 for key, role in roles.items()}
    kept = set(sorted(roles, key=lambda key: stamps[key])[-MAX_ROLES:])
    return {key: role for key, role in roles.items() if key in kept}


def _read(path: Path) -> bytes | None:
    """Return the content of the file; None without one, nothing for one that is not ours.

    Raises:
        OSError: it cannot be read.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    is_ours = stat.S_ISREG(found.st_mode) and found.st_size <= _MAX_BYTES
    if hasattr(os, "geteuid"):
        is_ours = is_ours and found.st_uid == os.geteuid()
    return path.read_bytes() if is_ours else b""


def _parsed(content: bytes | None) -> _Content | None:
    """Parse the file; return None for what is no memory of this version.

    An entry that cannot be used is left out.
    """
    if content is None:
        return _Content({}, {})
    try:
        values = json.loads(content)
        if values["version"] != _VERSION:
            return None
        return _Content(
            dict(filter(None, map(_role, values["roles"].items()))),
            dict(filter(None, map(_named, values["accounts"].items()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _role(item: tuple[str, Any]) -> tuple[str, KnownRole] | None:
    key, value = item
    try:
        granted, refused = _seconds(value["granted"]), _seconds(value["refused"])
        uses, idp = value["uses"], value.get("idp", "")
        role = KnownRole(
            granted,
            refused,
            _moment(value["asked_at"]),
            _moment(value["used_at"]),
            uses if type(uses) is int and uses >= 0 else 0,
            idp if isinstance(idp, str) else "",
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if granted is not None and refused is not None and granted >= refused:
        role = replace(role, granted=None, refused=None)
    return (key, role) if key.startswith("arn:") and key.isprintable() else None


def _named(item: tuple[str, Any]) -> tuple[str, KnownAccount] | None:
    account, value = item
    try:
        asked_at, name = _moment(value["asked_at"]), value["name"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if asked_at is None or not _ACCOUNT.fullmatch(account):
        return None
    if name is not None and not (isinstance(name, str) and len(name) <= _MAX_NAME):
        return None
    return account, KnownAccount(name, asked_at, value.get("denied") is True)


def _seconds(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= _MAX_SECONDS:
        raise ValueError
    return value


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _text(content: _Content) -> bytes:
    def when(moment: datetime | None) -> str | None:
        return moment.isoformat(timespec="seconds") if moment else None

    roles = {
        key: {
            "granted": role.granted,
            "refused": role.refused,
            "asked_at": when(role.asked_at),
            "used_at": when(role.used_at),
            "uses": role.uses,
            "idp": role.idp,
        }
        for key, role in content.roles.items()
    }
    accounts = {
        key: {"name": known.name, "asked_at": when(known.asked_at), "denied": known.denied}
        for key, known in content.accounts.items()
    }
    values = {"version": _VERSION, "roles": roles, "accounts": accounts}
    return json.dumps(values, indent=1).encode()
