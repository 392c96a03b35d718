"""
A Secret Service that nobody here wrote: gnome-keyring, on a session bus of its own.

Needs `dbus-run-session` and `gnome-keyring-daemon`; a test that asks for it where one of them is
missing is skipped and says which.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.patience import until

_PACKAGES = {"dbus-run-session": "dbus-daemon", "gnome-keyring-daemon": "gnome-keyring"}
_END_SECONDS = 10

# Its first line: the process of the daemon, and where the bus is.
_SESSION = """
echo "$$ $DBUS_SESSION_BUS_ADDRESS"
exec gnome-keyring-daemon --foreground --components=secrets "$@"
"""


@contextmanager
def running(home: Path, *, password: str | None) -> Iterator[Mapping[str, str]]:
    """
    A Secret Service that keeps its secrets in `home`; the environment of a program that uses it.

    With a `password` its keyring is made, or unlocked. Without one it is as after a sign-in by ssh:
    locked, or not even made. There is no screen for its dialogs.
    """
    for program, package in _PACKAGES.items():
        if shutil.which(program) is None:
            pytest.skip(f"Secret Service: {program} is not installed (apt-get install {package})")
    runtime = home / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environ = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(runtime),
    }
    unlock = ["--unlock"] if password is not None else []
    with subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", _SESSION, "sh", *unlock],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        try:
            session.stdin.write((password or "").encode())
            session.stdin.close()
            daemon, address = session.stdout.readline().decode().split()
            try:
                assert until(lambda: _has_owner("org.freedesktop.secrets", address))
                yield {**environ, "DBUS_SESSION_BUS_ADDRESS": address}
            finally:
                # The bus ends when the daemon does; not the other way round.
                os.kill(int(daemon), signal.SIGTERM)
                session.wait(_END_SECONDS)
        finally:
            session.kill()


def _has_owner(name: str, address: str) -> bool:
    """Whether somebody on this bus is called so; nobody is started for the question."""
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import open_dbus_connection

    with closing(open_dbus_connection(address)) as bus:
        reply = bus.send_and_get_reply(message_bus.NameHasOwner(name))
        return bool(reply.body[0])
