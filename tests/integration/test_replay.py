"""The replay against real servers on loopback: the strict identity provider, and hostile ones."""

from __future__ import annotations

import gzip
import os
import random
import signal
import socket
import stat
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.assertion import Assertion
from aws_saml_ext.capture import browser_capture, kept_session
from aws_saml_ext.capture.browser.discovery import Programs
from aws_saml_ext.capture.replay import NotUnderstood, kept_cookies
from aws_saml_ext.capture.replay.addresses import Address
from aws_saml_ext.capture.replay.cookies import Cookie
from aws_saml_ext.capture.replay.kept_cookies import KeptCookies
from aws_saml_ext.capture.replay.replayed import KeptSession
from aws_saml_ext.capture.replay.transport import Transport, system_tls
from aws_saml_ext.clock import Deadline
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import BrowserError, SignInRequired
from aws_saml_ext.login import Captured
from tests import web
from tests.demo_servers import self_signed
from tests.doubles import FakePrompt
from tests.saml import USER_ROLE, saml_response
from tests.samples import SETTINGS
from tests.strict_idp import StrictIdp, serving

ACS = "http://localhost:9/saml"
AGENT = "Mozilla/5.0 HeadlessChrome/156"
HEADERS = (
    *(("Host", "x"), ("Connection", "keep-alive"), ("User-Agent", AGENT), ("Accept", "text/html")),
    *(("Accept-Encoding", "gzip, deflate, br, zstd"), ("Accept-Language", "en")),
)
PROGRAMS = Programs(Browser.CHROMIUM, Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"))


def settings_for(url: str, **changed: Any) -> Settings:
    return replace(SETTINGS, idp_url=url, acs_url=ACS, timeout=timedelta(seconds=60), **changed)


def session(folder: Path, settings: Settings) -> KeptSession:
    return KeptSession(settings, PROGRAMS, folder, folder / "cookies.json", dict)


def keep(folder: Path, settings: Settings, *cookies: Cookie) -> KeptSession:
    """A session as a browser leaves it that has these cookies."""
    kept = KeptCookies(
        digest=kept_cookies.digest_of(settings, "chromium", PROGRAMS.binary),
        stamp=kept_cookies.stamp_of(folder),
        browser_at=time.time(),
        headers=HEADERS,
        base=cookies,
        cookies=cookies,
    )
    kept_cookies.write(folder / "cookies.json", kept)
    return session(folder, settings)


def signed_in(idp: StrictIdp, folder: Path) -> KeptSession:
    """A session at the strict identity provider."""
    sid = idp.begin(AGENT, [name for name, _ in HEADERS])
    cookie = Cookie("SID", sid, "localhost", host_only=True, path="/", same_site="strict")
    return keep(folder, settings_for(idp.url), cookie)


# ---- the strict identity provider ----


def test_ten_replays_keep_the_session_of_a_strict_identity_provider(tmp_path: Path) -> None:
    with serving(ACS) as idp:
        signed_in(idp, tmp_path)
        for _ in range(10):
            text = session(tmp_path, settings_for(idp.url)).replay(Deadline(60))
            assert text is not None
            assert Assertion.parse(text).roles
    assert idp.thefts == []
    assert [path for path, _ in idp.requests[:5]] == [
        *("/start", "/token", "/proof", "/refresh", "/last")
    ]
    assert len(idp.requests) == 50


def test_a_session_that_is_over_is_left_to_the_browser(tmp_path: Path) -> None:
    with serving(ACS) as idp:
        kept = signed_in(idp, tmp_path)
        idp.sid = ""
        assert kept.replay(Deadline(60)) is None
    assert [path for path, _ in idp.requests] == ["/start"]
    assert idp.thefts == []


@pytest.fixture
def captured(tmp_path: Path) -> Iterator[tuple[StrictIdp, Captured]]:
    """The capture of a sign-in whose session is kept, and whose browser is none."""
    with serving(ACS) as idp:
        settings = settings_for(
            idp.url,
            browser=Browser.CHROMIUM,
            browser_binary=PROGRAMS.binary,
            browser_driver=tmp_path / "no-driver",
            saml_folder=tmp_path / ".aws" / "saml",
        )
        with kept_session.opened(settings, Browser.CHROMIUM, notify=print) as profile:
            pass
        signed_in(idp, profile.parent)
        kept = kept_cookies.read(profile.parent / "cookies.json")
        assert kept is not None
        digest = kept_cookies.digest_of(settings, "chromium", PROGRAMS.binary)
        kept_cookies.write(profile.parent / "cookies.json", replace(kept, digest=digest))
        prompt = FakePrompt(interactive=False)
        with browser_capture(settings, prompt)(settings) as by_replay:
            yield idp, by_replay


def test_the_capture_needs_no_browser_where_the_cookies_are_enough(
    captured: tuple[StrictIdp, Captured],
) -> None:
    idp, by_replay = captured
    assert Assertion.parse(by_replay.saml_response).roles
    by_replay.check_single()
    assert (len(idp.requests), idp.thefts) == (5, [])


def test_an_assertion_that_ran_out_is_replaced_by_one_more_replay(
    captured: tuple[StrictIdp, Captured],
) -> None:
    idp, by_replay = captured
    assert Assertion.parse(by_replay.again()).roles
    assert (len(idp.requests), idp.thefts) == (10, [])


def test_where_that_fails_a_silent_browser_is_tried(
    captured: tuple[StrictIdp, Captured],
) -> None:
    idp, by_replay = captured
    idp.sid = ""
    with pytest.raises(SignInRequired) as error:
        by_replay.again()
    assert isinstance(error.value.__cause__, BrowserError)
    assert "no-driver" in str(error.value.__cause__)


# ---- many profiles of one session ----


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[tuple[StrictIdp, Callable[..., str | None]]]:
    """A session at the strict identity provider, and its replay for the program of a profile."""
    with serving(ACS) as idp:
        signed_in(idp, tmp_path)

        def replayed(profile: str, *, later: float = 0.0, is_unattended: bool = True) -> str | None:
            of = session(tmp_path, settings_for(idp.url, profile=profile))
            of.now = lambda: time.time() + later
            of.is_unattended = is_unattended
            return of.replay(Deadline(60))

        yield idp, replayed


def test_a_hundred_profiles_of_one_session_walk_once(
    shared: tuple[StrictIdp, Callable[..., str | None]],
) -> None:
    idp, replayed = shared
    assert all(replayed(f"profile-{number}") for number in range(100))
    assert (len(idp.requests), idp.thefts) == (5, [])


def test_no_profile_gets_a_response_twice(
    shared: tuple[StrictIdp, Callable[..., str | None]],
) -> None:
    idp, replayed = shared
    assert all(replayed(profile) for profile in ("dev", "prod"))
    assert len(idp.requests) == 5
    assert replayed("prod")
    assert len(idp.requests) == 10


@pytest.mark.parametrize("changed", [{"later": 61.0}, {"later": -30.0}, {"is_unattended": False}])
def test_a_response_is_not_shared(
    shared: tuple[StrictIdp, Callable[..., str | None]], changed: dict[str, Any]
) -> None:
    """That is after a minute, by another clock, and for somebody at a terminal."""
    idp, replayed = shared
    assert replayed("dev")
    assert replayed("prod", **changed)
    assert len(idp.requests) == 10


def test_a_response_is_left_to_nobody_where_a_person_signs_in(
    shared: tuple[StrictIdp, Callable[..., str | None]], tmp_path: Path
) -> None:
    _, replayed = shared
    assert replayed("dev", is_unattended=False)
    assert [path.name for path in tmp_path.iterdir()] == ["cookies.json"]


def test_the_file_with_a_response_is_private_and_a_broken_one_is_passed_over(
    shared: tuple[StrictIdp, Callable[..., str | None]], tmp_path: Path
) -> None:
    idp, replayed = shared
    assert replayed("dev")
    file = tmp_path / "assertion.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for content in ("", "[]", "{}", '{"digest": 1, "at": 1.0, "profiles": [], "saml_response": 2}'):
        file.write_text(content)
        assert replayed("prod")
    assert len(idp.requests) == 25


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no SIGKILL")
def test_a_replay_that_is_killed_loses_one_answer_at_most(tmp_path: Path) -> None:
    numbers = random.Random(14)
    states = set()
    for _ in range(60):
        with serving(ACS) as idp:
            signed_in(idp, tmp_path)
            kept = session(tmp_path, settings_for(idp.url))
            child = os.fork()
            if not child:
                kept.replay(Deadline(60))
                os._exit(0)
            time.sleep(numbers.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        left = kept_cookies.read(tmp_path / "cookies.json")
        assert left is not None
        [value] = [cookie.value for cookie in left.cookies]
        states.add(idp.age(value))
    assert states <= {0, 1}


# ---- hostile servers ----

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
Respond = Callable[[socket.socket], object]


def says(*parts: bytes, forever: bytes = b"", every: float = 0.0) -> Respond:
    def respond(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        while forever:
            connection.sendall(forever)
            time.sleep(every)

    return respond


def bomb(megabytes: int) -> bytes:
    body = gzip.compress(b"<p>" + b"\0" * megabytes * 1024 * 1024)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


SECONDS = 0.6
"""The time of a replay against a hostile server."""

HOSTILE: dict[str, Respond] = {
    "a loop": says(b"HTTP/1.1 302 Found\r\nLocation: /start\r\nContent-Length: 0\r\n\r\n"),
    "a drip of a body": says(OK + b"\r\n", forever=b"x", every=0.05),
    "a drip of headers": says(b"HTTP/1.1 200 OK\r\n", forever=b"A: b\r\n", every=0.05),
    "a drip of a status": says(b"HTTP/1.1 200 ", forever=b"x", every=0.05),
    "silence": lambda connection: connection.recv(1),
    "a flood of a body": says(OK + b"\r\n", forever=b"x" * 65536),
    "a flood of headers": says(b"HTTP/1.1 200 OK\r\n", forever=b"A: b\r\n" * 1000),
    "a flood of chunks": says(OK + b"Transfer-Encoding: chunked\r\n\r\n",
                              forever=b"8000\r\n" + b"x" * 32768 + b"\r\n"),
    "a flood of interim answers": says(forever=b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "a header of a megabyte": says(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 1024 * 1024 + b"\r\n\r\n"),
    "a bomb": says(bomb(50)),
    "a packed page that is cut off": says(
        OK + b"Content-Encoding: gzip\r\n\r\n", bomb(1).partition(b"\r\n\r\n")[2][:10]),
    "packed in another way": says(OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
    "a length that is too long": says(OK + b"Content-Length: 900\r\n\r\n<p>"),
    "two lengths": says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n<p>x"),
    "a length and chunks": says(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                                b"3\r\n<p>\r\n0\r\n\r\n"),
    "a length that is none": says(OK + b"Content-Length: many\r\n\r\n<p>"),
    "chunks that are none": says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "a redirect to a file": says(b"HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\n\r\n"),
    "garbage": says(b"\0\xff" * 500),
    "an old protocol": says(b"<p>hello"),
    "early hints": says(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a line that goes on": says(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n c=d\r\n\r\n"),
    "a log-in page": says(OK + b"\r\n<form><input type=password name=p></form>"),
}  # fmt: skip


@dataclass
class Hostile:
    """A server whose answer is bytes."""

    port: int
    requests: int = 0


@contextmanager
def hostile(respond: Respond) -> Iterator[Hostile]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Hostile(listening.getsockname()[1])

        def answer(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)
                found.requests += 1
                respond(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield found
        finally:
            listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("respond", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_server_ends_a_replay_within_its_limits(respond: Respond, tmp_path: Path) -> None:
    cookie = Cookie("SID", "secret", "127.0.0.1", host_only=True, path="/")
    with hostile(respond) as server:
        settings = settings_for(f"http://127.0.0.1:{server.port}/start")
        kept = keep(tmp_path, settings, cookie)
        began = time.monotonic()
        assert kept.replay(Deadline(SECONDS)) is None
        assert time.monotonic() - began < SECONDS + 1
    assert 1 <= server.requests <= 12
    assert kept_cookies.read(tmp_path / "cookies.json") is not None


CHANGED = b"Set-Cookie: SID=changed; Path=/\r\n"
LAST_FORM = (
    b"<form method=post action=" + ACS.encode() + b"><input type=hidden name=SAMLResponse value=%s>"
    b"</form><script>document.forms[0].submit()</script>"
)
BROKEN_OFF: dict[str, Respond] = {
    "a body that drips": says(OK + CHANGED + b"\r\n", forever=b"x", every=0.05),
    "a body that is cut off": says(OK + CHANGED + b"Content-Length: 900\r\n\r\n<p>"),
    "chunks that are none": says(OK + CHANGED + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "two lengths": says(OK + CHANGED + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n<p>x"),
    "a body that is packed in another way": says(
        OK + CHANGED + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
    "no content": says(b"HTTP/1.1 204 No Content\r\n" + CHANGED + b"\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("respond", BROKEN_OFF.values(), ids=BROKEN_OFF)
def test_the_cookies_of_an_answer_count_whatever_becomes_of_its_body(
    respond: Respond, tmp_path: Path
) -> None:
    cookie = Cookie("SID", "old", "127.0.0.1", host_only=True, path="/")
    with hostile(respond) as server:
        kept = keep(tmp_path, settings_for(f"http://127.0.0.1:{server.port}/start"), cookie)
        assert kept.replay(Deadline(SECONDS)) is None
    left = kept_cookies.read(tmp_path / "cookies.json")
    assert left is not None
    assert [each.value for each in left.cookies] == ["changed"]


def test_a_page_that_the_end_of_the_time_cuts_off_is_not_acted_on(tmp_path: Path) -> None:
    page = last_page()
    whole = OK + b"Content-Length: %d\r\n\r\n%s" % (len(page), page)
    endless = says(OK + b"Connection: close\r\n\r\n" + page, forever=b" ", every=0.05)
    with hostile(says(whole)) as server:
        kept = keep(tmp_path, settings_for(f"http://127.0.0.1:{server.port}/start"))
        assert kept.replay(Deadline(60)) is not None
    with hostile(endless) as server:
        kept = keep(tmp_path, settings_for(f"http://127.0.0.1:{server.port}/start"))
        assert kept.replay(Deadline(SECONDS)) is None


def last_page() -> bytes:
    return LAST_FORM % saml_response(USER_ROLE).encode()


def chunked(page: bytes) -> bytes:
    middle = len(page) // 2
    chunks = [b"%x;name=value\r\n%s\r\n" % (len(part), part) for part in
              (page[:middle], page[middle:])]  # fmt: skip
    return b"".join(chunks) + b"0\r\nSet-Cookie: SID=trailer\r\n\r\n"


def packed(encoding: bytes, body: bytes) -> bytes:
    head = OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body))
    return head + body


UNUSUAL: dict[str, Callable[[bytes], bytes]] = {
    "HTTP/1.0": lambda page: OK.replace(b"1.1", b"1.0") + b"\r\n" + page,
    "an interim answer": lambda page: b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\n" + page,
    "chunks with trailers": lambda page: OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(page),
    "gzip": lambda page: packed(b"gzip", gzip.compress(page)),
    "deflate": lambda page: packed(b"deflate", zlib.compress(page)),
    "more than its length": lambda page: OK + b"Content-Length: %d\r\n\r\n%s<form>" % (
        len(page), page),
    "small letters": lambda page: OK.replace(b"Content-T", b"content-t") + b"\r\n" + page,
}  # fmt: skip


@pytest.mark.parametrize("written", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_answer_is_read_as_a_browser_reads_it(
    written: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    cookie = Cookie("SID", "old", "127.0.0.1", host_only=True, path="/")
    page = last_page()
    with hostile(says(written(page))) as server:
        kept = keep(tmp_path, settings_for(f"http://127.0.0.1:{server.port}/start"), cookie)
        text = kept.replay(Deadline(60))
    assert text is not None
    assert text.encode() in page
    left = kept_cookies.read(tmp_path / "cookies.json")
    assert left is not None
    assert [each.value for each in left.cookies] == ["old"]  # a trailer sets none


def test_of_a_short_time_out_a_third_is_for_the_replay(tmp_path: Path) -> None:
    with hostile(HOSTILE["a drip of a body"]) as server:
        settings = replace(
            settings_for(f"http://127.0.0.1:{server.port}/"), timeout=timedelta(seconds=1.5)
        )
        kept = keep(tmp_path, settings)
        began = time.monotonic()
        assert kept.replay(Deadline(60)) is None
        assert time.monotonic() - began < 1.2


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    kept = keep(tmp_path, settings_for(f"http://127.0.0.1:{port}/"))
    began = time.monotonic()
    assert kept.replay(Deadline(60)) is None
    assert time.monotonic() - began < 0.2


# ---- TLS and proxies ----


def send(url: str, transport: Transport) -> bytes:
    try:
        return transport.send("GET", Address.parse(url), [("Host", "x")], None).body
    finally:
        transport.close()


def transport(**changed: Any) -> Transport:
    given = {"proxies": {}, "user_agent": AGENT, "tls_context": None, **changed}
    return Transport(Deadline(10), **given)


def test_a_certificate_that_the_system_does_not_trust_is_refused(tmp_path: Path) -> None:
    with web.serving({"/": web.Answer("<p>")}, tls=self_signed(tmp_path)) as site:
        with pytest.raises(NotUnderstood, match="SSLCertVerificationError"):
            send(f"https://127.0.0.1:{site.port}/", transport())
        assert site.requests == []


def trusting(certificate: Path) -> Any:
    def context() -> Any:
        trusted = system_tls()
        trusted.load_verify_locations(certificate)
        return trusted

    return context


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere truststore decides")
def test_nothing_of_the_environment_changes_the_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys"
    server = self_signed(tmp_path)
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "self-signed.pem"))
    with web.serving({"/": web.Answer("<p>")}, tls=server) as site:
        url = f"https://127.0.0.1:{site.port}/"
        with pytest.raises(NotUnderstood):
            send(url, transport())
        trusted = trusting(tmp_path / "self-signed.pem")
        assert send(url, transport(tls_context=trusted)) == b"<p>"
    assert not keys.exists()


def tunnel(connection: socket.socket) -> None:
    """The answer of a proxy that leads nowhere."""
    connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


def test_a_proxy_that_asks_for_a_password_is_left_to_the_browser() -> None:
    with hostile(tunnel) as proxy:
        proxies = {"https": f"http://127.0.0.1:{proxy.port}"}
        with pytest.raises(NotUnderstood, match="407"):
            send("https://idp.example.com/", transport(proxies=proxies))


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "https://127.0.0.1:9"])
def test_a_proxy_of_another_kind_is_left_to_the_browser(proxy: str) -> None:
    with pytest.raises(NotUnderstood, match="another kind"):
        send("https://idp.example.com/", transport(proxies={"https": proxy}))


def test_https_goes_through_a_proxy_by_connect(tmp_path: Path) -> None:
    asked: list[bytes] = []
    server = self_signed(tmp_path)
    with web.serving({"/": web.Answer("<p>")}, tls=server) as site:

        def pump(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)

        def proxy(connection: socket.socket) -> None:
            with socket.create_connection(("127.0.0.1", site.port)) as onwards:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=pump, args=(onwards, connection), daemon=True).start()
                pump(connection, onwards)

        with noting(proxy, asked) as port:
            proxies = {"https": f"http://127.0.0.1:{port}"}
            trusted = trusting(tmp_path / "self-signed.pem")

            def for_name() -> Any:
                context = trusted()
                context.check_hostname = False  # the certificate is for 127.0.0.1
                return context

            found = transport(proxies=proxies, tls_context=for_name)
            assert send("https://idp.example.com/", found) == b"<p>"
    head = asked[0].decode()
    assert head.startswith("CONNECT idp.example.com:443 HTTP/1.1\r\nHost: idp.example.com:443\r\n")
    assert AGENT in head


@contextmanager
def noting(respond: Respond, asked: list[bytes]) -> Iterator[int]:
    """A server that notes the first bytes of each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    respond(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]


def test_no_cookie_and_no_address_is_in_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    with serving(ACS) as idp:
        kept = signed_in(idp, tmp_path)
        values = {idp.sid}
        assert kept.replay(Deadline(60)) is not None
        values |= {*idp.used, idp.sid}
        idp.sid = ""
        assert kept.replay(Deadline(60)) is None
    assert "The session was replayed." in caplog.text
    assert not any(value and value in caplog.text for value in values)
    assert "SAMLResponse" not in caplog.text
