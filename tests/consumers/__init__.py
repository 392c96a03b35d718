"""
Programs that read an AWS profile with SDKs other than Python's, and sign with its keys.

Needs `go`, `node` and `npm`, or `javac` and `mvn`; a test that asks for a program whose tools, or
packages, are missing is skipped and says which. What is built is kept in `.cache/consumers`.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

CONSUMERS = ("go", "javascript", "javascript-fromIni", "java")
"""
The SDKs; JavaScript's twice: its default chain of providers, which keeps keys in a way of its own,
and `fromIni`, with which a program names a profile.
"""
_FILES = Path(__file__).parent
_CACHE = _FILES.parents[1] / ".cache" / "consumers"
_FETCH_SECONDS = 80
_BUILD_SECONDS = 80
_ANSWER_SECONDS = 60
_END_SECONDS = 10
_OLDEST_GO = (1, 24)  # as it stands in go.mod
_OLDEST_NODE = (20, 0)  # as it stands in package-lock.json


class CallFailed(Exception):
    """The SDK made no call, or AWS refused it: in the SDK's words."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A program that is ready to start."""

    name: str
    command: tuple[str, ...]

    @contextlib.contextmanager
    def running(self, environ: Mapping[str, str]) -> Iterator[Caller]:
        """
        Start it in this environment, which is the whole of its settings.

        `AWS_PROFILE` names the profile, `AWS_ENDPOINT_URL_STS` the AWS.
        """
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(
                self.command,
                env=dict(environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                start_new_session=True,
            ) as program,
        ):
            try:
                yield Caller(self.name, program, errors)
            finally:
                # The end of its input ends it.
                with contextlib.suppress(subprocess.TimeoutExpired, BrokenPipeError):
                    program.communicate(timeout=_END_SECONDS)
                program.kill()


@dataclass(frozen=True, slots=True)
class Caller:
    """One that runs, with one client of STS from its start to its end."""

    name: str
    program: subprocess.Popen[str]
    errors: IO[str]

    def ask(self) -> tuple[str, str]:
        """
        Who AWS says is calling (an ARN), and the id of the access key that signed this call.

        Raises CallFailed.
        """
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write("\n")
        ready, _, _ = select.select([self.program.stdout], [], [], _ANSWER_SECONDS)
        assert ready, f"{self.name}: no answer within {_ANSWER_SECONDS} seconds"
        answer = self.program.stdout.readline().strip()
        assert answer, f"{self.name} has ended: {self.said()}"
        first, _, rest = answer.partition(" ")
        if first == "error":
            raise CallFailed(rest)
        return first, rest

    def said(self) -> str:
        """What came on its standard error so far, which its credential_process may share."""
        self.errors.seek(0)
        return self.errors.read()


def installed(name: str, *, cache: Path = _CACHE) -> Consumer:
    """The consumer of this name; built the first time that these sources are asked for."""
    match name:
        case "go":
            return Consumer(name, (str(_built("go", _build_go, cache) / "consumer"),))
        case "java":
            folder = _built("java", _build_java, cache)
            java = _tool("java", "default-jre-headless", program="java")
            # Starts by a third faster, and lives for a few calls only.
            quickly = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
            classes = ("-cp", f"{folder}:{folder / 'jars'}/*")
            return Consumer(name, (java, *quickly, *classes, "Main"))
        case _:
            language, _, provider = name.partition("-")
            node = _new_enough(language, "nodejs", _OLDEST_NODE, "node", "--version")
            main = _built(language, _install_javascript, cache) / "main.mjs"
            return Consumer(name, (node, str(main), provider))


def _built(language: str, build: Callable[[Path], None], cache: Path) -> Path:
    """The folder with the sources and what was made of them: whole, or not there."""
    sources = sorted(path for path in (_FILES / language).iterdir() if path.is_file())
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    folder = cache / language / digest[:12]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        new = Path(made) / "new"
        new.mkdir()
        for path in sources:
            shutil.copy(path, new)
        build(new)
        # Somebody else may have been faster.
        with contextlib.suppress(OSError):
            new.rename(folder)
    return folder


def _build_go(folder: Path) -> None:
    go = _new_enough("go", "golang-go", _OLDEST_GO, "go", "version")
    _fetch("go", folder, go, "mod", "download")
    _make("go", folder, go, "build", "-buildvcs=false", "-o", "consumer", ".")


def _install_javascript(folder: Path) -> None:
    npm = _tool("javascript", "npm")
    quietly = ("--ignore-scripts", "--no-audit", "--no-fund")
    _fetch("javascript", folder, npm, "ci", *quietly)


def _build_java(folder: Path) -> None:
    maven = _tool("java", "maven", program="mvn")
    compiler = _tool("java", "default-jdk-headless", program="javac")
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
    options = ("-DincludeScope=runtime", "-DoutputDirectory=jars")
    _fetch("java", folder, maven, "--batch-mode", "--quiet", copy, *options)
    _make("java", folder, compiler, "-cp", "jars/*", "Main.java")


def _new_enough(language: str, package: str, oldest: tuple[int, int], *version: str) -> str:
    """Where the program is that tells its version when run with `version`."""
    program, *arguments = version
    found = _tool(language, package, program=program)
    said = subprocess.run([found, *arguments], capture_output=True, text=True, check=True).stdout
    number = re.search(r"(\d+)\.(\d+)", said)
    if number is None or (int(number[1]), int(number[2])) < oldest:
        needed = ".".join(map(str, oldest))
        pytest.skip(f"{language}: the SDK needs {program} {needed}, here is {said.strip()}")
    return found


def _tool(language: str, package: str, *, program: str | None = None) -> str:
    """Where the program is; by default it has the name of its Debian package."""
    program = program or package
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{language}: {program} is not installed (apt-get install {package})")
    return found


def _fetch(language: str, folder: Path, *command: str) -> None:
    """Run what needs the network; where that fails, the test is skipped."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_FETCH_SECONDS)
    except subprocess.SubprocessError as error:
        pytest.skip(f"{language}: the packages cannot be had ({type(error).__name__})")


def _make(language: str, folder: Path, *command: str) -> None:
    """Run what needs nothing more: its errors are ours, but a slow machine may run out of time."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_BUILD_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{language}: was not built within {_BUILD_SECONDS} seconds")
    assert done.returncode == 0, done.stderr
