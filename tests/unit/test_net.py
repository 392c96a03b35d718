"""Hosts of web addresses, and what the command keeps botocore from loading."""

from __future__ import annotations

import pytest

from aws_saml_ext.net import host_and_port, host_of, is_loopback, origin_of


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example.com", "10.0.0.1", "127.0.0.1.example"])
def test_any_other_host_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("addresses", "is_ours"),
    [
        (["127.0.0.1"], True),
        (["127.0.0.1", "::1"], True),
        (["203.0.113.7"], False),
        (["127.0.0.1", "203.0.113.7"], False),  # the connection may take either
        ([], False),  # a proxy would resolve it
    ],
)
def test_a_name_below_localhost_is_loopback_where_it_resolves_so(
    addresses: list[str], is_ours: bool
) -> None:
    assert is_loopback("idp.localhost", resolve=lambda _: addresses) is is_ours


def test_localhost_itself_needs_no_resolver() -> None:
    def resolve(host: str) -> list[str]:
        raise AssertionError(host)

    assert is_loopback("localhost", resolve=resolve)


@pytest.mark.parametrize(
    ("address", "host", "with_port"),
    [
        ("https://idp.example.com/start", "idp.example.com", "idp.example.com"),
        ("https://jane:secret@IDP.example.com:8443/", "idp.example.com", "IDP.example.com:8443"),
        ("http://[::1]:8080", "::1", "[::1]:8080"),
        ("https://[broken", "", ""),
        ("", "", ""),
    ],
)
def test_the_host_of_an_address(address: str, host: str, with_port: str) -> None:
    assert (host_of(address), host_and_port(address)) == (host, with_port)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://IDP.example.com:443/aws?x", "https://idp.example.com"),
        ("https://idp.example.com:8443/", "https://idp.example.com:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("none:", "null"),
        ("file:///etc/passwd", "null"),
        ("https://idp.example.com:x/", "null"),
    ],
)
def test_an_origin_is_written_as_a_browser_writes_it(address: str, origin: str) -> None:
    assert origin_of(address) == origin
