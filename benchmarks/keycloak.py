"""The time of sign-ins at a real Keycloak, compared with bare Selenium scripts for its pages.

* A silent sign-in, from the start of the command to the stored credentials, takes at most 1.10
  times as long (see sign_in.py).
* A renewal without a browser: see renewal.py.
* A sign-in at the terminal, from the Enter key after the password to the stored credentials, takes
  at most 1.15 times as long.
"""

from __future__ import annotations

import sys
import tempfile
import time
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
    """Print the tables; return 0 if both bounds are met."""
    print(f"{machine('botocore', 'selenium', 'selenium-wire')}, Keycloak {versions.KEYCLOAK}")
    with (
        tempfile.TemporaryDirectory() as folder,
        keycloak.running(
            Path(folder), port=free_port(), database=keycloak.IN_MEMORY
        ) as identity_provider,
        Aws() as aws,
    ):
        set_up(aws.url, keycloak_url=identity_provider.url)
        missed = sign_in.silent(identity_provider.idp_url, aws.url)
        missed = renewal.renewals(identity_provider.idp_url, aws.url) or missed
        return _from_the_terminal(identity_provider.idp_url, aws.url) or missed


def _from_the_terminal(idp_url: str, aws_url: str) -> int:
    seconds: dict[str, list[float]] = {FLOOR: [], OURS: []}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = sign_in.environment(home)
        credentials = home / ".aws" / "credentials"
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
                took = _timed(commands[name], environ, credentials)
                if number >= WARM_UP:
                    seconds[name].append(took)
    bounds = {OURS: 1.15}
    print(
        f"\n{RUNS} interleaved runs: from Enter after the password until the credentials are stored"
    )
    print(table(seconds, floor=FLOOR, bounds=bounds))
    return 0 if within(seconds, floor=FLOOR, bounds=bounds) else 1


def _timed(command: list[str], environ: dict[str, str], credentials: Path) -> float:
    """Return the seconds from the Enter key until the credentials file changes."""
    child = pexpect.spawn(command[0], command[1:], env=environ, timeout=60, echo=False)
    child.delaybeforesend = None
    child.expect_exact(QUESTION)
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
    return took


if __name__ == "__main__":
    sys.exit(main())
