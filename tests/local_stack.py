"""The local stack, `python -m stack`, on free ports and with its own folder."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from stack.errors import NotHere
from stack.keycloak import REALM, find_java
from stack.localstack import find_python
from stack.postgres import find_programs
from stack.servers import free_port

REPOSITORY = Path(__file__).parents[1]
_START_SECONDS = 400.0  # the first time, Keycloak is fetched
_END_SECONDS = 60.0
# Half of the processor time that Keycloak's start takes goes into code that lives for minutes only.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC"


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running stack and its output."""

    idp_url: str
    aws_url: str
    said: str
    process: subprocess.Popen[str]

    @property
    def keycloak_url(self) -> str:
        """The address of Keycloak, such as `http://localhost:8080/auth`."""
        return self.idp_url.partition("/realms/")[0]

    @property
    def admin(self) -> Administrator:
        return Administrator(self.keycloak_url)


def need_keycloak() -> None:
    """Skip the test if this machine cannot run Keycloak."""
    try:
        find_java()
    except NotHere as missing:
        pytest.skip(f"{missing} {missing.hint}")
    if shutil.which("mvn") is None:
        pytest.skip("Keycloak: Maven is not installed (apt-get install maven)")


def need_postgres() -> None:
    """Skip the test if PostgreSQL is not installed."""
    try:
        find_programs()
    except NotHere as missing:
        pytest.skip(f"{missing} {missing.hint}")


def need_localstack() -> None:
    """Skip the test if no Python is new enough for LocalStack."""
    try:
        find_python()
    except NotHere as missing:
        pytest.skip(f"{missing} {missing.hint}")


