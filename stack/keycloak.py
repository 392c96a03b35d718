"""Keycloak, as its own distribution, on 127.0.0.1: the identity provider of the stack."""

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

# What docker-compose.yml gives it too; a test compares them.
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
    """Where Keycloak keeps what it knows."""

    vendor: str
    """As `--db` has it: `dev-file` and `dev-mem` need nothing else."""
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """The variables that lead Keycloak to it."""
        if not self.url:
            return {"KC_DB": self.vendor}
        return {
            "KC_DB": self.vendor,
            "KC_DB_URL": self.url,
            "KC_DB_USERNAME": self.user,
            "KC_DB_PASSWORD": self.password,
        }


IN_A_FILE = Database("dev-file")
"""Keycloak's own, which outlasts the process."""
IN_MEMORY = Database("dev-mem")
"""Gone with the process, and a quarter faster to start."""


@dataclass(frozen=True, slots=True)
class Keycloak:
    """One that runs."""

    url: str
    """`http://localhost:8080/auth`"""
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def idp_url(self) -> str:
        """Where a sign-in to AWS starts: the value of `--idp-url`."""
        return f"{self.url}/realms/{REALM}/protocol/saml/clients/amazon-aws"

    @property
    def descriptor_url(self) -> str:
        """Its SAML metadata."""
        return f"{self.url}/realms/{REALM}/protocol/saml/descriptor"

    @property
    def console_url(self) -> str:
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
    """
    Keycloak with our realm, until left. `folder` holds its program, its data and `keycloak.log`.

    The realm is imported where the database does not have it yet.

    Raises:
        NotHere: no Java that is new enough, or nothing to fetch Keycloak with.
        StackError: it cannot be fetched, or did not come up.
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
            *("--hostname", url),  # the issuer, by whatever name it is asked
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
    """
    Every realm with its users as Keycloak exports it from the data in `folder`, by name.

    Raises:
        NotHere: no Java that is new enough.
        StackError: there is no data, or Keycloak runs on it.
    """
    java = java or find_java()
    program = folder / f"keycloak-{versions.KEYCLOAK}" / "bin" / "kc.sh"
    if not program.exists():
        raise StackError("There is no realm to export: the stack has not run.", hint="make stack")
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
                f"Keycloak did not export its realms. {_first_error(done.stdout)}".strip(),
                hint="End the stack with Ctrl-C, then: make realm",
            )
        realms = [json.loads(file.read_text(encoding="utf-8")) for file in exported]
    return {realm["realm"]: realm for realm in realms}


def find_java() -> str:
    """
    The folder of a Java that runs Keycloak, for JAVA_HOME.

    Raises:
        NotHere: there is none, or it is too old.
    """
    hint = f"apt-get install default-jre-headless, or JAVA_HOME=/path/to/jdk{versions.OLDEST_JAVA}"
    program = shutil.which(Path(os.environ.get("JAVA_HOME", "")) / "bin" / "java")
    program = program or shutil.which("java")
    if program is None:
        raise NotHere("Java is not installed; Keycloak runs on it.", hint=hint)
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', told.stderr)
    if version is None or int(version[1]) < versions.OLDEST_JAVA:
        raise NotHere(f"Keycloak needs Java {versions.OLDEST_JAVA} or newer: {program}", hint=hint)
    return str(Path(program).resolve().parents[1])


def _environment(java: str, database: Database) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KC_")}
    return kept | ENVIRONMENT | database.environment() | {"JAVA_HOME": java}


def _unpacked(folder: Path) -> Path:
    """The distribution in `folder`, where Keycloak writes besides what it knows."""
    home = folder / f"keycloak-{versions.KEYCLOAK}"
    if not home.exists():
        artefact = downloads.maven_artefact(versions.KEYCLOAK_ARTEFACT, versions.KEYCLOAK_SHA256)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as made, zipfile.ZipFile(artefact) as packed:
            packed.extractall(made)  # checked by its checksum
            for script in (Path(made) / home.name / "bin").glob("*.sh"):
                script.chmod(0o755)
            (Path(made) / home.name).rename(home)  # whole or not at all
    return home


def _check_realm(url: str, log: Path, realm_file: Path) -> None:
    if not answers(f"{url}/realms/{REALM}/protocol/saml/descriptor"):
        raise StackError(
            f"Keycloak runs, but has no realm {REALM!r} out of {realm_file}.",
            hint=f"tail -n 30 {log}",
        )


def _first_error(printed: str) -> str:
    return next((line for line in printed.splitlines() if "ERROR" in line), "")
