"""The choice of an identity provider: one of the `[saml-idp NAME]` sections, or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_saml_ext import hints
from aws_saml_ext.choosing import chosen
from aws_saml_ext.cli import config_mistakes, profile_choice
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import idp_sections, values
from aws_saml_ext.config.sections import config_section, idp_section
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.net import host_of, is_loopback
from aws_saml_ext.prompt import Prompt
from aws_saml_ext.text import quoted

INSTEAD = "--idp-url URL, or --idp-nickname NAME"
"""The options that answer the questions of this module."""
_MAX_ATTEMPTS = 3
_AROUND = " \"'<>"
"""Characters around an address that come with it when it is copied."""
_NEW = "+  a new identity provider"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """An identity provider that the person chose."""

    name: str | None
    """The name of its section; None where it has none."""
    url: str
    """The address that starts a sign-in."""
    is_new: bool
    """True if the config file does not have it yet."""

    def settings(self) -> dict[str, str]:
        """Return the settings of a profile that uses it."""
        return {"saml_idp_url": self.url} if self.name is None else {"saml_idp": self.name}

    def overrides(self) -> dict[str, str]:
        """Return the settings of a sign-in at it; see `config.resolve`."""
        return {"saml_idp_url": self.url, **self.settings()}

    def changes(self, settings: Settings) -> tuple[Change, ...]:
        """Return the changes that save it: its section, where that is new, and the profile."""
        profile = Change(settings.config_file, config_section(settings.profile), self.settings())
        if self.name is None or not self.is_new:
            return (profile,)
        section = idp_section(self.name)
        return (Change(settings.config_file, section, {"saml_idp_url": self.url}), profile)


def needed(invocation: Invocation) -> IdentityProvider | None:
    """Ask for the identity provider where no setting names one.

    Returns:
        The answer; None where a setting names one, or nobody can answer.

    Raises:
        ConfigError: none was given, or the profile does not exist.
        Stopped: the input was closed.
    """
    if not _is_named(invocation):
        profile_choice.settle(invocation)
    config_mistakes.notify(invocation)
    if _is_named(invocation):
        return None
    if not invocation.prompt.interactive:
        return None  # `config.resolve` says that it is missing, and shows the command that sets it
    return ask(invocation)


def _is_named(invocation: Invocation) -> bool:
    return any(invocation.text(name) for name in ("saml_idp_url", "saml_idp"))


def is_saved(invocation: Invocation) -> bool:
    """Ask whether to save the identity provider that was just given in the profile."""
    return _is_yes(
        invocation.prompt, f"Save this identity provider in profile {invocation.profile}? [Y/n] "
    )


def ask(invocation: Invocation) -> IdentityProvider:
    """Ask for one of the identity providers in the config file, or a new one.

    Raises:
        SignInRequired: nobody can be asked.
        ConfigError: none was given.
        Stopped: the input was closed.
    """
    known = {
        name: section["saml_idp_url"]
        for name, section in idp_sections(invocation.session).items()
        if isinstance(section.get("saml_idp_url"), str)
    }
    if not known:
        return _new(invocation, known)
    names = list(known)
    lines = [f"{name}  {host_of(known[name])}" for name in names]
    number = chosen(invocation.prompt, [*lines, _NEW], words="Identity providers:", instead=INSTEAD)
    if number is None:
        raise _none_given(invocation)
    if number == len(names):
        return _new(invocation, known)
    return IdentityProvider(names[number], known[names[number]], is_new=False)


def _new(invocation: Invocation, known: Mapping[str, str]) -> IdentityProvider:
    prompt = invocation.prompt
    attempts = 0
    while attempts < _MAX_ATTEMPTS:
        answer = prompt.ask(
            "Address that starts the AWS sign-in at your identity provider: ", instead=INSTEAD
        ).strip(_AROUND)
        if not answer:
            prompt.notify("Enter an address that starts with https://.")
            continue
        url = with_scheme(answer)
        if url is not None and _is_yes(prompt, f"Use {url}? [Y/n] "):
            answer = url
        try:
            values.web_address(answer)
        except ValueError as error:
            attempts += 1
            prompt.notify(f"That address is not usable: {error}.")
        else:
            return IdentityProvider(_nickname(prompt, known), answer, is_new=True)
    raise _none_given(invocation)


def with_scheme(answer: str) -> str | None:
    """Return the address that somebody meant who left https:// out; None for any other answer."""
    scheme, separator, rest = answer.partition("://")
    rest = rest if separator else answer
    host = host_of(f"https://{rest}")
    if separator and (scheme.lower() != "http" or is_loopback(host)):
        return None
    if "." not in host and not is_loopback(host):
        return None
    url = f"{'http' if is_loopback(host) else 'https'}://{rest}"
    try:
        return values.web_address(url)
    except ValueError:
        return None


def _is_yes(prompt: Prompt, question: str) -> bool:
    return not prompt.ask(question, instead=INSTEAD).lower().startswith("n")


def _nickname(prompt: Prompt, known: Mapping[str, str]) -> str | None:
    """Ask for a nickname, by which other profiles can use it too; None for an empty answer."""
    while True:
        answer = prompt.ask("Nickname, to reuse it in other profiles (optional): ", instead=INSTEAD)
        if not answer:
            return None
        if answer in known:
            prompt.notify(f"The nickname {quoted(answer)} is taken.")
        elif not answer.isprintable() or any(character in answer for character in "[]#;\"'\\"):
            prompt.notify("A nickname consists of letters, digits and blanks.")
        else:
            return answer


def _none_given(invocation: Invocation) -> ConfigError:
    return ConfigError(
        "No identity provider was given.",
        command=hints.sign_in_command(invocation.profile, "--idp-url", "URL"),
    )
