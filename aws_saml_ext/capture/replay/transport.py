"""The requests of a replay: the only input and output of it over the network.

Every connection has the same end of its time, at which its socket is shut: a server that sends a
byte now and then passes every time-out of a socket.
"""

from __future__ import annotations

import http.client
import select
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.net import addresses_of

if TYPE_CHECKING:
    import ssl

    from aws_saml_ext.capture.replay.addresses import Address
    from aws_saml_ext.clock import Deadline

MAX_BYTES = 2 * 1024 * 1024
"""Of a page, as it travels and unpacked."""
CONNECT_SECONDS = 3.0
_FAILURES = (OSError, http.client.HTTPException, ValueError, zlib.error)

TlsContext = Callable[[], "ssl.SSLContext"]
"""Make the TLS settings of a connection. Raises NotUnderstood."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a server."""

    status: int
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)
    problem: str = ""
    """The reason why the body is not usable; a browser has taken the cookies by then."""

    def all(self, name: str) -> list[str]:
        """Return the values of every header of a name."""
        return [value for each, value in self.headers if each.lower() == name]

    def one(self, name: str) -> str:
        """Return the value of a header; empty where there is none.

        Raises:
            NotUnderstood: it is there twice.
        """
        values = self.all(name)
        if len(values) > 1:
            raise NotUnderstood(f"an answer has two headers {name}")
        return values[0].strip() if values else ""


