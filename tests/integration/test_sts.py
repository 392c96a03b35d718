"""The exchange with real botocore over real HTTP: what is asked, what is made of each answer."""

from __future__ import annotations

import logging
import re
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.session import Session

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.clock import Clock, Deadline
from aws_saml_ext.config.settings import Settings
from aws_saml_ext.credentials import Credentials
from aws_saml_ext.demo import Demo
from aws_saml_ext.demo.identity_provider import USERS
from aws_saml_ext.errors import (
    AssertionTooLate,
    ConfigError,
    SamlLoginError,
    StsRefused,
    StsUnreachable,
    TimedOut,
)
from aws_saml_ext.sts import exchange as sts
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from tests.demo_servers import self_signed
from tests.integration.sts_server import (
    Answer,
    Request,
    StsServer,
    allowing,
    granting,
    refusing,
)
from tests.saml import ADMIN, ADMIN_ROLE, PROVIDER, saml_response
from tests.unit import test_login
from tests.unit.test_login import CREDENTIALS

SETTINGS = replace(test_login.SETTINGS, timeout=timedelta(seconds=60))
ASSERTION = Assertion.parse(saml_response(ADMIN_ROLE))
CHINA = "arn:aws-cn:iam::111111111111:role/Dev"
_MODELS = create_loader()  # read once: that takes longer than a test


def new_session(profile: str | None = None) -> Session:
    session = Session(profile=profile)
    session.register_component("data_loader", _MODELS)
    return session


