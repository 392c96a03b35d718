"""The facts about roles and accounts for the choice of a role: their last use, and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.role_menu import Known

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings


def known(settings: Settings) -> Known:
    """Return what the memory of roles knows."""
    memory = RoleMemory(settings.saml_folder)
    names = {account: entry.name for account, entry in memory.accounts().items() if entry.name}
    return Known(used=memory.used(), names=names)
