"""selenium-wire's proxy as we set it up, asked by a plain client: it never goes on to AWS."""

from __future__ import annotations

import http.client
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from aws_saml_ext.capture.browser.proxy import InterceptingProxy, new_key
from tests import sink, web

RESPONSE = b64encode(b"<a>" + b"\xfb\xff\xfe" * 50).decode()  # has + and / in it
FORM = "application/x-www-form-urlencoded"
PAGE = {"Sec_Fetch_Dest": "document", "Origin": "https://idp.example.com"}
"""The headers by which a browser says that a page itself posts."""
PROBE = "https://signin.aws.amazon.com/probe"


@dataclass
class Proxy:
    """A proxy that runs, and a client of it."""

    wire: InterceptingProxy
    port: int

    def ask(
        self,
        method: str,
        host: str,
        path: str,
        body: bytes | str = b"",
        kind: str = FORM,
        **headers: str,
    ) -> http.client.HTTPResponse:
        trusting = ssl.create_default_context(cadata=self.wire.authority)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=trusting, timeout=10
        )
        name, _, port = host.partition(":")
        connection.set_tunnel(name, int(port or 443))
        try:
            sent = {name.replace("_", "-"): text for name, text in {**PAGE, **headers}.items()}
            connection.request(method, path, body, {"Content-Type": kind, **sent})
            answer = connection.getresponse()
            answer.read()
            return answer
        finally:
            connection.close()


@pytest.fixture
def aws() -> Iterator[sink.Sink]:
    with sink.running() as running:
        yield running


@pytest.fixture
def proxy(aws: sink.Sink) -> Iterator[Proxy]:
    """One whose sign-in hosts include a name that does lead to the sink."""
    wire = InterceptingProxy(f"https://localhost:{aws.port}/saml", PROBE)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wire.serve(listening, new_key())
        yield Proxy(wire, listening.getsockname()[1])
        wire.stop()
        wire.join()


def test_the_request_that_proves_the_way_is_heard(proxy: Proxy) -> None:
    assert proxy.ask("GET", "signin.aws.amazon.com", "/probe").status == 204
    assert proxy.wire.probed.is_set()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (urlencode({"SAMLResponse": RESPONSE, "RelayState": ""}), FORM),
        (urlencode({"RelayState": "x", "SAMLResponse": RESPONSE}), FORM + "; charset=UTF-8"),
        (f"SAMLResponse={RESPONSE}", FORM),  # the + is lost
        ("SAMLResponse=" + quote(RESPONSE[:76] + "\r\n" + RESPONSE[76:]), FORM),
    ],
    ids=["RelayState last", "charset", "lost plus", "line break"],
)
def test_the_response_is_read_from_the_form(body: str, kind: str, proxy: Proxy) -> None:
    assert proxy.ask("POST", "signin.aws.amazon.com", "/saml", body, kind).status == 200
    assert proxy.wire.arrived.get(timeout=5).saml_response == RESPONSE


@pytest.mark.parametrize("destination", ["iframe", "empty", "worker", "object", ""])
def test_a_post_that_is_no_pages_own_is_refused_and_known_as_such(
    destination: str, proxy: Proxy
) -> None:
    form = f"SAMLResponse={quote(RESPONSE)}"
    host = "signin.aws.amazon.com"
    assert proxy.ask("POST", host, "/saml", form, Sec_Fetch_Dest=destination).status == 403
    sender = proxy.wire.arrived.get(timeout=5).sender
    assert (sender.is_page, sender.origin) == (False, "https://idp.example.com")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/saml", "RelayState=x"),
        ("POST", "/saml", b"\xff\xfe\x00"),
        ("OPTIONS", "/saml", ""),
        ("HEAD", "/saml", ""),
        ("PUT", "/saml", f"SAMLResponse={RESPONSE}"),
        ("GET", "/", ""),
    ],
)
def test_everything_else_is_refused(
    method: str, path: str, body: bytes | str, proxy: Proxy, aws: sink.Sink
) -> None:
    for host in ("signin.aws.amazon.com", f"localhost:{aws.port}"):
        assert proxy.ask(method, host, path, body).status == 502
    assert proxy.wire.arrived.empty()
    assert aws.connections == []


def test_a_proxy_whose_interceptor_fails_does_not_go_on_to_aws(
    proxy: Proxy, aws: sink.Sink
) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError("interceptor")

    proxy.wire.proxy.request_interceptor = fail
    form = f"SAMLResponse={RESPONSE}"
    assert proxy.ask("POST", f"localhost:{aws.port}", "/saml", form).status == 502
    assert aws.connections == []


def test_nor_over_plain_http() -> None:
    with web.serving({}) as aws, socket.create_server(("127.0.0.1", 0)) as listening:
        wire = InterceptingProxy(aws.url("/saml", host="localhost"), PROBE)
        wire.serve(listening, new_key())
        wire.proxy.request_interceptor = None
        client = http.client.HTTPConnection("127.0.0.1", listening.getsockname()[1])
        client.request("POST", aws.url("/saml", host="localhost"), f"SAMLResponse={RESPONSE}")
        assert client.getresponse().status == 502
        client.close()
        wire.stop()
        wire.join()
        assert aws.requests == []


def test_no_file_of_a_run_is_left(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wire = InterceptingProxy(None, PROBE)
        wire.serve(listening, new_key())
        assert list(folder.iterdir()) == []
        wire.stop()
        wire.join()


def test_each_run_has_an_authority_of_its_own(proxy: Proxy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        other = InterceptingProxy(None, PROBE)
        other.serve(listening, new_key())
        other.stop()
        other.join()
    assert other.authority != proxy.wire.authority


def test_what_was_posted_is_in_no_repr(proxy: Proxy) -> None:
    proxy.ask("POST", "signin.aws.amazon.com", "/saml", f"SAMLResponse={quote(RESPONSE)}")
    assert RESPONSE not in repr(proxy.wire.arrived.get(timeout=5))
