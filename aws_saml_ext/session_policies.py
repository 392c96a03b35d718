"""Session policies: what bounds the credentials of one profile, besides the policies of its role.

The limits and the characters are those of AssumeRoleWithSAML in the API reference of STS.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_saml_ext.text import printable, quoted

MAX_ARNS = 10
MAX_CHARACTERS = 2048
"""Of the inline policy; STS counts the packed size of all policies and tags besides."""
_MAX_FILE_BYTES = 64 * 1024
_MAX_SHOWN = 80  # characters of an inline policy
_FILE = "file://"
_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>aws|\d{12}):policy/[\w+=,.@/-]{1,512}", re.ASCII
)
_NAME = re.compile(r"(?!/)[\w+=.@/-]{1,512}(?<!/)", re.ASCII)
_SENT = re.compile(r"[\t\n\r\x20-\xff]*")
"""The characters that STS takes in a policy; JSON can write all others as escapes."""


@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """The session policies of a profile; without any, a session may do all that its role may."""

    arns: tuple[str, ...] = ()
    """Managed policies: ARNs, and names of AWS's own such as `job-function/ViewOnlyAccess`."""
    inline: str | None = None
    """A policy as JSON."""

    def __bool__(self) -> bool:
        """Return whether there is any policy."""
        return bool(self.arns) or self.inline is not None

    @property
    def count(self) -> int:
        """The number of policies."""
        return len(self.arns) + (self.inline is not None)

    @property
    def digest(self) -> str | None:
        """The digest that tells these policies from others, in hexadecimal; None without any."""
        if not self:
            return None
        text = json.dumps([sorted(self.arns), self.inline])
        return hashlib.sha256(text.encode()).hexdigest()

    def arns_in(self, partition: str) -> tuple[str, ...]:
        """Return the ARNs of the managed policies for a role of this partition."""
        return tuple(
            arn if arn.startswith("arn:") else f"arn:{partition}:iam::aws:policy/{arn}"
            for arn in self.arns
        )

    def shown(self, role_arn: str) -> list[str]:
        """Return the policies as `status` prints them: ARNs, the beginning of the inline policy."""
        inline = [printable(self.inline, max_length=_MAX_SHOWN)] if self.inline is not None else []
        partition = role_arn.partition(":")[2].partition(":")[0]
        return [*self.arns_in(partition), *inline]


NO_POLICIES = SessionPolicies()


def arns(value: str) -> tuple[str, ...]:
    """Parse the managed policies of a setting: ARNs or names, with commas between them.

    Raises:
        ValueError: with the end of a sentence.
    """
    found = tuple(dict.fromkeys(filter(None, map(str.strip, value.split(",")))))
    if not found:
        raise ValueError("it names no policy")
    if len(found) > MAX_ARNS:
        raise ValueError(f"STS takes {MAX_ARNS} managed policies at most, not {len(found)}")
    for arn in found:
        pattern = _ARN if arn.startswith("arn:") else _NAME
        if not pattern.fullmatch(arn):
            raise ValueError(
                f"{quoted(arn)} is no managed policy: write its ARN, or the name of one of AWS's "
                "own, such as ReadOnlyAccess"
            )
    partitions = {match["partition"] for arn in found if (match := _ARN.fullmatch(arn))}
    if len(partitions) > 1:
        names = " and ".join(sorted(partitions))
        raise ValueError(f"its policies are of several partitions, {names}")
    return found


def misfit(policy_arns: tuple[str, ...], role_arn: str) -> str | None:
    """Return why policies cannot bound a session of this role, as the end of a sentence.

    A managed policy must be one of AWS's own of the role's partition, or of the role's account.
    """
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    for arn in policy_arns:
        match = _ARN.fullmatch(arn)
        if match is None:
            continue
        if match["partition"] != partition:
            return f"{arn} is not of the partition of the role {role_arn}"
        if match["account"] not in {"aws", account}:
            return f"{arn} is not of the account of the role {role_arn}"
    return None


def file_of(value: str) -> Path | None:
    """Return the file that holds the inline policy; None where the value is the policy itself."""
    text = value.strip()
    if not text.startswith(_FILE):
        return None
    import os

    return Path(os.path.expanduser(text.removeprefix(_FILE)))  # noqa: PTH111 - as values.path_of


def absolute(value: str) -> str:
    """Return the value as a profile holds it, whatever folder a later run starts in."""
    path = file_of(value)
    return value if path is None else f"{_FILE}{path.absolute()}"


def inline(value: str) -> str:
    """Return the inline policy of a setting, which is JSON or `file://PATH`.

    It is shortened, without white space, only where it is too long for STS or has characters that
    STS does not take.

    Raises:
        ValueError: with the end of a sentence.
    """
    path = file_of(value)
    text = value.strip() if path is None else _content(path)
    where = "" if path is None else f" in {path}"
    try:
        policy = json.loads(text, object_pairs_hook=_object, parse_constant=_refused)
    except _TwoOfOneName as error:
        raise ValueError(f"the policy{where} has {error} twice") from None
    except (ValueError, RecursionError) as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"the policy{where} is not JSON{place}") from None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise ValueError(f"the policy{where} has no Statement")
    if len(text) > MAX_CHARACTERS or not _SENT.fullmatch(text):
        text = json.dumps(policy, separators=(",", ":"))
    if len(text) > MAX_CHARACTERS:
        raise ValueError(
            f"the policy{where} has {len(text)} characters without white space; STS takes "
            f"{MAX_CHARACTERS}"
        )
    return text


class _TwoOfOneName(ValueError):
    """An object has two values of one name: programs disagree which one counts."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _TwoOfOneName(quoted(name))
        found[name] = value
    return found


def _refused(constant: str) -> None:
    raise ValueError(constant)  # NaN, Infinity: Python's, and not JSON


def _content(path: Path) -> str:
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
        if len(content) > _MAX_FILE_BYTES:
            raise ValueError(f"{path} is too long for a policy")
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def in_words(policies: SessionPolicies) -> str:
    """Return `1 policy`, `2 policies`."""
    return "1 policy" if policies.count == 1 else f"{policies.count} policies"
