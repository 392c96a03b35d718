"""The rows of `--all` and `--roles` as people and scripts get them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.cli.many.rows import READY, Result, Row, Table
from aws_saml_ext.clock import SYSTEM, Clock
from aws_saml_ext.config.sections import config_section
from aws_saml_ext.text import listed, printable

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
        refused = [row.profile for row in failed if row.result in _OF_THE_ROLE and not row.passes]
        others = [row.profile for row in failed if row.result not in _OF_THE_ROLE]
        self._notify_commands(
            f"To see why {which} not",
            (refused, hints.sign_in_command),  # STS explains a refusal at a sign-in
            (others, lambda profile: hints.command("doctor", "--profile", profile)),
        )
        if any(row.passes for row in failed):
            self._notify(f"To ask STS again:\n  {hints.command('--all')}")
        if refused:
            sections = listed([f"[{config_section(profile)}]" for profile in refused])
            them = "it" if len(refused) == 1 else "them"
            self._notify(
                f"To leave {them} out next time, remove {sections} from the AWS config file."
            )
        roles = [row.profile for row in rows if row.needs_role]
        self._notify_commands(
            "--all takes profiles that have one role. To give one",
            (roles, lambda profile: hints.setting_command("saml_role_arn", "ARN", profile)),
        )
        if roles:
            self._notify(
                "A profile that only holds what others share can be a section [saml-idp NAME] "
                "instead, which --all passes over."
            )

    def _notify_commands(
        self, purpose: str, *kinds: tuple[Sequence[str], Callable[[str], str]]
    ) -> None:
        """Notify about the command of each profile; of many, about that of the first."""
        commands: list[str] = []
        others: list[str] = []
        for profiles, command in kinds:
            shown = profiles if len(profiles) <= _MAX_COMMANDS else profiles[:1]
            commands += map(command, shown)
            if rest := [printable(name) for name in profiles[len(shown) :]]:
                others.append(f"The same as for {printable(profiles[0])}: {listed(rest)}.")
        if commands:
            self._notify("\n  ".join([f"{purpose}:", *commands]))
        for line in others:
            self._notify(line)
