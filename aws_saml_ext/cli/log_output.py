"""The log of a run: on standard error, and with `--log-file` in a file for everything.

Only our own logger, never the root: at DEBUG botocore logs the request to STS, and selenium the
messages of its protocol, both with the assertion in them.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from aws_saml_ext.errors import UsageError
from aws_saml_ext.progress import LINE

if TYPE_CHECKING:
    from aws_saml_ext.cli.options import Options
    from aws_saml_ext.config.aws_process import AwsGlobals

_log = logging.getLogger("aws_saml_ext")
_FORM = "%(levelname)s: %(message)s"
_STEPS = "%(levelname)s: %(seconds)6.2f s  %(message)s"


def begin(options: Options, aws: AwsGlobals | None) -> None:
    """Write our own log to standard error, and to the file of `--log-file`.

    Args:
        options: of the command line.
        aws: the options that the `aws` above kept.

    Raises:
        UsageError: the file cannot be written.
    """
    level = _level(options, aws)
    _log.setLevel("DEBUG" if options.log_file is not None else level)
    _log.propagate = False
    if _log.handlers:
        return
    _add(logging.StreamHandler(_AboveTheLine(sys.stderr)), level)
    if options.log_file is not None:
        _add(logging.StreamHandler(_opened(options.log_file)), "DEBUG")
    _log_versions()


def ended(status: int) -> None:
    """Log the end of the run."""
    _log.debug("Ended with exit status %d.", status)


@contextmanager
def collected() -> Iterator[StringIO]:
    """Collect the whole log of the `with` block, which begins with the versions."""
    text, level = StringIO(), _log.level
    handler = logging.StreamHandler(text)
    handler.setFormatter(_WithSeconds())
    _log.addHandler(handler)
    _log.setLevel("DEBUG")
    try:
        _log_versions()
        yield text
    finally:
        _log.setLevel(level)
        _log.removeHandler(handler)


def _log_versions() -> None:
    """Log the versions and paths that a helper asks for first."""
    if not _log.isEnabledFor(logging.DEBUG):
        return
    from importlib.metadata import PackageNotFoundError, version

    from aws_saml_ext import __version__

    versions = []
    for name in ("botocore", "selenium", "selenium-wire"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # noqa: PERF203 - three of them
            versions.append(f"no {name}")
    python = ".".join(map(str, sys.version_info[:3]))
    _log.debug(
        "aws-saml-ext %s at %s, Python %s at %s on %s, %s.",
        *(__version__, sys.argv[0], python, sys.executable, sys.platform, ", ".join(versions)),
    )


def _level(options: Options, aws: AwsGlobals | None) -> str:
    if options.debug or (aws is not None and aws.debug):
        return "DEBUG"
    return (options.log_level or ("error" if options.quiet else "warning")).upper()


def _add(handler: logging.Handler, level: str) -> None:
    handler.setLevel(level)
    handler.setFormatter(_WithSeconds() if level == "DEBUG" else logging.Formatter(_FORM))
    _log.addHandler(handler)


def _opened(path: str) -> TextIO:
    """Open a log file, which only its owner can read; what is in it stays.

    Raises:
        UsageError: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOCTTY", 0)
    try:
        # That of pathlib raises RuntimeError for an unknown user.
        descriptor = os.open(os.path.expanduser(path), flags, 0o600)  # noqa: PTH111
        if os.name == "posix" and stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise UsageError(
            f"--log-file {path} cannot be written: {reason}.",
            advice="Name a file in a folder of your own.",
        ) from None
    return os.fdopen(descriptor, "a", encoding="utf-8", errors="replace", buffering=1)


class _WithSeconds(logging.Formatter):
    """The format of steps: with the seconds since the start."""

    def __init__(self) -> None:
        super().__init__(_STEPS)
        self._start = time.time()

    def format(self, record: logging.LogRecord) -> str:
        record.seconds = record.created - self._start
        return super().format(record)


class _AboveTheLine:
    """Standard error for the log, which clears the line of `progress` first."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with LINE.hidden():
            self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()
