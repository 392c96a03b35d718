"""`aws-saml-login credential-process`: the slow path, where the cache has no answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import fast_path, hints, renewal
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import SamlLoginError, UsageError
from aws_saml_ext.prompt import NonInteractive
from aws_saml_ext.store import launcher, single_flight
from aws_saml_ext.store.cache_format import answer

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation

_ABOUT_AWS = (
    *("region", "endpoint_url", "verify_ssl", "ca_bundle", "cli_read_timeout"),
    *("cli_connect_timeout", "output", "query"),
)
"""Options of every verb that would do nothing here, or change the credentials."""


def run(invocation: Invocation, options: Options) -> int:
    """Print fresh credentials and nothing else; where a person is needed, a window opens.

    Without a display that is an error: its command, on standard error, is what the SDK shows.
    """
    if options.profile is None:
        # Below `aws`, which keeps that option for itself, another profile would be guessed.
        raise UsageError(
            "credential-process needs --profile.",
            command=hints.script_command("credential-process", "--profile", "NAME"),
        )
    if any(getattr(options, name) is not None for name in _ABOUT_AWS):
        raise UsageError(
            "credential-process takes only --profile.",
            command=hints.command("configure", "--profile", invocation.profile),
        )
    if invocation.environ.get(fast_path.MISSED) != "missed" and _is_answered(invocation):
        return 0
    try:
        issued = renewal.for_program(
            invocation.session,
            NonInteractive(),
            fingerprint=invocation.fingerprint,
            environ=invocation.environ,
        )
    except SamlLoginError as error:
        folder = str(invocation.saml_folder / "cache")
        cold = fast_path.cold_stem(folder, invocation.profile, invocation.environ)
        single_flight.note_failure(Path(cold + fast_path.FAILURE), error)
        raise
    invocation.write(answer(issued.credentials).decode() + "\n")
    launcher.refresh(saml_folder=invocation.saml_folder, argv0=sys.argv[0])
    return 0


def _is_answered(invocation: Invocation) -> bool:
    """Answer from the cache where the fast path has not looked, such as for `--profile=dev`."""
    words = [fast_path.VERB, "--profile", invocation.profile]
    is_answered = fast_path.answer_from_cache(words, invocation.environ)
    if is_answered:
        launcher.refresh(saml_folder=invocation.saml_folder, argv0=sys.argv[0])
    return is_answered
