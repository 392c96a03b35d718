"""`aws saml-login configure`: write the settings of a profile, from options or by asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aws_saml_ext import hints
from aws_saml_ext.cli import (
    config_mistakes,
    idp_choice,
    importing,
    profile_changes,
    store_changes,
    written,
)
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config import values
from aws_saml_ext.config.sections import SECRETS
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.picker.menu import Item, Menu

_MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureOptions(Options):
    """The options of `configure`."""

    source: str | None = None
    """`--from`: the tool, or its file, whose settings are imported."""
    like: str | None = None
    """The profile whose settings are copied."""
    overwrite: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """A setting that is asked for."""

    name: str
    text: str
    option: str
    """The option that answers it without a question."""
    parse: Callable[[str], object]
    """Raises ValueError, with the end of a sentence, for an unusable answer."""
    values: tuple[str, ...] = ()
    """All possible answers, where they are few."""
    unset: str = ""
    """Words about an empty answer, where nothing is set."""


_QUESTIONS = (
    _Question(
        "saml_role_arn",
        "Role ARN, name or pattern",
        "--role-arn ROLE",
        values.role_pattern,
        unset=" (Enter: ask every time)",
    ),
    _Question(
        "saml_session_duration",
        "Session duration: seconds, 1h, 12h or max",
        "--session-duration DURATION",
        values.session_duration,
    ),
    _Question(
        "saml_browser",
        "Browser: auto, chrome, chromium, edge or firefox",
        "--browser BROWSER",
        values.one_of(Browser),
        tuple(browser.value for browser in Browser),
    ),
    _Question("region", "AWS region", "--region REGION", values.region),
)


def run(invocation: Invocation, options: ConfigureOptions) -> int:
    """Write what the options say, another tool has, or the person answers."""
    if options.source is not None:
        if options.like is not None or profile_changes.requested(invocation):
            raise UsageError(
                "--from takes the settings of another tool, and no settings by options.",
                command=hints.command("configure", "--from", "NAME"),
            )
        return importing.run(
            invocation, options.source, overwrite=options.overwrite, dry_run=options.dry_run
        )
    config_mistakes.check_profile(invocation)  # else it would get a second section
    if options.like is not None or profile_changes.requested(invocation):
        copied = {} if options.like is None else profile_changes.copied(invocation, options.like)
        settings = profile_changes.checked(invocation, copied)
        changes = profile_changes.from_options(
            invocation, settings, copied=copied, overwrite=options.overwrite
        )
    else:
        settings = invocation.settings(idp_needed=False)
        changes = _answered(invocation, settings, overwrite=options.overwrite)
    if options.dry_run:
        invocation.write(transaction.preview(changes, secrets=SECRETS))
        return 0
    store_changes.prepare(settings)
    notify = invocation.prompt.notify
    lines = written.lines(changes, invocation.session.full_config["profiles"])
    for file in transaction.apply(
        changes,
        command="configure",
        folder=invocation.writable(invocation.saml_folder),
        secrets=SECRETS,
    ):
        notify(f"{file} is written.")
    for line in (*lines, *store_changes.notices(settings)):
        notify(line)
    notify(f"Sign in with:\n  {hints.sign_in_command(settings.profile)}")
    return 0


def _answered(invocation: Invocation, settings: Settings, *, overwrite: bool) -> list[Change]:
    """Ask for everything; an empty answer leaves a setting unchanged."""
    idp = _identity_provider(invocation)
    answers = {
        question.name: answer
        for question in _QUESTIONS
        if (answer := _ask(invocation, question)) is not None
    }
    changes = list(idp.changes(settings)) if idp is not None else []
    if answers:
        changes.append(profile_changes.of_profile(settings, answers, overwrite=overwrite))
    return store_changes.joined(changes)


def _identity_provider(invocation: Invocation) -> idp_choice.IdentityProvider | None:
    """Ask for the identity provider; None keeps the one that is set."""
    current = invocation.text("saml_idp") or invocation.text("saml_idp_url")
    if current is not None:
        answer = invocation.prompt.ask(
            f"Identity provider: {current}. Keep it? [Y/n] ", instead=idp_choice.INSTEAD
        )
        if not answer.lower().startswith("n"):
            return None
    return idp_choice.ask(invocation)


def _ask(invocation: Invocation, question: _Question) -> str | None:
    """Return a usable answer; None for an empty one.

    Raises:
        ConfigError: no answer was usable.
    """
    current = invocation.text(question.name)
    if question.values:
        default = question.values.index(current) if current in question.values else None
        items = [Item((value,), value) for value in question.values]
        menu = Menu(question.text.partition(":")[0], items, default=default, is_numbered=False)
        if (picked := invocation.prompt.pick(menu)) is not None:
            value = question.values[picked.places[0]]
            return None if value == current else value
    for _ in range(_MAX_ATTEMPTS):
        answer = invocation.prompt.ask(
            f"{question.text}{'' if current else question.unset} [{current or 'none'}]: ",
            instead=question.option,
        )
        if not answer:
            return None
        try:
            question.parse(answer)
        except ValueError as error:
            invocation.prompt.notify(f"That answer is not usable: {error}.")
        else:
            return answer
    raise ConfigError(
        f"None of the answers for {question.name} is usable.",
        command=hints.help_command("configure"),
    )
