"""The facts about roles and accounts for the choice of a role: their last use, and names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_saml_ext.config import account_labels
from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.role_menu import Known
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation


def known(invocation: Invocation) -> Known:
    """Return what the memory of roles and the labels of the config file know."""
    return Known(used=RoleMemory(invocation.saml_folder).used(), names=account_names(invocation))


def account_names(invocation: Invocation) -> Mapping[str, str]:
    """Return the names of accounts, by their ids: labels, else aliases that were learnt.

    A label that cannot be used is told.
    """
    found = account_labels.labels(invocation.session)
    for problem in found.problems:
        invocation.prompt.notify(problem)
    accounts = RoleMemory(invocation.saml_folder).accounts()
    aliases = {
        account: printable(each.name, max_length=account_labels.MAX_LABEL)
        for account, each in accounts.items()
        if each.name
    }
    return {**aliases, **found.names}
