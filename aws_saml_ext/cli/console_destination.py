"""The destination of `console`: a service, a path or a whole address of AWS's console."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aws_saml_ext import hints
from aws_saml_ext.errors import UsageError
from aws_saml_ext.partitions import PARTITIONS, Partition
from aws_saml_ext.text import quoted

_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


def check(service: str | None, destination: str | None) -> None:
    """Refuse what is no destination in any partition, before anybody signs in.

    Raises:
        UsageError: one of the two cannot be used, or both were given.
    """
    if service is not None and destination is not None:
        raise _refused("A service and --destination were given: only one of them can be opened.")
    if service is not None and _SERVICE.fullmatch(service) is None:
        raise _refused(f"{quoted(service)} is no service: letters, digits and hyphens only.")
    if destination is None or _is_path(destination):
        return
    if not any(_is_in(destination, partition) for partition in PARTITIONS.values()):
        raise _refused(
            f"--destination is not usable: {quoted(destination)} is neither an address of the AWS "
            "console nor a path of it."
        )


def address(
    service: str | None, destination: str | None, *, home: str, region: str, partition: Partition
) -> str:
    """Return the address to open.

    Args:
        service: the name of a service, `s3`, as the console has it in its addresses.
        destination: a path, or a whole address.
        home: the console, `https://eu-west-1.console.aws.amazon.com`.
        region: its region.
        partition: its partition.

    Raises:
        UsageError: the destination is in another partition.
    """
    if destination is not None and _is_path(destination):
        return home + destination
    if destination is not None:
        if not _is_in(destination, partition):
            raise _refused(
                f"--destination is not usable: the console of this role is at "
                f"{partition.console_host}, not at {quoted(destination)}."
            )
        return destination
    return f"{home}/{service}/home?region={region}" if service is not None else f"{home}/"


def _is_path(text: str) -> bool:
    """Return whether a text is a path; browsers take one of two slashes for another host."""
    return text.startswith("/") and not text.startswith(("//", "/\\")) and _is_plain(text)


def _is_plain(text: str) -> bool:
    return text.isprintable() and " " not in text and "\\" not in text


def _is_in(text: str, partition: Partition) -> bool:
    """Return whether an address is of the console of a partition."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".")
    is_console = host == partition.console_host or host.endswith("." + partition.console_host)
    return (
        _is_plain(text)
        and parts.scheme == "https"
        and port in {None, 443}
        and "@" not in parts.netloc
        and is_console
    )


def _refused(problem: str) -> UsageError:
    return UsageError(problem, command=hints.help_command("console"))
