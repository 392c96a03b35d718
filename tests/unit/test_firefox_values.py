"""Values sent to Firefox and values that it sends. Their effect: test_firefox.py."""

from __future__ import annotations

from base64 import b64decode

import pytest

from aws_saml_ext.capture.browser.firefox import preferences
from aws_saml_ext.capture.browser.interceptor import body_of, headers_of


def script(**proxies: str) -> str:
    """The PAC among the preferences."""
    address = preferences(4711, acs_url=None, proxies=proxies)["network.proxy.autoconfig_url"]
    return b64decode(str(address).partition("base64,")[2]).decode()


def test_the_sign_in_hosts_have_a_proxy_that_nobody_listens_at() -> None:
    assert preferences(4711, acs_url=None, proxies={})["network.proxy.type"] == 2
    assert 'var OUR_PROXY = "PROXY 127.0.0.1:4711";' in script()


def test_the_rest_has_the_proxy_of_the_environment() -> None:
    assert 'var SECURE = "PROXY proxy.example.com:3128";' in script(https="proxy.example.com:3128")


@pytest.mark.parametrize(
    ("acs_url", "asked"),
    [
        (None, False),
        ("https://signin.example.com/saml", False),
        ("http://localhost:4566/saml", True),
        ("http://127.0.0.1:4566/saml", True),
    ],
)
def test_the_script_is_asked_about_loopback_where_the_sign_in_address_is(
    acs_url: str | None, asked: bool
) -> None:
    found = preferences(4711, acs_url=acs_url, proxies={})
    assert found["network.proxy.allow_hijacking_localhost"] is asked


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"type": "string", "value": "SAMLResponse=\u00e9"}, b"SAMLResponse=\xc3\xa9"),
        ({"type": "base64", "value": "//4AAQ=="}, b"\xff\xfe\x00\x01"),
    ],
)
def test_a_body_is_told_as_text_or_base64(value: dict[str, str], body: bytes) -> None:
    assert body_of(value) == body


def test_the_names_of_headers_are_made_lower_case() -> None:
    header = {"name": "cOnTent-tYpe", "value": {"type": "string", "value": "text/plain"}}
    other = {"name": "Content-Length", "value": {"type": "base64", "value": "MQ=="}}
    assert headers_of({"headers": [other, header]}) == {
        "content-length": "1",
        "content-type": "text/plain",
    }
