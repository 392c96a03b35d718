"""`aws saml-login undo`: revert the last change of the credentials and config files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone

from aws_saml_ext import hints
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.config.sections import SECRETS, profile_of
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.files import revert
from aws_saml_ext.files.journal import Outcome
from aws_saml_ext.files.revert import Revert, Step
from aws_saml_ext.paths import Paths


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOptions(Options):
    """The options of `undo`."""

    dry_run: bool = False


def run(invocation: Invocation, options: UndoOptions) -> int:
    """Show the last command's changes and, unless `--dry-run` is given, revert them."""
    notify, profile = invocation.prompt.notify, invocation.profile_asked_for

    def announce(planned: Revert) -> None:
        if profile is not None:
            _check_profile(profile, planned)
        for line in _description(planned):
            notify(line)

    done = revert.revert_last(
        folder=invocation.saml_folder,
        secrets=SECRETS,
        spare=[Paths.of().alias],  # of `install`, for `uninstall` to remove
        announce=announce,
        dry_run=options.dry_run,
    )
    if done is None:
        notify("Nothing to undo.")
    elif options.dry_run:
        notify("Nothing is changed (--dry-run).")
    else:
        notify("Done.")
    return 0


def _check_profile(profile: str, planned: Revert) -> None:
    """Refuse to revert the changes of another profile: the last ones have to be reverted first.

    Raises:
        ConfigError: the last command did not change `profile`.
    """
    sections = (profile_of(step.section) for step in planned.steps if step.section)
    profiles = list(dict.fromkeys(name for name in sections if name is not None))
    if profile in profiles:
        return
    owner = f"profile {', '.join(profiles)}" if profiles else "no profile"
    raise ConfigError(
        f"The last change ({planned.command}) is of {owner}, not of {profile}; it has to be undone "
        "first.",
        command=hints.command("undo"),
    )


def _description(planned: Revert) -> list[str]:
    """Return the lines that show a revert before it is done."""
    local, utc = planned.at.astimezone(), planned.at.astimezone(timezone.utc)
    also = f" ({utc:%H:%M:%S} UTC)" if local.utcoffset() else ""
    head = f"Undo {planned.command} of {local:%Y-%m-%d %H:%M:%S %Z}{also}:"
    return [head, *(f"  {_step(step)}" for step in planned.steps)]


def _step(step: Step) -> str:
    if not step.section:
        return f"remove {step.path}, which the command had made"
    if step.outcome is Outcome.RESTORED:
        return f"restore [{step.section}] in {step.path}"
    if step.outcome is Outcome.REMOVED:
        return f"remove [{step.section}] from {step.path}"
    return f"leave [{step.section}] in {step.path}: it was changed since"
