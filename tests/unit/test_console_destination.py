"""The destination of `console`: what is opened, and what is none of the console's addresses."""

from __future__ import annotations

import pytest

from aws_saml_ext.cli import console_destination
from aws_saml_ext.errors import UsageError
from aws_saml_ext.partitions import PARTITIONS

FOREIGN = [
    "https://example.com/",
    "https://console.aws.amazon.com.example.com/",
    "https://xconsole.aws.amazon.com/",
    "https://console.aws.amazon.com@example.com/",
    "https://jane@console.aws.amazon.com/",
    "https://console.aws.amazon.com:8443/",
    "https://console.aws.amazon.com:x/",
    "https://[console.aws.amazon.com/",
    "https://console.aws.amazon.com\\@example.com/",
    "http://console.aws.amazon.com/",
    "javascript:alert(1)",
    "//example.com/",
    "/\\example.com/",
    "/a b",
    "/a\nb",
    "s3",
    "",
]


def address(
    service: str | None = None, destination: str | None = None, *, partition: str = "aws"
) -> str:
    return console_destination.address(
        service,
        destination,
        home="https://home",
        region="eu-west-1",
        partition=PARTITIONS[partition],
    )


@pytest.mark.parametrize("destination", FOREIGN)
def test_what_is_no_address_of_the_console_is_refused(destination: str) -> None:
    with pytest.raises(UsageError, match="--destination is not usable"):
        console_destination.check(None, destination)


@pytest.mark.parametrize("service", ["s3", "ec2", "API-gateway", "a" * 64])
def test_a_service_is_a_page_of_the_console(service: str) -> None:
    console_destination.check(service, None)
    assert address(service) == f"https://home/{service}/home?region=eu-west-1"


@pytest.mark.parametrize("service", ["", "-s3", "s3/x", "s 3", "s3?x", "a" * 65, "s3\n"])
def test_what_is_no_service_is_refused(service: str) -> None:
    with pytest.raises(UsageError, match="is no service"):
        console_destination.check(service, None)


def test_a_path_is_one_of_the_console() -> None:
    console_destination.check(None, "/iam/home#/roles")
    assert address(None, "/iam/home#/roles") == "https://home/iam/home#/roles"


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_whole_address_is_of_the_same_partition(partition: str) -> None:
    own = f"https://eu-west-1.{PARTITIONS[partition].console_host}/s3"
    console_destination.check(None, own)
    assert address(None, own, partition=partition) == own
    for other in set(PARTITIONS) - {partition}:
        with pytest.raises(UsageError, match="the console of this role is at"):
            address(None, own, partition=other)


def test_a_service_and_a_destination_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="only one of them"):
        console_destination.check("s3", "/ec2")
