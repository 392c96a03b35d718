"""Refusals and failures of STS: what they mean, and what to do.

A problem of the assertion that predicts the refusal explains it (`checks.assertion_checks`), else
the first row of the table `REFUSALS` whose code and word fit the answer.
Its source is "Troubleshoot SAML federation with IAM" of AWS's user guide, and the API reference of
AssumeRoleWithSAML.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws_saml_ext import hints
from aws_saml_ext.assertion import Role
from aws_saml_ext.clock import time_of, utc_now
from aws_saml_ext.errors import (
    AssertionTooLate,
    InvalidAssertion,
    SamlLoginError,
    StsRefused,
    StsUnreachable,
    Throttled,
)
from aws_saml_ext.net import host_and_port
from aws_saml_ext.sts.durations import DurationTooLong
from aws_saml_ext.text import printable, says

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

    from aws_saml_ext.checks.findings import Problem

_log = logging.getLogger(__name__)

_MAX_CODE = 80  # characters
_UNKNOWN = (
    "Sign in again. If that fails in the same way, show this message to the administrator of the "
    "AWS account."
)
_VAGUE = {"InvalidIdentityToken", "ValidationError"}
"""Codes whose message may name a part of the assertion that no prediction knows."""
_CHECK_NETWORK = "Check the network, the region and the proxy settings."


@dataclass(frozen=True, slots=True)
class Subject:
    """The request that was refused: for this role, by a sign-in to this profile."""

    profile: str
    role: Role
    is_restricted: bool = False
    """True if it has session policies."""
    saml_response: str | None = field(default=None, repr=False)
    """The assertion that was refused, for its checks."""
    duration: timedelta = timedelta(hours=1)
    acs_url: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of the table: how STS refuses, why, and what to do."""

    code: str
    """The error code, without the `Exception` that some of them end in."""
    word: str
    """Part of STS's own message, in lower case; empty fits any."""
    cause: str
    """A sentence; `{provider}` is the ARN of the SAML provider."""
    command: Callable[[Subject], str] | None = None
    """The remedy, where it is a command to paste."""
    advice: str | None = None
    """The remedy, where it is none."""
    error: type[StsRefused] = StsRefused
    of_policies: bool = False
    """True for a request with session policies only."""


def _iam(command: str, *words: str) -> str:
    return hints.shown("aws", "iam", *command.split(), *words)


def _show_provider(of: Subject) -> str:
    return _iam("get-saml-provider --saml-provider-arn", of.role.principal_arn)


