"""The facts about roles and accounts, for a run: labels that cannot be used are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_saml_ext import role_facts
from aws_saml_ext.config import account_labels
from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.role_menu import Known

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation


def known(invocation: Invocation) -> Known:
    """Return what the memory of roles and the labels of the config file know."""
    used = RoleMemory(invocation.saml_folder).used()
    return Known(used=used, names=account_names(invocation))


def account_names(invocation: Invocation) -> Mapping[str, str]:
    """Return the names of accounts, by their ids; see `role_facts.account_names`."""
    labels = account_labels.labels(invocation.session)
    for problem in labels.problems:
        invocation.prompt.notify(problem)
    return role_facts.account_names(labels.names, invocation.saml_folder)
