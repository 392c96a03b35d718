"""The checks of an assertion, in the order of STS: each knows the refusal that it predicts. Pure.

The sources are "Configure SAML assertions for the authentication response" and "Troubleshoot SAML
federation with IAM" of AWS's user guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from aws_saml_ext.checks import attribute_checks, envelope_checks
from aws_saml_ext.checks.examined import Examined
from aws_saml_ext.checks.findings import Finding, Prediction, Problem, found, skipped
from aws_saml_ext.checks.response_document import ResponseDocument
from aws_saml_ext.errors import InvalidAssertion

CHECKS: Mapping[str, Callable[[Examined], Iterator[Problem]]] = MappingProxyType(
    {
        "response": envelope_checks.response,
        "status": envelope_checks.status,
        "signed": envelope_checks.signed,
        "issuer": envelope_checks.issuer,
        "audience": envelope_checks.audience,
        "recipient": envelope_checks.recipient,
        "destination": envelope_checks.destination,
        "times": envelope_checks.times,
        "name-id": envelope_checks.name_id,
        "session-name": attribute_checks.session_name,
        "source-identity": attribute_checks.source_identity,
        "roles": attribute_checks.roles,
        "session-duration": attribute_checks.session_duration,
        "tags": attribute_checks.tags,
        "attribute-names": attribute_checks.attribute_names,
    }
)
"""Every check by its name."""

_OF_ANY_RESPONSE = ("response", "status")
"""The checks that need no readable assertion."""


def unreadable(error: InvalidAssertion) -> Problem:
    """Return the problem of a text that is no SAML response."""
    word = "base64" if "base64" in str(error) else "parse"
    return Problem(
        str(error),
        advice=error.hint,
        predicts=Prediction("InvalidIdentityToken", word),
    )


def findings(saml_response: str, examine: Callable[[ResponseDocument], Examined]) -> list[Finding]:
    """Return the finding of every check of a base64 `SAMLResponse`.

    Args:
        saml_response: any text.
        examine: adds what the sign-in wants of it.
    """
    try:
        examined = examine(ResponseDocument.read(saml_response))
    except InvalidAssertion as error:
        rest = [name for name in CHECKS if name != "response"]
        broken = found("response", [unreadable(error)])
        return [broken, *skipped(rest, "The SAMLResponse cannot be read.")]
    names: list[str] = [name for name in CHECKS if is_possible(name, examined.document)]
    done = [found(name, CHECKS[name](examined)) for name in names]
    rest = [name for name in CHECKS if name not in names]
    why = "There is no assertion that could be read."
    return [*done, *skipped(rest, why)]


def is_possible(name: str, document: ResponseDocument) -> bool:
    """Return whether a response has what this check looks at."""
    return name in _OF_ANY_RESPONSE or document.assertions > 0


def causes(examined: Examined, code: str, message: str) -> list[Problem]:
    """Return the problems that predict a refusal of STS, the certain ones first.

    Permissions that the trust policy may lack are one problem, whatever needs them.

    Args:
        examined: the assertion, and the role that was asked for.
        code: the error code of STS.
        message: its message.
    """
    problems = [
        problem
        for problem in _problems(examined)
        if problem.predicts is not None and problem.predicts.fits(code, message)
    ]
    needed = [problem.needs for problem in problems if problem.needs is not None]
    rest = [problem for problem in problems if problem.needs is None]
    return [*rest, attribute_checks.permitted(needed, examined)] if needed else rest


def unpredicted(examined: Examined) -> list[Problem]:
    """Return the certain problems that STS may refuse in words that are not known."""
    return [
        problem
        for problem in _problems(examined)
        if problem.predicts is None and not problem.is_warning
    ]


def _problems(examined: Examined) -> list[Problem]:
    problems = [
        problem
        for name, check in CHECKS.items()
        if is_possible(name, examined.document)
        for problem in check(examined)
    ]
    return sorted(problems, key=lambda problem: problem.is_warning)
