"""The names that people give to accounts: the section `[saml-accounts]` of the config file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_saml_ext.text import quoted

if TYPE_CHECKING:
    from botocore.session import Session

SECTION = "saml-accounts"
MAX_LABEL = 64  # characters
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of accounts."""

    names: Mapping[str, str]
    """By the ids of the accounts."""
    problems: tuple[str, ...] = ()
    """A sentence for each line that cannot be used, and is ignored."""


def labels(session: Session) -> Labels:
    """Return the labels of the config file."""
    section = session.full_config.get(SECTION)
    if not isinstance(section, dict):
        return Labels({})
    found: dict[str, str] = {}
    problems = []
    for account, label in section.items():
        if (reason := problem_of(str(account), label)) is None:
            found[str(account)] = label.strip()
        else:
            line = f"The line {quoted(str(account))} of [{SECTION}] in the config file"
            problems.append(f"{line} is ignored: {reason}.")
    return Labels(found, tuple(problems))


def problem_of(account: str, label: object) -> str | None:
    """Return why a line cannot be used, as the end of a sentence; None where it can."""
    if not _ACCOUNT.fullmatch(account):
        return "an account has twelve digits"
    if not isinstance(label, str):
        return "its value is on indented lines below it"
    if not label.strip():
        return "it has no label"
    if not label.isprintable():
        return "its label has characters that cannot be printed"
    if len(label.strip()) > MAX_LABEL:
        return f"its label has more than {MAX_LABEL} characters"
    return None
