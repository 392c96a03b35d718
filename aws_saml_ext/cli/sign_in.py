"""`aws saml-login`: the sign-in, wired for people."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from aws_saml_ext import login, partitions, roles, sts
from aws_saml_ext.cli import capturing, identity_provider, remembering
from aws_saml_ext.cli.invocation import Invocation
from aws_saml_ext.cli.remembering import Remembered
from aws_saml_ext.credentials import (
    ACCESS_KEY_ID,
    KEYS,
    ROLE_ARN,
    Credentials,
)
from aws_saml_ext.login import Store
from aws_saml_ext.settings import Settings
from aws_saml_ext.settings_table import KEYS as SETTINGS_KEYS
from aws_saml_ext.store import changes, credentials_file, ini_file
from aws_saml_ext.store.changes import Change
from aws_saml_ext.store.credentials_file import StoredFor

_SAME_AGAIN = (
    "saml_idp",
    "saml_idp_url",
    "saml_provider_arn",
    "saml_username",
    "saml_browser_binary",
    "saml_browser_driver",
    "saml_acs_url",
)
"""Options that the same sign-in needs again, where no profile holds them."""


def run(invocation: Invocation) -> int:
    """Sign in, unless the stored keys still serve; store the keys, and say how to use them."""
    _check_options(invocation)
    given = capturing.pasted(invocation) is not None
    named = None if given else identity_provider.needed(invocation, may_keep=True)
    use_stored = invocation.option("use_stored", False)
    if use_stored:
        remembering.use_role_before(invocation)
    settings = invocation.settings(idp_needed=not given)
    profile = _Profile(settings, overwrite=invocation.option("overwrite", False))
    profile.check_overwritable()
    also = named.changes(settings) if named is not None else ()
    if invocation.option("dry_run", False):
        invocation.write(changes.preview([profile.placeholders(), *also]))
        return 0
    if kept := _still_good(invocation, settings):
        _tell_kept(invocation, settings, kept)
        _finish(invocation, settings, profile, kept)
        return 0

    capturing.tell_start(invocation, settings)
    remembered = remembering.Remembered(settings, invocation.person, use=use_stored)
    limit = login.TimeLimit(settings.timeout)
    exchange = sts.exchanging(
        invocation.session,
        settings,
        tell=invocation.person.tell,
        seconds_left=limit.left,
        **invocation.sts_options(),
    )
    done = login.sign_in(
        settings,
        capture=capturing.capture(invocation, settings, remembered),
        hear=lambda assertion: capturing.tell_who(invocation, settings, assertion),
        choose=roles.chosen(settings, invocation.person),
        exchange=exchange,
        store=profile.store(invocation, also),
        limit=limit,
    )
    _tell_stored(invocation, settings, done.credentials)
    _remember(settings, remembered)
    _tell_next_time(invocation, settings, profile, done.credentials, remembered)
    _finish(invocation, settings, profile, done.credentials)
    return 0


def _finish(
    invocation: Invocation, settings: Settings, profile: _Profile, stored: Credentials
) -> None:
    """What is said of stored keys, be they new or still good."""
    profile.tell_what_hides(invocation)
    if invocation.option("check", False):
        for line in sts.check(invocation.session, stored, **invocation.sts_options()):
            invocation.person.tell(line)
    _print(invocation, settings, stored)


def _remember(settings: Settings, remembered: Remembered) -> None:
    """Offer to remember the password; its username is then kept as the setting that it is."""
    username = remembered.offer()
    if username is None or settings.username is not None:
        return
    section = ini_file.idp_section(settings.idp_name) if settings.idp_name else ""
    if not section or ini_file.read_section(settings.config_file, section) is None:
        section = ini_file.config_section(settings.profile)
    changes.apply(
        [Change(settings.config_file, section, {"saml_username": username})],
        command="sign-in",
        folder=settings.saml_folder,
    )


def _check_options(invocation: Invocation) -> None:
    """What can be wrong on the command line is told before anything is read or opened."""
    invocation.check_output()
    invocation.sts_options()
    roles.refuse_two_ways(invocation.options)
    capturing.refuse_two_ways(invocation.options)


class _Profile:
    """The profile that is signed in to: its sections in the two files."""

    def __init__(self, settings: Settings, *, overwrite: bool) -> None:
        self._settings = settings
        self._name = settings.profile
        section = ini_file.config_section(self._name)
        self._config = ini_file.read_section(settings.config_file, section) or {}
        self._credentials = ini_file.read_section(settings.credentials_file, self._name) or {}
        self._refuse = credentials_file.refusing(self._name, self._config, overwrite=overwrite)

    def check_overwritable(self) -> None:
        """Refuse, before a browser opens, to overwrite what is not ours (StoreError)."""
        self._refuse(self._credentials)

    def store(self, invocation: Invocation, also: Sequence[Change]) -> Store:
        """Keep the keys in the profile, and note what they are for."""

        def store(credentials: Credentials) -> None:
            keep = credentials_file.keep_in(
                self._settings.credentials_file,
                self._name,
                stored_for=noted(invocation, self._settings, credentials),
                folder=self._settings.saml_folder,
                refuse=self._refuse,
                also=also,
            )
            keep(credentials)

        return store

    def placeholders(self) -> Change:
        """What a sign-in would change, for `--dry-run`: its values are known only afterwards."""
        values = dict.fromkeys(KEYS, "(from STS)")
        values[ACCESS_KEY_ID] = "ASIA… (from STS)"
        values[ROLE_ARN] = roles.settled(self._settings) or "(the role that is chosen)"
        return Change(self._settings.credentials_file, self._name, values, check=self._refuse)

    def has_obstacles_beside(self, stored: Credentials) -> bool:
        """Whether the next sign-in needs `--overwrite` again: not all is in the keys' place."""
        credentials = {**self._credentials, **stored.as_options()}
        return bool(credentials_file.obstacles(credentials, self._config))

    def tell_what_hides(self, invocation: Invocation) -> None:
        """Say which other keys the SDKs would use before those that were just stored."""
        tell = invocation.person.tell
        if invocation.environ.get("AWS_ACCESS_KEY_ID"):
            tell(
                f"AWS_ACCESS_KEY_ID in the environment hides profile {self._name} from programs "
                f"that are not told --profile {shlex.quote(self._name)}: "
                "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
            )
        for obstacle in credentials_file.obstacles(self._credentials, self._config):
            if obstacle.preferred:
                tell(
                    f"The SDKs will still prefer {obstacle.what} of profile {self._name} "
                    "to these keys."
                )


