"""PostgreSQL from Debian's package, on 127.0.0.1: the database of Keycloak."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack import versions
from stack.errors import NotHere, StackError
from stack.keycloak import Database
from stack.servers import free_port, serving

_NAME = "keycloak"  # of the database and its owner
_UNPRIVILEGED = "postgres"  # the user of the package; PostgreSQL refuses to run as root
_READY_SECONDS = 60.0


@contextmanager
def running(folder: Path) -> Iterator[Database]:
    """Run PostgreSQL on a free port inside a `with` block, with its data in `folder`.

    Raises:
        NotHere: PostgreSQL is not installed.
        StackError: PostgreSQL did not start, or cannot access `folder`.
    """
    programs = find_programs()
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    password = _password(folder)
    data = folder / "postgres"
    if not data.exists():
        _make_cluster(programs, data, password, user)
    elif user is not None:
        _check_reachable(data, user)
    port = free_port()
    at_server = ["--host", "127.0.0.1", "--port", str(port), "--username", _NAME]
    environ = {**os.environ, "PGPASSWORD": password}
    with serving(
        "PostgreSQL",
        [
            *(str(programs / "postgres"), "-D", str(data), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
        ],
        log=folder / "postgres.log",
        ready=lambda: _succeeds([str(programs / "pg_isready"), "--quiet", *at_server], environ),
        seconds=_READY_SECONDS,
        user=user,
        cwd=Path("/"),
    ):
        # Fails from the second time on, when the database exists.
        _succeeds([str(programs / "createdb"), *at_server, _NAME], environ)
        yield Database("postgres", f"jdbc:postgresql://127.0.0.1:{port}/{_NAME}", _NAME, password)


def find_programs() -> Path:
    """Return the folder of initdb and postgres, which Debian keeps off the PATH.

    Raises:
        NotHere: PostgreSQL is not installed.
    """
    folders = [Path(f"/usr/lib/postgresql/{versions.POSTGRES}/bin")]
    if (found := shutil.which("initdb")) is not None:
        folders.append(Path(found).parent)
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    raise NotHere("PostgreSQL is not installed.", hint="apt-get install postgresql")


def _password(folder: Path) -> str:
    """Return the password of the database; create it once, as other users can reach the port."""
    kept = folder / "postgres-password"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with open(kept, "x", encoding="ascii", opener=_open_private) as file:
            file.write(secrets.token_urlsafe(24))
    return kept.read_text(encoding="ascii")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make_cluster(programs: Path, data: Path, password: str, user: str | None) -> None:
    data.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
        file.write(password)
        file.flush()
        if user is not None:
            shutil.chown(data, user)
            shutil.chown(file.name, user)
            _check_reachable(data, user)
        done = subprocess.run(
            [
                *(programs / "initdb", "-D", data, "--username", _NAME, "--pwfile", file.name),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            ],
            capture_output=True,
            text=True,
            check=False,
            user=user,
            cwd="/",
        )
    if done.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        lines = done.stderr.strip().splitlines()
        raise StackError(
            f"PostgreSQL could not create its data folder. {lines[-1] if lines else ''}".strip(),
            hint=f"ls -ld {data.parent}",
        )


def _check_reachable(data: Path, user: str) -> None:
    """Raise StackError if `user` cannot access `data` through the folders above."""
    account = pwd.getpwnam(user)
    done = subprocess.run(
        ["/usr/bin/test", "-w", data],
        user=account.pw_uid,
        group=account.pw_gid,
        check=False,
        cwd="/",
    )
    if done.returncode != 0:
        raise StackError(
            f"PostgreSQL runs as {user}, and this user cannot access {data}.",
            hint="make stack STACK_DB=postgres STACK_FOLDER=/var/tmp/aws-saml-stack",
        )


def _succeeds(command: list[str], environ: dict[str, str]) -> bool:
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    return done.returncode == 0
