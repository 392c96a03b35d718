"""LemonLDAP::NG from Debian's packages, as an identity provider that nobody here wrote.

Packages that are not installed are downloaded and unpacked. Needs Debian's `perl`, `apt-get` and
`dpkg-deb`: where one of them is missing, or apt does not know a package, a test is skipped.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives import serialization

from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER, TOTP_SECRET, User
from aws_saml_ext.demo.issuer import ACS, ATTRIBUTE, AUDIENCE, Issuer
from stack.servers import free_port
from tests.fetching import debian_files, need_tool, within
from tests.patience import first_answer

USERS = (
    User("aws_user", (ROLE_USER,)),
    User("aws_admin", (ROLE_USER, ROLE_ADMIN)),
    User("aws_void"),
    User("aws_mfa", (ROLE_USER, ROLE_ADMIN), totp=TOTP_SECRET),
    User("aws_either", (ROLE_USER, ROLE_ADMIN), totp=TOTP_SECRET),
)
TEXTED_CODE = "482913"
"""The code that aws_either may type in place of that of a device."""
_PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
_PORTAL = Path(__file__).parent / "lemonldap" / "portal.psgi"
_CACHE = Path(__file__).parent.parent / ".cache" / "lemonldap"
_PACKAGES = """
    liblemonldap-ng-portal-perl liblasso-perl libconvert-base32-perl libdigest-hmac-perl
    libio-string-perl libxml-simple-perl starman
""".split()
_PERL = "/usr/bin/perl"  # Debian's: the packages hold modules that are compiled for it.
_STARMAN = "usr/bin/starman"
_SHARE = "usr/share/lemonldap-ng"
_START_SECONDS = 30
_SEVERAL = "; "  # between the values of an attribute


@dataclass(frozen=True, slots=True)
class LemonLdap:
    """A running server: its sign-in address for AWS and the metadata to register with AWS."""

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
    """Run LemonLDAP::NG on a free port of 127.0.0.1.

    Each password is the user's name: the passwords of `users` are ignored.

    Args:
        users: who can sign in.
        acs: the address that assertions are posted to.
        lifespan: of an assertion, in seconds.
        cache: the folder that unpacked packages stay in.
    """
    need_tool("LemonLDAP::NG", "perl", program=_PERL)
    roots = debian_files("LemonLDAP::NG", _PACKAGES, cache)
    with tempfile.TemporaryDirectory(prefix="lemonldap-") as made:
        folder = Path(made)
        port = free_port()
        base = f"http://127.0.0.1:{port}/"
        _configure(folder, base, within(roots, _SHARE), users=users, acs=acs, lifespan=lifespan)
        log = folder / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [
                    *(_PERL, within(roots, _STARMAN), "--preload-app", "--workers", "3"),
                    *("--listen", f"127.0.0.1:{port}", _PORTAL),
                ],
                env=_environment(folder, roots),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            address = f"{base}saml/metadata/idp"
            metadata = first_answer(address, server, log=log, seconds=_START_SECONDS)
            yield LemonLdap(f"{base}saml/singleSignOn?IDPInitiated=1&spConfKey=aws", metadata)
        finally:
            server.terminate()
            server.wait()


def _environment(folder: Path, roots: Sequence[Path]) -> dict[str, str]:
    """Return the environment of starman, which finds in `/` by itself what is installed there."""
    unpacked = [root for root in roots if root != Path("/")]
    modules = [found for root in unpacked for found in root.glob("usr/lib/*/perl5/*")]
    modules += [root / "usr" / "share" / "perl5" for root in unpacked]
    libraries = [found for root in unpacked for found in root.glob("usr/lib/*-linux-*")]
    libraries += [root / "usr" / "lib" for root in unpacked]
    return {
        "PATH": os.environ["PATH"],
        "PERL5LIB": ":".join(map(str, modules)),
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "LLNG_DEFAULTCONFFILE": str(folder / "lemonldap-ng.ini"),
        "PORTAL_SHARE": str(within(roots, _SHARE).parent),
        "PORTAL_USERS": str(folder / "users.json"),
    }


def _configure(
    folder: Path, base: str, share: Path, *, users: Iterable[User], acs: str, lifespan: int
) -> None:
    for name in ("conf", "sessions", "lock", "cache"):
        (folder / name).mkdir()
    templates = share / "portal" / "templates"
    (folder / "lemonldap-ng.ini").write_text(
        f"[all]\nlogLevel = error\n[configuration]\ntype = File\ndirName = {folder / 'conf'}\n"
        # Its pages speak one of these, by what the browser asks for.
        f"[portal]\nstaticPrefix = /static\ntemplateDir = {templates}\nlanguages = en, fr, de\n"
    )
    (folder / "users.json").write_text(json.dumps({user.name: _account(user) for user in users}))
    sessions = {"Directory": str(folder / "sessions"), "LockDirectory": str(folder / "lock")}
    issuer = Issuer.create(base)
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
        "ext2fActivation": '$uid eq "aws_either"',
        "ext2fCodeActivation": 0,
        "ext2fLabel": "Text message",
        "ext2FSendCommand": "/bin/true",
        "ext2FValidateCommand": f"/usr/bin/test $code = {TEXTED_CODE}",
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
