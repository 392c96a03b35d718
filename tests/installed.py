"""The alias and the command as a person has them, installed in a home folder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pexpect
import psutil
import pytest

from tests.command import AWS, SCRIPT, Done, Home, home_at

_PLACEHOLDER = b"/home/of-nobody"


@dataclass(frozen=True, slots=True)
class InstalledCli:
    """A home folder with the alias installed, and profile dev for one identity provider."""

    home: Home
    endpoint: str
    """The address of AWS."""

    def sign_in(self, *options: str) -> pexpect.spawn:
        """Start `aws saml-login --profile dev …` at a terminal."""
        return self.home.start(*self._arguments(*options), command=[str(AWS)])

    def sign_in_without_terminal(self, *options: str, **environ: str) -> Done:
        """Run the same without a terminal, and wait for its end."""
        return self.home.run(*self._arguments(*options), command=[str(AWS)], environ=environ)

    def aws(self, *arguments: str) -> Done:
        """Run any command of `aws` with the profile's credentials."""
        at_aws = ["--profile", "dev", "--endpoint-url", self.endpoint]
        return self.home.run(*arguments, *at_aws, command=[str(AWS)])

    def processes(self) -> list[psutil.Process]:
        """Return the processes of this home: browsers, their drivers, and the program itself."""
        return [
            process
            for process in psutil.process_iter(["name", "environ", "status"])
            if (process.info["environ"] or {}).get("HOME") == str(self.home.path)
            and process.info["status"] != "zombie"
        ]

    def left_over(self) -> list[str]:
        """Return the names of temporary files and processes, of which a sign-in leaves none."""
        files = [path.name for path in (self.home.path / "tmp").iterdir()]
        return files + [process.info["name"] for process in self.processes()]

    def _arguments(self, *options: str) -> list[str]:
        return ["saml-login", "--profile", "dev", "--endpoint-url", self.endpoint, *options]


def installed_cli(folder: Path, idp_url: str, endpoint: str) -> InstalledCli:
    """Return an installation with profile dev, or skip the test without aws or chromedriver.

    Args:
        folder: an empty folder, the home.
        idp_url: the sign-in address of profile dev.
        endpoint: the address of AWS.
    """
    for program in (AWS, Path("/usr/bin/chromedriver")):
        if not program.exists():
            pytest.skip(f"{program} is not installed")
    home = home_at(folder)
    for name, content in _installed_files(idp_url).items():
        path = home.aws / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content.replace(_PLACEHOLDER, bytes(folder)))
        path.chmod(0o600)
    return InstalledCli(home, endpoint)


@cache
def _installed_files(idp_url: str) -> dict[Path, bytes]:
    """Return the files in `.aws` after `install`, the slowest part of a test's set-up.

    It runs once for each identity provider. `_PLACEHOLDER` stands for the home folder in a file.
    """
    with tempfile.TemporaryDirectory(prefix="a home ") as folder:
        home = home_at(Path(folder))
        done = home.run(
            *("install", "--profile", "dev", "--idp-url", idp_url, "--region", "eu-west-1"),
            command=[str(SCRIPT)],
        )
        assert done.status == 0, done.err
        return {
            path.relative_to(home.aws): path.read_bytes().replace(bytes(home.path), _PLACEHOLDER)
            for path in home.aws.rglob("*")
            if path.is_file() and path.suffix != ".lock"
        }
