"""Ways to choose one role among those offered: by a setting, the only one, or by asking."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

from aws_saml_ext.assertion import Assertion, Role, is_role_arn, printable
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import ConfigError, RoleNotOffered, SignInRequired, UsageError
from aws_saml_ext.login import Choose
from aws_saml_ext.prompt import Prompt

_SHOWN = 10
"""Roles in a message; a list that is asked about is shown whole."""
_COMPARED = 1000
"""Roles that a name is compared with that was perhaps misspelt."""
_AFTER_QUESTION = 30.0
"""Seconds that STS has after a question for the role, which may have taken minutes."""


def chosen(settings: Settings, prompt: Prompt, *, deadline: Deadline | None = None) -> Choose:
    """
    Return the rule that chooses a role by the settings, and asks where they leave several.

    A question counts against `deadline`, that of the whole sign-in, but leaves STS 30 seconds.

    The function that comes back raises:
        RoleNotOffered: none is offered, or not the one that the settings ask for.
        SignInRequired: there is a question, and nobody to ask.
        ConfigError: the assertion is encrypted, and the settings do not name role and provider.
        Stopped: the input ended at the question.
    """

    def choose(assertion: Assertion) -> Role:
        if assertion.encrypted:
            return _named_in(settings)
        roles: Sequence[Role] = assertion.roles
        if not roles:
            raise nothing_offered(assertion)
        if settings.role_selection is not None:
            return _by_number(settings.role_selection, roles, settings)
        if settings.role_arn is not None:
            found = matches(settings.role_arn, roles)
            if not found:
                raise _not_offered(settings.role_arn, roles, settings)
            if is_role_arn(settings.role_arn):
                return _of_provider(settings.provider_arn, found)[0]
            roles = found
        if len({role.arn for role in roles}) == 1:
            return _of_provider(settings.provider_arn, roles)[0]
        role = _asked(roles, prompt, settings)
        if deadline is not None:
            deadline.reserve(_AFTER_QUESTION)
        return role

    return choose


def settled(settings: Settings) -> str | None:
    """The ARN of the role that will be taken without a question; None where there may be one."""
    wanted = settings.role_arn
    by_number = settings.role_selection is not None
    return wanted if wanted and is_role_arn(wanted) and not by_number else None


def refuse_two_ways(options: Mapping[str, object]) -> None:
    """
    Refuse `--role-selection` beside `--role-arn`; `options` are those of the command line.

    Raises:
        UsageError: both were given.
    """
    if options.get("saml_role_arn") is not None and options.get("saml_role_selection") is not None:
        raise UsageError(
            "--role-arn and --role-selection both choose the role.", hint="Leave one of them out."
        )


def matches(pattern: str, roles: Sequence[Role]) -> list[Role]:
    """
    The roles that `pattern` means, in their order.

    It is an ARN, a name with or without its path, `ACCOUNT:NAME`, a glob of one of these, or a
    `/regex/` that is searched for in the ARN. Case matters, as it does to AWS.
    """
    if len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/"):
        expression = re.compile(pattern[1:-1])
        return [role for role in roles if expression.search(role.arn)]
    with_account = ":" in pattern

    def meant(role: Role) -> bool:
        names = (role.arn, *_names_in_account(role)) if with_account else _names(role)
        return any(name == pattern or fnmatchcase(name, pattern) for name in names)

    return [role for role in roles if meant(role)]


def _names(role: Role) -> tuple[str, ...]:
    return (role.name, role.path_name)


def _names_in_account(role: Role) -> tuple[str, ...]:
    return tuple(f"{role.account_id}:{name}" for name in _names(role))


def _all_names(role: Role) -> tuple[str, ...]:
    return (role.arn, *_names(role), *_names_in_account(role))


def _named_in(settings: Settings) -> Role:
    """The role of an assertion that only AWS can read."""
    wanted, provider = settings.role_arn, settings.provider_arn
    if wanted is None or not is_role_arn(wanted) or provider is None:
        raise ConfigError(
            "The assertion is encrypted, so the role and its provider cannot be read from it: "
            "saml_role_arn and saml_provider_arn must name them, both as whole ARNs.",
            hint=f"aws saml-login --profile {shlex.quote(settings.profile)} "
            "--role-arn ARN --provider-arn ARN",
        )
    return Role(wanted, provider)


def _by_number(number: int, roles: Sequence[Role], settings: Settings) -> Role:
    if number >= len(roles):
        raise RoleNotOffered(
            f"There is no role number {number}; "
            f"{len(roles)} {'is' if len(roles) == 1 else 'are'} offered, counted from 0.",
            hint=_list_them(settings),
        )
    return roles[number]


def _of_provider(provider_arn: str | None, roles: Sequence[Role]) -> Sequence[Role]:
    """Those of this provider; all where it offers none of them, or no provider is preferred."""
    return [role for role in roles if role.principal_arn == provider_arn] or roles


# ---- asking ----


def _asked(roles: Sequence[Role], prompt: Prompt, settings: Settings) -> Role:
    """The one that the person names, at last; numbers stay those of the first list."""
    lines = _lines(roles)
    if not prompt.interactive:
        raise SignInRequired(
            f"{len(roles)} roles can be taken, and there is no terminal to ask which:\n"
            + "\n".join(lines),
            hint=f"aws saml-login --profile {shlex.quote(settings.profile)} --role-arn ARN",
        )
    listing: Sequence[str] = lines
    every: Sequence[int] = range(len(roles))
    among = every
    while True:
        answer = prompt.ask(
            "Role (number or part of the name): ", listing=listing, instead="--role-arn ARN"
        )
        if not answer:
            listing = ()
            continue
        if re.fullmatch(r"[0-9]{1,6}", answer) and int(answer) < len(roles):
            return roles[int(answer)]
        found = _meant(answer, among, roles, lines) or _meant(answer, every, roles, lines)
        if len(found) == 1:
            return roles[found[0]]
        shown = repr(printable(answer, longest=80))
        if found:
            listing = [f"{shown} fits {len(found)} roles:", *(lines[at] for at in found)]
            among = found
        else:
            listing = [f"{shown} fits none of the roles."]


def _meant(
    answer: str, among: Sequence[int], roles: Sequence[Role], lines: Sequence[str]
) -> Sequence[int]:
    """Which of them an answer fits: the closest way in which it fits any."""
    words = answer.lower().split()
    ways: tuple[Callable[[int], bool], ...] = (
        lambda at: answer in _all_names(roles[at]),
        lambda at: answer.lower() in [name.lower() for name in _all_names(roles[at])],
        lambda at: all(word in roles[at].path_name.lower() for word in words),
        lambda at: all(word in f"{lines[at]} {roles[at].arn}".lower() for word in words),
    )
    return next(filter(None, ([at for at in among if fits(at)] for fits in ways)), ())


def _lines(roles: Sequence[Role]) -> list[str]:
    """`  0  123456789012  Role.User`: what tells each from the others."""
    width = max(3, len(str(len(roles) - 1)) + 2)
    times = Counter(role.arn for role in roles)
    return [
        f"{number:>{width}}  {role.account_id}  {role.name}"
        + (f"  (by {role.provider_name})" if times[role.arn] > 1 else "")
        for number, role in enumerate(roles)
    ]


# ---- refusals ----


def nothing_offered(assertion: Assertion) -> RoleNotOffered:
    """What to say where an assertion has no role that could be taken."""
    who = printable(assertion.session_name or "you", longest=80)
    if assertion.reserved_roles:
        return RoleNotOffered(
            f"The identity provider offers {who} only roles of IAM Identity Center "
            "(AWSReservedSSO_…), which cannot be assumed with SAML.",
            hint="aws configure sso",
        )
    return RoleNotOffered(
        f"The identity provider offers no AWS role to {who}.",
        hint="Ask whoever runs the identity provider to assign one.",
    )


def _not_offered(wanted: str, roles: Sequence[Role], settings: Settings) -> RoleNotOffered:
    more = f", and {len(roles) - _SHOWN} more" if len(roles) > _SHOWN else ""
    offered = ", ".join(role.arn for role in roles[:_SHOWN]) + more
    near = _near(wanted, roles)
    return RoleNotOffered(
        f"The role {printable(wanted, longest=200)!r} is not offered; offered: {offered}.",
        hint=_list_them(settings)
        if near is None
        else f"aws saml-login --profile {shlex.quote(settings.profile)} --role-arn {near.arn}",
    )


def _near(wanted: str, roles: Sequence[Role]) -> Role | None:
    """The role that was probably meant: another case, or a slip of the finger."""
    from difflib import get_close_matches

    called = {name.lower(): role for role in roles[:_COMPARED] for name in _all_names(role)}
    near = get_close_matches(wanted[:200].lower(), called, n=1, cutoff=0.85)
    return called[near[0]] if near else None


def _list_them(settings: Settings) -> str:
    return f"aws saml-login roles --profile {shlex.quote(settings.profile)}"
