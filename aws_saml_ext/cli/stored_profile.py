"""The profile that is signed in to, and the store that it keeps its keys in."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from aws_saml_ext import fast_path, renewal, role_choice
from aws_saml_ext.assertion import is_same_person
from aws_saml_ext.cli import capturing, keeping, profile_changes
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.clock import utc_now
from aws_saml_ext.config.sections import SECRETS, config_section
from aws_saml_ext.config.settings import Settings, StoreAt
from aws_saml_ext.credentials import ACCESS_KEY_ID, KEYS, ROLE_ARN, Credentials, Issued
from aws_saml_ext.errors import Stopped, StoreError
from aws_saml_ext.files import ini, transaction
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.login import Store
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.cache import Cache, Key
from aws_saml_ext.store.credentials_file import StoredFor
from aws_saml_ext.sts import client

SAME_AGAIN = (
    "saml_idp",
    "saml_idp_url",
    "saml_provider_arn",
    "saml_username",
    "saml_browser_binary",
    "saml_browser_driver",
    "saml_acs_url",
)
"""Options that the same sign-in needs again, where no profile holds them."""

_OF_RENEWALS = (
    *SAME_AGAIN,
    *("saml_role_arn", "saml_session_duration", "saml_browser", "saml_keep_session"),
    *("region", "endpoint_url", "ca_bundle"),
)
"""Options that are kept in a profile which programs renew: they know nothing but the profile."""


def of(invocation: Invocation, settings: Settings, *, is_role_recalled: bool) -> Profile:
    """
    The profile, with the store that it keeps its keys in.

    Args:
        invocation: the command line.
        settings: what it comes to.
        is_role_recalled: no setting names the role, but `--use-stored` brought it.
    """
    kind = _InCache if settings.store is StoreAt.CREDENTIAL_PROCESS else _InFile
    return kind(invocation, settings, is_role_recalled=is_role_recalled)


class Profile(ABC):
    """The profile that is signed in to: its sections in the two files."""

    def __init__(
        self, invocation: Invocation, settings: Settings, *, is_role_recalled: bool
    ) -> None:
        self._invocation = invocation
        self._settings = settings
        self._state = settings.fingerprint
        self._is_role_recalled = is_role_recalled
        self._name = settings.profile
        section = config_section(self._name)
        self._config = ini.read_section(settings.config_file, section) or {}
        self._credentials = ini.read_section(settings.credentials_file, self._name) or {}
        self._refuse = credentials_file.refusing(
            self._name, self._config, overwrite=invocation.option("overwrite", False)
        )

    @property
    def settings(self) -> Settings:
        """What its keys are of: a role that `--use-stored` recalled is none of the settings."""
        if self._is_role_recalled:
            return replace(self._settings, role_arn=None)
        return self._settings

    def check_unmoved(self) -> None:
        """
        Refuse to renew keys that are gone, or kept elsewhere by now.

        Raises:
            Stopped: somebody signed out of the profile, or switched its store.
        """
        section = config_section(self._name)
        config = ini.read_section(self._settings.config_file, section) or {}
        by_process = credentials_file.is_our_process(config.get(keeping.PROCESS, ""))
        if by_process != (self._settings.store is StoreAt.CREDENTIAL_PROCESS):
            raise Stopped(f"Profile {self._name} keeps its keys elsewhere by now.")
        if not self._holds_keys():
            raise Stopped(f"Profile {self._name} holds no keys any more: it was signed out of.")

    @abstractmethod
    def _holds_keys(self) -> bool:
        """Whether there are any of ours, alive or not."""

    def belongs_to(self, username: str, stored: Issued) -> None:
        """Let what a sign-in has kept be known as that of `username`, a setting from now on."""
        from aws_saml_ext.capture import kept_session

        kept_session.adopt(self._settings, username)
        self._settings = replace(self._settings, username=username)
        self._know_as(stored)

    @abstractmethod
    def _know_as(self, stored: Issued) -> None:
        """Let the keys that are stored be found by the settings as they are now."""

    def check_overwritable(self) -> None:
        """Refuse, before a browser opens, to overwrite what is not ours (StoreError)."""
        self._refuse(self._credentials)

    def beside(self) -> list[Change]:
        """What a sign-in changes besides the keys."""
        values = keeping.in_config(self._invocation, self._settings)
        section = config_section(self._name)
        return [Change(self._settings.config_file, section, values)] if values else []

    def key(self) -> Key:
        """What its credentials are known by in the cache: as programs have it."""
        # Which know neither a number of a list, nor what `--use-stored` recalls.
        settings = replace(self.settings, role_selection=None)
        endpoint_url = self._invocation.sts_options().endpoint_url
        return renewal.key_of(self._invocation.session, settings, endpoint_url=endpoint_url)

    @abstractmethod
    def kept(self, role_arn: str) -> Issued | None:
        """The keys of a sign-in before, where they are what this one would bring."""

    def settle(self, also: Sequence[Change]) -> None:
        """Make what a sign-in changes besides, where the keys of one before still serve."""
        keeping.prepare(self._settings)
        transaction.apply(
            keeping.joined(also),
            command="sign-in",
            folder=self._settings.saml_folder,
            secrets=SECRETS,
        )

    @abstractmethod
    def store(self, also: Sequence[Change]) -> Store:
        """Keep the keys, and make other changes with it."""

    @abstractmethod
    def placeholders(self) -> list[Change]:
        """What a sign-in would do to the keys, for `--dry-run`: they are known only afterwards."""

    @abstractmethod
    def tell_stored(self, stored: Credentials, *, watched: bool) -> None:
        """Say where the keys are, and until when they live."""

    def has_obstacles_beside(self, stored: Credentials) -> bool:
        """Whether the next sign-in needs `--overwrite` again: not all is in the keys' place."""
        credentials = {**self._credentials, **stored.as_options()}
        return bool(credentials_file.conflicts(credentials, self._config))

    def tell_what_hides(self) -> None:
        """Say which other keys the SDKs would use before those that were just stored."""
        notify = self._invocation.prompt.notify
        if self._invocation.environ.get("AWS_ACCESS_KEY_ID"):
            notify(
                f"AWS_ACCESS_KEY_ID in the environment hides profile {self._name} from programs "
                f"that are not told --profile {shlex.quote(self._name)}: "
                "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
            )
        by_process = self._settings.store is StoreAt.CREDENTIAL_PROCESS
        for obstacle in credentials_file.conflicts(
            self._credentials, self._config, by_process=by_process
        ):
            if obstacle.preferred:
                notify(
                    f"The SDKs will still prefer {obstacle.what} of profile {self._name} "
                    "to these keys."
                )


