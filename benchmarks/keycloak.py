"""The time of sign-ins at a real Keycloak, compared with bare Selenium scripts for its pages.

* A silent sign-in, from the start of the command to the stored credentials, takes at most 1.10
  times as long (see sign_in.py).
* A renewal without a browser: see renewal.py.
* A sign-in at the terminal: from the start of the command to the first question at most 1.10 times
  as long, and from the Enter key after the password to the stored credentials at most 1.10 times.
* A first sign-in with a password command, from the start of the command to its end, takes at most
  1.08 times as long.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect

from aws_saml_ext.demo.aws import Aws
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from benchmarks import renewal, sign_in
from benchmarks.measure import machine, table, within
from benchmarks.sign_in import BARE, COMMAND, FLOOR, OURS, PRINCIPAL, RUNS, WARM_UP
from stack import keycloak, versions
from stack.servers import free_port
from stack.setup import set_up

USER = "aws_admin"  # its password is its name
QUESTION = "Password: "


def main() -> int:
    """Print the tables; return 0 if all bounds are met."""
    print(f"{machine('botocore', 'selenium', 'selenium-wire')}, Keycloak {versions.KEYCLOAK}")
    with (
        tempfile.TemporaryDirectory() as folder,
        keycloak.running(
            Path(folder), port=free_port(), database=keycloak.IN_MEMORY
        ) as identity_provider,
        Aws() as aws,
    ):
        set_up(aws.url, keycloak_url=identity_provider.url)
        idp_url = identity_provider.idp_url
        results = [
            sign_in.silent(idp_url, aws.url),
            renewal.renewals(idp_url, aws.url),
            _from_the_terminal(idp_url, aws.url),
            _first(idp_url, aws.url),
        ]
        return max(results)


def _from_the_terminal(idp_url: str, aws_url: str) -> int:
    asked: dict[str, list[float]] = {FLOOR: [], OURS: []}
    stored: dict[str, list[float]] = {FLOOR: [], OURS: []}
    with tempfile.TemporaryDirectory() as folder:
        for name, command, environ in _sign_ins(Path(folder), idp_url, aws_url):
            until_asked, until_stored = _timed(command, environ, Path(folder))
            asked[name].append(until_asked)
            stored[name].append(until_stored)
    return max(
        _show("from the start of the command to its question", asked, 1.10),
        _show("from Enter after the password until the credentials are stored", stored, 1.10),
    )


def _first(idp_url: str, aws_url: str) -> int:
    ended: dict[str, list[float]] = {FLOOR: [], OURS: []}
    with tempfile.TemporaryDirectory() as folder:
        for name, command, environ in _sign_ins(Path(folder), idp_url, aws_url):
            with_command = environ | {"AWS_SAML_PASSWORD_COMMAND": f"echo {USER}"}
            start = time.perf_counter()
            done = subprocess.run(
                command,
                check=False,
                env=with_command,
                input=f"{USER}\n",
                capture_output=True,
                text=True,
            )
            if done.returncode != 0:
                sys.exit(done.stderr)
            ended[name].append(time.perf_counter() - start)
    return _show("a first sign-in, from the start of the command to its end", ended, 1.08)


def _sign_ins(
    home: Path, idp_url: str, aws_url: str
) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Yield each sign-in without a kept session: whose it is, its command and environment."""
    environ = sign_in.environment(home)
    credentials = _credentials(home)
    credentials.parent.mkdir()
    credentials.touch()
    ours = [COMMAND, "--profile", "ours", "--idp-url", idp_url, "--region", "us-east-1"]
    ours += ["--endpoint-url", aws_url, "--role-arn", ROLE_ADMIN, "--force"]
    ours += ["--username", USER, "--no-keep-session"]
    for number in range(WARM_UP + RUNS):
        new_profile = str(home / f"bare-profile-{number}")
        bare = [sys.executable, BARE, new_profile, idp_url, aws_url, str(credentials)]
        bare += [ROLE_ADMIN, PRINCIPAL, USER]
        commands = {FLOOR: bare, OURS: ours}
        for name in commands if number % 2 else reversed(commands):
            yield name, commands[name], environ


def _credentials(home: Path) -> Path:
    return home / ".aws" / "credentials"


def _show(what: str, seconds: dict[str, list[float]], bound: float) -> int:
    """Print a table without the first runs; return 0 if the bound is met."""
    counted = {name: values[WARM_UP:] for name, values in seconds.items()}
    print(f"\n{RUNS} interleaved runs: {what}")
    print(table(counted, floor=FLOOR, bounds={OURS: bound}))
    return 0 if within(counted, floor=FLOOR, bounds={OURS: bound}) else 1


def _timed(command: list[str], environ: dict[str, str], home: Path) -> tuple[float, float]:
    """Return the seconds to the question, and from the Enter key to a changed credentials file."""
    credentials = _credentials(home)
    began = time.perf_counter()
    child = pexpect.spawn(command[0], command[1:], env=environ, timeout=60, echo=False)
    child.delaybeforesend = None
    child.expect_exact(QUESTION)
    asked = time.perf_counter() - began
    time.sleep(1.0)  # the time somebody needs to type; the browser is idle by then
    before = credentials.stat().st_mtime_ns
    start = time.perf_counter()
    child.sendline(USER)
    while credentials.stat().st_mtime_ns == before:
        if time.perf_counter() - start > 60:
            sys.exit("Nothing was stored.")
        time.sleep(0.002)
    took = time.perf_counter() - start
    child.expect(pexpect.EOF)
    child.close()
    return asked, took


if __name__ == "__main__":
    sys.exit(main())
