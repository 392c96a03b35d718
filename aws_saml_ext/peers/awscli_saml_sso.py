"""The identity providers of awscli-saml-sso, in `~/.awscli_saml_sso/credentials`."""

from __future__ import annotations

from pathlib import Path

from aws_saml_ext.peers import foreign_file
from aws_saml_ext.peers.account import Account, with_values

_PROFILE = "saml"
"""The profile that this tool writes credentials to."""


def accounts(path: Path) -> list[Account]:
    """Return the identity providers of a file; none where there is no file.

    Only the first one becomes the profile, as only one can.

    Raises:
        ConfigError: it cannot be read.
    """
    found = foreign_file.sections_of(path)
    return [
        Account(
            name=name,
            profile=_PROFILE if number == 0 else None,
            address=values.get("idp_url", "").replace("%%", "%") or None,
            missing="its idp_url is empty",
            nickname=name,
            idp=with_values(
                saml_username=values.get("login", "").replace("%%", "%"),
                saml_browser=values.get("browser_name", "").lower(),
            ),
            notes=("Its password stays in the keyring under the old name, and is asked once.",)
            if values.get("login")
            else (),
        )
        for number, (name, values) in enumerate(found.items())
    ]
