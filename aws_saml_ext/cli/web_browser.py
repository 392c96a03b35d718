"""The person's own web browser, for the console: by a command of theirs, or the system's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from aws_saml_ext import hints
from aws_saml_ext.config.aws_process import without_mark
from aws_saml_ext.errors import ConfigError

SETTING = "saml_console_command"
_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2


def check(command: Sequence[str], environ: Mapping[str, str], *, profile: str) -> None:
    """Check that a browser can be opened here, before anybody signs in.

    Args:
        command: the setting; empty takes the system's browser.
        environ: the environment.
        profile: the profile, for the command that needs no browser.

    Raises:
        ConfigError: there is no display, or the person sits at another machine.
    """
    if command or environ.get("BROWSER"):
        return
    instead = hints.command("console", "--print", "--profile", profile)
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        raise ConfigError(
            "This is an SSH session: a browser would open on the other machine.", command=instead
        )
    has_display = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    if sys.platform not in {"win32", "darwin"} and not has_display:
        raise ConfigError("There is no display to open a browser on.", command=instead)


def filled_in(command: Sequence[str], url: str, values: Mapping[str, str]) -> list[str]:
    """Return the words of a command with the address in them.

    Args:
        command: its words, with `{url}`, `{quoted_url}` or names of `values`; where neither
            address is in it, the address becomes the last word.
        url: the address.
        values: further texts by their names.
    """
    texts = {"url": url, "quoted_url": quote(url, safe=""), **values}
    words = [_replaced(word, texts) for word in command]
    has_address = any("{url}" in word or "{quoted_url}" in word for word in command)
    return words if has_address else [*words, url]


def _replaced(word: str, texts: Mapping[str, str]) -> str:
    """Replace each name once: a text that looks like a name stays."""
    return re.sub(r"\{(\w+)\}", lambda match: texts.get(match[1], match[0]), word)


def open_at(
    url: str, command: Sequence[str], values: Mapping[str, str], *, environ: Mapping[str, str]
) -> Callable[[], None]:
    """Open an address; return what raises ConfigError once the command has failed.

    Args:
        url: the address, which other users of this machine can read.
        command: the setting; empty takes `$BROWSER`, else the system's browser.
        values: see `filled_in`.
        environ: the environment.

    Raises:
        ConfigError: there is no browser, or the command cannot be run.
    """
    if not command:
        _open_systems(url)
        return lambda: None
    words = filled_in(command, url, values)
    try:
        process = subprocess.Popen(
            words,
            env=without_mark(environ),
            stdin=subprocess.DEVNULL,
            stdout=_STANDARD_ERROR,
            start_new_session=True,  # it outlives us, and Ctrl-C is for us alone
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its words cannot be passed on"
        raise ConfigError(
            f"{SETTING} cannot be run: {words[0]}: {reason}.", advice=f"Correct {SETTING}."
        ) from None

    def check_running() -> None:
        status = process.poll()
        if status:
            raise ConfigError(
                f"{SETTING} ended with exit status {status}.", advice=f"Correct {SETTING}."
            )

    return check_running


def _open_systems(url: str) -> None:
    import webbrowser

    # Text of a browser on standard output is none of our data.
    with _standard_output_on_error():
        is_open = webbrowser.open(url)
    if not is_open:
        raise ConfigError(
            "No web browser was found.",
            advice=f"Name one in BROWSER or {SETTING}, or take the address from console --print.",
        )


@contextmanager
def _standard_output_on_error() -> Iterator[None]:
    """Let programs that are started inside the `with` write to standard error only."""
    before = os.dup(_STANDARD_OUTPUT)
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
    try:
        yield
    finally:
        os.dup2(before, _STANDARD_OUTPUT)
        os.close(before)
