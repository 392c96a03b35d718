"""A gate before the ports of a program that we started: connections of our own only.

A driver has no password. `--url-base` of chromedriver is none either: a WebSocket at `/session`
opens without it, and can start a program. So on Linux a socket filter drops all that does not come
from one port, which this process keeps reserved. Elsewhere there is no gate.
"""

from __future__ import annotations

import ctypes
import logging
import os
import random
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

_log = logging.getLogger(__name__)

_PIDFD_GETFD = 438
"""The number of this system call on every architecture: pidfd_getfd(2)."""
_SO_ATTACH_FILTER = 26  # socket(7)
_LOAD_SOURCE_PORT, _IF_EQUAL, _RETURN = 0x28, 0x15, 0x06  # of linux/bpf_common.h
_WHOLE = 0xFFFFFFFF


class Gate:
    """A reserved port, the only one from which a program takes connections once closed."""

    def __init__(self) -> None:
        """Prepare a gate that is open to everybody."""
        self._reserved: socket.socket | None = None
        self._port = 0

    def close_to_others(self, pid: int) -> None:
        """Filter the listening ports of a program, as far as the system allows.

        Connections that it has accepted before remain. Where the system forbids it, as some
        containers do, the ports remain open: the program works either way.
        """
        if sys.platform != "linux":
            return
        if self._reserved is None:
            self._reserved = _shared_socket("", 0)
            self._port = self._reserved.getsockname()[1]
        try:
            program = os.pidfd_open(pid)
        except OSError:
            return
        try:
            for name in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    self._filter(program, int(name.name))
        except OSError:  # it ended
            _log.debug("The driver's port stays open to other users.", exc_info=True)
        finally:
            os.close(program)

    def connect(self, port: int, timeout: float | None = None) -> socket.socket:
        """Return a connection to this port of the program.

        Args:
            port: on 127.0.0.1.
            timeout: for the connection and what is read from it, in seconds; None for no limit.

        Raises:
            OSError: nobody answers.
        """
        if self._reserved is None:
            connection = socket.create_connection(("127.0.0.1", port), timeout)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        # Any address of 127.0.0.0/8 is this machine. A new one for each connection, since an old
        # connection between two addresses and ports lingers for a minute.
        host = f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}"  # noqa: S311 - no secret
        connection = _shared_socket(host, self._port)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(timeout)
            connection.connect(("127.0.0.1", port))
        except BaseException:
            connection.close()
            raise
        return connection

    def release(self) -> None:
        """Give the port back."""
        if self._reserved is not None:
            self._reserved.close()

    def _filter(self, program: int, descriptor: int) -> None:
        """Filter a socket of a program (a pidfd), if it is one that listens.

        Raises:
            OSError: the descriptor is no socket, or the system forbids it.
        """
        libc = ctypes.CDLL(None, use_errno=True)
        copy = libc.syscall(_PIDFD_GETFD, program, descriptor, 0)
        if copy < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        try:
            listening = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            raise
        with listening:
            if not listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                return
            # Nothing of ours comes over IPv6, where somebody else can have that port.
            passed = 0 if listening.getsockname()[0] == "::1" else _WHOLE
            _attach(listening, self._port, passed)


def _shared_socket(host: str, port: int) -> socket.socket:
    """Return a TCP socket on a port that sockets of our own user, and nobody else, can share."""
    shared = socket.socket()
    try:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind((host, port))
    except BaseException:
        shared.close()
        raise
    return shared


def _attach(listening: socket.socket, port: int, passed: int) -> None:
    """Let a socket take `passed` bytes of each segment that comes from `port`, and no other."""
    instructions = [
        (_LOAD_SOURCE_PORT, 0, 0, 0),  # the first two bytes of a TCP header
        (_IF_EQUAL, 0, 1, port),  # else skip one
        (_RETURN, 0, 0, passed),
        (_RETURN, 0, 0, 0),
    ]
    code = ctypes.create_string_buffer(
        b"".join(struct.pack("=HBBI", *each) for each in instructions)
    )
    program = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
