"""The target of a sign-in: a profile, its store, and the changes that come with its credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aws_saml_ext import fast_path, identity, renewal
from aws_saml_ext.cli import profile_changes, store_changes, written
from aws_saml_ext.config import aws_settings
from aws_saml_ext.config.sections import SECRETS, config_section, idp_section
from aws_saml_ext.config.settings import Settings, StoreKind
from aws_saml_ext.errors import ConfigError, Stopped, StoreError
from aws_saml_ext.files import ini, transaction
from aws_saml_ext.files.reservation import Reservation
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store import profile
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.sts import client

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.credentials import Issued
    from aws_saml_ext.store.credential_store import CredentialRequest, CredentialStore
    from aws_saml_ext.store.profile import Conflict

REPEATED = (
    "saml_idp",
    "saml_idp_url",
    "saml_provider_arn",
    "saml_username",
    "saml_browser_binary",
    "saml_browser_driver",
    "saml_acs_url",
    "saml_policy_arns",
    "saml_policy",
)
"""Options that the same sign-in needs again, unless the profile holds them."""

_FOR_RENEWALS = (
    *REPEATED,
    *("saml_role_arn", "saml_session_duration", "saml_browser", "saml_keep_session"),
    *("region", "endpoint_url", "ca_bundle"),
)
"""Options that go to a profile of `credential-process`: renewals know nothing but the profile."""


@dataclass(frozen=True, slots=True)
class Target:
    """The profile that a sign-in is for, as it was when the command began."""

    settings: Settings
    request: CredentialRequest
    store: CredentialStore
    changes: tuple[Change, ...]
    """The changes of the user's files that are made together with the credentials."""
    config: Mapping[str, str]
    """The profile's section of the config file."""
    credentials: Mapping[str, str] = field(repr=False)
    """The profile's section of the credentials file."""
    cache: Cache
    check: transaction.Check
    profiles: Mapping[str, Mapping[str, object]] = field(repr=False)
    """Every profile of the config file, as it was when the command began."""
    notify: Callable[[str], None]
    """Prints a line for people."""
    sts_of: Callable[[str], str]
    """The STS that is asked for a role, in the words of `CredentialRequest.sts`."""
    reservation: Reservation = field(default_factory=Reservation, compare=False)
    """The space on disk for what a sign-in writes."""
    is_role_recalled: bool = False
    """True if `--use-stored` brought the role, which is none of the settings."""

    @property
    def is_by_process(self) -> bool:
        """True if programs get the credentials by `credential_process`."""
        return self.settings.store is StoreKind.CREDENTIAL_PROCESS

    def rehearse(self) -> None:
        """Check, before anybody types, that credentials and changes can be written afterwards.

        Raises:
            StoreError: a file cannot be locked or written, or there is no space.
        """
        changes = (*self.store.preview(self.request), *self.changes)
        paths = [change.path for change in changes]
        if self.is_by_process:
            paths.append(self.cache.folder / "entry")
        transaction.rehearse(paths, folder=self.settings.saml_folder, reservation=self.reservation)

    def save(self, issued: Issued, *, with_changes: bool = True) -> None:
        """Store new credentials, and make the changes that come with them.

        Raises:
            StoreError: they cannot be written. The user's files are unchanged.
        """
        self.reservation.release()
        changes = self.changes if with_changes else ()
        lines = self._about(changes)
        self.store.save(self.request_of(issued.credentials.role_arn), issued, changes)
        for line in lines:
            self.notify(line)
        if not self.is_by_process:
            # Credentials that programs renewed may be of another role, and would be found first.
            with suppress(StoreError):
                self.cache.delete(self.settings.profile)

    def apply_changes(self) -> None:
        """Make the changes alone, where stored credentials still serve.

        Raises:
            StoreError: a file cannot be changed. All files are unchanged.
        """
        lines = self._about(self.changes)
        transaction.apply(
            self.changes,
            command="sign-in",
            folder=self.settings.saml_folder,
            secrets=SECRETS,
        )
        for line in lines:
            self.notify(line)

    def keep_username(self, username: str) -> None:
        """Make a username a setting, in the IdP section unless other profiles use that.

        Raises:
            StoreError: the config file cannot be changed.
        """
        settings = self.settings
        section = config_section(settings.profile)
        nickname = settings.idp_name
        if nickname and set(written.users_of(nickname, self.profiles)) <= {settings.profile}:
            shared = idp_section(nickname)
            if ini.read_section(settings.config_file, shared) is not None:
                section = shared
        changes = [Change(settings.config_file, section, {"saml_username": username})]
        lines = written.lines(changes, self.profiles)
        transaction.apply(changes, command="sign-in", folder=settings.saml_folder, secrets=SECRETS)
        for line in lines:
            self.notify(line)

    def _about(self, changes: Sequence[Change]) -> list[str]:
        """Prepare the changes, and return the lines that say what they write."""
        if not changes:
            return []
        store_changes.prepare(self.settings)
        lines = written.lines(changes, self.profiles)
        return [*lines, *(store_changes.notices(self.settings) if lines else ())]

    def preview(self) -> str:
        """Return the diff of what a sign-in would change, secrets masked."""
        own = self.store.preview(self.request)
        return transaction.preview(store_changes.joined([*own, *self.changes]), secrets=SECRETS)

    def accepts(self, issued: Issued, role_arn: str) -> bool:
        """Return whether stored credentials are of this role, and of the person who is expected."""
        credentials = issued.credentials
        person = identity.unexpected_person(credentials.session_name, self.settings.username)
        return credentials.role_arn == role_arn and person is None

    def for_renewals(self, role_arn: str, environ: Mapping[str, str]) -> Target:
        """Return the target of the renewals, now that this role is chosen and stored."""
        request = self.request_of(role_arn)
        if not self.is_by_process:  # programs make the request of the profile, whoever chose
            request = replace(request, role=role_arn, is_role_settled=True)
        settings = self.settings
        if self.is_role_recalled:
            settings = replace(settings, role_arn=None)
        # The sign-in may have changed the settings that the fingerprint was taken of.
        request = replace(request, fingerprint=self._fingerprint(environ))
        return replace(self, settings=settings, request=request, changes=())

    def of_username(self, username: str, environ: Mapping[str, str]) -> Target:
        """Return the target now that `username` is a setting of the profile."""
        fingerprint = self._fingerprint(environ)
        request = replace(self.request, username=username, fingerprint=fingerprint)
        settings = replace(self.settings, username=username)
        return replace(self, settings=settings, request=request, changes=())

    def _fingerprint(self, environ: Mapping[str, str]) -> bytes:
        """Return the fingerprint of the present settings; a policy is the one that was read."""
        policy = fast_path.watched_part(self.request.fingerprint or b"")
        return fast_path.fingerprint(environ) + policy

    def request_of(self, role_arn: str) -> CredentialRequest:
        """Return the request, with the STS that was asked for this role."""
        if self.is_by_process:  # programs make it from the settings alone
            return self.request
        if self.request.is_role_settled and self.request.role == role_arn:
            return self.request  # made for this role
        return replace(self.request, sts=self.sts_of(role_arn))

    def _has_credentials(self) -> bool:
        """Return whether credentials are stored, fresh or not."""
        if self.is_by_process:
            return self.cache.stored(self.request) is not None
        return self.store.last(self.settings.profile) is not None

    def check_unmoved(self) -> None:
        """Refuse to renew credentials that are gone, or stored elsewhere since.

        Raises:
            Stopped: somebody signed out of the profile, or switched its store.
        """
        name = self.settings.profile
        section = config_section(name)
        config = ini.read_section(self.settings.config_file, section) or {}
        by_process = profile.is_our_process(config.get(profile.PROCESS, ""))
        if by_process != self.is_by_process:
            raise Stopped(f"The store of profile {name} has been switched.")
        if not self._has_credentials():
            raise Stopped(f"Profile {name} has been signed out of: it has no credentials.")

    def conflicts(self, replaced: Mapping[str, str] | None = None) -> Sequence[Conflict]:
        """Return the conflicts of the profile; `replaced` are keys written since."""
        credentials = {**self.credentials, **(replaced or {})}
        return list(profile.conflicts(credentials, self.config, by_process=self.is_by_process))


