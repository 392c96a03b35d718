"""The rows of `--all` and `--roles`: the outcome for each profile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from aws_saml_ext.cli.notices import time_left, until
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.errors import (
    AssertionTooLate,
    ConfigError,
    Refused,
    RoleNotOffered,
    SamlLoginError,
    StsRefused,
    Throttled,
)
from aws_saml_ext.text import columns_of, padded, printable

_MAX_WORDS = 100  # characters of foreign text in a row
_NOTHING = "-"


class Result(Enum):
    """The outcome for a profile."""

    RENEWED = "renewed"
    KEPT = "kept"
    REFUSED = "refused"
    NOT_OFFERED = "not-offered"
    SKIPPED = "skipped"
    NO_ANSWER = "no-answer"


class RoleNotSettled(ConfigError):
    """The role of a profile would be a question, which nobody is asked for one of many."""


READY = (Result.RENEWED, Result.KEPT)
_STATUS = {
    Result.REFUSED: 254,
    Result.NOT_OFFERED: 254,
    Result.SKIPPED: 253,
    Result.NO_ANSWER: 255,
}


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome for one profile."""

    profile: str
    result: Result
    role_arn: str | None = None
    credentials: Credentials | None = None
    """Those that the profile has now; None where it is not ready."""
    code: str = ""
    """The error code of STS."""
    message: str = ""
    """The reason why the profile is not ready, or a note about its credentials."""
    needs_role: bool = False
    """True if its settings leave no role, or several."""
    passes: bool = False
    """True if STS refused only for now: it was asked too often, or too late."""

    @property
    def status(self) -> int:
        """The exit status that this profile alone would lead to."""
        return _STATUS.get(self.result, 0)

    def data(self) -> dict[str, Any]:
        """Return the row as data for scripts."""
        credentials = self.credentials
        return {
            "Profile": self.profile,
            "RoleArn": self.role_arn,
            "AssumedRoleArn": credentials.assumed_role_arn if credentials else None,
            "Expiration": credentials.expiration.isoformat(timespec="seconds")
            if credentials
            else None,
            "Result": self.result.value,
            "Code": self.code or None,
            "Message": self.message or None,
        }

    def outcome(self, now: datetime) -> str:
        """Return the last column for people."""
        if self.credentials is not None and self.result is Result.KEPT:
            return f"still valid for {time_left(self.credentials, now)}"
        if self.credentials is not None:
            note = f" ({self.message})" if self.message else ""
            return f"until {until(self.credentials.expiration, now)}{note}"
        words = printable(self.message, max_length=_MAX_WORDS)
        code = f" ({self.code})" if self.code else ""
        return f"{self.result.value.replace('-', ' ')}: {words}{code}"


def of_error(profile: str, role_arn: str | None, error: SamlLoginError) -> Row:
    """Return the row of a profile that failed."""
    if isinstance(error, RoleNotOffered):
        message = "the identity provider does not offer this role"
        return Row(profile, Result.NOT_OFFERED, role_arn, message=message)
    if isinstance(error, StsRefused) and error.code:
        words = error.words.rstrip(".")
        passes = isinstance(error, AssertionTooLate | Throttled)
        return Row(profile, Result.REFUSED, role_arn, code=error.code, message=words, passes=passes)
    message = printable(str(error)).rstrip(".")
    if isinstance(error, Refused):
        return Row(profile, Result.REFUSED, role_arn, message=message)
    result = Result.SKIPPED if error.exit_status == 253 else Result.NO_ANSWER
    needs_role = isinstance(error, RoleNotSettled)
    return Row(profile, result, role_arn, message=message, needs_role=needs_role)


def status_of(rows: Iterable[Row]) -> int:
    """Return the exit status: the highest among the rows."""
    return max((row.status for row in rows), default=0)


class Table:
    """The rows as aligned lines."""

    def __init__(
        self, roles: Mapping[str, str | None], account_names: Mapping[str, str] | None = None
    ) -> None:
        """Take what decides the widths.

        Args:
            roles: the ARN of the role, by profile; None where it is not known.
            account_names: names of accounts, by their ids.
        """
        self._names = account_names or {}
        cells = [self._cells(profile, arn) for profile, arn in roles.items()]
        self._widths = [
            max(map(columns_of, column), default=0) for column in zip(*cells, strict=True)
        ]
        self._has_names = any(self._name(arn) for arn in roles.values())

    def line(self, row: Row, now: datetime) -> str:
        """Return the line of a row."""
        cells = self._cells(row.profile, row.role_arn)
        columns = [
            padded(cell, width)
            for index, (cell, width) in enumerate(zip(cells, self._widths, strict=True))
            if index != 1 or self._has_names
        ]
        return "  " + "  ".join([*columns, row.outcome(now)])

    def _name(self, arn: str | None) -> str:
        return self._names.get(_account(arn), "")

    def _cells(self, profile: str, arn: str | None) -> Sequence[str]:
        role = arn.rpartition("/")[2] if arn else ""
        texts = (profile, self._name(arn), _account(arn), role)
        return [printable(text, max_length=_MAX_WORDS) or _NOTHING for text in texts]


def _account(arn: str | None) -> str:
    return arn.split(":")[4] if arn and arn.startswith("arn:") and arn.count(":") > 4 else ""
