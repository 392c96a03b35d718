"""One sign-in for many profiles: one assertion, and the credentials of each of its roles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aws_saml_ext import hints, renewal, role_choice, session_policies
from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.assertion_life import redeemable
from aws_saml_ext.cli import captures, notices, role_words
from aws_saml_ext.cli.many.rows import Result, RoleNotSettled, Row, of_error
from aws_saml_ext.cli.remembering import Remembered
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.aws_settings import ca_bundle
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import (
    AssertionTooLate,
    SamlLoginError,
    SignInRequired,
    Throttled,
)
from aws_saml_ext.identity import ACCEPT, Expected
from aws_saml_ext.role_memory import Lesson, RoleMemory
from aws_saml_ext.store.single_flight import SingleFlight, all_held
from aws_saml_ext.sts import durations, parallel, wanted
from aws_saml_ext.text import counted

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.many.members import Member
    from aws_saml_ext.cli.many.report import Report
    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.cli.verbs.sign_in import SignInOptions
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.credentials import Issued
    from aws_saml_ext.picker.menu import Menu
    from aws_saml_ext.prompt import Prompt
    from aws_saml_ext.sts.durations import Answers
    from aws_saml_ext.sts.parallel import Job

_RAN_OUT = "the assertion ran out before STS was asked for this role"

MembersOf = Callable[[Assertion], "Sequence[Member]"]
"""Return the profiles of a sign-in, now that its assertion is known."""


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one sign-in, before anything is stored."""

    issued: list[tuple[Target, Issued]] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    """For the memory of roles."""
    accepted: list[tuple[Expected, Assertion, Role]] = field(default_factory=list)
    """The identities to remember."""


def sign_in(
    invocation: Invocation,
    options: SignInOptions,
    lead: Member,
    members_of: MembersOf,
    report: Report,
    *,
    flow: Flow | None = None,
    prompt: Prompt | None = None,
) -> Results:
    """Sign in once, and get the credentials of every profile that needs new ones.

    Args:
        invocation: the run.
        options: those of the command line.
        lead: the profile whose settings the sign-in has.
        members_of: the profiles.
        report: takes the row of each profile.
        flow: the flow, in place of the one in the settings.
        prompt: where questions are asked, in place of the run's.

    Raises:
        SamlLoginError: there is no assertion; nothing is stored then.
    """
    assert lead.target is not None  # noqa: S101 - its settings can be used
    settings, prompt = lead.target.settings, prompt or invocation.prompt
    if flow is not None:
        settings = replace(settings, sign_in=flow, show_browser=False)
    if options.assertion is None:
        notices.notify_start(prompt, settings)
    if options.clean:
        captures.forget(settings)
    exchange = _Exchange(invocation, settings, prompt, report)
    exchange.prepare(lead)
    capture = captures.capture(
        settings,
        prompt,
        assertion=options.assertion,
        environ=invocation.environ,
        passwords=Remembered(settings, prompt, use=options.use_stored),
    )
    with capture(settings) as captured:
        assertion = Assertion.parse(captured.saml_response)
        notices.notify_person(prompt, settings, assertion)
        role_words.remember(invocation.saml_folder, assertion.roles)
        members = members_of(assertion)
        exchange.choose(members, assertion, accept=options.accept_issuer)
        exchange.run(assertion)
        if exchange.left and not exchange.deadline.has_passed:
            try:
                again = Assertion.parse(captured.again())
            except (AssertionTooLate, SignInRequired):
                pass  # those that are left have their rows below
            else:
                exchange.run(again)
        captured.check_single()
    exchange.end()
    return exchange.results


def alone(members: Sequence[Member], prompt: Prompt) -> AbstractContextManager[None]:
    """Be the only one that renews the credentials of profiles; other programs wait for them."""
    targets = [member.target for member in members if member.row is None and member.target]
    flights = [SingleFlight(target.cache.folder, target.request.key) for target in targets]
    if not targets:
        return nullcontext()
    caller = renewal.caller_of(targets[0].settings, prompt, shares_failures=False)
    return all_held(flights, caller)


class _Unasked:
    """The prompt for one of many profiles: messages go out, and nobody is asked."""

    interactive = False

    def __init__(self, prompt: Prompt) -> None:
        self.notify = prompt.notify
        self.waiting = prompt.waiting

    def ask(self, question: str, *, instead: str, **_: object) -> str:
        raise SignInRequired(question, advice=f"Answer it with {instead}.")

    def pick(self, menu: Menu, **_: object) -> None:  # noqa: ARG002 - that of `Prompt`
        return None


