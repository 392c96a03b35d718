"""The checks of the attributes of an assertion: its roles, its names, its session tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from aws_saml_ext import hints
from aws_saml_ext.assertion import ROLE_ATTRIBUTE, Role, is_role_arn
from aws_saml_ext.checks.examined import Examined
from aws_saml_ext.checks.findings import Permission, Prediction, Problem
from aws_saml_ext.checks.response_document import ATTRIBUTE, ResponseDocument
from aws_saml_ext.text import counted, printable, quoted

_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_RESERVED = "AWSReservedSSO_"
_MAX_TAGS, _MAX_KEY, _MAX_VALUE = 50, 128, 256
_MIN_DURATION, _MAX_DURATION = 900, 43_200  # seconds
_MAX_SHOWN = 120  # characters of foreign text in a sentence
_NAMES = ("Role", "RoleSessionName", "SessionDuration", "SourceIdentity", "TransitiveTagKeys")
_CORRECT = "Correct the attribute at the identity provider."
_DENIED = Prediction("AccessDenied")
_IDENTITY = "InvalidIdentityToken"
_AS_PAIR = (
    "Ask the administrator of the identity provider to send each role in the attribute "
    f"{ROLE_ATTRIBUTE} as `ROLE_ARN,PROVIDER_ARN`."
)


def session_name(examined: Examined) -> Iterator[Problem]:
    """Yield a RoleSessionName that STS does not take."""
    predicts = Prediction(_IDENTITY, "rolesessionname")
    names = examined.document.values("RoleSessionName")
    if not names:
        other = _misnamed(examined.document, "RoleSessionName")
        instead = f" It sends {_shown(other)}, which AWS does not read." if other else ""
        yield Problem(
            f"The attribute RoleSessionName is missing.{instead}",
            advice=f"Send {ATTRIBUTE}RoleSessionName at the identity provider.",
            predicts=predicts,
        )
    elif len(set(names)) > 1:
        yield Problem(
            f"The attribute RoleSessionName has {len(names)} values, and AWS wants one.",
            advice=_CORRECT,
            predicts=predicts,
        )
    elif not _NAME.fullmatch(names[0]):
        yield Problem(
            f"The RoleSessionName {_quoted(names[0])} is not 2 to 64 letters, digits and +=,.@-_.",
            advice=_CORRECT,
            predicts=predicts,
        )


def source_identity(examined: Examined) -> Iterator[Problem]:
    """Yield a SourceIdentity that STS does not take, or that the trust policy must allow."""
    names = examined.document.values("SourceIdentity")
    if not names:
        return
    if not _NAME.fullmatch(names[0]) or names[0].startswith("aws:"):
        yield Problem(
            f"The SourceIdentity {_quoted(names[0])} is not 2 to 64 letters, digits and +=,.@-_, "
            "or begins with aws:.",
            advice=_CORRECT,
            predicts=Prediction(_IDENTITY, "source identity"),
        )
    yield permitted([Permission("a SourceIdentity", "sts:SetSourceIdentity")], examined)


def roles(examined: Examined) -> Iterator[Problem]:
    """Yield why the wanted role is not offered, or none at all."""
    values = examined.document.values("Role")
    offered = [role for role in examined.roles if not role.name.startswith(_RESERVED)]
    if not offered:
        yield _nothing_offered(examined, values)
        return
    yield from _wanted(examined, offered)
    unread = [value for value in values if "arn:" in value and Role.parse(value) is None]
    if unread:
        yield Problem(
            f"{counted(len(unread), 'value')} of the attribute Role cannot be read: "
            f"{_unread_reason(unread[0])}",
            advice=_AS_PAIR,
            is_warning=True,
        )
    for role in offered:
        if role.account_id != role.principal_arn.split(":")[4]:
            yield Problem(
                f"The role {role.arn} and its SAML provider {role.principal_arn} are in different "
                "accounts.",
                advice="Correct the Role attribute that the identity provider sends.",
                predicts=_DENIED if role == examined.role else None,
                is_warning=True,
            )
            return


def session_duration(examined: Examined) -> Iterator[Problem]:
    """Yield a SessionDuration that the console does not take; STS does not read it."""
    for text in examined.document.values("SessionDuration")[:1]:
        seconds = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not _MIN_DURATION <= seconds <= _MAX_DURATION:
            yield Problem(
                f"The SessionDuration {_quoted(text)} is not {_MIN_DURATION} to {_MAX_DURATION} "
                "seconds. Credentials do not depend on it, but the console refuses it.",
                advice=_CORRECT,
                is_warning=True,
            )


def tags(examined: Examined) -> Iterator[Problem]:
    """Yield session tags that STS does not take, or that the trust policy must allow."""
    sent = examined.document.tags
    advice = "Correct the PrincipalTag attributes at the identity provider."
    if len(sent) > _MAX_TAGS:
        yield Problem(
            f"The assertion carries {len(sent)} session tags (PrincipalTag), and AWS takes at most "
            f"{_MAX_TAGS}.",
            advice=advice,
        )
    for key, value in sent:
        if not 1 <= len(key) <= _MAX_KEY or len(value) > _MAX_VALUE:
            yield Problem(
                f"The session tag {_quoted(key)} has a key of {len(key)} characters and a value of "
                f"{len(value)}; AWS takes {_MAX_KEY} and {_MAX_VALUE}.",
                advice=advice,
            )
    # Keys that differ in case only are the same to IAM.
    for key, count in Counter(key.casefold() for key, _ in sent).items():
        if count > 1:
            yield Problem(f"The session tag {_quoted(key)} comes {count} times.", advice=advice)
    known = {key.casefold() for key, _ in sent}
    for key in examined.document.values("TransitiveTagKeys"):
        if key.casefold() not in known:
            yield Problem(
                f"TransitiveTagKeys names {_quoted(key)}, and there is no session tag of this key.",
                advice=advice,
            )
    if sent:
        carried = f"{counted(len(sent), 'session tag')} (PrincipalTag)"
        yield permitted([Permission(carried, "sts:TagSession")], examined)


def permitted(needed: Sequence[Permission], examined: Examined) -> Problem:
    """Return the problem that a trust policy must grant permissions, in one sentence."""
    carried = " and ".join(each.carried for each in needed)
    actions = " and ".join(each.action for each in needed)
    named = " and ".join(f'"{each.action}"' for each in needed)
    return Problem(
        f"The assertion carries {carried}, so the trust policy of the role must allow {actions} "
        f"to {examined.provider}.",
        advice=f"Ask whoever owns the role to add {named} to its trust policy.",
        predicts=_DENIED,
        is_warning=True,
        needs=needed[0] if len(needed) == 1 else None,
    )


def attribute_names(examined: Examined) -> Iterator[Problem]:
    """Yield attributes whose names are nearly those that AWS reads."""
    for name in _NAMES:
        other = _misnamed(examined.document, name)
        if other is not None:
            yield Problem(
                f"The attribute {_shown(other)} is not read by AWS, which wants {ATTRIBUTE}{name}.",
                advice=_CORRECT,
                is_warning=True,
            )


def _misnamed(document: ResponseDocument, name: str) -> str | None:
    """Return an attribute that was meant as AWS's one of this name: other case, scheme or path."""
    for key, _ in document.attributes:
        path, _, last = key.rpartition("/")
        is_meant = last.casefold() == name.casefold() and "aws.amazon.com" in path.casefold()
        if is_meant and key != ATTRIBUTE + name:
            return key
    return None


