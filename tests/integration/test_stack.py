"""`python -m stack` where something is in the way: one sentence, what to type, nothing left."""

from __future__ import annotations

import socket
from pathlib import Path

import psutil
import pytest

from stack import downloads, servers
from stack.errors import StackError
from tests import local_stack
from tests.patience import until


def test_a_port_in_use_is_told_with_the_variable_that_chooses_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = local_stack.stopped(tmp_path, KEYCLOAK_EXPOSED_PORT=port)
    assert status == 1
    assert f"Keycloak cannot use port {port}: Address already in use.\nmake stack" in said
    assert "KEYCLOAK_EXPOSED_PORT=" in said


def test_without_java_it_says_what_to_install(tmp_path: Path) -> None:
    status, said = local_stack.stopped(tmp_path, PATH=str(tmp_path), JAVA_HOME="")
    assert status == 1
    assert "Java is not installed" in said
    assert "apt-get install default-jre-headless" in said


def test_a_java_that_is_too_old_is_told(tmp_path: Path) -> None:
    _program(tmp_path / "java", "echo 'openjdk version \"11.0.2\"' >&2")
    status, said = local_stack.stopped(tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin", JAVA_HOME="")
    assert status == 1
    assert "Keycloak needs Java 17 or newer" in said


def test_a_variable_that_means_nothing_is_told(tmp_path: Path) -> None:
    status, said = local_stack.stopped(tmp_path, STACK_DB="oracle")
    assert (status, "STACK_DB must be 'postgres' or empty, not 'oracle'" in said) == (1, True)


def test_there_is_no_realm_to_write_before_the_stack_has_run(tmp_path: Path) -> None:
    local_stack.need_keycloak()
    status, said = local_stack.stopped(tmp_path, arguments=["realm"])
    assert (status, "the stack has not run yet.\nmake stack" in said) == (1, True)


def test_a_download_that_is_not_what_it_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thing-1.0.zip").write_bytes(b"something else")
    with pytest.raises(StackError, match=r"The checksum of thing-1\.0\.zip is wrong"):
        downloads.maven_artefact("org.example:thing:1.0:zip", "0" * 64, cache=tmp_path)


def test_a_server_that_ends_by_itself_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        pytest.raises(StackError, match="It ended unexpectedly with exit status 3") as failed,
        servers.serving(
            "It", ["/bin/sh", "-c", "echo broken; exit 3"], log=log, ready=lambda: False, seconds=20
        ),
    ):
        pass
    assert failed.value.hint == f"tail -n 30 {log}"
    assert log.read_text() == "broken\n"


def test_a_server_that_is_not_ready_in_time_is_ended_with_its_children(tmp_path: Path) -> None:
    said = tmp_path / "children"
    with (
        pytest.raises(StackError, match="not ready within 1 seconds"),
        servers.serving(
            "It",
            ["/bin/sh", "-c", f"sleep 60 & echo $! > '{said}'; sleep 60"],
            log=tmp_path / "log",
            ready=lambda: False,
            seconds=1,
        ),
    ):
        pass
    child = int(said.read_text())
    assert until(lambda: not _runs(child))


def _runs(number: int) -> bool:
    """Return whether this process runs; a zombie does not."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
