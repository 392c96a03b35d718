"""The roles that identity providers offered, for the completion of shells: one ARN a line."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic

if TYPE_CHECKING:
    from aws_saml_ext.assertion import Role

_FILE = "completions"
_MAX_ROLES = 2000


def remember(folder: Path, roles: Iterable[Role]) -> None:
    """Add roles to those that a shell completes; the newest stand first.

    A sign-in does not fail because the file cannot be written.

    Args:
        folder: the program's own folder.
        roles: those of an assertion.
    """
    arns = [role.arn for role in roles if role.arn.isprintable()]
    if not arns:
        return
    path = folder / _FILE
    with suppress(StoreError):
        content = atomic.read(path) or b""
        before = content.decode(errors="replace").splitlines()
        lines = list(dict.fromkeys([*arns, *before]))[:_MAX_ROLES]
        if lines != before:
            atomic.write_private(path, "".join(f"{line}\n" for line in lines).encode())
