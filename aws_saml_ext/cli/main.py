"""The command from its arguments to its exit status."""

from __future__ import annotations

import os
import sys

from aws_saml_ext import hints
from aws_saml_ext.errors import ConfigError, SamlLoginError
from aws_saml_ext.progress import LINE
from aws_saml_ext.text import wrapped

TYPE_CHECKING = False  # `typing` would be most of the time that `--help` takes
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from aws_saml_ext.cli.options import Options
    from aws_saml_ext.config.aws_process import AwsGlobals

INTERRUPTED = 130
UNEXPECTED = 255


def main(argv: Sequence[str], *, environ: MutableMapping[str, str] = os.environ) -> int:
    """Run one command.

    Args:
        argv: the arguments behind the program's name.
        environ: the environment, which is prepared for botocore and for programs that are started.

    Returns:
        The exit status of the manual; an unexpected error prints its traceback and is 255.
    """
    try:
        return _run(argv, environ)
    except SamlLoginError as error:
        _log_end(error)
        # Two lines in the manner of `aws`: what happened, and the next step.
        columns = _columns()
        text = wrapped(f"{hints.PROGRAM}: [ERROR]: {error}", columns)
        hint = hints.folded(error.command or "", columns) or wrapped(error.hint or "", columns)
        _print_error(f"{text}\n{hint}" if hint else text)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # the outermost frame: the exit status is chosen here
        import traceback

        _print_error(traceback.format_exc().rstrip())
        return UNEXPECTED
    finally:
        LINE.show("")


def _run(argv: Sequence[str], environ: MutableMapping[str, str]) -> int:
    from aws_saml_ext.cli import door, parser

    hints.use_door(door.called_by(sys.argv[0], environ))
    verb, given = parser.parse(argv)

    if not given.get("quiet") and verb.below_aws:
        LINE.enable(environ)
        LINE.show("Starting", is_brief=True)  # the first word, before a second of imports
    # Behind the parser, so that `--help` waits for none of it.
    from importlib import import_module

    from aws_saml_ext import core_dumps, light_imports
    from aws_saml_ext.cli import log_output
    from aws_saml_ext.cli.context import Invocation
    from aws_saml_ext.config import aws_process

    if verb.signs_in:
        core_dumps.forbid(for_good=not verb.takes_command)
    module = import_module(f"aws_saml_ext.cli.verbs.{verb.module}")
    options: Options = getattr(module, verb.options_class).of(given)
    _check_home()
    if verb.below_aws:
        aws = _recover(options, environ)
        if aws is not None:  # also below an alias that a person wrote
            hints.use_door(hints.PROGRAM.split())
    else:
        aws = None
        hints.use_door(door.of_person(sys.argv[0], environ))
    before = aws_process.as_before_aws(environ)
    aws_process.prepare(environ)  # before botocore is imported
    light_imports.skip_unused()
    log_output.begin(options, aws)
    invocation = Invocation(
        options, environ, aws, environ_before=before, changes_files=verb.changes_files
    )
    status: int = module.run(invocation, options)
    log_output.ended(status)
    return status


def _check_home() -> None:
    """Check that there is a home folder, which most files of this program are in.

    Raises:
        ConfigError: HOME is not set, and the system does not know the user (mostly in a container).
    """
    from pathlib import Path

    try:
        Path.home()
    except RuntimeError:
        raise ConfigError(
            "Your home folder is not known: HOME is not set.",
            command=hints.shown("export", "HOME=/path/of/a/folder"),
        ) from None


def _recover(options: Options, environ: MutableMapping[str, str]) -> AwsGlobals | None:
    """Return the options that the `aws` above kept, or None where there is none.

    Raises:
        ConfigError: they cannot be read, and no `--profile` behind the verb names the profile.
    """
    from aws_saml_ext.config import aws_process

    try:
        return aws_process.recovered(environ)
    except ConfigError:
        if options.profile is not None:
            return None
        raise


def _log_end(error: SamlLoginError) -> None:
    """Log how the run ended; its message follows on standard error anyway."""
    if "logging" not in sys.modules:  # a mistake on the command line, before anything is loaded
        return
    import logging

    log = logging.getLogger("aws_saml_ext")
    log.debug("Ended with exit status %d, %s.", error.exit_status, type(error).__name__)


def _print_error(text: str) -> None:
    """Print to standard error; where nobody reads it, the exit status stays the same."""
    from contextlib import suppress

    with suppress(OSError), LINE.hidden():
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def _columns() -> int | None:
    """Return the width of the terminal that errors go to; None where they go elsewhere."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or None
    except (OSError, ValueError):
        return None
