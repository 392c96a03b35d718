"""Tab in real shells at a pseudo terminal, with 5000 profiles in the config file.

* Where one profile fits the typed letters, the completed line is there within 50 ms.
* Where all 5000 fit, the letters that they share are there within 50 ms.

The floor of a shell is the same Tab with the 5000 names ready in an array: the time that the shell
itself needs to sort them and compare them, without our script and the config file.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from aws_saml_ext.cli.completion.shell_scripts import text_of
from benchmarks.measure import machine
from tests.shells import Shell, bash, fish, zsh

PROFILES = 5000
RUNS = 15
BOUND = 0.050  # seconds
_PAUSE = 0.05  # the shell has drawn the typed letters by then

_LINES = {
    "one of them fits": ("aws-saml-login --profile team-4321", "team-4321 "),
    "all of them fit": ("aws-saml-login --profile te", "team-"),
    "all fit, below aws": ("aws saml-login --profile te", "team-"),
    "floor: ready names": ("ready te", "team-"),
}

_READY = {
    "bash": 'names=(team-{0000..4999}); ready() { COMPREPLY=("${names[@]}"); }\n'
    "complete -F ready ready\n",
    "zsh": "ready_names=(team-{0000..4999}); ready() { compadd -a ready_names }\n"
    "compdef ready ready\n",
    "fish": "set -g ready_names team-(seq -f %04g 0 4999)\n"
    "complete -c ready -f -a '$ready_names'\n",
}

_START: Mapping[str, Callable[[Path, Path, Mapping[str, str]], Shell]] = {
    "bash": bash,
    "zsh": zsh,
    "fish": fish,
}


def main() -> int:
    """Print a row for each shell and line; return 0 if the bounds are met."""
    print(machine())
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text("".join(map(profile, range(PROFILES))))
        for name in _START:
            if shutil.which(name) is None:
                print(f"{name} is not installed")
                continue
            for line, seconds in measured(name, home):
                kept.append(report(f"{name}, {line}", seconds, is_floor=line.startswith("floor")))
    return 0 if kept and all(kept) else 1


def profile(number: int) -> str:
    """Return a profile as a sign-in writes it."""
    role = f"arn:aws:iam::123456789012:role/Role.{number}"
    lines = [f"[profile team-{number:04}]", "region = eu-west-1", "saml_idp = corp"]
    return "\n".join([*lines, f"saml_role_arn = {role}", "", ""])


def measured(name: str, home: Path) -> Iterator[tuple[str, list[float]]]:
    """Yield each line with its seconds from Tab to the completed line."""
    script = home / f"script.{name}"
    script.write_text(text_of(name) + "\n" + _READY[name], encoding="utf-8")
    path = "/usr/local/bin:/usr/bin:/bin"
    environ = {"HOME": str(home), "PATH": path, "XDG_DATA_DIRS": "/nonexistent"}
    shell = _START[name](home, script, environ)
    shell.child.delaybeforesend = None
    for line, (typed, end) in _LINES.items():
        yield line, [tab(shell, typed, end) for _ in range(RUNS + 1)][1:]
    shell.child.close(force=True)


def tab(shell: Shell, typed: str, end: str) -> float:
    """Return the seconds that the shell needs to complete a line."""
    shell.child.send(typed)
    time.sleep(_PAUSE)
    begin = time.perf_counter()
    completed = shell.completed("")
    took = time.perf_counter() - begin
    if not completed.endswith(end):
        raise RuntimeError(f"{typed} became {completed}")
    time.sleep(_PAUSE)
    return took


def report(name: str, seconds: list[float], *, is_floor: bool) -> bool:
    """Print the median and the spread; return whether the median keeps the bound."""
    median = statistics.median(seconds)
    verdict = "" if is_floor else f"; at most {BOUND * 1000:.0f} ms: "
    verdict += "" if is_floor else ("met" if median <= BOUND else "MISSED")
    low, high = min(seconds) * 1000, max(seconds) * 1000
    print(f"{name:26} median {median * 1000:5.1f} ms, {low:.1f} to {high:.1f} ms{verdict}")
    return is_floor or median <= BOUND


if __name__ == "__main__":
    sys.exit(main())
