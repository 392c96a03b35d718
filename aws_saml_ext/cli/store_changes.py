"""The changes by which a profile uses its store: its `credential_process`, its credentials."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import idp_sections
from aws_saml_ext.config.sections import config_section
from aws_saml_ext.config.settings import Settings, StoreKind
from aws_saml_ext.files import ini
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.profile import PROCESS, check_for, is_our_process


def in_config(invocation: Invocation, settings: Settings) -> dict[str, str | None]:
    """Return the new values of the profile's section of the config file; None removes a key.

    A store that is named on the command line becomes the profile's setting.

    Raises:
        ConfigError: the console script of this program is missing.
    """
    own = invocation.session.get_scoped_config()
    values: dict[str, str | None] = {}
    if settings.store is StoreKind.CREDENTIAL_PROCESS:
        from aws_saml_ext.store import launcher  # here, since most sign-ins need none of it

        script = launcher.script_path(sys.argv[0])
        values[PROCESS] = launcher.process_of(
            settings.profile, saml_folder=settings.saml_folder, script=script
        )
    elif is_our_process(str(own.get(PROCESS, ""))):
        values[PROCESS] = None
    if "saml_store" in invocation.overrides:
        nickname = settings.idp_name
        section = idp_sections(invocation.session).get(nickname, {}) if nickname else {}
        inherited = section.get("saml_store") or StoreKind.CREDENTIALS_FILE.value
        is_inherited = inherited == settings.store.value
        values["saml_store"] = None if is_inherited else settings.store.value
    return values


def in_credentials(settings: Settings, *, overwrite: bool) -> list[Change]:
    """Return the changes of the profile's section of the credentials file.

    With a `credential_process`, its keys go: the SDKs would use them first. Applying the change
    raises StoreError for long-lived keys, unless `overwrite` says to replace them.
    """
    if settings.store is not StoreKind.CREDENTIAL_PROCESS:
        return []
    section = config_section(settings.profile)
    config = ini.read_section(settings.config_file, section) or {}
    check = check_for(settings.profile, config, overwrite=overwrite)
    file = CredentialsFile(settings.credentials_file, settings.saml_folder, check=check)
    return [file.clearing(settings.profile)]


def prepare(settings: Settings) -> None:
    """Write the launcher that a `credential_process` runs; call it before the profile names it.

    Raises:
        StoreError: it cannot be written.
    """
    if settings.store is StoreKind.CREDENTIAL_PROCESS:
        from aws_saml_ext.store import launcher

        launcher.write(saml_folder=settings.saml_folder, script=launcher.script_path(sys.argv[0]))


def joined(changes: Iterable[Change]) -> list[Change]:
    """Merge the changes of each section into one; of two checks, keep the later one."""
    found: dict[tuple[object, str], Change] = {}
    for change in changes:
        place = (change.path, change.section)
        before = found.get(place)
        values = {**(before.values if before else {}), **change.values}
        check = change.check or (before.check if before else None)
        private = {**(before.private if before else {}), **change.private}
        found[place] = replace(change, values=values, check=check, private=private)
    return list(found.values())