@pytest.fixture
def server(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StsServer]:
    """An STS that grants; botocore does not repeat what fails."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with StsServer(granting) as running:
        yield running


def exchange(
    server: StsServer | None = None,
    *,
    settings: Settings = SETTINGS,
    assertion: Assertion = ASSERTION,
    role: Role = ADMIN_ROLE,
    told: list[str] | None = None,
    session: Session | None = None,
    connection: StsConnection = DEFAULT,
    **options: Any,
) -> Credentials:
    if server is not None:
        connection = replace(connection, endpoint_url=server.url)
    notify = ([] if told is None else told).append
    ask = sts.exchanging(
        session or new_session(), settings, notify=notify, connection=connection, **options
    )
    return ask(assertion, role).credentials


def refused(server: StsServer, answer: Answer) -> SamlLoginError:
    """The error that this answer leads to."""
    server.answer = lambda _: answer
    with pytest.raises(SamlLoginError) as caught:
        exchange(server)
    return caught.value


# ---- a grant ----


def test_an_assertion_becomes_credentials(server: StsServer) -> None:
    server.answer = lambda asked: granting(asked, expiration="2035-01-01T00:00:00Z")
    assert exchange(server) == Credentials(
        access_key_id="ASIAEXAMPLE",
        secret_access_key="secret",
        session_token="token",
        expiration=datetime(2035, 1, 1, tzinfo=timezone.utc),
        role_arn=ADMIN,
        assumed_role_arn="arn:aws:sts::111111111111:assumed-role/Role.Admin/jane",
    )


def test_sts_is_asked_for_the_role_its_provider_and_the_duration(server: StsServer) -> None:
    exchange(server, settings=replace(SETTINGS, session_duration=timedelta(hours=2)))
    assert server.requests == [
        {
            "Action": "AssumeRoleWithSAML",
            "Version": "2011-06-15",
            "RoleArn": ADMIN,
            "PrincipalArn": PROVIDER,
            "SAMLAssertion": ASSERTION.saml_response,
            "DurationSeconds": "7200",
        }
    ]


def test_the_credential_chain_is_not_asked(server: StsServer) -> None:
    class Chain:
        def load_credentials(self) -> None:
            raise AssertionError("asked")

    session = new_session()
    session.register_component("credential_provider", Chain())
    assert exchange(server, session=session).access_key_id == "ASIAEXAMPLE"


def test_we_say_who_we_are(server: StsServer) -> None:
    exchange(server)
    assert "aws-saml-ext/" in server.user_agents[0]


def test_a_time_without_a_zone_is_in_utc(server: StsServer) -> None:
    server.answer = lambda asked: granting(asked, expiration="2035-01-01T00:00:00")
    assert exchange(server).expiration == datetime(2035, 1, 1, tzinfo=timezone.utc)


def test_a_busy_sts_is_asked_again(server: StsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    busy = [refusing("ServiceUnavailable", "busy", status=503)]
    server.answer = lambda asked: busy.pop() if busy else granting(asked)
    assert exchange(server).access_key_id == "ASIAEXAMPLE"
    assert len(server.requests) == 2


def test_the_longest_that_the_role_allows_is_granted_and_told(server: StsServer) -> None:
    server.answer = allowing(4 * 3600)
    told: list[str] = []
    credentials = exchange(
        server, settings=replace(SETTINGS, session_duration=timedelta(hours=12)), told=told
    )
    assert told == ["Role.Admin allows 4 hours at most: granted instead of 12 hours."]
    left = credentials.remaining(datetime.now(timezone.utc))
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    assert len(server.requests) <= 6


# ---- which STS ----


@pytest.mark.parametrize(
    ("region", "role_arn", "endpoint"),
    [
        (None, ADMIN, "https://sts.us-east-1.amazonaws.com"),
        ("", ADMIN, "https://sts.us-east-1.amazonaws.com"),
        ("eu-west-1", ADMIN, "https://sts.eu-west-1.amazonaws.com"),
        ("eu-west-1", CHINA, "https://sts.cn-north-1.amazonaws.com.cn"),
        ("cn-northwest-1", CHINA, "https://sts.cn-northwest-1.amazonaws.com.cn"),
        ("cn-northwest-1", ADMIN, "https://sts.us-east-1.amazonaws.com"),
        ("mars", ADMIN, "https://sts.us-east-1.amazonaws.com"),
        (None, ADMIN.replace("aws", "aws-us-gov"), "https://sts.us-gov-west-1.amazonaws.com"),
        (None, ADMIN.replace("aws", "aws-eusc"), "https://sts.eusc-de-east-1.amazonaws.eu"),
        (None, ADMIN.replace("aws", "aws-iso-b"), "https://sts.us-isob-east-1.sc2s.sgov.gov"),
    ],
)
def test_the_endpoint_follows_the_roles_partition_and_the_region(
    aws_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    region: str | None,
    role_arn: str,
    endpoint: str,
) -> None:
    if region is not None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert sts.endpoint_of(new_session(), role_arn) == endpoint


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "https://sts-fips.us-east-1.amazonaws.com"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://sts.us-east-1.api.aws"),
        ({"AWS_ENDPOINT_URL": "https://a.example"}, "https://a.example"),
        (
            {"AWS_ENDPOINT_URL": "https://a.example", "AWS_ENDPOINT_URL_STS": "https://b.example"},
            "https://b.example",
        ),
        (
            {
                "AWS_ENDPOINT_URL": "https://a.example",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            },
            "https://sts.us-east-1.amazonaws.com",
        ),
        ({"AWS_ENDPOINT_URL": ""}, "https://sts.us-east-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL_STS": ""}, "https://sts.us-east-1.amazonaws.com"),
    ],
)
def test_the_environment_may_say_where_sts_is(
    aws_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    endpoint: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert sts.endpoint_of(new_session(), ADMIN) == endpoint


CONFIG = """\
[profile dev]
services = local
endpoint_url = https://profile.example
[profile plain]
endpoint_url = https://profile.example
[services local]
sts =
  endpoint_url = https://section.example
