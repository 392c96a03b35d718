"""The walk, with servers that are a table: what it requests, what it keeps, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from aws_saml_ext.capture.replay import NotUnderstood
from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.cookies import Cookie, Jar
from aws_saml_ext.capture.replay.navigation import Headers
from aws_saml_ext.capture.replay.transport import Answer
from aws_saml_ext.capture.replay.walk import MAX_REQUESTS, DeviceBound, Walker

IDP = "https://idp.example.com"
START = f"{IDP}/start?client=aws#part"
HTML = ("Content-Type", "text/html; charset=utf-8")
LAST = (
    "<form method=post action=https://signin.aws.amazon.com/saml>"
    "<input type=hidden name=SAMLResponse value=QUJD></form>"
    "<script>document.forms[0].submit()</script>"
)
FORM = (
    "<form method=post action=/form><input type=hidden name=token value=once></form>"
    "<script>document.forms[0].submit()</script>"
)


def page(text: str, *headers: tuple[str, str]) -> Answer:
    return Answer(200, [HTML, *headers], text.encode())


def moved(target: str, status: int = 302, *headers: tuple[str, str]) -> Answer:
    return Answer(status, [("Location", target), *headers], b"")


def cookie(host: str = "idp.example.com", *, host_only: bool = True) -> Cookie:
    return Cookie("SID", "first", host, host_only=host_only, path="/", secure=True)


@dataclass
class Servers:
    """Answers by address, and everything that happened in its order."""

    answers: Mapping[str, Answer | Sequence[Answer]]
    cookies: Sequence[Cookie] = (cookie(),)
    acs_url: str | None = None
    happened: list[str] = field(default_factory=list)
    sent: list[tuple[str, dict[str, str], bytes | None]] = field(default_factory=list)

    def send(self, method: str, address: Address, headers: Headers, body: bytes | None) -> Answer:
        self.happened.append(f"{method} {address.text}")
        self.sent.append((address.text, dict(headers), body))
        answer = self.answers.get(address.text)
        if answer is None:
            raise AssertionError(f"nothing may be requested at {address.text}")
        return answer if isinstance(answer, Answer) else answer[0]

    def walk(self, start: str = START) -> str:
        domains = [each.domain for each in self.cookies if not each.host_only]
        self.jar = Jar(self.cookies, browser_domains=domains, browser_at=0)
        walker = Walker(
            self.jar,
            [("User-Agent", "the browser's"), ("Sec-Fetch-Site", "none")],
            self.send,
            lambda: self.happened.append("saved"),
            acs_url=self.acs_url,
            now=lambda: 1000.0,
        )
        return walker.walk(start)


def ends(answers: Mapping[str, Answer | Sequence[Answer]], start: str = START) -> str:
    with pytest.raises(NotUnderstood) as caught:
        Servers(answers).walk(start)
    return str(caught.value)


def first(answer: Answer) -> dict[str, Answer | Sequence[Answer]]:
    return {f"{IDP}/start?client=aws": answer}


def test_it_goes_over_redirects_and_forms_to_the_last_page_and_never_to_aws() -> None:
    second = ("Set-Cookie", "SID=second; Path=/; Secure")
    third = ("Set-Cookie", "SID=third; Path=/; Secure")
    servers = Servers(
        {
            f"{IDP}/start?client=aws": moved("/one", 302, second),
            f"{IDP}/one": page(FORM),
            f"{IDP}/form": moved("/refresh", 303, third),
            f"{IDP}/refresh": page("<meta http-equiv=refresh content='0;url=/last'>"),
            f"{IDP}/last": page(LAST),
        }
    )
    assert servers.walk() == "QUJD"
    assert servers.happened == [
        f"GET {IDP}/start?client=aws",
        "saved",
        f"GET {IDP}/one",
        f"POST {IDP}/form",
        "saved",
        f"GET {IDP}/refresh",
        f"GET {IDP}/last",
    ]
    assert [headers.get("Cookie") for _, headers, _ in servers.sent] == [
        *("SID=first", "SID=second", "SID=second", "SID=third", "SID=third"),
    ]
    assert servers.sent[2][2] == b"token=once"
    assert all(headers["User-Agent"] == "the browser's" for _, headers, _ in servers.sent)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_get_is_followed(status: int) -> None:
    servers = Servers({**first(moved("/last", status)), f"{IDP}/last": page(LAST)})
    assert servers.walk() == "QUJD"


@pytest.mark.parametrize("status", [307, 308])
def test_a_form_is_not_sent_elsewhere(status: int) -> None:
    ends({**first(page(FORM)), f"{IDP}/form": moved("/last", status)})


ELSEWHERE = {
    "AWS": "https://signin.aws.amazon.com/saml",
    "AWS in a region": "https://eu-west-1.signin.aws.amazon.com/console",
    "AWS with a dot": "https://signin.aws.amazon.com./",
    "http": "http://idp.example.com/",
    "http on loopback": "http://localhost:1/",
    "an address by numbers": "http://10.0.0.1/",
    "the metadata service": "http://169.254.169.254/latest/meta-data/",
    "a host that the browser has no cookie of": "https://other.example/",
    "a host below": "https://deep.idp.example.com/",
    "a file": "file:///etc/passwd",
    "data": "data:text/html,<p>",
    "a script": "javascript:alert(1)",
    "FTP": "ftp://idp.example.com/",
    "a password": "https://jane:secret@idp.example.com/",
    "a log-out": "/logout",
    "a single log-out": "/saml/SLO",
    "a sign-out": "/oauth2/signout?x=1",
    "a log-out of WS-Federation": "/adfs/ls/?wa=wsignout1.0",
    "nowhere": "",
}


@pytest.mark.parametrize("target", ELSEWHERE.values(), ids=ELSEWHERE)
def test_no_connection_is_made_elsewhere(target: str) -> None:
    ends(first(moved(target)))
    form = FORM.replace("action=/form", f"action='{target or '/logout'}'")
    ends(first(page(form)))


def test_a_sign_in_address_of_the_settings_is_not_requested_either() -> None:
    servers = Servers(
        first(moved("https://acs.example.com/other")), acs_url="https://acs.example.com/saml"
    )
    with pytest.raises(NotUnderstood):
        servers.walk()


def test_a_host_of_a_domain_cookie_is_known() -> None:
    known = cookie("example.com", host_only=False)
    servers = Servers(
        {**first(moved("https://login.example.com/")), "https://login.example.com/": page(LAST)},
        cookies=[known],
    )
    assert servers.walk() == "QUJD"


def test_from_http_on_loopback_only_loopback_is_reached() -> None:
    start, other = "http://localhost:8080/start", "http://localhost:9090/last"
    here = cookie("localhost")
    assert Servers({start: moved(other), other: page(LAST)}, cookies=[here]).walk(start) == "QUJD"
    with pytest.raises(NotUnderstood):
        Servers({start: moved("http://idp.example.com/")}, cookies=[here, cookie()]).walk(start)


REFUSED = {
    "a log-in page": page("<form><input name=user><input type=password name=p></form>"),
    "a CAPTCHA": page(FORM + "<iframe src=https://captcha.example/></iframe>"),
    "401": Answer(401, [HTML, ("WWW-Authenticate", "Negotiate")], b""),
    "403": Answer(403, [HTML], LAST.encode()),
    "407": Answer(407, [HTML], b""),
    "429": Answer(429, [HTML], b""),
    "500": Answer(500, [HTML], b""),
    "103": Answer(103, [HTML], b""),
    "304": Answer(304, [("Location", "/last")], b""),
    "a redirect with two targets": Answer(302, [("Location", "/a"), ("Location", "/b")], b""),
    "a redirect without a target": Answer(302, [], b""),
    "a refresh by a header": page(LAST, ("Refresh", "0; url=/x")),
    "data to clear": page(LAST, ("Clear-Site-Data", '"cookies"')),
    "more headers that it wants": page(LAST, ("Critical-CH", "Sec-CH-UA-Model")),
    "a download": page(LAST, ("Content-Disposition", "attachment")),
    "JSON": Answer(200, [("Content-Type", "application/json")], b"{}"),
    "no type": Answer(200, [], LAST.encode()),
    "two types": page(LAST, HTML),
    "a policy about forms": page(FORM, ("Content-Security-Policy", "x; Form-Action 'none'")),
    "a policy about scripts in attributes": page(
        FORM, ("Content-Security-Policy", "script-src-attr 'none'")
    ),
    "a body that is not usable": Answer(200, [HTML], LAST.encode(), "cut off"),
    "a sandbox": page(FORM, ("Content-Security-Policy", "sandbox")),
    "a partitioned cookie": page(LAST, ("Set-Cookie", "a=b; Secure; Partitioned")),
    "a cookie of a new domain": page(LAST, ("Set-Cookie", "a=b; Domain=example.com")),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
def test_an_answer_that_is_not_understood_ends_it(answer: Answer) -> None:
    ends(first(answer))


def test_a_policy_on_the_last_page_does_not_matter() -> None:
    last = page(LAST, ("Content-Security-Policy", "default-src 'self'"))
    assert Servers(first(last)).walk() == "QUJD"


def test_a_loop_ends() -> None:
    servers = Servers(first(moved("/start?client=aws")))
    with pytest.raises(NotUnderstood):
        servers.walk()
    assert len(servers.sent) == MAX_REQUESTS


@pytest.mark.parametrize("name", ["Sec-Session-Registration", "Secure-Session-Challenge"])
def test_a_session_that_is_bound_to_the_device_is_told_apart(name: str) -> None:
    servers = Servers(first(page(LAST, (name, "x"), ("Set-Cookie", "SID=2; Path=/; Secure"))))
    with pytest.raises(DeviceBound):
        servers.walk()
    assert servers.happened[-1] == "saved"


def test_cookies_of_an_answer_that_ends_it_are_kept() -> None:
    servers = Servers(first(Answer(500, [("Set-Cookie", "SID=2; Path=/; Secure")], b"")))
    with pytest.raises(NotUnderstood):
        servers.walk()
    assert [each.value for each in servers.jar.cookies] == ["2"]
    assert servers.happened[-1] == "saved"


@pytest.mark.parametrize(
    "odd", ["a=b; Secure; Partitioned", "a=b; Domain=example.com", "a=\xe9"], ids=str
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_cookie_that_only_a_browser_can_judge_costs_no_other(odd: str, is_first: bool) -> None:
    changed = [("Set-Cookie", odd), ("Set-Cookie", "SID=2; Path=/; Secure")]
    servers = Servers(first(page(LAST, *(changed if is_first else changed[::-1]))))
    with pytest.raises(NotUnderstood):
        servers.walk()
    assert [each.value for each in servers.jar.cookies] == ["2"]
    assert servers.happened[-1] == "saved"


def test_a_session_that_is_bound_to_the_device_is_told_apart_behind_other_reasons() -> None:
    odd = ("Set-Cookie", "a=b; Secure; Partitioned")
    with pytest.raises(DeviceBound):
        Servers(first(page(LAST, odd, ("Secure-Session-Registration", "x")))).walk()


def test_no_secret_is_in_a_reason() -> None:
    secret = "s3cret"
    reasons = [
        ends(first(moved(f"https://other.example/?token={secret}"))),
        ends(first(page(LAST, ("Set-Cookie", f"a={secret}; Domain=example.com")))),
        ends(first(page(FORM.replace("once", secret) + "<input>"))),
    ]
    assert not any(secret in reason for reason in reasons)
