"""The checks that call somebody: the clock by one request to STS, the identity provider's host.

No page is fetched, nothing is signed, and no secret is sent.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext import hints, net
from aws_saml_ext.checks.findings import Looked, Problem, Skipped
from aws_saml_ext.cli.doctor.examination import UNREADABLE, Examination
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.text import counted, printable

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_SECONDS = 2.0
_WARN, _FAIL = timedelta(seconds=60), timedelta(seconds=240)
_FEW_DAYS = 14
_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_NETWORK = "Check the network, the address and the proxy settings."


def clock(examination: Examination) -> Iterator[Looked]:
    """Yield how wrong the clock of this machine is, by the header Date of STS."""
    from aws_saml_ext.config import aws_settings
    from aws_saml_ext.sts import client

    session, settings = examination.session, examination.settings
    if session is None or settings is None:
        yield Skipped(UNREADABLE)
        return
    try:
        address = client.endpoint_of(session, settings.role_arn or "", examination.connection)
        bundle = aws_settings.ca_bundle(session, environ=examination.environ)
    except ConfigError as error:
        yield Skipped(f"STS has no address: {error}")
        return
    verify = examination.connection.verify_ssl
    parts = urlsplit(address)
    where = net.host_and_port(address)
    try:
        context = _context(bundle.value if bundle else None, verify=verify)
        with _Opened(parts, context) as connection:
            before = time.time()
            connection.request("GET", "/", headers={"Connection": "close"})
            written = connection.getresponse().getheader("Date", "")
            here = datetime.fromtimestamp((before + time.time()) / 2, timezone.utc)
        there = parsedate_to_datetime(written)
        behind = there - here
    except (OSError, HTTPException) as error:
        yield Problem(f"STS at {where} cannot be reached: {_reason(error)}.", advice=_NETWORK)
        return
    except (TypeError, ValueError):
        yield Skipped(f"The answer from {where} has no time in it.")
        return
    if abs(behind) > _WARN:
        side = "behind" if behind > timedelta() else "ahead of"
        yield Problem(
            f"The clock of this machine is {_span(abs(behind))} {side} STS; assertions live for 5 "
            "minutes.",
            command="sudo timedatectl set-ntp true",
            is_warning=abs(behind) <= _FAIL,
        )
    yield f"The clock agrees with STS at {where}."


def idp_host(examination: Examination) -> Iterator[Looked]:
    """Yield why the host of the identity provider cannot be reached, or is not trusted."""
    settings = examination.settings
    if settings is None or not settings.idp_url:
        yield Skipped("There is no address of an identity provider.")
        return
    parts = urlsplit(settings.idp_url)
    host = parts.hostname or ""
    try:
        with _Opened(parts, _context(None, verify=True)) as connection:
            certificate = (
                connection.sock.getpeercert()
                if isinstance(connection.sock, ssl.SSLSocket)
                else None
            )
    except ssl.SSLCertVerificationError as error:
        yield Problem(
            f"The certificate of {host} is not trusted: {printable(error.verify_message)}.",
            advice="Ask the administrator of the identity provider. A browser may know its "
            "certificate authority all the same.",
            is_warning="issuer" in error.verify_message or "self-signed" in error.verify_message,
        )
        return
    except (OSError, HTTPException) as error:
        yield Problem(f"{host} cannot be reached: {_reason(error)}.", advice=_NETWORK)
        return
    if certificate:
        end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        days = int((end - time.time()) // 86_400)
        if days < _FEW_DAYS:
            yield Problem(
                f"The certificate of {host} ends in {counted(days, 'day')}.",
                advice="Tell the administrator of the identity provider.",
                is_warning=True,
            )
    yield f"{host} can be reached."


def proxy_host(examination: Examination) -> Iterator[Looked]:
    """Yield proxies of the environment that cannot be reached: the browser and `aws` use them."""
    names = [name for name in _PROXIES if examination.environ.get(name)]
    first = {_place(examination.environ[name]): name for name in reversed(names)}
    for (host, port), name in first.items():
        if (reason := _silence(host, port)) is not None:
            yield Problem(
                f"{name} names {printable(host)}:{port}, which cannot be reached: {reason}.",
                command=hints.shown("unset", name),
                is_warning=True,  # where a host of the sign-in needs it, that has its own check
            )
    yield "The proxies of the environment answer." if names else "No variable names a proxy."


def _silence(host: str, port: int) -> str | None:
    """Return why nobody can be reached there; None if somebody can."""
    try:
        if not net.is_loopback(host) and not net.addresses_of(host, seconds=_SECONDS):
            return f"the name {host} is not known"
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except (OSError, ValueError) as error:
        return _reason(error)
    return None


def _place(proxy: str) -> tuple[str, int]:
    """Return host and port of a proxy."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"//{proxy}")
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", 0


class _Opened:
    """A connection to the host of an address, through the proxy of the environment if any."""

    def __init__(self, address: SplitResult, context: ssl.SSLContext) -> None:
        from urllib.request import getproxies, proxy_bypass

        host, is_tls = address.hostname or "", address.scheme == "https"
        port = address.port or (443 if is_tls else 80)
        proxy = None if net.is_loopback(host) or proxy_bypass(host) else getproxies().get("https")
        first = urlsplit(proxy if "://" in proxy else f"//{proxy}") if proxy else None
        to = (first.hostname or "", first.port or 80) if first else (host, port)
        if not net.is_loopback(to[0]) and not net.addresses_of(to[0], seconds=_SECONDS):
            raise OSError(f"the name {to[0]} is not known")
        if is_tls:
            self._connection: HTTPConnection = HTTPSConnection(
                *to, timeout=_SECONDS, context=context
            )
        else:
            self._connection = HTTPConnection(*to, timeout=_SECONDS)
        if first:
            self._connection.set_tunnel(host, port)

    def __enter__(self) -> HTTPConnection:
        self._connection.connect()
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _context(bundle: str | None, *, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=bundle)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer in {_SECONDS:.0f} seconds"
    text = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return printable(str(text)).rstrip(".") or type(error).__name__


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, noun in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, noun)
    return counted(seconds, "second")
