"""The switches that block the way to AWS, as text. Their effect in a browser: test_chromium.py."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import pytest

from aws_saml_ext.capture.browser import pac
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.partitions import sign_in_hosts
from tests.samples import SETTINGS


def script(*, acs_url: str | None = None, **proxies: str) -> str:
    """The PAC among the switches."""
    script, _ = pac.switches(4711, acs_url=acs_url, proxies=proxies)
    return b64decode(script.partition("base64,")[2]).decode()


def rules(acs_url: str | None = None) -> list[str]:
    """The resolver's rules among them."""
    _, switch = pac.switches(4711, acs_url=acs_url, proxies={})
    return switch.removeprefix("--host-resolver-rules=").split(", ")


def test_each_sign_in_host_is_sent_to_us_and_found_nowhere_else() -> None:
    for host in sign_in_hosts():
        assert f'"{host}"' in script()
        for name in (host, f"*.{host}", f"{host}.", f"*.{host}."):
            assert f"MAP {name} ~NOTFOUND" in rules()


def test_a_sign_in_address_of_the_users_own_is_known_by_host_and_port() -> None:
    address = "https://Signin.Example.com/saml"
    assert '["signin.example.com:443"]' in script(acs_url=address)
    assert "MAP signin.example.com:443 ~NOTFOUND" in rules(address)


def test_one_on_loopback_is_led_to_us() -> None:
    assert "MAP localhost:4566 127.0.0.1:4711" in rules("http://localhost:4566/saml")


@pytest.mark.parametrize(
    ("proxy", "way"),
    [
        ("http://proxy.example.com:3128", "PROXY proxy.example.com:3128"),
        ("proxy.example.com:3128", "PROXY proxy.example.com:3128"),
        ("https://proxy.example.com", "HTTPS proxy.example.com:443"),
        ("socks5h://proxy.example.com", "SOCKS5 proxy.example.com:1080"),
        ("http://[2001:db8::1]:80/", "PROXY [2001:db8::1]:80"),
        ("", "DIRECT"),
    ],
)
def test_the_rest_goes_through_the_proxy_that_is_set(proxy: str, way: str) -> None:
    assert f'var SECURE = "{way}";' in script(https=proxy)
    assert f'var PLAIN = "{way}";' in script(http=proxy)
    assert f'var SECURE = "{way}";' in script(all=proxy)


def test_a_proxys_password_stays_out_of_the_processs_arguments() -> None:
    assert "secret" not in script(https="http://jane:secret@proxy.example.com:3128")


def test_exceptions_from_the_proxy_are_domains() -> None:
    listed = "localhost, .corp.example.com,*.lab.example.com 10.0.0.1"
    expected = '["localhost", "corp.example.com", "lab.example.com", "10.0.0.1"]'
    assert f"var EXCEPTIONS = {expected};" in script(no=listed)


@pytest.mark.parametrize(
    ("url", "way"),
    [
        ("https://idp.example.com/saml", "PROXY proxy.example.com:3128"),
        ("http://idp.example.com/saml", "SOCKS5 socks.example.com:1080"),
        ("https://idp.corp.example.com/", "DIRECT"),
        ("https://corp.example.com/", "DIRECT"),
        ("https://notcorp.example.com/", "PROXY proxy.example.com:3128"),
        ("https://one.example.com:8443/", "DIRECT"),
        ("https://one.example.com/", "PROXY proxy.example.com:3128"),
        ("http://localhost:8080/", "DIRECT"),
        ("http://[::1]:8080/", "DIRECT"),
    ],
)
def test_a_replay_goes_the_same_way_as_the_browser(url: str, way: str) -> None:
    proxies = {
        "https": "http://proxy.example.com:3128",
        "http": "socks5://socks.example.com",
        "no": ".corp.example.com one.example.com:8443",
    }
    assert pac.route(url, proxies) == way
    assert pac.route(url, {**proxies, "no": "*"}) == "DIRECT"


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("POST", "https://signin.aws.amazon.com/saml", True),
        ("POST", "https://test.example.com:8443/acs?x=y", True),
        ("GET", "https://test.example.com:8443/acs", False),
        ("POST", "https://test.example.com/acs", False),
        ("POST", "http://test.example.com:8443/acs", False),
        ("POST", "https://test.example.com:8443/acs/", False),
        ("POST", "https://test.example.com:8443/", False),
        ("POST", "wss://test.example.com/", False),
    ],
)
def test_a_sign_in_address_is_taken_exactly(method: str, url: str, expected: bool) -> None:
    assert pac.takes_assertion(method, url, "https://test.example.com:8443/acs") is expected


def test_one_origin_for_both_addresses_is_refused() -> None:
    other = "https://a.example.com:8443/saml"
    pac.refuse_one_origin(replace(SETTINGS, idp_url="https://a.example.com/", acs_url=other))
    same = replace(SETTINGS, idp_url="https://A.example.com:443/", acs_url="https://a.example.com/")
    with pytest.raises(ConfigError, match=r"same host and port, a\.example\.com:443;"):
        pac.refuse_one_origin(same)


def test_two_addresses_of_one_origin_are_named_with_their_places() -> None:
    same = replace(
        SETTINGS,
        idp_url="https://a.example.com/",
        acs_url="https://a.example.com/saml",
        places=(("saml_idp_url", "--idp-url"), ("saml_acs_url", "saml_acs_url of profile dev")),
    )
    with pytest.raises(ConfigError, match=r"^saml_acs_url of profile dev and --idp-url have"):
        pac.refuse_one_origin(same)
