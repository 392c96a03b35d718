"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from tests import local_stack
from tests.installed import InstalledCli, installed_cli
from tests.local_stack import LocalStack


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Both servers of the demo."""
    with running() as both:
        yield both


LIFE = timedelta(seconds=6)


def behind() -> datetime:
    """Return the time of a clock so far behind that its sessions of 900 seconds end soon."""
    return datetime.now(timezone.utc) - timedelta(seconds=900) + LIFE


@pytest.fixture(scope="module")
def short_lived() -> Iterator[Demo]:
    """Both servers of the demo; sessions of 900 seconds, the shortest, last for some seconds."""
    with running(clock=behind) as demo:
        demo.aws.clock = behind
        yield demo


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """Keycloak on its own database, and the demo's AWS: one of them for all tests."""
    local_stack.need_keycloak()
    with local_stack.folder() as folder, local_stack.running(folder) as started:
        yield started


@pytest.fixture
def new_home() -> Iterator[Path]:
    """An empty folder with a space in its name; short, for the sockets that browsers create."""
    with tempfile.TemporaryDirectory(prefix="a home ") as folder:
        yield Path(folder)


@pytest.fixture
def cli(demo: Demo, new_home: Path) -> InstalledCli:
    """The command with profile dev for the demo's identity provider."""
    return installed_cli(new_home, demo.idp_url, demo.aws_url)
