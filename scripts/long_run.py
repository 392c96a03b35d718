"""Run programs of several SDKs longer than their credentials are valid, against the demo.

    python -m scripts.long_run                 sessions of 900 seconds, for 2000 seconds
    python -m scripts.long_run --life 20       sessions of 20 seconds, for 60

Each program has one client, which calls GetCallerIdentity again and again. At the end the script
prints the number of calls, of different keys and of sign-ins.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.demo import running
from tests.command import home_at
from tests.consumers import CONSUMERS, Caller, CallFailed, Consumer, installed

SESSION = 900  # seconds, the minimum of STS
SCRIPT = str(Path(sys.executable).with_name("aws-saml-login"))
PYTHON = """
import sys
{session}
client, credentials = session.client("sts"), session.get_credentials()
for _ in sys.stdin:
    try:
        arn = client.get_caller_identity()["Arn"]
        print(arn, credentials.get_frozen_credentials().access_key, flush=True)
    except Exception as error:
        print("error", " ".join(str(error).split()), flush=True)
"""
EXTENDED = "import aws_saml_ext; session = aws_saml_ext.boto3_session('dev')"
BY_PROCESS = "import boto3; session = boto3.Session(profile_name='dev')"


def main() -> int:
    """Run all programs; return 0 if every call succeeded and no sign-in was unnecessary."""
    parser = argparse.ArgumentParser(
        description="Run programs longer than their credentials are valid."
    )
    parser.add_argument(
        "--life", type=int, default=SESSION, help="duration of a session, in seconds"
    )
    parser.add_argument(
        "--seconds", type=int, help="duration of the run; default: over two sessions"
    )
    options = parser.parse_args()
    seconds = options.seconds or round(options.life * 2.2) + 20

    def clock() -> datetime:
        """Return a time in the past, so that the sessions end early."""
        return datetime.now(timezone.utc) - timedelta(seconds=SESSION - options.life)

    with (
        tempfile.TemporaryDirectory() as folder,
        running(clock=clock) as demo,
        ExitStack() as programs,
    ):
        demo.aws.clock = clock
        home = home_at(Path(folder))
        done = home.run(
            *("--profile", "dev", "--idp-url", demo.idp_url, "--endpoint-url", demo.aws_url),
            *("--region", "us-east-1", "--username", "aws_user", "--session-duration", "900"),
            *("--store", "credential-process"),
            command=[SCRIPT],
            environ={"AWS_SAML_PASSWORD_COMMAND": "echo aws_user"},
        )
        print(done.err)
        environ = {
            **home.environ,
            "PATH": os.environ["PATH"],
            "AWS_PROFILE": "dev",
            "AWS_ENDPOINT_URL_STS": demo.aws_url,
        }
        callers = [programs.enter_context(each.running(environ)) for each in _consumers()]
        keys: dict[str, list[str]] = {caller.name: [] for caller in callers}
        failures = 0
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            for caller in callers:
                failures += not _call(caller, keys[caller.name], time.monotonic() - start)
            time.sleep(max(0.2, options.life / 60))
        print(f"\n{'':24}{'calls':>8}{'keys':>8}")
        for name, seen in keys.items():
            print(f"{name:24}{len(seen):8}{len(dict.fromkeys(seen)):8}")
        used = {key for seen in keys.values() for key in seen}
        print(
            f"{seconds} seconds, sessions of {options.life}: {demo.idp.answers} sign-ins, "
            f"{demo.idp.sign_ins} with a password; {len(used)} different keys; "
            f"{failures} calls failed."
        )
    return 1 if failures or demo.idp.answers > len(used) else 0


def _consumers() -> list[Consumer]:
    """Return the programs for Python and for each other SDK with installed tools."""
    found = [
        Consumer("boto3, extended", (sys.executable, "-c", PYTHON.format(session=EXTENDED))),
        Consumer("boto3, by process", (sys.executable, "-c", PYTHON.format(session=BY_PROCESS))),
    ]
    found += [program for name in CONSUMERS if (program := _installed(name)) is not None]
    return found


def _installed(name: str) -> Consumer | None:
    """Return the program for another SDK; print the reason and return None without its tools."""
    try:
        return installed(name)
    except pytest.skip.Exception as missing:
        print(missing)
        return None


def _call(caller: Caller, seen: list[str], second: float) -> bool:
    """Return whether AWS answered; print each new key."""
    try:
        _, key = caller.ask()
    except CallFailed as failure:
        print(f"{second:7.1f} s  {caller.name}: {failure}", flush=True)
        return False
    if key not in seen:
        print(f"{second:7.1f} s  {caller.name} signs with {key}", flush=True)
    seen.append(key)
    return True


if __name__ == "__main__":
    sys.exit(main())
