"""Programs that read an AWS profile with SDKs other than Python's, and sign with its credentials.

Needs `go`, `node` and `npm`, or `javac` and `mvn`: where one of them is missing or too old, the
tests of its SDK are skipped. Built programs stay in `.cache/consumers`.
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

from tests.fetching import built, need_tool, run

CONSUMERS = ("go", "javascript", "javascript-fromIni", "java")
"""
The SDKs; JavaScript's twice: its default chain of providers, which caches credentials differently,
and `fromIni`, with which a program names a profile.
"""
_FILES = Path(__file__).parent
_CACHE = _FILES.parents[1] / ".cache" / "consumers"
_FETCH_SECONDS = 80
_BUILD_SECONDS = 240  # a compiler without a cache, beside other tests
_ANSWER_SECONDS = 60
_END_SECONDS = 10
_OLDEST_GO = (1, 24)  # as it stands in go.mod
_OLDEST_NODE = (20, 0)  # as it stands in package-lock.json


class CallFailed(Exception):
    """The SDK made no call, or AWS refused it; the message is the SDK's."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A program that is ready to start."""

    name: str
    command: tuple[str, ...]

    @contextlib.contextmanager
    def running(self, environ: Mapping[str, str]) -> Iterator[Caller]:
        """Run the program with no other environment than this.

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
    """A running program that has one client of STS from its start to its end."""

    name: str
    program: subprocess.Popen[str]
    errors: IO[str]

    def ask(self) -> tuple[str, str]:
        """Call `GetCallerIdentity`; return the ARN and the id of the access key that signed it.

        Raises:
            CallFailed: the call failed.
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
        """Return its standard error so far, which its credential_process may share."""
        self.errors.seek(0)
        return self.errors.read()


def installed(name: str, *, cache: Path = _CACHE) -> Consumer:
    """Return the consumer of this name, built the first time that these sources are needed."""
    match name:
        case "go":
            return Consumer(name, (str(_built("go", _build_go, cache) / "consumer"),))
        case "java":
            folder = _built("java", _build_java, cache)
            java = need_tool("java", "default-jre-headless", program="java")
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
    """Return the folder with the sources and what `build` made of them."""
    sources = sorted(path for path in (_FILES / language).iterdir() if path.is_file())
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()

    def copy_and_build(folder: Path) -> None:
        for path in sources:
            shutil.copy(path, folder)
        build(folder)

    return built(cache / language / digest[:12], copy_and_build)


def _build_go(folder: Path) -> None:
    go = _new_enough("go", "golang-go", _OLDEST_GO, "go", "version")
    run("go", [go, "mod", "download"], folder=folder, seconds=_FETCH_SECONDS)
    build = [go, "build", "-buildvcs=false", "-o", "consumer", "."]
    run("go", build, folder=folder, seconds=_BUILD_SECONDS)


def _install_javascript(folder: Path) -> None:
    npm = need_tool("javascript", "npm")
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run("javascript", install, folder=folder, seconds=_FETCH_SECONDS)


def _build_java(folder: Path) -> None:
    maven = need_tool("java", "maven", program="mvn")
    compiler = need_tool("java", "default-jdk-headless", program="javac")
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
    options = ("-DincludeScope=runtime", "-DoutputDirectory=jars")
    fetch = [maven, "--batch-mode", "--quiet", copy, *options]
    run("java", fetch, folder=folder, seconds=_FETCH_SECONDS)
    run("java", [compiler, "-cp", "jars/*", "Main.java"], folder=folder, seconds=_BUILD_SECONDS)


def _new_enough(language: str, package: str, oldest: tuple[int, int], *version: str) -> str:
    """Return the path of a program, or skip the test if its version is older than `oldest`."""
    program, *arguments = version
    path = need_tool(language, package, program=program)
    printed = run(language, [path, *arguments], seconds=_END_SECONDS)
    number = re.search(r"(\d+)\.(\d+)", printed)
    assert number is not None, printed
    if (int(number[1]), int(number[2])) < oldest:
        needed = ".".join(map(str, oldest))
        pytest.skip(f"{language}: the SDK needs {program} {needed}, this is {printed.strip()}")
    return path
