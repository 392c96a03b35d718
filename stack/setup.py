"""What sign-ins need in an AWS of the stack, made by the script that LocalStack runs too."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from stack.errors import NotHere, StackError

SCRIPT = Path(__file__).resolve().parents[1] / "localstack-setup.sh"
_NO_SUCH_PROGRAM = 127


def set_up(
    endpoint: str, *, keycloak_url: str | None = None, metadata_file: Path | None = None
) -> None:
    """
    Make, or bring up to date, the provider, the roles and the bucket at `endpoint`.

    The identity provider is the Keycloak at `keycloak_url`, or whichever `metadata_file` describes.

    Raises:
        NotHere: the AWS CLI is not installed.
        StackError: the script did not succeed; the message is its last line.
    """
    given = {"AWS_ENDPOINT_URL": endpoint, "SAML_METADATA_FILE": str(metadata_file or "")}
    if keycloak_url is not None:
        given["KEYCLOAK_URL"] = keycloak_url
    done = subprocess.run(
        ["/bin/sh", SCRIPT],
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        kind = NotHere if done.returncode == _NO_SUCH_PROGRAM else StackError
        said = done.stderr.strip().splitlines()[-1:]
        words = " ".join(f"{name}={shlex.quote(value)}" for name, value in given.items() if value)
        raise kind(
            f"{endpoint} is not set up. {' '.join(said)}".strip(),
            hint=f"{words} sh {shlex.quote(str(SCRIPT))}",
        )
