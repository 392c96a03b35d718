"""The headers of a replay: the browser's own, and those that it would set for the request."""

from __future__ import annotations

from typing import Any

import pytest

from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.cookies import Cookie, Jar
from aws_saml_ext.capture.replay.navigation import Navigation, referrer, request_headers

START = Address.parse("https://idp.example.com/start?x=1")
PAGE = Address.parse("https://idp.example.com/page?state=secret")
NEXT = Address.parse("https://idp.example.com/next")
BESIDE = Address.parse("https://login.example.com:8443/next")
OTHER = Address.parse("https://other.example/next")
HTTP = Address.parse("http://idp.example.com/next")
JAR = Jar(
    [Cookie("a", "b", "example.com", host_only=False, path="/")],
    browser_domains=["example.com"],
    browser_at=0,
)
CHROMIUM = (
    ("Host", "signin.aws.amazon.com"),
    ("Connection", "keep-alive"),
    ("sec-ch-ua", '"Chromium";v="156"'),
    ("Upgrade-Insecure-Requests", "1"),
    ("User-Agent", "Mozilla/5.0 Chrome/156"),
    ("Accept", "text/html"),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-User", "?1"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en"),
)
FIREFOX = (
    ("Host", "signin.aws.amazon.com"),
    ("User-Agent", "Mozilla/5.0 Firefox/153"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Connection", "keep-alive"),
    ("Upgrade-Insecure-Requests", "1"),
    ("Sec-Fetch-Site", "none"),
)


def headers(navigation: Navigation, **changed: Any) -> list[tuple[str, str]]:
    given: dict[str, Any] = {"browser_headers": CHROMIUM, "cookies": "a=b", "is_firefox": False}
    return request_headers(navigation, **{**given, **changed})


def test_the_first_request_has_the_headers_of_the_browser_and_the_cookies() -> None:
    assert headers(Navigation(START)) == [
        ("Host", "idp.example.com"),
        *CHROMIUM[1:9],
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept-Language", "en"),
        ("Cookie", "a=b"),
    ]


def test_a_form_has_its_origin_and_no_gesture_of_the_person() -> None:
    posted = Navigation(PAGE).follow(NEXT, b"x=1", [], JAR)
    assert headers(posted) == [
        ("Host", "idp.example.com"),
        ("Connection", "keep-alive"),
        ("Content-Length", "3"),
        ("Cache-Control", "max-age=0"),
        ("sec-ch-ua", '"Chromium";v="156"'),
        ("Upgrade-Insecure-Requests", "1"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("User-Agent", "Mozilla/5.0 Chrome/156"),
        ("Origin", "https://idp.example.com"),
        ("Accept", "text/html"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Referer", PAGE.text),
        ("Accept-Encoding", "gzip, deflate"),
        ("Accept-Language", "en"),
        ("Cookie", "a=b"),
    ]


def test_firefox_has_an_order_of_its_own() -> None:
    posted = Navigation(PAGE).follow(NEXT, b"x=1", [], JAR)
    found = headers(posted, browser_headers=FIREFOX, is_firefox=True)
    assert [name for name, _ in found] == [
        *("Host", "User-Agent", "Accept-Encoding", "Content-Type", "Content-Length", "Origin"),
        *("Connection", "Referer", "Cookie", "Upgrade-Insecure-Requests", "Sec-Fetch-Site"),
    ]


def test_after_a_redirect_chromium_sends_its_hints_later() -> None:
    names = [name for name, _ in headers(Navigation(START).redirected(NEXT, [], JAR))]
    assert names == [
        *("Host", "Connection", "Upgrade-Insecure-Requests", "User-Agent", "Accept"),
        *("Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-User", "sec-ch-ua", "Accept-Encoding"),
        *("Accept-Language", "Cookie"),
    ]


def test_headers_that_belong_to_another_request_are_not_repeated() -> None:
    old = (
        ("Cookie", "old"),
        ("Referer", "old"),
        ("Content-Length", "9"),
        ("Proxy-Connection", "x"),
    )
    assert headers(Navigation(START), browser_headers=old, cookies="") == [
        ("Host", "idp.example.com"),
        ("Connection", "keep-alive"),
        ("Accept-Encoding", "gzip, deflate"),
    ]


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ([NEXT], "same-origin"),
        ([BESIDE], "same-site"),
        ([OTHER], "cross-site"),
        ([NEXT, OTHER], "cross-site"),
        ([OTHER, NEXT], "cross-site"),
        ([BESIDE, NEXT], "same-site"),
    ],
)
def test_the_farthest_address_of_a_chain_counts(addresses: list[Address], expected: str) -> None:
    first, *rest = addresses
    request = Navigation(PAGE).follow(first, None, [], JAR)
    for address in rest:
        request = request.redirected(address, [], JAR)
    assert dict(headers(request))["Sec-Fetch-Site"] == expected


def test_the_persons_own_navigation_stays_theirs_over_redirects() -> None:
    request = Navigation(START).redirected(OTHER, [], JAR)
    assert dict(headers(request))["Sec-Fetch-Site"] == "none"
    assert "Referer" not in dict(headers(request))


@pytest.mark.parametrize(
    ("policy", "address", "expected"),
    [
        ("", NEXT, PAGE.text),
        ("", OTHER, "https://idp.example.com/"),
        ("", HTTP, ""),
        ("no-referrer", NEXT, ""),
        ("no-referrer-when-downgrade", OTHER, PAGE.text),
        ("no-referrer-when-downgrade", HTTP, ""),
        ("same-origin", NEXT, PAGE.text),
        ("same-origin", OTHER, ""),
        ("origin", NEXT, "https://idp.example.com/"),
        ("origin", HTTP, "https://idp.example.com/"),
        ("strict-origin", HTTP, ""),
        ("origin-when-cross-origin", NEXT, PAGE.text),
        ("origin-when-cross-origin", HTTP, "https://idp.example.com/"),
        ("unsafe-url", HTTP, PAGE.text),
        ("nonsense", OTHER, "https://idp.example.com/"),
        ("no-referrer, origin, nonsense", NEXT, "https://idp.example.com/"),
    ],
)
def test_the_referrer_policy_is_obeyed(policy: str, address: Address, expected: str) -> None:
    assert referrer(Navigation(PAGE).follow(address, None, [policy], JAR)) == expected


def test_a_redirect_can_change_the_policy_and_drops_the_form() -> None:
    posted = Navigation(PAGE).follow(NEXT, b"x=1", [], JAR)
    after = posted.redirected(OTHER, ["no-referrer"], JAR)
    assert (after.method, referrer(after)) == ("GET", "")


def test_an_origin_is_hidden_where_the_policy_says_so() -> None:
    posted = Navigation(PAGE).follow(NEXT, b"x=1", ["no-referrer"], JAR)
    assert dict(headers(posted))["Origin"] == "null"


def test_no_form_shows() -> None:
    assert "secret" not in repr(Navigation(PAGE, b"secret"))
