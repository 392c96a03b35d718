"""The credentials of a profile for `exec`, `env` and `console`, which store none in the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_saml_ext import fast_exec
from aws_saml_ext.fast_exec import Keys
from aws_saml_ext.sts.connection import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.credentials import Credentials, Issued


def check_options(invocation: Invocation) -> None:
    """Refuse what is wrong on the command line, before anything is read or opened.

    Raises:
        UsageError: an option cannot be used.
    """
    from aws_saml_ext import role_choice

    invocation.sts_options()
    invocation.options.check_flow()
    role_choice.refuse_conflicting(invocation.overrides)


def settle_profile(invocation: Invocation) -> None:
    """Settle the profile, where none is named, and notify what in it has no effect.

    Raises:
        ConfigError: it does not exist, and others do.
    """
    from aws_saml_ext.cli import config_mistakes, profile_choice

    if not any(invocation.text(name) for name in ("saml_idp_url", "saml_idp")):
        profile_choice.settle(invocation, advice="Name one with --profile, or in AWS_PROFILE.")
    config_mistakes.notify(invocation)


def issued(invocation: Invocation, *, accepts: Callable[[Issued], bool] = lambda _: True) -> Issued:
    """Return fresh credentials: those of the profile, of the cache, else of a sign-in.

    New ones go to the cache, never to the credentials file.

    Args:
        invocation: the command, without a region: `--region` is not for STS here.
        accepts: whether stored credentials will do.

    Raises:
        SamlLoginError: the sign-in failed, or needs a person and there is no terminal.
    """
    from aws_saml_ext import renewal
    from aws_saml_ext.cli import notices

    settle_profile(invocation)
    notices.repeat_options(invocation)
    connection = invocation.sts_options()
    return renewal.for_program(
        invocation.session,
        invocation.prompt,
        is_of_profile=_is_of_profile(invocation),
        overrides=invocation.overrides,
        fingerprint=invocation.fingerprint,
        connection=connection,
        accepts=accepts,
        environ=invocation.environ,
    )


def keys_and_region(invocation: Invocation) -> tuple[Keys, str | None]:
    """Return fresh credentials and the region of the profile; cached ones without botocore.

    Raises:
        SamlLoginError: see `issued`.
    """
    is_of_profile = _is_of_profile(invocation)
    if is_of_profile:
        cached = fast_exec.cached(invocation.profile, invocation.environ)
        if cached is not None:
            return cached
    credentials = issued(invocation).credentials
    region = region_of_profile(invocation)
    if is_of_profile:
        _note_region(invocation, region)
    return keys_of(credentials), region


def region_of_profile(invocation: Invocation) -> str | None:
    """Return the region that the profile has in AWS's files."""
    region = invocation.session.get_scoped_config().get("region")
    return region if isinstance(region, str) and region else None


def keys_of(credentials: Credentials) -> Keys:
    """Return credentials as variables and cached answers have them."""
    return Keys(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
        rfc3339(credentials.expiration),
    )


def rfc3339(moment: datetime) -> str:
    """Return a time in UTC as AWS writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def process_answer(credentials: Credentials) -> dict[str, object]:
    """Return the JSON object of `credential_process`, with the role for `store`."""
    import json

    from aws_saml_ext.store import cache_format

    answer: dict[str, object] = json.loads(cache_format.answer(credentials))
    return {
        **answer,
        "RoleArn": credentials.role_arn,
        "AssumedRoleArn": credentials.assumed_role_arn,
    }


def _is_of_profile(invocation: Invocation) -> bool:
    """Return whether no option of the command line changes the credentials."""
    return not invocation.overrides and invocation.sts_options() == DEFAULT


def _note_region(invocation: Invocation, region: str | None) -> None:
    """Note the region for the next run; where that is impossible, it is only slower."""
    from contextlib import suppress
    from pathlib import Path

    from aws_saml_ext.errors import StoreError
    from aws_saml_ext.files import atomic

    path, content = fast_exec.region_note(
        invocation.profile,
        invocation.environ,
        region=region,
        fingerprint=invocation.fingerprint,
    )
    if Path(path).parent.is_dir():
        with suppress(StoreError):
            atomic.write_private(Path(path), content)
