"""`aws-saml-login completion`: print the completion script of a shell."""

from __future__ import annotations

from dataclasses import dataclass

from aws_saml_ext import hints
from aws_saml_ext.cli.completion.shell_scripts import SHELLS, text_of
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import UsageError
from aws_saml_ext.text import did_you_mean, quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions(Options):
    """The options of `completion`."""

    shell: str | None = None


def run(invocation: Invocation, options: CompletionOptions) -> int:
    """Print the script of one shell.

    Raises:
        UsageError: no shell is named, or one that is not known.
    """
    shell = options.shell or ""
    if shell not in SHELLS:
        subject = f"There is no completion for {quoted(shell)}" if shell else "A shell is missing"
        raise UsageError(
            f"{subject}: it must be one of {', '.join(SHELLS)}.{did_you_mean(shell, SHELLS)}",
            command=hints.command("completion", "bash"),
        )
    invocation.write(text_of(shell))
    return 0
