"""
LemonLDAP::NG from Debian's packages, as an identity provider that nobody here wrote.

The packages are unpacked, not installed, for that would bring users, daemons and cron jobs along.
Needs Debian's `perl`, `apt-get` and `dpkg-deb`; a test that asks for it where one of them, or a
package, is missing is skipped and says which.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from cryptography.hazmat.primitives import serialization

from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER, TOTP_SECRET, User
from aws_saml_ext.demo.issuer import ACS, ATTRIBUTE, AUDIENCE, Issuer
from stack.servers import free_port
from tests.patience import first_answer

USERS = (
    User("aws_user", (ROLE_USER,)),
    User("aws_admin", (ROLE_USER, ROLE_ADMIN)),
    User("aws_void"),
    User("aws_mfa", (ROLE_USER, ROLE_ADMIN), totp=TOTP_SECRET),
)
_PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
_PORTAL = Path(__file__).parent / "lemonldap" / "portal.psgi"
_CACHE = Path(__file__).parent.parent / ".cache" / "lemonldap"
_PACKAGES = """
    liblemonldap-ng-portal-perl liblasso-perl libconvert-base32-perl libdigest-hmac-perl
    libio-string-perl libxml-simple-perl starman
""".split()
_PERL = "/usr/bin/perl"  # Debian's: the packages hold modules that are compiled for it.
_DOWNLOAD_SECONDS = 120
_START_SECONDS = 30
_SEVERAL = "; "  # between the values of an attribute


@dataclass(frozen=True, slots=True)
class LemonLdap:
    """One that runs: where a sign-in to AWS starts, and the metadata to register with AWS."""

    url: str
    metadata: str
    totp_secret: str = TOTP_SECRET
    """The second factor of aws_mfa, in Base32."""


@contextlib.contextmanager
def running(
    *,
    users: Iterable[User] = USERS,
    acs: str = ACS,
    lifespan: int = 300,
    cache: Path = _CACHE,
) -> Iterator[LemonLdap]:
    """
    LemonLDAP::NG on a free port of 127.0.0.1.

    The password is the name, whatever `users` say. `lifespan` is that of an assertion, in seconds.
    The packages are kept in `cache`.
    """
    unpacked = _unpacked(cache)
    with tempfile.TemporaryDirectory(prefix="lemonldap-") as made:
        folder = Path(made)
        port = free_port()
        base = f"http://127.0.0.1:{port}/"
        _configure(folder, base, unpacked, users=users, acs=acs, lifespan=lifespan)
        server = subprocess.Popen(
            [
                *(_PERL, unpacked / "usr" / "bin" / "starman", "--preload-app", "--workers", "3"),
                *("--listen", f"127.0.0.1:{port}", _PORTAL),
            ],
            env=_environment(folder, unpacked),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            metadata = first_answer(f"{base}saml/metadata/idp", server, _START_SECONDS)
            yield LemonLdap(f"{base}saml/singleSignOn?IDPInitiated=1&spConfKey=aws", metadata)
        finally:
            server.terminate()
            server.wait()


def _unpacked(cache: Path) -> Path:
    """The folder with the packages in it; filled the first time that these are asked for."""
    unpacked = cache / hashlib.sha256(" ".join(_PACKAGES).encode()).hexdigest()[:12]
    if unpacked.is_dir():
        return unpacked
    for tool in (_PERL, "apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            pytest.skip(f"LemonLDAP::NG: {tool} is not here, the packages come from Debian")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as made:
        folder = Path(made)
        new = folder / "packages"
        try:
            wanted = _missing_packages()
            subprocess.run(
                ["apt-get", "-q", "download", *wanted],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=_DOWNLOAD_SECONDS,
            )
            for package in folder.glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, new], check=True, capture_output=True)
        except subprocess.SubprocessError as error:
            pytest.skip(f"LemonLDAP::NG: the packages cannot be had ({type(error).__name__})")
        # Whole or not at all, and somebody else may have been faster.
        with contextlib.suppress(OSError):
            new.rename(unpacked)
    return unpacked


def _missing_packages() -> list[str]:
    """What apt-get would install; not what it would only bring up to date, such as perl itself."""
    planned = subprocess.run(
        ["apt-get", "-q", "--simulate", "--no-install-recommends", "install", *_PACKAGES],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
        timeout=_DOWNLOAD_SECONDS,
    ).stdout
    # "Inst starman (0.4016-1 Debian…)", and with the old version: "Inst perl [5.36.0-7] (5.36…"
    planned_words = [line.split() for line in planned.splitlines() if line.startswith("Inst ")]
    return [name for _, name, version, *_ in planned_words if version.startswith("(")]


def _environment(folder: Path, unpacked: Path) -> dict[str, str]:
    system = unpacked / "usr" / "lib"
    modules = [unpacked / "usr" / "share" / "perl5", *system.glob("*/perl5/*")]
    libraries = [system, *system.glob("*-linux-*")]
    return {
        "PATH": os.environ["PATH"],
        "PERL5LIB": ":".join(map(str, modules)),
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "LLNG_DEFAULTCONFFILE": str(folder / "lemonldap-ng.ini"),
        "PORTAL_SHARE": str(unpacked / "usr" / "share"),
        "PORTAL_USERS": str(folder / "users.json"),
    }


def _configure(
    folder: Path, base: str, unpacked: Path, *, users: Iterable[User], acs: str, lifespan: int
) -> None:
    for name in ("conf", "sessions", "lock", "cache"):
        (folder / name).mkdir()
    templates = unpacked / "usr" / "share" / "lemonldap-ng" / "portal" / "templates"
    (folder / "lemonldap-ng.ini").write_text(
        f"[all]\nlogLevel = error\n[configuration]\ntype = File\ndirName = {folder / 'conf'}\n"
        # Its pages speak one of these, by what the browser asks for.
        f"[portal]\nstaticPrefix = /static\ntemplateDir = {templates}\nlanguages = en, fr, de\n"
    )
    (folder / "users.json").write_text(json.dumps({user.name: _account(user) for user in users}))
    sessions = {"Directory": str(folder / "sessions"), "LockDirectory": str(folder / "lock")}
    issuer = Issuer.made_now(base)
    basic = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
    attributes = {"uid": "RoleSessionName", "awsDuration": "SessionDuration", "awsRole": "Role"}
    settings = {
        "cfgNum": 1,
        "cfgDate": int(time.time()),
        "portal": base,
        "domain": "127.0.0.1",
        "locationRules": {"127.0.0.1": {"default": "accept"}},
        "key": secrets.token_hex(16),
        # On plain http a browser drops a cookie that is SameSite=None and not Secure.
        "securedCookie": 0,
        "sameSite": "Lax",
        "authentication": "Demo",
        "userDB": "Same",
        "passwordDB": "Null",
        "registerDB": "Null",
        "captcha": "NoCaptcha",
        "demoExportedVars": {name: name for name in (*attributes, "_2fDevices")},
        "totp2fActivation": 1,
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": sessions,
        "localSessionStorageOptions": {"cache_root": str(folder / "cache"), "cache_depth": 3},
        "issuerDBSAMLActivation": 1,
        "samlServicePrivateKeySig": issuer.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        "samlServicePublicKeySig": issuer.certificate.public_bytes(
            serialization.Encoding.PEM
        ).decode(),
        "samlSPMetaDataXML": {"aws": {"samlSPMetaDataXML": _service_provider(acs)}},
        "samlSPMetaDataExportedAttributes": {
            "aws": {key: f"0;{ATTRIBUTE}{name};{basic}" for key, name in attributes.items()}
        },
        "samlSPMetaDataOptions": {
            "aws": {
                "samlSPMetaDataOptionsEnableIDPInitiatedURL": 1,
                "samlSPMetaDataOptionsNameIDFormat": "persistent",
                "samlSPMetaDataOptionsNotOnOrAfterTimeout": lifespan,
                "samlSPMetaDataOptionsSignSSOMessage": 1,
            }
        },
    }
    (folder / "conf" / "lmConf-1.json").write_text(json.dumps(settings))


def _account(user: User) -> dict[str, str]:
    account = {"uid": user.name, "awsDuration": "3600"}
    if user.roles:
        account["awsRole"] = _SEVERAL.join(f"{role},{_PROVIDER}" for role in user.roles)
    if user.totp:
        device = {"type": "TOTP", "name": "Phone", "epoch": 0, "_secret": user.totp}
        account["_2fDevices"] = json.dumps([device])
    return account


def _service_provider(acs: str) -> str:
    return (
        '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" '
        f"entityID={quoteattr(AUDIENCE)}>"
        '<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" '
        'WantAssertionsSigned="true">'
        '<AssertionConsumerService index="1" isDefault="true" '
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        f"Location={quoteattr(acs)}/></SPSSODescriptor></EntityDescriptor>"
    )
