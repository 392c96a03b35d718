"""A gate before the ports of a program that we started: connections of our own only.

A driver has no password. `--url-base` of chromedriver is none either: a WebSocket at `/session`
opens without it, and can start a program. So on Linux these ports take signed connections only
(RFC 2385, which every user may ask of the kernel), by a key that no other process has. The kernel
drops the rest. Elsewhere there is no gate.
"""

from __future__ import annotations

import ctypes
import logging
import os
import secrets
import select
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from aws_saml_ext.capture.browser import peers
from aws_saml_ext.errors import BrowserError

_log = logging.getLogger(__name__)

_PIDFD_GETFD = 438
"""The number of this system call on every architecture: pidfd_getfd(2)."""
_TCP_MD5SIG_EXT = 32  # linux/tcp.h, like the next ones
_BY_PREFIX = 1  # TCP_MD5SIG_FLAG_PREFIX
_MAX_KEY_BYTES = 80  # TCP_MD5SIG_MAXKEYLEN
_ADDRESS_BYTES = 128  # struct sockaddr_storage
_MAX_CONNECT_SECONDS = 2.0
"""The time for a connection on this machine, which takes no time. A port that nobody listens on any
longer refuses it without a signature, and so unheard."""
_EVERYBODY = "0.0.0.0"  # noqa: S104 - whose connections are dropped


class Gate:
    """The key by which a program takes our connections, once its ports are closed to others."""

    def __init__(self) -> None:
        """Prepare a gate that is open to everybody."""
        self._key = secrets.token_bytes(_MAX_KEY_BYTES)
        self._ports: set[int] = set()
        """The ports that are closed to others."""

    @staticmethod
    def is_possible() -> bool:
        """Return whether this system closes ports to others."""
        if sys.platform != "linux":
            return False
        try:
            this = os.pidfd_open(os.getpid())
            try:
                with socket.socket() as tcp, _copy(this, tcp.fileno()) as copy:
                    _demand_signatures(copy, _EVERYBODY, bytes(1))
            finally:
                os.close(this)
        except OSError as error:
            _log.debug("Other users can reach the driver's port here: %s.", error.strerror)
            return False
        return True

    def close_to_others(self, pid: int) -> bool:
        """Close the ports on which a program listens; return whether there is one.

        Connections that it has accepted before remain, others end. Where the system forbids it,
        as some containers do, the ports remain open: the program works either way.

        Raises:
            BrowserError: another user was faster, and has a connection to such a port.
        """
        if sys.platform != "linux":
            return False
        try:
            program = os.pidfd_open(pid)
        except OSError:
            return False
        closed: set[int] = set()
        ended: set[int] = set()
        try:
            for name in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    self._close(program, int(name.name), closed, ended)
        except OSError:  # it ended
            _log.debug("The driver's port stays open to other users.", exc_info=True)
        finally:
            os.close(program)
        # Only now: one program may listen on a port over IPv4 and over IPv6.
        if any(peers.foreign_clients(port) - ended for port in closed):
            raise BrowserError(
                "Another user of this machine has connected to the browser's driver.",
                advice="Find out who that was, then try again.",
            )
        return bool(closed)

    def connect(self, port: int, timeout: float | None = None) -> socket.socket:
        """Return a connection to this port of the program.

        Args:
            port: on 127.0.0.1.
            timeout: for the connection and what is read from it, in seconds; None for no limit.

        Raises:
            OSError: nobody answers.
        """
        connection = socket.socket()
        try:
            if port in self._ports:
                _demand_signatures(connection, "127.0.0.1", self._key)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            least = _MAX_CONNECT_SECONDS if timeout is None else min(timeout, _MAX_CONNECT_SECONDS)
            connection.settimeout(least)
            connection.connect(("127.0.0.1", port))
            connection.settimeout(timeout)
        except BaseException:
            connection.close()
            raise
        return connection

    def _close(self, program: int, descriptor: int, closed: set[int], ended: set[int]) -> None:
        """Close the port of a socket of a program, if it is one that listens.

        Args:
            program: a pidfd.
            descriptor: the number of the socket in that program.
            closed: gets the port.
            ended: gets the ports of clients whose connections the program had not accepted.

        Raises:
            OSError: the descriptor is no socket, or the system forbids it.
        """
        with _copy(program, descriptor) as listening:
            if not listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return
            port = listening.getsockname()[1]
            if listening.family == socket.AF_INET:
                _demand_signatures(listening, _EVERYBODY, self._key)
                self._ports.add(port)
            else:
                # Nothing of ours comes over IPv6, where somebody else can have that port.
                for everybody in ("::", f"::ffff:{_EVERYBODY}"):
                    _demand_signatures(listening, everybody, self._key)
            closed.add(port)
            ended |= _end_waiting(listening)


def _copy(program: int, descriptor: int) -> socket.socket:
    """Return a socket of a program (a pidfd), which both have then.

    Raises:
        OSError: the descriptor is no socket, or the system forbids it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    copy = libc.syscall(_PIDFD_GETFD, program, descriptor, 0)
    if copy < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def _end_waiting(listening: socket.socket) -> set[int]:
    """End the connections that a program has not accepted yet, and return their clients' ports.

    None of them is ours.
    """
    ended = set()
    waiting = select.poll()
    waiting.register(listening, select.POLLIN)
    while waiting.poll(0):
        with suppress(BlockingIOError):  # the program was faster
            connection, client = listening.accept()
            connection.close()
            ended.add(client[1])
    return ended


def _demand_signatures(tcp: socket.socket, host: str, key: bytes) -> None:
    """Sign all that a socket sends to `host`, and drop all that comes from there without `key`.

    Args:
        tcp: the socket.
        host: an address of the socket's family. One of zeros stands for all addresses.
        key: of 80 bytes at most.

    Raises:
        OSError: this kernel does not sign.
    """
    packed = socket.inet_pton(tcp.family, host)
    before = 2 if tcp.family == socket.AF_INET else 6  # the port, and IPv6's flow information
    address = struct.pack("=H", tcp.family) + bytes(before) + packed
    bits = 0 if host.strip(":.f0") == "" else 8 * len(packed)
    # struct tcp_md5sig
    option = address.ljust(_ADDRESS_BYTES, b"\0") + struct.pack(
        f"=BBHi{_MAX_KEY_BYTES}s", _BY_PREFIX, bits, len(key), 0, key
    )
    tcp.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG_EXT, option)
