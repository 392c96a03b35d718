"""gnome-keyring's Secret Service, on a session bus of its own.

Needs `dbus-run-session` and `gnome-keyring-daemon`: where one of them is missing, a test is
skipped.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from tests.fetching import need_tool
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
    """Run a Secret Service with its secrets in `home`, and yield the environment of its clients.

    With a `password` its keyring is created, or unlocked. Without one it is as after a sign-in by
    ssh: locked, or not created. There is no screen for its dialogs.
    """
    for program, package in _PACKAGES.items():
        need_tool("Secret Service", package, program=program)
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
    """Return whether a program on this bus has this name; the question starts none."""
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import open_dbus_connection

    with closing(open_dbus_connection(address)) as bus:
        reply = bus.send_and_get_reply(message_bus.NameHasOwner(name))
        return bool(reply.body[0])
