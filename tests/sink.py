"""A server in AWS's place that counts the connections that would have reached AWS."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aws_saml_ext.partitions import sign_in_hosts


class Sink:
    """A server that accepts connections, keeps the first bytes of each, and answers none."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port: int = listening.getsockname()[1]
        self.connections: list[bytearray] = []

    def accept(self) -> None:
        """Accept connections until the socket is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection, suppress(OSError):
                    said = bytearray()
                    self.connections.append(said)
                    connection.settimeout(0.2)
                    said += connection.recv(65536)

    @property
    def resolver_rules(self) -> str:
        """The switch of Chromium that resolves the sign-in hosts to this sink.

        It replaces the rules of the program, its second guard, so that the first one is tested.
        """
        names = [name for host in sign_in_hosts() for name in (host, f"*.{host}")]
        here = f"127.0.0.1:{self.port}"
        rules = [f"MAP {name}{dot} {here}" for name in names for dot in ("", ".")]
        return f"--host-resolver-rules={', '.join([*rules, f'MAP control.example {here}'])}"


@contextmanager
def running() -> Iterator[Sink]:
    """Run a sink on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        sink = Sink(listening)
        thread = threading.Thread(target=sink.accept, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # wakes `accept`
            thread.join()
