"""The facts for the choice of a role that no assertion has: its last use, and names of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.config import account_labels
from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.role_menu import Known
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from botocore.session import Session


def known(session: Session, saml_folder: Path) -> Known:
    """Return what the memory of roles and the labels of the config file know."""
    names = account_names(account_labels.labels(session).names, saml_folder)
    return Known(used=RoleMemory(saml_folder).used(), names=names)


def account_names(labels: Mapping[str, str], saml_folder: Path) -> Mapping[str, str]:
    """Return the names of accounts, by their ids: labels, else aliases that were learnt."""
    aliases = {
        account: printable(each.name, max_length=account_labels.MAX_LABEL)
        for account, each in RoleMemory(saml_folder).accounts().items()
        if each.name
    }
    return {**aliases, **labels}
