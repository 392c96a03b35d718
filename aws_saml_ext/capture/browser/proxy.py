"""The intercepting proxy for the AWS sign-in hosts, which never goes on to AWS.

It is selenium-wire's. It answers each request itself; where that fails, it has no address to
connect from and no server to trust. The browser trusts the key of its certificate authority,
which is made for one run.
"""

from __future__ import annotations

import logging
import socket
import tempfile
import threading
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

from aws_saml_ext.capture.browser import pac, peers, selenium_wire
from aws_saml_ext.capture.browser.engine import Posted
from aws_saml_ext.capture.saml_post import CLOSING_PAGE, STRAY_PAGE, Sender, saml_response
from aws_saml_ext.errors import BrowserError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_log = logging.getLogger(__name__)

_END_SECONDS = 2.0
_AUTHORITY_LIFETIME = timedelta(hours=12)
_UNUSABLE_ADDRESS = "192.0.2.1"
"""From TEST-NET-1 (RFC 5737), which no machine has: no connection can start there."""
_HEADERS = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


class InterceptingProxy:
    """A proxy that answers every request for a sign-in host itself."""

    def __init__(self, acs_url: str | None, probe: str) -> None:
        """Prepare a proxy that does not run yet.

        Args:
            acs_url: a sign-in address besides those of AWS.
            probe: the address whose request proves that the browser uses this proxy.
        """
        self._acs_url = acs_url
        self._probe = probe
        self._thread: threading.Thread | None = None
        self.proxy: Any = None
        """`seleniumwire.server.MitmProxy`, once it runs."""
        self.authority = ""
        """The certificate authority of this run, as PEM."""
        self.arrived: Queue[Posted] = Queue()
        """Each POST of a SAMLResponse to AWS, in order, whoever sent it."""
        self.probed = threading.Event()
        """Set when the probe has arrived."""
        self.probe_headers: list[tuple[str, str]] = []
        """The headers of the probe, in the browser's order."""

    def serve(
        self,
        listening: socket.socket,
        key: EllipticCurvePrivateKey,
        *,
        folder: Path | None = None,
    ) -> None:
        """Import selenium-wire, and answer the connections to `listening` from then on.

        Those of other users are closed unread.

        Args:
            listening: a socket that listens already.
            key: the key of the certificate authority.
            folder: where a private folder holds the key while selenium-wire reads it; None for
                the system's folder for temporary files.

        Raises:
            BrowserError: selenium-wire uses another certificate authority.
        """
        self.authority = _authority(key)
        with tempfile.TemporaryDirectory(prefix="aws-saml-login-", dir=folder) as private:
            authority = Path(private, "authority.pem")
            authority.write_text(self.authority, encoding="ascii")
            private_key = Path(private, "authority.key")
            private_key.write_bytes(_pem(key))
            proxy = selenium_wire.proxy_class()(
                "127.0.0.1", 0, _options(authority, private_key, private)
            )
        selenium_wire.use_socket(proxy, listening)
        selenium_wire.admit_only(proxy, peers.is_own)
        if not selenium_wire.has_authority(proxy, self.authority):
            raise BrowserError(
                "The proxy for the AWS sign-in hosts has a foreign certificate.",
                advice="Install the release of selenium-wire that this program requires.",
            )
        proxy.request_interceptor = self._intercept
        self.proxy = proxy
        self._thread = selenium_wire.run(proxy)

    def stop(self) -> None:
        """Stop answering, without waiting for the end."""
        if self.proxy is not None:
            self.proxy.shutdown()

    def join(self) -> None:
        """Wait for the end, a moment at most."""
        if self._thread is not None:
            self._thread.join(_END_SECONDS)

    def _intercept(self, request: Any) -> None:
        """Answer a request of the browser, on the proxy's own event loop.

        It answers after any error too: a request without an answer would go on to AWS.
        """
        try:
            self._answer(request)
        except Exception:
            _log.debug("A request to a sign-in host could not be read.", exc_info=True)
            _block(request)

    def _answer(self, request: Any) -> None:
        _block(request)
        url = self._url(request)
        if request.method == "GET" and url == self._probe:
            self.probe_headers[:] = request.headers.items()
            request.create_response(204)
            self.probed.set()
        elif pac.takes_assertion(request.method, url, self._acs_url):
            text = saml_response(request.body, request.headers.get("Content-Type") or "")
            if text is not None:
                sender = Sender.of({name.lower(): text for name, text in request.headers.items()})
                status, page = (200, CLOSING_PAGE) if sender.is_page else (403, STRAY_PAGE)
                request.create_response(status, _HEADERS, page.encode())
                self.arrived.put(Posted(url, text, sender))

    def _url(self, request: Any) -> str:
        """Return the address of a request; one sent as if to a server has a path and Host only."""
        url: str = request.url
        if not url.startswith("://") or self._acs_url is None:
            return url
        scheme, _, _ = self._acs_url.partition(":")
        path = url.removeprefix("://").partition("/")[2]
        return f"{scheme}://{request.headers.get('Host')}/{path}"


def _options(authority: Path, private_key: Path, private: str) -> dict[str, Any]:
    """Return the options of selenium-wire's proxy."""
    return {
        "request_storage": "memory",
        "request_storage_max_size": 0,
        "request_storage_base_dir": private,
        "ca_cert": authority,
        "ca_key": private_key,
        # A sign-in address on loopback is requested as from its server: see pac.py.
        "mitm_relax_http_form_validation": True,
        "ignore_http_methods": [],  # OPTIONS would go on to AWS
        "suppress_connection_errors": True,
        # It never goes on to AWS. Should it try: no proxy of the environment is used,
        "proxy": {"http": None, "https": None},
        # there is no address to connect from,
        "mitm_upstream_bind_address": _UNUSABLE_ADDRESS,
        # no server's certificate verifies, since that file is soon gone,
        "verify_ssl": True,
        "mitm_ssl_verify_upstream_trusted_ca": str(authority),
        # and it does not look at the server's certificate before it answers.
        "mitm_upstream_cert": False,
    }


def _block(request: Any) -> None:
    request.create_response(502, _HEADERS, b"Not let through while signing in.")


def new_key() -> EllipticCurvePrivateKey:
    """Return a new key for a certificate authority."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def key_hash(key: EllipticCurvePrivateKey) -> str:
    """Return the hash of the public key that `--ignore-certificate-errors-spki-list` takes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(spki).digest()).decode()


def _authority(key: EllipticCurvePrivateKey) -> str:
    """Return a new certificate authority, as PEM; it may sign servers' certificates only."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "aws-saml-login, this run")])
    now = datetime.now(timezone.utc)
    usage = x509.KeyUsage(
        key_cert_sign=True,
        digital_signature=True,  # for TLS: servers' certificates have the authority's own key
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
