"""The botocore extension: a session learns our settings, and gets credentials that are renewed.

It relies on these facts of botocore: `botocore.credentials.create_credential_resolver` makes the
chain, and the assume-role provider asks only the providers of its own profile builder for a
`source_profile`.
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

from aws_saml_ext import fast_path, hints
from aws_saml_ext.config.declared import declare
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import SamlLoginError, SignInRequired

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
"""botocore's windows: with less left, credentials are renewed if they can be; if they must be."""
_NOMINAL_LIFETIME = timedelta(hours=1)
"""The windows are a quarter and a sixth of this lifetime."""
_OURS = frozenset(setting.name for setting in SETTINGS)
_RETRY_SECONDS = 60.0
"""The pause after a failed renewal, while the credentials have not expired."""

Fetch = Callable[[], "Issued"]
"""Return fresh credentials; see `renewal.for_program`."""


def extend(session: SessionT, *, sign_in: str = "auto") -> SessionT:
    """Add our settings and the credential provider `saml-login` to a botocore session.

    The provider answers for profiles of the config file with `saml_idp_url` or `saml_idp`, also as
    the `source_profile` of a role. Explicit keys come first, and so do keys in the environment if
    no profile is named. Nothing is opened until a request is signed. Renewed credentials go to the
    cache, ~/.aws/saml/cache, never to the credentials file.

    A request that needs credentials raises `SignInRequired` (its message holds the command to
    paste) if a person is needed and cannot be asked, or another error of `aws_saml_ext.errors`.

    Args:
        session: a botocore session; it may be extended already.
        sign_in: `auto` (as the profile says), `window`, `terminal`, or `silent`, which never asks.

    Returns:
        The session.

    Raises:
        ValueError: `sign_in` has another value.
        TypeError: the session is not one of botocore's. A session of aiobotocore cannot be
            extended; its profiles can use `credential_process`.
    """
    flows = [flow.value for flow in Flow]
    if sign_in not in flows:
        raise ValueError(f"sign_in must be one of {', '.join(flows)}, not {sign_in!r}")
    if not isinstance(session, botocore.session.Session):
        raise TypeError(
            f"{type(session).__name__} is not a botocore session; for boto3 use boto3_session"
        )
    flow = Flow(sign_in)
    if inspect.iscoroutinefunction(session.get_credentials):
        raise TypeError(
            "A session of aiobotocore cannot be extended. Use credential_process instead: "
            + hints.sign_in_command("NAME", "--store", "credential-process")
        )
    declare(session)
    # Deferred as botocore's own chain is: until it is used, the profile may change.
    components = getattr(session, "_components", None)
    chain = getattr(components, "_components", {}).get(_CHAIN)
    if chain is not None:
        _fit_in(chain, session, flow)
    else:
        make = getattr(components, "_deferred", {}).get(_CHAIN)

        def extended() -> CredentialResolver:
            chain = make() if make is not None else create_credential_resolver(session)
            return _fit_in(chain, session, flow)

        session.lazy_register_component(_CHAIN, extended)
    return session


class Session(botocore.session.Session):
    """An extended botocore session; see `extend`."""

    def __init__(self, *args: Any, sign_in: str = "auto", **kwargs: Any) -> None:
        """Take the arguments of botocore's session, and `sign_in` of `extend`."""
        super().__init__(*args, **kwargs)
        extend(self, sign_in=sign_in)


def boto3_session(
    profile_name: str | None = None, *, sign_in: str = "auto", **kwargs: Any
) -> boto3.Session:
    """Return an extended boto3 session.

    Args:
        profile_name: the profile; None takes that of the environment, or `default`.
        sign_in: see `extend`.
        kwargs: other arguments of `boto3.Session`, such as `region_name`.

    Raises:
        botocore.exceptions.ProfileNotFound: the config file has no such profile.
    """
    import boto3

    session = Session(profile=profile_name, sign_in=sign_in)
    return boto3.Session(botocore_session=session, **kwargs)


class SamlProvider(CredentialProvider):
    """The credential provider of one profile; it answers if the profile has SAML settings."""

    METHOD = METHOD
    CANONICAL_NAME = "custom-saml-login"  # botocore wants the prefix from outsiders

    def __init__(self, session: BotocoreSession, profile: str, flow: Flow) -> None:
        """Take the session that asks, and the profile and flow to answer for."""
        super().__init__(session)
        self._profile = profile
        self._flow = flow

    def load(self) -> SamlCredentials | None:
        """Return credentials that sign in on first use; None for a profile without our settings."""
        profile = self.session.full_config.get("profiles", {}).get(self._profile, {})
        given = self.session.instance_variables()
        ours = ("saml_idp_url", "saml_idp")
        if not any(profile.get(name) or given.get(name) for name in ours):
            return None
        return SamlCredentials(lambda: _fetched(self.session, self._profile, self._flow))


