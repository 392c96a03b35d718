"""Session policies of the demo's AWS: what they allow, in a simple form. Pure functions.

Actions are compared as IAM does it; resources and conditions are not looked at. Of AWS's own
managed policies it knows a few, each as a short list of actions in place of the real one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

_SPACE = 2048
"""Characters of all policies together, of which AWS counts a packed size in percent."""
_READING = ("*:Get*", "*:List*", "*:Describe*", "*:BatchGet*", "*:Head*")
_OF_AWS: Mapping[str, Sequence[str]] = {
    "AdministratorAccess": ("*",),
    "ReadOnlyAccess": _READING,
    "SecurityAudit": ("*:List*", "*:Describe*", "iam:Get*"),
    "job-function/ViewOnlyAccess": ("*:List*", "*:Describe*"),
    "AmazonS3FullAccess": ("s3:*",),
    "AmazonS3ReadOnlyAccess": ("s3:Get*", "s3:List*"),
}
_ALWAYS_ALLOWED = "sts:GetCallerIdentity"
_S3_READS, _S3_WRITES = {"GET", "HEAD"}, {"PUT": "Create", "DELETE": "Delete", "POST": "Put"}


def of_aws(arn: str) -> str | None:
    """Return one of AWS's own managed policies as JSON; None for one that is not known."""
    name = arn.partition(":policy/")[2]
    if arn.split(":")[4] != "aws" or name not in _OF_AWS:
        return None
    statement = {"Effect": "Allow", "Action": list(_OF_AWS[name]), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def is_policy(text: str) -> bool:
    """Return whether a text is a policy: JSON, with statements that have effect and action."""
    try:
        statements = _listed(json.loads(text)["Statement"])
        return bool(statements) and all(
            statement["Effect"] in {"Allow", "Deny"}
            and ("Action" in statement or "NotAction" in statement)
            for statement in statements
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def packed_size(inline: str | None, arns: Sequence[str]) -> int:
    """Return the percentage of the space that policies take; more than 100 is too much."""
    used = len(inline or "") + sum(map(len, arns))
    return max(1, round(100 * used / _SPACE))


def allows(policies: Iterable[str], action: str) -> bool:
    """Return whether a session with these policies, as JSON, may do `action`: Deny wins."""
    if action == _ALWAYS_ALLOWED:
        return True
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _listed(json.loads(policy)["Statement"])
        if _concerns(statement, action)
    }
    return effects == {"Allow"}


def s3_action(method: str, path: str) -> str:
    """Return the action of a request to S3, such as `s3:CreateBucket` of PUT /example-bucket."""
    bucket, _, key = path.strip("/").partition("/")
    if not bucket:
        return "s3:ListAllMyBuckets"
    if method in _S3_READS:
        return "s3:GetObject" if key else "s3:ListBucket"
    verb = _S3_WRITES.get(method, "Put")
    if key:
        return "s3:DeleteObject" if verb == "Delete" else "s3:PutObject"
    return f"s3:{verb}Bucket"


def _concerns(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement["Action"], action)


def _matches(patterns: Any, action: str) -> bool:
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in _listed(patterns))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
