"""The settings of aws-adfs and aws-azure-login, which stand in profiles of `~/.aws/config`."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from aws_saml_ext.config.sections import config_section, profile_of
from aws_saml_ext.peers import foreign_file
from aws_saml_ext.peers.account import Account, at, duration, is_off, notes_on, with_values

_ADFS = "adfs_config."
_ADFS_PATH = "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp="
_OF_THE_PAGE = ("sspi", "duo_factor", "duo_device")
_HOURS = re.compile(r"[0-9]{1,4}([.][0-9]{0,9})?")
_NOT_OF_ADFS = {
    f"{_ADFS}username_password_command": (
        "adfs_config.username_password_command is not taken: it prints two values; "
        "saml_password_command is for one that prints the password."
    ),
    f"{_ADFS}mfa_token_command": (
        "adfs_config.mfa_token_command is not taken: it prints JSON; saml_mfa_command is for one "
        "that prints the code."
    ),
}


def of_aws_adfs(path: Path) -> list[Account]:
    """Return the accounts of aws-adfs.

    Raises:
        ConfigError: the file cannot be read.
    """
    return [_of_adfs(found) for found in _profiles(path, f"{_ADFS}adfs_host")]


def of_aws_azure_login(path: Path) -> list[Account]:
    """Return the accounts of aws-azure-login.

    Raises:
        ConfigError: the file cannot be read.
    """
    return [_of_azure(found) for found in _profiles(path, "azure_tenant_id")]


@dataclass(frozen=True, slots=True)
class _Found:
    """A profile with settings of one of these tools."""

    profile: str
    values: Mapping[str, str]
    is_read_by_aws: bool
    """False for a name with spaces that the tool did not quote: only the tool itself reads it."""

    @property
    def region(self) -> str | None:
        """The region, where `aws` does not know it from the same section."""
        return None if self.is_read_by_aws else self.values.get("region")

    def notes(self) -> Iterator[str]:
        """Yield a sentence about a section that becomes another one."""
        if not self.is_read_by_aws:
            yield (
                f"aws does not read [profile {self.profile}], a name without quotes: "
                f"[{config_section(self.profile)}] is a section of its own."
            )


def _profiles(path: Path, key: str) -> Iterator[_Found]:
    """Yield the profiles that have a key."""
    for section, values in foreign_file.sections_of(path).items():
        if not values.get(key, "").strip():
            continue
        profile = profile_of(section)
        own_name = section.removeprefix("profile ").strip() if profile == section else section
        if own_name != section:
            yield _Found(own_name, values, is_read_by_aws=False)
        elif profile is not None:
            yield _Found(profile, values, is_read_by_aws=True)


def _of_adfs(found: _Found) -> Account:
    profile, values = found.profile, found.values
    own = {key.removeprefix(_ADFS): text for key, text in values.items() if key.startswith(_ADFS)}
    role = own.get("role_arn", "")
    notes = [*found.notes(), *notes_on(values, _NOT_OF_ADFS)]
    if is_off(own.get("ssl_verification", "True")):
        notes.append("ssl_verification is not taken: certificates are always checked.")
    if asked := [key for key in _OF_THE_PAGE if not is_off(own.get(key))]:
        notes.append(f"{' and '.join(asked)} not taken: the page of the sign-in asks.")
    return Account(
        name=profile,
        profile=profile,
        address=at(
            own["adfs_host"], _ADFS_PATH, own.get("provider_id") or "urn:amazon:webservices"
        ),
        idp=with_values(saml_username=own.get("adfs_user")),
        settings=with_values(
            saml_role_arn=None if is_off(role) else role,
            saml_session_duration=duration(own.get("session_duration")),
            region=found.region,
        ),
        notes=tuple(notes),
    )


def _of_azure(found: _Found) -> Account:
    own = {key: _plain(text) for key, text in found.values.items()}
    app = own.get("azure_app_id_uri", "").strip()
    hours = own.get("azure_default_duration_hours", "").strip()
    seconds = str(round(float(hours) * 3600)) if _HOURS.fullmatch(hours) else hours
    return Account(
        name=found.profile,
        profile=found.profile,
        address=_entra(own["azure_tenant_id"].strip(), app, own.get("region", "")) if app else None,
        missing="" if app else "its azure_app_id_uri is empty",
        idp=with_values(saml_username=own.get("azure_default_username")),
        settings=with_values(
            saml_role_arn=own.get("azure_default_role_arn"),
            saml_session_duration=duration(seconds),
            saml_keep_session="true" if not is_off(own.get("azure_default_remember_me")) else None,
            region=found.region,
        ),
        notes=tuple(found.notes()),
    )


def _plain(value: str) -> str:
    r"""Return a value as the package `ini` of Node wrote it: `\\#` for `#`, or a text of JSON."""
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value.replace(r"\#", "#").replace(r"\;", ";").replace(r"\\", "\\")


def _entra(tenant: str, app: str, region: str) -> str:
    """Return the address that asks Entra ID for a sign-in to one application.

    It holds an AuthnRequest, the same for the same values each time: Entra ID neither checks the
    time of a request nor whether its ID was used before.
    """
    consumer = "https://signin.aws.amazon.com/saml"
    if region.startswith("us-gov"):
        consumer = "https://signin.amazonaws-us-gov.com/saml"
    elif region.startswith("cn-"):
        consumer = "https://signin.amazonaws.cn/saml"
    number = hashlib.sha256(f"{tenant} {app} {consumer}".encode()).hexdigest()[:32]
    request = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        f'ID="id{number}" Version="2.0" IssueInstant="2000-01-01T00:00:00Z" '
        f"AssertionConsumerServiceURL={quoteattr(consumer)}>"
        f'<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{escape(app)}</Issuer>'
        "</samlp:AuthnRequest>"
    )
    # Not compressed, in the format of what is: releases of zlib differ, and the address must not.
    packer = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = b64encode(packer.compress(request.encode()) + packer.flush()).decode()
    host = "https://login.microsoftonline.com"
    return f"{host}/{quote(tenant, safe='')}/saml2?SAMLRequest={quote(packed, safe='')}"
