"""The rows of `--all` and `--roles` as people and scripts get them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.cli.many.rows import READY, Result, Row, Table
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.config.sections import config_section
from aws_saml_ext.text import listed

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation

_MAX_COMMANDS = 3
_OF_THE_ROLE = (Result.REFUSED, Result.NOT_OFFERED)


class Report:
    """The rows of one run.

    At a terminal, each line appears as soon as its profile is done; elsewhere, all of them at the
    end, in the order of the config file.
    """

    def __init__(
        self,
        invocation: Invocation,
        account_names: Mapping[str, str],
        *,
        is_live: bool | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        """Take what the lines need.

        Args:
            invocation: the run.
            account_names: names of accounts, by their ids.
            is_live: whether lines appear at once; None looks whether people read a terminal.
            clock: the clocks.
        """
        self._notify = invocation.prompt.notify
        self._names = account_names
        self._is_live = sys.stderr.isatty() if is_live is None else is_live
        self._clock = clock
        self._table: Table | None = None
        self._printed: set[str] = set()
        self.rows: dict[str, Row] = {}
        """The rows so far, by profile."""

    def begin(self, roles: Mapping[str, str | None]) -> None:
        """Begin a table of these profiles, with the ARNs of their roles."""
        self._table = Table(roles, self._names) if self._is_live else None

    def add(self, row: Row) -> None:
        """Take the row of a profile."""
        self.rows[row.profile] = row
        if self._table is not None:
            self._printed.add(row.profile)
            self._notify(self._table.line(row, self._clock.now()))

    def end(self, order: Sequence[str]) -> list[Row]:
        """Print the lines that were not printed yet, and return all rows in this order."""
        rows = [self.rows[profile] for profile in order if profile in self.rows]
        left = [row for row in rows if row.profile not in self._printed]
        table = Table({row.profile: row.role_arn for row in left}, self._names)
        for row in left:
            self._notify(table.line(row, self._clock.now()))
        return rows

    def summarize(self, rows: Sequence[Row], *, files: Sequence[str]) -> None:
        """Say how many profiles are ready, and how to find out about the others."""
        ready = [row for row in rows if row.result in READY]
        new = [row for row in rows if row.result is Result.RENEWED]
        verb = "is" if len(ready) == 1 else "are"
        counts = f"{len(ready)} of {len(rows)} profiles {verb} ready"
        if len(rows) == 1:
            counts = "The profile is ready" if ready else "The profile is not ready"
        written = f"; {len(new)} were written to {' and '.join(files)}" if new and files else ""
        if len(new) == 1 and written:
            written = f"; 1 was written to {' and '.join(files)}"
        self._notify(f"{counts}{written}.")
        failed = [row for row in rows if row.result not in READY and not row.needs_role]
        which = "the other is" if len(failed) == 1 else "the others are"
        self._notify_commands(f"To see why {which} not", map(_command_about, failed))
        left = [row.profile for row in rows if row.result in _OF_THE_ROLE]
        if left:
            sections = listed([f"[{config_section(profile)}]" for profile in left])
            them = "it" if len(left) == 1 else "them"
            self._notify(
                f"To leave {them} out next time, remove {sections} from the AWS config file."
            )
        roles = [row.profile for row in rows if row.needs_role]
        self._notify_commands(
            "--all takes profiles that have one role. To give one",
            (hints.setting_command("saml_role_arn", "ARN", profile) for profile in roles),
        )

    def _notify_commands(self, purpose: str, commands: Iterable[str]) -> None:
        if first := list(islice(commands, _MAX_COMMANDS)):
            self._notify("\n  ".join([f"{purpose}:", *first]))


def _command_about(row: Row) -> str:
    """Return the command that says more: STS explains a refusal only at a sign-in."""
    if row.result in _OF_THE_ROLE:
        return hints.sign_in_command(row.profile)
    return hints.command("doctor", "--profile", row.profile)
