"""A server in a child process: start it, wait until it is ready, always stop it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from stack.errors import StackError

_POLL_SECONDS = 0.2
_END_SECONDS = 20.0  # then SIGKILL
_WITHOUT_PROXY = build_opener(ProxyHandler({}))


@contextmanager
def serving(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    seconds: float,
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server inside a `with` block, which starts when the server is ready.

    The server has its own process group, so that Ctrl-C reaches only this program, which then
    stops the group.

    Args:
        name: the name of the server in messages.
        command: its command line.
        log: the file that gets its output.
        ready: returns whether the server is ready.
        seconds: the longest time until it is ready.
        environ: its environment.
        cwd: its working directory.
        user: the user to run it as, for servers that refuse to run as root.

    Raises:
        StackError: the server ended, or was not ready in time.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("ab") as printed,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            cwd=cwd,
            user=user,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait_until_ready(name, process, log, ready, seconds)
            yield process
        finally:
            _end(process)


def _wait_until_ready(
    name: str,
    process: subprocess.Popen[bytes],
    log: Path,
    ready: Callable[[], bool],
    seconds: float,
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise StackError(
                f"{name} ended unexpectedly with exit status {process.returncode}.",
                hint=f"tail -n 30 {log}",
            )
        if time.monotonic() > deadline:
            raise StackError(
                f"{name} was not ready within {seconds:g} seconds.", hint=f"tail -n 30 {log}"
            )
        time.sleep(_POLL_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the whole process group, because a launcher may have started a child."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def answers(address: str) -> bool:
    """Return whether a GET of `address` gets the status 200."""
    try:
        with _WITHOUT_PROXY.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # URLError and HTTPError are
        return False


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def check_port(name: str, port: int, *, variable: str) -> None:
    """Check that a port is free.

    Raises:
        StackError: the port is in use; the hint sets `variable` to a free one.
    """
    try:
        with socket.create_server(("127.0.0.1", port)):
            return
    except OSError as error:
        raise StackError(
            f"{name} cannot use port {port}: {os.strerror(error.errno or 0)}.",
            hint=f"make stack {variable}={free_port()}",
        ) from None
