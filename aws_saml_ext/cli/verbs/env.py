"""`aws saml-login env`: print credentials as assignments for a shell, or as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.cli import program_credentials
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import StsUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_saml_ext.cli.context import Invocation

_LINES: Mapping[str, str] = {
    "env": "export {}={}",
    "env-no-export": "{}={}",
    "powershell": '$Env:{}="{}"',
    "windows-cmd": "set {}={}",
    "fish": 'set -gx {} "{}"',
}
"""The lines of `aws configure export-credentials`, for each format."""
_SAFE = re.compile(r"[\w+/=.:-]+", re.ASCII)
"""Text that means itself in every shell, with quotes and without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvOptions(Options):
    """The options of `env`."""

    format: str = "env"


def run(invocation: Invocation, options: EnvOptions) -> int:
    """Print fresh credentials of a profile, and nothing else."""
    program_credentials.check_options(invocation)
    for_profile = invocation.without_region()
    if options.format in {"process", "json"}:
        issued = program_credentials.issued(for_profile)
        invocation.write(_json(program_credentials.process_answer(issued.credentials)))
        return 0
    keys, _ = program_credentials.keys_and_region(for_profile)
    variables = keys.variables()
    check_values(variables)
    line = _LINES[options.format]
    invocation.write("".join(line.format(*each) + "\n" for each in variables.items()))
    _notify_of_profile(invocation)
    return 0


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values) + "\n"


def check_values(variables: Mapping[str, str]) -> None:
    """Check that no shell reads a value as more than a value.

    Raises:
        StsUnreachable: one is not in the alphabet of AWS.
    """
    for name, value in variables.items():
        if _SAFE.fullmatch(value) is None:
            raise StsUnreachable(
                f"The value of {name} is not usable in a shell: it has characters that no "
                "credentials of AWS have.",
                command=hints.command("env", "--format", "process"),
            )


def _notify_of_profile(invocation: Invocation) -> None:
    """Say that AWS_PROFILE, where it is set, may still name another profile."""
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        if name := invocation.environ.get(variable):
            invocation.prompt.notify(
                f"{variable}={name} stays set: the keys come before it, its other settings still "
                f"count. To remove it: unset {variable}"
            )
