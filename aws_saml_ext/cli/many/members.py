"""The profiles that take part in `--all`: which they are, and which need a sign-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_saml_ext import hints, role_choice
from aws_saml_ext.cli import config_mistakes, remembering
from aws_saml_ext.cli.many.rows import Result, RoleNotSettled, Row, of_error
from aws_saml_ext.cli.target import target_of
from aws_saml_ext.config.settings import DEFAULT_PROFILE
from aws_saml_ext.errors import ConfigError, StoreError
from aws_saml_ext.text import did_you_mean, quoted

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.cli.verbs.sign_in import SignInOptions
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.files.transaction import Change

_OF_THE_PROFILE = ("saml_idp", "saml_idp_url")
"""Settings that each profile has of its own: as options, they choose among the profiles."""
_VARIABLES_OF_ONE = (
    *("AWS_SAML_IDP", "AWS_SAML_IDP_URL", "AWS_SAML_ROLE_ARN", "AWS_SAML_PROVIDER_ARN"),
    *("AWS_SAML_POLICY_ARNS", "AWS_SAML_POLICY"),
)
"""Variables that are for one profile; of all profiles, they would make the same one."""
_PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


@dataclass(frozen=True, slots=True)
class Member:
    """A profile that takes part."""

    profile: str
    invocation: Invocation
    target: Target | None
    """None where its settings cannot be used."""
    row: Row | None
    """Its outcome, if it is decided without a sign-in; None where it needs one."""
    is_new: bool = False
    """True if the config file does not have it yet."""


@dataclass(frozen=True, slots=True)
class Group:
    """The profiles of one identity provider and username."""

    lead: Member
    """The profile whose settings the sign-in has: the one that was asked for, else the first."""
    members: Sequence[Member]

    @property
    def needs_sign_in(self) -> bool:
        """True if a profile has no credentials that may stay."""
        return any(member.row is None for member in self.members)


def base_of(invocation: Invocation) -> Invocation:
    """Return the run without what the environment has for one profile: that has no say here."""
    profile = invocation.profile_asked_for or DEFAULT_PROFILE
    return invocation.of_profile(profile, invocation.overrides, _environ(invocation))


def notify_unused(invocation: Invocation) -> None:
    """Notify about variables that `--all` does not use."""
    variables = [name for name in _VARIABLES_OF_ONE if invocation.environ.get(name)]
    if variables:
        invocation.prompt.notify(
            f"{', '.join(variables)} in the environment: not used, as each profile has its own."
        )


def groups(base: Invocation, options: SignInOptions, asked: str | None) -> list[Group]:
    """Return the profiles with SAML settings, by identity provider and username.

    Args:
        base: see `base_of`.
        options: those of the command line; `--idp-nickname` and `--idp-url` leave only the
            profiles that use them.
        asked: a profile; only those with its identity provider and username are left.

    Raises:
        ConfigError: there is none.
        UsageError: an option cannot be used.
    """
    profiles = base.session.full_config["profiles"]
    names = config_mistakes.configured(base.session.full_config)
    if not names:
        raise ConfigError(
            "No profile has SAML settings yet.",
            command=hints.command("--roles", "all", "--profile", "NAME", "--idp-url", "URL"),
        )
    if asked is not None and asked not in names:
        raise ConfigError(
            f"Profile {asked} has no SAML settings.{did_you_mean(asked, names)}",
            command=hints.command("configure", "--profile", asked),
        )
    if (nickname := base.overrides.get("saml_idp")) is not None:
        names = [name for name in names if profiles[name].get("saml_idp") == nickname]
    found = [member_of(base, options, name) for name in names]
    by_person: dict[tuple[str, str | None] | None, list[Member]] = {}
    for member in found:
        key = _person(member)
        by_person.setdefault(key, []).append(member)
    if asked is not None:
        key = next(_person(member) for member in found if member.profile == asked)
        by_person = {key: by_person[key]}
    if (address := base.overrides.get("saml_idp_url")) is not None:
        by_person = {key: of for key, of in by_person.items() if key and key[0] == address}
    if not by_person:
        option = "--idp-nickname" if nickname is not None else "--idp-url"
        raise ConfigError(
            f"No profile uses the identity provider {quoted(nickname or address or '')} "
            f"({option}).",
            command=hints.command("status"),
        )
    return [_group(members, asked) for members in by_person.values()]


def member_of(
    base: Invocation,
    options: SignInOptions,
    profile: str,
    *,
    settings: Mapping[str, str] | None = None,
    changes: Sequence[Change] = (),
    **others: str | None,
) -> Member:
    """Return a profile of the config file, or one that is made by `changes`.

    Args:
        base: see `base_of`.
        options: those of the command line.
        profile: its name.
        settings: the settings that a new profile will have.
        changes: of the config file, made together with the credentials.
        **others: options of AWS that a new profile will have as settings.

    Raises:
        UsageError: an option cannot be used.
    """
    given = {key: value for key, value in base.overrides.items() if key not in _OF_THE_PROFILE}
    invocation = base.of_profile(profile, {**given, **(settings or {})}, base.environ, **others)
    is_pasted = options.assertion is not None
    try:
        recalled = remembering.recalled_role(invocation) if options.use_stored else None
        resolved = invocation.settings(
            {"saml_role_arn": recalled} if recalled is not None else None
        )
        target = target_of(
            invocation,
            resolved,
            overwrite=options.overwrite,
            is_pasted=is_pasted,
            is_role_recalled=recalled is not None,
            changes=changes,
        )
        target.check(target.credentials)
    except (ConfigError, StoreError) as error:
        return Member(profile, invocation, None, of_error(profile, None, error))
    row = _decided(target, is_forced=_is_forced(options))
    return Member(profile, invocation, target, row, is_new=bool(changes))


def looked_again(group: Group, options: SignInOptions) -> Group:
    """Return a group as it is now that its renewals are held: others may have renewed some."""
    if _is_forced(options):
        return group
    members = [
        replace(member, row=_decided(member.target, is_forced=False))
        if member.row is None and member.target is not None
        else member
        for member in group.members
    ]
    return replace(group, members=members)


def _is_forced(options: SignInOptions) -> bool:
    return options.assertion is not None or options.force or options.clean


def _decided(target: Target, *, is_forced: bool) -> Row | None:
    """Return the row of a profile that needs no sign-in, or that one would not help."""
    settings = target.settings
    if settings.role_arn is None:
        error = RoleNotSettled("no role is set (saml_role_arn)")
        return of_error(settings.profile, None, error)
    role_arn = role_choice.fixed_role(settings)
    if is_forced or role_arn is None:
        return None
    issued = target.store.find(target.request)
    if issued is None or not target.accepts(issued, role_arn):
        return None
    return Row(settings.profile, Result.KEPT, role_arn, issued.credentials)


def _person(member: Member) -> tuple[str, str | None] | None:
    """Return the address and username of a profile; None where its settings cannot be used."""
    if member.target is None:
        return None
    settings: Settings = member.target.settings
    return settings.idp_url, settings.username


def _group(members: Sequence[Member], asked: str | None) -> Group:
    lead = next((member for member in members if member.profile == asked), None)
    usable = (member for member in members if member.target is not None and member.row is None)
    return Group(lead or next(usable, members[0]), members)


def _environ(invocation: Invocation) -> Mapping[str, str]:
    dropped = (*_VARIABLES_OF_ONE, *_PROFILE_VARIABLES)
    return {name: value for name, value in invocation.environ.items() if name not in dropped}
