"""Samples for the stores: credentials, the request they are for, and who asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.credentials import Credentials, Issued
from aws_saml_ext.store.credential_store import CredentialRequest
from aws_saml_ext.store.single_flight import Caller

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ROLE = "arn:aws:iam::111111111111:role/Dev"
CREDENTIALS = Credentials(
    access_key_id="ASIA1",
    secret_access_key="secret1",
    session_token="token1",
    expiration=NOW + HOUR,
    role_arn=ROLE,
    assumed_role_arn="arn:aws:sts::111111111111:assumed-role/Dev/jane",
)
ISSUED = Issued(CREDENTIALS, NOW)
REQUEST = CredentialRequest(
    profile="dev",
    idp_url="https://idp.example.com/aws",
    username="jane",
    role=ROLE,
    is_role_settled=True,
    role_selection=None,
    provider_arn=None,
    duration=3600,
    sts="eu-west-1",
)
OTHER = replace(REQUEST, role="arn:aws:iam::111111111111:role/Admin")


def caller(
    answerable: str = "nobody",
    *,
    notify: Callable[[str], None] = lambda _: None,
    is_unattended: bool = False,
    shares_failures: bool = True,
    wait_seconds: float = 5.0,
) -> Caller:
    """Return a caller, by default one that shares failures."""
    return Caller(
        answerable=answerable,
        is_unattended=is_unattended,
        shares_failures=shares_failures,
        wait_seconds=wait_seconds,
        notify=notify,
    )


# ---- names of profiles ----

NAMES = [
    "default",
    "my profile",
    "日本語のプロファイル",
    "ü" * 100,
    "a/b/../c",
    "x" * 300,
    "-x",
    "--profile",
    "*",
    "[a]",
    "dev-",
    "",
    "\udcff",
    "\ud800",
    "a\nb",
]


# ---- ways to spoil a file ----


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def with_a_byte_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"token1")] ^= 1
    path.write_bytes(bytes(content))


def with_another_checksum(path: Path) -> None:
    head, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(head[:-8] + b"00000000\n" + rest)


def of_a_newer_format(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"keys 1 ", b"keys 2 ", 1))


def with_more_at_its_end(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def too_large(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" " * (1 << 20))


def not_even_text(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def symlink(path: Path) -> None:
    path.replace(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def symlink_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def readable_by_all(path: Path) -> None:
    path.chmod(0o644)


def readable_by_the_group(path: Path) -> None:
    path.chmod(0o640)


def somebody_elses(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 65534, 65534)


SPOILT: list[Callable[[Path], None]] = [
    truncated,
    with_a_byte_flipped,
    with_another_checksum,
    of_a_newer_format,
    with_more_at_its_end,
    empty,
    too_large,
    not_even_text,
]
if sys.platform != "win32":
    SPOILT += [
        symlink,
        symlink_to_itself,
        pipe,
        readable_by_all,
        readable_by_the_group,
        somebody_elses,
    ]
