"""The notices about stored credentials: where they are, until when, and how to use them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext import fast_path, hints, partitions
from aws_saml_ext.cli.target import REPEATED
from aws_saml_ext.clock import utc_now
from aws_saml_ext.config import aws_settings
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.identity import unexpected_person
from aws_saml_ext.text import counted, shown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_saml_ext.assertion import Assertion
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.credentials import Credentials
    from aws_saml_ext.prompt import Prompt


_MINUTES_IN_WORDS = 120
"""From here on, a time is told in hours."""


def notify_start(prompt: Prompt, settings: Settings) -> None:
    """Notify where the sign-in goes: the host only, as the rest may be long or private."""
    parts = urlsplit(settings.idp_url)
    rest = "/…" if parts.path.strip("/") or parts.query else "/"
    prompt.notify(f"Signing in at {parts.scheme}://{parts.netloc}{rest} (Ctrl-C stops)")


def notify_person(prompt: Prompt, settings: Settings, assertion: Assertion) -> None:
    """Notify who has signed in, whether they were expected, and how many roles are offered."""
    if assertion.encrypted:
        prompt.notify(
            "Signed in. The assertion is encrypted: only AWS can read the person and the roles."
        )
    else:
        person = "a person whom the identity provider does not name"
        if assertion.session_name and assertion.session_name.strip():
            person = shown_name(assertion.session_name)
        count = len(assertion.roles)
        verb = "is" if count == 1 else "are"
        prompt.notify(f"Signed in as {person}. {counted(count, 'role')} {verb} offered.")
        if assertion.roles and (unread := assertion.unread_roles) is not None:
            prompt.notify(f"Besides, {unread.sentence}")
    if (problem := unexpected_person(assertion.session_name, settings.username)) is not None:
        prompt.notify(f"{problem} {settings.place('saml_username')} names {settings.username}.")


def notify_kept(invocation: Invocation, target: Target, credentials: Credentials) -> None:
    """Notify that the stored credentials are fresh."""
    invocation.prompt.notify(
        f"The credentials of {_role_and_person(credentials)} in profile {target.settings.profile} "
        f"are valid for another {time_left(credentials)}. To renew them now, use --force."
    )


def notify_stored(
    invocation: Invocation, target: Target, credentials: Credentials, *, is_watched: bool
) -> None:
    """Notify whose credentials are stored, until when they are valid, and a command to try."""
    notify, name = invocation.prompt.notify, target.settings.profile
    place = "the cache of " if target.is_by_process else ""
    notify(f"Credentials of {_role_and_person(credentials)} are in {place}profile {name}.")
    if target.is_by_process and (variables := _only_in_the_environment(invocation)):
        notify(
            f"Programs need {', '.join(variables)} in their environment, too, or the settings in "
            f"the profile:\n  {hints.command('configure', '--profile', name)}"
        )
    end = f"They are valid until {until(credentials.expiration)}, for {time_left(credentials)}"
    renewed = "; programs that use the profile renew them" if target.is_by_process else ""
    notify(f"{end}{'' if is_watched else renewed}. To try them:")
    notify(f"  {identity_command(invocation, name, credentials)}")


def identity_command(invocation: Invocation, name: str, credentials: Credentials) -> str:
    """Return the command that tries the credentials of a profile."""
    words = ["aws", "sts", "get-caller-identity", "--profile", name]
    words += _region(invocation, credentials)
    endpoint = aws_settings.endpoint(invocation.session, "sts", environ=invocation.environ)
    if endpoint is not None and not invocation.kept("endpoint_url"):
        words += ["--endpoint-url", endpoint.value]  # `aws` reads the setting since 2.13 only
    return hints.shown(*words, *_connection(invocation))


def notify_conflicts(invocation: Invocation, target: Target) -> None:
    """Notify which other credentials the SDKs use in place of those that were stored."""
    notify_variables(invocation, target.settings.profile)
    notify_preferred(invocation, target)


def notify_variables(invocation: Invocation, name: str) -> None:
    """Notify that keys in the environment override a profile, where there are any."""
    notify = invocation.prompt.notify
    if invocation.environ.get("AWS_ACCESS_KEY_ID"):
        variables = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        notify(
            f"AWS_ACCESS_KEY_ID is set, and overrides profile {name} in programs without "
            f"--profile {name}:\n  {hints.shown('unset', *variables)}"
        )


def notify_preferred(invocation: Invocation, target: Target) -> None:
    """Notify which other credentials of the profile the SDKs use."""
    notify, name = invocation.prompt.notify, target.settings.profile
    for conflict in target.conflicts():
        if conflict.is_preferred:
            notify(
                f"The SDKs still use {conflict.description} of profile {name} instead of these "
                "credentials."
            )


def notify_next_time(
    invocation: Invocation,
    target: Target,
    credentials: Credentials,
    *,
    is_role_asked: bool,
    is_password_stored: bool,
) -> None:
    """Notify the command that asks less, where a question was asked that it saves."""
    if not is_role_asked and not is_password_stored:
        return
    options = ["--use-stored"] if is_password_stored else []
    options += ["--role-arn", credentials.role_arn]
    if target.conflicts(credentials.as_options()):
        options.append("--overwrite")
    avoided = "all questions" if is_password_stored else "the role question"
    command = same_command(target, *options)
    invocation.prompt.notify(f"To skip {avoided} next time:\n  {command}")


def repeat_options(
    invocation: Invocation,
    answers: Mapping[str, str] | None = None,
    *,
    assertion: str | None = None,
) -> None:
    """Let the commands of this run's messages repeat its options that the profile does not hold.

    Args:
        invocation: the run.
        answers: settings that were asked for, and that the profile is not to have.
        assertion: the file of `--assertion`.
    """
    values = {**invocation.overrides, **(answers or {})}
    words = [
        (setting.flag, str(values[setting.name]))
        for setting in SETTINGS
        if setting.name in REPEATED and setting.flag and values.get(setting.name) is not None
    ]
    # Nobody can paste what came by standard input.
    if assertion is not None and assertion != "-":
        words.append(("--assertion", assertion))
    hints.repeat(invocation.profile, words, _connection(invocation))


def same_command(target: Target, *options: str) -> str:
    """Return the command for such a sign-in later, with the options that the profile lacks."""
    name = target.settings.profile
    if target.is_by_process:  # the profile holds them
        return hints.command("--profile", name, *options)
    return hints.sign_in_command(name, *options, without=["--assertion"])  # it serves once


def time_left(credentials: Credentials, now: datetime | None = None) -> str:
    """Return the remaining time in words: `59 minutes`, `4 hours`, `11 hours 30 minutes`."""
    return in_words(credentials.remaining(now or utc_now()))


def in_words(duration: timedelta) -> str:
    """Return a duration in minutes, or from two hours on in hours and minutes."""
    minutes = round(duration.total_seconds() / 60)
    if minutes < _MINUTES_IN_WORDS:
        return counted(minutes, "minute")
    hours, minutes = divmod(minutes, 60)
    return counted(hours, "hour") + (f" {counted(minutes, 'minute')}" if minutes else "")


def until(moment: datetime, now: datetime | None = None, *, zone: tzinfo | None = None) -> str:
    """Return a time by the clock of this machine, and in UTC: `19:26 (18:26 UTC)`.

    Args:
        moment: aware.
        now: aware; a moment of another day than this one has its date.
        zone: the time zone of the person; None is that of this machine.
    """
    local, utc = moment.astimezone(zone), moment.astimezone(timezone.utc)
    is_today = local.date() == (now or utc_now()).astimezone(zone).date()
    if local.utcoffset() == utc.utcoffset():
        return f"{utc:%H:%M} UTC" if is_today else f"{utc:%Y-%m-%d %H:%M} UTC"
    day = "" if is_today else f"{local:%Y-%m-%d} "
    utc_day = "" if local.date() == utc.date() else f"{utc:%Y-%m-%d} "
    return f"{day}{local:%H:%M} ({utc_day}{utc:%H:%M} UTC)"


def _role_and_person(credentials: Credentials) -> str:
    """Return `Role.Admin in account 123456789012 for jane`."""
    account, role = credentials.role_arn.split(":")[4], credentials.role_arn.rpartition("/")[2]
    return f"{role} in account {account} for {credentials.session_name}"


def _only_in_the_environment(invocation: Invocation) -> list[str]:
    """Return the variables without which a program would sign in differently, or not at all."""
    names = (name for name in fast_path.VARIABLES if "REGION" not in name)
    return [name for name in names if invocation.environ.get(name)]


def _region(invocation: Invocation, credentials: Credentials) -> list[str]:
    """Return the option that `aws` needs where nothing else names a region."""
    variables = map(invocation.environ.get, ("AWS_REGION", "AWS_DEFAULT_REGION"))
    if any(variables) or invocation.session.get_scoped_config().get("region"):
        return []
    partition = partitions.of_arn(credentials.role_arn) or partitions.PARTITIONS["aws"]
    # The option of this command does not hold for the next one.
    return ["--region", invocation.kept("region") or partition.sts_region]


def _connection(invocation: Invocation) -> list[str]:
    """Return the options about the connection to AWS that the next command needs again."""
    words = []
    for name in ("endpoint_url", "ca_bundle"):
        if value := invocation.kept(name):
            words += [f"--{name.replace('_', '-')}", value]
    return words + (["--no-verify-ssl"] if invocation.kept("verify_ssl") is False else [])
