"""The notices about stored credentials: where they are, until when, and how to use them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext import fast_path, hints, partitions, role_choice
from aws_saml_ext.cli.target import REPEATED
from aws_saml_ext.clock import utc_now
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.identity import unexpected_person
from aws_saml_ext.text import counted, printable

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.credentials import Credentials
    from aws_saml_ext.prompt import Prompt


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
        name = printable(assertion.session_name or "", max_length=80)
        person = name or "a person whom the identity provider does not name"
        count = len(assertion.roles)
        verb = "is" if count == 1 else "are"
        prompt.notify(f"Signed in as {person}. {counted(count, 'role')} {verb} offered.")
    if (problem := unexpected_person(assertion.session_name, settings.username)) is not None:
        prompt.notify(f"{problem} saml_username names {settings.username}.")


def notify_kept(invocation: Invocation, target: Target, credentials: Credentials) -> None:
    """Notify that the stored credentials are fresh."""
    invocation.prompt.notify(
        f"The credentials of {credentials.assumed_role_arn} in profile {target.settings.profile} "
        f"are valid for {minutes_left(credentials)}. To renew them now, use --force."
    )


def notify_stored(
    invocation: Invocation, target: Target, credentials: Credentials, *, is_watched: bool
) -> None:
    """Notify where new credentials are stored, and until when they are valid."""
    notify, name = invocation.prompt.notify, target.settings.profile
    arn, end = credentials.assumed_role_arn, end_of(credentials)
    if target.is_by_process:
        notify(
            f"Credentials of {arn} are stored in the cache of profile {name}; the SDKs run its "
            "credential_process."
        )
        if variables := _only_in_the_environment(invocation):
            notify(
                f"Programs need {', '.join(variables)} in their environment, too, or the settings "
                f"in the profile: {hints.command('configure', '--profile', name)}"
            )
        renewal = "they are" if is_watched else "for programs that use the profile, they are"
        notify(f"They expire at {end}; {renewal} renewed before that.")
        return
    notify(
        f"Credentials of {arn} are stored in profile {name} of "
        f"{short(target.settings.credentials_file)}."
    )
    renewal = "they are renewed before that" if is_watched else "run this again to renew them"
    notify(f"They expire at {end}; {renewal}.")


def notify_conflicts(invocation: Invocation, target: Target) -> None:
    """Notify which other credentials the SDKs use in place of those that were stored."""
    notify, name = invocation.prompt.notify, target.settings.profile
    if invocation.environ.get("AWS_ACCESS_KEY_ID"):
        variables = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        notify(
            f"AWS_ACCESS_KEY_ID is set, and overrides profile {name} in programs without "
            f"--profile {name}. Run: {hints.shown('unset', *variables)}"
        )
    for conflict in target.conflicts():
        if conflict.is_preferred:
            notify(
                f"The SDKs still use {conflict.description} of profile {name} instead of these "
                "credentials."
            )


def notify_use(invocation: Invocation, target: Target, credentials: Credentials) -> None:
    """Notify how to use the credentials."""
    name = target.settings.profile
    words = ["aws", "sts", "get-caller-identity", "--profile", name]
    words += [*_region(invocation, credentials), *_connection(invocation)]
    profile = hints.shown("--profile", name)
    invocation.prompt.notify(f"Use them with {profile}, such as: {hints.shown(*words)}")


def notify_next_time(
    invocation: Invocation, target: Target, credentials: Credentials, *, is_password_stored: bool
) -> None:
    """Notify the command that asks less, where there is one."""
    if role_choice.fixed_role(target.settings) is not None and not is_password_stored:
        return
    options = ["--use-stored"] if is_password_stored else []
    options += ["--role-arn", credentials.role_arn]
    if target.conflicts(credentials.as_options()):
        options.append("--overwrite")
    avoided = "questions" if is_password_stored else "a question for the role"
    command = same_command(invocation, target, *options)
    invocation.prompt.notify(f"Next time without {avoided}: {command}")


def same_command(invocation: Invocation, target: Target, *options: str) -> str:
    """Return the command for this sign-in, with the options that the profile does not hold."""
    name = target.settings.profile
    if target.is_by_process:  # the profile holds them
        return hints.sign_in_command(name, *options)
    given = [
        word
        for setting in SETTINGS
        if setting.name in REPEATED and setting.flag
        for value in [invocation.overrides.get(setting.name)]
        if value is not None
        for word in (setting.flag, str(value))
    ]
    return hints.sign_in_command(name, *given, *options, *_connection(invocation))


def minutes_left(credentials: Credentials, now: datetime | None = None) -> str:
    """Return the remaining time in words, `60 minutes`."""
    remaining = credentials.remaining(now or utc_now())
    return counted(round(remaining.total_seconds() / 60), "minute")


def end_of(credentials: Credentials) -> str:
    """Return the end in words, `2026-11-23 14:17:27 UTC, in 60 minutes`."""
    return f"{credentials.expiration:%Y-%m-%d %H:%M:%S} UTC, in {minutes_left(credentials)}"


def short(path: Path) -> str:
    """Return a path with `~` for the user's home folder."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except ValueError:
        return str(path)


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
