"""The choice of a profile, where none is named and the default one does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.choosing import chosen
from aws_saml_ext.cli import config_mistakes
from aws_saml_ext.config.settings import DEFAULT_PROFILE
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.text import listed

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation

_NEW = f"+  a new profile, {DEFAULT_PROFILE}"


def settle(invocation: Invocation, *, advice: str | None = None) -> None:
    """Settle the profile of a sign-in that has no settings yet: offer those that have.

    Args:
        invocation: the command.
        advice: the next step where nobody can choose; None for a sign-in to a profile.

    Raises:
        ConfigError: the profile does not exist and others do, and nobody can choose.
        Stopped: the input was closed.
    """
    config_mistakes.check_profile(invocation)
    config, prompt = invocation.session.full_config, invocation.prompt
    if invocation.profile in config_mistakes.existing(config):
        return
    names = config_mistakes.configured(config)
    if not names:
        return
    if invocation.is_profile_named:
        error = config_mistakes.unknown_profile(invocation)
        if not prompt.interactive:
            raise error
        prompt.notify(str(error))  # it may be a new one: the next question is its address
        return
    if not prompt.interactive:
        raise ConfigError(
            f"No profile is named, and there is no profile {DEFAULT_PROFILE}. The profiles with "
            f"SAML settings are {listed(names)}.",
            command=None if advice else hints.sign_in_command(names[0]),
            advice=advice,
        )
    number = chosen(
        prompt, [*names, _NEW], words="Profiles with SAML settings:", instead="--profile NAME"
    )
    if number is None:
        raise ConfigError("No profile was chosen.", command=hints.sign_in_command("NAME"))
    if number < len(names):
        invocation.use_profile(names[number])
