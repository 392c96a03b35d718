"""An STS whose answer has no end: neither the memory nor the time of the sign-in is spent on it."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from aws_saml_ext.errors import SamlLoginError, StsUnreachable, TimedOut
from aws_saml_ext.sts.check import check
from aws_saml_ext.sts.connection import StsConnection
from tests.integration.exchanges import SETTINGS, exchange, new_session
from tests.integration.sts_server import Answer, StsServer
from tests.stored import CREDENTIALS

MEBIBYTE = 1024 * 1024
CHUNK = b"<x>" + b"y" * 65536 + b"</x>"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\n"
LENGTH = b"Content-Length: 104857600\r\n"
IN_CHUNKS = b"Transfer-Encoding: chunked\r\n"
IN_CHUNK = b"%x\r\n%s\r\n" % (len(CHUNK), CHUNK)
START = b"\r\n"
MAX_SENT = 24 * MEBIBYTE
"""The limit, and what the buffers of the system take on the way."""


class Flood:
    """Answers each request by a head and then by chunks, as long as somebody reads."""

    def __init__(self, head: bytes, chunk: bytes, *, pause: float, most: int) -> None:
        self.sent = 0
        self._head, self._chunk, self._pause, self._most = head, chunk, pause, most
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(self._head)
            while self.sent < self._most and not self._over.wait(self._pause):
                connection.sendall(self._chunk)
                self.sent += len(self._chunk)

    def close(self) -> None:
        self._over.set()
        self._listening.close()


@pytest.fixture(
    params=[
        pytest.param((OK + START, CHUNK, 1 << 40), id="endless"),
        pytest.param((OK + LENGTH + START, CHUNK, 100 * MEBIBYTE), id="100 MB"),
        pytest.param((OK + IN_CHUNKS + START, IN_CHUNK, 1 << 40), id="endless chunks"),
        pytest.param((FORBIDDEN + START, CHUNK, 1 << 40), id="endless refusal"),
    ]
)
def flood(request: pytest.FixtureRequest) -> Iterator[Flood]:
    head, chunk, most = request.param
    flood = Flood(head, chunk, pause=0, most=most)
    yield flood
    flood.close()


def test_it_is_no_answer_of_sts(flood: Flood) -> None:
    begin = time.monotonic()
    with pytest.raises(StsUnreachable, match=r"The answer from .* is not from STS"):
        exchange(connection=StsConnection(endpoint_url=flood.url))
    assert time.monotonic() - begin < 10
    assert flood.sent < MAX_SENT


def test_a_check_of_credentials_ends_too(flood: Flood) -> None:
    lines = check(new_session(), CREDENTIALS, StsConnection(endpoint_url=flood.url))
    assert [line.partition(":")[0] for line in lines] == ["GetCallerIdentity", "ListBuckets"]
    assert "is not from STS" in lines[0]
    assert flood.sent < 2 * MAX_SENT


def test_one_that_trickles_ends_with_the_time_of_the_sign_in() -> None:
    flood = Flood(OK + START, b" ", pause=0.2, most=1 << 40)
    settings = replace(SETTINGS, timeout=timedelta(seconds=2))
    begin = time.monotonic()
    with pytest.raises(TimedOut):
        exchange(settings=settings, connection=StsConnection(endpoint_url=flood.url))
    flood.close()
    assert time.monotonic() - begin < 8


@pytest.mark.parametrize("cut", ["a body that ends early", "silence"])
def test_a_body_that_breaks_off_is_told(cut: str) -> None:
    pause, most = (0, 1) if cut == "a body that ends early" else (60, 1 << 40)
    flood = Flood(OK + IN_CHUNKS + START, IN_CHUNK, pause=pause, most=most)
    with pytest.raises(SamlLoginError) as failed:
        exchange(connection=StsConnection(endpoint_url=flood.url, read_timeout=1))
    flood.close()
    assert isinstance(failed.value, StsUnreachable)


def test_an_answer_of_the_usual_length_is_read_whole(server: StsServer) -> None:
    bucket = "<Bucket><Name>{:063}</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>"
    buckets = "".join(map(bucket.format, range(10_000)))
    body = f"<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"
    server.answer = lambda request: Answer(200, body)
    lines = check(new_session(), CREDENTIALS, StsConnection(endpoint_url=server.url))
    assert lines[1] == "ListBuckets: 10000 buckets"


PEAK = """
import resource, sys
from tests.integration.exchanges import exchange
from aws_saml_ext.sts.connection import StsConnection
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
for address in sys.argv[1:]:
    try: exchange(connection=StsConnection(endpoint_url=address))
    except Exception: pass
    print(peak())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is that of Linux")
def test_the_memory_stays_small(server: StsServer) -> None:
    server.answer = lambda request: Answer(403, "<ErrorResponse/>")
    flood = Flood(OK + START, CHUNK, pause=0, most=1 << 40)
    words = [sys.executable, "-c", PEAK, server.url, flood.url]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    flood.close()
    before, after = map(int, done.stdout.split())
    assert after - before < 64, f"{before} MiB, then {after} MiB"
