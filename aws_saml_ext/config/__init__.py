"""Settings: one table, where a value may stand, and the values of one sign-in."""

from __future__ import annotations

__all__ = ["examined", "idp_sections", "lookup", "problems", "resolve"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aws_saml_ext.config.sources import (
        examined,
        idp_sections,
        lookup,
        problems,
        resolve,
    )


def __getattr__(name: str) -> object:
    """Import on first use: the parser needs the table only, and `--help` waits for the rest."""
    if name in __all__:
        from aws_saml_ext.config import sources

        return getattr(sources, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
