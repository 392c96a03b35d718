"""Docker Compose's own reader of `docker-compose.yml`, without an engine.

It is a program of a few lines on compose-go, the library that `docker compose` itself loads a
project with. compose-go's own command (`go install …/compose-go/v2/cmd`) stops at the schema: it
accepts a dependency on a service that does not exist, and ignores the environment.

Needs Go 1.24 or newer, which fetches compose-go the first time, or Docker Compose 2. Where neither
is installed, a test is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fetching import built, run

_VERSION = "v2.16.2"
_CACHE = Path(__file__).parent.parent / ".cache" / "compose-go"
_BUILD_SECONDS = 150
_READ_SECONDS = 30
_OLDEST_GO = (1, 24)  # as it stands below

_MODULE = f"""\
module compose_reader

go 1.24

require github.com/compose-spec/compose-go/v2 {_VERSION}
"""
_PROGRAM = """\
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func resolved(files []string) ([]byte, error) {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}

func main() {
	printed, err := resolved(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(printed))
}
"""


class Refused(Exception):
    """Docker Compose refuses the file; the message is the reader's."""


def resolved(file: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the project as Docker Compose reads it, with no other environment than `variables`.

    Raises:
        Refused: it is no project.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        _reader(file),
        env={**kept, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=_READ_SECONDS,
    )
    if done.returncode != 0:
        raise Refused(done.stderr.strip())
    project: dict[str, Any] = json.loads(done.stdout)
    return project


def _reader(file: Path) -> Sequence[str]:
    """Return the command that reads `file`, or skip the test where there is none."""
    go = shutil.which("go")
    if go is not None and _go_version(go) >= _OLDEST_GO:
        return [
            str(built(_CACHE / f"reader-{_VERSION}", partial(_build, go)) / "reader"),
            str(file),
        ]
    for compose in (["docker", "compose"], ["docker-compose"]):
        if _is_current(compose):
            return [*compose, "--file", str(file), "config", "--format", "json"]
    pytest.skip("Compose's reader: neither Go 1.24 nor Docker Compose 2 is installed")


def _go_version(go: str) -> tuple[int, int]:
    printed = run("Compose's reader", [go, "version"], seconds=_READ_SECONDS)
    number = re.search(r"go(\d+)\.(\d+)", printed)
    assert number is not None, printed
    return int(number[1]), int(number[2])


def _build(go: str, folder: Path) -> None:
    (folder / "go.mod").write_text(_MODULE, encoding="utf-8")
    (folder / "main.go").write_text(_PROGRAM, encoding="utf-8")
    build = [go, "build", "-mod=mod", "-buildvcs=false", "-o", "reader", "."]
    run("Compose's reader", build, folder=folder, seconds=_BUILD_SECONDS)


def _is_current(compose: Sequence[str]) -> bool:
    """Return whether it is newer than version 1, which prints no JSON and takes a port of 70000."""
    if shutil.which(compose[0]) is None:
        return False
    done = subprocess.run(
        [*compose, "version", "--short"], capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and not done.stdout.strip().lstrip("v").startswith("1.")
