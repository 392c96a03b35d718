"""Compatibility of selenium-wire 5.1.0, the last release, with today's libraries.

* It imports `parse_version` from `pkg_resources`, which setuptools 82 has removed.
* It uses `safe_ref` of `blinker._saferef`, which blinker 1.8 has removed.
* Its proxy makes certificates with `X509Extension`, which pyOpenSSL has removed, and passes them
  in types that pyOpenSSL has deprecated.

All three are supplied here, to selenium-wire alone: other packages import and see the real ones.
Upper bounds on those libraries would hold them back for every other program in the environment.
"""

from __future__ import annotations

import importlib
import logging
import socket
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, GeneralName

    from aws_saml_ext.capture.browser.peers import Address

_MITMPROXY = "seleniumwire.thirdparty.mitmproxy"
_importing = threading.Lock()

_UNUSED: dict[str, dict[str, object]] = {
    "command_lexer": {"unquote": None},  # the language of its console
    # A proxy that connects to no server answers in HTTP/1.1, and opens no WebSocket.
    "server.protocol.http2": {"Http2Layer": None},
    "server.protocol.websocket": {"WebSocketLayer": None},
    "websocket": {"WebSocketFlow": type("WebSocketFlow", (), {})},
}
"""Modules that this proxy never uses, by their names in mitmproxy, with what others import of them.

They and what they import were half of the time of the import.
"""


@cache
def proxy_class() -> Any:
    """Import selenium-wire's proxy, and return `seleniumwire.server.MitmProxy`, able to run.

    Takes a third of a second. Its webdriver is not imported.
    """
    import blinker  # first: an old one has its `_saferef`, and needs it

    asyncio_log = logging.getLogger("asyncio")
    level = asyncio_log.level
    with _importing, warnings.catch_warnings():
        # Its code has invalid escapes, of which newer Pythons warn.
        warnings.simplefilter("ignore")
        with _standing_in("pkg_resources", parse_version=_parse_version):
            importlib.import_module(f"{_MITMPROXY}.contrib.kaitaistruct.tls_client_hello")
        with _standing_in("blinker._saferef", safe_ref=_weak_reference):
            options = importlib.import_module(f"{_MITMPROXY}.optmanager")
        with ExitStack() as standing_in:
            for name, attribute in _UNUSED.items():
                standing_in.enter_context(_standing_in(f"{_MITMPROXY}.{name}", **attribute))
            server = importlib.import_module("seleniumwire.server")
    asyncio_log.setLevel(level)  # the import sets it for the whole program

    saferef = types.SimpleNamespace(safe_ref=_weak_reference)
    options.blinker = types.SimpleNamespace(Signal=blinker.Signal, _saferef=saferef)  # type: ignore[attr-defined]
    certificates = sys.modules[f"{_MITMPROXY}.certs"]
    certificates.dummy_cert = _certificate_for  # type: ignore[attr-defined]
    tls = sys.modules[f"{_MITMPROXY}.net.tls"]
    tls.create_server_context = _server_context  # type: ignore[attr-defined]
    # SSLKEYLOGFILE would receive the keys of connections.
    tls.log_master_secret = None  # type: ignore[attr-defined]
    # Elliptic curves need no Diffie-Hellman parameters, which it loads by private functions.
    certificates.CertStore.load_dhparam = staticmethod(lambda path: None)  # noqa: ARG005
    silence("seleniumwire")  # for good, since it logs in threads of its own
    return server.MitmProxy


def use_socket(proxy: Any, listening: socket.socket) -> None:
    """Replace the socket of `proxy`, which does not run yet, by one that listens already."""
    server = proxy.master.server
    server.socket.close()
    server.socket = listening
    server.address = listening.getsockname()


