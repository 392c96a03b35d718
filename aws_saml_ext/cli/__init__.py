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
        status = _run(argv, environ)
        sys.stdout.flush()
    except SamlLoginError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _nobody_reads()
    except Exception:  # the outermost frame: the status is ours to choose
        import traceback

        traceback.print_exc()
        return A_BUG
    return status


def _run(argv: Sequence[str], environ: MutableMapping[str, str]) -> int:
    from aws_saml_ext.cli import parser

    verb, options = parser.parse(argv)

    # Behind the parser, so that `--help` waits for none of it.
    from importlib import import_module

    from aws_saml_ext.cli.invocation import Invocation

    run = import_module(f"aws_saml_ext.cli.{verb.module}").run
    status: int = run(Invocation(options, environ))
    return status


def _fail(error: SamlLoginError) -> int:
    """Two lines in the manner of `aws`: what happened, and what to type."""
    print(f"aws: [ERROR]: {error}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(error.hint, file=sys.stderr)  # noqa: T201
    return error.exit_status


def _nobody_reads() -> int:
    """Standard output was closed (`… | head`): no traceback now, nor when the stream is closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