class SamlCredentials(DeferredRefreshableCredentials):
    """botocore's refreshable credentials, with windows that suit sessions of any length.

    botocore renews credentials with less than 15 minutes left, and blocks at less than 10: with a
    session of 900 seconds that would be every request. So the windows are a quarter and a sixth of
    a lifetime below one hour. After a failed renewal, none is tried for a minute while the
    credentials are valid; once they are not, all threads that waited for it get its error.
    """

    def __init__(self, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the source of fresh credentials, and the clock of the pause (seconds)."""
        super().__init__(refresh_using=self._renewed, method=METHOD)
        self._fetch = fetch
        self._clock = clock
        self._share = 1.0
        self._failure: _Failure | None = None
        self._at_entry = threading.local()

    def refresh_needed(self, refresh_in: float | None = None) -> bool:
        """Return whether less than the window is left; see the base class."""
        window = _ADVISORY_SECONDS if refresh_in is None else refresh_in
        failure = self._failure
        if failure is not None and self._clock() - failure.moment < _RETRY_SECONDS:
            window = min(window, _MANDATORY_SECONDS)
        needed: bool = super().refresh_needed(math.ceil(window * self._share))
        return needed

    def _refresh(self) -> None:
        """Return once the credentials may be used; see the base class."""
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
        self._share = min(1.0, (credentials.expiration - new.at) / _NOMINAL_LIFETIME)
        return {
            "access_key": credentials.access_key_id,
            "secret_key": credentials.secret_access_key,
            "token": credentials.session_token,
            "expiry_time": credentials.expiration.isoformat(),
            "account_id": credentials.role_arn.split(":")[4],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Failure:
    """A failed renewal: its moment (seconds of the clock), and its error where it is ours."""

    moment: float
    error: SamlLoginError | None


def _copy(error: SamlLoginError) -> SamlLoginError:
    """Return the error for another thread, without this one's traceback."""
    return type(error)(str(error), command=error.command, advice=error.advice)


class _Builder:
    """A builder of the providers for a `source_profile`: botocore's, and ours among them."""

    def __init__(
        self, before: ProfileProviderBuilder | _Builder, session: BotocoreSession, flow: Flow
    ) -> None:
        self._before = before
        self._session = session
        self._flow = flow

    def providers(self, profile_name: str, disable_env_vars: bool = False) -> list[Any]:
        """See botocore's ProfileProviderBuilder."""
        chain = CredentialResolver(self._before.providers(profile_name, disable_env_vars))
        _insert(chain, SamlProvider(self._session, profile_name, self._flow))
        return chain.providers


def _fit_in(chain: CredentialResolver, session: BotocoreSession, flow: Flow) -> CredentialResolver:
    """Insert our provider into the chain, and into the assume-role provider's profile builder."""
    profile = session.get_config_variable("profile") or _NO_PROFILE
    _insert(chain, SamlProvider(session, profile, flow))
    for provider in chain.providers:
        if isinstance(provider, AssumeRoleProvider):
            # It is not rebuilt: a program may have set its `cache`.
            its: Any = provider
            before = its._profile_provider_builder or ProfileProviderBuilder(session)
            its._profile_provider_builder = _Builder(before, session, flow)
    return chain


def _insert(chain: CredentialResolver, provider: SamlProvider) -> None:
    """Insert our provider before the credentials file's, or last in a chain without that one."""
    chain.remove(METHOD)
    if any(each.METHOD == _BEFORE for each in chain.providers):
        chain.insert_before(_BEFORE, provider)
    else:
        chain.providers.append(provider)


def _fetched(session: BotocoreSession, profile: str, flow: Flow) -> Issued:
    """Return fresh credentials of a profile; an error's message includes its command."""
    own = _own_settings(session)
    is_of_profile = not own
    if is_of_profile:
        from aws_saml_ext.paths import Paths
        from aws_saml_ext.store.cache import Cache

        cached = Cache(Paths.of().saml).indexed(profile)
        if cached is not None:
            return cached

    from aws_saml_ext import renewal
    from aws_saml_ext.prompt import NonInteractive, TerminalPrompt

    fingerprint = fast_path.fingerprint(os.environ)  # before the session reads its files
    prompt = NonInteractive() if flow is Flow.SILENT else TerminalPrompt()
    try:
        return renewal.for_program(
            _session_of(session, profile),
            prompt,
            flow=None if flow is Flow.AUTO else flow,
            is_of_profile=is_of_profile,
            overrides={name: value for name, value in own.items() if name in _OURS},
            fingerprint=fingerprint,
        )
    except SamlLoginError as error:
        if not error.hint:
            raise
        # None: the causes would print three tracebacks above it.
        message = f"{error}\n{error.hint}"
        raise type(error)(message, command=error.command, advice=error.advice) from None


def _session_of(session: BotocoreSession, profile: str) -> BotocoreSession:
    """Return a session for one sign-in: botocore's sessions serve one thread and one profile.

    It reads the config file anew, and has the settings that the program made in its session.
    """
    from aws_saml_ext.config.aws_settings import take_models_of_botocore, take_region_of_profile

    own = botocore.session.Session(profile=profile)
    own.set_default_client_config(session.get_default_client_config())
    # The region of the program's clients does not count: the profile decides which STS is asked.
    take_region_of_profile(own)
    take_models_of_botocore(own)
    for name, value in _own_settings(session).items():
        if name not in _OURS:
            own.set_config_variable(name, value)
    if profile == _NO_PROFILE:  # botocore insists that a profile given by name exists
        own.full_config["profiles"].setdefault(profile, {})
    return own


def _own_settings(session: BotocoreSession) -> dict[str, Any]:
    """Return the settings of a sign-in that a program made in its session."""
    names = {"config_file", "credentials_file", "ca_bundle", *_OURS}
    given = session.instance_variables()
    return {name: given[name] for name in sorted(names) if given.get(name) is not None}