REFUSALS = (
    Refusal(
        "ExpiredToken",
        "",
        "An assertion can be used for 5 minutes, and not after its own end.",
        advice="Sign in again. If that fails in the same way, the clock of the identity provider "
        "is wrong.",
        error=AssertionTooLate,
    ),
    Refusal(
        "InvalidIdentityToken",
        "signature",
        "The certificate of the identity provider is not the one in IAM; in most cases it was "
        "renewed.",
        command=lambda of: _iam(
            "update-saml-provider --saml-metadata-document file://metadata.xml --saml-provider-arn",
            of.role.principal_arn,
        ),
    ),
    Refusal(
        "InvalidIdentityToken",
        "exist",
        "IAM has no SAML provider {provider}.",
        advice="Correct the provider's ARN in the Role attribute that the identity provider sends.",
    ),
    Refusal(
        "InvalidIdentityToken",
        "issuer",
        "The issuer of the assertion is not the entityID in the metadata of {provider}.",
        command=_show_provider,
    ),
    Refusal(
        "InvalidIdentityToken",
        "audience",
        "The identity provider made the assertion for another audience than AWS.",
        advice="Set its audience to urn:amazon:webservices at the identity provider.",
    ),
    Refusal(
        "InvalidIdentityToken",
        "rolesessionname",
        "The attribute RoleSessionName is missing, or is not 2 to 64 letters, digits and +=,.@-_.",
        advice="Correct the attribute at the identity provider.",
    ),
    Refusal(
        "InvalidIdentityToken",
        "",
        "AWS does not accept the signature, issuer, audience or RoleSessionName of the assertion.",
        command=_show_provider,
    ),
    Refusal(
        "IDPRejectedClaim",
        "",
        "The identity provider has withdrawn the sign-in, or its answer says that it failed.",
        advice="Sign in again. If that fails in the same way, ask the administrator of the "
        "identity provider.",
    ),
    Refusal(
        "AccessDenied",
        "",
        "Either there is no role with exactly this name (case matters), or its trust policy does "
        "not allow sts:AssumeRoleWithSAML to {provider} with the SAML:aud of this sign-in "
        "address.",
        command=lambda of: _iam("get-role --role-name", of.role.name),
    ),
    Refusal(
        "ValidationError",
        "maxsessionduration",
        "The role does not allow a session of this length.",
        command=lambda of: hints.sign_in_command(of.profile, "--session-duration", "3600"),
        error=DurationTooLong,
    ),
    *(
        Refusal(
            code,
            word,
            "Not all managed policies of saml_policy_arns exist. AWS's own have a path in some "
            "names, such as job-function/ViewOnlyAccess; others must be of the role's account.",
            advice="Correct saml_policy_arns (--policy-arns).",
            of_policies=True,
        )
        for code, word in (
            ("ValidationError", "polic"),
            ("InvalidParameterValue", "polic"),
            ("NoSuchEntity", ""),
        )
    ),
    Refusal(
        "ValidationError",
        "",
        "AWS does not accept a value of the request: compare the Role attribute with IAM.",
        command=lambda of: hints.command("roles", "--profile", of.profile),
    ),
    Refusal(
        "PackedPolicyTooLarge",
        "",
        "The policies of saml_policy_arns and saml_policy, with the session tags (PrincipalTag "
        "attributes) in the assertion, are too large together.",
        advice="Shorten saml_policy, or name fewer policies in saml_policy_arns.",
        of_policies=True,
    ),
    Refusal(
        "PackedPolicyTooLarge",
        "",
        "The session tags (PrincipalTag attributes) in the assertion are too large together.",
        advice="Ask the administrator of the identity provider to send fewer or shorter ones.",
    ),
    Refusal(
        "MalformedPolicyDocument",
        "",
        "The policy of saml_policy is JSON, but IAM does not accept it as a policy.",
        advice="Correct saml_policy (--policy): IAM's console and `aws accessanalyzer "
        "validate-policy` name the mistake.",
        of_policies=True,
    ),
    Refusal(
        "MalformedPolicyDocument",
        "",
        "The session policy cannot be read.",
        advice="Ask the administrator of the identity provider.",
    ),
    Refusal(
        "RegionDisabled",
        "",
        "The region of this STS is not enabled for the account.",
        command=lambda of: hints.sign_in_command(of.profile, "--region", "us-east-1"),
    ),
    Refusal(
        "Throttling",
        "",
        "STS receives too many requests from this account or address.",
        advice="Wait a minute, then sign in again.",
        error=Throttled,
    ),
)
"""The refusals of STS that have a known cause, the more specific ones first."""


def refusal(error: ClientError, endpoint: str, subject: Subject) -> SamlLoginError:
    """Return the error for an answer of STS that holds no credentials.

    Args:
        error: botocore's, with the answer.
        endpoint: the address of the STS.
        subject: the request.

    Returns:
        `StsUnreachable` where STS failed, else `StsRefused` or the error of a row of the table.
    """
    response: Any = error.response
    answer, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, status = str(answer.get("Code", "")), metadata.get("HTTPStatusCode", 0)
    message = _without_assertion(str(answer.get("Message", "")))
    _log.debug("STS refused request %s: %s", metadata.get("RequestId"), code)
    if code.isdigit() or not code:  # in place of a code, where the answer is not AWS's
        code, message = "", f"HTTP status {status}"
    reason = f"It answered with {message}."
    if code:
        words = f"{message.rstrip('.')} ({printable(code, max_length=_MAX_CODE)})."
        reason = says("STS", words)
    if status >= 500 or not code:
        return StsUnreachable(
            f"STS at {host_and_port(endpoint)} failed. {reason}", advice="Try again in a minute."
        )
    sentence = f"STS refused {subject.role.arn}. {reason}"
    now = time_of(metadata.get("HTTPHeaders", {})) or utc_now()
    refused = _explained(sentence, code, message, subject, now)
    refused.code, refused.words = printable(code, max_length=_MAX_CODE), message
    return refused


