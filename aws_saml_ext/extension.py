"""
What a botocore session gains: our settings, and credentials from a sign-in that renew themselves.

The botocore that it fits in: `botocore.credentials.create_credential_resolver` makes the chain,
and the assume-role provider asks only what its own profile builder makes for a `source_profile`.
"""

from __future__ import annotations

import inspect
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import botocore.session
from botocore.credentials import (
    AssumeRoleProvider,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
    ProfileProviderBuilder,
    create_credential_resolver,
)

from aws_saml_ext import fast_path
from aws_saml_ext.config import declare
from aws_saml_ext.config.settings import SignInWay
from aws_saml_ext.config.table import KEYS
from aws_saml_ext.errors import SamlLoginError, SignInRequired
from aws_saml_ext.paths import Paths

if TYPE_CHECKING:
    import boto3
    from botocore.session import Session as BotocoreSession

    from aws_saml_ext.credentials import Issued

    SessionT = TypeVar("SessionT", bound=BotocoreSession)

__all__ = ["Session", "SignInRequired", "boto3_session", "extend"]

METHOD = "saml-login"
_CHAIN = "credential_provider"
_NO_PROFILE = "default"
_BEFORE = "shared-credentials-file"
_ADVISORY_SECONDS, _MANDATORY_SECONDS = 900, 600
"""botocore's windows: keys with less left are renewed if nobody else does; have to be renewed."""
_MADE_FOR_AN_HOUR = timedelta(hours=1)
"""The windows are a quarter and a sixth of it."""
_OURS = frozenset(key.name for key in KEYS)
_AGAIN_SECONDS = 60.0
"""How long a renewal that failed is not tried again, while the keys still live."""

Fetch = Callable[[], "Issued"]
"""Brings credentials that live long enough, from wherever; see `renewal.fresh`."""


def extend(session: SessionT, *, sign_in: str = "auto") -> SessionT:
    """
    Teach a botocore session to sign in: our settings, and the credential provider `saml-login`.

    The provider answers for profiles of the config file with `saml_idp_url` or `saml_idp`, also as
    the `source_profile` of a role. Keys given to the session, and those of the environment where
    no profile is named, come first. Nothing is opened until something is signed. Credentials are
    renewed in the cache, ~/.aws/saml/cache, and never in the credentials file.

    Args:
        session: a session of botocore, or one that is already extended.
        sign_in: `auto` as the profile says, `window`, `terminal`, or `silent`, which asks nobody.

    Returns:
        The session.

    Raises:
        ValueError: `sign_in` is none of these.
        TypeError: the session is none of botocore's, or aiobotocore's, which takes what its
            `credential_process` prints.

    What needs credentials raises `SignInRequired` (its message has the command to type) where a
    person is needed and cannot be asked, or another `aws_saml_ext.errors.SamlLoginError`.
    """
    ways = [way.value for way in SignInWay]
    if sign_in not in ways:
        raise ValueError(f"sign_in is {sign_in!r}, and not one of {', '.join(ways)}")
    if not isinstance(session, botocore.session.Session):
        raise TypeError(
            f"{type(session).__name__} is no session of botocore; for boto3 there is boto3_session"
        )
    way = SignInWay(sign_in)
    if inspect.iscoroutinefunction(session.get_credentials):
        raise TypeError(
            "A session of aiobotocore cannot be extended. Its profiles are signed in to by a "
            "credential_process: aws saml-login --profile NAME --store credential-process"
        )
    declare(session)
    # Made when it is first asked for, as botocore's own is: until then the profile may change.
    components = getattr(session, "_components", None)
    chain = getattr(components, "_components", {}).get(_CHAIN)
    if chain is not None:
        _fit_in(chain, session, way)
    else:
        make = getattr(components, "_deferred", {}).get(_CHAIN)

        def extended() -> CredentialResolver:
            chain = make() if make is not None else create_credential_resolver(session)
            return _fit_in(chain, session, way)

        session.lazy_register_component(_CHAIN, extended)
    return session


