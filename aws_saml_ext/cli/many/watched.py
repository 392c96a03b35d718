"""`--watch` with `--all` or `--roles`: every profile is renewed with one sign-in, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.cli import watching
from aws_saml_ext.cli.many import one_sign_in, saving
from aws_saml_ext.cli.many.report import Report
from aws_saml_ext.cli.many.rows import READY, Result
from aws_saml_ext.errors import Stopped, StsRefused, StsUnreachable
from aws_saml_ext.prompt import NonInteractive, TerminalPrompt

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.many.members import Member
    from aws_saml_ext.cli.many.rows import Row
    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.cli.verbs.sign_in import SignInOptions
    from aws_saml_ext.config.flows import Flow
    from aws_saml_ext.credentials import Issued
    from aws_saml_ext.prompt import Prompt


def watch(
    invocation: Invocation,
    options: SignInOptions,
    members: Mapping[str, Member],
    rows: Sequence[Row],
) -> None:
    """Renew the profiles that are ready before the first of them expires, until Ctrl-C.

    Args:
        invocation: the run.
        options: those of the command line.
        members: every profile that takes part, by its name.
        rows: the outcome for each.
    """
    ready = {row.profile: row.role_arn for row in rows if row.result in READY and row.role_arn}
    watched = []
    for name, role_arn in ready.items():
        member = members[name]
        if member.target is not None:
            target = member.target.for_renewals(role_arn, invocation.environ)
            watched.append(replace(member, target=target, row=None))
    if not watched:
        return
    renewals = _Renewals(invocation, replace(options, clean=False), watched)
    found = renewals.found()
    if not found:
        return
    watching.Watch(
        find=renewals.find,
        renew=renewals.renew,
        prompt=invocation.prompt,
        warn=TerminalPrompt().notify,
        command=hints.command("--all"),
    ).run(_first(found))


@dataclass(frozen=True, slots=True)
class _Renewals:
    """The renewals of many profiles."""

    invocation: Invocation
    options: SignInOptions
    members: Sequence[Member]

    def found(self) -> list[Issued]:
        """Return the credentials that are fresh."""
        found = (target.store.find(target.request) for target in map(_target, self.members))
        return [issued for issued in found if issued is not None]

    def find(self) -> Issued | None:
        """Return the credentials that expire first, if those of all profiles are fresh."""
        found = self.found()
        return _first(found) if len(found) == len(self.members) else None

    def renew(self, _: Issued, flow: Flow | None) -> Issued:
        """Renew every profile with one sign-in for each identity provider and person."""
        prompt: Prompt = self.invocation.prompt if flow is None else NonInteractive()
        by_person: dict[tuple[str, str | None], list[Member]] = {}
        for member in self.members:
            settings = _target(member).settings
            by_person.setdefault((settings.idp_url, settings.username), []).append(member)
        report = Report(self.invocation, {}, is_live=False)
        results = []
        with one_sign_in.alone(self.members, prompt):
            if (renewed := self.find()) is not None:  # by another program
                return renewed
            for group in by_person.values():
                present = [member for member in group if _is_unmoved(member)]
                if present:
                    results.append(
                        one_sign_in.sign_in(
                            self.invocation,
                            self.options,
                            present[0],
                            lambda _, present=present: present,  # type: ignore[misc]
                            report,
                            flow=flow,
                            prompt=prompt,
                        )
                    )
            if not results:
                raise Stopped("Every profile has been signed out of.")
            new = [pair for result in results for pair in result.issued]
            saving.save(new, [], environ=self.invocation.environ)
        one_sign_in.learn(results, [_target(self.members[0]).settings])
        failed = [row for row in report.rows.values() if row.result not in READY]
        if not new:
            raise _failure(failed)
        report.rows = {row.profile: row for row in failed}
        report.end(list(report.rows))
        return _first([issued for _, issued in new])


def _target(member: Member) -> Target:
    assert member.target is not None  # noqa: S101 - see `watch`
    return member.target


def _is_unmoved(member: Member) -> bool:
    try:
        _target(member).check_unmoved()
    except Stopped:
        return False
    return True


def _first(issued: Sequence[Issued]) -> Issued:
    return min(issued, key=lambda each: each.fresh_until)


def _failure(rows: Sequence[Row]) -> StsRefused | StsUnreachable:
    """Return the error of a renewal that brought no credentials at all."""
    reasons = "; ".join(dict.fromkeys(row.message for row in rows))
    if any(row.result is Result.NO_ANSWER for row in rows):
        return StsUnreachable(
            f"No profile could be renewed: {reasons}.", command=hints.command("--all")
        )
    return StsRefused(f"No profile could be renewed: {reasons}.", command=hints.command("--all"))
