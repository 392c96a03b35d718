"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from tests.installed import InstalledCli, installed_cli


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Both servers of the demo."""
    with running() as both:
        yield both


@pytest.fixture
def new_home() -> Iterator[Path]:
    """An empty folder with a space in its name; short, for the sockets that browsers create."""
    with tempfile.TemporaryDirectory(prefix="a home ") as folder:
        yield Path(folder)


@pytest.fixture
def cli(demo: Demo, new_home: Path) -> InstalledCli:
    """The command with profile dev for the demo's identity provider."""
    return installed_cli(new_home, demo.idp_url, demo.aws_url)
