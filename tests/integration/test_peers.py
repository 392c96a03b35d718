"""The owner of a connection over loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from aws_saml_ext.capture.browser.peers import _is_of_a_descendant, is_own
from tests.patience import until

CONNECTS = """
import socket, sys
if sys.argv[2:]:
    import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)
connection = socket.socket(); connection.connect(("127.0.0.1", int(sys.argv[1])))
connection.recv(1)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the socket table of Linux")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def own(accepted: socket.socket) -> bool:
    return is_own(accepted.getpeername(), accepted.getsockname())


def test_a_connection_of_this_process_is_our_own(listening: socket.socket) -> None:
    with socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert own(accepted)
            assert _is_of_a_descendant(accepted.getpeername(), accepted.getsockname())


@pytest.mark.parametrize("user", [(), ("nobody",)], ids=["our own user", "another user"])
def test_a_connection_of_another_process_is_judged_by_its_user(
    user: tuple[str, ...], listening: socket.socket
) -> None:
    if user and (os.name == "nt" or os.geteuid() != 0):
        pytest.skip("only root can become another user")
    port = str(listening.getsockname()[1])
    with subprocess.Popen([sys.executable, "-I", "-c", CONNECTS, port, *user]):
        accepted, _ = listening.accept()
        with accepted:
            assert own(accepted) is not bool(user)


@linux
def test_a_connection_over_an_ipv6_socket_is_found_too(listening: socket.socket) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("there is no IPv6")
    with socket.socket(socket.AF_INET6) as client:
        client.connect(("::ffff:127.0.0.1", listening.getsockname()[1]))
        accepted, _ = listening.accept()
        with accepted:
            assert own(accepted)


@linux
def test_what_a_closed_socket_has_sent_is_nobodys(listening: socket.socket) -> None:
    client = socket.create_connection(listening.getsockname())
    client.send(b"x")
    accepted, _ = listening.accept()
    with accepted:
        client.close()
        assert until(lambda: not own(accepted))
