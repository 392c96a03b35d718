"""`aws saml-login`: from argv to an exit status."""

from __future__ import annotations

import os
import sys

from aws_saml_ext.errors import SamlLoginError

TYPE_CHECKING = False  # `typing` would be most of the time that `--help` takes
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

INTERRUPTED = 130
A_BUG = 255


def main(argv: Sequence[str], *, environ: MutableMapping[str, str] = os.environ) -> int:
    """
    Run one command.

    Returns:
        The exit status of the manual. What nobody foresaw keeps its traceback, and is 255.
    """
    try:
        return _run(argv, environ)
    except SamlLoginError as error:
        # Two lines in the manner of `aws`: what happened, and what to type.
        _say(f"aws: [ERROR]: {error}" + (f"\n{error.hint}" if error.hint else ""))
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # the outermost frame: the status is ours to choose
        import traceback

        _say(traceback.format_exc().rstrip())
        return A_BUG


def _run(argv: Sequence[str], environ: MutableMapping[str, str]) -> int:
    from aws_saml_ext.cli import parser

    verb, options = parser.parse(argv)

    # Behind the parser, so that `--help` waits for none of it.
    from importlib import import_module

    from aws_saml_ext.cli.context import Invocation

    run = import_module(f"aws_saml_ext.cli.verbs.{verb.module}").run
    status: int = run(Invocation(options, environ, below_aws=verb.below_aws))
    return status


def _say(text: str) -> None:
    """To whoever reads standard error; that nobody can does not change the exit status."""
    from contextlib import suppress

    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201
