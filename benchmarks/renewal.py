"""The time and memory of a renewal without a browser, compared with one in a browser.

* From the start of the command to the stored credentials, a renewal that replays the kept session
  takes at most 0.30 times as long as one in a browser, and its process at most 60 MiB.
* `credential-process` with expired credentials takes at most 0.30 times as long.
* A replay that fails adds at most 0.2 seconds.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext.demo import running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from benchmarks.measure import machine, table, within
from benchmarks.sign_in import COMMAND, environment

RUNS = 15
WARM_UP = 1
BROWSER, REPLAY, FAILED = "in a browser", "replayed", "a replay that fails, and a browser"
PEAK = """\
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
MAX_RATIO, MAX_MEMORY, MAX_ADDED = 0.30, 60, 0.2
"""Of the time; MiB; seconds."""


def main() -> int:
    """Print the tables; return 0 if all bounds are met."""
    print(machine("botocore", "selenium"))
    with running() as demo:
        return renewals(demo.idp_url, demo.aws_url)


@dataclass(frozen=True, slots=True)
class Home:
    """A HOME whose profile `ours` is signed in."""

    folder: Path
    idp_url: str
    aws_url: str
    renewal: str

    def sign_in(self) -> None:
        """Sign in, and keep the session."""
        aws = self.folder / ".aws"
        aws.mkdir(parents=True)
        (aws / "config").write_text(
            f"[profile ours]\nregion = us-east-1\nendpoint_url = {self.aws_url}\n"
            f"saml_idp_url = {self.idp_url}\nsaml_username = aws_admin\n"
            f"saml_role_arn = {ROLE_ADMIN}\nsaml_sign_in = silent\n"
            f"saml_renewal = {self.renewal}\nsaml_store = credential-process\n",
            encoding="utf-8",
        )
        self.run("--store", "credential-process", AWS_SAML_PASSWORD_COMMAND="echo aws_admin")

    def run(self, *words: str, **variables: str) -> float:
        """Run the command, and return its seconds."""
        start = time.perf_counter()
        self._output([COMMAND, *words, "--profile", "ours"], variables)
        return time.perf_counter() - start

    def memory(self, *words: str) -> float:
        """Run the command, and return the MiB of its process at most."""
        # A small program starts it: a new process counts the memory of the one that it came from.
        command = [sys.executable, "-S", "-c", PEAK, COMMAND, *words, "--profile", "ours"]
        return int(self._output(command, {}).rsplit(maxsplit=1)[-1]) / 1024

    def _output(self, command: list[str], variables: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            check=False,
            env=environment(self.folder) | variables,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout

    def expire(self) -> None:
        """Remove the cached credentials."""
        for entry in (self.folder / ".aws" / "saml" / "cache").glob("*.keys"):
            entry.unlink()

    def lose_cookies(self) -> None:
        """Take the cookies out of the file, so that the identity provider asks a replay."""
        [file] = (self.folder / ".aws" / "saml" / "browser").glob("*/cookies.json")
        content = json.loads(file.read_text(encoding="utf-8"))
        content |= {"base": [], "cookies": [], "failures": 0, "paused_until": 0.0}
        file.write_text(json.dumps(content), encoding="utf-8")


def renewals(idp_url: str, aws_url: str) -> int:
    """Measure at any identity provider with the user aws_admin; return 0 if the bounds are met."""
    command: dict[str, list[float]] = {BROWSER: [], REPLAY: [], FAILED: []}
    program: dict[str, list[float]] = {BROWSER: [], REPLAY: []}
    with tempfile.TemporaryDirectory() as folder:
        homes = {
            name: Home(Path(folder, str(number)), idp_url, aws_url, renewal)
            for number, (name, renewal) in enumerate(
                [(BROWSER, "browser"), (REPLAY, "auto"), (FAILED, "auto")]
            )
        }
        for home in homes.values():
            home.sign_in()
        for number in range(WARM_UP + RUNS):
            for name in homes if number % 2 else reversed(homes):
                home = homes[name]
                if name == FAILED:
                    home.lose_cookies()
                took = home.run("--force")
                if number >= WARM_UP:
                    command[name].append(took)
                if name == FAILED:
                    continue
                home.expire()
                took = home.run("credential-process")
                if number >= WARM_UP:
                    program[name].append(took)
        memory = max(homes[REPLAY].memory("--force") for _ in range(3))
    bounds = {REPLAY: MAX_RATIO}
    print(f"\n{RUNS} interleaved runs of a renewal by the command")
    print(table(command, floor=BROWSER, bounds=bounds))
    print(f"\n{RUNS} interleaved runs of credential-process with expired credentials")
    print(table(program, floor=BROWSER, bounds=bounds))
    added = statistics.median(command[FAILED]) - statistics.median(command[BROWSER])
    print(f"\nA replay that fails adds {added:.2f} seconds (bound {MAX_ADDED}).")
    print(f"A replay takes {memory:.0f} MiB at most (bound {MAX_MEMORY}).")
    met = within(command, floor=BROWSER, bounds=bounds) and within(
        program, floor=BROWSER, bounds=bounds
    )
    return 0 if met and added <= MAX_ADDED and memory <= MAX_MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
