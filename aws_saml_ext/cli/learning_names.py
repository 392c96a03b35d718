"""`roles --names`: learn the names of accounts, and say where each of them comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aws_saml_ext.clock import utc_now
from aws_saml_ext.config import account_labels
from aws_saml_ext.role_memory import KnownAccount, RoleMemory
from aws_saml_ext.sts import account_aliases
from aws_saml_ext.sts.account_aliases import Found
from aws_saml_ext.sts.client import Clients
from aws_saml_ext.text import columns_of, counted, padded, printable

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.config.settings import Settings

_REMEMBERED = timedelta(days=90)
"""The time for which an account without an answer is not asked again."""
_NOTHING = "-"


def clients_of(invocation: Invocation, settings: Settings) -> Clients:
    """Return the clients for STS and IAM, checked before a browser starts.

    Raises:
        ConfigError: region, endpoint or certificate file cannot be used.
    """
    clients = Clients(
        invocation.session, invocation.sts_options(), max_wait=settings.timeout.total_seconds()
    )
    clients.check()
    if (way := clients.way("")) is not None:
        invocation.prompt.notify(way)
    return clients


def learn(
    invocation: Invocation,
    settings: Settings,
    assertion: Assertion,
    clients: Clients,
    *,
    again: bool,
) -> None:
    """Ask for the aliases that are not known, remember them, and notify about every account.

    Args:
        invocation: the run.
        settings: of the profile.
        assertion: offers the roles.
        clients: those of `clients_of`.
        again: whether accounts are asked that were asked before.
    """
    memory = RoleMemory(invocation.saml_folder)
    labels, now = account_labels.labels(invocation.session).names, utc_now()
    role_of = account_aliases.role_of_each(assertion.roles, memory.used())
    known = dict(memory.accounts())
    wanted = [
        role
        for account, role in role_of.items()
        if account not in labels and (again or not _is_settled(known.get(account), now))
    ]
    failures: dict[str, str] = {}
    learnt: dict[str, KnownAccount] = {}
    prompt = invocation.prompt
    for number, answer in enumerate(
        account_aliases.asked(wanted, assertion, settings, clients), start=1
    ):
        prompt.waiting(f"Asking accounts, {number} of {len(wanted)}")
        if answer.found is Found.FAILED:
            failures[answer.account_id] = answer.reason
            continue
        is_denied = answer.found is Found.DENIED
        alias = answer.alias[: account_labels.MAX_LABEL] if answer.alias else None
        learnt[answer.account_id] = KnownAccount(alias, now, is_denied)
    prompt.waiting("")
    memory.name_accounts(learnt)
    known |= learnt
    for line in lines(list(role_of), labels, known, failures):
        prompt.notify(line)


def lines(
    accounts: Sequence[str],
    labels: Mapping[str, str],
    known: Mapping[str, KnownAccount],
    failures: Mapping[str, str],
) -> list[str]:
    """Return a line for each account, and one that counts them.

    Args:
        accounts: their ids.
        labels: their labels.
        known: what IAM said of them.
        failures: why some of them have no answer.
    """
    rows = [(account, *_row(account, labels, known, failures)) for account in accounts]
    width = max((columns_of(name) for _, name, _ in rows), default=0)
    found = [f"  {account}  {padded(name, width)}  {source}" for account, name, source in rows]
    sources = [source for _, _, source in rows]
    label, alias = sources.count("label"), sources.count("alias")
    counts = (
        f"{counted(len(rows), 'account')}: {counted(label, 'label')}, "
        f"{alias} {'alias' if alias == 1 else 'aliases'}, "
        f"{len(rows) - label - alias} without a name."
    )
    return [*found, counts]


def _row(
    account: str,
    labels: Mapping[str, str],
    known: Mapping[str, KnownAccount],
    failures: Mapping[str, str],
) -> tuple[str, str]:
    """Return the name of an account, and where it comes from."""
    if account in labels:
        return labels[account], "label"
    entry = known.get(account)
    if entry is not None and entry.name:
        return printable(entry.name, max_length=account_labels.MAX_LABEL), "alias"
    if account in failures:
        return _NOTHING, failures[account]
    if entry is not None and entry.denied:
        return _NOTHING, Found.DENIED.value
    return _NOTHING, Found.NONE.value


def _is_settled(known: KnownAccount | None, now: datetime) -> bool:
    """Return whether an account need not be asked: it has a name, or had an answer lately."""
    return known is not None and (bool(known.name) or now - known.asked_at < _REMEMBERED)