"""


@pytest.mark.parametrize(
    ("profile", "endpoint"),
    [("dev", "https://section.example"), ("plain", "https://profile.example")],
)
def test_the_profile_may_say_where_sts_is(aws_home: Path, profile: str, endpoint: str) -> None:
    (aws_home / "config").write_text(CONFIG)
    assert sts.endpoint_of(new_session(profile=profile), ADMIN) == endpoint


def test_the_command_line_wins(aws_home: Path) -> None:
    (aws_home / "config").write_text(CONFIG)
    session = new_session(profile="dev")
    assert (
        sts.endpoint_of(session, ADMIN, StsConnection("https://c.example")) == "https://c.example"
    )


def test_the_environment_is_where_the_request_goes(
    server: StsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
    exchange()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url", ["http://sts.example.com", "HTTP://10.0.0.1:4566", "http://127.0.0.1.example.com"]
)
def test_http_is_refused_beyond_loopback_before_anything_else(aws_home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="is http, which is for loopback only"):
        sts.exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(url))


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_http_is_refused_wherever_it_is_written(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://sts.example.com")
    for ask in (
        lambda: sts.exchanging(new_session(), SETTINGS, notify=print),
        lambda: sts.endpoint_of(new_session(), ADMIN),
    ):
        with pytest.raises(ConfigError, match=r"STS at sts\.example\.com is http") as caught:
            ask()
        assert caught.value.hint == f"Use https in {name}"


@pytest.mark.parametrize("url", ["http://u:secret@127.0.0.1:1", "HTTPS://secret@sts.example.com/"])
@pytest.mark.parametrize(
    ("written", "config"),
    [
        ("--endpoint-url", ""),
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL_STS", ""),
        ("endpoint_url of profile plain", "[profile plain]\nendpoint_url = {url}\n"),
        (
            "endpoint_url of sts in [services local]",
            "[profile plain]\nservices = local\n[services local]\nsts =\n  endpoint_url = {url}\n",
        ),
    ],
)
def test_a_password_in_the_address_is_refused_by_name_and_not_shown(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, written: str, config: str, url: str
) -> None:
    (aws_home / "config").write_text(config.format(url=url) or "[profile plain]\n")
    if written.startswith("AWS"):
        monkeypatch.setenv(written, url)
    given = url if written == "--endpoint-url" else None
    session = new_session(profile="plain")
    for ask in (
        lambda: sts.exchanging(session, SETTINGS, notify=print, connection=StsConnection(given)),
        lambda: sts.endpoint_of(session, ADMIN, StsConnection(given)),
    ):
        with pytest.raises(ConfigError, match="user name or password") as caught:
            ask()
        assert str(caught.value).startswith(f"{written} is not usable: ")
        assert "secret" not in everything_said(caught.value)


def test_a_password_in_the_address_of_s3_is_a_line_that_does_not_show_it(
    server: StsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url.replace("//", "//u:secret@"))
    line = sts.check(new_session(), MINE)[1]
    assert line.startswith("ListBuckets: AWS_ENDPOINT_URL_S3 is not usable: ")
    assert "secret" not in line


def test_http_in_the_services_section_is_refused(aws_home: Path) -> None:
    (aws_home / "config").write_text(CONFIG.replace("https", "http"))
    with pytest.raises(ConfigError, match=r"section\.example is http"):
        sts.exchanging(new_session(profile="dev"), SETTINGS, notify=print)


@pytest.mark.parametrize(
    "url",
    ["sts.example.com", "https://[sts", "ftp://sts.example.com", "x y", "https://sts:port", ""],
)
def test_an_endpoint_that_is_no_web_address_is_refused(aws_home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="no web address"):
        sts.exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(url))


@pytest.mark.parametrize("region", ["bogus!", "us-east-1 ", "a/b", "x" * 100])
def test_a_region_that_cannot_be_one_is_refused_before_anything_else(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    with pytest.raises(ConfigError, match="is not usable"):
        sts.exchanging(new_session(), SETTINGS, notify=print)


@pytest.mark.parametrize(
    ("variable", "key", "value", "why"),
    [
        ("AWS_RETRY_MODE", "retry_mode", "bogus", "'bogus' is none of legacy, standard, adaptive"),
        ("AWS_MAX_ATTEMPTS", "max_attempts", "x", "'x' is not a number"),
        (
            "AWS_STS_REGIONAL_ENDPOINTS",
            "sts_regional_endpoints",
            "bogus",
            "'bogus' is none of legacy, regional",
        ),
        ("AWS_CA_BUNDLE", "ca_bundle", __file__, "has no certificates"),
        ("AWS_CA_BUNDLE", "ca_bundle", "/", "cannot be read: is a directory"),
        ("AWS_CA_BUNDLE", "ca_bundle", "/nowhere/none.pem", "none.pem is not there"),
    ],
)
def test_settings_of_aws_that_cannot_be_used_are_refused_before_anything_else_by_their_name(
    aws_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    key: str,
    value: str,
    why: str,
) -> None:
    (aws_home / "config").write_text(f"[profile dev]\n{key} = {value}\n")
    for written in (f"{key} of profile dev", variable):
        for ask in (
            lambda: sts.exchanging(new_session(profile="dev"), SETTINGS, notify=print),
            lambda: sts.endpoint_of(new_session(profile="dev"), ADMIN),
        ):
            with pytest.raises(ConfigError, match=re.escape(why)) as caught:
                ask()
            assert str(caught.value).startswith(f"{written} is not usable: ")
        monkeypatch.setenv(variable, value)


@pytest.mark.parametrize(
    "variable",
    ["AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_CA_BUNDLE", "AWS_STS_REGIONAL_ENDPOINTS"],
)
@pytest.mark.parametrize("configured", ["", "retry_mode = standard\nmax_attempts = 1\n"])
def test_an_empty_variable_counts_as_unset(
    server: StsServer, aws_home: Path, monkeypatch: pytest.MonkeyPatch, variable: str,
    configured: str,
) -> None:  # fmt: skip
    (aws_home / "config").write_text(f"[profile dev]\n{configured}")
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setenv(variable, "")
    busy = [refusing("ServiceUnavailable", "busy", status=503)]
    server.answer = lambda asked: busy.pop() if busy else granting(asked)
    session = new_session(profile="dev")
    if configured:  # the profile counts: one attempt
        with pytest.raises(StsUnreachable):
            exchange(server, session=session)
    else:
        assert exchange(server, session=session).access_key_id == "ASIAEXAMPLE"


@pytest.mark.parametrize(
    "key",
    [
        "region", "ca_bundle", "endpoint_url", "services", "retry_mode", "max_attempts",
        "use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls",
        "sts_regional_endpoints",
    ],
)  # fmt: skip
def test_a_value_on_indented_lines_is_refused_by_name(aws_home: Path, key: str) -> None:
    (aws_home / "config").write_text(f"[profile dev]\n{key} =\n  a = b\n")
    with pytest.raises(ConfigError, match=f"^{key} of profile dev is not usable: its value stands"):
        sts.exchanging(new_session(profile="dev"), SETTINGS, notify=print)


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ("", r"services of profile dev names \[services local\]"),
        ("[services local]\nsts = https://a.example\n", r"sts of \[services local\]"),
    ],
)
def test_a_services_section_that_is_none_is_refused_by_name(
    aws_home: Path, section: str, why: str
) -> None:
    (aws_home / "config").write_text(f"[profile dev]\nservices = local\n{section}")
    with pytest.raises(ConfigError, match=why):
        sts.exchanging(new_session(profile="dev"), SETTINGS, notify=print)


def test_a_variant_that_a_partition_has_not_is_refused(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    with pytest.raises(ConfigError, match="dualstack"):
        exchange(role=Role(ADMIN.replace("aws", "aws-iso-e"), PROVIDER))


# ---- TLS and proxies ----


@pytest.fixture
def tls(aws_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[StsServer, Path]]:
    """An STS over https, and the file of its certificate."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with StsServer(granting, tls=self_signed(aws_home)) as running:
        yield running, aws_home / "self-signed.pem"


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: tuple[StsServer, Path]) -> None:
    server, _ = tls
    with pytest.raises(StsUnreachable, match=r"is not trusted: self.signed certificate") as caught:
        exchange(server)
    assert server.host in str(caught.value)
    assert "--ca-bundle" in str(caught.value.hint)
    assert server.requests == []