def _stored_for(invocation: Invocation, settings: Settings, role_arn: str) -> StoredFor:
    return StoredFor(
        role_arn=role_arn,
        idp_url=settings.idp_url,
        username=settings.username,
        duration=int(settings.session_duration.total_seconds()),
        sts_endpoint=sts.endpoint_of(invocation.session, role_arn, **invocation.sts_options()),
    )


def noted(invocation: Invocation, settings: Settings, stored: Credentials) -> StoredFor:
    """
    What keys are noted to be for.

    Those of an assertion that was given, or that is for somebody else than `saml_username`, are
    for nothing that a later sign-in asks for: it never goes without an address.
    """
    stored_for = _stored_for(invocation, settings, stored.role_arn)
    session_name = stored.assumed_role_arn.rpartition("/")[2]
    as_meant = settings.username is None or capturing.is_same_person(
        settings.username, session_name
    )
    if as_meant and capturing.pasted(invocation) is None:
        return stored_for
    return replace(stored_for, idp_url="", username=None)


def _still_good(invocation: Invocation, settings: Settings) -> Credentials | None:
    """The stored keys, where they are what this sign-in would bring."""
    role_arn = roles.settled(settings)
    always = capturing.pasted(invocation) is not None
    always = always or any(invocation.option(name, False) for name in ("force", "clean"))
    if role_arn is None or always:
        return None
    return credentials_file.kept(
        settings.credentials_file,
        settings.profile,
        _stored_for(invocation, settings, role_arn),
        folder=settings.saml_folder,
        now=datetime.now(timezone.utc),
    )