class _Exchange:
    """The exchange of a sign-in's assertion for the credentials of many profiles."""

    def __init__(
        self, invocation: Invocation, settings: Settings, prompt: Prompt, report: Report
    ) -> None:
        self.results = Results()
        self.deadline = Deadline(settings.timeout)
        self.left: dict[str, Job] = {}
        """The jobs that have no outcome yet."""
        self._late: dict[str, SamlLoginError] = {}
        self._settings = settings
        self._prompt = prompt
        self._report = report
        self._connection = invocation.sts_options()
        self._chosen: dict[str, tuple[Target, Role, Expected]] = {}
        self._done = 0
        self._jobs = parallel.Jobs(
            connection=self._connection,
            memory=RoleMemory(settings.saml_folder),
            is_attended=prompt.interactive and settings.sign_in is not Flow.SILENT,
            max_wait=settings.timeout.total_seconds(),
            notify=prompt.notify,
        )

    def prepare(self, lead: Member) -> None:
        """Make the client that most roles will need, while the browser starts."""
        assert lead.target is not None  # noqa: S101 - see `sign_in`
        clients = self._jobs.clients(lead.invocation.session, _place(lead))
        if not self._connection.verify_ssl:
            self._prompt.notify("--no-verify-ssl: the certificate of STS is not verified.")
        if (way := clients.way(self._settings.role_arn or "")) is not None:
            self._prompt.notify(way)
        threading.Thread(target=clients.warm, daemon=True).start()

    def choose(self, members: Sequence[Member], assertion: Assertion, *, accept: bool) -> None:
        """Choose the role of each profile, and report those that have none."""
        rows: dict[str, Row] = {}
        for member in members:
            if member.row is not None:
                rows[member.profile] = member.row
            elif member.target is not None:
                try:
                    self._add(member, member.target, assertion, accept=accept)
                except SamlLoginError as error:
                    rows[member.profile] = of_error(
                        member.profile, role_choice.fixed_role(member.target.settings), error
                    )
        roles = {profile: row.role_arn for profile, row in rows.items()}
        roles |= {profile: role.arn for profile, (_, role, _) in self._chosen.items()}
        self._report.begin({member.profile: roles.get(member.profile) for member in members})
        for row in rows.values():
            self._report.add(row)

    def _add(self, member: Member, target: Target, assertion: Assertion, *, accept: bool) -> None:
        settings, unasked = target.settings, _Unasked(self._prompt)
        command = hints.command("--all", "--profile", member.profile, ACCEPT)
        expected = Expected(settings, unasked, accept=accept, command=command)
        known = settings
        offered = assertion
        if not assertion.encrypted:
            provider_arn = settings.provider_arn or expected.provider_arn
            known = replace(settings, provider_arn=provider_arn)
            offered = replace(assertion, roles=_settled(known, assertion))
        role = role_choice.chosen(known, unasked)(offered)
        expected.confirm(assertion, role)
        session = member.invocation.session
        job = self._jobs.job(member.profile, role, settings, session, _place(member))
        self._chosen[member.profile] = target, role, expected
        self.left[member.profile] = job

    def run(self, assertion: Assertion) -> None:
        """Ask STS for everything that is left."""
        if not self.left:
            return
        total = len(self._chosen)

        def take(profile: str, outcome: Answers | SamlLoginError) -> None:
            if isinstance(outcome, AssertionTooLate | Throttled):
                self._late[profile] = outcome
                return
            self._take(profile, assertion, outcome)
            self._done += 1
            self._prompt.waiting(f"Asking STS, {self._done} of {total}")

        self._prompt.waiting(f"Asking STS, {self._done} of {total}")
        try:
            parallel.exchanged(
                list(self.left.values()),
                assertion,
                deadlines=[redeemable(assertion), self.deadline],
                report=take,
            )
        finally:
            self._prompt.waiting("")

    def _take(self, profile: str, assertion: Assertion, outcome: Answers | SamlLoginError) -> None:
        target, role, expected = self._chosen[profile]
        job = self.left.pop(profile)
        if isinstance(outcome, SamlLoginError):
            self._report.add(of_error(profile, role.arn, outcome))
            return
        notes = []
        if outcome.granted < job.wanted.seconds:
            notes.append(f"{durations.shown(outcome.granted)} at most")
        if wanted.shortened(assertion, outcome) is not None:
            notes.append("ended by the identity provider")
        if policies := target.settings.session_policies:
            notes.append(f"restricted by {session_policies.in_words(policies)}")
        issued = outcome.issued
        self.results.lessons.append(job.wanted.lesson(outcome, issued.at))
        self.results.issued.append((target, issued))
        self.results.accepted.append((expected, assertion, role))
        row = Row(profile, Result.RENEWED, role.arn, issued.credentials, message=", ".join(notes))
        self._report.add(row)

    def end(self) -> None:
        """Report the profiles that have got no answer."""
        for profile in self.left:
            _, role, _ = self._chosen[profile]
            late = self._late.get(profile)
            if isinstance(late, Throttled):
                row = of_error(profile, role.arn, late)
            elif late is None and self.deadline.has_passed:
                seconds = counted(int(self._settings.timeout.total_seconds()), "second")
                message = f"STS has not answered within {seconds}"
                row = Row(profile, Result.NO_ANSWER, role.arn, message=message)
            else:
                code = "ExpiredTokenException"
                row = Row(
                    profile, Result.REFUSED, role.arn, code=code, message=_RAN_OUT, passes=True
                )
            self._report.add(row)


def _settled(settings: Settings, assertion: Assertion) -> tuple[Role, ...]:
    """Return the offered roles that the settings mean: one, perhaps of several providers.

    Raises:
        RoleNotSettled: a pattern fits several roles: which one is meant would be a question.
    """
    role_arn = role_choice.fixed_role(settings)
    if role_arn is not None:  # no pattern, which takes longer
        return tuple(role for role in assertion.roles if role.arn == role_arn)
    roles = tuple(role_choice.matches(settings.role_arn or "*", assertion.roles))
    if (count := len({role.arn for role in roles})) > 1:
        raise RoleNotSettled(f"saml_role_arn fits {counted(count, 'role')}")
    return roles


def _place(member: Member) -> str:
    """Return a text that is the same for profiles that ask the same STS in the same way."""
    assert member.target is not None  # noqa: S101 - see `sign_in`
    bundle = ca_bundle(member.invocation.session)
    return f"{member.target.request.sts} {bundle.value if bundle is not None else ''}"


def learn(results: Sequence[Results], settings: Sequence[Settings]) -> None:
    """Remember what the sign-ins have taught, once their credentials are stored.

    Args:
        results: those of the sign-ins.
        settings: one for each folder of this program.
    """
    lessons = [lesson for result in results for lesson in result.lessons]
    for each in settings:
        RoleMemory(each.saml_folder).learn(lessons)
    for result in results:
        for expected, assertion, role in result.accepted:
            expected.remember(assertion, role)
