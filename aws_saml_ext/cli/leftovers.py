"""Everything of this program that stays after `uninstall`, and the commands that remove it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws_saml_ext import hints
from aws_saml_ext.store import launcher
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.text import counted

if TYPE_CHECKING:
    from aws_saml_ext.cli.context import Invocation


def profiles(invocation: Invocation) -> list[str]:
    """Return the profiles that have credentials of ours in any store.

    Raises:
        StoreError: a store cannot be read.
    """
    stores = (
        Cache(invocation.saml_folder, environ=invocation.environ),
        CredentialsFile(invocation.credentials_file, invocation.saml_folder),
    )
    return sorted({stored.profile for store in stores for stored in store.profiles()})


def lines(invocation: Invocation, *, program_goes: bool = False) -> Iterator[str]:
    """Yield what stays, each with the command that removes it.

    The alias has gone: the commands call the script itself. Where that goes, too, the last line has
    the only command.

    Raises:
        StoreError: a store cannot be read.
    """
    from aws_saml_ext.capture import kept_session

    script = str(launcher.script_path(sys.argv[0]))
    if names := profiles(invocation):
        yield (
            f"Credentials of {', '.join(names)} stay until they expire"
            + (
                f", in {invocation.credentials_file} or in the cache."
                if program_goes
                else ". To remove them:\n  " + hints.shown(script, "logout", "--all")
            )
        )
    if sessions := kept_session.count(invocation.saml_folder):
        yield (
            f"{counted(sessions, 'browser profile')} with sessions of identity providers "
            f"{'stays' if sessions == 1 else 'stay'}."
            + (
                ""
                if program_goes
                else " To remove them:\n  "
                + hints.shown(script, "logout", "--all", "--forget-idp-session")
            )
        )
    folder = invocation.saml_folder
    if any(path.is_file() and path.suffix != ".lock" for path in folder.rglob("*")):
        yield (
            f"{folder} stays, with the cache, the browser profiles and the data of undo. To remove "
            "all of it:\n  " + hints.shown("rm", "-r", str(folder))
        )
