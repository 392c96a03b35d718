import json
import re
from pathlib import Path

import botocore
import pytest

from aws_saml_ext.partitions import (
    PARTITIONS,
    is_aws_host,
    is_sign_in_host,
    of_arn,
    of_region,
    sign_in_host_pattern,
    sign_in_hosts,
    takes_assertion,
)


def suffixes() -> list[str]:
    data = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())
    outputs = [partition["outputs"] for partition in data["partitions"]]
    return [each[name] for each in outputs for name in ("dnsSuffix", "dualStackDnsSuffix")]


@pytest.mark.parametrize("suffix", suffixes())
def test_the_domains_that_botocore_calls_are_those_of_aws(suffix: str) -> None:
    assert is_aws_host(f"sts.us-east-1.{suffix}")


@pytest.mark.parametrize("host", ["", "127.0.0.1", "sts.amazonaws.com.evil.example", "xapi.aws"])
def test_no_other_domain_is_one_of_aws(host: str) -> None:
    assert not is_aws_host(host)


@pytest.mark.parametrize("host", sign_in_hosts())
def test_every_host_is_known_as_it_is_with_a_region_and_in_any_case(host: str) -> None:
    for spelling in (host, f"eu-west-1.{host}", f"us-gov-east-1.{host}", host.upper(), f"{host}."):
        assert is_sign_in_host(spelling), spelling
        assert takes_assertion("POST", f"https://{spelling}/saml"), spelling


@pytest.mark.parametrize(
    "host",
    [
        "",
        "aws.amazon.com",
        "evil-signin.aws.amazon.com",
        "evil.signin.aws.amazon.com",
        "-1.signin.aws.amazon.com",
        "signin.aws.amazon.com.evil.example",
        "signin.aws.amazon.com\n",
        "signinxaws.amazon.com",
        "console.aws.amazon.com",
    ],
)
def test_no_other_host_is_taken_for_one(host: str) -> None:
    assert not is_sign_in_host(host)


@pytest.mark.parametrize(
    "url",
    [
        "https://signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com:443/saml",
        "https://SignIn.AWS.amazon.com/saml?a=b&c=/x",
        "HTTPS://eu-west-1.signin.aws.amazon.com/saml#top",
        "https://signin.aws.amazon.com/saml/acs/SAMLSP1EXAMPLE",
        "https://someone@signin.aws.amazon.com/saml",
    ],
)
def test_a_post_to_the_saml_path_takes_the_assertion(url: str) -> None:
    assert takes_assertion("POST", url)


@pytest.mark.parametrize(
    "url",
    [
        "https://signin.aws.amazon.com/",
        "https://signin.aws.amazon.com/x/saml",
        "https://signin.aws.amazon.com/saml/",
        "https://signin.aws.amazon.com/samlx",
        "https://signin.aws.amazon.com/saml/acs/",
        "https://signin.aws.amazon.com/saml/acs/a/b",
        "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/1",
        "https://signin.aws.amazon.com:8443/saml",
        "https://signin.aws.amazon.com:x/saml",
        "http://signin.aws.amazon.com/saml",
        "https://idp.example.com/?to=https://signin.aws.amazon.com/saml",
        "https://idp.example.com/https://signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com@idp.example.com/saml",
        "https://[signin.aws.amazon.com/saml",
    ],
)
def test_nothing_else_takes_it(url: str) -> None:
    assert not takes_assertion("POST", url)


def test_a_get_does_not_take_it() -> None:
    assert not takes_assertion("GET", "https://signin.aws.amazon.com/saml")


def test_the_pattern_can_be_anchored_with_a_port() -> None:
    anchored = re.compile(f"^{sign_in_host_pattern()}:443$")
    assert anchored.search("us-gov-west-1.signin.amazonaws-us-gov.com:443")
    assert not anchored.search("signin.aws.amazon.com.evil.example:443")


@pytest.mark.parametrize("name", PARTITIONS)
def test_an_arn_names_its_partition(name: str) -> None:
    partition = of_arn(f"arn:{name}:iam::111111111111:role/Dev")
    assert partition is not None
    assert partition.name == name


@pytest.mark.parametrize("arn", ["", "arn", "arn:aws-moon:iam::111111111111:role/Dev", "Dev:aws:x"])
def test_other_text_names_none(arn: str) -> None:
    assert of_arn(arn) is None


def test_every_region_that_botocore_knows_is_one_of_its_partition() -> None:
    from botocore.session import Session

    session = Session()
    for partition in PARTITIONS.values():
        regions = session.get_available_regions("sts", partition.name)
        assert {of_region(region) for region in [*regions, partition.sts_region]} == {partition}


@pytest.mark.parametrize("name", ["", "localhost", "us-east", "us-east-1\n", "us_east_1"])
def test_no_other_name_is_that_of_a_region(name: str) -> None:
    assert of_region(name) is None