class _InFile(Profile):
    """Its keys lie in the credentials file."""

    def kept(self, role_arn: str) -> Issued | None:
        return credentials_file.kept(
            self._settings.credentials_file,
            self._name,
            _stored_for(self._invocation, self._settings, role_arn),
            folder=self._settings.saml_folder,
            now=utc_now(),
        )

    def _holds_keys(self) -> bool:
        file = self._settings.credentials_file
        return credentials_file.read(file, self._name) is not None

    def store(self, also: Sequence[Change]) -> Store:
        def store(issued: Issued) -> None:
            keep = credentials_file.keep_in(
                self._settings.credentials_file,
                self._name,
                stored_for=noted(self._invocation, self._settings, issued.credentials),
                folder=self._settings.saml_folder,
                refuse=self._refuse,
                also=also,
            )
            keep(issued)
            # What programs renewed before may be of another role, and would come first.
            with suppress(StoreError):
                cache_of(self._settings).forget(self._name)

        return store

    def _know_as(self, stored: Issued) -> None:
        credentials_file.note(
            self._settings.credentials_file,
            self._name,
            stored,
            stored_for=noted(self._invocation, self._settings, stored.credentials),
            folder=self._settings.saml_folder,
        )

    def placeholders(self) -> list[Change]:
        values = dict.fromkeys(KEYS, "(from STS)")
        values[ACCESS_KEY_ID] = "ASIA… (from STS)"
        values[ROLE_ARN] = role_choice.fixed_role(self._settings) or "(the role that is chosen)"
        file = self._settings.credentials_file
        return [Change(file, self._name, values, check=self._refuse)]

    def tell_stored(self, stored: Credentials, *, watched: bool) -> None:
        notify = self._invocation.prompt.notify
        notify(
            f"Credentials of {stored.assumed_role_arn} are stored in profile {self._name} "
            f"of {_short(self._settings.credentials_file)}."
        )
        renewed = "they are renewed before that" if watched else "run this again to renew them"
        notify(f"They expire at {end_of(stored)}; {renewed}.")


