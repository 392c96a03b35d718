"""The options of a command line: those of every verb, which the class of each verb extends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import UsageError

OptionsT = TypeVar("OptionsT", bound="Options")

_SETTINGS = frozenset(setting.name for setting in SETTINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options that every verb takes; None for one that was not given."""

    settings: Mapping[str, str] = field(default_factory=dict)
    """The settings that were given as options, by their names in the table."""
    profile: str | None = None
    region: str | None = None
    output: str | None = None
    query: str | None = None
    endpoint_url: str | None = None
    verify_ssl: bool | None = None
    ca_bundle: str | None = None
    cli_read_timeout: str | None = None
    cli_connect_timeout: str | None = None
    color: str | None = None
    cli_pager: bool | None = None
    debug: bool = False
    log_level: str | None = None
    log_file: str | None = None
    quiet: bool = False

    def check_flow(self) -> None:
        """Refuse `--use-browser` beside another `--sign-in`.

        Raises:
            UsageError: both were given, and conflict.
        """
        flow = self.settings.get("saml_sign_in")
        is_other = flow is not None and flow.strip().lower() != "window"
        if is_other and "saml_use_browser" in self.settings:
            raise UsageError(
                f"--use-browser means --sign-in window, which conflicts with --sign-in {flow}.",
                advice="Give one of them only.",
            )

    @classmethod
    def of(cls: type[OptionsT], given: Mapping[str, Any]) -> OptionsT:
        """Return the options that the parser found, by their names in `parser.OPTIONS`."""
        settings = {name: value for name, value in given.items() if name in _SETTINGS}
        rest = {name: value for name, value in given.items() if name not in _SETTINGS}
        return cls(settings=settings, **rest)
