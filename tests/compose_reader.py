"""
Docker Compose's own reader of `docker-compose.yml`, without an engine.

It is a program of a few lines on compose-go, the library that `docker compose` itself loads a
project with. compose-go's own command (`go install …/compose-go/v2/cmd`) stops at the schema: it
was seen to take a dependency on a service that does not exist, and to ignore the environment.

Needs Go 1.24 or newer, which fetches compose-go the first time; else Docker Compose, of version 2
or newer. A test that asks for it where neither is to be had is skipped and says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

_VERSION = "v2.16.2"
_CACHE = Path(__file__).parent.parent / ".cache" / "compose-go"
_BUILD_SECONDS = 150
_READ_SECONDS = 30

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
    """Docker Compose would not take the file; the message is the reader's."""


def resolved(file: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """
    The project as Docker Compose understands it, with `variables` alone for an environment.

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
    missing = []
    if shutil.which("go") is None:
        missing.append("Go is not installed")
    elif (built := _built(_CACHE / _VERSION)) is not None:
        return [str(built), str(file)]
    else:
        missing.append("Go cannot fetch and build compose-go (it asks for Go 1.24)")
    for compose in (["docker", "compose"], ["docker-compose"]):
        if _is_current(compose):
            return [*compose, "--file", str(file), "config", "--format", "json"]
    missing.append("there is no Docker Compose 2")
    pytest.skip(f"Compose's reader: {', '.join(missing)}")


def _built(folder: Path) -> Path | None:
    """The program in `folder`; built the first time."""
    program = folder / "compose-reader"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        source = Path(made)
        (source / "go.mod").write_text(_MODULE, encoding="utf-8")
        (source / "main.go").write_text(_PROGRAM, encoding="utf-8")
        try:
            subprocess.run(
                ["go", "build", "-mod=mod", "-buildvcs=false", "-o", "built", "."],
                cwd=source,
                check=True,
                capture_output=True,
                timeout=_BUILD_SECONDS,
            )
        except subprocess.SubprocessError:
            return None
        (source / "built").replace(program)  # whole or not at all
    return program


def _is_current(compose: Sequence[str]) -> bool:
    """Version 1 does not print JSON, and was seen to take a port of 70000."""
    if shutil.which(compose[0]) is None:
        return False
    told = subprocess.run(
        [*compose, "version", "--short"], capture_output=True, text=True, check=False
    )
    return told.returncode == 0 and not told.stdout.strip().lstrip("v").startswith("1.")
