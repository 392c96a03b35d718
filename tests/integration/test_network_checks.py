"""The checks of `doctor` that call somebody: the clock, and the identity provider's host."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest

from tests.command import Home, home_at
from tests.demo_servers import self_signed


@contextmanager
def serving(*, ahead: float = 0.0, tls: Path | None = None) -> Iterator[tuple[str, list[str]]]:
    """Serve on loopback with a clock that is so many seconds ahead; yield address and requests."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.path} {self.headers.get('Authorization')}")
            self.send_response(302)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(time() + ahead, usegmt=True)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = self_signed(tls).wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "http" if tls is None else "https"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


def check(home: Home, name: str, *, idp: str, sts: str, **environ: str) -> tuple[str, str]:
    """Return the result of a check, and its detail."""
    words = ("doctor", "--profile", "dev", "--idp-url", idp, "--endpoint-url", sts)
    done = home.run(*words, environ=environ)
    [found] = [each for each in json.loads(done.out)["Checks"] if each["Name"] == name]
    return found["Result"], found["Detail"]


@pytest.mark.parametrize(
    ("ahead", "result", "words"),
    [
        (0, "ok", "The clock agrees with STS at 127.0.0.1"),
        (100, "warning", "The clock of this machine is 1 minute behind STS"),
        (-100, "warning", "is 1 minute ahead of STS"),
        (430, "failed", "is 7 minutes behind STS; assertions live for 5 minutes."),
    ],
)
def test_the_clock_is_compared_with_that_of_sts(
    home: Home, ahead: float, result: str, words: str
) -> None:
    with serving(ahead=ahead) as (address, _):
        found = check(home, "clock", idp=address, sts=address)
    assert found[0] == result
    assert words in found[1]


def test_one_unsigned_request_goes_to_sts_and_none_to_the_identity_provider(home: Home) -> None:
    with serving() as (idp, visits), serving() as (sts, requests):
        check(home, "clock", idp=f"{idp}/start?key=hunter2", sts=sts)
    assert requests == ["/ None"]
    assert visits == []


def test_a_certificate_that_nobody_knows_is_a_warning(home: Home, tmp_path: Path) -> None:
    with serving(tls=tmp_path) as (idp, _), serving() as (sts, _):
        result, detail = check(home, "idp-host", idp=idp, sts=sts)
    assert result == "warning"
    assert detail.startswith("The certificate of 127.0.0.1 is not trusted: self")


def test_a_host_where_nobody_listens_fails(home: Home) -> None:
    with serving() as (sts, _):
        found = check(home, "idp-host", idp="https://127.0.0.1:9/", sts=sts)
    assert found == ("failed", "127.0.0.1 cannot be reached: Connection refused.")


def test_a_proxy_that_does_not_answer_is_told_even_where_the_sign_in_needs_none(home: Home) -> None:
    with serving() as (address, _):
        proxy = {"HTTPS_PROXY": "http://127.0.0.1:9"}
        result, detail = check(home, "proxy-host", idp=address, sts=address, **proxy)
    assert result == "warning"
    assert detail == "HTTPS_PROXY names 127.0.0.1:9, which cannot be reached: Connection refused."


def test_a_proxy_that_answers_is_fine(home: Home) -> None:
    with serving() as (address, _):
        proxy = {"https_proxy": address}
        assert check(home, "proxy-host", idp=address, sts=address, **proxy)[0] == "ok"


def test_offline_calls_nobody(home: Home) -> None:
    with serving() as (address, requests):
        home.run(
            *("doctor", "--profile", "dev", "--offline"),
            *("--idp-url", address, "--endpoint-url", address),
        )
    assert requests == []
