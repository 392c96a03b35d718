"""`aws saml-login exec -- COMMAND`: run a command with fresh credentials in its environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_saml_ext import core_dumps, fast_exec, hints
from aws_saml_ext.cli import program_credentials
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import CommandNotExecutable, CommandNotFound, SamlLoginError
from aws_saml_ext.progress import LINE
from aws_saml_ext.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from aws_saml_ext.cli.context import Invocation


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecOptions(Options):
    """The options of `exec`."""

    command: tuple[str, ...] = ()
    """The words behind `--`."""


def run(invocation: Invocation, options: ExecOptions) -> int:
    """Run the command; its exit status is ours."""
    path = _path_of(options.command[0], invocation.environ_before)
    program_credentials.check_options(invocation)
    keys, profile_region = program_credentials.keys_and_region(invocation.without_region())
    environ = fast_exec.environment(
        invocation.environ_before,
        profile=invocation.profile,
        keys=keys,
        profile_region=profile_region,
        region=invocation.kept("region"),
    )
    LINE.show("")
    core_dumps.allow_again()
    return _status_of(path, options.command, environ)


def _path_of(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of the command, before anybody signs in for it.

    Raises:
        CommandNotFound: there is no such command.
        CommandNotExecutable: there is a file of this name, which cannot be run.
    """
    path: str | None
    if sys.platform == "win32":
        import shutil

        path = shutil.which(name, path=environ.get("PATH"))
    else:
        path = fast_exec.found_on_path(name, environ)
    if path is not None:
        return path
    if (there := _no_program(name, environ)) is not None:
        raise CommandNotExecutable(
            f"{quoted(name)} is no program that can be run.",
            command=hints.shown("ls", "-ld", there),
        )
    raise CommandNotFound(
        f"The command {quoted(name)} was not found.", advice="Check its name, and PATH."
    )


def _no_program(name: str, environ: Mapping[str, str]) -> str | None:
    """Return the path that a shell finds for a name, and cannot run; None where it finds none."""
    if os.sep in name:
        return name if os.path.lexists(name) else None
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    paths = (os.path.join(folder or os.curdir, name) for folder in folders)  # noqa: PTH118
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113


def _status_of(path: str, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command and return its exit status, or let it take our place."""
    if sys.platform == "win32":
        return _child(path, command, environ)

    def replace() -> NoReturn:
        fast_exec.replace(path, command, environ)

    if not hints.is_below_aws():
        replace()
    from aws_saml_ext.cli import foreground

    terminal = foreground.terminal()
    if terminal is None:
        replace()
    try:
        return foreground.run(terminal, replace)
    except OSError as error:
        raise SamlLoginError(
            f"The command {quoted(command[0])} cannot be started: {error.strerror}.",
            advice="Try again when fewer programs are running.",
        ) from error


def _child(path: str, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command as a child, which alone answers Ctrl-C. Not tested on Windows."""
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call([path, *command[1:]], env=dict(environ))
