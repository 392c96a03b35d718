"""The options about the connection to STS."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StsConnection:
    """The options of a command line about the connection to STS; without any, botocore decides."""

    endpoint_url: str | None = None
    """A web address, `https://sts.example.com`."""
    verify_ssl: bool = True
    read_timeout: int | None = None
    """Seconds; 0 waits without end, None leaves it to botocore."""
    connect_timeout: int | None = None
    """Seconds, as `read_timeout`."""


DEFAULT = StsConnection()
"""The connection without an option."""
