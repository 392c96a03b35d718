"""The identity provider of the stack: Keycloak's own distribution, on 127.0.0.1."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stack import downloads, versions
from stack.errors import NotHere, StackError
from stack.servers import answers, free_port, serving

REALM = "aws"
REALM_FILE = Path(__file__).resolve().parents[1] / "keycloak" / "aws-realm.json"

# The same as in docker-compose.yml; a test compares them.
COMMAND = ("start-dev", "--import-realm", "--http-relative-path", "/auth")
ENVIRONMENT = {
    "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
    "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin",
    "KC_HEALTH_ENABLED": "true",
}

_READY_SECONDS = 240.0  # half a minute on two idle cores
_EXPORT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Database:
    """The database of Keycloak."""

    vendor: str
    """The value of `--db`; `dev-file` and `dev-mem` need no address."""
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """Return the environment variables that make Keycloak use it."""
        if not self.url:
            return {"KC_DB": self.vendor}
        return {
            "KC_DB": self.vendor,
            "KC_DB_URL": self.url,
            "KC_DB_USERNAME": self.user,
            "KC_DB_PASSWORD": self.password,
        }


IN_A_FILE = Database("dev-file")
"""Keycloak's own database in a file, which outlasts the process."""
IN_MEMORY = Database("dev-mem")
"""A database in memory, which makes the start a quarter faster."""


@dataclass(frozen=True, slots=True)
class Keycloak:
    """A running Keycloak."""

    url: str
    """`http://localhost:8080/auth`"""
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def idp_url(self) -> str:
        """The address that starts a sign-in to AWS: the value of `--idp-url`."""
        return f"{self.url}/realms/{REALM}/protocol/saml/clients/amazon-aws"

    @property
    def descriptor_url(self) -> str:
        """The address of its SAML metadata."""
        return f"{self.url}/realms/{REALM}/protocol/saml/descriptor"

    @property
    def console_url(self) -> str:
        """The address of its administration console."""
        return f"{self.url}/admin/master/console/#/{REALM}"


@contextmanager
def running(
    folder: Path,
    *,
    port: int,
    database: Database = IN_A_FILE,
    realm_file: Path = REALM_FILE,
    java: str | None = None,
) -> Iterator[Keycloak]:
    """Run Keycloak with the realm `aws` inside a `with` block.

    Keycloak imports the realm unless the database has it already.

    Args:
        folder: the folder of its program, its data and `keycloak.log`.
        port: the port to listen on.
        database: the database to use.
        realm_file: the realm to import.
        java: the folder of a Java; by default `find_java` finds one.

    Raises:
        NotHere: Java is missing or too old, or Maven is missing.
        StackError: the download failed, or Keycloak did not start.
    """
    java = java or find_java()
    home = _unpacked(folder)
    imported = home / "data" / "import"
    imported.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(realm_file, imported / f"{REALM}-realm.json")
    management_port = free_port()
    url = f"http://localhost:{port}/auth"
    with serving(
        "Keycloak",
        [
            *(str(home / "bin" / "kc.sh"), *COMMAND),
            *("--hostname", url),  # the issuer is the same for every host name
            *("--http-host", "127.0.0.1", "--http-port", str(port)),
            *("--http-management-port", str(management_port)),
        ],
        log=folder / "keycloak.log",
        ready=lambda: answers(f"http://127.0.0.1:{management_port}/auth/health/ready"),
        seconds=_READY_SECONDS,
        environ=_environment(java, database),
    ) as process:
        _check_realm(url, folder / "keycloak.log", realm_file)
        yield Keycloak(url, process)


def export(
    folder: Path, *, database: Database = IN_A_FILE, java: str | None = None
) -> dict[str, Any]:
    """Export every realm with its users from the data in `folder`; return them by name.

    Raises:
        NotHere: Java is missing or too old.
        StackError: there is no data, or Keycloak is running.
    """
    java = java or find_java()
    program = folder / f"keycloak-{versions.KEYCLOAK}" / "bin" / "kc.sh"
    if not program.exists():
        raise StackError(
            "There is no realm to export: the stack has not run yet.", hint="make stack"
        )
    with tempfile.TemporaryDirectory() as made:
        done = subprocess.run(
            [program, "export", "--users", "realm_file", "--dir", made],
            capture_output=True,
            text=True,
            check=False,
            timeout=_EXPORT_SECONDS,
            env=_environment(java, database),
        )
        exported = sorted(Path(made).glob("*-realm.json"))
        if done.returncode != 0 or not exported:
            raise StackError(
                f"Keycloak could not export its realms. {_first_error(done.stdout)}".strip(),
                hint="Stop the stack with Ctrl-C, then run: make realm",
            )
        realms = [json.loads(file.read_text(encoding="utf-8")) for file in exported]
    return {realm["realm"]: realm for realm in realms}


def find_java() -> str:
    """Return the folder of a Java for Keycloak: the value of JAVA_HOME.

    Raises:
        NotHere: Java is missing or too old.
    """
    hint = f"apt-get install default-jre-headless, or JAVA_HOME=/path/to/jdk{versions.OLDEST_JAVA}"
    program = shutil.which(Path(os.environ.get("JAVA_HOME", "")) / "bin" / "java")
    program = program or shutil.which("java")
    if program is None:
        raise NotHere("Java is not installed; Keycloak needs it.", hint=hint)
    done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    if version is None or int(version[1]) < versions.OLDEST_JAVA:
        raise NotHere(
            f"{program} is too old: Keycloak needs Java {versions.OLDEST_JAVA} or newer.", hint=hint
        )
    return str(Path(program).resolve().parents[1])


def _environment(java: str, database: Database) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KC_")}
    return kept | ENVIRONMENT | database.environment() | {"JAVA_HOME": java}


def _unpacked(folder: Path) -> Path:
    """Return the distribution in `folder`; unpack it there first, because Keycloak writes to it."""
    home = folder / f"keycloak-{versions.KEYCLOAK}"
    if not home.exists():
        artefact = downloads.maven_artefact(versions.KEYCLOAK_ARTEFACT, versions.KEYCLOAK_SHA256)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as made, zipfile.ZipFile(artefact) as packed:
            packed.extractall(made)  # trusted by its checksum
            for script in (Path(made) / home.name / "bin").glob("*.sh"):
                script.chmod(0o755)
            (Path(made) / home.name).rename(home)  # atomic
    return home


def _check_realm(url: str, log: Path, realm_file: Path) -> None:
    if not answers(f"{url}/realms/{REALM}/protocol/saml/descriptor"):
        raise StackError(
            f"Keycloak started, but has no realm {REALM!r} from {realm_file}.",
            hint=f"tail -n 30 {log}",
        )


def _first_error(printed: str) -> str:
    return next((line for line in printed.splitlines() if "ERROR" in line), "")
