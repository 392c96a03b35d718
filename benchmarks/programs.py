"""
What programs pay for credentials that renew themselves.

* `credential-process` from the cache, by the launcher that a profile names, against an empty run
  of the same interpreter: at most 1.25 times as long, and 15 MiB more. Beside it, pip's script.
* `import aws_saml_ext` and `extend`, against a botocore session alone: at most 1.05.
* `client("sts")` of an extended session with cached keys, against one with static keys: 1.05.
* ten processes that find the cached keys at their end: one sign-in, at most 1.3 times as long as
  one process takes.

The command is installed by alias/install.sh into an environment of its own, as a person has it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import botocore.session

from aws_saml_ext import fast_path
from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from benchmarks.measure import Way, interleaved, machine, table, within
from benchmarks.sign_in import environment

INSTALL = Path(__file__).parents[1] / "alias" / "install.sh"
RUNS = 31
MOST_MEMORY = 15  # MiB
TEN = 10
ROUNDS = 7


def main() -> int:
    """Print every table; 0 where all bounds are kept."""
    print(machine("botocore", "boto3"))
    with tempfile.TemporaryDirectory() as folder, running() as demo:
        home = Home(Path(folder), demo)
        kept = [
            _from_the_cache(home),
            _imports(home),
            _client(home),
            _ten(home),
        ]
    return 0 if all(kept) else 1


class Home:
    """Somebody who has installed the command, and signed in with a profile of each store."""

    def __init__(self, folder: Path, demo: Demo) -> None:
        self.folder = folder
        self.demo = demo
        self.environ = environment(folder)
        self.run(
            *("/bin/sh", str(INSTALL), "--profile", "dev", "--region", "us-east-1"),
            *("--idp-url", demo.idp_url, "--endpoint-url", demo.aws_url),
            *("--role-arn", ROLE_ADMIN, "--store", "credential-process"),
            PYTHON=sys.executable,
        )
        self.script = folder / ".local/share/aws-saml-ext/bin/aws-saml-login"
        self.python = self.script.resolve().with_name("python")
        profile = botocore.session.Session(profile="dev")
        profile.set_config_variable("config_file", str(folder / ".aws/config"))
        self.launcher = profile.get_scoped_config()["credential_process"].split()
        self.sign_in()

    def sign_in(self) -> None:
        """Fill the cache; the session at the identity provider is kept from then on."""
        self.run(
            str(self.script),
            *("--profile", "dev", "--username", "aws_admin", "--force"),
            AWS_SAML_PASSWORD_COMMAND="echo aws_admin",
        )

    def run(self, *command: str, **environ: str) -> None:
        """Run a command to its end, which has to be a good one."""
        done = subprocess.run(
            command, env={**self.environ, **environ}, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)

    def way(self, *command: str) -> Way:
        """The command, for `interleaved`."""
        return lambda: self.run(*command)

    def end_keys(self) -> None:
        """Let the cached keys have too little life left, from now on."""
        [path] = (self.folder / ".aws/saml/cache").glob("*.keys")
        entry = fast_path.read_entry(str(path))
        assert entry is not None
        entry.fresh_until = 0
        path.write_bytes(fast_path.entry_content(entry))


def _from_the_cache(home: Home) -> bool:
    floor, ours, pips = "python -c pass", "credential-process, launcher", "the same, pip's script"
    python = (str(home.python), "-c", "pass")
    script = (str(home.script), *home.launcher[1:])
    ways = {
        floor: home.way(*python),
        ours: home.way(*home.launcher),
        pips: home.way(*script),
    }
    bounds = {ours: 1.25}
    seconds = interleaved(ways, RUNS, warm_up=3)
    print(f"\n{RUNS} interleaved runs: from the cache")
    print(table(seconds, floor=floor, bounds=bounds))
    memory = {name: _peak(home, words) for name, words in ((floor, python), (ours, home.launcher))}
    more = memory[ours] - memory[floor]
    verdict = "met" if more <= MOST_MEMORY else "MISSED"
    print(
        f"peak memory: {memory[ours]:.1f} MiB against {memory[floor]:.1f}: "
        f"{more:+.1f}, at most {MOST_MEMORY} more: {verdict}"
    )
    return within(seconds, floor=floor, bounds=bounds) and more <= MOST_MEMORY


def _peak(home: Home, command: Sequence[str]) -> float:
    """MiB of one run, as the system counted them; this process's own size is the least."""
    told = (
        "import os, resource, subprocess, sys; subprocess.run(sys.argv[1:], "
        "stdout=subprocess.DEVNULL, check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        ["/usr/bin/env", str(home.python), "-IS", "-c", told, *command],
        env=home.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _imports(home: Home) -> bool:
    """Whole processes, with the interpreter's start and end."""
    floor, ours = "a botocore session", "the same, extended"
    alone = "import botocore.session; session = botocore.session.Session()"
    extended = f"{alone}; import aws_saml_ext; aws_saml_ext.extend(session)"
    ways = {
        floor: home.way(str(home.python), "-c", alone),
        ours: home.way(str(home.python), "-c", extended),
    }
    return _show("imports", ways, floor=floor, bounds={ours: 1.05})


def _client(home: Home) -> bool:
    """Whole processes again: a client of the one and of the other session."""
    floor, ours = 'client("sts"), static keys', "extended, cached keys"
    signed, ours_signed = "and a request signed, static", "and a request signed, extended"
    (home.folder / ".aws/credentials").write_text(
        "[static]\naws_access_key_id = AKIAEXAMPLE00000000\naws_secret_access_key = example\n"
    )
    home.run(*home.launcher)  # the index is of what the files are by now
    client = (
        "import boto3, botocore.session\n"
        "session = botocore.session.Session(profile={profile!r})\n"
        "{extend}"
        "client = boto3.Session(botocore_session=session).client('sts', region_name='us-east-1')\n"
    )
    extend = "import aws_saml_ext; aws_saml_ext.extend(session)\n"
    static = client.format(profile="static", extend="")
    cached = client.format(profile="dev", extend=extend)
    sign = "client.generate_presigned_url('get_caller_identity')"
    python = str(home.python)
    ways = {
        floor: home.way(python, "-c", static),
        ours: home.way(python, "-c", cached),
        signed: home.way(python, "-c", static + sign),
        ours_signed: home.way(python, "-c", cached + sign),
    }
    return _show("a client", ways, floor=floor, bounds={ours: 1.05})


def _ten(home: Home) -> bool:
    """One process and ten of them in turn, each time with keys that have to be renewed."""
    one, ten = "one process", f"{TEN} processes"
    seconds: dict[str, list[float]] = {one: [], ten: []}
    made: list[int] = []
    for number in range(ROUNDS + 1):
        for name, count in ((one, 1), (ten, TEN)):
            home.end_keys()
            before = home.demo.idp.answers
            took = _all_answered(home, count)
            if number:
                seconds[name].append(took)
                made.append(home.demo.idp.answers - before)
    bounds = {ten: 1.3}
    print(f"\n{ROUNDS} rounds: keys renewed; sign-ins in each: {sorted(set(made))}")
    print(table(seconds, floor=one, bounds=bounds))
    return within(seconds, floor=one, bounds=bounds) and set(made) == {1}


def _all_answered(home: Home, count: int) -> float:
    """Seconds until so many processes, started at once, have all printed keys."""
    start = time.perf_counter()
    running = [
        subprocess.Popen(
            home.launcher, env=home.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(count)
    ]
    for each in running:
        out, err = each.communicate()
        if each.returncode != 0 or not out.startswith(b'{"Version": 1,'):
            sys.exit(err.decode())
    return time.perf_counter() - start


def _show(title: str, ways: Mapping[str, Way], *, floor: str, bounds: Mapping[str, float]) -> bool:
    seconds = interleaved(ways, RUNS, warm_up=3)
    print(f"\n{RUNS} interleaved runs: {title}")
    print(table(seconds, floor=floor, bounds=bounds))
    return within(seconds, floor=floor, bounds=bounds)


if __name__ == "__main__":
    sys.exit(main())
