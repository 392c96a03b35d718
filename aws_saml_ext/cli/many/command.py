"""`aws saml-login --all` and `--roles`: sign in once, and store the credentials of each profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_saml_ext import hints, picker
from aws_saml_ext.assertion import Assertion
from aws_saml_ext.cli import captures, config_mistakes, idp_choice, known_roles, notices
from aws_saml_ext.cli.many import members, new_profiles, one_sign_in, saving
from aws_saml_ext.cli.many.members import Group, Member
from aws_saml_ext.cli.many.report import Report
from aws_saml_ext.cli.many.rows import READY, of_error, status_of
from aws_saml_ext.cli.target import target_of
from aws_saml_ext.errors import SamlLoginError, UsageError
from aws_saml_ext.sts import check as sts_check

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.many.one_sign_in import MembersOf, Results
    from aws_saml_ext.cli.many.rows import Row
    from aws_saml_ext.cli.verbs.sign_in import SignInOptions
    from aws_saml_ext.credentials import Credentials


@dataclass(slots=True)
class _Run:
    """One run, and what it has led to so far."""

    invocation: Invocation
    options: SignInOptions
    report: Report
    members: dict[str, Member] = field(default_factory=dict)
    """Every profile that takes part, by its name."""
    leads: list[Member] = field(default_factory=list)
    results: list[Results] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)
    """The renewals that other programs wait for until everything is stored."""

    def sign_in_group(self, group: Group) -> None:
        """Sign in for the profiles of a group, unless another program has by now."""
        with ExitStack() as held:
            if self.options.assertion is None:  # one that was given serves once
                held.enter_context(one_sign_in.alone(group.members, self.invocation.prompt))
                group = members.looked_again(group, self.options)
                self.members |= {member.profile: member for member in group.members}
            if group.needs_sign_in:
                self.sign_in(group.lead, lambda _: group.members)
            else:
                _add_decided(self, group)
            self.held.push(held.pop_all())

    def sign_in(self, lead: Member, members_of: MembersOf) -> None:
        """Sign in for some profiles."""
        self.leads.append(lead)

        def noted(assertion: Assertion) -> Sequence[Member]:
            found = members_of(assertion)
            self.members |= {member.profile: member for member in found}
            return found

        result = one_sign_in.sign_in(self.invocation, self.options, lead, noted, self.report)
        self.results.append(result)

    def store(self) -> None:
        """Store all credentials, then remember what the sign-ins have taught."""
        place = {name: index for index, name in enumerate(self.members)}
        new = [pair for result in self.results for pair in result.issued]
        new.sort(key=lambda pair: place[pair[0].settings.profile])
        ready = {target.settings.profile for target, _ in new}
        # A profile that was refused keeps what it had; a new one is made all the same.
        kept = [
            member.target
            for name, member in self.members.items()
            if name not in ready
            and member.target is not None
            and (member.is_new or (member.row is not None and member.row.result in READY))
        ]
        saving.save(new, kept, environ=self.invocation.environ)
        folders = {
            lead.target.settings.saml_folder: lead.target.settings
            for lead in self.leads
            if lead.target is not None
        }
        one_sign_in.learn(self.results, list(folders.values()))


def run(invocation: Invocation, options: SignInOptions) -> int:
    """Sign in once for each identity provider, and store the credentials of many profiles.

    Returns:
        The highest exit status that one of the profiles would have alone.
    """
    _refuse_conflicting(options)
    account_names = known_roles.account_names(invocation)
    report = Report(invocation, account_names)
    run = _Run(invocation, options, report)
    with run.held:
        try:
            order = _roles(run, account_names) if options.role_patterns is not None else _all(run)
        except BaseException:
            if run.results:  # a person has signed in for them, and need not once more
                run.store()
            raise
        if order is None:  # a dry run
            return 0
        run.store()
    rows = report.end(order)
    _notify(run, rows)
    if options.check:
        _check(run, rows)
    if invocation.output_asked_for:
        invocation.print({"Profiles": [row.data() for row in rows]})
    if options.watch:
        from aws_saml_ext.cli.many import watched

        watched.watch(invocation, options, run.members, rows)
    return status_of(rows)


# ---- --all ----


def _all(run: _Run) -> list[str] | None:
    """Sign in for the profiles of the config file; return their names, or None for a dry run."""
    invocation, options = run.invocation, run.options
    members.notify_unused(invocation)
    base = members.base_of(invocation)
    groups = members.groups(base, options, invocation.profile_asked_for)
    signing_in = [group for group in groups if group.needs_sign_in]
    if options.assertion is not None and len(signing_in) > 1:
        raise UsageError(
            "The profiles have several identity providers or usernames, and --assertion is of one.",
            advice="Name a profile of it with --profile, or it with --idp-nickname.",
        )
    run.members |= {member.profile: member for group in groups for member in group.members}
    names = config_mistakes.configured(base.session.full_config)
    order = [name for name in names if name in run.members]
    pending = [
        member.target
        for member in run.members.values()
        if member.row is None and member.target is not None
    ]
    if options.dry_run:
        for member in run.members.values():
            if member.row is not None:
                run.report.add(member.row)
        run.report.end(order)
        if pending:
            invocation.write(saving.preview(pending))
        return None
    if pending:
        saving.rehearse(pending)
    for group in groups:
        if group not in signing_in:
            _add_decided(run, group)
            continue
        try:
            run.sign_in_group(group)
        except SamlLoginError as error:
            if len(signing_in) == 1:
                raise
            _add_failed(run, group, error)
    return order


def _add_decided(run: _Run, group: Group) -> None:
    """Report the profiles of a group that needs no sign-in."""
    rows = [member.row for member in group.members if member.row is not None]
    run.report.begin({row.profile: row.role_arn for row in rows})
    for row in rows:
        run.report.add(row)


def _add_failed(run: _Run, group: Group, error: SamlLoginError) -> None:
    """Report the profiles of a group whose sign-in failed, while the others go on."""
    lines = [str(error), *filter(None, [error.hint])]
    run.invocation.prompt.notify("\n  ".join(lines))
    for member in group.members:
        run.report.add(member.row or of_error(member.profile, None, error))


# ---- --roles ----


def _roles(run: _Run, account_names: Mapping[str, str]) -> list[str] | None:
    """Sign in for the roles that are picked; return their profiles, or None for a dry run."""
    invocation, options = run.invocation, run.options
    patterns = new_profiles.patterns_of(options)  # before a browser opens
    needs_idp = options.assertion is None
    named = idp_choice.needed(invocation) if needs_idp else None
    settings = invocation.settings(named.overrides() if named is not None else {})
    target = target_of(
        invocation, settings, overwrite=options.overwrite, is_pasted=options.assertion is not None
    )
    lead = Member(settings.profile, invocation, target, None)
    profiles = new_profiles.NewProfiles(invocation, options, settings, account_names)
    if options.dry_run:
        _preview(run, lead, profiles)
        return None
    saving.rehearse([target])
    is_asked = patterns == (new_profiles.ASKED,)
    if is_asked and invocation.shows_menus and invocation.prompt.interactive:
        picker.preload()  # while the browser starts
    run.sign_in(lead, profiles.members)
    return profiles.order


def _preview(run: _Run, lead: Member, profiles: new_profiles.NewProfiles) -> None:
    """Print the changes that `--roles` would make: only a sign-in tells the roles."""
    invocation, options = run.invocation, run.options
    assert lead.target is not None  # noqa: S101 - see `_roles`
    settings, prompt = lead.target.settings, invocation.prompt
    if options.assertion is None:
        notices.notify_start(prompt, settings)
    capture = captures.capture(
        settings, prompt, assertion=options.assertion, environ=invocation.environ
    )
    with capture(settings) as captured:
        assertion = Assertion.parse(captured.saml_response)
    notices.notify_person(prompt, settings, assertion)
    found = profiles.members(assertion)
    for member in found:
        if member.row is not None:
            run.report.add(member.row)
    run.report.end(profiles.order)
    targets = [each.target for each in found if each.target is not None and each.row is None]
    if targets:
        invocation.write(saving.preview(targets))


# ---- the end of a run ----


def _notify(run: _Run, rows: Sequence[Row]) -> None:
    invocation = run.invocation
    new = [target for result in run.results for target, _ in result.issued]
    files = dict.fromkeys(
        "the cache" if target.is_by_process else str(target.settings.credentials_file)
        for target in new
    )
    run.report.summarize(rows, files=list(files))
    if new:
        notices.notify_variables(invocation, new[0].settings.profile)
    for target in new:
        notices.notify_preferred(invocation, target)
    if run.options.role_patterns is not None:
        invocation.prompt.notify(f"Next time:\n  {hints.command('--all')}")


def _check(run: _Run, rows: Sequence[Row]) -> None:
    """Try the credentials of each profile that is ready."""
    ready: list[tuple[str, Credentials]] = [
        (row.profile, row.credentials) for row in rows if row.credentials is not None
    ]
    prompt = run.invocation.prompt
    for number, (profile, credentials) in enumerate(ready):
        prompt.waiting(f"Checking, {number} of {len(ready)}")
        session = run.members[profile].invocation.session
        for line in sts_check.check(session, credentials, run.invocation.sts_options()):
            prompt.notify(f"  {profile}: {line}")
    prompt.waiting("")


def _refuse_conflicting(options: SignInOptions) -> None:
    """Refuse options that choose one role, or that choose the profiles in two ways."""
    if options.every_profile and options.role_patterns is not None:
        raise UsageError(
            "--all is for the profiles of the config file, and --roles for those of its roles.",
            advice="Give one of them only.",
        )
    name = "--all" if options.every_profile else "--roles"
    for setting, flag in (
        ("saml_role_arn", "--role-arn"),
        ("saml_role_selection", "--role-selection"),
    ):
        if setting in options.settings:
            raise UsageError(
                f"{flag} chooses one role, which conflicts with {name}.",
                advice="Give one of them only.",
            )
