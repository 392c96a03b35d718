"""The menu of the roles on offer: those used last come first, each with the name of its account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.assertion_life import redeemable
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.picker.menu import Item, Menu
from aws_saml_ext.text import counted, printable

_MAX_NAME = 64  # characters of the name of an account
_DAYS_IN_WORDS = 14


@dataclass(frozen=True, slots=True)
class Known:
    """The facts about roles and accounts that no assertion has."""

    used: Mapping[str, datetime] = field(default_factory=dict)
    """When each role was used last, by its ARN."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The names of accounts, by their ids."""

    def name(self, account_id: str) -> str:
        """Return the name of an account, made printable; empty for none."""
        return printable(self.names.get(account_id, ""), max_length=_MAX_NAME)


NOTHING_KNOWN = Known()


def menu(
    roles: Sequence[Role],
    known: Known,
    *,
    seconds_left: Callable[[], float] | None = None,
    several: bool = False,
    now: datetime,
) -> Menu:
    """Return the menu for a choice of roles.

    Args:
        roles: those on offer, in the assertion's order, which their numbers follow.
        known: what is known of them.
        seconds_left: the remaining time of the assertion.
        several: whether more than one may be chosen.
        now: the time.
    """
    has_names = any(known.name(role.account_id) for role in roles)
    times = Counter(role.arn for role in roles)
    items = [
        _item(role, known, with_name=has_names, with_provider=times[role.arn] > 1, now=now)
        for role in roles
    ]
    return Menu(
        question="Roles" if several else "Role",
        items=items,
        order=by_use(roles, known.used),
        several=several,
        seconds_left=seconds_left,
    )


def by_use(roles: Sequence[Role], used: Mapping[str, datetime]) -> list[int]:
    """Return the places of roles: those used before, most recent first, then the others."""
    places = range(len(roles))
    before = [place for place in places if roles[place].arn in used]
    before.sort(key=lambda place: used[roles[place].arn], reverse=True)
    return [*before, *(place for place in places if roles[place].arn not in used)]


def seconds_left(assertion: Assertion, clock: Clock = SYSTEM) -> Callable[[], float]:
    """Return a function that tells the remaining time of an assertion."""
    deadline = redeemable(assertion, clock)
    return lambda: deadline.remaining


def ago(moment: datetime, now: datetime) -> str:
    """Return when something was, in words: `5 minutes ago`, `yesterday`, `2026-06-01`."""
    minutes = int((now - moment).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    hours, days = minutes // 60, minutes // (24 * 60)
    if hours < 1:
        return f"{counted(minutes, 'minute')} ago"
    if days < 1:
        return f"{counted(hours, 'hour')} ago"
    if days == 1:
        return "yesterday"
    return f"{days} days ago" if days <= _DAYS_IN_WORDS else f"{moment.astimezone():%Y-%m-%d}"


def _item(role: Role, known: Known, *, with_name: bool, with_provider: bool, now: datetime) -> Item:
    account = known.name(role.account_id)
    name, provider = printable(role.path_name), printable(role.provider_name)
    columns = [account or "-"] if with_name else []
    columns += [role.account_id, name]
    if with_provider:
        columns.append(f"by {provider}")
    place = f"{account} ({role.account_id})" if account else f"account {role.account_id}"
    used = known.used.get(role.arn)
    return Item(
        columns=tuple(columns),
        name=printable(role.name),
        words=(name, role.account_id, account, provider),
        note=ago(used, now) if used is not None else "",
        answer=f"{name} of {place}" + (f" by {provider}" if with_provider else ""),
    )
