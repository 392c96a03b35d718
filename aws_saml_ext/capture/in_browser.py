"""Wires the parts of this room: a browser of this machine, its kept profile, the ways through."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_saml_ext.capture import kept_session
from aws_saml_ext.capture.browser import discovery
from aws_saml_ext.capture.flow import sign_in_flow

if TYPE_CHECKING:
    from aws_saml_ext.capture.flow.secret_sources import Passwords
    from aws_saml_ext.config.settings import Settings
    from aws_saml_ext.login import Capture
    from aws_saml_ext.prompt import Prompt


def signing_in(
    settings: Settings,
    prompt: Prompt,
    *,
    passwords: Passwords | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Capture:
    """
    The capture by the browser that the settings name, or the first that is there.

    Raises:
        BrowserError: there is none that can be driven. The capture raises what
            `sign_in_flow.capturing` does.
    """
    programs = discovery.find_programs(settings, environ=environ)
    return sign_in_flow.capturing(
        discovery.starting(programs),
        prompt,
        profile_folder=lambda settings: kept_session.opened(
            settings, programs.browser, notify=prompt.notify
        ),
        passwords=passwords,
        environ=environ,
    )
