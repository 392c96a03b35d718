"""The capture of a sign-in on the command line: a SAMLResponse that was given, or a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_saml_ext.cli import remembering
from aws_saml_ext.role_memory import RoleMemory

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.secret_sources import Passwords
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt


def capture(
    settings: Settings,
    prompt: Prompt,
    *,
    assertion: str | None,
    environ: Mapping[str, str],
    passwords: Passwords | None = None,
) -> Capture:
    """Return the capture of a sign-in.

    Args:
        settings: of the profile.
        prompt: where questions are asked.
        assertion: the file of a SAMLResponse, `-` for standard input; None opens a browser.
        environ: the environment.
        passwords: the passwords that may be recalled.

    Raises:
        BrowserError: no browser can be driven.
    """
    if assertion is not None:
        from aws_saml_ext.capture import assertion_file

        return assertion_file.pasting(assertion, prompt)

    # Imported here, as `--assertion` needs no browser.
    from aws_saml_ext.capture import browser_capture

    return browser_capture(settings, prompt, passwords=passwords, environ=environ)


def forget(settings: Settings) -> None:
    """Forget what is remembered of the identity provider, for `--clean`.

    Raises:
        BrowserError: another sign-in uses the kept session.
    """
    from aws_saml_ext.capture import kept_session

    kept_session.forget(settings)
    RoleMemory(settings.saml_folder).forget(settings.idp_url)
    if settings.username is not None:
        remembering.forget(settings, settings.username)
