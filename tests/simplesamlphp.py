"""SimpleSAMLphp from Debian's package, as an identity provider that nobody here wrote.

If the package is not installed, it is downloaded and unpacked. Needs `php` with its XML and
mbstring extensions, `apt-get` and `dpkg-deb`: where one of them is missing, or apt does not know
the package, a test is skipped.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization

from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER
from aws_saml_ext.demo.issuer import ACS, ATTRIBUTE, AUDIENCE, Issuer
from stack.servers import free_port
from tests.fetching import debian_files, need_tool, run, within
from tests.patience import first_answer

USERS: Mapping[str, Sequence[str]] = {
    "aws_user": (ROLE_USER,),
    "aws_admin": (ROLE_USER, ROLE_ADMIN),
    "aws_void": (),
}
_PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
_CACHE = Path(__file__).parent.parent / ".cache" / "simplesamlphp"
_EXTENSIONS = {"dom", "mbstring", "openssl", "xml"}
_MODULES = ("core", "saml", "exampleauth")
_MORE_MODULES = ("multiauth", "consent")
_SOURCES = {
    "people": {"text": {"en": "Employees"}, "css-class": "people"},
    "partners": {"text": {"en": "Partners"}, "css-class": "partners"},
}
_CONSENT = {"class": "consent:Consent", "store": "consent:Cookie"}
_PHP_SECONDS = 20
_START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class SimpleSamlPhp:
    """A running server: its sign-in address for AWS and the metadata to register with AWS."""

    url: str
    metadata: str


@contextlib.contextmanager
def running(
    *,
    users: Mapping[str, Sequence[str]] = USERS,
    acs: str = ACS,
    lifespan: int = 300,
    asks_more: bool = False,
    cache: Path = _CACHE,
) -> Iterator[SimpleSamlPhp]:
    """Run SimpleSAMLphp on a free port of 127.0.0.1; each password is the user's name.

    Args:
        users: names, and the role ARNs of each.
        acs: the address that assertions are posted to.
        lifespan: of an assertion, in seconds.
        asks_more: whether it asks for one of two authentication sources first, and for consent to
            the attributes at the end.
        cache: the folder that the unpacked package stays in.
    """
    php = _php()
    roots = debian_files("SimpleSAMLphp", ["simplesamlphp"], cache, dependencies=False)
    with tempfile.TemporaryDirectory(prefix="simplesamlphp-") as made:
        folder = Path(made)
        port = free_port()
        base = f"http://127.0.0.1:{port}/simplesaml/"
        _configure(folder, base, users=users, acs=acs, lifespan=lifespan, asks_more=asks_more)
        site = folder / "site"
        site.mkdir()
        (site / "simplesaml").symlink_to(within(roots, "usr/share/simplesamlphp/www"))
        log = folder / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [php, "-d", "display_errors=0", "-S", f"127.0.0.1:{port}", "-t", str(site)],
                env={**os.environ, "SIMPLESAMLPHP_CONFIG_DIR": str(folder / "config")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            address = f"{base}saml2/idp/metadata.php"
            metadata = first_answer(address, server, log=log, seconds=_START_SECONDS)
            start = f"{base}saml2/idp/SSOService.php?spentityid={quote(AUDIENCE)}"
            yield SimpleSamlPhp(start, metadata)
        finally:
            server.terminate()
            server.wait()


def _php() -> str:
    php = need_tool("SimpleSAMLphp", "php-cli", program="php")
    listed = run("SimpleSAMLphp", [php, "-m"], seconds=_PHP_SECONDS)
    missing = _EXTENSIONS - {line.strip().lower() for line in listed.splitlines()}
    if missing:
        pytest.skip(
            f"SimpleSAMLphp: php lacks {', '.join(sorted(missing))} "
            "(apt-get install php-xml php-mbstring)"
        )
    return php


def _configure(
    folder: Path,
    base: str,
    *,
    users: Mapping[str, Sequence[str]],
    acs: str,
    lifespan: int,
    asks_more: bool,
) -> None:
    config, metadata, certificates = (folder / name for name in ("config", "metadata", "cert"))
    for made in (config, metadata, certificates, folder / "log", folder / "tmp"):
        made.mkdir()
    issuer = Issuer.create(base)
    (certificates / "idp.key").write_bytes(
        issuer.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (certificates / "idp.crt").write_bytes(
        issuer.certificate.public_bytes(serialization.Encoding.PEM)
    )
    _write_php(
        config / "config.php",
        "config",
        {
            "baseurlpath": base,
            "certdir": f"{certificates}/",
            "loggingdir": f"{folder / 'log'}/",
            "datadir": f"{folder}/",
            "tempdir": str(folder / "tmp"),
            "metadatadir": f"{metadata}/",
            "technicalcontact_email": "admin@example.com",
            "timezone": "UTC",
            "secretsalt": secrets.token_hex(16),
            "auth.adminpassword": secrets.token_hex(16),
            "logging.handler": "file",
            "enable.saml20-idp": True,
            "module.enable": dict.fromkeys(_MODULES + (_MORE_MODULES if asks_more else ()), True),
            # On plain http a browser drops a cookie that is Secure, or SameSite=None without it.
            "session.cookie.secure": False,
            "session.cookie.samesite": None,
            "language.cookie.secure": False,
            "language.cookie.samesite": None,
            "session.phpsession.savepath": str(folder / "tmp"),
            "store.type": "phpsession",
            "metadata.sources": [{"type": "flatfile"}],
        },
    )
    people = {
        "0": "exampleauth:UserPass",
        **{f"{name}:{name}": _attributes(name, roles) for name, roles in users.items()},
    }
    _write_php(
        config / "authsources.php",
        "config",
        {
            "admin": ["core:AdminPassword"],
            "people": people,
            "partners": people,
            "either": {"0": "multiauth:MultiAuth", "sources": _SOURCES},
        },
    )
    _write_php(
        metadata / "saml20-idp-hosted.php",
        "metadata",
        {
            "__DYNAMIC:1__": {
                "host": "__DEFAULT__",
                "privatekey": "idp.key",
                "certificate": "idp.crt",
                "auth": "either" if asks_more else "people",
                "authproc": {"90": _CONSENT} if asks_more else {},
            }
        },
    )
    _write_php(
        metadata / "saml20-sp-remote.php",
        "metadata",
        {
            AUDIENCE: {
                "AssertionConsumerService": acs,
                "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                "simplesaml.nameidattribute": f"{ATTRIBUTE}RoleSessionName",
                "assertion.lifetime": lifespan,
            }
        },
    )


def _attributes(name: str, roles: Sequence[str]) -> dict[str, list[str]]:
    attributes = {f"{ATTRIBUTE}RoleSessionName": [name], f"{ATTRIBUTE}SessionDuration": ["3600"]}
    if roles:
        attributes[f"{ATTRIBUTE}Role"] = [f"{role},{_PROVIDER}" for role in roles]
    return attributes


def _write_php(path: Path, variable: str, value: Mapping[str, Any]) -> None:
    """Write a PHP file that sets `$variable` from JSON, so that nothing needs PHP's quoting."""
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(value))
    path.write_text(
        f"<?php ${variable} = json_decode(file_get_contents('{beside}'), true);", encoding="utf-8"
    )
