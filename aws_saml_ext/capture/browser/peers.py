"""The owner of a connection over loopback, by the tables of the system."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

Address = tuple[str, int]
"""An IPv4 address and a port."""


def is_own(client: Address, server: Address) -> bool:
    """Return whether the client of a connection to this machine is a program of our own user.

    On Linux the socket table names the user. Elsewhere the client must be this process or one
    that it started, as the driver and its browser are. What cannot be found out is not ours.

    Args:
        client: the address that the connection comes from.
        server: the address that accepted it.
    """
    if sys.platform == "linux":
        return os.geteuid() in _users(client, server)
    return _is_of_a_descendant(client, server)


def _users(client: Address, server: Address, tables: Path = Path("/proc/net")) -> Iterator[int]:
    """Yield the user of each open socket that connects `client` to `server`: proc_net_tcp(5)."""
    for name, encoded in (("tcp", _tcp), ("tcp6", _tcp6)):
        ends = [encoded(client), encoded(server)]
        with suppress(OSError):  # a system without IPv6 has no tcp6
            for line in (tables / name).read_text(encoding="ascii").splitlines():
                fields = line.split()
                # A socket that its process has closed has no inode, and the user 0 instead of its
                # own: root would take what it sent before.
                if fields[1:3] == ends and fields[9] != "0":
                    yield int(fields[7])


def _tcp(address: Address) -> str:
    host, port = address
    [number] = struct.unpack("=I", socket.inet_aton(host))  # in the byte order of this machine
    return f"{number:08X}:{port:04X}"


def _tcp6(address: Address) -> str:
    """Return how the table of IPv6 shows an IPv4 address: `::ffff:127.0.0.1`."""
    [prefix] = struct.unpack("=I", b"\0\0\xff\xff")
    return f"{'0' * 16}{prefix:08X}{_tcp(address)}"


def _is_of_a_descendant(client: Address, server: Address) -> bool:
    """Return whether this process, or one that it started, has the client's end.

    For macOS and Windows, which show no user of a socket to everybody. Run on Linux only.
    """
    import psutil

    this = psutil.Process()
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.Error):  # it ended, or it belongs to another user
            # psutil 6 has renamed it.
            connections = getattr(process, "net_connections", None) or process.connections
            for each in connections("tcp4"):
                if each.raddr and (tuple(each.laddr), tuple(each.raddr)) == (client, server):
                    return True
    return False