@contextmanager
def folder() -> Iterator[Path]:
    """Create a folder for its data that PostgreSQL's user can reach."""
    with tempfile.TemporaryDirectory(prefix="stack-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[LocalStack]:
    """Run `python -m stack` with its data in `folder` and these variables."""
    process = start(folder, **variables)
    try:
        said = _until_it_runs(process)
        [idp_url] = re.findall(r"^Identity provider: (\S+)$", said, re.MULTILINE)
        [aws_url] = re.findall(r"^AWS: (\S+)$", said, re.MULTILINE)
        yield LocalStack(idp_url, aws_url, said, process)
    except BaseException:
        stop(process)
        raise
    assert stop(process) == (0, "\nStopped.\n")


def stopped(folder: Path, *, arguments: Sequence[str] = (), **variables: str) -> tuple[int, str]:
    """Run the stack until it stops, and return its exit status and output."""
    process = start(folder, *arguments, **variables)
    said, _ = process.communicate(timeout=_END_SECONDS)
    return process.returncode, said


def start(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start the stack with its state in `folder`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "STACK_", "KC_"))
    }
    kept |= {
        "STACK_FOLDER": str(folder),
        "KEYCLOAK_EXPOSED_PORT": str(free_port()),
        "LOCALSTACK_EXPOSED_PORT": str(free_port()),
    }
    kept.setdefault("JAVA_OPTS_APPEND", _JAVA_OPTIONS)
    return subprocess.Popen(
        [sys.executable, "-m", "stack", *arguments],
        cwd=REPOSITORY,
        env=kept | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Press Ctrl-C if it still runs, and return its exit status and last output."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=_END_SECONDS)
    return process.returncode, said


def _until_it_runs(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    too_late = threading.Timer(_START_SECONDS, process.kill)
    too_late.start()
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                return "".join(lines)
    finally:
        too_late.cancel()
    raise AssertionError("The stack did not come up:\n" + "".join(lines))


class Administrator:
    """An administrator of Keycloak, who uses its Admin REST API."""

    def __init__(self, url: str) -> None:
        self._open = build_opener(ProxyHandler({})).open
        self._url = url
        form = {"client_id": "admin-cli", "grant_type": "password"}
        form |= {"username": "admin", "password": "admin"}
        token_url = f"{url}/realms/master/protocol/openid-connect/token"
        with self._open(token_url, urlencode(form).encode()) as answer:
            self._token = json.load(answer)["access_token"]

    def end_sessions(self, username: str) -> None:
        """Sign this user out everywhere."""
        [user] = self._ask("GET", f"users?exact=true&username={username}")
        self._ask("POST", f"users/{user['id']}/logout")

    def enable_action(self, alias: str) -> None:
        """Enable a required action, such as TERMS_AND_CONDITIONS."""
        path = f"authentication/required-actions/{alias}"
        self._ask("PUT", path, self._ask("GET", path) | {"enabled": True})

    def add_user(
        self, name: str, *, otp: Mapping[str, str] = {}, actions: Sequence[str] = ()
    ) -> None:
        """Add a user of both roles, whose password is the name.

        Args:
            name: the name.
            otp: the TOTP devices: names, and secrets in Base32.
            actions: what Keycloak demands at the next sign-in.
        """
        credentials: list[dict[str, object]] = [
            {"type": "password", "value": name, "temporary": False}
        ]
        credentials += [_totp(device, secret) for device, secret in otp.items()]
        user = {
            "username": name,
            "email": f"{name}@example.com",
            "emailVerified": True,
            "enabled": True,
            "firstName": "AWS",
            "lastName": name,
            "groups": ["/AWS_ADMINS", "/AWS_USERS"],
            "credentials": credentials,
            "requiredActions": list(actions),
        }
        self._ask("POST", "users", user)

    def add_broker(self, alias: str, *, user: str) -> None:
        """Add a realm as an identity provider of the realm of AWS.

        Args:
            alias: the name of the realm, and of the button that leads there.
            user: a user of both realms; that of the new one has the password NAME-there.
        """
        there = f"{self._url}/realms/{alias}"
        secret = secrets.token_hex(16)
        client = {
            "clientId": "broker",
            "secret": secret,
            "redirectUris": [f"{self._url}/realms/{REALM}/broker/{alias}/endpoint"],
        }
        of_there = {
            "username": user,
            "email": f"{user}@example.com",
            "emailVerified": True,
            "enabled": True,
            "firstName": "AWS",
            "lastName": user,
            "credentials": [{"type": "password", "value": f"{user}-there", "temporary": False}],
        }
        realm = {"realm": alias, "enabled": True, "sslRequired": "none"}
        self._ask("POST", "", realm | {"clients": [client], "users": [of_there]}, below="/realms")
        [found] = self._ask("GET", f"users?exact=true&username={user}", below=f"/realms/{alias}/")
        config = {
            "clientId": "broker",
            "clientSecret": secret,
            "clientAuthMethod": "client_secret_post",
            "authorizationUrl": f"{there}/protocol/openid-connect/auth",
            "tokenUrl": f"{there}/protocol/openid-connect/token",
            "userInfoUrl": f"{there}/protocol/openid-connect/userinfo",
            "jwksUrl": f"{there}/protocol/openid-connect/certs",
            "useJwksUrl": "true",
            "validateSignature": "true",
            "issuer": there,
            "defaultScope": "openid",
        }
        provider = {"alias": alias, "providerId": "oidc", "enabled": True, "config": config}
        self._ask("POST", "identity-provider/instances", provider)
        [own] = self._ask("GET", f"users?exact=true&username={user}")
        link = {"identityProvider": alias, "userId": found["id"], "userName": user}
        self._ask("POST", f"users/{own['id']}/federated-identity/{alias}", link)

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        below: str = f"/realms/{REALM}/",
    ) -> Any:
        request = Request(
            f"{self._url}/admin{below}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        with self._open(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def _totp(device: str, secret: str) -> dict[str, object]:
    kind = {"subType": "totp", "digits": 6, "period": 30, "algorithm": "HmacSHA1", "counter": 0}
    return {
        "type": "otp",
        "userLabel": device,
        "credentialData": json.dumps(kind | {"secretEncoding": "BASE32"}),
        "secretData": json.dumps({"value": secret}),
    }
