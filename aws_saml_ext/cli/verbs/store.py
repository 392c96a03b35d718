"""`aws saml-login store`: store the credentials that another machine has printed as JSON."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.cli import notices, received_credentials
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config.sections import SECRETS, config_section
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import StoreError, UsageError
from aws_saml_ext.files import ini, transaction
from aws_saml_ext.store import profile
from aws_saml_ext.store.credential_store import CredentialRequest
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.sts import check as sts_check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.credentials import Credentials

_MAX_WAIT = 5.0  # seconds, for the STS that is asked whose credentials they are


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions(Options):
    """The options of `store`."""

    overwrite: bool = False
    dry_run: bool = False


def run(invocation: Invocation, options: StoreOptions) -> int:
    """Store the credentials of standard input in the profile's section of the credentials file."""
    connection = invocation.sts_options()
    now = datetime.now(timezone.utc)
    credentials = received_credentials.parse(_standard_input(), now=now)
    settings = invocation.settings(idp_needed=False)
    config = ini.read_section(settings.config_file, config_section(settings.profile)) or {}
    _check_process(settings.profile, config, overwrite=options.overwrite)
    check = profile.check_for(
        settings.profile, config, overwrite=options.overwrite, command=_elsewhere(settings.profile)
    )
    check(ini.read_section(settings.credentials_file, settings.profile) or {})
    if not credentials.role_arn and not options.dry_run:
        arn, problem = sts_check.principal(
            invocation.session, credentials, connection, max_wait=_MAX_WAIT
        )
        if problem is not None:
            invocation.prompt.notify(f"Whose credentials they are is not known: {problem}")
        credentials = received_credentials.of_principal(credentials, arn)
    store = CredentialsFile(
        settings.credentials_file, invocation.writable(settings.saml_folder), check=check
    )
    request = _request(settings, credentials, now)
    if options.dry_run:
        change = store.change(request, Issued(credentials, now))
        invocation.write(transaction.preview([change], secrets=SECRETS))
        return 0
    store.save(request, Issued(credentials, now))
    _notify(invocation, settings, credentials)
    return 0


def _standard_input() -> bytes:
    """Return what standard input holds, up to a byte more than is allowed.

    Raises:
        UsageError: it is a terminal, where nobody can type credentials.
    """
    if sys.stdin.isatty():
        pipe = hints.command("env", "--format", "process")
        raise UsageError(
            "store reads the JSON of credential_process from standard input, which is a terminal.",
            advice=f"Send it what this prints on another machine: {pipe}",
        )
    return sys.stdin.buffer.read(received_credentials.MAX_BYTES + 1)


def _check_process(name: str, config: Mapping[str, str], *, overwrite: bool) -> None:
    """Check that the credentials hide no `credential_process` of this program.

    Raises:
        StoreError: they would, and `--overwrite` is not given.
    """
    if profile.is_our_process(config.get(profile.PROCESS, "")) and not overwrite:
        raise StoreError(
            f"Profile {name} gets credentials from {profile.PROCESS}, which stored ones would "
            "hide, also when they have expired.",
            command=_elsewhere(name),
        )


def _elsewhere(name: str) -> str:
    return hints.command("store", "--profile", f"{name}-received")


def _request(settings: Settings, credentials: Credentials, now: datetime) -> CredentialRequest:
    """Return a request that answers no later sign-in: nobody has signed in here."""
    return CredentialRequest(
        profile=settings.profile,
        idp_url="",
        username=None,
        role=credentials.role_arn or None,
        is_role_settled=bool(credentials.role_arn),
        role_selection=None,
        provider_arn=None,
        duration=int(credentials.remaining(now).total_seconds()),
        sts="",
    )


def _notify(invocation: Invocation, settings: Settings, credentials: Credentials) -> None:
    notify, name = invocation.prompt.notify, settings.profile
    owner = f" of {credentials.assumed_role_arn}" if credentials.assumed_role_arn else ""
    notify(f"Credentials{owner} are stored in profile {name} of {socket.gethostname()}.")
    end = notices.until(credentials.expiration)
    left = notices.time_left(credentials)
    notify(f"They are valid until {end}, for {left}. To try them:")
    notify(f"  {notices.identity_command(invocation, name, credentials)}")
    notices.notify_variables(invocation, name)
