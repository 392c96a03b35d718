"""Fixtures of the integration tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sts_server import StsServer, granting


@pytest.fixture
def server(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StsServer]:
    """An STS that grants; botocore does not repeat what fails."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with StsServer(granting) as running:
        yield running
