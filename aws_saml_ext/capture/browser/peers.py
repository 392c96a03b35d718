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

_TABLES = Path("/proc/net")
_MAPPED = bytes(10) + b"\xff\xff"
_ESTABLISHED = "01"
_LOOPBACK_6 = bytes(15) + b"\1"


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


def foreign_clients(port: int) -> set[int]:
    """Return the ports from which programs of other users, root apart, are connected to `port`.

    Linux only. A connection that an end of it has closed does not count.

    Args:
        port: of 127.0.0.1 and ::1.
    """
    servers = {_tcp(("127.0.0.1", port)), _tcp6(("127.0.0.1", port)), _end(_LOOPBACK_6, port)}
    own = {0, os.geteuid()}
    return {
        int(client.rpartition(":")[2], 16)
        for client, server, state, user in _connections()
        if server in servers and user not in own and state == _ESTABLISHED
    }


def _users(client: Address, server: Address) -> Iterator[int]:
    """Yield the user of each open socket that connects `client` to `server`."""
    ends = {(_tcp(client), _tcp(server)), (_tcp6(client), _tcp6(server))}
    for local, remote, _, user in _connections():
        if (local, remote) in ends:
            yield user


def _connections() -> Iterator[tuple[str, str, str, int]]:
    """Yield the two ends and the state, as the tables have them, and the user of each socket.

    The format is that of proc_net_tcp(5).
    """
    for name in ("tcp", "tcp6"):
        with suppress(OSError):  # a system without IPv6 has no tcp6
            for line in (_TABLES / name).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                # A socket that its process has closed has no inode, and the user 0 instead of its
                # own: root would take what it sent before.
                if fields[9] != "0":
                    yield fields[1], fields[2], fields[3], int(fields[7])


def _tcp(address: Address) -> str:
    return _end(socket.inet_aton(address[0]), address[1])


def _tcp6(address: Address) -> str:
    """Return how the table of IPv6 shows an IPv4 address: `::ffff:127.0.0.1`."""
    return _end(_MAPPED + socket.inet_aton(address[0]), address[1])


def _end(host: bytes, port: int) -> str:
    words = struct.unpack(f"={len(host) // 4}I", host)  # in the byte order of this machine
    return f"{''.join(f'{word:08X}' for word in words)}:{port:04X}"


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
