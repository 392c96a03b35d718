"""docker-compose.yml, read by Docker Compose's own reader; its health checks, run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stack import versions
from tests import compose_reader, web
from tests.compose_reader import Refused

FILE = Path(__file__).parents[2] / "docker-compose.yml"


def published(project: Mapping[str, Any]) -> dict[str, list[tuple[str, str, int]]]:
    """By service: address and port of this machine, and the container's port."""
    return {
        name: [(port["host_ip"], port["published"], port["target"]) for port in service["ports"]]
        for name, service in project["services"].items()
        if "ports" in service
    }


def test_docker_compose_takes_the_file() -> None:
    project = compose_reader.resolved(FILE)
    assert set(project["services"]) == {"postgres", "keycloak", "localstack"}


@pytest.mark.parametrize(
    ("written", "broken", "said"),
    [
        ("    image: postgres:15\n", "    imagine: postgres:15\n", "imagine"),
        (":-8080}:8080", ":-8080}:70000", "70000"),
        (":-8080}:8080", ":-80800}:8080", "80800"),
        ("      postgres:\n        condition", "      postgre:\n        condition", "postgre"),
        ("      - database:/var", "      - data:/var", "undefined volume"),
        ("interval: 2s", "interval: soon", "soon"),
    ],
    ids=[
        "unknown key",
        "port of the container out of range",
        "port of this machine out of range",
        "dependency on an unknown service",
        "unknown volume",
        "interval that is no time",
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, written: str, broken: str, said: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(written) >= 1
    file = tmp_path / FILE.name
    file.write_text(text.replace(written, broken, 1), encoding="utf-8")
    with pytest.raises(Refused, match=said):
        compose_reader.resolved(file)


def test_the_ports_are_the_usual_ones_on_loopback() -> None:
    assert published(compose_reader.resolved(FILE)) == {
        "keycloak": [("127.0.0.1", str(versions.KEYCLOAK_PORT), 8080)],
        "localstack": [("127.0.0.1", str(versions.AWS_PORT), 4566)],
    }


def test_the_ports_are_chosen_by_variables() -> None:
    chosen = {"KEYCLOAK_EXPOSED_PORT": "18080", "LOCALSTACK_EXPOSED_PORT": "14566"}
    assert published(compose_reader.resolved(FILE, chosen)) == {
        "keycloak": [("127.0.0.1", "18080", 8080)],
        "localstack": [("127.0.0.1", "14566", 4566)],
    }


@pytest.mark.parametrize(
    ("chosen", "issuer"),
    [
        ({}, "http://localhost:8080/auth"),
        ({"KEYCLOAK_EXPOSED_PORT": "18080"}, "http://localhost:18080/auth"),
    ],
)
def test_keycloak_knows_the_address_that_browsers_see(
    chosen: Mapping[str, str], issuer: str
) -> None:
    keycloak = compose_reader.resolved(FILE, chosen)["services"]["keycloak"]
    assert keycloak["environment"]["KC_HOSTNAME"] == issuer


def health(service: str, *, asks: int, instead: int) -> int:
    """The exit status of the health check of `service`, sent to port `instead`."""
    words = compose_reader.resolved(FILE)["services"][service]["healthcheck"]["test"]
    assert words[0] == "CMD"
    # config of Compose writes the `$` that it read as `$$`
    command = [word.replace("$$", "$").replace(str(asks), str(instead)) for word in words[1:]]
    program = sys.executable if command[0] == "python3" else shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run([program, *command[1:]], capture_output=True, check=False).returncode


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_keycloak_is_healthy_when_it_says_that_it_is_ready(status: int, healthy: bool) -> None:
    with web.serving({"/auth/health/ready": web.Answer("{}", status)}) as keycloak:
        assert (health("keycloak", asks=9000, instead=keycloak.port) == 0) is healthy


@pytest.mark.parametrize(
    ("hooks", "healthy"),
    [
        ({"START": "SUCCESSFUL", "READY": "SUCCESSFUL"}, True),
        ({"START": "SUCCESSFUL", "READY": "RUNNING"}, False),
        ({"START": "SUCCESSFUL", "READY": "ERROR"}, False),
        ({"START": "ERROR", "READY": "SUCCESSFUL"}, False),
        ({"START": "SUCCESSFUL"}, False),
        ({}, False),
    ],
    ids=["both", "setup runs", "setup failed", "start hook failed", "no setup", "no hooks"],
)
def test_localstack_is_healthy_when_both_hooks_succeeded(
    hooks: Mapping[str, str], healthy: bool
) -> None:
    scripts = [{"stage": stage, "state": state} for stage, state in hooks.items()]
    told = json.dumps({"completed": {"START": True, "READY": True}, "scripts": scripts})
    with web.serving({"/_localstack/init": web.Answer(told)}) as localstack:
        assert (health("localstack", asks=4566, instead=localstack.port) == 0) is healthy


@pytest.mark.parametrize(("service", "asks"), [("keycloak", 9000), ("localstack", 4566)])
def test_what_does_not_answer_is_not_healthy(service: str, asks: int) -> None:
    with web.serving({}) as gone:
        port = gone.port
    assert health(service, asks=asks, instead=port) != 0
