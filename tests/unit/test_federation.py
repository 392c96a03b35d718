"""The addresses of the console's sign-in, in each partition and as settings change them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from aws_saml_ext.config.aws_settings import open_session
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.sts.connection import StsConnection
from aws_saml_ext.sts.federation import console_of

OPTION = StsConnection(endpoint_url="https://console-sign-in.example.com")
OF_STS = StsConnection(endpoint_url="https://sts.eu-west-1.amazonaws.com")


def role(partition: str) -> str:
    return f"arn:{partition}:iam::111111111111:role/Dev"


def sign_in(
    partition: str = "aws", region: str | None = None, connection: StsConnection | None = None
) -> str:
    """The address of the sign-in for a profile without settings."""
    session = open_session("dev", region=None, ca_bundle=None)
    connection = connection or StsConnection()
    return console_of(session, role(partition), region=region, connection=connection).sign_in


@pytest.mark.parametrize(
    ("partition", "region", "host", "console"),
    [
        ("aws", None, "signin.aws.amazon.com", "us-east-1.console.aws.amazon.com"),
        ("aws", "us-east-1", "signin.aws.amazon.com", "us-east-1.console.aws.amazon.com"),
        (
            "aws",
            "eu-west-1",
            "eu-west-1.signin.aws.amazon.com",
            "eu-west-1.console.aws.amazon.com",
        ),
        ("aws-cn", None, "signin.amazonaws.cn", "cn-north-1.console.amazonaws.cn"),
        (
            "aws-cn",
            "cn-northwest-1",
            "cn-northwest-1.signin.amazonaws.cn",
            "cn-northwest-1.console.amazonaws.cn",
        ),
        ("aws-cn", "eu-west-1", "signin.amazonaws.cn", "cn-north-1.console.amazonaws.cn"),
        (
            "aws-us-gov",
            None,
            "signin.amazonaws-us-gov.com",
            "us-gov-west-1.console.amazonaws-us-gov.com",
        ),
        (
            "aws-us-gov",
            "us-gov-east-1",
            "us-gov-east-1.signin.amazonaws-us-gov.com",
            "us-gov-east-1.console.amazonaws-us-gov.com",
        ),
        (
            "aws-eusc",
            None,
            "eusc-de-east-1.signin.amazonaws-eusc.eu",
            "eusc-de-east-1.console.amazonaws-eusc.eu",
        ),
        (
            "aws-iso",
            None,
            "us-iso-east-1.signin.c2shome.ic.gov",
            "us-iso-east-1.console.c2shome.ic.gov",
        ),
        (
            "aws-iso-b",
            None,
            "us-isob-east-1.signin.sc2shome.sgov.gov",
            "us-isob-east-1.console.sc2shome.sgov.gov",
        ),
        (
            "aws-iso-e",
            None,
            "eu-isoe-west-1.signin.csphome.adc-e.uk",
            "eu-isoe-west-1.console.csphome.adc-e.uk",
        ),
        (
            "aws-iso-f",
            None,
            "us-isof-south-1.signin.csphome.hci.ic.gov",
            "us-isof-south-1.console.csphome.hci.ic.gov",
        ),
    ],
)
def test_each_partition_has_its_own_sign_in_and_console(
    aws_home: Path, partition: str, region: str | None, host: str, console: str
) -> None:
    session = open_session("dev", region=None, ca_bundle=None)
    found = console_of(session, role(partition), region=region)
    assert (found.sign_in, found.home) == (f"https://{host}", f"https://{console}")


def test_a_region_that_does_not_exist_is_that_of_the_partition(aws_home: Path) -> None:
    assert sign_in(region="nowhere") == "https://signin.aws.amazon.com"


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL"])
def test_a_variable_of_aws_comes_first(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:4566/")
    assert sign_in(region="eu-west-1") == "http://127.0.0.1:4566"


def test_a_services_section_comes_first(aws_home: Path) -> None:
    (aws_home / "config").write_text(
        "[profile dev]\nservices = local\n[services local]\nsignin =\n"
        "  endpoint_url = http://127.0.0.1:4566\n"
    )
    assert sign_in() == "http://127.0.0.1:4566"


def test_the_option_comes_first_unless_it_names_an_sts(aws_home: Path) -> None:
    assert sign_in(connection=OPTION) == "https://console-sign-in.example.com"
    assert sign_in(connection=OF_STS) == "https://signin.aws.amazon.com"


def test_http_is_for_loopback_only(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SIGNIN", "http://signin.example.com")
    with pytest.raises(ConfigError, match=r"^AWS_ENDPOINT_URL_SIGNIN is not usable") as refused:
        sign_in()
    assert refused.value.advice == "Correct AWS_ENDPOINT_URL_SIGNIN."


def test_the_link_holds_issuer_destination_and_token(aws_home: Path) -> None:
    session = open_session("dev", region=None, ca_bundle=None)
    console = console_of(session, role("aws"), region="eu-west-1")
    link = console.link("t/k=n", destination="https://x/#/y", issuer="https://idp/a?b=c")
    parts = urlsplit(link)
    assert (parts.netloc, parts.path) == ("eu-west-1.signin.aws.amazon.com", "/federation")
    assert parse_qs(parts.query) == {
        "Action": ["login"],
        "Issuer": ["https://idp/a?b=c"],
        "Destination": ["https://x/#/y"],
        "SigninToken": ["t/k=n"],
    }
