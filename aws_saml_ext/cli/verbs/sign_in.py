"""`aws saml-login`: the sign-in, wired for people."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from aws_saml_ext import login, partitions, renewal, role_choice
from aws_saml_ext.cli import capturing, idp_choice, keeping, remembering, stored_profile
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.cli.remembering import Remembered
from aws_saml_ext.cli.stored_profile import SAME_AGAIN, Profile
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.sections import SECRETS, config_section, idp_section
from aws_saml_ext.config.settings import Settings, SignInWay, StoreAt
from aws_saml_ext.config.table import KEYS as SETTINGS_KEYS
from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.errors import UsageError
from aws_saml_ext.files import ini, transaction
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.prompt import NonInteractive, Prompt, TerminalPrompt
from aws_saml_ext.sts import check as sts_check
from aws_saml_ext.sts import exchange as sts


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
    dry_run: bool = False


def run(invocation: Invocation, options: SignInOptions) -> int:
    """Sign in, unless the stored keys still serve; store the keys, and say how to use them."""
    _check_options(invocation)
    given = capturing.pasted(invocation) is not None
    named = None if given else idp_choice.needed(invocation)
    is_saved = named is not None and idp_choice.is_saved(invocation)
    role = remembering.previous_role(invocation) if options.use_stored else None
    overrides = named.overrides() if named else {}
    if role is not None:
        overrides["saml_role_arn"] = role
    settings = invocation.settings(overrides, idp_needed=not given)
    profile = stored_profile.of(invocation, settings, is_role_recalled=role is not None)
    profile.check_overwritable()
    also = [*(named.changes(settings) if named and is_saved else ()), *profile.beside()]
    if options.dry_run:
        invocation.write(
            transaction.preview(keeping.joined([*profile.placeholders(), *also]), secrets=SECRETS)
        )
        return 0
    stored = _still_good(invocation, settings, profile)
    if stored is not None:
        profile.settle(also)
        _tell_kept(invocation, settings, stored.credentials)
    else:
        stored = _signed_in(invocation, settings, profile, also)
    _finish(invocation, settings, profile, stored.credentials)
    if invocation.option("watch", False):
        from aws_saml_ext.cli import watching

        watching.watch(
            stored,
            kept=lambda: profile.kept(stored.credentials.role_arn),
            renew=lambda before, way: _renewed(invocation, profile, before, way),
            prompt=invocation.prompt,
            warn=TerminalPrompt().notify,
            command=_same_again(invocation, settings),
        )
    return 0


def _signed_in(
    invocation: Invocation, settings: Settings, profile: Profile, also: list[Change]
) -> Issued:
    """Sign in, store the keys, and say so."""
    capturing.tell_start(invocation, settings)
    remembered = Remembered(settings, invocation.prompt, use=invocation.option("use_stored", False))
    deadline = Deadline(settings.timeout)
    exchange = sts.exchanging(
        invocation.session,
        settings,
        notify=invocation.prompt.notify,
        connection=invocation.sts_options(),
        deadline=deadline,
    )
    done = login.sign_in(
        settings,
        capture=capturing.capture(invocation, settings, remembered),
        hear=lambda assertion: capturing.tell_who(invocation, settings, assertion),
        choose=role_choice.chosen(settings, invocation.prompt, deadline=deadline),
        exchange=exchange,
        store=profile.store(keeping.joined(also)),
    )
    issued = done.issued
    profile.tell_stored(issued.credentials, watched=invocation.option("watch", False))
    _tell_use(invocation, settings, issued.credentials)
    username = _remember(settings, remembered)
    if username is not None:
        profile.belongs_to(username, issued)
    _tell_next_time(invocation, settings, profile, issued.credentials, remembered)
    return issued


def _renewed(
    invocation: Invocation, profile: Profile, before: Issued, way: SignInWay | None
) -> Issued:
    """
    The keys renewed in the profile, for the same role.

    `way` is how; None is as the settings say, and asks the person.
    """
    profile.check_unmoved()
    settings = profile.settings
    prompt = invocation.prompt if way is None else NonInteractive()
    wanted = settings if way is None else replace(settings, sign_in=way, show_browser=False)
    with stored_profile.cache_of(settings).alone(
        profile.key(),
        asked=renewal.asked(wanted, prompt),
        seconds=wanted.timeout.total_seconds(),
        notify=prompt.notify,
        by_itself=way is not None,
    ):
        found = profile.kept(before.credentials.role_arn)
        if found is not None:
            return found
        return _signed_in_again(invocation, wanted, profile, prompt, before=before.credentials)


def _signed_in_again(
    invocation: Invocation,
    wanted: Settings,
    profile: Profile,
    prompt: Prompt,
    *,
    before: Credentials,
) -> Issued:
    """New keys in the profile, and nothing else of it touched."""
    from aws_saml_ext.capture import browser_capture

    passwords = Remembered(wanted, prompt, use=invocation.option("use_stored", False))
    deadline = Deadline(wanted.timeout)
    return renewal.signed_in(
        wanted,
        prompt,
        role=before.role_arn,
        name=before.session_name,
        capture=browser_capture(wanted, prompt, passwords=passwords, environ=invocation.environ),
        exchange=sts.exchanging(
            invocation.session,
            wanted,
            notify=prompt.notify,
            connection=invocation.sts_options(),
            deadline=deadline,
        ),
        deadline=deadline,
        store=profile.store(()),
    )


def _finish(
    invocation: Invocation, settings: Settings, profile: Profile, stored: Credentials
) -> None:
    """What is said of stored keys, be they new or still good."""
    profile.tell_what_hides()
    if invocation.option("check", False):
        for line in sts_check.check(invocation.session, stored, invocation.sts_options()):
            invocation.prompt.notify(line)
    _print(invocation, settings, stored)


def _remember(settings: Settings, remembered: Remembered) -> str | None:
    """
    Offer to remember the password; its username is then kept as the setting that it is.

    Returns:
        The username, where it was no setting before.
    """
    username = remembered.offer()
    if username is None or settings.username is not None:
        return None
    section = idp_section(settings.idp_name) if settings.idp_name else ""
    if not section or ini.read_section(settings.config_file, section) is None:
        section = config_section(settings.profile)
    transaction.apply(
        [Change(settings.config_file, section, {"saml_username": username})],
        command="sign-in",
        folder=settings.saml_folder,
        secrets=SECRETS,
    )
    return username


def _check_options(invocation: Invocation) -> None:
    """What can be wrong on the command line is told before anything is read or opened."""
    invocation.check_output()
    invocation.sts_options()
    role_choice.refuse_conflicting(invocation.options.settings)
    if invocation.option("watch", False) and capturing.pasted(invocation) is not None:
        raise UsageError(
            "--watch signs in again, and an --assertion is good for once.",
            hint="Leave one of them out",
        )
    capturing.refuse_two_ways(invocation.options.settings)


def _still_good(invocation: Invocation, settings: Settings, profile: Profile) -> Issued | None:
    """The stored keys, where they are what this sign-in would bring."""
    role_arn = role_choice.fixed_role(settings)
    always = capturing.pasted(invocation) is not None
    always = always or any(invocation.option(name, False) for name in ("force", "clean"))
    return None if role_arn is None or always else profile.kept(role_arn)


def _tell_kept(invocation: Invocation, settings: Settings, kept: Credentials) -> None:
    invocation.prompt.notify(
        f"The credentials of {kept.assumed_role_arn} in profile {settings.profile} still live "
        f"{stored_profile.minutes_left(kept)}; --force renews them."
    )


def _tell_use(invocation: Invocation, settings: Settings, stored: Credentials) -> None:
    name = shlex.quote(settings.profile)
    invocation.prompt.notify(
        f"Use them with --profile {name}, such as: "
        f"aws sts get-caller-identity --profile {name}{_region(invocation, stored)}"
        f"{_connection(invocation)}"
    )


def _tell_next_time(
    invocation: Invocation,
    settings: Settings,
    profile: Profile,
    stored: Credentials,
    remembered: Remembered,
) -> None:
    """The command that asks less, where there is one."""
    if role_choice.fixed_role(settings) is not None and not remembered.is_kept:
        return
    over = " --overwrite" if profile.has_obstacles_beside(stored) else ""
    without = "questions" if remembered.is_kept else "a question for the role"
    use_stored = " --use-stored" if remembered.is_kept else ""
    more = f"{use_stored} --role-arn {shlex.quote(stored.role_arn)}{over}"
    command = _same_again(invocation, settings, more)
    invocation.prompt.notify(f"Next time without {without}: {command}")


def _same_again(invocation: Invocation, settings: Settings, more: str = "") -> str:
    """The command for this sign-in, with the options that the profile does not hold."""
    command = f"aws saml-login --profile {shlex.quote(settings.profile)}"
    if settings.store is StoreAt.CREDENTIAL_PROCESS:  # which has them kept in the profile
        return command + more
    given = "".join(
        f" {key.flag} {shlex.quote(invocation.overrides[key.name])}"
        for key in SETTINGS_KEYS
        if key.name in SAME_AGAIN and key.name in invocation.overrides
    )
    return f"{command}{given}{more}{_connection(invocation)}"


def _region(invocation: Invocation, stored: Credentials) -> str:
    """The option without which `aws` asks no service, where nothing else says the region."""
    variables = map(invocation.environ.get, ("AWS_REGION", "AWS_DEFAULT_REGION"))
    if any(variables) or invocation.session.get_scoped_config().get("region"):
        return ""
    # An option of this command is none of the next one.
    return f" --region {shlex.quote(invocation.kept('region') or _default_region(stored))}"


def _connection(invocation: Invocation) -> str:
    """The options about the connection to AWS that the next command needs again."""
    given = ""
    for name in ("endpoint_url", "ca_bundle"):
        if value := invocation.kept(name):
            given += f" --{name.replace('_', '-')} {shlex.quote(value)}"
    return given + (" --no-verify-ssl" if invocation.kept("verify_ssl") is False else "")


def _print(invocation: Invocation, settings: Settings, stored: Credentials) -> None:
    """Data for scripts, when `--output` asks for it."""
    if invocation.output_asked_for:
        invocation.print(
            {
                "Profile": settings.profile,
                "AssumedRoleArn": stored.assumed_role_arn,
                "RoleArn": stored.role_arn,
                "Expiration": stored.expiration.isoformat(timespec="seconds"),
            }
        )


def _default_region(credentials: Credentials) -> str:
    partition = partitions.of_arn(credentials.role_arn) or partitions.PARTITIONS["aws"]
    return partition.sts_region