def admit_only(proxy: Any, is_admitted: Callable[[Address, Address], bool]) -> None:
    """Close each connection that is not admitted, before anything of it is read.

    Args:
        proxy: one that does not run yet.
        is_admitted: takes the addresses of the client and of the proxy. It runs on a thread of
            the connection.
    """
    server = proxy.master.server
    handle = server.handle_client_connection

    def guarded(connection: socket.socket, client: Address) -> None:
        if is_admitted(client, connection.getsockname()):
            handle(connection, client)

    server.handle_client_connection = guarded


def has_authority(proxy: Any, certificate: str) -> bool:
    """Return whether `proxy` signs with this authority (PEM).

    It sometimes ignores one without an error.
    """
    from cryptography import x509

    used = proxy.master.server.config.certstore.default_ca.to_cryptography()
    return bool(used == x509.load_pem_x509_certificate(certificate.encode()))


def silence(library: str) -> None:
    """Let a library log nothing, whatever its environment variables or the root logger set.

    Its messages contain what is typed, posted and requested; the errors of this package say what
    a user needs of them.
    """
    log = logging.getLogger(library)
    log.setLevel(logging.CRITICAL)
    log.propagate = False
    log.handlers[:] = [logging.NullHandler()]


_NEVER_AWAITED = r"coroutine 'AddonManager\.handle_lifecycle' was never awaited"


def run(proxy: Any) -> threading.Thread:
    """Run `proxy` in a thread until `proxy.shutdown()`, as `seleniumwire.backend.create` does."""
    loop = proxy._event_loop
    # Errors of connections that the end cuts off are no news for a user.
    loop.set_exception_handler(lambda _loop, _context: None)
    warnings.filterwarnings("ignore", _NEVER_AWAITED, RuntimeWarning)
    # A shutdown before it runs would fail with "attached to a different loop".
    runs = threading.Event()
    loop.call_soon(runs.set)
    thread = threading.Thread(target=proxy.serve_forever, name="selenium-wire", daemon=True)
    thread.start()
    runs.wait()
    return thread


@contextmanager
def _standing_in(name: str, **attributes: object) -> Iterator[None]:
    """Supply a module `name` with these attributes inside, unless the real one is imported."""
    if name in sys.modules:
        yield
        return
    module = types.ModuleType(name)
    vars(module).update(attributes)
    sys.modules[name] = module
    try:
        yield
    finally:
        del sys.modules[name]


def _parse_version(text: str) -> Any:
    from packaging.version import Version

    return Version(text)


def _weak_reference(function: Any) -> Any:
    bound = isinstance(function, types.MethodType)
    return weakref.WeakMethod(function) if bound else weakref.ref(function)


def _certificate_for(
    private_key: Any,
    authority: Any,
    common_name: bytes | None,
    names: list[bytes],
    organization: bytes | None,  # noqa: ARG001 - its place in the call
) -> Any:
    """Return a server's certificate, as `certs.dummy_cert` does with the same arguments.

    As there, it has the authority's own key, so the browser, which trusts that key, trusts it.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID
    from OpenSSL import crypto

    issuer = authority.to_cryptography()
    subject = common_name.decode("ascii") if common_name and len(common_name) < 64 else ""
    attributes = [x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)] if subject else []
    alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
    made: Certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(attributes))
        .issuer_name(issuer.subject)
        .public_key(issuer.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        # RFC 5280, 4.2.1.6: critical where the subject is empty.
        .add_extension(alternative, critical=not subject)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private_key.to_cryptography_key(), hashes.SHA256())
    )
    cert_class = sys.modules[f"{_MITMPROXY}.certs"].Cert
    return cert_class(crypto.X509.from_cryptography(made))


def _server_context(cert: Any, key: Any, *, alpn_select_callback: Any, **_: object) -> Any:
    """Return the TLS context towards the browser, as `net.tls.create_server_context` does."""
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_privatekey(key.to_cryptography_key())
    context.use_certificate(cert.x509.to_cryptography())
    context.set_alpn_select_callback(alpn_select_callback)
    return context


def _general_name(name: bytes) -> GeneralName:
    import ipaddress

    from cryptography import x509

    text = name.decode("ascii")
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
