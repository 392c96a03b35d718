"""The roles of the demo's user `aws_many`: sixty in ten accounts, as large companies have them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ACCOUNT_ALIASES: Mapping[str, str | None] = MappingProxyType(
    {
        "100000000010": "acme-dev",
        "100000000020": "acme-test",
        "100000000030": "acme-staging",
        "100000000040": "acme-prod",
        "100000000050": "acme-billing",
        "100000000060": "acme-logs",
        "100000000070": "acme-security",
        "100000000080": "acme-data",
        "100000000090": None,
        "100000000100": None,
    }
)
"""The accounts, each with its alias; None for one without."""

_RESOURCES = ("Role.User", "Role.Admin", "Developer", "ReadOnly", "Auditor", "teams/ops/Deploy")

ROLES = tuple(
    f"arn:aws:iam::{account}:role/{resource}"
    for account in ACCOUNT_ALIASES
    for resource in _RESOURCES
)
"""The ARNs of the roles, by account."""

REFUSED = frozenset(
    f"arn:aws:iam::{account}:role/Auditor"
    for account in ("100000000040", "100000000050", "100000000070")
)
"""Roles that are offered, and whose trust policy does not allow it."""

MAX_SESSION_DURATIONS: Mapping[str, int] = MappingProxyType(
    {"Developer": 43_200, "ReadOnly": 43_200, "Deploy": 14_400}
)
"""In seconds, by the name of the role."""
