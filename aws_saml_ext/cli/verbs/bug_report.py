"""`aws saml-login bug-report`: what `doctor --fresh --debug` tells, in a file for a ticket."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext.cli import log_output, pager
from aws_saml_ext.cli.doctor import doctor_report
from aws_saml_ext.cli.options import Options
from aws_saml_ext.cli.verbs import doctor
from aws_saml_ext.cli.verbs.doctor import DoctorOptions
from aws_saml_ext.clock import utc_now
from aws_saml_ext.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_saml_ext.checks.findings import Finding
    from aws_saml_ext.cli.context import Invocation

_NAME = "aws-saml-login-report.txt"
_CONTENT = """\
This report has no passwords, codes, SAML responses and keys in it, but user names, account ids and
names of hosts and pages. Read it before you give it to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BugReportOptions(Options):
    """The options of `bug-report`."""

    assertion: str | None = None
    """The file of a SAMLResponse, `-` for standard input."""
    offline: bool = False
    report_file: str | None = None

    @property
    def of_doctor(self) -> DoctorOptions:
        """The options of the `doctor` that it runs."""
        is_fresh = self.assertion is None and not self.offline
        return DoctorOptions(
            settings=self.settings,
            assertion=self.assertion,
            fresh=is_fresh,
            offline=self.offline,
        )


def run(invocation: Invocation, options: BugReportOptions) -> int:
    """Show the report, and write it once the person agrees; return 0.

    Without a terminal it goes to standard output, and no file is written.

    Raises:
        ConfigError: the file exists, or cannot be written.
    """
    doctor.check_options(invocation, options.of_doctor)
    prompt = invocation.prompt
    path = Path(os.path.expanduser(options.report_file or _NAME))  # noqa: PTH111
    if prompt.interactive and path.exists():  # before a sign-in
        raise _in_the_way(path)
    with log_output.collected() as log:
        findings, has_assertion = doctor.diagnosed(invocation, options.of_doctor)
    text = _text(findings, log.getvalue(), has_assertion=has_assertion)
    if not prompt.interactive:
        invocation.write(text)
        return 0
    pager.write(text, environ=invocation.environ, allowed=invocation.kept("cli_pager") is not False)
    answer = prompt.ask(f"Write this to {path}? [y/N] ", instead="a redirected standard output")
    if answer.casefold() not in {"y", "yes"}:
        prompt.notify("Nothing is written.")
        return 0
    _write(path, text)
    prompt.notify(f"The report is in {path}. Attach it to an issue, or paste it there.")
    return 0


def _text(findings: Sequence[Finding], log: str, *, has_assertion: bool) -> str:
    """Return the report: every finding, the sum, and the steps."""
    width = max(len(finding.name) for finding in findings)
    lines = [
        f"{finding.result.value:<7}  {finding.name:<{width}}  {finding.detail}".rstrip()
        for finding in findings
    ]
    total = list(doctor_report.lines(findings, has_assertion=has_assertion))[-1]
    steps = doctor_report.without_queries(doctor_report.from_home(log, Path.home()))
    steps = re.sub(r"^DEBUG: ", "", steps, flags=re.MULTILINE)
    return (
        f"aws saml-login, {utc_now():%Y-%m-%d %H:%M:%S} UTC\n{_CONTENT}\n\n"
        + "\n".join([*lines, total])
        + f"\n\nSteps, after so many seconds:\n{steps}"
    )


def _write(path: Path, text: str) -> None:
    """Write a new file, which only its owner can read.

    Raises:
        ConfigError: it exists, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        raise _in_the_way(path) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}.",
            advice="Name another file: --report-file FILE.",
        ) from error


def _in_the_way(path: Path) -> ConfigError:
    return ConfigError(
        f"{path} exists already.", advice="Remove it, or name another file: --report-file FILE."
    )
