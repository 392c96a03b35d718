"""Hosts and web addresses, as settings, pages and messages name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

_MAX_RESOLVE_SECONDS = 2.0


def addresses_of(host: str, *, seconds: float = _MAX_RESOLVE_SECONDS) -> Sequence[str]:
    """Return the IP addresses of a host name; empty where the system finds none in time."""
    import socket
    import threading

    found: list[str] = []

    def resolve() -> None:
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(str(address[0]) for *_, address in answers)

    # The system's own time-out is half a minute and cannot be shortened.
    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(seconds)
    return tuple(found)


def is_loopback(host: str, *, resolve: Callable[[str], Sequence[str]] = addresses_of) -> bool:
    """Return whether the host of an address is this machine.

    A name below `localhost` is loopback where it resolves so: a resolver may send it elsewhere.

    Args:
        host: a name or an IP address, an IPv6 one with or without brackets.
        resolve: returns the IP addresses of a name.
    """
    if host == "localhost":
        return True
    if host.endswith(".localhost"):
        addresses = resolve(host)
        return bool(addresses) and all(map(_is_loopback_address, addresses))
    return _is_loopback_address(host.strip("[]"))


def _is_loopback_address(text: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """Return the host of a web address, `idp.example.com`; empty where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def origin_of(address: str) -> str:
    """Return the origin of a web address as a browser writes it, `https://idp.example.com:8443`.

    `null` for any other address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "null"
    if parts.scheme not in {"http", "https"} or not host:
        return "null"
    host = f"[{host}]" if ":" in host else host
    is_default = port in {None, 443 if parts.scheme == "https" else 80}
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")


def host_and_port(address: str) -> str:
    """Return `idp.example.com:8443` as the address has it, without a user name or password."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2]
    except ValueError:
        return ""
