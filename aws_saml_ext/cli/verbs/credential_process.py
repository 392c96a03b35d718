"""`aws-saml-login credential-process`, where the cache had no answer: see the module above."""

from __future__ import annotations

import shlex
import sys

from aws_saml_ext import fast_path, installer, renewal
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.cli.options import Options
from aws_saml_ext.errors import UsageError
from aws_saml_ext.prompt import NonInteractive
from aws_saml_ext.store.cache import Cache, answer

_OF_AWS = (
    *("region", "endpoint_url", "verify_ssl", "ca_bundle", "cli_read_timeout"),
    *("cli_connect_timeout", "output", "query"),
)
"""Options of every verb that would do nothing here, or make other keys than the profile's."""


def run(invocation: Invocation, options: Options) -> int:
    """
    Print fresh credentials, and nothing else; a person gets a window, where there is a display.

    What is written to standard error is what the SDK shows: the command to type.
    """
    if options.profile is None:
        # Below `aws`, which keeps that option for itself, another profile would be guessed.
        raise UsageError(
            "credential-process needs the name of a profile.",
            hint="aws-saml-login credential-process --profile NAME",
        )
    if any(getattr(options, name) is not None for name in _OF_AWS):
        raise UsageError(
            "credential-process knows the profile and the environment, and no option about AWS.",
            hint=f"aws-saml-login configure --profile {shlex.quote(invocation.profile)} OPTIONS",
        )
    environ = invocation.environ
    state = fast_path.state(environ)
    found = Cache.of(invocation.saml_folder).indexed(invocation.profile, environ)
    if found is None:
        found = renewal.fresh(invocation.session, NonInteractive(), state=state, environ=environ)
    invocation.write(answer(found.credentials).decode() + "\n")
    installer.refresh_launcher(folder=invocation.saml_folder, argv0=sys.argv[0])
    return 0
