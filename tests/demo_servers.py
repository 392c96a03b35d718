"""The demo's identity provider and AWS, for tests.

A test takes the fixture `demo`; one that needs other users, life spans or clocks opens
`aws_saml_ext.demo.running(...)`. Starting both takes about a tenth of a second once moto has been
imported.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import TOTP_SECRET
from aws_saml_ext.demo.steps import totp


@pytest.fixture
def demo() -> Iterator[Demo]:
    """Both servers, new."""
    with running() as both:
        yield both


class Visitor:
    """A person at an identity provider, with a browser that has cookies but no scripts."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._opener: OpenerDirector = build_opener(
            ProxyHandler({}), HTTPCookieProcessor(self.cookies)
        )
        self.address = ""
        self.page = ""

    def open(self, address: str, form: Mapping[str, str] | None = None) -> Form:
        """Return the form of the page at `address`; post `form` to it if there is one."""
        data = None if form is None else urlencode(form).encode()
        with self._opener.open(Request(address, data), timeout=20) as answer:
            self.address = answer.url
            self.page = answer.read().decode()
        return Form(self.page)

    def submit(self, form: Form, **typed: str) -> Form:
        """Submit a form and return the next one, which may be that for AWS.

        Args:
            form: one that was returned here.
            typed: the text for the first field of each kind (`text`, `password`).
        """
        filled = form.fields | {form.names[kind]: text for kind, text in typed.items()}
        return self.open(urljoin(self.address, form.action), filled)

    def sign_in(self, address: str, name: str, password: str | None = None) -> Form:
        """Submit username and password, by default the username, and return the next form."""
        asked = self.open(address)
        return self.submit(asked, text=name, password=name if password is None else password)


class Form(HTMLParser):
    """The first form of a page: its action, its fields, and their names by type."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.fields:
            self.action = given.get("action", "")
        if tag in {"input", "button"} and "name" in given:
            self.fields[given["name"]] = given.get("value", "")
            self.names.setdefault(given.get("type", "text"), given["name"])


def code_of(user: str) -> str:
    """Return the one-time code of this user of the demo, who has one."""
    assert user == "aws_mfa"
    return totp(TOTP_SECRET, datetime.now(timezone.utc))


_session = cache(Session)  # It reads botocore's models, which takes longer than a test.


def client(
    service: str, url: str, keys: Mapping[str, Any] | None = None, *, region: str = "us-east-1"
) -> Any:
    """Return botocore's client of `service` at `url`, with the Credentials of an STS answer."""
    once = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1, "mode": "standard"})
    signed: dict[str, Any] = {"config": once}
    if keys is not None:
        signed = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
    return _session().create_client(service, region_name=region, endpoint_url=url, **signed)


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return TLS for a server on 127.0.0.1, with a certificate that nobody trusts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    kept = folder / "self-signed.pem"
    kept.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(kept)
    return context
