"""The cost of renewed credentials for programs.

* `credential-process` from the cache, by the launcher in the profile, takes at most 1.25 times as
  long as an empty run of the same interpreter, and 15 MiB more. pip's script is shown beside it.
* `exec -- true` with cached credentials takes at most 1.3 times as long as `credential-process` by
  pip's script and `true` together.


* `status --short` by the launcher takes at most 1.25 times as long as an empty run, too.
* `import aws_saml_ext` and `extend` take at most 1.05 times as long as a botocore session alone.
* `client("sts")` of an extended session with cached credentials takes at most 1.05 times as long as
  one with static keys.
* Fifty processes of a profile that nobody has asked for yet make one sign-in, and take at most 3
  times as long as one process.
* Ten processes that find expired credentials make one sign-in, and take at most 1.3 times as long
  as one process.

alias/install.sh installs the command into a virtual environment, as for a user.
"""

from __future__ import annotations

import shutil
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
TRUE = "/bin/true"
RUNS = 31
MAX_MEMORY = 15  # MiB
TEN, FIFTY = 10, 50
ROUNDS, COLD_ROUNDS = 7, 3


def main() -> int:
    """Print every table; return 0 if all bounds are met."""
    print(machine("botocore", "boto3"))
    with tempfile.TemporaryDirectory() as folder, running() as demo:
        home = Home(Path(folder), demo)
        kept = [
            _from_the_cache(home),
            _exec(home),
            _for_a_prompt(home),
            _imports(home),
            _client(home),
            _ten(home),
            _fifty_cold(home),
        ]
    return 0 if all(kept) else 1


class Home:
    """A HOME with the command installed and a profile that is signed in."""

    def __init__(self, folder: Path, demo: Demo) -> None:
        """Install the command and sign in at the demo."""
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
        """Fill the cache, and keep the session of the identity provider."""
        self.run(
            str(self.script),
            *("--profile", "dev", "--username", "aws_admin", "--force"),
            AWS_SAML_PASSWORD_COMMAND="echo aws_admin",
        )

    def run(self, *command: str, **environ: str) -> None:
        """Run a command; exit with its output if it fails."""
        done = subprocess.run(
            command, env={**self.environ, **environ}, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)

    def way(self, *command: str) -> Way:
        """Return a function that runs the command, for `interleaved`."""
        return lambda: self.run(*command)

    def forget_keys(self) -> None:
        """Remove the cache, as before the first run of the profile."""
        shutil.rmtree(self.folder / ".aws/saml/cache")

    def expire_keys(self) -> None:
        """Make the cached credentials due for renewal."""
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
    verdict = "met" if more <= MAX_MEMORY else "MISSED"
    print(
        f"peak memory: {memory[ours]:.1f} MiB against {memory[floor]:.1f}: "
        f"{more:+.1f}, at most {MAX_MEMORY} more: {verdict}"
    )
    return within(seconds, floor=floor, bounds=bounds) and more <= MAX_MEMORY


def _exec(home: Home) -> bool:
    """Compare `exec -- true` with the two programs that it stands for."""
    floor, ours = "credential-process by pip's script, then true", "exec -- true"
    answer = (str(home.script), *home.launcher[1:])
    command = (str(home.script), "exec", "--profile", "dev", "--", TRUE)
    home.run(*command)  # by the slow path, which notes the region for the fast one

    def both() -> None:
        home.run(*answer)
        home.run(TRUE)

    ways = {floor: both, ours: home.way(*command)}
    return _show("a command with cached credentials", ways, floor=floor, bounds={ours: 1.3})


def _for_a_prompt(home: Home) -> bool:
    floor, ours = "python -c pass", "status --short, launcher"
    launcher = home.launcher[0]
    ways = {
        floor: home.way(str(home.python), "-c", "pass"),
        ours: home.way(launcher, "status", "--short", "--profile", "dev"),
    }
    return _show("the state for a prompt", ways, floor=floor, bounds={ours: 1.25})


def _peak(home: Home, command: Sequence[str]) -> float:
    """Return the peak memory of one run in MiB, at least that of this process."""
    script = (
        "import os, resource, subprocess, sys; subprocess.run(sys.argv[1:], "
        "stdout=subprocess.DEVNULL, check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    done = subprocess.run(
        ["/usr/bin/env", str(home.python), "-IS", "-c", script, *command],
        env=home.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _imports(home: Home) -> bool:
    """Compare imports in whole processes, with start and end of the interpreter."""
    floor, ours = "a botocore session", "the same, extended"
    alone = "import botocore.session; session = botocore.session.Session()"
    extended = f"{alone}; import aws_saml_ext; aws_saml_ext.extend(session)"
    ways = {
        floor: home.way(str(home.python), "-c", alone),
        ours: home.way(str(home.python), "-c", extended),
    }
    return _show("imports", ways, floor=floor, bounds={ours: 1.05})


def _client(home: Home) -> bool:
    """Compare clients of both sessions in whole processes."""
    floor, ours = 'client("sts"), static keys', "extended, cached keys"
    signed, ours_signed = "and a request signed, static", "and a request signed, extended"
    (home.folder / ".aws/credentials").write_text(
        "[static]\naws_access_key_id = AKIAEXAMPLE00000000\naws_secret_access_key = example\n"
    )
    home.run(*home.launcher)  # updates the index to the changed files
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
    """Compare one process with ten, each time with credentials due for renewal."""
    return _at_once(home, TEN, "keys renewed", home.expire_keys, rounds=ROUNDS, bound=1.3)


def _fifty_cold(home: Home) -> bool:
    """Compare one process with fifty, each time without anything in the cache."""
    return _at_once(home, FIFTY, "cold", home.forget_keys, rounds=COLD_ROUNDS, bound=3.0)


def _at_once(home: Home, many: int, title: str, prepare: Way, *, rounds: int, bound: float) -> bool:
    one, all_of_them = "one process", f"{many} processes"
    seconds: dict[str, list[float]] = {one: [], all_of_them: []}
    made: list[int] = []
    for number in range(rounds + 1):
        for name, count in ((one, 1), (all_of_them, many)):
            prepare()
            before = home.demo.idp.answers
            took = _all_answered(home, count)
            if number:
                seconds[name].append(took)
                made.append(home.demo.idp.answers - before)
    bounds = {all_of_them: bound}
    print(f"\n{rounds} rounds: {title}; sign-ins in each: {sorted(set(made))}")
    print(table(seconds, floor=one, bounds=bounds))
    return within(seconds, floor=one, bounds=bounds) and set(made) == {1}


def _all_answered(home: Home, count: int) -> float:
    """Return the seconds until `count` simultaneous processes have printed credentials."""
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
