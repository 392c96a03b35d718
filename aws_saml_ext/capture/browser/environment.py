"""The surroundings that a browser starts in: environment variables, a display, root."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.errors import BrowserError

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings

_LOG_VARIABLES = re.compile(
    r"\w*SSLKEYLOGFILE|SSLDEBUG(FILE)?|SSLTRACE|(MOZ|NSPR)_LOG\w*|MOZ_PROFILER_\w+|CHROME_LOG_FILE",
    re.IGNORECASE,
)
"""Variables that make a browser write keys of TLS connections, headers or addresses to a file."""


def browser_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return `environ` without the variables that write secrets of a sign-in to a file."""
    return {name: value for name, value in environ.items() if not _LOG_VARIABLES.fullmatch(name)}


def needs_home(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether no file can be made in the HOME of this environment, where there is one."""
    home = environ.get("HOME")
    return home is not None and not os.access(home, os.W_OK | os.X_OK)


def at_home(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return `environ` with another HOME, and with the folders of XDG at their places below it."""
    xdg = {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"}
    return {
        **{name: value for name, value in environ.items() if name not in xdg},
        "HOME": str(home),
    }


def has_display(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether a browser window can be shown; `platform` is a `sys.platform`."""
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return True
    if platform == "darwin":
        return not environ.get("SSH_CONNECTION")  # the screen belongs to another machine
    return platform == "win32"


def is_root() -> bool:
    """Return whether this program runs as root; never on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def root_error(settings: Settings) -> BrowserError | None:
    """Return the error for a browser that refuses to run as root; None if it has no sandbox."""
    if sys.platform != "linux" or "--no-sandbox" in settings.browser_arguments:
        return None
    # Not refused before the start: the launchers of some distributions add the switch.
    arguments = shlex.join([*settings.browser_arguments, "--no-sandbox"])
    options = ("--profile", settings.profile, "--", "saml_browser_arguments", arguments)
    return BrowserError(
        "The browser did not start; most browsers refuse to run as root. Sign in as another user "
        "or, in a container, run the browser without its sandbox.",
        command=hints.shown("aws", "configure", "set", *options),
    )
