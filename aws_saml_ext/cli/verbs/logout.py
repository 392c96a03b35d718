"""`aws saml-login logout`: remove the credentials that a sign-in stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_saml_ext import hints
from aws_saml_ext.cli import config_mistakes, leftovers, remembering
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.credentials import ACCESS_KEY_ID
from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.files import ini
from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.profile import PROCESS, is_our_process
from aws_saml_ext.text import counted, listed

_STILL_SIGNED_IN = "You are still signed in to {}. To end that on this machine{}:\n  {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutOptions(Options):
    """The options of `logout`."""

    all_profiles: bool = False
    forget_idp_session: bool = False
    forget_password: bool = False


def run(invocation: Invocation, options: LogoutOptions) -> int:
    """Remove the credentials of the profile and, on request, the kept session or the password."""
    from aws_saml_ext.capture import kept_session

    if options.all_profiles:
        return _of_all(invocation, options)
    notify, profile = invocation.prompt.notify, invocation.profile
    forgets_session, forgets_password = options.forget_idp_session, options.forget_password
    forgets = forgets_session or forgets_password
    if not forgets:
        _refuse_what_does_nothing(invocation)
    # A profile that has gone from the config file can have credentials in the cache.
    stored = leftovers.profiles(invocation)
    names_idp = forgets_session and {"saml_idp", "saml_idp_url"} & set(invocation.overrides)
    if profile not in stored and not names_idp:
        _check_profile(invocation, stored)
    settings = invocation.settings() if forgets else None  # before anything is removed
    notify(_removed(invocation, profile))
    kept_session.forget_assertions(invocation.saml_folder)
    process = invocation.session.full_config["profiles"].get(profile, {}).get(PROCESS, "")
    if is_our_process(str(process)):
        notify(
            f"A program that uses profile {profile} signs in again. It asks nothing as long as the "
            "identity provider's session lasts."
        )
    if settings is not None and forgets_password:
        notify(_without_password(settings))

    from aws_saml_ext.capture import kept_session

    if settings is None or not forgets_session:
        if kept_session.count(invocation.saml_folder):
            notify(_still_signed_in(invocation))
        return 0

    from aws_saml_ext.capture.refused_secrets import RefusedSecrets

    forgotten = kept_session.forget(settings)
    RefusedSecrets(settings).clear(settings.username)
    RoleMemory(settings.saml_folder).forget(settings.idp_url)
    if forgotten:
        notify("Removed the browser profile of this identity provider.")
    else:
        notify(_without_session(invocation, settings))
    return 0


def _of_all(invocation: Invocation, options: LogoutOptions) -> int:
    """Remove the credentials of every profile and, on request, every kept session."""
    notify = invocation.prompt.notify
    if options.settings or options.forget_password or invocation.profile_asked_for is not None:
        raise UsageError(
            "--all is for every profile and person. It conflicts with options that name one, and "
            "with --forget-password.",
            command=hints.command("logout", "--all", "--forget-idp-session"),
        )
    profiles = leftovers.profiles(invocation)
    for profile in profiles:
        notify(_removed(invocation, profile))
    if not profiles:
        notify(f"No profile has credentials from {hints.PROGRAM}.")

    from aws_saml_ext.capture import kept_session

    kept_session.forget_assertions(invocation.saml_folder)
    count = kept_session.count(invocation.saml_folder)
    if options.forget_idp_session:
        kept_session.forget_all(invocation.saml_folder)
        RoleMemory(invocation.saml_folder).forget_all()
        notify(f"Removed {counted(count, 'browser profile')} of identity providers.")
    elif count:
        command = hints.command("logout", "--all", "--forget-idp-session")
        notify(_STILL_SIGNED_IN.format("identity providers", "", command))
    return 0


def _check_profile(invocation: Invocation, stored: Sequence[str]) -> None:
    """Check that a profile without credentials of ours is the one that somebody can mean.

    Raises:
        ConfigError: it is named and does not exist, or is not named and others have credentials.
    """
    if invocation.is_profile_named:
        config_mistakes.check_exists(invocation, "logout")
    elif stored:
        raise ConfigError(
            f"No profile is named, and profile {invocation.profile} has no credentials from "
            f"{hints.PROGRAM}. The profiles that have some are {listed(stored)}.",
            command=hints.command("logout", "--profile", stored[0]),
        )


def _removed(invocation: Invocation, profile: str) -> str:
    """Remove the credentials of the profile; return what became of them, as a sentence."""
    path, notes = invocation.credentials_file, invocation.saml_folder
    if ini.read_section(path, profile):
        notes = invocation.writable(notes)  # the file may lie outside of a read-only home
    stores = (
        Cache(invocation.saml_folder, environ=invocation.environ),
        CredentialsFile(path, notes),
    )
    deleted = [store.delete(profile) for store in stores]  # from each of them
    sentences = []
    if any(deleted):
        sentences.append(
            f"Removed the credentials from profile {profile}. AWS accepts copies of them until "
            "they expire."
        )
    if ACCESS_KEY_ID in (ini.read_section(path, profile) or {}):
        sentences.append(
            f"Profile {profile} still has credentials that {hints.PROGRAM} did not store; they are "
            f"left in {path}."
        )
    return " ".join(sentences) or f"Profile {profile} has no credentials from aws saml-login."


def _still_signed_in(invocation: Invocation) -> str:
    """Return the sentence about the session that stays, with a command that works from now on."""
    profile, config = invocation.profile, invocation.session.full_config
    if profile in config_mistakes.configured(config):
        command = hints.command("logout", "--profile", profile, "--forget-idp-session")
        return _STILL_SIGNED_IN.format("the identity provider", "", command)
    # Nothing is left that names the identity provider.
    command = hints.command("logout", "--all", "--forget-idp-session")
    return _STILL_SIGNED_IN.format("identity providers", ", for every profile", command)


def _without_session(invocation: Invocation, settings: Settings) -> str:
    """Return the sentence that there is no such session, with the people who have one."""
    from aws_saml_ext.capture import kept_session

    who = f"of {settings.username}" if settings.username else "without a username"
    sentence = f"No browser profile {who} is stored for this identity provider."
    others = kept_session.people(settings)
    if not others:
        return sentence
    words = ["logout", "--profile", invocation.profile, "--forget-idp-session"]
    for flag, name in (("--idp-nickname", "saml_idp"), ("--idp-url", "saml_idp_url")):
        if (value := invocation.overrides.get(name)) is not None:
            words += [flag, value]
    command = hints.command(*words, "--username", others[0])
    return f"{sentence} There is one of {listed(others)}. To remove it:\n  {command}"


def _without_password(settings: Settings) -> str:
    """Remove the password from the keyring; return what became of it, as a sentence."""
    if settings.username is None:
        return "No username is set. To name the person, use --username."
    return remembering.forget(settings, settings.username)


def _refuse_what_does_nothing(invocation: Invocation) -> None:
    """Refuse options that name a person where nothing of theirs is to be forgotten."""
    given = [
        setting.flag
        for setting in SETTINGS
        if setting.name in invocation.overrides and setting.flag
    ]
    if given:
        raise UsageError(
            f"{given[0]} needs --forget-idp-session or --forget-password: it names a person.",
            command=hints.command("logout", given[0], "NAME", "--forget-idp-session"),
        )
