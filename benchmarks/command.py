"""The time of the command without a browser.

* `--help` takes at most 3 times as long as an empty run of the same interpreter; so does the first
  word of a sign-in at a terminal, which is there after 0.3 seconds at most.
* `doctor --offline` takes at most 1.5 times as long as `status`.
* A sign-in with `--assertion` takes at most 1.2 times as long as bare_assertion.py.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.demo import Demo, running
from benchmarks.measure import Way, interleaved, machine, table, within
from tests.demo_servers import Visitor

COMMAND = str(Path(sys.executable).with_name("aws-saml-login"))
BARE = str(Path(__file__).with_name("bare_assertion.py"))
RUNS = 15
MAX_SECONDS = 0.3
"""The time until the first word at a terminal."""


def main() -> int:
    """Print both tables; return 0 if both bounds are met."""
    print(machine("botocore", "selenium", "selenium-wire"))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AWS_") and name != "PYTHONDONTWRITEBYTECODE"
        } | {"HOME": folder, "AWS_EC2_METADATA_DISABLED": "true"}
        kept = [_help(environ), _first_word(environ)]
        kept.append(_doctor(home, environ))
        with running() as demo:
            kept.append(_assertion(demo, home, environ))
    return 0 if all(kept) else 1


def _help(environ: Mapping[str, str]) -> bool:
    ways = {
        "python -c pass": _command(environ, sys.executable, "-c", "pass"),
        "aws-saml-login --help": _command(environ, COMMAND, "--help"),
    }
    return _show(ways, floor="python -c pass", bounds={"aws-saml-login --help": 3.0})


def _first_word(environ: Mapping[str, str]) -> bool:
    first = "first word of a sign-in"
    ways = {
        "python -c pass": _at_a_terminal(environ, sys.executable, "-c", "print(1)"),
        first: _at_a_terminal(
            environ, COMMAND, "--profile", "dev", "--idp-url", "http://127.0.0.1:9"
        ),
    }
    seconds = interleaved(ways, RUNS, warm_up=2)
    print(f"\n{RUNS} interleaved runs, until the first byte at a terminal; the bound is also 0.3 s")
    print(table(seconds, floor="python -c pass", bounds={first: 3.0}))
    is_soon = statistics.median(seconds[first]) <= MAX_SECONDS
    return is_soon and within(seconds, floor="python -c pass", bounds={first: 3.0})


def _doctor(home: Path, environ: Mapping[str, str]) -> bool:
    """Compare both with a profile; they read the same files."""
    config = home / ".aws" / "config"
    config.parent.mkdir(exist_ok=True)
    config.write_text("[profile dev]\nsaml_idp_url = https://idp.example.com/\n")
    # An `aws` that is a script of a version manager would be run, to learn its version.
    environ = {**environ, "PATH": "/usr/bin:/bin"}
    ways = {
        "aws-saml-login status": _command(environ, COMMAND, "status", accepts=253),
        "aws-saml-login doctor": _command(
            environ, COMMAND, "doctor", "--profile", "dev", "--offline", accepts=253
        ),
    }
    return _show(ways, floor="aws-saml-login status", bounds={"aws-saml-login doctor": 1.5})


def _at_a_terminal(environ: Mapping[str, str], *words: str) -> Way:
    """Return a function that waits for the first byte that a command prints, and ends it."""

    def run() -> None:
        ours, theirs = os.openpty()
        child = subprocess.Popen(
            words,
            env={**environ, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.read(ours, 1)
        child.kill()
        child.wait()
        os.close(ours)

    return run


def _assertion(demo: Demo, home: Path, environ: Mapping[str, str]) -> bool:
    """Compare both programs with the same assertion, while it is valid."""
    saml_response = Visitor().sign_in(demo.idp_url, "aws_admin").fields["SAMLResponse"]
    file = home / "assertion"
    file.write_text(saml_response)
    role, principal = _first_pair(saml_response)
    credentials = home / ".aws" / "credentials"
    credentials.parent.mkdir(exist_ok=True)
    credentials.touch()
    ways = {
        "bare botocore script": _command(
            environ,
            sys.executable,
            *(BARE, str(file), demo.aws_url, str(credentials), role, principal),
        ),
        "aws-saml-login --assertion": _command(
            environ,
            *(COMMAND, "--profile", "ours", "--assertion", str(file), "--role-arn", role),
            *("--endpoint-url", demo.aws_url, "--region", "us-east-1"),
        ),
    }
    return _show(ways, floor="bare botocore script", bounds={"aws-saml-login --assertion": 1.2})


def _first_pair(saml_response: str) -> tuple[str, str]:
    role = Assertion.parse(saml_response).roles[0]
    return role.arn, role.principal_arn


def _command(environ: Mapping[str, str], *words: str, accepts: int = 0) -> Way:
    """Return a function that runs a command, which ends with 0 or the status that it `accepts`."""

    def run() -> None:
        done = subprocess.run(words, env=environ, check=False, capture_output=True)
        if done.returncode not in {0, accepts}:
            raise RuntimeError(done.stderr.decode(errors="replace"))

    return run


def _show(ways: Mapping[str, Way], *, floor: str, bounds: Mapping[str, float]) -> bool:
    seconds = interleaved(ways, RUNS, warm_up=2)
    print(f"\n{RUNS} interleaved runs")
    print(table(seconds, floor=floor, bounds=bounds))
    return within(seconds, floor=floor, bounds=bounds)


if __name__ == "__main__":
    sys.exit(main())
