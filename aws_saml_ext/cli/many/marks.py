"""The roles that a person marks in a list, for `--roles ?`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aws_saml_ext import role_choice, role_menu
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.config import values
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Role
    from aws_saml_ext.prompt import Prompt
    from aws_saml_ext.role_menu import Known

_RANGE = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")
_QUESTION = "Roles (numbers, ranges such as 2-5, or patterns, with commas): "


def marked(
    roles: Sequence[Role],
    prompt: Prompt,
    known: Known,
    *,
    seconds_left: Callable[[], float] | None = None,
    clock: Clock = SYSTEM,
) -> list[Role]:
    """Ask for some of the roles: with a menu, or by their numbers or patterns.

    Args:
        roles: the roles to choose from.
        prompt: asks.
        known: when roles were used, and the names of accounts.
        seconds_left: the remaining time of the assertion, which a menu shows.
        clock: the clocks.

    Raises:
        SignInRequired: nobody can be asked.
        Stopped: the input was closed at the question.
        KeyboardInterrupt: the person pressed Ctrl-C or Esc.
    """
    menu = role_menu.menu(roles, known, seconds_left=seconds_left, several=True, now=clock.now())
    if (picked := prompt.pick(menu)) is not None:
        return [roles[place] for place in sorted(picked.places)]
    width = len(str(len(roles) - 1)) + 2
    listing: Sequence[str] = [
        f"{number:>{width}}  {role.account_id}  {_named(role, known)}{role.path_name}"
        for number, role in enumerate(roles)
    ]
    while True:
        answer = prompt.ask(_QUESTION, listing=listing, instead="--roles PATTERNS")
        listing = ()
        found: list[Role] = []
        for word in filter(None, (part.strip() for part in answer.split(","))):
            matches = _matches(word, roles)
            if not matches:
                listing = [*listing, f"No role fits {printable(word)!r}."]
            found += matches
        if found and not listing:
            arns = {role.arn for role in found}
            return [role for role in roles if role.arn in arns]


def _named(role: Role, known: Known) -> str:
    name = known.name(role.account_id)
    return f"{name}  " if name else ""


def _matches(word: str, roles: Sequence[Role]) -> Sequence[Role]:
    if (numbers := _RANGE.fullmatch(word)) is not None and int(numbers[1]) < len(roles):
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        return roles[first : last + 1]
    try:
        return role_choice.matches(values.role_pattern(word), roles)
    except ValueError:
        return ()
