"""samlp, the identity provider of Auth0 for Node.js, with assertions that only AWS can decrypt.

Needs `node`, and the first time `npm`: where one of them is missing, a test is skipped.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, ROLE_USER, User
from aws_saml_ext.demo.issuer import ATTRIBUTE, AUDIENCE, Issuer
from tests.fetching import built, need_tool, run

ACS = "https://signin.aws.amazon.com/saml/acs/SAMLSPEXAMPLE1234567"
"""AWS's address for encrypted assertions; the last part is the provider's own."""
USERS = (
    User("aws_user", (ROLE_USER,)),
    User("aws_admin", (ROLE_USER, ROLE_ADMIN)),
    User("aws_void"),
)
_PROVIDER = "arn:aws:iam::000000000000:saml-provider/SamlExampleProvider"
_FILES = Path(__file__).parent / "node_samlp"
_CACHE = Path(__file__).parent.parent / ".cache" / "node-samlp"
_NONCE_BYTES = 12  # of aes256-gcm, before the text (W3C, XML Encryption 1.1)
_INSTALL_SECONDS = 120
_ANSWER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class NodeSamlp:
    """A running server: its sign-in address for AWS and the metadata to register with AWS."""

    url: str
    metadata: str
    key: rsa.RSAPrivateKey = field(repr=False)
    """The key of AWS, which decrypts the assertions."""


@contextlib.contextmanager
def running(
    *,
    users: Iterable[User] = USERS,
    acs: str = ACS,
    lifespan: int = 300,
    cache: Path = _CACHE,
) -> Iterator[NodeSamlp]:
    """Run samlp on a free port of 127.0.0.1.

    Args:
        users: who can sign in.
        acs: the address that assertions are posted to.
        lifespan: of an assertion, in seconds.
        cache: the folder that the packages stay in.
    """
    node = need_tool("node-samlp", "nodejs", program="node")
    modules = _installed(cache)
    aws = Issuer.create(AUDIENCE)
    with tempfile.TemporaryDirectory(prefix="node-samlp-") as made:
        settings = Path(made) / "settings.json"
        settings.write_text(json.dumps(_settings(users, aws, acs=acs, lifespan=lifespan)))
        with subprocess.Popen(
            [node, "--no-deprecation", _FILES / "idp.js", settings],
            env={**os.environ, "NODE_PATH": str(modules)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            try:
                assert server.stdout is not None
                port = server.stdout.readline().strip()
                assert port, "node-samlp did not start"
                base = f"http://127.0.0.1:{port}"
                yield NodeSamlp(f"{base}/start", _page(f"{base}/metadata"), aws.key)
            finally:
                server.terminate()


def decrypted(saml_response: str, key: rsa.RSAPrivateKey) -> str:
    """Return the Assertion element, decrypted as AWS does it."""
    response = etree.fromstring(base64.b64decode(saml_response))
    wrapped, text = (base64.b64decode(value.text) for value in response.iter("{*}CipherValue"))
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    aes = AESGCM(key.decrypt(wrapped, oaep))
    return aes.decrypt(text[:_NONCE_BYTES], text[_NONCE_BYTES:], None).decode()


def _installed(cache: Path) -> Path:
    """Return the folder `node_modules`, filled the first time that these versions are needed."""
    package = (_FILES / "package.json").read_bytes()

    def install(folder: Path) -> None:
        npm = need_tool("node-samlp", "npm")
        (folder / "package.json").write_bytes(package)
        options = "--no-save --ignore-scripts --no-audit --no-fund --no-package-lock".split()
        run("node-samlp", [npm, "install", *options], folder=folder, seconds=_INSTALL_SECONDS)

    return built(cache / hashlib.sha256(package).hexdigest()[:12], install) / "node_modules"


def _settings(users: Iterable[User], aws: Issuer, *, acs: str, lifespan: int) -> dict[str, Any]:
    """Return the settings of samlp; idp.js itself reads `users` and `acs`."""
    own = Issuer.create("urn:example:node-samlp")
    public_key = aws.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_key = own.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "users": [
            {
                "name": user.name,
                "password": user.password or user.name,
                "attributes": _attributes(user),
            }
            for user in users
        ],
        "acs": acs,
        "issuer": own.entity_id,
        "audience": AUDIENCE,
        "key": private_key.decode(),
        "cert": own.certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "encryptionCert": aws.certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "encryptionPublicKey": public_key.decode(),
        "lifetimeInSeconds": lifespan,
        "nameIdentifierFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "signResponse": True,
    }


def _attributes(user: User) -> dict[str, list[str]]:
    return {
        f"{ATTRIBUTE}RoleSessionName": [user.name],
        f"{ATTRIBUTE}SessionDuration": ["3600"],
        f"{ATTRIBUTE}Role": [f"{role},{_PROVIDER}" for role in user.roles],
    }


def _page(address: str) -> str:
    with build_opener(ProxyHandler({})).open(address, timeout=_ANSWER_SECONDS) as page:
        text: str = page.read().decode()
        return text
