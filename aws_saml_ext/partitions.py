"""The table of AWS's partitions: sign-in hosts, STS region, console. Pure.

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
    """The word in ARNs: `aws-cn`."""
    sign_in_hosts: tuple[str, ...]
    """The hosts that browsers post a SAMLResponse to; each exists with a region in front, too."""
    sts_region: str
    """The region whose STS is asked where the settings name no region of the partition."""
    console_host: str
    """The host of the management console."""


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

PARTITIONS: Mapping[str, Partition] = MappingProxyType(
    {partition.name: partition for partition in _TABLE}
)
"""Every partition by its name."""

_REGION = r"[a-z]+(?:-[a-z]+)+-[0-9]+"


def sign_in_hosts() -> tuple[str, ...]:
    """Return the sign-in hosts of all partitions, without regions."""
    return tuple(host for partition in PARTITIONS.values() for host in partition.sign_in_hosts)


def sign_in_host_pattern() -> str:
    """Return a regular expression for a sign-in host, with or without a region or a last dot.

    It is in lower case and not anchored, and means the same in Python and in JavaScript.
    """
    hosts = "|".join(re.escape(host).replace(r"\-", "-") for host in sign_in_hosts())
    return rf"(?:{_REGION}\.)?(?:{hosts})\.?"


_SIGN_IN_HOST = re.compile(sign_in_host_pattern())
_ASSERTION_PATH = re.compile(r"/saml(?:/acs/[^/]+)?")


_DNS_SUFFIXES = (
    *("amazonaws.com", "api.aws"),
    *("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    *("amazonaws.eu", "api.amazonwebservices.eu"),
    *("c2s.ic.gov", "api.aws.ic.gov"),
    *("sc2s.sgov.gov", "api.aws.scloud"),
    *("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    *("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
)
"""The domains of AWS's services in all partitions."""


def is_aws_host(host: str) -> bool:
    """Return whether a host is in a domain of AWS's services."""
    return host.lower().rstrip(".").endswith(tuple(f".{suffix}" for suffix in _DNS_SUFFIXES))


def is_sign_in_host(host: str) -> bool:
    """Return whether AWS signs people in at `host`, which may have a region in front."""
    return _SIGN_IN_HOST.fullmatch(host.lower()) is not None


def of_sign_in_address(address: str) -> tuple[Partition, bool] | None:
    """Return the partition that takes assertions at an address, and whether it names a region.

    None where it is no address of `takes_assertion`.
    """
    if not takes_assertion("POST", address):
        return None
    host = (urlsplit(address).hostname or "").rstrip(".")
    for partition in PARTITIONS.values():
        if host in partition.sign_in_hosts:
            return partition, False
        if host.partition(".")[2] in partition.sign_in_hosts:
            return partition, True
    return None


def takes_assertion(method: str, url: str) -> bool:
    """Return whether a request posts a SAMLResponse to AWS.

    That is a POST to `/saml` or `/saml/acs/<id>` of a sign-in host, with any query. The address
    `/platform/saml/acs/…` belongs to IAM Identity Center, and does not count.
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


def of_region(region: str) -> Partition | None:
    """Return the partition of a region, by the form of its name; None where it has no such form.

    botocore reads a megabyte of endpoints for this, and knows no region newer than itself.
    """
    if re.fullmatch(_REGION, region) is None:
        return None
    for partition in PARTITIONS.values():
        first = re.sub(r"[a-z]+-[0-9]+$", "", partition.sts_region)
        if partition.name != "aws" and region.startswith(first):
            return partition
    return PARTITIONS["aws"]


def of_arn(arn: str) -> Partition | None:
    """Return the partition that an ARN names; None where there is no such partition."""
    prefix, _, rest = arn.partition(":")
    return PARTITIONS.get(rest.partition(":")[0]) if prefix == "arn" else None
