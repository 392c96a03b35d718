"""`--check`: new credentials are tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aws_saml_ext.sts.check import check
from aws_saml_ext.sts.connection import StsConnection
from tests.integration.exchanges import new_session
from tests.integration.sts_server import Answer, StsServer, granting
from tests.saml import ADMIN
from tests.samples import CREDENTIALS

IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/Role.Admin/jane</Arn>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


BUCKETS = (
    "<ListAllMyBucketsResult><Buckets><Bucket><Name>example-bucket</Name></Bucket></Buckets>"
    "</ListAllMyBucketsResult>"
)


MINE = replace(CREDENTIALS, role_arn=ADMIN)


def test_new_credentials_are_tried(server: StsServer) -> None:
    server.answer = lambda asked: Answer(
        200, IDENTITY if asked["Action"] == "GetCallerIdentity" else BUCKETS
    )
    assert check(new_session(), MINE, StsConnection(server.url)) == [
        "GetCallerIdentity: arn:aws:sts::111111111111:assumed-role/Role.Admin/jane",
        "ListBuckets: 1 bucket",
    ]


def test_a_refusal_of_new_credentials_is_a_line(server: StsServer) -> None:
    server.answer = lambda _: Answer(
        403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    )
    lines = check(new_session(), MINE, StsConnection(server.url))
    assert lines[1] == 'ListBuckets: S3 says: "Access Denied (AccessDenied)"'


def test_a_service_that_is_not_there_is_a_line(server: StsServer) -> None:
    lines = check(new_session(), MINE, StsConnection("http://127.0.0.1:1"))
    assert lines[0].startswith("GetCallerIdentity: STS at 127.0.0.1:1 cannot be reached")
    assert lines[1].startswith("ListBuckets: S3 at 127.0.0.1:1 cannot be reached")


@pytest.mark.parametrize(
    "host", ["sts.invalid", "STS.eu-west-1.invalid:444", "sts-fips.invalid", "vpce-1-a.sts.invalid"]
)
def test_s3_is_not_asked_at_an_sts(
    server: StsServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    server.answer = lambda _: Answer(200, BUCKETS)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    lines = check(new_session(), MINE, StsConnection(f"https://{host}"))
    assert lines[0].startswith(f"GetCallerIdentity: STS at {host} cannot be reached")
    assert lines[1] == "ListBuckets: 1 bucket"


@pytest.mark.parametrize("host", ["aws.invalid", "example-sts.invalid", "vpce-1-a.s3.invalid"])
def test_s3_is_asked_where_the_command_line_says_if_that_is_no_sts(
    server: StsServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    lines = check(new_session(), MINE, StsConnection(f"https://{host}"))
    assert lines[1].startswith(f"ListBuckets: S3 at {host} cannot be reached")


def test_a_password_in_the_address_of_s3_is_a_line_that_does_not_show_it(
    server: StsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url.replace("//", "//u:secret@"))
    line = check(new_session(), MINE)[1]
    assert line.startswith("ListBuckets: AWS_ENDPOINT_URL_S3 is not usable: ")
    assert "secret" not in line


def test_no_proxy_gets_what_is_for_an_s3_on_loopback_wherever_sts_is(
    server: StsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda _: Answer(200, BUCKETS)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    with StsServer(granting) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert check(new_session(), MINE)[1] == "ListBuckets: 1 bucket"
        assert proxy.requests == []