def _tell_kept(invocation: Invocation, settings: Settings, kept: Credentials) -> None:
    invocation.person.tell(
        f"The credentials of {kept.assumed_role_arn} in profile {settings.profile} still live "
        f"{_minutes_left(kept)}; --force renews them."
    )


def _tell_stored(invocation: Invocation, settings: Settings, stored: Credentials) -> None:
    tell = invocation.person.tell
    name = shlex.quote(settings.profile)
    at_aws = _connection(invocation)
    tell(
        f"Credentials of {stored.assumed_role_arn} are stored in profile {settings.profile} "
        f"of {_short(settings.credentials_file)}."
    )
    tell(
        f"They expire at {stored.expiration:%Y-%m-%d %H:%M:%S} UTC, in {_minutes_left(stored)}; "
        "run this again to renew them."
    )
    tell(
        f"Use them with --profile {name}, such as: "
        f"aws sts get-caller-identity --profile {name}{_region(invocation, stored)}{at_aws}"
    )


def _tell_next_time(
    invocation: Invocation,
    settings: Settings,
    profile: _Profile,
    stored: Credentials,
    remembered: Remembered,
) -> None:
    """The command that asks less, where there is one."""
    if roles.settled(settings) is not None and not remembered.is_kept:
        return
    given = "".join(
        f" {key.flag} {shlex.quote(invocation.options[key.name])}"
        for key in SETTINGS_KEYS
        if key.name in _SAME_AGAIN and key.name in invocation.options
    )
    over = " --overwrite" if profile.has_obstacles_beside(stored) else ""
    without = "questions" if remembered.is_kept else "a question for the role"
    use_stored = " --use-stored" if remembered.is_kept else ""
    invocation.person.tell(
        f"Next time without {without}: aws saml-login --profile {shlex.quote(settings.profile)}"
        f"{given}{use_stored} --role-arn {shlex.quote(stored.role_arn)}{over}"
        f"{_connection(invocation)}"
    )


def _region(invocation: Invocation, stored: Credentials) -> str:
    """The option without which `aws` asks no service, where nothing else says the region."""
    variables = map(invocation.environ.get, ("AWS_REGION", "AWS_DEFAULT_REGION"))
    if any(variables) or invocation.session.get_scoped_config().get("region"):
        return ""
    # An option of this command is none of the next one.
    return f" --region {shlex.quote(invocation.kept('region') or _default_region(stored))}"


def _connection(invocation: Invocation) -> str:
    """The options about the connection to AWS that the next command needs again."""
    given = ""
    for name in ("endpoint_url", "ca_bundle"):
        if value := invocation.kept(name):
            given += f" --{name.replace('_', '-')} {shlex.quote(value)}"
    return given + (" --no-verify-ssl" if invocation.kept("verify_ssl") is False else "")


def _print(invocation: Invocation, settings: Settings, stored: Credentials) -> None:
    """Data for scripts, when `--output` asks for it."""
    if invocation.output_asked_for:
        invocation.print(
            {
                "Profile": settings.profile,
                "AssumedRoleArn": stored.assumed_role_arn,
                "RoleArn": stored.role_arn,
                "Expiration": stored.expiration.isoformat(timespec="seconds"),
            }
        )


def _default_region(credentials: Credentials) -> str:
    partition = partitions.of_arn(credentials.role_arn) or partitions.PARTITIONS["aws"]
    return partition.sts_region


def _minutes_left(credentials: Credentials) -> str:
    minutes = round(credentials.remaining(datetime.now(timezone.utc)).total_seconds() / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _short(path: Path) -> str:
    """A path as people write it: `~` for their own folder."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except ValueError:
        return str(path)
