"""The marks of tests with other users of this machine, and what keeps those out."""

from __future__ import annotations

import ctypes
import os
import socket
import sys

import pytest

_PIDFD_GETFD, _TCP_MD5SIG = 438, 14  # pidfd_getfd(2), linux/tcp.h


def _missing() -> str:
    """Return why this system cannot keep others out of a program's ports; empty if it can."""
    if sys.platform != "linux":
        return "only Linux signs the connections to a port"
    this = os.pidfd_open(os.getpid())
    with socket.socket() as tcp:
        copy = ctypes.CDLL(None).syscall(_PIDFD_GETFD, this, tcp.fileno(), 0)
        os.close(this)
        if copy < 0:
            return "this system forbids pidfd_getfd"
        os.close(copy)
        address = socket.AF_INET.to_bytes(2, sys.byteorder) + bytes(126)
        key = b"\0\0" + (1).to_bytes(2, sys.byteorder) + bytes(4) + b"k".ljust(80, b"\0")
        try:
            tcp.setsockopt(socket.IPPROTO_TCP, _TCP_MD5SIG, address + key)
        except OSError as error:
            return f"this system signs no connections (TCP_MD5SIG: {error.strerror})"
    return ""


gated_system = pytest.mark.skipif(bool(reason := _missing()), reason=reason or "nothing is missing")
other_user = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)
