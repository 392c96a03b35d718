"""What the store of a profile needs in its files: `credential_process`, and no keys before it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import idp_sections
from aws_saml_ext.config.sections import config_section
from aws_saml_ext.config.settings import Settings, StoreAt
from aws_saml_ext.files import ini
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.credentials_file import is_our_process

PROCESS = "credential_process"


def in_config(invocation: Invocation, settings: Settings) -> dict[str, str | None]:
    """
    What becomes of the profile's section of the config file, so that this store serves it.

    A store that was asked for on the command line is the profile's from now on.

    Raises:
        ConfigError: where this program lies cannot be told.
    """
    own = invocation.session.get_scoped_config()
    wanted: dict[str, str | None] = {}
    if settings.store is StoreAt.CREDENTIAL_PROCESS:
        from aws_saml_ext import installer  # here, since most sign-ins need none of it

        script = installer.script_path(sys.argv[0])
        wanted[PROCESS] = installer.credential_process(
            settings.profile, folder=settings.saml_folder, script=script
        )
    elif is_our_process(str(own.get(PROCESS, ""))):
        wanted[PROCESS] = None
    if "saml_store" in invocation.overrides:
        nickname = settings.idp_name
        section = idp_sections(invocation.session).get(nickname, {}) if nickname else {}
        of_the_section = section.get("saml_store") or StoreAt.CREDENTIALS_FILE.value
        is_so_anyway = of_the_section == settings.store.value
        wanted["saml_store"] = None if is_so_anyway else settings.store.value
    return wanted


def in_credentials(invocation: Invocation, settings: Settings) -> list[Change]:
    """
    What becomes of the profile's section of the credentials file: its keys would hide the process.

    Applying it raises StoreError where they are long-lived, without `--overwrite`.
    """
    if settings.store is not StoreAt.CREDENTIAL_PROCESS:
        return []
    section = config_section(settings.profile)
    config = ini.read_section(settings.config_file, section) or {}
    refuse = credentials_file.refusing(
        settings.profile, config, overwrite=invocation.option("overwrite", False)
    )
    return [credentials_file.clearing(settings.credentials_file, settings.profile, refuse=refuse)]


def prepare(settings: Settings) -> None:
    """
    Make what `credential_process` will run; to be called before the profile names it.

    Raises:
        StoreError: it cannot be written.
    """
    if settings.store is StoreAt.CREDENTIAL_PROCESS:
        from aws_saml_ext import installer

        installer.write_launcher(
            folder=settings.saml_folder, script=installer.script_path(sys.argv[0])
        )


def joined(changes: Iterable[Change]) -> list[Change]:
    """One change for each section; of two checks, the later one."""
    found: dict[tuple[object, str], Change] = {}
    for change in changes:
        place = (change.path, change.section)
        before = found.get(place)
        values = {**(before.values if before else {}), **change.values}
        check = change.check or (before.check if before else None)
        private = {**(before.private if before else {}), **change.private}
        found[place] = replace(change, values=values, check=check, private=private)
    return list(found.values())
