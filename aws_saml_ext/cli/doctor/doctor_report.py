"""The report of `doctor`: lines for people, and data; nothing secret, nothing long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from aws_saml_ext.checks.findings import Finding, Result
from aws_saml_ext.text import counted, printable

_QUERY = re.compile(r"(\bhttps?://[^\s'\"?#]*)[?#][^\s'\"]*")
_LOGIN = re.compile(r"(\bhttps?://)[^\s'\"/?#@]*@")
_MAX_TEXT = 700
_ONLY_STS = (
    "Only STS knows the rest: whether the signature is that of the metadata in IAM, the trust "
    "policy and the permission boundary of the role, and whether the region is enabled."
)


def cleaned(finding: Finding, home: Path) -> Finding:
    """Return a finding without queries of addresses, its paths from `~`, and not long."""
    remedy = None if finding.remedy is None else without_queries(finding.remedy)
    detail = from_home(without_queries(finding.detail), home)
    return replace(finding, detail=printable(detail, max_length=_MAX_TEXT), remedy=remedy)


def without_queries(text: str) -> str:
    """Return a text whose web addresses have neither query nor fragment nor login."""
    return _LOGIN.sub(r"\1", _QUERY.sub(r"\1?…", text))


def from_home(text: str, home: Path) -> str:
    """Return a text whose paths below the home folder begin with `~`."""
    return re.sub(rf"(?<![\w/]){re.escape(str(home))}(?=/|\b)", "~", text)


def data(findings: Sequence[Finding]) -> dict[str, object]:
    """Return the findings as `--output` prints them."""
    return {
        "Checks": [
            {
                "Name": finding.name,
                "Result": finding.result.value,
                "Detail": finding.detail or None,
                "Remedy": finding.remedy,
            }
            for finding in findings
        ]
    }


def lines(findings: Sequence[Finding], *, has_assertion: bool) -> Iterator[str]:
    """Yield the findings that are not ok with their remedies, and the sum of all."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        if finding.result in {Result.FAILED, Result.WARNING}:
            remedy = f"\n  {finding.remedy}" if finding.remedy else ""
            yield f"{finding.result.value:<7}  {finding.name:<{width}}  {finding.detail}{remedy}"
    yield _sum(findings, has_assertion=has_assertion)
    if has_assertion and not any(finding.result is Result.FAILED for finding in findings):
        yield _ONLY_STS


def _sum(findings: Sequence[Finding], *, has_assertion: bool) -> str:
    results = [finding.result for finding in findings]
    parts = []
    if failed := results.count(Result.FAILED):
        parts.append(f"{failed} failed")
    if warnings := results.count(Result.WARNING):
        parts.append(counted(warnings, "warning"))
    if skipped := results.count(Result.SKIPPED):
        why = " (no assertion: --assertion FILE, or --fresh to sign in)"
        if any(finding.name == "sign-in" for finding in findings):
            why = " (no assertion)"
        why = "" if has_assertion else why
        parts.append(f"{skipped} skipped{why}")
    return f"{counted(len(findings), 'check')}: {', '.join(parts) or 'all well'}"
