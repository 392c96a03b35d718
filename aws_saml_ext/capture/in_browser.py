"""Wires the parts of this room: a browser of this machine, its kept profile, the ways through."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_saml_ext.capture import browser, kept_profile, ways

if TYPE_CHECKING:
    from aws_saml_ext.capture.terminal import Passwords
    from aws_saml_ext.login import Capture
    from aws_saml_ext.person import Person
    from aws_saml_ext.settings import Settings


def signing_in(
    settings: Settings,
    person: Person,
    *,
    passwords: Passwords | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Capture:
    """
    The capture by the browser that the settings name, or the first that is there.

    Raises:
        BrowserError: there is none that can be driven. The capture raises what
            `ways.capturing` does.
    """
    programs = browser.find_programs(settings, environ=environ)
    return ways.capturing(
        browser.starting(programs),
        person,
        profile_folder=lambda settings: kept_profile.opened(
            settings, programs.browser, tell=person.tell
        ),
        passwords=passwords,
        environ=environ,
    )
