"""The choice of one role among those offered: by a setting, the only one, or by a question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

from aws_saml_ext import hints, role_menu
from aws_saml_ext.assertion import ROLE_ATTRIBUTE, Assertion, Role, is_role_arn
from aws_saml_ext.clock import SYSTEM, Clock, Deadline
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import ConfigError, RoleNotOffered, SignInRequired, UsageError
from aws_saml_ext.login import Choose
from aws_saml_ext.prompt import Prompt
from aws_saml_ext.role_menu import NOTHING_KNOWN, Known
from aws_saml_ext.text import columns_of, counted, listed, padded, printable, shown_name

_MAX_ROLES_COMPARED = 1000  # with a name that is perhaps misspelt
_MAX_PATTERN_COMPARED = 200  # characters
_MAX_NAME = 80  # characters of foreign text in a message

_UNREAD_ADVICE = (
    "Ask the administrator of the identity provider to send each role in the attribute "
    f"{ROLE_ATTRIBUTE} as `ROLE_ARN,PROVIDER_ARN`."
)
SECONDS_AFTER_QUESTION = 30.0
"""The time that STS has after a question, which may have taken minutes."""


def chosen(
    settings: Settings,
    prompt: Prompt,
    *,
    deadline: Deadline | None = None,
    known: Callable[[], Known] = lambda: NOTHING_KNOWN,
    clock: Clock = SYSTEM,
) -> Choose:
    """Return a function that chooses a role by the settings, and asks where they leave several.

    Args:
        settings: the role, as an ARN, a pattern or a number, and the preferred provider.
        prompt: asks.
        deadline: that of the whole sign-in. A question counts against it, but STS has 30 seconds
            after one, however long it took.
        known: returns when roles were used, and the names of accounts, for a question.
        clock: the clocks.

    The function raises:
        RoleNotOffered: no role is offered, or not the one of the settings.
        SignInRequired: there is a question, and the prompt is not interactive. One role that two
            providers offer is a question, too.
        ConfigError: the assertion is encrypted, and the settings do not name role and provider.
        Stopped: the input was closed at the question.
        KeyboardInterrupt: the person pressed Ctrl-C or Esc.
    """

    def choose(assertion: Assertion) -> Role:
        if assertion.encrypted:
            return _role_of_settings(settings)
        roles: Sequence[Role] = assertion.roles
        if not roles:
            raise nothing_offered(assertion)
        if settings.role_selection is not None:
            return _by_number(settings.role_selection, roles, settings)
        if settings.role_arn is not None:
            roles = matches(settings.role_arn, assertion.roles)
            if not roles:
                raise _not_offered(settings.role_arn, assertion.roles, settings)
        if len({role.arn for role in roles}) == 1:
            roles = _of_provider(settings.provider_arn, roles)
        if len(roles) == 1:
            return roles[0]
        about = known()
        role = _picked(assertion, roles, prompt, about, clock)
        role = role or _asked(roles, prompt, settings, about)
        if deadline is not None:
            deadline.reserve(SECONDS_AFTER_QUESTION)
        return role

    return choose


def fixed_role(settings: Settings) -> str | None:
    """Return the ARN of the role that needs no question; None where there may be a question."""
    role = settings.role_arn
    is_by_number = settings.role_selection is not None
    return role if role and is_role_arn(role) and not is_by_number else None


def may_ask(settings: Settings) -> bool:
    """Return whether the choice of a role may be a question, before the roles are known."""
    return fixed_role(settings) is None and settings.role_selection is None


def may_mean(pattern: str | None, role_arn: str) -> bool:
    """Return whether a setting may mean this role; one that is not set may mean any."""
    return pattern is None or bool(matches(pattern, [Role(role_arn, "")]))


def refuse_conflicting(options: Mapping[str, object]) -> None:
    """Refuse `--role-arn` together with `--role-selection`.

    Args:
        options: the settings on the command line, by their names.

    Raises:
        UsageError: both are there.
    """
    if options.get("saml_role_arn") is not None and options.get("saml_role_selection") is not None:
        raise UsageError(
            "--role-arn and --role-selection both choose the role.",
            advice="Leave one of them out.",
        )


def matches(pattern: str, roles: Sequence[Role]) -> list[Role]:
    """Return the roles that a pattern matches, in their order.

    A pattern is an ARN, a name with or without its path, `ACCOUNT:NAME`, a glob of one of these,
    or a `/regex/` that is searched for in the ARN. Case matters, as it does to AWS.
    """
    if len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):
        expression = re.compile(pattern[1:-1])
        return [role for role in roles if expression.search(role.arn)]
    with_account = ":" in pattern

    def is_match(role: Role) -> bool:
        names = (role.arn, *_names_in_account(role)) if with_account else _names(role)
        return any(name == pattern or fnmatchcase(name, pattern) for name in names)

    return [role for role in roles if is_match(role)]


def _names(role: Role) -> tuple[str, ...]:
    return (role.name, role.path_name)


def _names_in_account(role: Role) -> tuple[str, ...]:
    return tuple(f"{role.account_id}:{name}" for name in _names(role))


def _all_names(role: Role) -> tuple[str, ...]:
    return (role.arn, *_names(role), *_names_in_account(role))


def _role_of_settings(settings: Settings) -> Role:
    """Return the role for an assertion that only AWS can read."""
    role, provider = settings.role_arn, settings.provider_arn
    if role is None or not is_role_arn(role) or provider is None:
        raise ConfigError(
            "The assertion is encrypted, so its roles cannot be read: saml_role_arn and "
            "saml_provider_arn must both be set, to whole ARNs.",
            command=hints.sign_in_command(
                settings.profile, "--role-arn", "ARN", "--provider-arn", "ARN"
            ),
        )
    return Role(role, provider)


def _by_number(number: int, roles: Sequence[Role], settings: Settings) -> Role:
    if number >= len(roles):
        raise RoleNotOffered(
            f"There is no role number {number}: {counted(len(roles), 'role')} "
            f"{'is' if len(roles) == 1 else 'are'} offered, counted from 0.",
            command=_roles_command(settings),
        )
    return roles[number]


def _of_provider(provider_arn: str | None, roles: Sequence[Role]) -> Sequence[Role]:
    """Return the roles of a provider; all roles where it offers none, or none is preferred."""
    return [role for role in roles if role.principal_arn == provider_arn] or roles


# ---- the question ----


def _picked(
    assertion: Assertion, roles: Sequence[Role], prompt: Prompt, known: Known, clock: Clock
) -> Role | None:
    """Return the role that a person chooses from a menu; None where there are only lists."""
    left = role_menu.seconds_left(assertion, clock)
    picked = prompt.pick(role_menu.menu(roles, known, seconds_left=left, now=clock.now()))
    return roles[picked.places[0]] if picked is not None else None


def _asked(roles: Sequence[Role], prompt: Prompt, settings: Settings, known: Known) -> Role:
    """Ask until an answer names one role; the numbers stay those of the first list."""
    lines = _lines(roles, known)
    if not prompt.interactive:
        raise _nobody_to_ask(roles, lines, settings)
    listing: Sequence[str] = lines
    every: Sequence[int] = range(len(roles))
    narrowed = every
    while True:
        answer = prompt.ask(
            "Role (number or part of the name): ", listing=listing, instead="--role-arn ARN"
        )
        if not answer:
            listing = ()
            continue
        indexes = _meant(answer, narrowed, roles, lines)
        indexes = indexes or _matching(answer, every, roles, lines)
        if len(indexes) == 1:
            return roles[indexes[0]]
        if indexes:
            count = counted(len(indexes), "role")
            listing = [f"{_shown(answer)} matches {count}:", *(lines[index] for index in indexes)]
            narrowed = indexes
        else:
            listing = [f"No role matches {_shown(answer)}."]


def _shown(answer: str) -> str:
    return repr(printable(answer, max_length=_MAX_NAME))


def _nobody_to_ask(
    roles: Sequence[Role], lines: Sequence[str], settings: Settings
) -> SignInRequired:
    """Return the error for a question without a terminal."""
    if len({role.arn for role in roles}) > 1:
        count, options = counted(len(roles), "role"), ("--role-arn", "ARN")
        return SignInRequired(
            f"{count} are offered, and there is no terminal to choose one:\n" + "\n".join(lines),
            command=hints.sign_in_command(settings.profile, *options),
        )
    providers = ", ".join(role.principal_arn for role in roles)
    return SignInRequired(
        f"The role {roles[0].arn} is offered through {len(roles)} SAML providers, and there is no "
        f"terminal to choose one: {providers}.",
        command=hints.sign_in_command(
            settings.profile, "--role-arn", roles[0].arn, "--provider-arn", roles[0].principal_arn
        ),
    )


def _meant(
    answer: str, indexes: Sequence[int], roles: Sequence[Role], lines: Sequence[str]
) -> Sequence[int]:
    """Return the indexes that an answer means: that of a number, else those that it matches."""
    if re.fullmatch(r"[0-9]{1,6}", answer) and int(answer) < len(roles):
        return [int(answer)]
    return _matching(answer, indexes, roles, lines)


def _matching(
    answer: str, indexes: Sequence[int], roles: Sequence[Role], lines: Sequence[str]
) -> Sequence[int]:
    """Return the indexes that an answer matches, by the strictest rule that matches any."""
    words = answer.lower().split()
    rules: tuple[Callable[[int], bool], ...] = (
        lambda index: answer in _all_names(roles[index]),
        lambda index: answer.lower() in [name.lower() for name in _all_names(roles[index])],
        lambda index: all(word in roles[index].path_name.lower() for word in words),
        lambda index: all(word in f"{lines[index]} {roles[index].arn}".lower() for word in words),
    )
    matched = ([index for index in indexes if rule(index)] for rule in rules)
    return next(filter(None, matched), ())


def _lines(roles: Sequence[Role], known: Known) -> list[str]:
    """Return a line for each role, `  0  123456789012  dev  Role.User`; names where known."""
    width = max(3, len(str(len(roles) - 1)) + 2)
    times = Counter(role.arn for role in roles)
    names = [known.name(role.account_id) for role in roles]
    longest = max(map(columns_of, names))
    name = [f"{padded(name, longest)}  " if longest else "" for name in names]
    return [
        f"{number:>{width}}  {role.account_id}  {name[number]}{role.name}"
        + (f"  (by {role.provider_name})" if times[role.arn] > 1 else "")
        for number, role in enumerate(roles)
    ]


# ---- refusals ----


def nothing_offered(assertion: Assertion) -> RoleNotOffered:
    """Return the error for an assertion without a role that can be assumed."""
    person = shown_name(assertion.session_name or "you")
    if assertion.reserved_roles:
        return RoleNotOffered(
            f"The identity provider offers {person} only roles of IAM Identity Center "
            "(AWSReservedSSO_…), which cannot be assumed with SAML.",
            command=hints.shown("aws", "configure", "sso"),
        )
    if (unread := assertion.unread_roles) is not None:
        return RoleNotOffered(
            f"Signed in as {person}, but {unread.sentence}", advice=_UNREAD_ADVICE
        )
    return RoleNotOffered(
        f"The identity provider offers no AWS role to {person}.",
        advice="Ask the administrator of the identity provider to assign one.",
    )


def _not_offered(pattern: str, roles: Sequence[Role], settings: Settings) -> RoleNotOffered:
    offered = listed([role.arn for role in roles])
    closest = _closest(pattern, roles)
    source = settings.source("saml_role_arn")
    return RoleNotOffered(
        f"The role {printable(pattern, max_length=_MAX_PATTERN_COMPARED)!r}{source} is not "
        f"offered; offered: {offered}.",
        command=_roles_command(settings)
        if closest is None
        else hints.sign_in_command(settings.profile, "--role-arn", closest.arn),
    )


def _closest(pattern: str, roles: Sequence[Role]) -> Role | None:
    """Return the role with a name like this one: in another case, or misspelt.

    Only the names are compared: all ARNs of an account are alike. Of the same name in several
    accounts, that in the account of the pattern is meant.
    """
    from difflib import get_close_matches

    text = pattern[:_MAX_PATTERN_COMPARED]
    wanted = re.split(r"[:/]", text.strip("/"))[-1].lower()
    compared = roles[:_MAX_ROLES_COMPARED]
    names = get_close_matches(wanted, [role.name.lower() for role in compared], n=1, cutoff=0.8)
    alike = [role for role in compared if role.name.lower() in names]
    alike.sort(key=lambda role: role.account_id not in text)
    return alike[0] if alike else None


def _roles_command(settings: Settings) -> str:
    return hints.roles_command(settings.profile)
