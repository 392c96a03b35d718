"""The command as people and scripts start it: a process with a HOME of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pexpect

COMMAND = (sys.executable, "-m", "aws_saml_ext")
DOOR = shlex.join(COMMAND)
"""The words by which the messages of COMMAND call the program."""
AWS = Path("/usr/bin/aws")
"""Debian's AWS CLI, which is version 2; another one may come first on PATH."""
SCRIPT = Path(sys.executable).with_name("aws-saml-login")
"""The command as pip installs it."""

# Chromium as root in a container; nobody's default.
BROWSER_ARGUMENTS = "--no-sandbox --disable-gpu --disable-quic" if os.name == "posix" else ""


CREDENTIALS_BY_HAND = """\
# mine, by hand
[default]
aws_access_key_id=AKIAEXAMPLE00000000
aws_secret_access_key=example

; the team's
[prod]
s3 =
  addressing_style = path
"""
"""A credentials file that a person wrote, and wants to find unchanged."""


@dataclass(frozen=True, slots=True)
class Done:
    """The exit status and the output of a command that has ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder, and the environment of its commands."""

    path: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def aws(self) -> Path:
        return self.path / ".aws"

    @property
    def credentials(self) -> Path:
        return self.aws / "credentials"

    @property
    def config(self) -> Path:
        return self.aws / "config"

    def run(
        self,
        *arguments: str,
        command: Sequence[str] = COMMAND,
        stdin: str | None = None,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 100,
    ) -> Done:
        """Run one command without a terminal, and wait for its end."""
        done = subprocess.run(
            [*command, *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
            env={**self.environ, **(environ or {})},
            cwd=cwd,
            start_new_session=True,  # no terminal to ask at, even where the tests have one
            timeout=timeout,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(
        self,
        *arguments: str,
        command: Sequence[str] = COMMAND,
        environ: Mapping[str, str] | None = None,
    ) -> pexpect.spawn:
        """Start one command at a pseudo-terminal of its own."""
        words = [*command, *arguments]
        return pexpect.spawn(
            words[0],
            words[1:],
            env={**self.environ, **(environ or {})},
            timeout=30,
            encoding="utf-8",
            dimensions=(50, 200),
            echo=False,
        )


def home_at(path: Path) -> Home:
    """Return a home without files, and an environment without AWS, proxy and display."""
    left_out = (
        *("AWS_", "REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE"),
        *("XDG_", "DBUS_", "DISPLAY", "WAYLAND_DISPLAY"),
    )
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(left_out) and not name.lower().endswith("_proxy")
    }
    environ |= {
        "HOME": str(path),
        # Not this machine's: an `aws` of version 1 may come first there, and is slow.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "TMPDIR": str(path / "tmp"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SAML_BROWSER_ARGUMENTS": BROWSER_ARGUMENTS,
        "AWS_SAML_PICKER": "list",  # tests of the menu ask for it
    }
    (path / "tmp").mkdir(parents=True)
    return Home(path, environ)


def typed(child: pexpect.spawn, *answers: tuple[str, str]) -> pexpect.spawn:
    """Wait for each question, type its answer, and return the command."""
    for question, answer in answers:
        child.expect_exact(question)
        child.sendline(answer)
    return child


def ended(child: pexpect.spawn) -> tuple[int, str]:
    """Return the exit status of a command at a terminal, and what it printed since."""
    child.expect(pexpect.EOF)
    child.close()
    status = child.exitstatus if child.exitstatus is not None else 128 + child.signalstatus
    return status, child.before
