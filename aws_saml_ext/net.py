"""Hosts and web addresses, as settings, pages and messages name them."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Return whether the host of an address is this machine."""
    import ipaddress

    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """Return the host of a web address, `idp.example.com`; empty where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def host_and_port(address: str) -> str:
    """Return `idp.example.com:8443` as the address has it, without a user name or password."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def skip_pyopenssl() -> None:
    """Keep botocore from loading pyOpenSSL, which costs it a fifth of its start.

    It asks urllib3's adapter for pyOpenSSL only for the name of the SSLContext of the standard
    library, and takes that from elsewhere where there is no such adapter. selenium-wire brings
    pyOpenSSL, and loads it for itself. For the command's own process only, before botocore.
    """
    sys.modules.setdefault("urllib3.contrib.pyopenssl", None)  # type: ignore[arg-type]
