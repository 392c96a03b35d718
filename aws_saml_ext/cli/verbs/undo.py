"""`aws saml-login undo`: take back the last change of the person's files."""

from __future__ import annotations

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.files import transaction
from aws_saml_ext.files.transaction import TakenBack


def run(invocation: Invocation, _: Options) -> int:
    """Take back one command's change, and say what was done and what was left alone."""
    if invocation.profile_asked_for is not None:
        _refuse_that_of_another(invocation.profile_asked_for, invocation)
    done = transaction.undo_last(folder=invocation.saml_folder)
    if done is None:
        invocation.prompt.notify("There is nothing to take back.")
        return 0
    for each in done:
        invocation.prompt.notify(_told(each))
    return 0


def _refuse_that_of_another(profile: str, invocation: Invocation) -> None:
    """Changes are taken back in their order: one that is not the last stays."""
    last = transaction.last_change(folder=invocation.saml_folder)
    if last is None or profile in last.profiles:
        return
    whose = f"of profile {', '.join(last.profiles)}" if last.profiles else "of no profile"
    raise ConfigError(
        f"The last change ({last.command}) is {whose}, not of {profile}; it has to be taken back "
        "first.",
        hint="aws saml-login undo",
    )


def _told(done: TakenBack) -> str:
    if not done.section:
        return f"{done.path} is removed: {done.command} had made it, and nothing else was in it."
    text = f"[{done.section}] of {done.path} is as it was before {done.command}"
    if done.left:
        return f"{text}, but for what was changed since: {', '.join(done.left)}."
    return text + "."
