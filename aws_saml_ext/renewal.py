"""
Credentials that renew themselves: the sign-in, wired for programs.

`credential_process` and the botocore extension ask here; what they get is in the cache from then
on, for every program that asks for the same.
"""

from __future__ import annotations

import logging
import os
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext import login, role_choice
from aws_saml_ext.assertion import Role, is_role_arn, is_same_person
from aws_saml_ext.clock import Clock, Deadline, utc_now
from aws_saml_ext.config import resolve
from aws_saml_ext.config.settings import Settings, SignInWay
from aws_saml_ext.credentials import Issued
from aws_saml_ext.errors import SignInRequired, StoreError
from aws_saml_ext.prompt import HeadedPrompt
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.cache import Cache, Key
from aws_saml_ext.store.credentials_file import StoredFor
from aws_saml_ext.sts import client, exchange
from aws_saml_ext.sts.connection import StsConnection
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from botocore.session import Session

    from aws_saml_ext.assertion import Assertion
    from aws_saml_ext.credentials import Credentials
    from aws_saml_ext.login import Capture, Exchange, Store
    from aws_saml_ext.prompt import Prompt

_log = logging.getLogger(__name__)

CaptureFor = Callable[[Settings, "Prompt"], "Capture"]
"""Makes the capture of a sign-in with these settings, at which this person may be asked."""


def in_a_browser(settings: Settings, prompt: Prompt) -> Capture:
    """See `capture.browser_capture`, imported only now that a sign-in is needed."""
    from aws_saml_ext.capture import browser_capture

    return browser_capture(settings, prompt)


def fresh(
    session: Session,
    prompt: Prompt,
    *,
    way: SignInWay | None = None,
    is_of_profile: bool = True,
    overrides: Mapping[str, str] | None = None,
    state: bytes | None = None,
    environ: Mapping[str, str] = os.environ,
    capture_for: CaptureFor = in_a_browser,
    now: Callable[[], datetime] = utc_now,
    clock: Callable[[], float] = time.monotonic,
) -> Issued:
    """
    Credentials for the profile of a session that live long enough: kept ones, or new ones.

    Those that somebody is renewing at this moment are waited for. Where the settings leave several
    roles, new ones are for the role before.

    Args:
        session: a session of the profile, with our settings declared.
        person: who is asked, where the settings allow it.
        way: how, in place of what the settings say.
        is_of_profile: the settings are those of the profile and the environment, and not a
            program's own: only then may the profile lead others to these credentials.
        overrides: see `config.resolve`.
        state: `fast_path.state`, from before the session read its files; None where it
            reads them only now.
        environ: the environment.
        capture_for: makes the capture.
        now: the clock of the credentials, aware.
        clock: the clock of time-outs, in seconds.

    Raises:
        SignInRequired: a person is needed, and nobody could be asked. The hint is a command.
        SamlLoginError: the sign-in failed, here or where it was waited for.
    """
    settings = resolve(session, overrides, environ=environ, fingerprint=state)
    if way is not None:
        settings = replace(settings, sign_in=way, show_browser=False)
    stored = _stored_before(settings)
    chosen = stored.role_arn if stored is not None else None
    key = key_of(session, settings if chosen is None else replace(settings, role_arn=chosen))
    cache = Cache.of(settings.saml_folder, now=now)
    found = cache.fresh(key)
    if found is None and chosen is not None:
        found = _stored(session, settings, chosen, now)
        if found is not None:
            _keep(cache, key, found, settings)
    if found is None:
        prompt = HeadedPrompt(prompt, _introduction(settings))
        with cache.alone(
            key,
            asked=asked(settings, prompt),
            seconds=settings.timeout.total_seconds(),
            notify=prompt.notify,
            by_itself=settings.sign_in is SignInWay.SILENT or not prompt.interactive,
        ):
            found = cache.fresh(key)
            if found is None:
                deadline = Deadline(settings.timeout, monotonic=clock)
                before = cache.read(key)
                last = before.credentials if before is not None else stored
                found = signed_in(
                    settings,
                    prompt,
                    role=chosen or _role_before(cache, settings, before),
                    name=last.session_name if last is not None else None,
                    capture=capture_for(settings, prompt),
                    exchange=exchange.exchanging(
                        session,
                        settings,
                        notify=_log.info,
                        deadline=deadline,
                        clock=Clock(now=now, monotonic=clock),
                    ),
                    deadline=deadline,
                )
                _keep(cache, key, found, settings)
    if is_of_profile:
        cache.lead(settings.profile, key, environ, settings.fingerprint)
    return found


def key_of(session: Session, settings: Settings, *, endpoint_url: str | None = None) -> Key:
    """
    What makes the credentials of these settings different from others.

    Raises:
        ConfigError: region or endpoint of STS cannot be used.
    """
    role = settings.role_arn
    arn = role if role is not None and is_role_arn(role) else None
    return Key(
        idp_url=settings.idp_url,
        username=settings.username,
        role=role,
        profile=settings.profile if arn is None or settings.username is None else None,
        role_selection=settings.role_selection,
        provider_arn=settings.provider_arn,
        duration=int(settings.session_duration.total_seconds()),
        sts=client.place_of(session, arn, StsConnection(endpoint_url)),
    )


