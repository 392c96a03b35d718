"""The parts of a sign-in that several verbs share: its capture, and its notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.cli import remembering
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import UsageError
from aws_saml_ext.login import Capture
from aws_saml_ext.renewal import unexpected_person
from aws_saml_ext.text import counted, printable

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.secret_sources import Passwords


def pasted(invocation: Invocation) -> str | None:
    """Return the file of `--assertion`, `-` for standard input, or None."""
    return invocation.option("assertion", None)


def capture(
    invocation: Invocation, settings: Settings, passwords: Passwords | None = None
) -> Capture:
    """Return the capture of this command line; `--clean` forgets what is remembered first."""
    if invocation.option("clean", False):
        from aws_saml_ext.capture.kept_session import forget

        forget(settings)
        if settings.username is not None:
            remembering.forget(settings, settings.username)
    given = pasted(invocation)
    if given is not None:
        from aws_saml_ext.capture import assertion_file as pasted_

        return pasted_.pasting(given, invocation.prompt)

    # Imported here, as `--assertion` needs no browser.
    from aws_saml_ext.capture import browser_capture

    return browser_capture(
        settings, invocation.prompt, passwords=passwords, environ=invocation.environ
    )


def tell_start(invocation: Invocation, settings: Settings) -> None:
    """Notify where the sign-in goes: the host only, as the rest may be long or private."""
    if pasted(invocation) is None:
        parts = urlsplit(settings.idp_url)
        rest = "/…" if parts.path.strip("/") or parts.query else "/"
        invocation.prompt.notify(
            f"Signing in at {parts.scheme}://{parts.netloc}{rest} (Ctrl-C stops)"
        )


def tell_who(invocation: Invocation, settings: Settings, assertion: Assertion) -> None:
    """Notify who has signed in, whether they were expected, and how many roles are offered."""
    notify = invocation.prompt.notify
    count = len(assertion.roles)
    if assertion.encrypted:
        notify("Signed in. The assertion is encrypted: only AWS can read the person and the roles.")
    else:
        name = printable(assertion.session_name or "", max_length=80)
        person = name or "a person whom the identity provider does not name"
        verb = "is" if count == 1 else "are"
        notify(f"Signed in as {person}. {counted(count, 'role')} {verb} offered.")
    if (problem := unexpected_person(assertion.session_name, settings.username)) is not None:
        notify(f"{problem} saml_username names {settings.username}.")


def refuse_conflicting_options(options: Mapping[str, object]) -> None:
    """Refuse `--use-browser` beside another `--sign-in`.

    Raises:
        UsageError: both were given, and conflict.
    """
    way = options.get("saml_sign_in")
    if "saml_use_browser" in options and way is not None and str(way).strip().lower() != "window":
        raise UsageError(
            f"--use-browser means --sign-in window, which conflicts with --sign-in {way}.",
            advice="Give one of them only.",
        )
