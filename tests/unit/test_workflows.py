"""The workflows of the forge: pinned actions, and one job that may publish."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github/workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_action_is_pinned_to_a_commit_with_its_version(path: Path) -> None:
    uses = re.findall(r"uses: *(.*)", path.read_text(encoding="utf-8"))
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert uses != []
    assert [action for action in uses if pinned.fullmatch(action) is None] == []


def test_only_the_job_that_publishes_can_prove_who_it_is() -> None:
    jobs = read(FOLDER / "release.yml")["jobs"]
    rights = {name: job["permissions"] for name, job in jobs.items()}
    assert rights == {"build": {"contents": "read"}, "publish": {"id-token": "write"}}


def test_the_job_that_publishes_runs_nothing_but_actions() -> None:
    """A program of the repository could use its identity."""
    steps = read(FOLDER / "release.yml")["jobs"]["publish"]["steps"]
    assert [step for step in steps if "run" in step] == []


def test_a_release_needs_a_tag() -> None:
    # YAML reads the word "on" as true.
    assert read(FOLDER / "release.yml")[True] == {"push": {"tags": ["v*"]}}
