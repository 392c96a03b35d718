"""The pager of the AWS CLI: long text at a terminal goes through it, page by page."""

from __future__ import annotations

import os
import sys

from aws_saml_ext.cli import streams

TYPE_CHECKING = False  # `--help` has no time for what it does not use
if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT = "more" if sys.platform == "win32" else "less"


def write(text: str, *, environ: Mapping[str, str] = os.environ, allowed: bool = True) -> None:
    """Write text to standard output: through the pager where a terminal is too small for it.

    Args:
        text: what is shown.
        environ: the environment, for AWS_PAGER and the config file.
        allowed: False after `--no-cli-pager`.

    Raises:
        SamlLoginError: it cannot be written.
    """
    command = command_of(environ) if allowed and _is_too_long(text) else ""
    if not command or not _paged(text, command, environ):
        streams.write(text)


def command_of(environ: Mapping[str, str]) -> str:
    """Return the pager's command line: AWS_PAGER, else `cli_pager` of the profile, else `less`.

    Empty where the person wants none.
    """
    if (pager := environ.get("AWS_PAGER")) is not None:
        return pager
    from pathlib import Path

    from aws_saml_ext.config.sections import config_section
    from aws_saml_ext.errors import SamlLoginError
    from aws_saml_ext.files import ini

    config = Path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    profile = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    try:
        section = ini.read_section(config.expanduser(), config_section(profile)) or {}
    except (SamlLoginError, RuntimeError):  # no home, or a file that others report
        section = {}
    return section.get("cli_pager", _DEFAULT)


def _is_too_long(text: str) -> bool:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return False
    return sys.stdout.isatty() and text.count("\n") >= size.lines


def _paged(text: str, command: str, environ: Mapping[str, str]) -> bool:
    """Show text in the pager; return False where that cannot be started."""
    import shlex
    import signal
    import subprocess

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is a key of the pager
    try:
        subprocess.run(
            shlex.split(command),
            input=text,
            text=True,
            encoding="utf-8",
            check=False,
            # As the AWS CLI: end at once where it fits, keep colors, leave the screen.
            env={"LESS": "FRX", **environ},
        )
    except (OSError, ValueError):
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
