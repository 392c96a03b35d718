"""The reader of settings: parses one after the other, and collects those that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from aws_saml_ext import hints
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import ConfigError, SamlLoginError, UsageError

if TYPE_CHECKING:
    from aws_saml_ext.config.sources import Sources, Written

T = TypeVar("T")

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_OF_THE_BROWSER = (
    *("saml_browser", "saml_browser_binary", "saml_browser_driver", "saml_browser_arguments"),
)


class Reader:
    """Parses one setting after the other, and collects those that cannot be used."""

    def __init__(self, sources: Sources) -> None:
        """Take the places that the settings may stand in."""
        self._sources = sources
        self._written: dict[str, Written | None] = {}
        self.problems: list[SamlLoginError] = []
        self.of_the_browser: list[SamlLoginError] = []
        """Problems that matter only where a browser is started: cached credentials need none."""
        self.named: list[tuple[str, SamlLoginError]] = []
        """All problems with the names of their settings."""

    def add(self, problem: SamlLoginError, setting: str) -> None:
        """Note a problem once: a nested `saml_idp` comes up at every setting of its section."""
        if str(problem) not in map(str, self.problems):
            self.problems.append(problem)
            self.named.append((setting, problem))

    def written(self, name: str) -> Written | None:
        """Return the value that counts; None also where it is nested."""
        if name not in self._written:
            try:
                self._written[name] = self._sources.first(_BY_NAME[name])
            except ConfigError as problem:
                self.add(problem, name)
                self._written[name] = None
        return self._written[name]

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield the settings whose values come from a file or a variable, with their places."""
        for setting in SETTINGS:
            written = self.written(setting.name)
            if written is not None and not written.name.startswith(("--", "the default")):
                yield setting.name, written.name

    def __call__(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Return the parsed value; None where there is none, or none that can be used."""
        written = self.written(name)
        if written is None:
            return None
        try:
            return parse(written.value)
        except ValueError as error:
            is_option = written.name.startswith("--")
            message = f"{written.name} is not usable: {error}."
            problem: SamlLoginError
            if is_option:
                problem = UsageError(message, command=hints.help_command())
            elif written.name.startswith("AWS_"):
                problem = ConfigError(message, advice=f"Correct it, or unset {written.name}.")
            else:
                problem = ConfigError(message, advice="Correct it in the AWS config file.")
            if name in _OF_THE_BROWSER and not is_option:
                self.of_the_browser.append(problem)
                self.named.append((name, problem))
            else:
                self.add(problem, name)
            return None

    def address_of_command(self, name: str, idp_url: str) -> str:
        """Return the address that a command is for; empty where that is the one of the settings.

        A command without an address of its own is for none, `none:`.
        """
        try:
            address = self._sources.address_of_command(_BY_NAME[name])
        except ConfigError as problem:
            self.add(problem, name)
            return ""
        return "" if address is None or address == idp_url else address or "none:"

    def required(self, name: str, parse: Callable[[str], T]) -> T:
        """Return the parsed value, or the default of the table where it cannot be used."""
        value = self(name, parse)
        return parse(_BY_NAME[name].default or "") if value is None else value
