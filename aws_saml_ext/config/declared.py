"""Our settings as variables of a program's session.

Programs import it with every extended session, so what reads the settings is imported when one of
them is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_saml_ext.config.table import SETTINGS, Setting

if TYPE_CHECKING:
    from botocore.session import Session


def declare(session: Session, *, environ: Mapping[str, str] = os.environ) -> None:
    """Declare our settings on a program's session, as `get_config_variable` then returns them.

    A program overrides one with `session.set_config_variable(name, value)`.
    """
    from botocore.configprovider import ChainProvider

    store = session.get_component("config_store")
    for setting in SETTINGS:
        session.session_var_map[setting.name] = (
            setting.name if setting.in_profile else None,
            setting.env,
            setting.default,
            None,
        )
        # botocore's own chain takes an empty variable for a value, and knows no IdP sections.
        provider: Any = _Provider(session, setting, environ)
        store.set_config_provider(setting.name, ChainProvider([provider]))


class _Provider:
    """A configuration provider of botocore for one of our settings."""

    def __init__(self, session: Session, setting: Setting, environ: Mapping[str, str]) -> None:
        self._session = session
        self._setting = setting
        self._environ = environ

    def provide(self) -> str | None:
        from aws_saml_ext.config.sources import Sources

        overrides = self._session.instance_variables()
        found = Sources(self._session, overrides, self._environ).first(self._setting)
        return found.value if found else None
