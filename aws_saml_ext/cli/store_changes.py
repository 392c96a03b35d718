"""The changes by which a profile uses its store: its `credential_process`, its credentials."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aws_saml_ext.cli.context import Invocation
from aws_saml_ext.config import idp_sections
from aws_saml_ext.config.sections import config_section, is_for_botocore_only
from aws_saml_ext.config.settings import Settings, StoreKind
from aws_saml_ext.files import atomic, ini, ini_edit
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.paths import FOLDER, Paths
from aws_saml_ext.store.credentials_file import CredentialsFile
from aws_saml_ext.store.profile import PROCESS, check_for, is_our_process

_OF_THE_SWITCH = (PROCESS, "saml_store")
"""Keys that the store itself decides, there and back."""


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
        if settings.store is not StoreKind.CREDENTIAL_PROCESS:
            values |= _taken_out(settings)
    return values


def noted(invocation: Invocation, settings: Settings, wanted: Mapping[str, str | None]) -> Change:
    """Return the change of the profile by a sign-in, with a note of what the switch puts in.

    A switch back takes it out again. The note is private to this program.

    Args:
        invocation: the command line.
        settings: what it adds up to.
        wanted: the values of the profile's section.
    """
    section = config_section(settings.profile)
    note = _note(settings)
    private: dict[Path, str | None] = {}
    around = _around(settings, section)
    if settings.store is StoreKind.CREDENTIAL_PROCESS:
        before = ini.read_section(settings.config_file, section) or {}
        put = _read(note)
        for key, value in wanted.items():
            if value is not None and key not in _OF_THE_SWITCH and before.get(key) != value:
                old = put[key]["before"] if key in put else before.get(key)
                put[key] = {"before": old, "put": value}
        if put or around != _Around():
            private[note] = json.dumps({"keys": put, "around": asdict(around)})
    elif "saml_store" in invocation.overrides:
        private[note] = None
        return Change(
            settings.config_file,
            section,
            wanted,
            remove_empty=around.lead is not None,
            lead=around.lead,
            unended=around.unended,
            private=private,
        )
    return Change(settings.config_file, section, wanted, private=private)


@dataclass(frozen=True, slots=True)
class _Around:
    """The line ends that a switch adds around the keys that it puts in."""

    lead: str | None = None
    """Those above a section that it adds; None where there was one."""
    unended: bool = False
    """True if the last line of the file had none before."""


def _around(settings: Settings, section: str) -> _Around:
    """Return what the switch before has noted, else what one would add now."""
    noted = _content(_note(settings)).get("around")
    if isinstance(noted, dict):
        lead, unended = noted.get("lead"), noted.get("unended") is True
        return _Around(lead if isinstance(lead, str) and not lead.strip() else None, unended)
    if settings.store is not StoreKind.CREDENTIAL_PROCESS:
        return _Around()
    text = ini.read(settings.config_file)
    found = ini.find(text, section)
    if found is None:
        return _Around(ini_edit.lead_of_new_section(text))
    return _Around(unended=found.end == len(text) and not ini.is_ended(text))


def notices(settings: Settings) -> Iterator[str]:
    """Yield what a person should know of a profile that gets a `credential_process`."""
    if settings.store is not StoreKind.CREDENTIAL_PROCESS:
        return
    if settings.saml_folder != Paths.of(environ={}).saml:
        yield f"Programs need {FOLDER}={settings.saml_folder} in their environment, too."
    if is_for_botocore_only(settings.profile):
        yield (
            f"The name of profile {settings.profile} needs quotes in the config file. The SDKs for "
            "other languages than Python may not find such a profile; choose a name without "
            "blanks and quotes for them."
        )


def _taken_out(settings: Settings) -> dict[str, str | None]:
    """Return the values before the switch of the keys that still are as it put them in."""
    own = ini.read_section(settings.config_file, config_section(settings.profile)) or {}
    noted = _read(_note(settings)).items()
    return {key: entry["before"] for key, entry in noted if own.get(key) == entry["put"]}


def _note(settings: Settings) -> Path:
    name = atomic.name_of(str(atomic.real(settings.config_file)), settings.profile)
    return settings.saml_folder / "switched" / f"{name}.json"


def _read(note: Path) -> dict[str, dict[str, str | None]]:
    """Return what is noted of a switch, by key; nothing where the note cannot be used."""
    found = _content(note).get("keys") or {}
    try:
        return {
            str(key): {"before": each["before"], "put": each["put"]} for key, each in found.items()
        }
    except (KeyError, TypeError, AttributeError):
        return {}


def _content(note: Path) -> dict[str, Any]:
    """Return the content of a note; nothing where it cannot be used."""
    try:
        found = json.loads(atomic.read(note) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


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
