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
from aws_saml_ext.errors import BrowserError
from tests.users import gated_system, other_user

ECHO = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        connection, _ = server.accept()
        with connection:
            connection.send(b"here")
"""
KEEPS = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    kept = []
    while True:
        kept.append(server.accept()[0])
        kept[-1].send(b"here")
"""
CONNECTS_AS_NOBODY = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
connection = socket.socket()
connection.connect(("127.0.0.1", int(sys.argv[1])))
connection.recv(4)
print("accepted", flush=True)
sys.stdin.read()
"""


@dataclass
class Gated:
    """A program behind a gate, and its port."""

    gate: Gate
    pid: int
    port: int


@pytest.fixture
def gated(request: pytest.FixtureRequest) -> Iterator[Gated]:
    gate, code = Gate(), getattr(request, "param", ECHO)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            yield Gated(gate, program.pid, int(program.stdout.readline()))
        finally:
            program.kill()


def test_a_connection_through_the_gate_arrives(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    for _ in range(5):
        with gated.gate.connect(gated.port, 5) as connection:
            assert connection.recv(4) == b"here"


def test_two_connections_at_a_time_arrive(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    with gated.gate.connect(gated.port, 5) as one, gated.gate.connect(gated.port, 5) as other:
        assert (one.recv(4), other.recv(4)) == (b"here", b"here")


@gated_system
def test_any_other_connection_does_not(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", gated.port), 0.3)


@gated_system
def test_a_connection_with_another_key_does_not(gated: Gated) -> None:
    gated.gate.close_to_others(gated.pid)
    Gate().close_to_others(gated.pid)  # now the key of this one counts
    with pytest.raises(TimeoutError):
        gated.gate.connect(gated.port, 0.3)


@gated_system
@pytest.mark.parametrize("host", ["::1", "::", "::ffff:127.0.0.1"])
def test_nothing_comes_over_ipv6(host: str) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("there is no IPv6")
    gate = Gate()
    with socket.socket(socket.AF_INET6) as listening:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind((host, 0))
        listening.listen()
        gate.close_to_others(os.getpid())
        for client in ("::1", "127.0.0.1"):
            with pytest.raises(OSError, match=r"timed out|refused"):
                socket.create_connection((client, listening.getsockname()[1]), 0.3)


@gated_system
@pytest.mark.parametrize("gated", [KEEPS], indirect=True)
@other_user
def test_another_user_who_was_faster_is_an_error(gated: Gated) -> None:
    command = [sys.executable, "-I", "-c", CONNECTS_AS_NOBODY, str(gated.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()
            with pytest.raises(BrowserError, match="Another user of this machine"):
                gated.gate.close_to_others(gated.pid)
        finally:
            program.kill()


def test_a_program_that_has_ended_is_no_error() -> None:
    gate = Gate()
    with subprocess.Popen([sys.executable, "-c", ""]) as program:
        program.wait()
        gate.close_to_others(program.pid)


LISTENS = """
import socket
with socket.create_server(("127.0.0.1", 0)) as listening:
    print("port", listening.getsockname()[1], flush=True)
    while True:
        listening.accept()
"""
"""A driver that listens."""


@gated_system
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


SAYS_IT_BEFORE_IT_ACCEPTS = """
import socket
print("starting", flush=True)
with socket.create_server(("127.0.0.1", 0)) as listening:
    early = socket.create_connection(listening.getsockname())
    print("port", listening.getsockname()[1], flush=True)
    while True:
        connection, _ = listening.accept()
        connection.send(b"first")
        connection.recv(1)
"""
"""A driver that writes as chromedriver does; somebody connects to it before it is ready."""


@gated_system
def test_a_connection_that_came_before_the_gate_is_not_served(tmp_path: Path) -> None:
    program = tmp_path / "driver"
    program.write_text(f"#!{sys.executable}\n{SAYS_IT_BEFORE_IT_ACCEPTS}")
    program.chmod(0o755)
    for _ in range(5):  # a driver that is not held is sometimes slower than the gate
        driver = DriverServer([str(program)], ready=r"port (\d+)", environ=os.environ)
        try:
            port = int(driver.url.rpartition(":")[2])
            with driver.gate.connect(port, 20) as ours:
                assert ours.recv(5) == b"first"
        finally:
            driver.end()
