"""What the verbs that sign in share: the way to capture, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext.assertion import Assertion, is_same_person
from aws_saml_ext.cli import remembering
from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.errors import UsageError
from aws_saml_ext.login import Capture
from aws_saml_ext.text import printable

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.secret_sources import Passwords


def pasted(invocation: Invocation) -> str | None:
    """The file of `--assertion`, `-` for standard input, or None."""
    return invocation.option("assertion", None)


def capture(
    invocation: Invocation, settings: Settings, passwords: Passwords | None = None
) -> Capture:
    """A SAMLResponse that was given, or a browser; `--clean` forgets what is remembered first."""
    if invocation.option("clean", False):
        from aws_saml_ext.capture.kept_session import forget

        forget(settings)
        if settings.username is not None:
            remembering.forget(settings, settings.username)
    given = pasted(invocation)
    if given is not None:
        from aws_saml_ext.capture import assertion_file as pasted_

        return pasted_.pasting(given, invocation.prompt)

    # Here, since `--assertion` needs none of it.
    from aws_saml_ext.capture import browser_capture

    return browser_capture(
        settings, invocation.prompt, passwords=passwords, environ=invocation.environ
    )


def tell_start(invocation: Invocation, settings: Settings) -> None:
    """Say where the sign-in goes: host only, for the rest of an address may be long or private."""
    if pasted(invocation) is None:
        parts = urlsplit(settings.idp_url)
        rest = "/…" if parts.path.strip("/") or parts.query else "/"
        invocation.prompt.notify(
            f"Signing in at {parts.scheme}://{parts.netloc}{rest} (Ctrl-C stops)"
        )


def tell_who(invocation: Invocation, settings: Settings, assertion: Assertion) -> None:
    """Say who has signed in, whether that is who was meant, and how many roles are offered."""
    notify = invocation.prompt.notify
    told = printable(assertion.session_name or "", max_length=80)
    who = told or "somebody the identity provider does not name"
    count = len(assertion.roles)
    offered = "1 role is" if count == 1 else f"{count} roles are"
    if assertion.encrypted:
        notify("Signed in. The assertion is encrypted: only AWS can read who and what it offers.")
    else:
        notify(f"Signed in as {who}. {offered} offered.")
    meant = settings.username
    if meant and told and not is_same_person(meant, told):
        notify(f"That is not {meant}, whom saml_username names: the assertion is for {told}.")


def refuse_two_ways(options: Mapping[str, object]) -> None:
    """
    `--use-browser` is a way of its own.

    Raises:
        UsageError: `--sign-in` names another one.
    """
    way = options.get("saml_sign_in")
    if "saml_use_browser" in options and way is not None and str(way).strip().lower() != "window":
        raise UsageError(
            f"--use-browser is --sign-in window, and not {way}.", hint="Leave one of them out"
        )
