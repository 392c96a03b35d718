"""A server in a process of its own: started, waited for, and ended whatever happens."""

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

_LOOK_SECONDS = 0.2
_END_SECONDS = 20.0  # then by force
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
    """
    Run `command` until left; it is `ready` on entering. What it prints goes to `log`.

    It gets a process group of its own, so that Ctrl-C reaches this program alone, which then ends
    the group. `user` is whose process it is to be, for servers that refuse to run as root.

    Raises:
        StackError: it ended, or was not ready after so many `seconds`; it is ended then.
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
                f"{name} ended by itself, with exit status {process.returncode}.",
                hint=f"tail -n 30 {log}",
            )
        if time.monotonic() > deadline:
            raise StackError(
                f"{name} was not ready within {seconds:g} seconds.", hint=f"tail -n 30 {log}"
            )
        time.sleep(_LOOK_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End its whole group: a launcher may have left the server to a child."""
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
    """Whether a GET of `address` is answered with success."""
    try:
        with _WITHOUT_PROXY.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # URLError and HTTPError are
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def check_port(name: str, port: int, *, variable: str) -> None:
    """
    Refuse a port in use, before anything is started.

    Raises:
        StackError: somebody listens there; the hint names the variable that chooses another one.
    """
    try:
        with socket.create_server(("127.0.0.1", port)):
            return
    except OSError as error:
        raise StackError(
            f"{name} cannot have port {port}: {os.strerror(error.errno or 0)}.",
            hint=f"make stack {variable}={free_port()}",
        ) from None