class _InCache(Profile):
    """Its keys lie in the cache: the SDKs run us for them, and we renew them."""

    def beside(self) -> list[Change]:
        """With the options that a renewal needs, which knows nothing but the profile."""
        return profile_changes.from_options(self._invocation, self._settings, _OF_RENEWALS)

    def kept(self, role_arn: str) -> Issued | None:
        found = cache_of(self._settings).fresh(self.key())
        if found is None or found.credentials.role_arn != role_arn:
            return None
        meant = self._settings.username
        is_theirs = meant is None or is_same_person(meant, found.credentials.session_name)
        return found if is_theirs else None

    def _holds_keys(self) -> bool:
        return cache_of(self._settings).read(self.key()) is not None

    def store(self, also: Sequence[Change]) -> Store:
        def store(issued: Issued) -> None:
            cache_of(self._settings).keep(self.key(), issued, profile=self._name)
            environ = self._invocation.environ
            is_as_it_was = fast_path.state(environ) == self._state
            self.settle(also)
            if is_as_it_was:  # else somebody has changed the settings since they were read
                self._know_as(issued)

        return store

    def _know_as(self, stored: Issued) -> None:
        cache, environ = cache_of(self._settings), self._invocation.environ
        cache.keep(self.key(), stored, profile=self._name)
        self._state = fast_path.state(environ)
        cache.lead(self._name, self.key(), environ, self._state)

    def placeholders(self) -> list[Change]:
        return []

    def _only_in_the_environment(self) -> list[str]:
        """The variables without which a program would be signed in otherwise, or not at all."""
        given = self._invocation.environ
        names = (name for name in fast_path.VARIABLES if "REGION" not in name)
        return [name for name in names if given.get(name)]

    def tell_stored(self, stored: Credentials, *, watched: bool) -> None:
        notify = self._invocation.prompt.notify
        notify(
            f"Credentials of {stored.assumed_role_arn} are stored in the cache of profile "
            f"{self._name}; the SDKs run its credential_process."
        )
        if unkept := self._only_in_the_environment():
            notify(
                f"Programs need {', '.join(unkept)} of this environment, too, or what they say in "
                f"the profile: aws saml-login configure --profile {shlex.quote(self._name)}"
            )
        before_that = "they are" if watched else "for programs that use the profile, they are"
        notify(f"They expire at {end_of(stored)}; {before_that} renewed before that.")


def cache_of(settings: Settings) -> Cache:
    """The cache of this person."""
    return Cache.of(settings.saml_folder)


def _stored_for(invocation: Invocation, settings: Settings, role_arn: str) -> StoredFor:
    endpoint = client.endpoint_of(invocation.session, role_arn, invocation.sts_options())
    return renewal.stored_for(settings, role_arn, sts_endpoint=endpoint)


def noted(invocation: Invocation, settings: Settings, stored: Credentials) -> StoredFor:
    """
    What keys are noted to be for.

    Those of an assertion that was given, or that is for somebody else than `saml_username`, are
    for nothing that a later sign-in asks for: it never goes without an address.
    """
    stored_for = _stored_for(invocation, settings, stored.role_arn)
    as_meant = settings.username is None or is_same_person(settings.username, stored.session_name)
    if as_meant and capturing.pasted(invocation) is None:
        return stored_for
    return replace(stored_for, idp_url="", username=None)


def minutes_left(credentials: Credentials) -> str:
    """`60 minutes`, of the life that they have left."""
    minutes = round(credentials.remaining(datetime.now(timezone.utc)).total_seconds() / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def end_of(credentials: Credentials) -> str:
    """`2026-11-23 14:17:27 UTC, in 60 minutes`."""
    return f"{credentials.expiration:%Y-%m-%d %H:%M:%S} UTC, in {minutes_left(credentials)}"


def _short(path: Path) -> str:
    """A path as people write it: `~` for their own folder."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except ValueError:
        return str(path)
