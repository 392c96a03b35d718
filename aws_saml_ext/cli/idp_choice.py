"""Which identity provider: one of the `[saml-idp NAME]` sections, or a new one, as asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import idp_sections, values
from aws_saml_ext.config.sections import config_section, idp_section
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.prompt import Prompt, chosen

_TRIES = 3
_INSTEAD = "--idp-url URL, or --idp-nickname NAME"
_ANOTHER = "+  another one"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One that the person named."""

    name: str | None
    """Of its section; None where it has none."""
    url: str
    is_new: bool

    def settings(self) -> dict[str, str]:
        """What a profile says of it."""
        return {"saml_idp_url": self.url} if self.name is None else {"saml_idp": self.name}

    def overrides(self) -> dict[str, str]:
        """Return the settings of a sign-in at it; see `config.resolve`."""
        return {"saml_idp_url": self.url, **self.settings()}

    def changes(self, settings: Settings) -> tuple[Change, ...]:
        """What keeps it: its section, where that is new, and its name or address in the profile."""
        profile = Change(settings.config_file, config_section(settings.profile), self.settings())
        if self.name is None or not self.is_new:
            return (profile,)
        section = idp_section(self.name)
        return (Change(settings.config_file, section, {"saml_idp_url": self.url}), profile)


def needed(invocation: Invocation) -> IdentityProvider | None:
    """
    Ask for the identity provider where none is set.

    Returns:
        The answer; None where one is set, or nobody can answer.

    Raises:
        ConfigError: none was named.
        Stopped: the person ended the input.
    """
    if any(invocation.text(name) for name in ("saml_idp_url", "saml_idp")):
        return None
    if not invocation.prompt.interactive:
        return None  # `config.resolve` says what is missing, and the command that sets it
    return ask(invocation)


def is_saved(invocation: Invocation) -> bool:
    """Ask whether the profile shall keep the identity provider that was just named."""
    answer = invocation.prompt.ask(
        f"Keep it in profile {invocation.profile}? [Y/n] ", instead=_INSTEAD
    )
    return not answer.lower().startswith("n")


def ask(invocation: Invocation) -> IdentityProvider:
    """
    One of those that the config file has, or a new one.

    Raises:
        SignInRequired: nobody is there to ask.
        ConfigError: none was named.
        Stopped: the person ended the input.
    """
    known = {
        name: section["saml_idp_url"]
        for name, section in idp_sections(invocation.session).items()
        if isinstance(section.get("saml_idp_url"), str)
    }
    if not known:
        return _new(invocation, known)
    names = list(known)
    lines = [f"{name}  {urlsplit(known[name]).hostname}" for name in names]
    number = chosen(
        invocation.prompt, [*lines, _ANOTHER], words="Identity providers:", instead=_INSTEAD
    )
    if number is None:
        raise _none_named(invocation)
    if number == len(names):
        return _new(invocation, known)
    return IdentityProvider(names[number], known[names[number]], is_new=False)


def _new(invocation: Invocation, known: Mapping[str, str]) -> IdentityProvider:
    for _ in range(_TRIES):
        answer = invocation.prompt.ask(
            "Address that starts the AWS sign-in at your identity provider: ", instead=_INSTEAD
        )
        try:
            url = values.web_address(answer)
        except ValueError as error:
            invocation.prompt.notify(f"{error}.")
        else:
            return IdentityProvider(_name(invocation.prompt, known), url, is_new=True)
    raise _none_named(invocation)


def _name(prompt: Prompt, known: Mapping[str, str]) -> str | None:
    """A nickname, by which other profiles can use it too; None where the person wants none."""
    while True:
        answer = prompt.ask(
            "Name for it, to use it in other profiles too (Enter for none): ", instead=_INSTEAD
        )
        if not answer:
            return None
        if answer in known:
            prompt.notify(f"There is one called {answer} already.")
        elif not answer.isprintable() or any(character in answer for character in "[]#;\"'\\"):
            prompt.notify("A name has letters, digits and blanks.")
        else:
            return answer


def _none_named(invocation: Invocation) -> ConfigError:
    return ConfigError(
        "No identity provider was named.",
        hint="aws saml-login --idp-url URL --profile " + shlex.quote(invocation.profile),
    )