class Session(botocore.session.Session):
    """A botocore session that is extended from the beginning; see `extend`."""

    def __init__(self, *args: Any, sign_in: str = "auto", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        extend(self, sign_in=sign_in)


def boto3_session(
    profile_name: str | None = None, *, sign_in: str = "auto", **kwargs: Any
) -> boto3.Session:
    """
    A boto3 session that signs in.

    Args:
        profile_name: the profile; None is the one of the environment, or `default`.
        sign_in: see `extend`.
        kwargs: other arguments of `boto3.Session`, such as `region_name`.

    Raises:
        botocore.exceptions.ProfileNotFound: there is no such profile.
    """
    import boto3

    session = Session(profile=profile_name, sign_in=sign_in)
    return boto3.Session(botocore_session=session, **kwargs)


class SamlProvider(CredentialProvider):
    """Credentials for one profile, if it has settings of a sign-in."""

    METHOD = METHOD
    CANONICAL_NAME = "custom-saml-login"  # botocore wants the prefix from outsiders

    def __init__(self, session: BotocoreSession, profile: str, way: SignInWay) -> None:
        super().__init__(session)
        self._profile = profile
        self._way = way

    def load(self) -> SamlCredentials | None:
        """Credentials that sign in when they are used; None for a profile that is not ours."""
        profile = self.session.full_config.get("profiles", {}).get(self._profile, {})
        given = self.session.instance_variables()
        ours = ("saml_idp_url", "saml_idp")
        if not any(profile.get(name) or given.get(name) for name in ours):
            return None
        return SamlCredentials(lambda: _fetched(self.session, self._profile, self._way))


class SamlCredentials(DeferredRefreshableCredentials):
    """
    botocore's refreshable credentials, with windows that suit sessions of any length.

    botocore renews what has less than 15 minutes left, and blocks at less than 10: of a session of
    900 seconds that would be every request. The windows are a quarter and a sixth of the life of a
    shorter one. A renewal that failed before it had to be is not tried again for a minute; the
    error of one that had to be is that of all threads that waited for it.
    """

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(refresh_using=self._renewed, method=METHOD)
        self._fetch = fetch
        self._clock = clock
        self._share = 1.0
        self._failure: _Failure | None = None
        self._at_entry = threading.local()

    def refresh_needed(self, refresh_in: float | None = None) -> bool:
        """See botocore: whether less than `refresh_in` seconds are left, as windows are here."""
        window = _ADVISORY_SECONDS if refresh_in is None else refresh_in
        failure = self._failure
        if failure is not None and self._clock() - failure.moment < _AGAIN_SECONDS:
            window = min(window, _MANDATORY_SECONDS)
        needed: bool = super().refresh_needed(math.ceil(window * self._share))
        return needed

    def _refresh(self) -> None:
        """See botocore: returns once the credentials may be used, and may wait for that."""
        self._at_entry.failure = self._failure
        super()._refresh()  # type: ignore[misc] # left out in the stubs

    def _renewed(self) -> dict[str, str]:
        failure = self._failure
        was_waited_for = failure is not getattr(self._at_entry, "failure", failure)
        if failure is not None and failure.error is not None and was_waited_for:
            raise _copy(failure.error)
        try:
            new = self._fetch()
        except Exception as error:
            kept = _copy(error) if isinstance(error, SamlLoginError) else None
            self._failure = _Failure(self._clock(), kept)
            raise
        self._failure = None
        credentials = new.credentials
        self._share = min(1.0, (credentials.expiration - new.issued) / _MADE_FOR_AN_HOUR)
        return {
            "access_key": credentials.access_key_id,
            "secret_key": credentials.secret_access_key,
            "token": credentials.session_token,
            "expiry_time": credentials.expiration.isoformat(),
            "account_id": credentials.role_arn.split(":")[4],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Failure:
    """A renewal that came to nothing: when, and why, where that is an error of ours."""

    moment: float
    error: SamlLoginError | None


def _copy(error: SamlLoginError) -> SamlLoginError:
    """For another thread than the one that met with it, and without that one's traceback."""
    return type(error)(str(error), hint=error.hint)


class _Builder:
    """What may have the credentials of a `source_profile`: botocore's own, and ours."""

    def __init__(
        self, before: ProfileProviderBuilder | _Builder, session: BotocoreSession, way: SignInWay
    ) -> None:
        self._before = before
        self._session = session
        self._way = way

    def providers(self, profile_name: str, disable_env_vars: bool = False) -> list[Any]:
        """See botocore's ProfileProviderBuilder."""
        chain = CredentialResolver(self._before.providers(profile_name, disable_env_vars))
        _insert(chain, SamlProvider(self._session, profile_name, self._way))
        return chain.providers


def _fit_in(
    chain: CredentialResolver, session: BotocoreSession, way: SignInWay
) -> CredentialResolver:
    """Put ours before the credentials file, and behind roles that have a `source_profile`."""
    profile = session.get_config_variable("profile") or _NO_PROFILE
    _insert(chain, SamlProvider(session, profile, way))
    for provider in chain.providers:
        if isinstance(provider, AssumeRoleProvider):
            # Not made anew: a program may have set its `cache`.
            its: Any = provider
            before = its._profile_provider_builder or ProfileProviderBuilder(session)
            its._profile_provider_builder = _Builder(before, session, way)
    return chain


def _insert(chain: CredentialResolver, provider: SamlProvider) -> None:
    """Put ours before the credentials file; last in a chain of the program's own without it."""
    chain.remove(METHOD)
    if any(each.METHOD == _BEFORE for each in chain.providers):
        chain.insert_before(_BEFORE, provider)
    else:
        chain.providers.append(provider)


def _fetched(session: BotocoreSession, profile: str, way: SignInWay) -> Issued:
    """Fresh credentials of a profile; an error's message has its remedy, too."""
    if not _given(session):
        from aws_saml_ext.store.cache import Cache

        cached = Cache.of(Paths.of().saml).indexed(profile, os.environ)
        if cached is not None:
            return cached

    from aws_saml_ext import renewal
    from aws_saml_ext.prompt import NonInteractive, TerminalPrompt

    prompt = NonInteractive() if way is SignInWay.SILENT else TerminalPrompt()
    state = fast_path.state(os.environ)
    own = _session_of(session, profile)
    try:
        return renewal.fresh(
            own,
            prompt,
            way=None if way is SignInWay.AUTO else way,
            is_of_profile=not _given(session),
            overrides={name: value for name, value in _given(session).items() if name in _OURS},
            state=state,
        )
    except SamlLoginError as error:
        if not error.hint:
            raise
        # None: where it comes from would stand above it, three tracebacks long.
        raise type(error)(f"{error}\n{error.hint}", hint=error.hint) from None


def _session_of(session: BotocoreSession, profile: str) -> BotocoreSession:
    """
    A session for one sign-in: botocore's are not for many threads, nor for two profiles.

    It reads the config file as it is by now, and knows what the program set in the session.
    """
    own = botocore.session.Session(profile=profile)
    own.set_default_client_config(session.get_default_client_config())
    # Not the region of the program's clients: which STS is asked is the profile's business.
    own.set_config_variable("region", os.environ.get("AWS_REGION") or None)
    for name, value in _given(session).items():
        if name not in _OURS:
            own.set_config_variable(name, value)
    if profile == _NO_PROFILE:  # it need not exist; a session that is told its name thinks it must
        own.full_config["profiles"].setdefault(profile, {})
    return own


def _given(session: BotocoreSession) -> dict[str, Any]:
    """What a program set in its session that a sign-in depends on."""
    names = {"config_file", "credentials_file", "ca_bundle", *_OURS}
    given = session.instance_variables()
    return {name: given[name] for name in sorted(names) if given.get(name) is not None}
