"""A person with the alias installed, and the servers they sign in at."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pexpect
import psutil
import pytest

from aws_saml_ext.demo import Demo, running
from tests.command import AWS, Done, Home, home_at

SCRIPT = Path(sys.executable).with_name("aws-saml-login")


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Both servers of the demo."""
    with running() as both:
        yield both


@dataclass(frozen=True, slots=True)
class Prompt:
    """Somebody who has run the installer, and types `aws saml-login`."""

    home: Home
    endpoint: str

    def sign_in(self, *options: str) -> pexpect.spawn:
        """`aws saml-login --profile dev …` at a terminal."""
        return self.home.start(*self._arguments(*options), command=[str(AWS)])

    def sign_in_unattended(self, *options: str, **environ: str) -> Done:
        """The same without a terminal."""
        return self.home.run(*self._arguments(*options), command=[str(AWS)], environ=environ)

    def aws(self, *arguments: str) -> Done:
        """Any command of `aws`, with the profile's keys."""
        at_aws = ["--profile", "dev", "--endpoint-url", self.endpoint]
        return self.home.run(*arguments, *at_aws, command=[str(AWS)])

    def processes(self) -> list[psutil.Process]:
        """What runs for this person: browsers, their drivers, and the program itself."""
        return [
            process
            for process in psutil.process_iter(["name", "environ", "status"])
            if (process.info["environ"] or {}).get("HOME") == str(self.home.path)
            and process.info["status"] != "zombie"
        ]

    def left_over(self) -> list[str]:
        """Processes and files that a sign-in should have taken away again."""
        files = [path.name for path in (self.home.path / "tmp").iterdir()]
        return files + [process.info["name"] for process in self.processes()]

    def _arguments(self, *options: str) -> list[str]:
        return ["saml-login", "--profile", "dev", "--endpoint-url", self.endpoint, *options]


@pytest.fixture
def new_home() -> Iterator[Path]:
    """An empty folder with a space in its name; short, for the sockets that browsers make."""
    with tempfile.TemporaryDirectory(prefix="a home ") as folder:
        yield Path(folder)


@pytest.fixture
def prompt(demo: Demo, new_home: Path) -> Prompt:
    """With profile dev for the demo's identity provider."""
    return with_profile(new_home, demo.idp_url, demo.aws_url)


def with_profile(folder: Path, idp_url: str, endpoint: str) -> Prompt:
    """Somebody with profile dev for this identity provider and this AWS."""
    for program in (AWS, Path("/usr/bin/chromedriver")):
        if not program.exists():
            pytest.skip(f"{program} is not installed")
    home = home_at(folder)
    for name, content in _installed(idp_url).items():
        path = home.aws / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content.replace(_NOWHERE, bytes(folder)))
        path.chmod(0o600)
    return Prompt(home, endpoint)


_NOWHERE = b"/home/of-nobody"


@cache
def _installed(idp_url: str) -> dict[Path, bytes]:
    """
    The files in `.aws` after the installer has run, which takes longer than all else before a test.

    It is one run for every test that signs in at the same identity provider. Where a file names
    the home folder, it is `_NOWHERE`.
    """
    with tempfile.TemporaryDirectory(prefix="a home ") as folder:
        home = home_at(Path(folder))
        done = home.run(
            *("install", "--profile", "dev", "--idp-url", idp_url, "--region", "eu-west-1"),
            command=[str(SCRIPT)],
        )
        assert done.status == 0, done.err
        return {
            path.relative_to(home.aws): path.read_bytes().replace(bytes(home.path), _NOWHERE)
            for path in home.aws.rglob("*")
            if path.is_file() and path.suffix != ".lock"
        }
