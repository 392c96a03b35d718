"""Download, build and unpack what tests need: each a prerequisite, or a failure of its own.

A missing tool, or a package that apt does not know, skips the test and is named. A download or a
build that goes wrong fails the test with the words of the program that was run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

_UNKNOWN = re.compile(
    r"^E: (Unable to locate package .*|Package .* has no installation candidate)", re.MULTILINE
)
_APT_SECONDS = 120
_SHOWN_CHARACTERS = 2000


def need_tool(purpose: str, package: str, *, program: str | None = None) -> str:
    """Return the path of a program, or skip the test and name the Debian package that has it.

    Args:
        purpose: what the test needs it for, at the beginning of the reason.
        package: the Debian package.
        program: its name on PATH; by default that of the package.
    """
    program = program or package
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{purpose}: {program} is not installed (apt-get install {package})")
    return found


def run(
    purpose: str,
    command: Sequence[str | Path],
    *,
    seconds: float,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Run a command and return its output; fail the test with what it printed where it fails."""
    shown = " ".join(map(str, command))
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        pytest.fail(f"{purpose}: `{shown}` took more than {seconds:g} seconds")
    if done.returncode != 0:
        printed = (done.stdout + done.stderr).strip()[-_SHOWN_CHARACTERS:]
        pytest.fail(f"{purpose}: `{shown}` ended with {done.returncode}:\n{printed}")
    return done.stdout


def built(folder: Path, build: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `build` the first time: whole, or not there at all."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        new = Path(temporary) / "new"
        new.mkdir()
        build(new)
        # Another run of the tests may have been faster.
        with contextlib.suppress(OSError):
            new.rename(folder)
    return folder


def debian_files(
    purpose: str, packages: Sequence[str], cache: Path, *, dependencies: bool = True
) -> tuple[Path, ...]:
    """Return the roots of the files of Debian packages, and by default of their dependencies.

    The last root is `/`. Packages that are not installed are downloaded, and unpacked into a root
    of their own in `cache`: to install them would bring users, daemons and cron jobs along.
    """
    apt = need_tool(purpose, "apt", program="apt-get")
    missing = _not_installed(purpose, apt, packages)
    if not dependencies:
        missing = [name for name in missing if name in packages]
    if not missing:
        return (Path("/"),)
    unpack = need_tool(purpose, "dpkg", program="dpkg-deb")

    def download(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as downloads:
            archives = Path(downloads)
            command = [apt, "-q", "download", *missing]
            run(purpose, command, folder=archives, seconds=_APT_SECONDS)
            for archive in archives.glob("*.deb"):
                run(purpose, [unpack, "-x", archive, folder], seconds=_APT_SECONDS)

    digest = hashlib.sha256(" ".join(missing).encode()).hexdigest()
    return (built(cache / digest[:12], download), Path("/"))


def within(roots: Sequence[Path], path: str) -> Path:
    """Return the first file of this path in one of the roots; fail the test if there is none."""
    for root in roots:
        if (root / path).exists():
            return root / path
    pytest.fail(f"{path} is in none of {', '.join(map(str, roots))}")


def _not_installed(purpose: str, apt: str, packages: Sequence[str]) -> list[str]:
    """Return what apt would install; without what it would upgrade, such as perl."""
    command = [apt, "-q", "--simulate", "--no-install-recommends", "install", *packages]
    planned = subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_APT_SECONDS,
    )
    if planned.returncode != 0:
        if unknown := _UNKNOWN.search(planned.stderr):
            pytest.skip(f"{purpose}: {unknown[1]} (apt-get update)")
        pytest.fail(f"{purpose}: `{' '.join(command)}` failed:\n{planned.stderr}")
    # "Inst starman (0.4016-1 Debian…)", and an upgrade: "Inst perl [5.36.0-7] (5.36.0-8 Debian…)"
    words = [line.split() for line in planned.stdout.splitlines() if line.startswith("Inst ")]
    return sorted(name for _, name, version, *_ in words if version.startswith("("))
