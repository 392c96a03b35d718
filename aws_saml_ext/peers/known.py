"""The tools whose settings can be read: their names, their files, and how to tell these apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext.errors import UsageError
from aws_saml_ext.peers import (
    aws_config,
    awscli_saml_sso,
    foreign_file,
    gimme_aws_creds,
    okta_aws_cli,
    saml2aws,
)
from aws_saml_ext.peers.account import Account
from aws_saml_ext.text import did_you_mean, quoted

ALL = "all"


@dataclass(frozen=True, slots=True)
class Peer:
    """One tool."""

    name: str
    file: str | None
    """Its file, below the home folder; None for the config file of AWS."""
    variable: str | None
    """The environment variable that names another file."""
    mark: str
    """A regular expression for a line of its file, by which the file of an option is known."""
    read: Callable[[Path], list[Account]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of one tool."""

    peer: Peer
    path: Path


PEERS = (
    # First: its file names its identity providers.
    Peer(
        "awscli-saml-sso",
        ".awscli_saml_sso/credentials",
        None,
        r"idp_url\s*=",
        awscli_saml_sso.accounts,
    ),
    Peer("saml2aws", ".saml2aws", "SAML2AWS_CONFIGFILE", r"aws_urn\s*=", saml2aws.accounts),
    Peer("aws-adfs", None, None, r"adfs_config\.adfs_host\s*=", aws_config.of_aws_adfs),
    Peer("aws-azure-login", None, None, r"azure_tenant_id\s*=", aws_config.of_aws_azure_login),
    Peer("okta-aws-cli", ".okta/okta.yaml", None, r"awscli\s*:", okta_aws_cli.accounts),
    Peer(
        "gimme-aws-creds",
        ".okta_aws_login_config",
        "OKTA_CONFIG",
        r"gimme_creds_server\s*=",
        gimme_aws_creds.accounts,
    ),
)
NAMES = (*(peer.name for peer in PEERS), ALL)


def sources(
    wanted: str, *, home: Path, config_file: Path, environ: Mapping[str, str]
) -> Sequence[Source]:
    """Return the files that a name stands for: that of a tool, `all`, or the path of a file.

    Raises:
        UsageError: there is neither such a tool nor such a file.
        ConfigError: the file cannot be read.
    """
    found = [
        Source(peer, _path(peer, home, config_file, environ))
        for peer in PEERS
        if wanted in {peer.name, ALL}
    ]
    if found:
        return found
    path = Path(wanted).expanduser()
    if not wanted or not (path.exists() or path.is_symlink()):
        raise UsageError(
            f"--from is neither a file nor a tool that is known: {quoted(wanted)}."
            f"{did_you_mean(wanted, NAMES)}",
            advice=f"Use one of {', '.join(NAMES)}, or the path of a file of one of them.",
        )
    text = foreign_file.text_of(path) or ""
    found = [
        Source(peer, path)
        for peer in PEERS
        if re.search(rf"^\s*{peer.mark}", text, re.MULTILINE) is not None
    ]
    if not found:
        raise UsageError(
            f"{path} is not a file of a tool that is known.",
            advice=f"The tools are {', '.join(NAMES[:-1])}.",
        )
    return found


def _path(peer: Peer, home: Path, config_file: Path, environ: Mapping[str, str]) -> Path:
    if peer.file is None:
        return config_file
    named = environ.get(peer.variable or "")
    return Path(named).expanduser() if named else home / peer.file
