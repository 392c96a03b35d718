"""Cookies as a replay keeps and sends them: the tables are RFC 6265bis' own examples and rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.cookies import (
    Cookie,
    Jar,
    changes,
    cookie_date,
    default_path,
    domain_matches,
    merged,
    path_matches,
)

NOW = datetime(2026, 11, 29, tzinfo=timezone.utc).timestamp()
SITE = Address.parse("https://www.site.example/")
IDP = Address.parse("https://idp.example.com/realms/aws/saml")
OTHER = Address.parse("https://login.other.example/")


def jar(*cookies: Cookie, browser_at: float = 0.0, firefox: bool = False) -> Jar:
    domains = {cookie.domain for cookie in cookies if not cookie.host_only}
    return Jar(cookies, browser_domains=domains, browser_at=browser_at, is_firefox=firefox)


def cookie(name: str = "SID", value: str = "31d4d96e407aad42", **changed: Any) -> Cookie:
    plain = Cookie(name, value, "idp.example.com", host_only=True, path="/", secure=True)
    return replace(plain, **changed)


def sent(jar: Jar, address: Address = IDP, **changed: Any) -> str:
    return jar.header(address, **{"method": "GET", "initiator": None, "now": NOW, **changed})


def taken(*headers: str, at: Address = SITE, now: float = NOW) -> tuple[Cookie, ...]:
    """The cookies that a browser without any has after these headers."""
    held = Jar([], browser_domains=["site.example"], browser_at=0)
    for header in headers:
        held.take(header, at, now=now)
    return held.cookies


# ---- section 3.1 and 4.1: the examples ----


def returned(*headers: str, to: str) -> str:
    held = Jar([], browser_domains=["site.example"], browser_at=0)
    for header in headers:
        held.take(header, SITE, now=NOW)
    return sent(held, Address.parse(to))


@pytest.mark.parametrize(
    ("headers", "to", "expected"),
    [
        (["SID=31d4d96e407aad42"], "https://www.site.example/", "SID=31d4d96e407aad42"),
        (["SID=31d4d96e407aad42"], "https://site.example/", ""),
        (
            ["SID=31d4d96e407aad42; Path=/; Domain=site.example"],
            "https://site.example/",
            "SID=31d4d96e407aad42",
        ),
        (
            ["SID=31d4d96e407aad42; Path=/; Secure; HttpOnly", "lang=en-US; Path=/"],
            "https://www.site.example/",
            "SID=31d4d96e407aad42; lang=en-US",
        ),
        (["lang=en-US; Expires=Wed, 09 Jun 2027 10:18:14 GMT"], "https://www.site.example/",
         "lang=en-US"),
        (["lang=en-US", "lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
         "https://www.site.example/", ""),
        (["a=b", "a=c"], "https://www.site.example/", "a=c"),
        (["a=b; Max-Age=0"], "https://www.site.example/", ""),
        (["a=b; Max-Age=10; Expires=Sun, 06 Nov 1994 08:49:37 GMT"],
         "https://www.site.example/", "a=b"),
        (["a=b; Path=/deep", "c=d; Path=/"], "https://www.site.example/deep/er", "a=b; c=d"),
        (["c=d; Path=/", "a=b; Path=/deep"], "https://www.site.example/deep/er", "a=b; c=d"),
        (["a=b; Path=/deep"], "https://www.site.example/deeper", ""),
        (["=lonely"], "https://www.site.example/", "lonely"),
        (["lonely"], "https://www.site.example/", "lonely"),
        (["="], "https://www.site.example/", ""),
        (["a = b ; Path=/"], "https://www.site.example/", "a=b"),
        (["a=b; Domain=.site.example"], "https://deep.www.site.example/", "a=b"),
        (["a=b; Domain=other.example"], "https://www.site.example/", ""),
        (["a=b; Domain=example"], "https://www.site.example/", ""),
        (["a=b; Domain="], "https://www.site.example/", "a=b"),
        (["a=b; Path=relative"], "https://www.site.example/", "a=b"),
        (["\ta\t=\tb\t"], "https://www.site.example/", "a=b"),
        (["a=b; Max-Age=-; Expires=x"], "https://www.site.example/", "a=b"),
        (["a=b; Path=/x; Path=/"], "https://www.site.example/", "a=b"),
        (["a=b; Expires=Mon, 01 Jan 0001 00:00:00 GMT"], "https://www.site.example/", ""),
        (['a="b c"; Path="/"'], "https://www.site.example/", 'a="b c"'),
        (["a=b\x07"], "https://www.site.example/", ""),
        ([f"a={'b' * 4096}"], "https://www.site.example/", ""),
    ],
)  # fmt: skip
def test_what_is_returned_to_a_server(headers: list[str], to: str, expected: str) -> None:
    if "Domain=example" in headers[0]:
        with pytest.raises(NotUnderstood):  # a public suffix, which the browser has no cookie of
            returned(*headers, to=to)
    else:
        assert returned(*headers, to=to) == expected


REJECTED = (
    "__Secure-SID=12345; Domain=site.example",
    "__SECURE-SID=12345",
    "__Host-SID=12345",
    "__Host-SID=12345; Secure",
    "__Host-SID=12345; Domain=site.example",
    "__Host-SID=12345; Domain=site.example; Path=/",
    "__Host-SID=12345; Secure; Domain=site.example; Path=/",
    "__Http-SID=12345; Secure",
    "__Host-Http-SID=12345; Secure; Path=/",
    "=__Host-SID=12345; Secure; Path=/",
    "__Host-lonely; Secure; Path=/",
    "a=b; SameSite=None",
)
ACCEPTED = (
    "__Secure-SID=12345; Secure; Domain=site.example",
    "__Host-SID=12345; Secure; Path=/",
    "__Http-SID=12345; Secure; HttpOnly",
    "__Host-Http-SID=12345; Secure; HttpOnly; Path=/",
    "a=b; SameSite=None; Secure",
)


@pytest.mark.parametrize("header", REJECTED)
def test_a_cookie_that_breaks_its_prefix_is_rejected(header: str) -> None:
    deep = Address.parse("https://www.site.example/deep/page")
    assert taken(header, at=deep) == ()


@pytest.mark.parametrize("header", ACCEPTED)
def test_one_that_keeps_it_is_taken(header: str) -> None:
    assert len(taken(header)) == 1


# ---- section 5.1 ----


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 09 Jun 2021 10:18:14 GMT", datetime(2021, 6, 9, 10, 18, 14)),  # noqa: DTZ001
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37)),  # noqa: DTZ001
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37)),  # noqa: DTZ001
        ("06 november 69 8:9:7x", datetime(2069, 11, 6, 8, 9, 7)),  # noqa: DTZ001
        ("08:49:37 06 Nov 70", datetime(1970, 11, 6, 8, 49, 37)),  # noqa: DTZ001
        ("Wed, 09 Jun 2021", None),
        ("Wed, 31 Feb 2021 10:18:14 GMT", None),
        ("Wed, 09 Jun 1600 10:18:14 GMT", None),
        ("Wed, 09 Jun 2021 25:18:14 GMT", None),
        ("Wed, 009 Jun 2021 10:18:14 GMT", None),
        ("", None),
        ("0", None),
    ],
)
def test_the_dates_of_cookies(text: str, expected: datetime | None) -> None:
    stamp = expected.replace(tzinfo=timezone.utc).timestamp() if expected else None
    assert cookie_date(text) == stamp


@pytest.mark.parametrize(
    ("host", "domain", "matches"),
    [
        ("site.example", "site.example", True),
        ("www.site.example", "site.example", True),
        ("wwwsite.example", "site.example", False),
        ("site.example", "www.site.example", False),
        ("127.0.0.1", "0.0.1", False),
        ("[::1]", "[::1]", True),
    ],
)
def test_domains(host: str, domain: str, matches: bool) -> None:
    assert domain_matches(host, domain) is matches


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b/c", "/a/b"), ("", "/"), ("a/b", "/")],
)
def test_the_path_of_a_cookie_that_names_none(path: str, expected: str) -> None:
    assert default_path(path) == expected


@pytest.mark.parametrize(
    ("path", "cookie_path", "matches"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/", "/a", False),
        ("/a", "/", True),
    ],
)
def test_paths(path: str, cookie_path: str, matches: bool) -> None:
    assert path_matches(path, cookie_path) is matches


def test_no_cookie_lives_longer_than_400_days() -> None:
    [longest] = taken("a=b; Max-Age=99999999999999999999999")
    [dated] = taken("a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT")
    assert longest.expires == dated.expires == NOW + 400 * 24 * 3600


# ---- Secure, SameSite, partitions ----


def test_http_on_loopback_counts_as_secure() -> None:
    loopback = Address.parse("http://localhost:8080/")
    [secure] = taken("KEYCLOAK=x; Secure; SameSite=None", at=loopback)
    assert sent(jar(secure), loopback) == "KEYCLOAK=x"


def test_a_secure_cookie_does_not_travel_over_http() -> None:
    assert sent(jar(cookie()), Address.parse("http://idp.example.com/")) == ""
    assert taken("a=b; Secure", at=Address.parse("http://www.site.example/")) == ()


PERSON = None


@pytest.mark.parametrize(
    ("same_site", "method", "initiator", "firefox", "goes"),
    [
        ("strict", "GET", PERSON, False, True),
        ("strict", "GET", IDP, False, True),
        ("strict", "POST", IDP, False, True),
        ("strict", "GET", OTHER, False, False),
        ("lax", "GET", OTHER, False, True),
        ("lax", "POST", OTHER, False, False),
        ("lax", "POST", OTHER, True, False),
        ("none", "POST", OTHER, False, True),
        ("unset", "GET", OTHER, False, True),
        ("unset", "POST", OTHER, False, False),
        ("unset", "POST", OTHER, True, True),
    ],
)
def test_same_site(
    same_site: str, method: str, initiator: Address | None, firefox: bool, goes: bool
) -> None:
    held = jar(cookie(same_site=same_site), firefox=firefox)
    assert bool(sent(held, method=method, initiator=initiator)) is goes


def test_chromium_sends_a_young_cookie_without_same_site_with_a_foreign_post() -> None:
    held = jar()
    held.take("a=b", IDP, now=NOW - 100)
    assert sent(held, method="POST", initiator=OTHER) == "a=b"
    assert sent(held, method="POST", initiator=OTHER, now=NOW + 100) == ""


def test_one_whose_age_is_not_known_is_left_to_the_browser() -> None:
    held = jar(cookie(), browser_at=NOW - 60)
    with pytest.raises(NotUnderstood):
        sent(held, method="POST", initiator=OTHER)


def test_a_site_is_one_host_or_a_domain_of_the_browsers_cookies() -> None:
    deep = Address.parse("https://login.idp.example.com/")
    beside = Address.parse("https://other.example.com/")
    assert jar().is_same_site(IDP, IDP)
    assert not jar().is_same_site(IDP, deep)
    assert not jar().is_same_site(IDP, replace(IDP, scheme="http"))
    of_domain = jar(cookie(domain="example.com", host_only=False))
    assert of_domain.is_same_site(deep, beside)
    assert not of_domain.is_same_site(IDP, OTHER)


def test_a_partitioned_cookie_goes_to_its_own_site_only() -> None:
    assert sent(jar(cookie(partition="https://example.com"))) != ""
    assert sent(jar(cookie(partition="https://other.example"))) == ""


@pytest.mark.parametrize(
    "header",
    [
        "a=b; Secure; Partitioned",
        "a=b; Domain=www.site.example",
        "a=\xe9",
        "a=b\tc",
        "a=b; Max-Age=+10",
        "a=b; Expires=Sun, 06 Nov 1600 08:49:37 GMT",
    ],
)
def test_what_only_a_browser_can_decide_is_left_to_it(header: str) -> None:
    with pytest.raises(NotUnderstood):
        taken(header)


def test_an_expired_cookie_is_not_sent() -> None:
    assert sent(jar(cookie(expires=NOW - 1))) == ""
    assert sent(jar(cookie(expires=NOW + 1))) != ""


def test_a_host_is_known_by_its_cookies() -> None:
    held = jar(cookie(), cookie(domain="other.example", host_only=False))
    hosts = ("idp.example.com", "a.other.example", "example.com", "x.idp.example.com")
    known = [host for host in hosts if held.knows(host)]
    assert known == ["idp.example.com", "a.other.example"]


# ---- the changes, as a browser gets them ----

OLD, NEW = cookie(value="old"), cookie(value="new")


def test_only_what_changed_or_went_is_given_to_a_browser() -> None:
    kept, gone, came = cookie("kept"), cookie("gone"), cookie("came")
    assert changes([kept, OLD, gone], [kept, NEW, came]) == ([NEW, came], [gone])


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([OLD], [NEW]),  # it was killed before it wrote the change down
        ([NEW], []),  # after
        ([cookie(value="newer")], []),  # and the identity provider had changed it again
        ([], []),
    ],
)
def test_a_browser_that_was_killed_keeps_what_it_got(
    held: list[Cookie], expected: list[Cookie]
) -> None:
    assert merged([OLD], [NEW], held) == (expected, [])


def test_a_cookie_that_went_is_removed_unless_the_browser_got_another() -> None:
    assert merged([OLD], [], [OLD]) == ([], [OLD])
    assert merged([OLD], [], [NEW]) == ([], [])


def test_no_value_shows() -> None:
    assert "31d4d96e407aad42" not in repr(cookie())


# ---- addresses ----


@pytest.mark.parametrize(
    "text",
    [
        "ftp://idp.example.com/",
        "https://jane:secret@idp.example.com/",
        "https://idp.example.com\\@other.example/",
        "https://idp.example.com:99999/",
        "https://idp.example.com:0/",
        "https://id p.example.com/",
        "https://idp.example.com/a/../b",
        "https://idp.example.com/a/%2E%2e/b",
        "https://idp.example.com/a^b",
        "https://idp.example.com/a|b",
        "https://\u0131dp.example.com/",
        "https:///path",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "about:blank",
        "https://[::1/",
    ],
)
def test_an_address_that_a_browser_reads_in_its_own_way_is_not_taken(text: str) -> None:
    with pytest.raises(NotUnderstood):
        IDP.join(text)


@pytest.mark.parametrize(
    ("page", "reference"),
    [
        ("https://idp.example.com/a//b/page", "next"),
        ("https://idp.example.com/a/page", "b//next"),
        ("https://idp.example.com//page", "./next?x"),
    ],
)
def test_a_reference_is_not_joined_to_empty_folders(page: str, reference: str) -> None:
    with pytest.raises(NotUnderstood):
        Address.parse(page).join(reference)


@pytest.mark.parametrize("reference", ["", "?y", "#top", "/next//", "//other.example/a//b"])
def test_a_reference_without_folders_of_its_page_is(reference: str) -> None:
    assert "//" in Address.parse("https://idp.example.com/a//page").join(reference).path


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("next?x=1#part", "https://idp.example.com/realms/aws/next?x=1"),
        ("/top", "https://idp.example.com/top"),
        ("//other.example/x", "https://other.example/x"),
        ("", "https://idp.example.com/realms/aws/saml"),
        ("?x=<'y'>", "https://idp.example.com/realms/aws/saml?x=%3C%27y%27%3E"),
        ("/a'<`{}>?^`{|}", "https://idp.example.com/a'%3C%60%7B%7D%3E?^`{|}"),
        ("HTTPS://IDP.Example.com:443/x", "https://idp.example.com/x"),
        ("../up", "https://idp.example.com/realms/up"),
        (" /blank ", "https://idp.example.com/blank"),
    ],
)
def test_references(reference: str, expected: str) -> None:
    assert IDP.join(reference).text == expected


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ("/realms/aws/protocol/openid-connect/logout", True),
        ("/saml2/idp/SingleLogoutService.php", True),
        ("/saml/slo", True),
        ("/SLO/post", True),
        ("/sign-out", True),
        ("/log%4fut", True),
        ("/Account/SignOff", True),
        ("/adfs/ls/?wa=wsignout1.0", True),
        ("/?logout=1", True),
        ("/index.php?x=y&action=SignOut", True),
        ("/?state=logout-later", False),
        ("/slovenia/slow", False),
        ("/realms/aws/login-actions", False),
        ("/next?after=/logout", False),
    ],
)
def test_the_words_of_a_log_out(path: str, ends: bool) -> None:
    assert IDP.join(path).ends_session is ends
