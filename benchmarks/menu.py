"""The menu of 500 roles, at a pseudo terminal.

More pairs of role and provider than that do not fit into the 100,000 characters that STS takes.

* The first frame is on the terminal at most 300 ms after "roles are offered". The assertion comes
  from a file, so no browser gives the import of `prompt_toolkit` its time.
* After each key, the next frame is there within 50 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pexpect

from aws_saml_ext.assertion import Role
from benchmarks.measure import machine
from benchmarks.sign_in import environment
from tests.saml import saml_response

ROLES = 500
RUNS = 11
FIRST_FRAME, KEY = 0.300, 0.050  # seconds
TYPED = ("a", "d", "m", "i", "n", "1", "5", "\x7f", "\x7f", "\x1b[B", "\x1b[B", "\x15")
_NAMES = ("Admin", "User", "Reader")


def main() -> int:
    """Print both tables; return 0 if the bounds are met."""
    print(machine("prompt_toolkit"))
    frames: list[float] = []
    keys: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "assertion"
        file.write_text(saml_response(*map(role, range(ROLES))), encoding="ascii")
        for _ in range(RUNS):
            first, each = run(Path(folder), file)
            frames.append(first)
            keys += each
    kept = [
        report(f"first frame of {ROLES} roles", frames, FIRST_FRAME, statistics.median(frames)),
        report(f"each of {len(keys)} keys", keys, KEY, statistics.quantiles(keys, n=20)[-1]),
    ]
    return 0 if all(kept) else 1


def role(number: int) -> Role:
    """Return a role, one of three names in an account of its own."""
    account = f"{100_000_000_000 + number}"
    name = f"Role.{_NAMES[number % len(_NAMES)]}{number}"
    provider = f"arn:aws:iam::{account}:saml-provider/Corp"
    return Role(f"arn:aws:iam::{account}:role/{name}", provider)


def run(folder: Path, file: Path) -> tuple[float, list[float]]:
    """Return the seconds to the first frame, and those after each key."""
    at_sts = ["--endpoint-url", "http://127.0.0.1:9", "--region", "us-east-1"]
    child = pexpect.spawn(
        sys.executable,
        ["-m", "aws_saml_ext", "--profile", "dev", "--assertion", str(file), *at_sts],
        env={**environment(folder), "TERM": "xterm-256color", "AWS_SAML_PICKER": "auto"},
        dimensions=(24, 80),
        timeout=60,
    )
    child.delaybeforesend = None
    child.expect_exact("roles are offered.")
    begin = time.perf_counter()
    child.expect_exact("Esc stops")
    first = time.perf_counter() - begin
    seconds = [after(child, key) for key in TYPED]
    child.send("\x03")
    child.expect(pexpect.EOF)
    child.close()
    return first, seconds


def after(child: pexpect.spawn[bytes], key: str) -> float:
    """Return the seconds from a key to the end of the frame that it leads to."""
    with suppress(pexpect.TIMEOUT):
        while True:  # what the clock of the menu has drawn meanwhile
            child.read_nonblocking(1 << 16, timeout=0.1)
    begin = time.perf_counter()
    child.send(key)
    child.read_nonblocking(1 << 16, timeout=10)  # a frame is written at once
    return time.perf_counter() - begin


def report(name: str, seconds: Sequence[float], bound: float, value: float) -> bool:
    """Print the median, the spread and the bound; return whether `value` keeps it."""
    median = statistics.median(seconds)
    verdict = "met" if value <= bound else "MISSED"
    print(
        f"{name}: median {median * 1000:.1f} ms, {min(seconds) * 1000:.1f} to "
        f"{max(seconds) * 1000:.1f} ms; compared with {bound * 1000:.0f} ms: "
        f"{value * 1000:.1f} ms, {verdict}"
    )
    return value <= bound


if __name__ == "__main__":
    sys.exit(main())
