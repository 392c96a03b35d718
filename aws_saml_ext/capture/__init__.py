"""Plug 1: from the address of an identity provider to the SAMLResponse that it posts.

The only module that knows every browser engine. It imports nothing of them before a browser is
needed: `--assertion` needs none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_saml_ext.capture.browser.discovery import Programs
    from aws_saml_ext.capture.browser.engine import StartBrowser
    from aws_saml_ext.capture.flow.secret_sources import Passwords
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt


def engine_for(programs: Programs) -> StartBrowser:
    """Return the start function of the engine that drives this browser."""
    from aws_saml_ext.config.settings import Browser

    if programs.browser is Browser.FIREFOX:
        from aws_saml_ext.capture.browser import firefox

        return partial(firefox.start, programs)
    from aws_saml_ext.capture.browser import chromium

    return partial(chromium.start, programs)


def check_temporary_folder(find: Callable[[], str] | None = None) -> None:
    """Check that there is a folder for temporary files, which every browser needs.

    Args:
        find: as `tempfile.gettempdir`, which is the default.

    Raises:
        ConfigError: there is none that can be written to.
    """
    import tempfile

    from aws_saml_ext import hints
    from aws_saml_ext.errors import ConfigError

    try:
        (find or tempfile.gettempdir)()
    except OSError:
        raise ConfigError(
            "There is no folder for temporary files: each is read-only, or its disk is full.",
            command=hints.shown("export", "TMPDIR=/path/of/a/folder"),
        ) from None


def browser_capture(
    settings: Settings,
    prompt: Prompt,
    *,
    passwords: Passwords | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Capture:
    """Return the capture by the browser of the settings, else by the first that is installed.

    Args:
        settings: those of the sign-in; the capture takes its own.
        prompt: asks the identity provider's questions.
        passwords: kept passwords; None for none.
        environ: the environment of this program.

    Raises:
        BrowserError: there is no browser with a driver. The capture raises the errors of
            `sign_in_flow.capturing`.
        ConfigError: there is no folder for temporary files.
    """
    check_temporary_folder()
    from aws_saml_ext.capture import kept_session
    from aws_saml_ext.capture.browser import discovery
    from aws_saml_ext.capture.flow import sign_in_flow

    programs = discovery.find_programs(settings, environ=environ)
    return sign_in_flow.capturing(
        engine_for(programs),
        prompt,
        profile_folder=lambda settings: kept_session.opened(
            settings, programs.browser, notify=prompt.notify
        ),
        passwords=passwords,
        environ=environ,
    )