def stored_for(settings: Settings, role_arn: str, *, sts_endpoint: str) -> StoredFor:
    """What the keys in a credentials file are for that these settings bring."""
    return StoredFor(
        role_arn=role_arn,
        idp_url=settings.idp_url,
        username=settings.username,
        duration=int(settings.session_duration.total_seconds()),
        sts_endpoint=sts_endpoint,
    )


def _stored_before(settings: Settings) -> Credentials | None:
    """
    The keys that `aws saml-login` stored last, alive or not, where their role may be meant.

    It is the one that was chosen, where the settings leave several.
    """
    stored = credentials_file.read(settings.credentials_file, settings.profile)
    if stored is None or settings.role_selection is not None:
        return None
    return stored if _is_meant(settings, stored.role_arn) else None


def _is_meant(settings: Settings, role_arn: str) -> bool:
    """Whether the settings may mean this role."""
    wanted = settings.role_arn
    return wanted is None or bool(role_choice.matches(wanted, [Role(role_arn, "")]))


def _role_before(cache: Cache, settings: Settings, before: Issued | None) -> str | None:
    """The role of the keys before, be it of other settings: who chose it chose for the profile."""
    if settings.role_selection is not None:
        return None
    if before is not None:
        return before.credentials.role_arn
    role = cache.role_before(settings.profile)
    return role if role is not None and _is_meant(settings, role) else None


def _stored(
    session: Session, settings: Settings, role_arn: str, now: Callable[[], datetime]
) -> Issued | None:
    """What `aws saml-login` left in the credentials file, where it is the same and lives on."""
    return credentials_file.kept(
        settings.credentials_file,
        settings.profile,
        stored_for(settings, role_arn, sts_endpoint=client.endpoint_of(session, role_arn)),
        folder=settings.saml_folder,
        now=now(),
    )


def signed_in(
    settings: Settings,
    prompt: Prompt,
    *,
    role: str | None,
    name: str | None,
    capture: Capture,
    exchange: Exchange,
    deadline: Deadline,
    store: Store = lambda _: None,
) -> Issued:
    """
    Sign in once more for a profile.

    Args:
        settings: how, and at which identity provider.
        person: who may be asked.
        role: the one that was chosen before: no other one is taken, where the settings leave some.
        name: who signed in before. Somebody else than them, and than `saml_username`, is refused
            where nobody is there to hear of it.
        capture: see login.py, as the others.
        exchange: trades the assertion.
        deadline: the end of the time for all of it.
        store: keeps what came of it.

    Raises:
        SignInRequired: a person is needed; the hint is the command that signs in.
        SamlLoginError: as `login.sign_in`.
    """

    command = _command(settings)

    def hear(assertion: Assertion) -> None:
        nonlocal command
        told = assertion.session_name
        meant = [each for each in (settings.username, name) if each is not None]
        if told is None or not meant or any(is_same_person(each, told) for each in meant):
            return
        said = f"The assertion is for {printable(told, max_length=80)}, and not for {meant[0]}."
        if not prompt.interactive:
            command += " --clean"  # whose session it is would sign in again
            raise SignInRequired(said)
        prompt.notify(said)

    def choose(assertion: Assertion) -> Role:
        is_settled = role_choice.fixed_role(settings) is not None or assertion.encrypted
        if role is None or is_settled:
            return role_choice.chosen(settings, prompt, deadline=deadline)(assertion)
        if all(offered.arn != role for offered in assertion.roles):
            raise SignInRequired(f"The role before, {role}, is not offered any more.")
        wanted = replace(settings, role_arn=role, role_selection=None)
        return role_choice.chosen(wanted, prompt, deadline=deadline)(assertion)

    try:
        done = login.sign_in(
            settings,
            capture=capture,
            hear=hear,
            choose=choose,
            exchange=exchange,
            store=store,
        )
    except SignInRequired as error:
        # Whatever would answer this one question: what helps a program is a profile signed in to.
        raise SignInRequired(str(error), hint=command) from None
    return done.issued


def _keep(cache: Cache, key: Key, new: Issued, settings: Settings) -> None:
    """Put new credentials in the cache; whoever asked gets them even where that is impossible."""
    try:
        cache.keep(key, new, profile=settings.profile)
    except StoreError as error:
        _log.warning("Other programs will have to sign in by themselves: %s", error)


def asked(settings: Settings, prompt: Prompt) -> str:
    """Who can be asked in a sign-in, for `Cache.alone`."""
    if settings.sign_in is SignInWay.SILENT:
        return "nobody"
    return f"{settings.sign_in.value}, {'terminal' if prompt.interactive else 'no terminal'}"


def _introduction(settings: Settings) -> str:
    host = urlsplit(settings.idp_url).hostname
    return f"Signing in at {host} for profile {settings.profile}:"


def _command(settings: Settings) -> str:
    return f"aws saml-login --profile {shlex.quote(settings.profile)}"