def test_https_where_http_is_spoken_is_told(server: StsServer) -> None:
    with pytest.raises(StsUnreachable, match=f"{server.host} does not speak TLS"):
        exchange(connection=StsConnection(f"https://{server.host}"))


def test_the_ca_bundle_vouches_for_it(
    tls: tuple[StsServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = tls
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    exchange(server)
    assert len(server.requests) == 1


def test_without_verification_it_is_said_once(tls: tuple[StsServer, Path]) -> None:
    server, _ = tls
    told: list[str] = []
    exchange(server, told=told, connection=StsConnection(verify_ssl=False))
    assert len(server.requests) == 1
    assert told == ["--no-verify-ssl: whether the answer comes from STS is not checked."]


def test_a_bundle_that_is_not_there_is_refused(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(aws_home / "none.pem"))
    with pytest.raises(ConfigError, match=r"none\.pem is not there"):
        sts.exchanging(new_session(), SETTINGS, notify=print)
    sts.exchanging(
        new_session(), SETTINGS, notify=print, connection=StsConnection(verify_ssl=False)
    )  # which needs none


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_that_is_none_is_refused_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, aws_home: Path, variable: str
) -> None:
    (aws_home / "bad.pem").write_text("no certificate")
    monkeypatch.setenv(variable, str(aws_home / "bad.pem"))
    with pytest.raises(ConfigError, match=f"{variable} is not usable: .*has no certificates"):
        sts.exchanging(new_session(), SETTINGS, notify=print)


def test_the_bundle_of_requests_is_the_last_resort(
    tls: tuple[StsServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[1]))
    exchange(tls[0])
    assert len(tls[0].requests) == 1


def test_the_way_goes_through_the_proxy(server: StsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://jane:password@{server.host}")
    with pytest.raises(StsUnreachable, match=f"through the proxy {server.host}") as caught:
        exchange(connection=StsConnection("https://sts.example.com"))
    assert server.connects == ["sts.example.com:443"]
    assert "password" not in str(caught.value)
    assert "HTTPS_PROXY" in str(caught.value.hint)


@pytest.mark.parametrize("scheme", ["http", "HTTP", "Http"])
def test_no_proxy_gets_what_is_for_loopback(
    server: StsServer, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with StsServer(granting) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        exchange(connection=StsConnection(f"{scheme}://{server.host}"))
        assert proxy.requests == []
    assert len(server.requests) == 1


def test_no_proxy_gets_what_is_for_an_s3_on_loopback_wherever_sts_is(
    server: StsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda _: Answer(200, BUCKETS)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    with StsServer(granting) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert sts.check(new_session(), MINE)[1] == "ListBuckets: 1 bucket"
        assert proxy.requests == []


# ---- refusals ----


@pytest.mark.parametrize(
    ("code", "words", "meaning", "remedy"),
    [
        ("InvalidIdentityToken", "Response signature invalid", "renewed", "update-saml-provider"),
        ("InvalidIdentityToken", "Specified provider doesn't exist", f"no .* {PROVIDER}", "ARN"),
        (
            "InvalidIdentityToken",
            "Issuer not present in specified provider",
            "entityID",
            "get-saml",
        ),
        (
            "InvalidIdentityToken",
            "Response does not contain the required audience",
            "somebody else",
            "urn:amazon:webservices",
        ),
        (
            "InvalidIdentityToken",
            "RoleSessionName is required in AuthnResponse",
            "RoleSessionName is missing",
            "Correct the attribute",
        ),
        ("InvalidIdentityToken", "Something new", "AWS does not accept", "get-saml-provider"),
        ("IDPRejectedClaim", "Authentication failed", "withdrawn", "Sign in again"),
        (
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithSAML",
            "SAML:aud.*sts:TagSession.*sts:SetSourceIdentity",
            "aws iam get-role --role-name Role.Admin",
        ),
        ("ValidationError", "1 validation error detected", "not what AWS takes", "roles"),
        ("PackedPolicyTooLarge", "112%", "session tags", "fewer"),
        ("MalformedPolicyDocument", "bad", "policy", "Ask"),
        ("RegionDisabledException", "STS is not activated in this region", "not enabled", "region"),
        ("Throttling", "Rate exceeded", "Too many requests", "Wait"),
    ],
)
def test_each_refusal_says_what_it_means_and_what_to_do(
    server: StsServer, code: str, words: str, meaning: str, remedy: str
) -> None:
    error = refused(server, refusing(code, words))
    assert type(error) is StsRefused
    assert f"STS refused {ADMIN}: {words} ({code})." in str(error)
    assert re.search(meaning, str(error))
    assert remedy in str(error.hint)


def test_a_late_assertion_is_one(server: StsServer) -> None:
    words = "Token must be redeemed within 5 minutes of issuance"
    error = refused(server, refusing("ExpiredTokenException", words, status=400))
    assert isinstance(error, AssertionTooLate)
    assert words in str(error)


def test_an_unknown_refusal_is_shown_in_the_words_of_sts(server: StsServer) -> None:
    error = refused(server, refusing("NewException", "Not\x85 on Mondays."))
    assert str(error) == f"STS refused {ADMIN}: Not on Mondays (NewException)."


def test_a_role_that_grants_no_duration_is_refused(server: StsServer) -> None:
    server.answer = allowing(0)
    with pytest.raises(StsRefused, match="MaxSessionDuration"):
        exchange(server)


def test_what_is_too_long_is_refused_without_asking(server: StsServer) -> None:
    roles = [Role(f"arn:aws:iam::111111111111:role/R{n}", PROVIDER) for n in range(1000)]
    long = Assertion.parse(saml_response(*roles))
    with pytest.raises(StsRefused, match=f"has {len(long.saml_response)} characters"):
        exchange(server, assertion=long)
    assert server.requests == []


def test_100000_characters_are_not_too_long(server: StsServer) -> None:
    full = replace(ASSERTION, saml_response="x" * 100_000)
    exchange(server, assertion=full)
    assert len(server.requests) == 1


# ---- nonsense ----


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<!DOCTYPE html><html><body>Sign in</body></html>", "text/html"),
        Answer(500, "<!DOCTYPE html><html><body>Oops</body></html>", "text/html"),
        Answer(200, ""),
        Answer(200, "<AssumeRoleWithSAMLResponse><Assume"),
        Answer(200, "{}", "application/json"),
        Answer(301, ""),
        Answer(407, "<html>proxy</html>", "text/html"),
        Answer(404, "<html><br></html>", "text/html"),
        Answer(500, ""),
        Answer(503, "Service Unavailable", "text/plain"),
        Answer(0, ""),
        granting({}, without="Credentials"),
        granting({}, without="AssumedRoleUser"),
        granting({}, without="AccessKeyId"),
        granting({}, without="SecretAccessKey"),
        granting({}, without="SessionToken"),
        granting({}, without="Expiration"),
        granting({}, expiration="soon"),
        granting({}, expiration="0001-01-01T00:00:00+14:00"),
        granting({}, expiration=""" 2035-01-01T00:00:00Z<x/>"""),
        replace(granting({}), body=granting({}).body.replace("ASIA", "A\n[x]\n")),
        refusing("InternalFailure", "oops", status=500),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:20]!r}",
)
def test_what_makes_no_sense_is_told_in_a_sentence(server: StsServer, answer: Answer) -> None:
    error = refused(server, answer)
    assert type(error) is StsUnreachable
    assert server.host in str(error)
    assert str(error).endswith(".")
    assert error.hint


def test_credentials_that_have_expired_already_point_to_the_clock(server: StsServer) -> None:
    error = refused(server, granting({}, expiration="2020-01-01T00:00:00Z"))
    assert type(error) is StsUnreachable
    assert "past by the clock of this machine" in str(error)


def test_nobody_there_is_told_with_the_host(server: StsServer) -> None:
    with pytest.raises(StsUnreachable, match=r"127\.0\.0\.1:1 cannot be reached: Connection ref"):
        exchange(connection=StsConnection("http://127.0.0.1:1"))


def test_a_name_that_nobody_knows_is_told(server: StsServer) -> None:
    with pytest.raises(StsUnreachable, match=r"sts\.invalid cannot be reached"):
        exchange(connection=StsConnection("https://sts.invalid"))


def test_no_answer_in_time_is_told(server: StsServer) -> None:
    over = threading.Event()

    def slowly(asked: Request) -> Answer:
        over.wait(10)
        return granting(asked)

    server.answer = slowly
    try:
        with pytest.raises(StsUnreachable, match="did not answer in time"):
            exchange(server, connection=StsConnection(read_timeout=1))
    finally:
        over.set()


def test_a_timeout_of_0_waits(server: StsServer) -> None:
    exchange(server, connection=StsConnection(read_timeout=0, connect_timeout=0))
    assert len(server.requests) == 1


@pytest.mark.parametrize("options", [{}, {"read_timeout": 0}, {"read_timeout": 50}])
def test_sts_is_not_waited_for_when_the_time_of_the_sign_in_is_over(
    server: StsServer, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    over = threading.Event()

    def never(asked: Request) -> Answer:
        over.wait(30)
        return granting(asked)

    server.answer = never
    settings = replace(SETTINGS, profile="my dev", timeout=timedelta(seconds=2))
    began = time.monotonic()
    try:
        with pytest.raises(TimedOut, match=f"took longer than 2 seconds: STS at {server.host} has"):
            exchange(server, settings=settings, connection=StsConnection(**options))
        assert time.monotonic() - began < 15
    finally:
        over.set()


def test_a_sign_in_whose_time_is_over_does_not_ask_sts(server: StsServer) -> None:
    with pytest.raises(TimedOut) as caught:
        exchange(server, deadline=Deadline(-1))
    assert caught.value.exit_status == 255
    assert caught.value.hint == "aws saml-login --profile dev --timeout SECONDS"
    assert server.requests == []


def test_the_time_that_is_left_is_asked_for_as_the_exchange_begins(server: StsServer) -> None:
    deadline = Deadline(-1)
    deadline.reserve(60)
    assert exchange(server, deadline=deadline)


def test_what_was_granted_counts_though_the_time_is_over_then(server: StsServer) -> None:
    over = threading.Event()

    def answer(asked: Request) -> Answer:
        if len(server.requests) > 2:
            over.wait(30)
        return allowing(10 * 3600)(asked)

    server.answer = answer

    def clock() -> float:
        return 0 if len(server.requests) <= 2 else SETTINGS.timeout.total_seconds()

    settings = replace(SETTINGS, session_duration=timedelta(hours=12))
    told: list[str] = []
    try:
        granted = exchange(server, settings=settings, told=told, clock=Clock(monotonic=clock))
        assert granted.access_key_id == "ASIAEXAMPLE"
    finally:
        over.set()
    assert told == ["Role.Admin allows 6 hours at most: granted instead of 12 hours."]


# ---- secrets ----


def everything_said(error: BaseException) -> str:
    hint = getattr(error, "hint", "")
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) + str(hint)


@pytest.mark.parametrize(
    "answer",
    [
        refusing("ValidationError", f"Value '{ASSERTION.saml_response}' at 'samlAssertion' failed"),
        Answer(200, ASSERTION.saml_response),
        Answer(0, ""),
    ],
    ids=["refusal", "nonsense", "hang-up"],
)
def test_the_assertion_is_in_nothing_that_is_said(
    server: StsServer, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    with caplog.at_level(logging.DEBUG, "aws_saml_ext"):
        error = refused(server, answer)
    ours = "".join(r.getMessage() for r in caplog.records if r.name.startswith("aws_saml_ext"))
    assert ASSERTION.saml_response[:60] not in everything_said(error) + ours


def test_request_ids_are_in_the_log_only(
    server: StsServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "aws_saml_ext"):
        exchange(server)
        error = refused(server, refusing("AccessDenied", "no"))
    assert "granted-1" in caplog.text
    assert "refused-1" in caplog.text
    assert "refused-1" not in everything_said(error)
    assert "secret" not in caplog.text


def test_a_parameter_that_botocore_refuses_does_not_show(server: StsServer) -> None:
    secret: Any = {"secret": "assertion"}
    with pytest.raises(SamlLoginError) as caught:
        exchange(server, assertion=replace(ASSERTION, saml_response=secret))
    assert "assertion'" not in everything_said(caught.value)


# ---- checking new credentials ----

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
    assert sts.check(new_session(), MINE, StsConnection(server.url)) == [
        "GetCallerIdentity: arn:aws:sts::111111111111:assumed-role/Role.Admin/jane",
        "ListBuckets: 1 bucket",
    ]


def test_a_refusal_of_new_credentials_is_a_line(server: StsServer) -> None:
    server.answer = lambda _: Answer(
        403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    )
    lines = sts.check(new_session(), MINE, StsConnection(server.url))
    assert lines[1] == "ListBuckets: refused: Access Denied (AccessDenied)"


def test_a_service_that_is_not_there_is_a_line(server: StsServer) -> None:
    lines = sts.check(new_session(), MINE, StsConnection("http://127.0.0.1:1"))
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
    lines = sts.check(new_session(), MINE, StsConnection(f"https://{host}"))
    assert lines[0].startswith(f"GetCallerIdentity: STS at {host} cannot be reached")
    assert lines[1] == "ListBuckets: 1 bucket"


@pytest.mark.parametrize("host", ["aws.invalid", "example-sts.invalid", "vpce-1-a.s3.invalid"])
def test_s3_is_asked_where_the_command_line_says_if_that_is_no_sts(
    server: StsServer, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    lines = sts.check(new_session(), MINE, StsConnection(f"https://{host}"))
    assert lines[1].startswith(f"ListBuckets: S3 at {host} cannot be reached")


# ---- with an AWS that checks what it is given ----


def issued(demo: Demo) -> Assertion:
    """What the demo's identity provider says about its administrator."""
    admin = next(user for user in USERS if user.name == "aws_admin")
    return Assertion.parse(demo.idp.saml_response(admin))


def of(demo: Demo, name: str) -> tuple[Assertion, Role]:
    """That, and one of its roles."""
    assertion = issued(demo)
    return assertion, next(role for role in assertion.roles if role.name == name)


def test_a_signed_assertion_becomes_credentials_that_work(aws_home: Path, demo: Demo) -> None:
    ask = sts.exchanging(
        new_session(), SETTINGS, notify=print, connection=StsConnection(demo.aws_url)
    )
    credentials = ask(*of(demo, "Role.User")).credentials
    lines = sts.check(new_session(), credentials, StsConnection(demo.aws_url))
    assert lines == [f"GetCallerIdentity: {credentials.assumed_role_arn}", "ListBuckets: 1 bucket"]


def test_max_is_as_long_as_the_role_allows(aws_home: Path, demo: Demo) -> None:
    settings = replace(SETTINGS, session_duration=timedelta(hours=12))
    told: list[str] = []
    ask = sts.exchanging(
        new_session(), settings, notify=told.append, connection=StsConnection(demo.aws_url)
    )
    left = ask(*of(demo, "Role.Admin")).credentials.remaining(datetime.now(timezone.utc))
    assert timedelta(hours=3, minutes=59) < left <= timedelta(hours=4)
    assert told == ["Role.Admin allows 4 hours at most: granted instead of 12 hours."]
    assert len(demo.aws.calls) <= 6


def test_an_assertion_that_was_kept_too_long_is_late(aws_home: Path, demo: Demo) -> None:
    ask = sts.exchanging(
        new_session(), SETTINGS, notify=print, connection=StsConnection(demo.aws_url)
    )
    assertion, role = of(demo, "Role.User")
    demo.aws.clock = lambda: datetime.now(timezone.utc) + timedelta(minutes=6)
    with pytest.raises(AssertionTooLate):
        ask(assertion, role)


def test_a_role_that_is_not_in_the_assertion_is_refused(aws_home: Path, demo: Demo) -> None:
    ask = sts.exchanging(
        new_session(), SETTINGS, notify=print, connection=StsConnection(demo.aws_url)
    )
    assertion, role = of(demo, "Role.User")
    with pytest.raises(StsRefused, match="AccessDenied"):
        ask(assertion, replace(role, arn=role.arn + "s"))
