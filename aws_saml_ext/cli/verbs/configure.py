"""`aws saml-login configure`: the settings of a profile, asked for or given as options."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from aws_saml_ext.cli import idp_choice, keeping, profile_changes
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import ConfigError, UsageError
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import Change

_QUESTIONS: Mapping[str, str] = {
    "saml_role_arn": "Role: an ARN, a name or a pattern (Enter: it is asked each time)",
    "saml_session_duration": "Session duration: seconds, 1h, 12h, max",
    "saml_browser": "Browser: auto, chrome, chromium, edge, firefox",
    "region": "AWS region",
}
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureOptions(Options):
    """The options of `configure`."""

    overwrite: bool = False
    dry_run: bool = False


def run(invocation: Invocation, options: ConfigureOptions) -> int:
    """Write the profile: what the options say, or what the person answers."""
    if profile_changes.asked_for(invocation):
        settings = profile_changes.checked(invocation)
        wanted = profile_changes.from_options(invocation, settings)
    else:
        wanted = _answered(invocation)
        settings = invocation.settings(idp_needed=False)
    if options.dry_run:
        invocation.write(transaction.preview(wanted))
        return 0
    notify = invocation.prompt.notify
    keeping.prepare(settings)
    for file in transaction.apply(wanted, command="configure", folder=invocation.saml_folder):
        notify(f"{file} is written.")
    notify(f"Sign in with: aws saml-login --profile {shlex.quote(invocation.profile)}")
    return 0


def _answered(invocation: Invocation) -> list[Change]:
    """What the person wants; Enter leaves a setting as it is."""
    named = _identity_provider(invocation)
    settings = invocation.settings(idp_needed=False)
    wanted: dict[str, str] = {}
    for key, question in _QUESTIONS.items():
        if (answer := _ask(invocation, key, question, wanted)) is not None:
            wanted[key] = answer
    found = list(named.changes(settings)) if named is not None else []
    if wanted:
        found.append(profile_changes.of_profile(invocation, settings, wanted))
    return keeping.joined(found)


def _identity_provider(invocation: Invocation) -> idp_choice.IdentityProvider | None:
    """The one that is named; None where the one that is set stays."""
    prompt = invocation.prompt
    before = invocation.text("saml_idp") or invocation.text("saml_idp_url")
    if before is not None:
        answer = prompt.ask(
            f"Identity provider: {before}. Keep it? [Y/n] ", instead="--idp-url URL"
        )
        if not answer.lower().startswith("n"):
            return None
    return idp_choice.ask(invocation)


def _ask(invocation: Invocation, key: str, question: str, answers: Mapping[str, str]) -> str | None:
    """Return a usable answer; None where the person pressed Enter."""
    before = invocation.text(key)
    for _ in range(_TRIES):
        answer = invocation.prompt.ask(
            f"{question} [{before or 'none'}]: ", instead="aws saml-login configure help"
        )
        if not answer:
            return None
        try:
            _check(invocation, {**answers, key: answer})
        except (ConfigError, UsageError) as error:
            invocation.prompt.notify(f"{error}")
        else:
            return answer
    raise ConfigError(
        f"{key} was not given a value that can be used.", hint="aws saml-login configure help"
    )


def _check(invocation: Invocation, answers: Mapping[str, str]) -> None:
    from botocore.exceptions import InvalidRegionError
    from botocore.utils import validate_region_name

    invocation.settings(answers, idp_needed=False)
    try:
        if "region" in answers:
            validate_region_name(answers["region"])
    except InvalidRegionError:
        raise ConfigError("That is no AWS region.") from None
