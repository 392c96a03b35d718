"""The provider, roles and bucket in an AWS of the stack, created by localstack-setup.sh."""

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
    """Create or update the provider, the roles and the bucket at `endpoint`.

    Args:
        endpoint: the address of the AWS.
        keycloak_url: the address of the Keycloak to trust.
        metadata_file: the SAML metadata of the identity provider to trust instead.

    Raises:
        NotHere: the AWS CLI is not installed.
        StackError: the script failed; the message contains its last line.
    """
    variables = {"AWS_ENDPOINT_URL": endpoint, "SAML_METADATA_FILE": str(metadata_file or "")}
    if keycloak_url is not None:
        variables["KEYCLOAK_URL"] = keycloak_url
    done = subprocess.run(
        ["/bin/sh", SCRIPT],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        kind = NotHere if done.returncode == _NO_SUCH_PROGRAM else StackError
        last = done.stderr.strip().splitlines()[-1:]
        words = " ".join(
            f"{name}={shlex.quote(value)}" for name, value in variables.items() if value
        )
        raise kind(
            f"Could not set up {endpoint}. {' '.join(last)}".strip(),
            hint=f"{words} sh {shlex.quote(str(SCRIPT))}",
        )
