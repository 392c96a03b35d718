"""The checks of everything in an assertion but its attributes: who made it, for whom, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from aws_saml_ext import partitions
from aws_saml_ext.assertion import MAX_STS_CHARACTERS, instant
from aws_saml_ext.checks.examined import Examined
from aws_saml_ext.checks.findings import Prediction, Problem
from aws_saml_ext.text import counted, printable, says

_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_REDEEMABLE = timedelta(minutes=5)
_MAX_NAME = 120  # characters of foreign text in a sentence

_IDENTITY = "InvalidIdentityToken"
_LATE = Prediction("ExpiredToken")
_DENIED = Prediction("AccessDenied")
_AUDIENCES = {
    "urn:amazon:webservices": "aws",
    "urn:amazon:webservices:govcloud": "aws-us-gov",
    "urn:amazon:webservices:cn-north-1": "aws-cn",
}
"""The entity IDs of AWS's sign-in, with their partitions; its addresses serve as well."""
_ASK_IDP = "Ask the administrator of the identity provider."


def response(examined: Examined) -> Iterator[Problem]:
    """Yield what keeps STS from reading the response as a whole."""
    document = examined.document
    if document.length > MAX_STS_CHARACTERS:
        yield Problem(
            f"The SAMLResponse has {document.length} characters, but STS accepts at most "
            f"{MAX_STS_CHARACTERS}.",
            advice="Ask the administrator of the identity provider to send fewer roles in it.",
            predicts=Prediction("ValidationError", "length"),
        )
    if document.assertions > 1:
        yield Problem(
            f"The SAMLResponse contains {document.assertions} assertions, but STS reads one.",
            advice=_ASK_IDP,
            predicts=Prediction(_IDENTITY, "signature"),
        )
    if document.is_encrypted and not document.assertions and examined.role is None:
        yield Problem(
            "The assertion is encrypted, so only AWS can read its roles.",
            advice="Set both saml_role_arn and saml_provider_arn to whole ARNs.",
        )


def status(examined: Examined) -> Iterator[Problem]:
    """Yield the refusal of the identity provider."""
    document = examined.document
    if document.status not in {None, _SUCCESS}:
        words = document.status_words or (document.status or "").rpartition(":")[2]
        yield Problem(
            f"The identity provider refused the sign-in. {says('The identity provider', words)}",
            advice=_ASK_IDP,
            predicts=Prediction("IDPRejectedClaim"),
        )


def signed(examined: Examined) -> Iterator[Problem]:
    """Yield missing signatures, and those that are weak."""
    document = examined.document
    if not document.is_signed:
        yield Problem(
            "Neither the response nor its assertion is signed.",
            advice="Turn on the signature of assertions at the identity provider.",
            predicts=Prediction(_IDENTITY, "signature"),
        )
    elif any("sha1" in algorithm.lower() for algorithm in document.algorithms):
        yield Problem(
            "The signature uses SHA-1, which is no longer safe.",
            advice="Change it to RSA with SHA-256 at the identity provider.",
            predicts=Prediction(_IDENTITY, "signature"),
            is_warning=True,
        )


def issuer(examined: Examined) -> Iterator[Problem]:
    """Yield an issuer that cannot be the entityID of one provider."""
    document = examined.document
    if document.issuer is None:
        yield Problem(
            "The assertion has no Issuer.",
            advice=_ASK_IDP,
            predicts=Prediction(_IDENTITY, "issuer"),
        )
    elif document.response_issuer not in {None, document.issuer}:
        yield Problem(
            f"The Issuer of the response is {_shown(document.response_issuer)}, and that of its "
            f"assertion is {_shown(document.issuer)}.",
            advice="Make both the entityID of the metadata in IAM, at the identity provider.",
            predicts=Prediction(_IDENTITY, "issuer"),
            is_warning=True,
        )


def audience(examined: Examined) -> Iterator[Problem]:
    """Yield an audience that is not AWS, or not the wanted partition of it."""
    named = examined.document.audiences
    of_aws = [partition for name in named if (partition := _partition_of_audience(name))]
    right = next(
        (name for name, of in _AUDIENCES.items() if of == examined.partition),
        f"https://{partitions.PARTITIONS[examined.partition].sign_in_hosts[0]}/saml",
    )
    advice = f"Set the audience to {right} at the identity provider."
    if not of_aws:
        is_for = f"for the audience {_shown(named[0])}" if named else "for no audience"
        yield Problem(
            f"The assertion is {is_for}, and not for AWS.",
            advice=advice,
            predicts=Prediction(_IDENTITY, "audience"),
        )
    elif examined.partition not in of_aws:
        yield Problem(
            f"The audience {_shown(named[0])} is that of the partition {of_aws[0]}, and the role "
            f"is in {examined.partition}.",
            advice=advice,
            predicts=Prediction(_IDENTITY, "audience"),
            is_warning=True,
        )


