"""
What differs between AWS's partitions, in one table: sign-in hosts, STS region, console. Pure.

The hosts are those of the `signin` endpoint rules that AWS publishes with its SDKs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of AWS with accounts, roles and sign-in addresses of its own."""

    name: str
    """As it stands in an ARN: `aws-cn`."""
    sign_in_hosts: tuple[str, ...]
    """Where browsers post a SAMLResponse; each is served with a region in front, too."""
    sts_region: str
    """The region whose STS is asked where no other one of the partition is wanted."""
    console_host: str


_TABLE = (
    Partition("aws", ("signin.aws.amazon.com",), "us-east-1", "console.aws.amazon.com"),
    Partition(
        "aws-us-gov",
        ("signin.amazonaws-us-gov.com", "signin-fips.amazonaws-us-gov.com"),
        "us-gov-west-1",
        "console.amazonaws-us-gov.com",
    ),
    Partition("aws-cn", ("signin.amazonaws.cn",), "cn-north-1", "console.amazonaws.cn"),
    Partition(
        "aws-eusc", ("signin.amazonaws-eusc.eu",), "eusc-de-east-1", "console.amazonaws-eusc.eu"
    ),
    Partition("aws-iso", ("signin.c2shome.ic.gov",), "us-iso-east-1", "console.c2shome.ic.gov"),
    Partition(
        "aws-iso-b", ("signin.sc2shome.sgov.gov",), "us-isob-east-1", "console.sc2shome.sgov.gov"
    ),
    Partition(
        "aws-iso-e", ("signin.csphome.adc-e.uk",), "eu-isoe-west-1", "console.csphome.adc-e.uk"
    ),
    Partition(
        "aws-iso-f", ("signin.csphome.hci.ic.gov",), "us-isof-south-1", "console.csphome.hci.ic.gov"
    ),
)

PARTITIONS: Mapping[str, Partition] = MappingProxyType({each.name: each for each in _TABLE})
"""Every partition by its name."""

_REGION = r"[a-z]+(?:-[a-z]+)+-[0-9]+"


def sign_in_hosts() -> tuple[str, ...]:
    """The sign-in hosts of all partitions, without regions."""
    return tuple(host for partition in PARTITIONS.values() for host in partition.sign_in_hosts)


def sign_in_host_pattern() -> str:
    """
    A regular expression for a sign-in host in lower case, with or without a region or a last dot.

    It is not anchored, and means the same to Python and to JavaScript.
    """
    hosts = "|".join(re.escape(host).replace(r"\-", "-") for host in sign_in_hosts())
    return rf"(?:{_REGION}\.)?(?:{hosts})\.?"


_SIGN_IN_HOST = re.compile(sign_in_host_pattern())
_ASSERTION_PATH = re.compile(r"/saml(?:/acs/[^/]+)?")


def is_sign_in_host(host: str) -> bool:
    """Whether AWS signs people in at `host`: `signin.aws.amazon.com`, with a region or without."""
    return _SIGN_IN_HOST.fullmatch(host.lower()) is not None


def takes_assertion(method: str, url: str) -> bool:
    """
    Whether this request would hand a SAMLResponse to AWS.

    That is a POST to `/saml` or `/saml/acs/<id>` of a sign-in host, whatever the query. The
    address `/platform/saml/acs/…` is IAM Identity Center's, which is none of ours.
    """
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError:
        return False
    return (
        method.upper() == "POST"
        and address.scheme == "https"
        and port in {None, 443}
        and is_sign_in_host(address.hostname or "")
        and _ASSERTION_PATH.fullmatch(address.path) is not None
    )


def of_arn(arn: str) -> Partition | None:
    """The partition that an ARN names; None where there is no such one."""
    prefix, _, rest = arn.partition(":")
    return PARTITIONS.get(rest.partition(":")[0]) if prefix == "arn" else None
