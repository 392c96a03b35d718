"""`aws saml-login console`: open the AWS console as the role of a profile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from aws_saml_ext import fast_exec, hints
from aws_saml_ext.cli import console_destination, known_roles, program_credentials, web_browser
from aws_saml_ext.cli.one_time_link import OneTimeLink
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config import values
from aws_saml_ext.errors import TimedOut, UsageError
from aws_saml_ext.sts import federation

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.credentials import Credentials, Issued

_SHORTEST_LIFE = timedelta(minutes=15)
_OPEN_SECONDS = 30.0
_LINGER_SECONDS = 2.0
"""The time for which a second request is refused in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleOptions(Options):
    """The options of `console`."""

    service: str | None = None
    print: bool = False
    destination: str | None = None
    console_duration: str | None = None


def run(invocation: Invocation, options: ConsoleOptions) -> int:
    """Open the console, or print the address that does."""
    program_credentials.check_options(invocation)
    console_destination.check(options.service, options.destination)
    duration = _duration(options.console_duration)
    wanted = invocation.kept("region") or _region_of_environment(invocation)
    of_profile = invocation.without_region()
    program_credentials.settle_profile(of_profile)
    settings = of_profile.settings()
    if not options.print:
        web_browser.check(settings.console_command, invocation.environ, profile=invocation.profile)
    credentials = program_credentials.issued(of_profile, accepts=_lives_long_enough).credentials
    connection = of_profile.sts_options()
    console = federation.console_of(
        of_profile.session,
        credentials.role_arn,
        region=wanted or program_credentials.region_of_profile(of_profile),
        connection=connection,
    )
    if (option := invocation.kept("region")) is not None and console.region != option:
        raise UsageError(
            f"Region {option} is not in {console.partition.name}, the partition of this role.",
            command=hints.command("console", "--region", console.region),
        )
    destination = console_destination.address(
        options.service,
        options.destination,
        home=console.home,
        region=console.region,
        partition=console.partition,
    )
    sign_in = federation.Federation(
        of_profile.session,
        console,
        connection,
        max_wait=settings.timeout.total_seconds(),
    )
    invocation.prompt.waiting("Asking AWS")
    try:
        token = sign_in.token(credentials, duration, notify=invocation.prompt.notify)
    finally:
        invocation.prompt.waiting("")
    link = console.link(token, destination=destination, issuer=settings.idp_url)
    if options.print:
        invocation.prompt.notify(
            "This address is a key for 15 minutes: whoever opens it is "
            f"{_names(of_profile, credentials)}."
        )
        invocation.write(link + "\n")
        return 0
    _open(of_profile, settings, credentials, link)
    return 0


def _open(invocation: Invocation, settings: Settings, credentials: Credentials, link: str) -> None:
    """Lead the browser to an address, which no argument of a process shows.

    Raises:
        ConfigError: no browser can be opened.
        TimedOut: the browser did not fetch the address.
    """
    notify = invocation.prompt.notify
    of_role = {
        "profile": settings.profile,
        "account": _account(credentials),
        "role": _role(credentials),
    }
    with OneTimeLink(link, notify=notify) as one_time:
        check_running = web_browser.open_at(
            one_time.url, settings.console_command, of_role, environ=invocation.environ
        )
        notify(f"Opening the console as {_names(invocation, credentials)}.")
        if not one_time.is_opened(_OPEN_SECONDS, until=check_running):
            raise TimedOut(
                f"The browser did not open the address within {_OPEN_SECONDS:.0f} seconds.",
                command=hints.command("console", "--print", "--profile", settings.profile),
            )
        time.sleep(_LINGER_SECONDS)


def _duration(text: str | None) -> timedelta | None:
    """Parse `--console-duration`.

    Raises:
        UsageError: it is no duration that the console can have.
    """
    if text is None:
        return None
    try:
        return values.session_duration(text)
    except ValueError as error:
        raise UsageError(
            f"--console-duration is not usable: {error}.", command=hints.help_command("console")
        ) from None


def _lives_long_enough(issued: Issued) -> bool:
    """Return whether the console's session, which ends with the credentials, is worth a window."""
    return issued.credentials.remaining(datetime.now(timezone.utc)) >= _SHORTEST_LIFE


def _region_of_environment(invocation: Invocation) -> str | None:
    environ = fast_exec.without_region_of_exec(invocation.environ)
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")


def _names(invocation: Invocation, credentials: Credentials) -> str:
    """Return `Role.Admin in account 123456789012 (production)`."""
    account = _account(credentials)
    name = known_roles.account_names(invocation).get(account)
    return f"{_role(credentials)} in account {account}" + (f" ({name})" if name else "")


def _account(credentials: Credentials) -> str:
    return credentials.role_arn.split(":")[4]


def _role(credentials: Credentials) -> str:
    return credentials.role_arn.rpartition("/")[2]
