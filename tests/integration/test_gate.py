"""The gate before the ports of a program that we started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aws_saml_ext.capture.browser.driver import DriverServer
from aws_saml_ext.capture.browser.gate import Gate

ECHO = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        connection, _ = server.accept()
        with connection:
            connection.send(b"here")
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a gate")


@dataclass
class Gated:
    """A program behind a gate, and its port."""

    gate: Gate
    pid: int
    port: int


@pytest.fixture
def gated() -> Iterator[Gated]:
    gate = Gate()
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            yield Gated(gate, program.pid, int(program.stdout.readline()))
        finally:
            program.kill()
            gate.release()


def test_a_connection_through_the_gate_arrives(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    for _ in range(5):
        with gated.gate.connect(gated.port, 5) as connection:
            assert connection.recv(4) == b"here"


def test_two_connections_at_a_time_arrive(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    with gated.gate.connect(gated.port, 5) as one, gated.gate.connect(gated.port, 5) as other:
        assert (one.recv(4), other.recv(4)) == (b"here", b"here")


@linux
def test_any_other_connection_does_not(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", gated.port), 0.3)


@linux
def test_no_other_socket_gets_the_port_of_the_gate(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    with gated.gate.connect(gated.port, 5) as connection, socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            thief.bind(("127.0.0.1", connection.getsockname()[1]))


def test_a_program_that_has_ended_is_no_error() -> None:
    gate = Gate()
    with subprocess.Popen([sys.executable, "-c", ""]) as program:
        program.wait()
        gate.close_to_others(program.pid)
    gate.release()


LISTENS = """
import socket
with socket.create_server(("127.0.0.1", 0)) as listening:
    print("port", listening.getsockname()[1], flush=True)
    while True:
        listening.accept()
"""
"""A driver that listens."""


@linux
def test_a_driver_that_a_script_starts_has_a_gate_too(tmp_path: Path) -> None:
    script, program = tmp_path / "driver", tmp_path / "program.py"
    program.write_text(LISTENS)
    script.write_text(f"#!/bin/sh\n'{sys.executable}' '{program}'\nexit\n")
    script.chmod(0o755)
    driver = DriverServer([str(script)], ready=r"port (\d+)", environ=os.environ)
    try:
        port = int(driver.url.rpartition(":")[2])
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", port), 0.3)
    finally:
        driver.end()