def _nothing_offered(examined: Examined, values: Sequence[str]) -> Problem:
    if examined.roles:
        return Problem(
            "The assertion offers only roles of IAM Identity Center (AWSReservedSSO_…), which "
            "cannot be assumed with SAML.",
            command=hints.shown("aws", "configure", "sso"),
            predicts=_DENIED,
        )
    if values:
        return Problem(
            f"None of the {counted(len(values), 'value')} of the attribute Role is a role: "
            f"{_unread_reason(values[0])}",
            advice=_AS_PAIR,
            predicts=_DENIED,
        )
    other = _misnamed(examined.document, "Role")
    if other is not None:
        return Problem(
            f"The roles are in the attribute {_shown(other)}, and AWS reads only {ROLE_ATTRIBUTE}.",
            advice=_AS_PAIR,
            predicts=_DENIED,
        )
    return Problem(
        "The assertion offers no AWS role.",
        advice="Ask the administrator of the identity provider to assign one.",
        predicts=_DENIED,
    )


def _wanted(examined: Examined, offered: list[Role]) -> Iterator[Problem]:
    arn = examined.role.arn if examined.role else examined.role_arn
    if arn is None or any(role.arn == arn for role in offered):
        return
    alike = next((role.arn for role in offered if role.arn.casefold() == arn.casefold()), None)
    because = f": it offers {alike}, and case matters" if alike else ""
    yield Problem(
        f"The assertion does not offer {_shown(arn)}{because}.",
        advice=f"Set saml_role_arn to {alike}." if alike else None,
        command=None if alike else hints.command("roles"),
        predicts=_DENIED,
    )


def _unread_reason(value: str) -> str:
    """Return why a value of the Role attribute is no pair of ARNs, as the end of a sentence."""
    shown = repr(printable(value, max_length=_MAX_SHOWN))
    arns = [part.strip() for part in re.split(r"[,;\s]+(?=arn:)", value.strip(", \t\r\n"))]
    if len(arns) > 2:
        return f"{shown} holds {len(arns)} ARNs, and AWS wants one role and its provider."
    if len(arns) == 1 and is_role_arn(arns[0]):
        return f"{shown} is a role without its SAML provider."
    if len(arns) == 1 and ":saml-provider/" in value:
        return f"{shown} is a SAML provider without a role."
    if len(arns) == 2 and any(re.search(r"\s", arn) for arn in arns):
        return f"{shown} has white space inside an ARN."
    return f"{shown} is no role's ARN and its SAML provider's with a comma between them."


def _quoted(text: str) -> str:
    return quoted(printable(text, max_length=_MAX_SHOWN))


def _shown(text: str) -> str:
    return printable(text, max_length=_MAX_SHOWN)