def _explained(
    sentence: str, code: str, message: str, subject: Subject, now: datetime
) -> StsRefused:
    row = _row(code, message, subject)
    if row is None:
        return StsRefused(sentence, advice=_UNKNOWN)
    if problems := _problems(row, code, message, subject, now):
        details = " ".join(problem.detail for problem in problems)
        advice = " ".join(dict.fromkeys(filter(None, (problem.advice for problem in problems))))
        command = None if advice else problems[0].command
        return row.error(f"{sentence} {details}", command=command, advice=advice or None)
    cause = row.cause.replace("{provider}", subject.role.principal_arn)
    command = row.command(subject) if row.command is not None else None
    return row.error(f"{sentence} {cause}", command=command, advice=row.advice)


def _row(code: str, message: str, subject: Subject) -> Refusal | None:
    for row in REFUSALS:
        is_known = code.removesuffix("Exception") == row.code and row.word in message.lower()
        if is_known and (subject.is_restricted or not row.of_policies):
            return row
    return None


def _problems(
    row: Refusal, code: str, message: str, subject: Subject, now: datetime
) -> list[Problem]:
    """Return the problems of the assertion that explain a refusal; of the certain ones, the first.

    Args:
        row: of the table, for the refusal.
        code: of STS.
        message: of STS.
        subject: the request.
        now: the time at STS.
    """
    if subject.saml_response is None:
        return []
    from aws_saml_ext.checks import assertion_checks
    from aws_saml_ext.checks.examined import Examined
    from aws_saml_ext.checks.response_document import ResponseDocument

    try:
        document = ResponseDocument.read(subject.saml_response)
    except InvalidAssertion:  # not ours to judge: STS has refused it already
        return []
    examined = Examined(
        document, now, role=subject.role, duration=subject.duration, acs_url=subject.acs_url
    )
    problems = assertion_checks.causes(examined, code, message)
    if not problems and not row.word and row.code in _VAGUE:
        problems = assertion_checks.unpredicted(examined)
    is_certain = bool(problems) and not problems[0].is_warning
    return problems[:1] if is_certain else problems


def _without_assertion(message: str) -> str:
    """Return STS's message without a long value that it quotes: the assertion is a secret."""
    return printable(re.sub(r"[A-Za-z0-9+/=%]{100,}", "…", message))


def unreachable(error: BotoCoreError, where: str) -> StsUnreachable:
    """Return the error for a request that got no answer.

    Args:
        error: botocore's, with the reason.
        where: the service and its host, `STS at sts.example.com`.
    """
    from botocore import exceptions

    if isinstance(error, exceptions.ProxyConnectionError):
        proxy = host_and_port(error.kwargs["proxy_url"])
        return StsUnreachable(
            f"{where} cannot be reached through the proxy {proxy}.",
            advice="Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
        )
    if isinstance(error, exceptions.SSLError):
        return _untrusted(_details(error), where)
    if isinstance(error, exceptions.ConnectTimeoutError | exceptions.ReadTimeoutError):
        return StsUnreachable(f"{where} did not answer in time.", advice=_CHECK_NETWORK)
    if isinstance(error, exceptions.ConnectionClosedError):
        return StsUnreachable(
            f"{where} closed the connection without an answer.", advice=_CHECK_NETWORK
        )
    reason = re.search(r"\[Errno -?\d+\] ([^'\")]+)", _details(error))
    because = f": {reason[1].strip()}" if reason else f" ({type(error).__name__})"
    return StsUnreachable(f"{where} cannot be reached{because}.", advice=_CHECK_NETWORK)


def _untrusted(details: str, where: str) -> StsUnreachable:
    reason = re.search(r"certificate verify failed: ([^()\[\]]+)", details)
    if reason is None:
        return StsUnreachable(
            f"{where} does not use TLS.", advice="Check --endpoint-url and the proxy settings."
        )
    return StsUnreachable(
        f"The certificate of {where} is not trusted: {reason[1].strip()}.",
        advice="Name the file of the trusted certificate authorities: --ca-bundle FILE, or "
        "AWS_CA_BUNDLE.",
    )


def _details(error: BotoCoreError) -> str:
    return str(getattr(error, "kwargs", {}).get("error", ""))


def not_of_aws(where: str) -> StsUnreachable:
    """Return the error for an answer that is not in the form of AWS's; `where` as `unreachable`."""
    service, _, host = where.partition(" at ")
    return StsUnreachable(
        f"The answer from {host} is not from {service}.",
        advice="A proxy may have answered instead: check --endpoint-url, the region and the proxy "
        "settings.",
    )
