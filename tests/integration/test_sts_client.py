"""Which STS is asked, and by which settings: endpoints, regions, certificates, proxies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.loaders import create_loader

from aws_saml_ext.assertion import Role
from aws_saml_ext.config.aws_settings import open_session
from aws_saml_ext.errors import ConfigError, StsUnreachable
from aws_saml_ext.sts.client import Clients, endpoint_of, place_of
from aws_saml_ext.sts.connection import DEFAULT, StsConnection
from aws_saml_ext.sts.exchange import exchanging
from tests.demo_servers import self_signed
from tests.integration.exchanges import SETTINGS, everything_shown, exchange, new_session
from tests.integration.sts_server import StsServer, granting, refusing
from tests.saml import ADMIN, PROVIDER

# ---- which STS ----


CHINA = "arn:aws-cn:iam::111111111111:role/Dev"


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
    assert endpoint_of(new_session(), role_arn) == endpoint


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
    assert endpoint_of(new_session(), ADMIN) == endpoint


class Sent(Exception):
    """Raised in place of sending a request."""


def test_no_model_of_the_environment_sends_the_assertion_elsewhere(
    aws_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = json.dumps(create_loader().load_service_model("sts", "endpoint-rule-set-1"))
    models = tmp_path / "models/sts/2011-06-15"
    models.mkdir(parents=True)
    elsewhere = re.sub(r'"url": "[^"]*"', '"url": "http://attacker.example"', rules)
    (models / "endpoint-rule-set-1.json").write_text(elsewhere)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "models"))
    asked: list[str] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        asked.append(request.url)
        raise Sent

    session = open_session("dev", region=None, ca_bundle=None)
    sts = Clients(session, DEFAULT).sts(ADMIN)
    sts.meta.events.register("before-send", stop)
    with pytest.raises(Sent):
        sts.assume_role_with_saml(RoleArn=ADMIN, PrincipalArn=PROVIDER, SAMLAssertion="QUJD")
    assert asked == ["https://sts.us-east-1.amazonaws.com/"]


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
    assert endpoint_of(new_session(profile=profile), ADMIN) == endpoint


def test_the_command_line_wins(aws_home: Path) -> None:
    (aws_home / "config").write_text(CONFIG)
    session = new_session(profile="dev")
    assert endpoint_of(session, ADMIN, StsConnection("https://c.example")) == "https://c.example"


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
        exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(url))


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_http_is_refused_wherever_it_is_written(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://sts.example.com")
    for ask in (
        lambda: exchanging(new_session(), SETTINGS, notify=print),
        lambda: endpoint_of(new_session(), ADMIN),
    ):
        with pytest.raises(ConfigError, match=r"STS at sts\.example\.com is http") as caught:
            ask()
        assert caught.value.hint == f"Use https in {name}."


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
        lambda: exchanging(session, SETTINGS, notify=print, connection=StsConnection(given)),
        lambda: endpoint_of(session, ADMIN, StsConnection(given)),
    ):
        with pytest.raises(ConfigError, match="user name or password") as caught:
            ask()
        assert str(caught.value).startswith(f"{written} is not usable: ")
        assert "secret" not in everything_shown(caught.value)


def test_http_in_the_services_section_is_refused(aws_home: Path) -> None:
    (aws_home / "config").write_text(CONFIG.replace("https", "http"))
    with pytest.raises(ConfigError, match=r"section\.example is http"):
        exchanging(new_session(profile="dev"), SETTINGS, notify=print)


@pytest.mark.parametrize(
    "url",
    ["sts.example.com", "https://[sts", "ftp://sts.example.com", "x y", "https://sts:port", ""],
)
def test_an_endpoint_that_is_no_web_address_is_refused(aws_home: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="is not a web address"):
        exchanging(new_session(), SETTINGS, notify=print, connection=StsConnection(url))


@pytest.mark.parametrize("region", ["bogus!", "us-east-1 ", "a/b", "x" * 100])
def test_a_region_that_cannot_be_one_is_refused_before_anything_else(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    with pytest.raises(ConfigError, match="is not an AWS region name"):
        exchanging(new_session(), SETTINGS, notify=print)


@pytest.mark.parametrize(
    ("variable", "key", "value", "why"),
    [
        (
            "AWS_RETRY_MODE",
            "retry_mode",
            "bogus",
            "it must be one of legacy, standard, adaptive, not 'bogus'",
        ),
        ("AWS_MAX_ATTEMPTS", "max_attempts", "x", "'x' is not a number"),
        (
            "AWS_STS_REGIONAL_ENDPOINTS",
            "sts_regional_endpoints",
            "bogus",
            "it must be one of legacy, regional, not 'bogus'",
        ),
        ("AWS_CA_BUNDLE", "ca_bundle", __file__, "has no certificates"),
        ("AWS_CA_BUNDLE", "ca_bundle", "/", "cannot be read: is a directory"),
        ("AWS_CA_BUNDLE", "ca_bundle", "/nowhere/none.pem", "none.pem does not exist"),
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
            lambda: exchanging(new_session(profile="dev"), SETTINGS, notify=print),
            lambda: endpoint_of(new_session(profile="dev"), ADMIN),
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
    with pytest.raises(ConfigError, match=f"^{key} of profile dev is not usable: its value is on"):
        exchanging(new_session(profile="dev"), SETTINGS, notify=print)


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
        exchanging(new_session(profile="dev"), SETTINGS, notify=print)


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
    with pytest.raises(StsUnreachable, match=f"{server.host} does not use TLS"):
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
    notified: list[str] = []
    exchange(server, notified=notified, connection=StsConnection(verify_ssl=False))
    assert len(server.requests) == 1
    assert notified[:-1] == ["--no-verify-ssl: the certificate of STS is not verified."]


def test_a_bundle_that_is_not_there_is_refused(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(aws_home / "none.pem"))
    with pytest.raises(ConfigError, match=r"none\.pem does not exist"):
        exchanging(new_session(), SETTINGS, notify=print)
    exchanging(
        new_session(), SETTINGS, notify=print, connection=StsConnection(verify_ssl=False)
    )  # which needs none


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_that_is_none_is_refused_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, aws_home: Path, variable: str
) -> None:
    (aws_home / "bad.pem").write_text("no certificate")
    monkeypatch.setenv(variable, str(aws_home / "bad.pem"))
    with pytest.raises(ConfigError, match=f"{variable} is not usable: .*has no certificates"):
        exchanging(new_session(), SETTINGS, notify=print)


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


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
@pytest.mark.parametrize(
    ("config", "option", "region"),
    [
        ("", None, "us-east-1"),
        ("region = eu-west-1\n", None, "eu-west-1"),
        ("region = eu-west-1\n", "eu-central-1", "eu-central-1"),
    ],
)
def test_the_region_of_the_program_does_not_choose_the_sts_of_a_sign_in(
    aws_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    config: str,
    option: str | None,
    region: str,
) -> None:
    (aws_home / "config").write_text(f"[profile dev]\n{config}")
    monkeypatch.setenv(variable, "us-west-2")
    session = open_session("dev", region=option, ca_bundle=None)
    assert endpoint_of(session, ADMIN) == f"https://sts.{region}.amazonaws.com"
    assert place_of(session, ADMIN).split()[0] == region


# ---- the way is told ----


def told(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    *,
    profile: str | None = None,
    connection: StsConnection = DEFAULT,
) -> list[str]:
    """Return the lines of an exchange before its request."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    lines: list[str] = []
    session = new_session(profile=profile) if profile else new_session()
    exchanging(session, SETTINGS, notify=lines.append, connection=connection)
    return lines


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"AWS_ENDPOINT_URL_STS": "https://b.example:8443/x"}, "to STS at b.example:8443 (%s)"),
        ({"AWS_ENDPOINT_URL": "https://a.example"}, "to STS at a.example (%s)"),
        (
            {"HTTPS_PROXY": "http://jane:secret@p.example:3128"},
            "through the proxy p.example:3128 (%s)",
        ),
        ({"https_proxy": "p.example:3128"}, "through the proxy p.example:3128 (%s)"),
        (
            {"AWS_ENDPOINT_URL_STS": "https://b.example", "HTTPS_PROXY": "http://p.example"},
            "to STS at b.example (%s), through the proxy p.example (HTTPS_PROXY)",
        ),
    ],
)
def test_the_way_of_the_assertion_is_told_by_the_names_of_its_settings(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], line: str
) -> None:
    expected = f"The assertion goes {line % next(iter(environment))}."
    assert told(monkeypatch, environment) == [expected]


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_certificate_authorities_of_the_environment_are_told(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    self_signed(aws_home)
    bundle = aws_home / "self-signed.pem"
    assert told(monkeypatch, {name: str(bundle)}) == [
        f"The assertion goes with the certificate authorities of {bundle} ({name})."
    ]


def test_a_file_for_the_keys_of_tls_is_told(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(aws_home / "keys")
    assert told(monkeypatch, {"SSLKEYLOGFILE": file}) == [
        f"The assertion goes with its TLS keys written to {file} (SSLKEYLOGFILE)."
    ]


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("dev", "endpoint_url of sts in [services local]"),
        ("plain", "endpoint_url of profile plain"),
    ],
)
def test_an_address_of_the_profile_is_told(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, profile: str, name: str
) -> None:
    (aws_home / "config").write_text(CONFIG)
    [line] = told(monkeypatch, {}, profile=profile)
    assert line.endswith(f"({name}).")


def test_an_address_of_the_command_line_is_told(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = told(monkeypatch, {}, connection=StsConnection("https://c.example"))
    assert lines == ["The assertion goes to STS at c.example (--endpoint-url)."]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_ENDPOINT_URL": ""},
        {"HTTP_PROXY": "http://p.example"},
        {"HTTPS_PROXY": "http://p.example", "NO_PROXY": ".amazonaws.com"},
    ],
)
def test_the_way_that_botocore_chooses_is_not_told(
    aws_home: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    assert told(monkeypatch, environment) == []
