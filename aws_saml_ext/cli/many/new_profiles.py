"""The profiles of `--roles`: found again by their role, or made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_saml_ext import hints, role_choice, role_menu
from aws_saml_ext.cli import config_mistakes, known_roles
from aws_saml_ext.cli.context import can_be_a_profile
from aws_saml_ext.cli.many import marks, profile_names
from aws_saml_ext.cli.many.members import Member, base_of, member_of
from aws_saml_ext.cli.many.rows import Result, Row
from aws_saml_ext.config import idp_sections, values
from aws_saml_ext.config.sections import config_section
from aws_saml_ext.config.table import SETTINGS
from aws_saml_ext.errors import ConfigError, RoleNotOffered, UsageError
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.text import counted, listed, printable

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion, Role
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.verbs.sign_in import SignInOptions
    from aws_saml_ext.config.settings import Settings

EVERY, ASKED = "all", "?"
"""The words of `--roles` for all roles, and for a choice at the terminal."""
_TEMPLATE = "saml_profile_name"
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
_TAKEN_OVER = ("saml_session_duration", "saml_store")
_OF_AWS = ("region", "endpoint_url", "ca_bundle")


def patterns_of(options: SignInOptions) -> tuple[str, ...]:
    """Return the patterns of `--roles`; `EVERY` or `ASKED` alone.

    Raises:
        UsageError: one cannot be used.
    """
    text = (options.role_patterns or "").strip()
    if text in (EVERY, ASKED):
        return (text,)
    try:
        return values.role_patterns(text)
    except ValueError as error:
        raise UsageError(f"--roles is not usable: {error}.", command=hints.help_command()) from None


class NewProfiles:
    """The profiles for the roles of one assertion."""

    def __init__(
        self,
        invocation: Invocation,
        options: SignInOptions,
        settings: Settings,
        account_names: Mapping[str, str],
    ) -> None:
        """Take the profile in question.

        Args:
            invocation: the run.
            options: those of the command line.
            settings: of the profile in question.
            account_names: names of accounts, by their ids.
        """
        self._invocation = invocation
        self._options = options
        self._settings = settings
        self._account_names = account_names
        self._base = base_of(invocation)
        self.order: list[str] = []
        """The names of the profiles, those of the config file first."""

    def members(self, assertion: Assertion) -> list[Member]:
        """Return the profiles for the roles that `--roles` picks.

        Raises:
            RoleNotOffered: it picks none.
            ConfigError, UsageError: the names of the profiles cannot be used.
        """
        roles = self._picked(assertion)
        found = self._found({role.arn for role in roles})
        new = [role for role in roles if role.arn not in found]
        names = self._names(new, assertion.session_name)
        self._notify(new)
        made = [self._made(role, names[role.arn]) for role in new]
        members = [*found.values(), *made]
        place = {name: index for index, name in enumerate(self._profiles)}
        members.sort(key=lambda member: place.get(member.profile, len(place)))
        self.order = [member.profile for member in members]
        return members

    @property
    def _profiles(self) -> list[str]:
        return config_mistakes.configured(self._invocation.session.full_config)

    def _picked(self, assertion: Assertion) -> list[Role]:
        """Return the roles of the patterns, each ARN once, in the order of the assertion."""
        if assertion.encrypted:
            raise ConfigError(
                "The assertion is encrypted, so its roles cannot be read, as --roles has to. "
                "Profiles with saml_role_arn and saml_provider_arn can be renewed together.",
                command=hints.command("--all"),
            )
        if not assertion.roles:
            raise role_choice.nothing_offered(assertion)
        offered = list({role.arn: role for role in assertion.roles}.values())
        patterns = patterns_of(self._options)
        if patterns == (EVERY,):
            return offered
        if patterns == (ASKED,):
            return marks.marked(
                offered,
                self._invocation.prompt,
                known_roles.known(self._invocation),
                seconds_left=role_menu.seconds_left(assertion),
            )
        by_pattern = {each: role_choice.matches(each, offered) for each in patterns}
        picked = {role.arn for matches in by_pattern.values() for role in matches}
        if not picked:
            raise _fits_nothing(self._options.role_patterns or "", offered)
        for pattern, matches in by_pattern.items():
            if not matches:
                self._invocation.prompt.notify(f"No offered role fits {printable(pattern)!r}.")
        return [role for role in offered if role.arn in picked]

    def _found(self, arns: set[str]) -> dict[str, Member]:
        """Return the profiles of these roles, at this identity provider, for this person."""
        profiles = self._invocation.session.full_config["profiles"]
        found: dict[str, Member] = {}
        for name in self._profiles:
            arn = profiles[name].get("saml_role_arn")
            if not isinstance(arn, str) or arn.strip() not in arns or arn.strip() in found:
                continue
            member = member_of(self._base, self._options, name)
            if member.target is None or self._is_same_person(member.target.settings):
                found[arn.strip()] = member
        return found

    def _is_same_person(self, other: Settings) -> bool:
        own = self._settings
        return (other.idp_url, other.username) == (own.idp_url, own.username)

    def _names(self, roles: Sequence[Role], user: str | None) -> dict[str, str]:
        try:
            return profile_names.names(
                self._settings.profile_name,
                roles,
                account_names=self._account_names,
                user=user,
                is_usable=can_be_a_profile,
            )
        except profile_names.SharedName as error:
            raise ConfigError(self._refusal(error), command=self._command()) from None
        except profile_names.BadName as error:
            kind = UsageError if _TEMPLATE in self._invocation.overrides else ConfigError
            raise kind(self._refusal(error), command=self._command()) from None

    def _refusal(self, error: Exception) -> str:
        is_option = _TEMPLATE in self._invocation.overrides
        name = "--profile-name" if is_option else _TEMPLATE
        return f"{name} is not usable: {error}."

    def _command(self) -> str:
        return hints.command(
            *("--roles", self._options.role_patterns or EVERY),
            *("--profile", self._settings.profile),
            *("--profile-name", profile_names.DEFAULT),
        )

    def _notify(self, roles: Sequence[Role]) -> None:
        if not roles:
            return
        notify, template = self._invocation.prompt.notify, self._settings.profile_name
        count = counted(len(roles), "profile")
        verb = "is" if len(roles) == 1 else "are"
        notify(f"{count} {verb} made ({_TEMPLATE} = {template}).")

    def _made(self, role: Role, name: str) -> Member:
        """Return a new profile of this name for a role."""
        if there := self._invocation.session.full_config["profiles"].get(name):
            other = there.get("saml_role_arn")
            reason = f"for {other}" if other else "without this role"
            message = f"there is a profile of this name already, {printable(str(reason))}"
            row = Row(name, Result.SKIPPED, role.arn, message=message)
            return Member(name, self._invocation, None, row)
        settings, of_aws = self._values(role)
        section = config_section(name)
        change = Change(self._settings.config_file, section, {**settings, **of_aws})
        return member_of(
            self._base, self._options, name, settings=settings, changes=[change], **of_aws
        )

    def _values(self, role: Role) -> tuple[dict[str, str], dict[str, str]]:
        """Return the settings of a new profile, and what it has for AWS."""
        invocation, own = self._invocation, self._settings
        section = idp_sections(invocation.session).get(own.idp_name or "", {})
        found: dict[str, str] = {}
        if own.idp_name and section.get("saml_idp_url") == own.idp_url:
            found["saml_idp"] = own.idp_name
        else:
            section = {}
            found["saml_idp_url"] = own.idp_url
        if own.username is not None and section.get("saml_username") != own.username:
            found["saml_username"] = own.username
        found["saml_role_arn"] = role.arn
        for key in _TAKEN_OVER:
            text = invocation.text(key)
            if text is not None and text != (section.get(key) or _DEFAULTS[key]):
                found[key] = text
        config = invocation.session.get_scoped_config()
        of_aws = {name: invocation.kept(name) or config.get(name) for name in _OF_AWS}
        return found, {
            name: value for name, value in of_aws.items() if isinstance(value, str) and value
        }


def _fits_nothing(patterns: str, offered: Sequence[Role]) -> RoleNotOffered:
    arns = listed([role.arn for role in offered])
    return RoleNotOffered(
        f"No offered role fits {printable(patterns)!r} (--roles); offered: {arns}.",
        command=hints.command("--roles", EVERY),
    )