class Transport:
    """The connections of one replay. Close it."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        proxies: Mapping[str, str],
        user_agent: str,
        tls_context: TlsContext | None = None,
    ) -> None:
        """Take what every connection needs.

        Args:
            deadline: the end of the time for all requests.
            proxies: those of `urllib.request.getproxies()`.
            user_agent: the browser's, for a proxy.
            tls_context: None for `system_tls`.
        """
        self._deadline = deadline
        self._proxies = proxies
        self._user_agent = user_agent
        self._tls_context = tls_context or system_tls
        self._tls: ssl.SSLContext | None = None
        self._connections: dict[str, http.client.HTTPConnection] = {}
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_over = False
        self._timer = threading.Timer(max(0.0, deadline.remaining), self._shut)
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        """Close every connection."""
        self._timer.cancel()
        for connection in self._connections.values():
            connection.close()
        for each in self._sockets:
            each.close()

    def send(
        self, method: str, address: Address, headers: Sequence[tuple[str, str]], body: bytes | None
    ) -> Answer:
        """Send a request, and return the answer.

        Returns:
            One with a `problem` where only its head could be read.

        Raises:
            NotUnderstood: the way to the server is not a plain one, or there is no answer.
        """
        connection = self._connection(address)
        try:
            connection.putrequest(method, address.target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
        except _FAILURES as error:
            raise NotUnderstood(f"a request failed: {type(error).__name__}") from None
        head = Answer(response.status, response.getheaders(), b"")
        try:
            read = replace(head, body=_read(response, head))
        except NotUnderstood as problem:
            return replace(head, problem=str(problem))
        except _FAILURES as error:
            return replace(head, problem=f"an answer failed: {type(error).__name__}")
        # Where the time has ended, a page without a length looks as if it were whole.
        return replace(head, problem="the time is over") if self._is_over else read

    def _connection(self, address: Address) -> http.client.HTTPConnection:
        """Return a connection to an origin; one that the server has closed is replaced."""
        connection = self._connections.get(address.origin)
        if connection is None:
            connection = http.client.HTTPConnection(address.host.strip("[]"), address.port)
            self._connections[address.origin] = connection
        if connection.sock is not None and select.select([connection.sock], [], [], 0)[0]:
            connection.close()
        if connection.sock is None:
            try:
                connection.sock = self._connected(address)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise NotUnderstood(f"no connection: {type(error).__name__}") from None
        connection.auto_open = 0
        return connection

    def _connected(self, address: Address) -> socket.socket:
        if address.scheme == "http":  # loopback, which no browser reaches by a proxy
            return self._opened(address.host, address.port)
        kind, _, place = pac.route(address.text, self._proxies).partition(" ")
        if kind not in {"DIRECT", "PROXY"}:
            raise NotUnderstood("the way leads through a proxy of another kind")
        if self._tls is None:
            self._tls = self._tls_context()
        if kind == "DIRECT":
            plain = self._opened(address.host, address.port)
        else:
            host, _, port = place.rpartition(":")
            plain = self._opened(host, int(port))
        try:
            if kind == "PROXY":
                self._tunnel(plain, address)
            return self._tls.wrap_socket(plain, server_hostname=address.host.strip("[]"))
        except BaseException:
            plain.close()
            raise

    def _opened(self, host: str, port: int) -> socket.socket:
        """Connect to one of the addresses of a host."""
        name = host.strip("[]")
        seconds = self._deadline.at_most(CONNECT_SECONDS)
        is_number = ":" in name or name.replace(".", "").isdigit()
        numbers = (name,) if is_number else addresses_of(name, seconds=seconds)
        error: OSError = OSError("no address")
        for number in numbers:
            seconds = self._deadline.at_most(CONNECT_SECONDS)
            if not seconds:
                break
            family = socket.AF_INET6 if ":" in number else socket.AF_INET
            opened = socket.socket(family, socket.SOCK_STREAM)
            try:
                self._keep(opened)
                opened.settimeout(seconds)
                opened.connect((number, port))
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                opened.settimeout(max(0.01, self._deadline.remaining))
            except OSError as failed:
                opened.close()
                error = failed
            except BaseException:
                opened.close()
                raise
            else:
                return opened
        raise error

    def _tunnel(self, plain: socket.socket, address: Address) -> None:
        """Have a proxy connect to a server."""
        target = f"{address.host}:{address.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "Proxy-Connection: keep-alive"]
        lines += [f"User-Agent: {self._user_agent}", "", ""]
        plain.sendall("\r\n".join(lines).encode("latin-1"))
        answer = http.client.HTTPResponse(plain, method="CONNECT")
        answer.begin()
        answer.close()
        if answer.status != 200:
            raise NotUnderstood(f"the proxy answered {answer.status}")

    def _keep(self, opened: socket.socket) -> None:
        """Let the end of the time shut a connection, whichever object reads from it by then."""
        with self._lock:
            if self._is_over:
                raise TimeoutError
            self._sockets.append(opened.dup())

    def _shut(self) -> None:
        with self._lock:
            self._is_over = True
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


def _read(response: http.client.HTTPResponse, head: Answer) -> bytes:
    """Read the body of an answer.

    Raises:
        NotUnderstood: its length is wrong, or it is packed in another way.
    """
    transfer = head.one("transfer-encoding").lower()
    if transfer not in {"", "chunked"} or (transfer and head.all("content-length")):
        raise NotUnderstood("an answer has no certain length")
    head.one("content-length")
    packed = response.read(MAX_BYTES + 1)
    if len(packed) > MAX_BYTES:
        raise NotUnderstood("a page is too long")
    if response.length not in {None, 0}:
        raise NotUnderstood("an answer is cut off")
    if head.status in {204, 304}:
        raise NotUnderstood(f"a server answered {head.status}")
    return _unpacked(packed, head.one("content-encoding").lower())


def _unpacked(packed: bytes, encoding: str) -> bytes:
    if encoding in {"", "identity"} or not packed:
        return packed
    windows = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": 15}
    if encoding not in windows:
        raise NotUnderstood("an answer is packed in another way")
    unpacking = zlib.decompressobj(windows[encoding])
    body = unpacking.decompress(packed, MAX_BYTES + 1)
    if len(body) > MAX_BYTES or not unpacking.eof or unpacking.unused_data:
        raise NotUnderstood("a page is too long, or cut off")
    return body


def system_tls() -> ssl.SSLContext:
    """Return TLS settings that trust what the system trusts, whatever the environment says.

    Not those of `ssl.create_default_context`, which would write keys to SSLKEYLOGFILE; and no
    files of SSL_CERT_FILE, which no browser reads.

    Raises:
        NotUnderstood: the system's store cannot be read here.
    """
    import ssl

    if sys.platform != "linux":
        try:
            import truststore
        except ImportError:
            raise NotUnderstood("the package truststore is not installed") from None
        trusting: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return trusting
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    paths = ssl.get_default_verify_paths()
    for file, folder in ((paths.openssl_cafile, None), (None, paths.openssl_capath)):
        with suppress(OSError, ValueError):
            context.load_verify_locations(file, folder)
    return context
