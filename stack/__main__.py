"""`make stack` runs Keycloak and an AWS on loopback; `make realm` writes Keycloak's realm.

Variables (also as `make stack NAME=value`):

    STACK_DB                 `postgres`: Keycloak on PostgreSQL instead of its own database
    STACK_AWS                `localstack`: LocalStack instead of the demo's AWS
    STACK_FOLDER             the folder of data and logs (.stack)
    KEYCLOAK_EXPOSED_PORT    the port of Keycloak (8080)
    LOCALSTACK_EXPOSED_PORT  the port of either AWS (4566)
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext.errors import SamlLoginError
from stack import keycloak, localstack, postgres, realm, versions
from stack.errors import StackError
from stack.keycloak import Keycloak
from stack.servers import check_port
from stack.setup import set_up

_FAILED = 1
_USERS = (
    ("aws_user", "Role.User"),
    ("aws_admin", "Role.User, Role.Admin"),
    ("aws_void", "no role"),
    ("aws_mfa", "as aws_admin, with a one-time code"),
)


@dataclass(frozen=True, slots=True)
class Options:
    """The servers to run, their folder and ports."""

    on_postgres: bool
    with_localstack: bool
    folder: Path
    keycloak_port: int
    aws_port: int

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Options:
        """Parse the variables.

        Raises:
            StackError: a variable has an unknown value.
        """
        return cls(
            on_postgres=_one_of(environ, "STACK_DB", "postgres"),
            with_localstack=_one_of(environ, "STACK_AWS", "localstack"),
            folder=Path(environ.get("STACK_FOLDER") or ".stack").expanduser().absolute(),
            keycloak_port=_port(environ, "KEYCLOAK_EXPOSED_PORT", versions.KEYCLOAK_PORT),
            aws_port=_port(environ, "LOCALSTACK_EXPOSED_PORT", versions.AWS_PORT),
        )


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Run until Ctrl-C, or write the realm; return the exit status."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    try:
        options = Options.of(environ)
        if list(arguments) == ["realm"]:
            write_realm(options, _print)
            return 0
        with running(options, _print) as (identity_provider, aws_url):
            for line in instructions(identity_provider, aws_url, options):
                _print(line)
            while True:
                time.sleep(1)
    except StackError as error:
        print(f"stack: [ERROR]: {error}\n{error.hint}", file=sys.stderr)
        return _FAILED
    except SamlLoginError as error:
        print(f"stack: [ERROR]: {error}\n{error.hint or ''}".rstrip(), file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        _print("\nStopped.")  # the expected end
        return 0


@contextmanager
def running(options: Options, notify: Callable[[str], None]) -> Iterator[tuple[Keycloak, str]]:
    """Run Keycloak and an AWS that trusts it inside a `with` block; return both addresses.

    Raises:
        StackError: a server is missing or did not start; all started servers are stopped.
    """
    check_port("Keycloak", options.keycloak_port, variable="KEYCLOAK_EXPOSED_PORT")
    check_port("The AWS", options.aws_port, variable="LOCALSTACK_EXPOSED_PORT")
    with ExitStack() as parts:
        database = keycloak.IN_A_FILE
        if options.on_postgres:
            notify("Starting PostgreSQL…")
            database = parts.enter_context(postgres.running(options.folder))
        notify(f"Starting Keycloak {versions.KEYCLOAK} (the first time it downloads 170 MB)…")
        begun = time.monotonic()
        identity_provider = parts.enter_context(
            keycloak.running(options.folder, port=options.keycloak_port, database=database)
        )
        notify(f"Keycloak is ready after {time.monotonic() - begun:.0f} seconds.")
        aws_url = parts.enter_context(_aws(options, notify))
        set_up(aws_url, keycloak_url=identity_provider.url)
        yield identity_provider, aws_url


@contextmanager
def _aws(options: Options, notify: Callable[[str], None]) -> Iterator[str]:
    if options.with_localstack:
        notify(f"Starting LocalStack {versions.LOCALSTACK} (the first time it is installed)…")
        with localstack.running(options.folder / "localstack", port=options.aws_port) as started:
            yield started.url
    else:
        from aws_saml_ext.demo.aws import Aws  # imports moto, which LocalStack does not need

        with Aws(port=options.aws_port) as aws:
            yield aws.url


def instructions(identity_provider: Keycloak, aws_url: str, options: Options) -> Iterator[str]:
    """Yield addresses, users and commands to paste."""
    yield f"Identity provider: {identity_provider.idp_url}"
    yield f"Its console: {identity_provider.console_url} (admin, admin)"
    yield f"AWS: {aws_url}"
    yield f"Data and logs: {options.folder}"
    yield "Users (the password is the name):"
    for name, roles in _USERS:
        yield f"  {name:<10} {roles}"
    at_aws = f"--endpoint-url {aws_url}"
    program = shlex.quote(os.path.relpath(Path(sys.executable).with_name("aws-saml-login")))
    # Chromium's sandbox does not run as root.
    as_root = "AWS_SAML_BROWSER_ARGUMENTS=--no-sandbox " if os.geteuid() == 0 else ""
    yield "Sign in, in another terminal:"
    yield f"  {as_root}{program} --profile local --idp-url {identity_provider.idp_url} {at_aws}"
    yield "Then:"
    yield f"  aws sts get-caller-identity --profile local --region us-east-1 {at_aws}"
    yield f"  aws s3 ls --profile local {at_aws}"
    yield "Ctrl-C stops all of them."


def write_realm(options: Options, notify: Callable[[str], None]) -> None:
    """Write the realm in Keycloak's database to the file that Keycloak imports.

    Raises:
        StackError: there is no realm, or Keycloak is running.
    """
    file = keycloak.REALM_FILE
    with ExitStack() as parts:
        database = keycloak.IN_A_FILE
        if options.on_postgres:
            database = parts.enter_context(postgres.running(options.folder))
        notify("Exporting Keycloak's realms (half a minute)…")
        realms = keycloak.export(options.folder, database=database)
    if keycloak.REALM not in realms:
        raise StackError(f"Keycloak has no realm {keycloak.REALM!r}.", hint="make stack")
    before = json.loads(file.read_text(encoding="utf-8"))
    made = realm.cleaned(realms[keycloak.REALM], realms["master"], before=before, notify=notify)
    file.write_text(realm.written(made), encoding="utf-8")
    notify(f"Wrote {file}. `git diff` shows the changes.")


def _one_of(environ: Mapping[str, str], name: str, value: str) -> bool:
    text = environ.get(name, "")
    if text not in {"", value}:
        raise StackError(f"{name} must be {value!r} or empty, not {text!r}.", hint="make stack")
    return text == value


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StackError(
            f"{name} must be a port from 1 to 65535, not {text!r}.",
            hint=f"make stack {name}={default}",
        )
    return int(text)


def _print(line: str) -> None:
    print(line, flush=True)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
