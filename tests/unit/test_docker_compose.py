"""docker-compose.yml beside `make stack`: the same parts, and nothing open to the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack import keycloak, versions
from stack.__main__ import Options

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = PROJECT["services"]


def mounted() -> dict[str, str]:
    """Target by source, of the files and folders of this repository."""
    lines = [line for service in SERVICES.values() for line in service.get("volumes", ())]
    return {
        source: target
        for source, target, *_ in (line.split(":") for line in lines)
        if source not in PROJECT["volumes"]
    }


def test_the_versions_are_those_of_make_stack() -> None:
    assert {name: service["image"] for name, service in SERVICES.items()} == {
        "keycloak": f"keycloak/keycloak:{versions.KEYCLOAK}",
        "postgres": f"postgres:{versions.POSTGRES}",
        "localstack": f"localstack/localstack:{versions.LOCALSTACK}",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_stays_within_a_major_version(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].rpartition(":")
    assert re.fullmatch(r"\d+(\.\d+)*", tag)


def test_the_ports_are_chosen_by_the_variables_of_make_stack() -> None:
    variables = set(re.findall(r"\$\{(\w+)", TEXT))
    chosen = Options.of({name: str(port) for port, name in enumerate(sorted(variables), 5001)})
    assert variables == {"KEYCLOAK_EXPOSED_PORT", "LOCALSTACK_EXPOSED_PORT"}
    assert (chosen.keycloak_port, chosen.aws_port) == (5001, 5002)


def test_the_ports_without_variables_are_those_of_make_stack() -> None:
    usual = Options.of({})
    assert set(re.findall(r"\$\{(\w+):-(\d+)\}", TEXT)) == {
        ("KEYCLOAK_EXPOSED_PORT", str(usual.keycloak_port)),
        ("LOCALSTACK_EXPOSED_PORT", str(usual.aws_port)),
    }


def test_every_port_is_open_on_loopback_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 2
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_database_has_no_port_on_this_machine() -> None:
    assert "ports" not in SERVICES["postgres"]


def test_keycloak_is_started_as_by_make_stack() -> None:
    assert tuple(SERVICES["keycloak"]["command"]) == keycloak.COMMAND


def test_keycloak_has_the_variables_of_make_stack() -> None:
    environment: dict[str, str] = SERVICES["keycloak"]["environment"]
    assert {name: environment.get(name) for name in keycloak.ENVIRONMENT} == keycloak.ENVIRONMENT


def test_the_realm_is_the_file_that_make_stack_imports() -> None:
    [realm] = [source for source, target in mounted().items() if "/data/import/" in target]
    assert (REPOSITORY / realm).resolve() == keycloak.REALM_FILE


def test_the_realm_is_mounted_by_the_name_that_keycloak_demands() -> None:
    """Under any other, Keycloak 26.7 ends with "File name / realm name mismatch"."""
    assert f"/opt/keycloak/data/import/{keycloak.REALM}-realm.json" in mounted().values()


@pytest.mark.parametrize("source", mounted())
def test_what_is_mounted_is_in_the_repository(source: str) -> None:
    assert (REPOSITORY / source).exists()


def test_what_is_mounted_from_the_repository_cannot_be_written() -> None:
    lines = [line for service in SERVICES.values() for line in service.get("volumes", ())]
    assert [line for line in lines if line.startswith("./") and not line.endswith(":ro")] == []


def test_each_part_starts_when_the_one_below_is_healthy() -> None:
    assert {name: service.get("depends_on") for name, service in SERVICES.items()} == {
        "postgres": None,
        "keycloak": {"postgres": {"condition": "service_healthy"}},
        "localstack": {"keycloak": {"condition": "service_healthy"}},
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_part_tells_when_it_is_healthy(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
