"""`aws saml-login logout`: remove what a sign-in stored."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from aws_saml_ext.cli import remembering, stores
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.config.table import KEYS
from aws_saml_ext.errors import UsageError
from aws_saml_ext.store import credentials_file


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutOptions(Options):
    """The options of `logout`."""

    forget_idp_session: bool = False
    forget_password: bool = False


def run(invocation: Invocation, options: LogoutOptions) -> int:
    """Remove our keys from the profile; when asked, the kept browser profile too."""
    notify, profile = invocation.prompt.notify, invocation.profile
    forgets_session, forgets_password = options.forget_idp_session, options.forget_password
    forgets = forgets_session or forgets_password
    if not forgets:
        _refuse_what_does_nothing(invocation)
    settings = invocation.settings() if forgets else None  # before anything is removed
    removed = [store.remove(profile) for store in stores.every(invocation)]
    if credentials_file.has_credentials(invocation.credentials_file, profile):
        notify(
            f"Profile {profile} still has credentials that aws saml-login did not store; they are "
            f"left in {invocation.credentials_file}."
        )
    elif any(removed):
        notify(
            f"Removed the credentials from profile {profile}. Copies remain valid until they "
            "expire."
        )
    else:
        notify(f"Profile {profile} has no credentials from aws saml-login.")
    if stores.has_our_process(invocation, profile):
        notify(
            f"A program that uses profile {profile} signs in again, without a question while the "
            "identity provider's session lives."
        )
    if settings is not None and forgets_password:
        notify(_without_password(settings))
    if settings is None or not forgets_session:
        notify(
            "The session at the identity provider goes on; forget it on this machine with: "
            f"aws saml-login logout --profile {shlex.quote(profile)} --forget-idp-session"
        )
        return 0

    from aws_saml_ext.capture.kept_session import forget

    forgotten = forget(settings)
    notify(
        "The kept browser profile of this identity provider is removed."
        if forgotten
        else "There is no kept browser profile of this identity provider and "
        f"{settings.username or 'no'} username; --username names another one."
    )
    return 0


def _without_password(settings: Settings) -> str:
    """The keyring's entry removed; what to tell of it."""
    if settings.username is None:
        return "Whose password is to be forgotten is not known: --username names them."
    return remembering.forget(settings, settings.username)


def _refuse_what_does_nothing(invocation: Invocation) -> None:
    """The keys of a profile are the same whoever signed in: these say which session to forget."""
    given = [key.flag for key in KEYS if key.name in invocation.overrides and key.flag]
    if given:
        raise UsageError(
            f"{given[0]} says whose session or password is forgotten, and none is without "
            "--forget-idp-session or --forget-password.",
            hint="Add one of them, or leave it out",
        )
