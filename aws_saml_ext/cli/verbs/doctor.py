"""`aws saml-login doctor`: why a sign-in will not work, and what to type; changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aws_saml_ext import role_choice
from aws_saml_ext.assertion import Role, is_role_arn
from aws_saml_ext.checks import assertion_checks
from aws_saml_ext.checks.examined import Examined
from aws_saml_ext.checks.findings import Finding, Looked, Problem, Result, found, skipped
from aws_saml_ext.cli import output
from aws_saml_ext.cli.doctor import (
    browser_checks,
    doctor_report,
    environment_checks,
    machine_checks,
    settings_checks,
)
from aws_saml_ext.cli.doctor.examination import Examination, examined
from aws_saml_ext.cli.options import Options
from aws_saml_ext.clock import utc_now
from aws_saml_ext.errors import SamlLoginError, Stopped, UsageError
from aws_saml_ext.net import host_of

if TYPE_CHECKING:
    from aws_saml_ext.checks.response_document import ResponseDocument
    from aws_saml_ext.cli.context import Invocation

_FAILED = 253
_NETWORK = ("clock", "idp-host", "proxy-host")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions(Options):
    """The options of `doctor`."""

    assertion: str | None = None
    """The file of a SAMLResponse, `-` for standard input."""
    fresh: bool = False
    offline: bool = False


def run(invocation: Invocation, options: DoctorOptions) -> int:
    """Print what is wrong with its remedies, and all findings as data; return 0 or 253."""
    check_options(invocation, options)
    findings, has_assertion = diagnosed(invocation, options)
    for line in doctor_report.lines(findings, has_assertion=has_assertion):
        invocation.prompt.notify(line)
    if not invocation.is_for_people:
        _print(invocation, doctor_report.data(findings))
    return _FAILED if any(finding.result is Result.FAILED for finding in findings) else 0


def check_options(invocation: Invocation, options: DoctorOptions) -> None:
    """Refuse options that cannot be used, or exclude each other.

    Raises:
        UsageError: there is one.
    """
    invocation.check_output(is_printed=False)
    if (asked := invocation.kept("output")) is not None:
        output.checked(asked)
    options.check_flow()
    for one, other, given in (
        ("--fresh", "--assertion", options.fresh and options.assertion is not None),
        ("--fresh", "--offline", options.fresh and options.offline),
    ):
        if given:
            raise UsageError(
                f"{one} signs in, which excludes {other}.", advice="Give one of them only."
            )


def diagnosed(invocation: Invocation, options: DoctorOptions) -> tuple[list[Finding], bool]:
    """Return the findings of all checks, and whether there was an assertion to check.

    Raises:
        UsageError: there is no SAMLResponse in the file of `--assertion`.
        Stopped: the person stopped the sign-in of `--fresh`.
    """
    home = Path.home()
    saml_response = None
    if options.assertion is not None:
        from aws_saml_ext.capture import assertion_file

        saml_response = assertion_file.given(options.assertion, invocation.prompt)
    examination = examined(invocation, idp_needed=options.assertion is None)
    findings = list(_findings(examination, options))
    if options.fresh:
        saml_response, sign_in = _signed_in(invocation)
        findings.append(sign_in)
    if saml_response is None:
        findings += skipped(assertion_checks.CHECKS, "There is no assertion.")
    else:
        findings += assertion_checks.findings(
            saml_response, lambda document: _wanted(document, examination)
        )
    return [doctor_report.cleaned(finding, home) for finding in findings], saml_response is not None


def _findings(examination: Examination, options: DoctorOptions) -> Iterator[Finding]:
    """Yield the findings of machine, settings and network, which is called meanwhile."""
    looks = [] if options.offline else _begun(examination)
    for room in (machine_checks, settings_checks, environment_checks, browser_checks):
        for name, check in room.CHECKS.items():
            yield found(name, _listed(check, examination))
    for name, look in zip(_NETWORK, looks, strict=False):
        yield found(name, look())
    if options.offline:
        yield from skipped(_NETWORK, "--offline leaves it out.")


def _begun(examination: Examination) -> list[Callable[[], list[Looked]]]:
    """Begin the checks that call somebody, each in a thread; return the ways to their results."""
    from concurrent.futures import ThreadPoolExecutor

    from aws_saml_ext.cli.doctor import network_checks  # here: TLS takes a while to import

    pool = ThreadPoolExecutor(len(_NETWORK))
    checks = (network_checks.clock, network_checks.idp_host, network_checks.proxy_host)
    looks = [pool.submit(partial(_listed, check, examination)) for check in checks]
    pool.shutdown(wait=False)
    return [look.result for look in looks]


def _listed(
    check: Callable[[Examination], Iterator[Looked]], examination: Examination
) -> list[Looked]:
    """Return the looks of a check; a file that cannot be looked at is a problem, too."""
    try:
        return list(check(examination))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        reason = (error.strerror or type(error).__name__).lower()
        return [
            Problem(
                f"This could not be checked:{where}: {reason}.",
                advice="Correct the permissions of that file, and run this again.",
            )
        ]


def _signed_in(invocation: Invocation) -> tuple[str | None, Finding]:
    """Sign in as `roles` does, without STS; return the SAMLResponse, and how it went."""
    from aws_saml_ext.cli import captures, notices  # here: most runs sign nobody in

    prompt = invocation.prompt
    try:
        settings = invocation.settings()
        notices.notify_start(prompt, settings)
        capture = captures.capture(settings, prompt, assertion=None, environ=invocation.environ)
        with capture(settings) as captured:
            saml_response = captured.saml_response
    except Stopped:
        raise
    except SamlLoginError as error:
        return None, Finding("sign-in", Result.FAILED, str(error), error.hint)
    return saml_response, Finding(
        "sign-in", Result.OK, f"Signed in at {host_of(settings.idp_url)}."
    )


def _wanted(document: ResponseDocument, examination: Examination) -> Examined:
    """Return a response together with what the settings want of it."""
    settings = examination.settings
    if settings is None:
        return Examined(document, utc_now())
    examined = Examined(
        document,
        utc_now(),
        role_arn=settings.role_arn,
        duration=settings.session_duration,
        acs_url=settings.acs_url,
    )
    return _with_role(examined, settings.provider_arn)


def _with_role(examined: Examined, provider_arn: str | None) -> Examined:
    """Return the same with the role that a pattern means, or that an encrypted one needs."""
    role_arn = examined.role_arn
    if role_arn is None:
        return examined
    if examined.document.is_encrypted and is_role_arn(role_arn) and provider_arn is not None:
        return replace(examined, role=Role(role_arn, provider_arn))
    meant = role_choice.matches(role_arn, examined.roles)
    return replace(examined, role_arn=meant[0].arn) if meant else examined


def _print(invocation: Invocation, answer: dict[str, object]) -> None:
    """Print the data; also where the files that may name a format cannot be read."""
    try:
        invocation.print(answer)
    except UsageError:
        raise
    except SamlLoginError:
        form = output.checked(invocation.kept("output") or "json")
        text = output.rendered(output.filtered(invocation.kept("query"))(answer), form)
        invocation.write(f"{text}\n")
