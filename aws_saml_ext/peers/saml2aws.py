"""The accounts of saml2aws, in `~/.saml2aws`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from aws_saml_ext.peers import foreign_file
from aws_saml_ext.peers.account import AWS_URN, Account, at, duration, is_off, with_values

_WHOLE = frozenset(
    "Browser Okta KeyCloak GoogleApps JumpCloud Auth0 Authentik Akamai PingOne".split()
)
"""Providers whose `url` starts a sign-in to AWS."""
_PATHS = {
    "ADFS": "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=",
    "ADFS2": "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=",
    "Ping": "/idp/startSSO.ping?PartnerSpId=",
    "Shibboleth": "/idp/profile/SAML2/Unsolicited/SSO?providerId=",
}
"""Providers whose address is their host with this path and `aws_urn`."""
_ENTRA = "/applications/redirecttofederatedapplication.aspx?Operation=LinkedSignIn&applicationId="


def accounts(path: Path) -> list[Account]:
    """Return the accounts of a file; none where there is no file.

    Raises:
        ConfigError: it cannot be read.
    """
    found = foreign_file.sections_of(path)
    return [
        _account(name, {key: _plain(text) for key, text in keys.items()})
        for name, keys in found.items()
    ]


def _account(name: str, values: Mapping[str, str]) -> Account:
    get = values.get
    address, missing = _address(values)
    notes = []
    if not is_off(get("skip_verify")):
        notes.append("skip_verify is not taken: certificates are always checked.")
    policy = get("policy_file", "").strip()
    return Account(
        name=name,
        profile=get("aws_profile", "").strip() or "saml",
        address=address,
        missing=missing,
        idp=with_values(saml_username=get("username")),
        settings=with_values(
            saml_role_arn=get("role_arn"),
            saml_session_duration=duration(get("aws_session_duration")),
            saml_policy_arns=get("policy_arn_list"),
            saml_policy=f"file://{Path(policy).expanduser().absolute()}" if policy else None,
            region=get("region"),
        ),
        notes=tuple(notes),
    )


def _address(values: Mapping[str, str]) -> tuple[str | None, str]:
    url, provider = values.get("url", "").strip(), values.get("provider", "").strip()
    urn = values.get("aws_urn", "").strip() or AWS_URN
    if not url:
        return None, "its url is empty"
    if provider in _WHOLE:
        return url, ""
    if provider in _PATHS:
        return at(url, _PATHS[provider], urn), ""
    if provider == "AzureAD":
        app = values.get("app_id", "").strip()
        return (at(url, _ENTRA, app), "") if app else (None, "its app_id is empty")
    if provider == "OneLogin":
        return None, "saml2aws asks OneLogin by its API"
    return None, "its url alone does not start a sign-in to AWS"


def _plain(value: str) -> str:
    """Return a value without the quotes of go-ini, or else without a comment behind it."""
    for quote in ('"""', "`", '"', "'"):
        if len(value) >= 2 * len(quote) and value.startswith(quote) and value.endswith(quote):
            return value[len(quote) : -len(quote)]
    if value.startswith("`") and value.count("`") > 1:
        return value[1 : value.rindex("`")]
    return re.split("[#;]", value, maxsplit=1)[0].rstrip()