def target_of(
    invocation: Invocation,
    settings: Settings,
    *,
    overwrite: bool,
    is_pasted: bool,
    is_role_recalled: bool = False,
    changes: Sequence[Change] = (),
) -> Target:
    """Return the target of a sign-in.

    Args:
        invocation: the command line.
        settings: its settings, the recalled role included.
        overwrite: replace credentials or settings that this program did not write.
        is_pasted: whether the SAMLResponse was given, and serves this sign-in only.
        is_role_recalled: whether `--use-stored` brought the role, which programs do not know.
        changes: further changes that come with the credentials.

    Raises:
        ConfigError: region or endpoint of STS cannot be used.
        StoreError: a file cannot be read.
    """
    name = settings.profile
    if settings.store is not StoreKind.CREDENTIAL_PROCESS:  # programs look for it in its place
        settings = replace(settings, saml_folder=invocation.writable(settings.saml_folder))
    config = ini.read_section(settings.config_file, config_section(name)) or {}
    check = profile.check_for(name, config, overwrite=overwrite)
    cache = Cache(settings.saml_folder, environ=invocation.environ)
    is_by_process = settings.store is StoreKind.CREDENTIAL_PROCESS
    known = settings
    if is_by_process:
        # Programs know neither a number of a list, nor what `--use-stored` recalls.
        role = None if is_role_recalled else settings.role_arn
        known = replace(settings, role_selection=None, role_arn=role)
    connection = invocation.sts_options()
    request = renewal.request_for(
        invocation.session,
        known,
        connection=connection,
        fingerprint=settings.fingerprint,
    )
    _check_client(invocation, known)
    if is_pasted and not is_by_process:
        request = replace(request, idp_url="")
    own: Sequence[Change]
    if is_by_process:
        own = profile_changes.from_options(
            invocation, settings, _FOR_RENEWALS, overwrite=overwrite, is_switch=True
        )
    else:
        values = store_changes.in_config(invocation, settings)
        own = [store_changes.noted(invocation, settings, values)] if values else []
    return Target(
        settings=settings,
        request=request,
        store=cache
        if is_by_process
        else CredentialsFile(settings.credentials_file, settings.saml_folder, check=check),
        changes=tuple(store_changes.joined([*changes, *own])),
        config=config,
        credentials=ini.read_section(settings.credentials_file, name) or {},
        cache=cache,
        check=check,
        profiles=invocation.session.full_config["profiles"],
        notify=invocation.prompt.notify,
        sts_of=lambda arn: client.place_of(invocation.session, arn, connection),
        is_role_recalled=is_role_recalled,
    )


def _check_client(invocation: Invocation, settings: Settings) -> None:
    """Make the client of STS where settings are judged only when one is made.

    Without such settings the exchange makes it later, while the browser starts.

    Raises:
        ConfigError: botocore refuses one of them.
    """
    late = aws_settings.judged_by_botocore(invocation.session, environ=invocation.environ)
    if not late:
        return
    try:
        client.endpoint_of(invocation.session, settings.role_arn or "", invocation.sts_options())
    except ConfigError as error:
        names = ", ".join(dict.fromkeys(written.name for written in late))
        raise ConfigError(str(error), advice=f"Correct or remove: {names}.") from None
