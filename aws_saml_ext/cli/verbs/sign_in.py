"""`aws saml-login`: the sign-in, wired for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aws_saml_ext import identity, login, picker, renewal, role_choice
from aws_saml_ext.cli import (
    captures,
    config_mistakes,
    idp_choice,
    known_roles,
    notices,
    remembering,
    role_words,
)
from aws_saml_ext.cli.options import Options
from aws_saml_ext.cli.remembering import Remembered
from aws_saml_ext.cli.target import target_of
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import UsageError
from aws_saml_ext.prompt import NonInteractive, TerminalPrompt
from aws_saml_ext.role_memory import RoleMemory
from aws_saml_ext.store.single_flight import SingleFlight
from aws_saml_ext.sts import check as sts_check
from aws_saml_ext.sts import exchange as sts

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Assertion, Role
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.cli.target import Target
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.credentials import Credentials, Issued
    from aws_saml_ext.login import Exchange
    from aws_saml_ext.prompt import Prompt
    from aws_saml_ext.renewal import Save


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInOptions(Options):
    """The options of a sign-in."""

    assertion: str | None = None
    """The file of a SAMLResponse, `-` for standard input."""
    check: bool = False
    clean: bool = False
    force: bool = False
    use_stored: bool = False
    watch: bool = False
    overwrite: bool = False
    accept_issuer: bool = False
    dry_run: bool = False
    every_profile: bool = False
    """True for `--all`."""
    role_patterns: str | None = None
    """The roles of `--roles`."""


def run(invocation: Invocation, options: SignInOptions) -> int:
    """Sign in, unless the stored credentials still serve; store them, and say how to use them."""
    _check_options(invocation, options)
    if options.every_profile or options.role_patterns is not None:
        from aws_saml_ext.cli.many.command import run as run_many

        return run_many(invocation, options)
    needs_idp = options.assertion is None
    if not needs_idp:
        config_mistakes.check_profile(invocation)
        config_mistakes.notify(invocation)
    named = idp_choice.needed(invocation) if needs_idp else None
    is_saved = named is not None and idp_choice.is_saved(invocation)
    asked = named.settings() if named is not None and not is_saved else {}
    notices.repeat_options(invocation, asked, assertion=options.assertion)
    recalled = remembering.recalled_role(invocation) if options.use_stored else None
    overrides = named.overrides() if named is not None else {}
    if recalled is not None:
        overrides["saml_role_arn"] = recalled
    settings = invocation.settings(overrides, idp_needed=needs_idp)
    target = target_of(
        invocation,
        settings,
        overwrite=options.overwrite,
        is_pasted=not needs_idp,
        is_role_recalled=recalled is not None,
        changes=named.changes(settings) if named is not None and is_saved else (),
    )
    target.check(target.credentials)  # before a browser opens
    if options.dry_run:
        invocation.write(target.preview())
        return 0
    target, issued = _credentials(invocation, options, target)
    notices.notify_conflicts(invocation, target)
    if options.check:
        for line in sts_check.check(
            invocation.session, issued.credentials, invocation.sts_options()
        ):
            invocation.prompt.notify(line)
    _print(invocation, target, issued.credentials)
    if options.watch:
        _watch(invocation, options, target, issued)
    return 0


def _credentials(
    invocation: Invocation, options: SignInOptions, target: Target
) -> tuple[Target, Issued]:
    """Return stored credentials that will do, or those of a sign-in; notify about them.

    The target that comes with them has the username that became a setting on the way.
    """
    remembered = Remembered(target.settings, invocation.prompt, use=options.use_stored)
    questions = _Questions()
    role_arn = role_choice.fixed_role(target.settings)
    is_pasted = options.assertion is not None
    is_forced = is_pasted or options.force or options.clean
    # A SAMLResponse that was given serves once: nobody can share that sign-in.
    flight = None if is_pasted else SingleFlight(target.cache.folder, target.request.key)
    obtained = renewal.get_credentials(
        target.store,
        target.request,
        lambda save: _sign_in(invocation, options, target, remembered, questions, save=save),
        flight=flight,
        caller=renewal.caller_of(target.settings, invocation.prompt, shares_failures=False),
        accepts=lambda issued: (
            role_arn is not None and not is_forced and target.accepts(issued, role_arn)
        ),
        save=target.save,
    )
    credentials = obtained.issued.credentials
    if not obtained.is_new:
        target.apply_changes()
        notices.notify_kept(invocation, target, credentials)
        return target, obtained.issued
    notices.notify_stored(invocation, target, credentials, is_watched=options.watch)
    if (username := _remember(target, remembered)) is not None:
        target = _belong_to(invocation, target, obtained.issued, username)
    notices.notify_next_time(
        invocation,
        target,
        credentials,
        is_role_asked=questions.role,
        is_password_stored=remembered.is_kept,
    )
    return target, obtained.issued


@dataclass(slots=True)
class _Questions:
    """The questions of a sign-in that the next one can be spared."""

    role: bool = False


def _asks_for_role(settings: Settings, assertion: Assertion) -> bool:
    """Return whether the settings leave several roles to choose from."""
    roles = assertion.roles
    if settings.role_arn is not None:
        roles = tuple(role_choice.matches(settings.role_arn, roles))
    return settings.role_selection is None and len({role.arn for role in roles}) > 1


def _sign_in(
    invocation: Invocation,
    options: SignInOptions,
    target: Target,
    remembered: Remembered,
    questions: _Questions,
    *,
    save: Save,
) -> Issued:
    """Sign in, as the settings say, and note which questions that needs."""
    settings, prompt = target.settings, invocation.prompt
    target.rehearse()
    if options.assertion is None:
        notices.notify_start(prompt, settings)
    if options.clean:
        captures.forget(settings)
    if role_choice.may_ask(settings) and invocation.shows_menus and prompt.interactive:
        picker.preload()  # while the browser starts
    deadline = Deadline(settings.timeout)
    pasted = ["--assertion", options.assertion] if options.assertion is not None else []
    expected = identity.Expected(
        settings,
        prompt,
        accept=options.accept_issuer,
        command=notices.same_command(target, *pasted, identity.ACCEPT),
        deadline=deadline,
    )

    def hear(assertion: Assertion) -> None:
        questions.role = _asks_for_role(settings, assertion)
        notices.notify_person(prompt, settings, assertion)
        role_words.remember(invocation.saml_folder, assertion.roles)
        expected.hear(assertion)

    done = login.sign_in(
        settings,
        capture=captures.capture(
            settings,
            prompt,
            assertion=options.assertion,
            environ=invocation.environ,
            passwords=remembered,
        ),
        hear=hear,
        choose=role_choice.chosen(
            settings, prompt, deadline=deadline, known=lambda: known_roles.known(invocation)
        ),
        confirm=expected.confirm,
        exchange=_exchange(invocation, settings, prompt, deadline),
        store=save,
    )
    expected.remember(done.assertion, done.role)
    return done.issued


def _exchange(
    invocation: Invocation, settings: Settings, prompt: Prompt, deadline: Deadline
) -> Exchange:
    exchange = sts.exchanging(
        invocation.session,
        settings,
        notify=prompt.notify,
        connection=invocation.sts_options(),
        deadline=deadline,
        memory=RoleMemory(settings.saml_folder),
        is_attended=prompt.interactive and settings.sign_in is not Flow.SILENT,
    )

    def asking(assertion: Assertion, role: Role) -> Issued:
        prompt.waiting("Asking STS")
        try:
            return exchange(assertion, role)
        finally:
            prompt.waiting("")

    return asking


# ---- a password that is remembered ----


def _remember(target: Target, remembered: Remembered) -> str | None:
    """Offer to remember the password, and make its username a setting.

    Returns:
        The username, where it was no setting before.
    """
    username = remembered.offer()
    if username is None or target.settings.username is not None:
        return None
    target.keep_username(username)
    return username


def _belong_to(invocation: Invocation, target: Target, issued: Issued, username: str) -> Target:
    """Re-index the stored credentials and the kept session, as `username` is a setting now."""
    from aws_saml_ext.capture import kept_session

    kept_session.adopt(target.settings, username)
    named = target.of_username(username, invocation.environ)
    named.save(issued)
    return named


# ---- --watch ----


def _watch(invocation: Invocation, options: SignInOptions, target: Target, issued: Issued) -> None:
    from aws_saml_ext.cli import watching

    watched = target.for_renewals(issued.credentials.role_arn, invocation.environ)
    renewals = _Renewals(invocation, options, watched)
    watching.Watch(
        find=lambda: renewals.find(issued),
        renew=renewals.renew,
        prompt=invocation.prompt,
        warn=TerminalPrompt().notify,
        command=notices.same_command(target),
    ).run(issued)


@dataclass(frozen=True, slots=True)
class _Renewals:
    """The renewals of a profile that is watched."""

    invocation: Invocation
    options: SignInOptions
    target: Target

    def find(self, before: Issued) -> Issued | None:
        """Return the fresh credentials of the profile, of the same role and person."""
        found = self.target.store.find(self.target.request)
        role_arn = before.credentials.role_arn
        return found if found is not None and self.target.accepts(found, role_arn) else None

    def renew(self, before: Issued, flow: Flow | None) -> Issued:
        """Renew credentials in this flow; None takes that of the settings, and may ask."""
        target = self.target
        target.check_unmoved()
        prompt: Prompt = self.invocation.prompt if flow is None else NonInteractive()
        settings = target.settings
        if flow is not None:
            settings = replace(settings, sign_in=flow, show_browser=False)
        role_arn = before.credentials.role_arn
        return renewal.get_credentials(
            target.store,
            target.request,
            lambda save: self._sign_in(settings, prompt, before.credentials, save),
            flight=SingleFlight(target.cache.folder, target.request.key),
            caller=renewal.caller_of(settings, prompt),
            accepts=lambda issued: target.accepts(issued, role_arn),
            save=lambda issued: target.save(issued, with_changes=False),
        ).issued

    def _sign_in(
        self, settings: Settings, prompt: Prompt, before: Credentials, save: Save
    ) -> Issued:
        from aws_saml_ext.capture import browser_capture

        deadline = Deadline(settings.timeout)
        return renewal.sign_in_again(
            settings,
            prompt,
            role_arn=before.role_arn,
            session_name=before.session_name,
            capture=browser_capture(
                settings,
                prompt,
                passwords=Remembered(settings, prompt, use=self.options.use_stored),
                environ=self.invocation.environ,
            ),
            exchange=_exchange(self.invocation, settings, prompt, deadline),
            deadline=deadline,
            save=save,
        )


# ---- options and output ----


def _check_options(invocation: Invocation, options: SignInOptions) -> None:
    """Refuse what is wrong on the command line, before anything is read or opened."""
    invocation.check_output(is_printed=invocation.output_asked_for)
    invocation.sts_options()
    role_choice.refuse_conflicting(options.settings)
    if options.watch and options.assertion is not None:
        raise UsageError(
            "--watch signs in again, and an --assertion serves only once.",
            advice="Give one of them only.",
        )
    options.check_flow()


def _print(invocation: Invocation, target: Target, credentials: Credentials) -> None:
    """Print data for scripts, where `--output` asks for it."""
    if invocation.output_asked_for:
        invocation.print(
            {
                "Profile": target.settings.profile,
                "AssumedRoleArn": credentials.assumed_role_arn,
                "RoleArn": credentials.role_arn,
                "Expiration": credentials.expiration.isoformat(timespec="seconds"),
                "Restricted": target.settings.session_policies.shown(credentials.role_arn),
            }
        )