def recipient(examined: Examined) -> Iterator[Problem]:
    """Yield a Recipient that trust policies do not expect as SAML:aud."""
    named = examined.document.recipients
    advice = f"Set it to {_sign_in_address(examined)} at the identity provider."
    if not named:
        yield Problem(
            "The assertion has no Recipient, which trust policies compare with SAML:aud.",
            advice=advice,
            predicts=_DENIED,
        )
        return
    if named[0] == examined.acs_url:
        return
    yield from _addressed("Recipient", named[0], examined, advice, is_compared=True)


def destination(examined: Examined) -> Iterator[Problem]:
    """Yield a Destination that is not the sign-in address of the partition; STS does not look."""
    address = examined.document.destination
    if address in {None, "", examined.acs_url}:
        return
    advice = f"Set it to {_sign_in_address(examined)} at the identity provider."
    yield from _addressed("Destination", address or "", examined, advice, is_compared=False)


def times(examined: Examined) -> Iterator[Problem]:
    """Yield a time that has not come yet, or is past."""
    document, now = examined.document, examined.now
    clock = "The clock of the identity provider may be wrong, or that of this machine."
    again = "Sign in again. If that fails in the same way, the clock of the identity provider is "
    again += "wrong."
    issued = instant(document.issued or "")
    if issued is None:
        yield Problem(
            "The assertion does not say when it was issued.", advice=_ASK_IDP, predicts=_LATE
        )
    elif issued > now:
        yield Problem(
            f"The assertion was issued at {_at(issued)}, which is {_span(issued - now)} ahead.",
            advice=clock,
            predicts=_LATE,
        )
    elif now > issued + _REDEEMABLE:
        yield Problem(
            f"The assertion was issued at {_at(issued)}, {_span(now - issued)} ago, and STS takes "
            "none that is older than 5 minutes.",
            advice=again,
            predicts=_LATE,
        )
    starts, ends = _times(document.starts), _times(document.ends)
    if starts and max(starts) > now:
        yield Problem(
            f"The assertion is not valid before {_at(max(starts))}, which is "
            f"{_span(max(starts) - now)} ahead.",
            advice=clock,
            predicts=_LATE,
        )
    if ends and min(ends) <= now:
        yield Problem(
            f"The assertion ran out at {_at(min(ends))}, {_span(now - min(ends))} ago.",
            advice=again,
            predicts=_LATE,
        )
    session_ends = _times(document.session_ends)
    if session_ends and min(session_ends) <= now:
        yield Problem(
            f"The session at the identity provider ended at {_at(min(session_ends))}.",
            advice=again,
            predicts=_LATE,
        )
    elif session_ends and min(session_ends) < now + examined.duration:
        yield Problem(
            f"The session at the identity provider ends at {_at(min(session_ends))}, and the "
            "credentials end with it, before the wanted duration.",
            advice="Ask the administrator of the identity provider for a longer session.",
            is_warning=True,
        )


def name_id(examined: Examined) -> Iterator[Problem]:
    """Yield a missing NameID."""
    if examined.document.name_id is None:
        yield Problem(
            "The assertion has no NameID in its Subject.",
            advice="Add a NameID at the identity provider, such as the username.",
        )


def _addressed(
    name: str, address: str, examined: Examined, advice: str, *, is_compared: bool
) -> Iterator[Problem]:
    """Yield what is wrong with an address that should be a sign-in address of the partition."""
    known = partitions.of_sign_in_address(address)
    denied = _DENIED if is_compared else None
    if known is None:
        yield Problem(
            f"The {name} is {_shown(address)}, which is no sign-in address of AWS.",
            advice=advice,
            predicts=denied,
            is_warning=not is_compared,
        )
        return
    partition, is_regional = known
    if partition.name != examined.partition:
        yield Problem(
            f"The {name} is {_shown(address)}, in the partition {partition.name}, and the role is "
            f"in {examined.partition}.",
            advice=advice,
            predicts=denied,
            is_warning=not is_compared,
        )
    elif is_regional and is_compared:
        yield Problem(
            f"The {name} is the regional address {_shown(address)}, and the trust policy of the "
            "role must allow it as SAML:aud; most of them allow only "
            f"{_sign_in_address(examined)}.",
            advice="Add the regional address to the SAML:aud of the role's trust policy.",
            predicts=denied,
            is_warning=True,
        )


def _partition_of_audience(name: str) -> str | None:
    if name in _AUDIENCES:
        return _AUDIENCES[name]
    known = partitions.of_sign_in_address(name)
    return known[0].name if known else None


def _sign_in_address(examined: Examined) -> str:
    return f"https://{partitions.PARTITIONS[examined.partition].sign_in_hosts[0]}/saml"


def _times(texts: Sequence[str]) -> list[datetime]:
    return [moment for moment in map(instant, texts) if moment is not None]


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _span(span: timedelta) -> str:
    """Return `7 minutes`, rounded down; seconds below two minutes."""
    seconds = int(span.total_seconds())
    for size, noun in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(seconds // size, noun)
    return counted(seconds, "second")


def _shown(text: str | None) -> str:
    return printable(text or "", max_length=_MAX_NAME)
