"""The one road to new credentials: look, lock, look again, sign in, save.

The sign-in, `--watch`, `credential-process` and the botocore extension go this way. What they get
is stored, for every program that makes the same request.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_saml_ext import hints, login, role_choice, role_facts
from aws_saml_ext.assertion import Role, is_role_arn
from aws_saml_ext.clock import SYSTEM, Clock, Deadline
from aws_saml_ext.config import resolve
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import SignInRequired, StoreError, UnexpectedIdentity
from aws_saml_ext.identity import Expected, unexpected_person
from aws_saml_ext.net import host_of
from aws_saml_ext.prompt import HeadedPrompt
from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.role_menu import NOTHING_KNOWN, Known
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credential_store import CredentialRequest, CredentialStore
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.single_flight import Caller, SingleFlight
from aws_saml_ext.sts import client
from aws_saml_ext.sts import exchange as sts
from aws_saml_ext.sts.connection import DEFAULT, StsConnection

if TYPE_CHECKING:
    from botocore.session import Session

    from aws_saml_ext.assertion import Assertion
    from aws_saml_ext.credentials import Credentials, Issued
    from aws_saml_ext.login import Capture, Exchange
    from aws_saml_ext.prompt import Prompt

_log = logging.getLogger(__name__)

_MAX_COMMAND_WAIT = 15.0  # seconds; then a person's sign-in goes on beside the other program's

Save = Callable[["Issued"], None]
"""Store new credentials. Raises StoreError."""

CaptureFor = Callable[[Settings, "Prompt"], "Capture"]
"""Make the capture of a sign-in with these settings, which asks at this prompt."""


def in_a_browser(settings: Settings, prompt: Prompt) -> Capture:
    """Return the capture by a browser, whose modules are imported only now."""
    from aws_saml_ext.capture import browser_capture

    return browser_capture(settings, prompt)


# ---- the road ----


@dataclass(frozen=True, slots=True)
class Obtained:
    """The credentials that a request led to."""

    issued: Issued
    is_new: bool
    """True if a sign-in was needed, rather than what was stored."""


def get_credentials(
    store: CredentialStore,
    request: CredentialRequest,
    sign_in: Callable[[Save], Issued],
    *,
    flight: SingleFlight | None,
    caller: Caller,
    others: Sequence[CredentialStore] = (),
    accepts: Callable[[Issued], bool] = lambda _: True,
    save: Save | None = None,
) -> Obtained:
    """Return fresh credentials for a request: stored ones, else those of a sign-in.

    Args:
        store: where they are looked for, and stored.
        request: what they are for.
        sign_in: signs in, and saves what STS issued by the function that it gets.
        flight: the renewals of this request; None signs in beside others.
        caller: how this caller waits for others.
        others: stores whose credentials will do as well; they are copied.
        accepts: whether stored credentials will do; none will where a sign-in is demanded.
        save: stores new ones, in place of `store.save`.

    Raises:
        SignInRequired: a person is needed, and nobody can be asked.
        SamlLoginError: the sign-in failed, here or where it was waited for.
    """
    save = save or (lambda issued: store.save(request, issued))

    def look() -> Issued | None:
        issued = store.find(request)
        if issued is None and (issued := _first(others, request)) is not None:
            save(issued)
        return issued if issued is not None and accepts(issued) else None

    if (stored := look()) is not None:
        return Obtained(stored, is_new=False)
    with flight.held(caller) if flight is not None else nullcontext():
        if (stored := look()) is not None:  # another program has renewed them
            return Obtained(stored, is_new=False)
        return Obtained(sign_in(save), is_new=True)


def _first(stores: Sequence[CredentialStore], request: CredentialRequest) -> Issued | None:
    return next(filter(None, (store.find(request) for store in stores)), None)


def request_for(
    session: Session,
    settings: Settings,
    *,
    connection: StsConnection = DEFAULT,
    fingerprint: bytes | None = None,
) -> CredentialRequest:
    """Return the request that these settings make.

    Args:
        session: a session of the profile.
        settings: its settings.
        connection: the options of the command line about STS.
        fingerprint: see `CredentialRequest`.

    Raises:
        ConfigError: region or endpoint of STS cannot be used.
    """
    is_settled = settings.role_arn is not None and is_role_arn(settings.role_arn)
    arn = settings.role_arn if is_settled else None
    return CredentialRequest(
        profile=settings.profile,
        idp_url=settings.idp_url,
        username=settings.username,
        role=settings.role_arn,
        is_role_settled=is_settled,
        role_selection=settings.role_selection,
        provider_arn=settings.provider_arn,
        duration=int(settings.session_duration.total_seconds()),
        sts=client.place_of(session, arn, connection),
        session_policies=settings.session_policies,
        fingerprint=fingerprint,
    )


def caller_of(
    settings: Settings,
    prompt: Prompt,
    *,
    shares_failures: bool = True,
) -> Caller:
    """Return how a sign-in with these settings, at this prompt, waits for others.

    `shares_failures` is for renewals: a person who typed the command gets a sign-in of their own.
    """
    is_silent = settings.sign_in is Flow.SILENT
    terminal = "terminal" if prompt.interactive else "no terminal"
    seconds = settings.timeout.total_seconds()
    return Caller(
        answerable="nobody" if is_silent else f"{settings.sign_in.value}, {terminal}",
        is_unattended=shares_failures and (is_silent or not prompt.interactive),
        shares_failures=shares_failures,
        wait_seconds=seconds if shares_failures else min(_MAX_COMMAND_WAIT, seconds / 2),
        notify=prompt.notify,
    )


# ---- the credentials before ----


def previous(
    stores: Sequence[CredentialStore], settings: Settings, *, profile: str | None = None
) -> Credentials | None:
    """Return the credentials stored last for the profile, fresh or not, whose role may be meant.

    Their role is the one that a person chose where the settings leave several.

    Args:
        stores: where to look, the first one first.
        settings: the role that is meant; a role by its number means none of the stored ones.
        profile: another profile than that of the settings.

    Raises:
        StoreError: a store cannot be read.
    """
    if settings.role_selection is not None:
        return None
    for store in stores:
        last = store.last(profile or settings.profile)
        if last is not None and role_choice.may_mean(settings.role_arn, last.role_arn):
            return last
    return None


def sign_in_again(
    settings: Settings,
    prompt: Prompt,
    *,
    role_arn: str | None,
    session_name: str | None,
    capture: Capture,
    exchange: Exchange,
    deadline: Deadline,
    save: Save,
    known: Callable[[], Known] = lambda: NOTHING_KNOWN,
) -> Issued:
    """Sign in for a profile that was signed in to before.

    Args:
        settings: of the profile.
        prompt: where questions are asked.
        role_arn: the role before: no other is taken where the settings leave several.
        session_name: the person before. Another person than them, and than `saml_username`, is
            refused where nobody reads the notice.
        capture: see login.py.
        exchange: see login.py.
        deadline: the end of the time for all of it.
        save: stores the credentials.
        known: see `role_choice.chosen`.

    Raises:
        SignInRequired: a person is needed; the command signs in.
        SamlLoginError: as `login.sign_in`.
    """
    options: tuple[str, ...] = ()
    expected = Expected(settings, prompt, deadline=deadline)

    def hear(assertion: Assertion) -> None:
        nonlocal options
        problem = unexpected_person(assertion.session_name, settings.username, session_name)
        if problem is not None and not prompt.interactive:
            options = ("--clean",)  # the kept session would sign in the same person again
            raise SignInRequired(problem)
        if problem is not None:
            prompt.notify(problem)
        expected.hear(assertion)

    def choose(assertion: Assertion) -> Role:
        if assertion.encrypted:
            return role_choice.chosen(settings, prompt, deadline=deadline)(assertion)
        wanted = replace(settings, provider_arn=settings.provider_arn or expected.provider_arn)
        if role_arn is None or role_choice.fixed_role(settings) is not None:
            return role_choice.chosen(wanted, prompt, deadline=deadline, known=known)(assertion)
        if all(offered.arn != role_arn for offered in assertion.roles):
            raise SignInRequired(f"The previously used role {role_arn} is no longer offered.")
        wanted = replace(wanted, role_arn=role_arn, role_selection=None)
        return role_choice.chosen(wanted, prompt, deadline=deadline)(assertion)

    try:
        done = login.sign_in(
            settings,
            capture=capture,
            hear=hear,
            choose=choose,
            confirm=expected.confirm,
            exchange=exchange,
            store=save,
        )
    except UnexpectedIdentity:
        raise
    except SignInRequired as error:
        # An option would answer this one question; a program needs a profile that is signed in to.
        command = hints.sign_in_command(settings.profile, *options)
        raise SignInRequired(str(error), command=command) from None
    expected.remember(done.assertion, done.role)
    return done.issued


# ---- programs ----


def for_program(
    session: Session,
    prompt: Prompt,
    *,
    flow: Flow | None = None,
    is_of_profile: bool = True,
    overrides: Mapping[str, str] | None = None,
    fingerprint: bytes | None = None,
    connection: StsConnection = DEFAULT,
    accepts: Callable[[Issued], bool] = lambda _: True,
    environ: Mapping[str, str] = os.environ,
    capture_for: CaptureFor = in_a_browser,
    clock: Clock = SYSTEM,
) -> Issued:
    """Return fresh credentials for the profile of a session: cached ones, or new ones.

    Credentials that `aws saml-login` stored in the credentials file are used, too. Where the
    settings leave several roles, new ones are for the role before.

    Args:
        session: a session of the profile, with our settings declared.
        prompt: where questions are asked, if the settings allow any.
        flow: the flow, in place of the one in the settings.
        is_of_profile: whether the settings are those of the profile and the environment, and not
            a program's own: only then the profile may lead others to these credentials.
        overrides: see `config.resolve`.
        fingerprint: `fast_path.fingerprint`, from before the session read its files.
        connection: the options of the command line about STS.
        accepts: whether stored credentials will do.
        environ: the environment.
        capture_for: makes the capture.
        clock: the clocks.

    Raises:
        SignInRequired: a person is needed, and nobody can be asked. It has a command.
        SamlLoginError: the sign-in failed, here or where it was waited for.
    """
    settings = resolve(session, overrides, environ=environ, fingerprint=fingerprint)
    if flow is not None:
        settings = replace(settings, sign_in=flow, show_browser=False)
    cache = Cache(settings.saml_folder, environ=environ, clock=clock)
    file = CredentialsFile(settings.credentials_file, settings.saml_folder, clock=clock)
    chosen = previous([file], settings)
    requested = settings if chosen is None else replace(settings, role_arn=chosen.role_arn)
    fingerprint = settings.fingerprint if is_of_profile else None
    request = request_for(session, requested, connection=connection, fingerprint=fingerprint)

    def save(issued: Issued) -> None:
        try:
            cache.save(request, issued)
        except StoreError as error:  # the program gets them all the same
            _log.warning("Other programs cannot share these credentials: %s", error)

    headed = HeadedPrompt(prompt, _preamble(settings))

    def sign_in(save: Save) -> Issued:
        deadline = Deadline(settings.timeout, monotonic=clock.monotonic)
        stored = cache.stored(request)
        before = stored.credentials if stored is not None else None
        role_source = chosen or before or previous([cache], settings)
        person_source = before or chosen
        return sign_in_again(
            settings,
            headed,
            role_arn=role_source.role_arn if role_source is not None else None,
            session_name=person_source.session_name if person_source is not None else None,
            capture=capture_for(settings, headed),
            exchange=sts.exchanging(
                session,
                settings,
                notify=_log.info,
                connection=connection,
                deadline=deadline,
                memory=RoleMemory(settings.saml_folder, clock=clock),
                clock=clock,
            ),
            deadline=deadline,
            save=save,
            known=lambda: role_facts.known(session, settings.saml_folder),
        )

    obtained = get_credentials(
        cache,
        request,
        sign_in,
        others=[file],
        flight=SingleFlight(cache.folder, request.key, clock=clock),
        caller=caller_of(settings, headed),
        accepts=accepts,
        save=save,
    )
    cache.index(request)  # also where another profile's settings made the same request
    return obtained.issued


def _preamble(settings: Settings) -> str:
    return f"Signing in at {host_of(settings.idp_url)} for profile {settings.profile}:"
