"""The proxy script (PAC) of the desktop, which a sign-in does not follow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

_SECONDS = 2.0
_INTERNET_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"


def has_script(environ: Mapping[str, str], *, platform: str = sys.platform) -> bool:
    """Return whether the settings of the desktop name a proxy script.

    Args:
        environ: the environment, for PATH and the name of the desktop.
        platform: a `sys.platform`.
    """
    if platform == "win32":
        return _is_in_registry()
    if platform == "darwin":
        return "ProxyAutoConfigEnable : 1" in _output(["scutil", "--proxy"], environ)
    if not environ.get("XDG_CURRENT_DESKTOP"):  # a server, whose gsettings would tell its defaults
        return False
    return "auto" in _output(["gsettings", "get", "org.gnome.system.proxy", "mode"], environ)


def _output(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the output of a program of the system; empty where it is missing or fails."""
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [program, *command[1:]],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
        return done.stdout
    return ""


def _is_in_registry() -> bool:
    if sys.platform == "win32":
        import winreg

        with (
            suppress(OSError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, _INTERNET_SETTINGS) as settings,
        ):
            return bool(winreg.QueryValueEx(settings, "AutoConfigURL")[0])
    return False
