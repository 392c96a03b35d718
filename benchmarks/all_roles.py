"""The time of `--all`, compared with bare botocore and with the sign-in of one profile.

* 100 roles of one assertion, at an STS that takes 50 ms for each: from the first call to the last
  answer, `--all` takes at most 1.1 times as long as a bare botocore loop with 16 threads. The STS
  measures both.
* `--all` with 50 expired profiles takes at most 1.5 times as long as the sign-in of one profile,
  both in a browser.
"""

from __future__ import annotations

import base64
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.queues import Queue
from pathlib import Path
from urllib.parse import parse_qs
from urllib.request import ProxyHandler, build_opener

from aws_saml_ext.demo import running
from aws_saml_ext.demo.identity_provider import User
from benchmarks.measure import machine, table, within
from benchmarks.sign_in import COMMAND, environment

RUNS = 9
WARM_UP = 1
ROLES, LATENCY, AT_A_TIME = 100, 0.05, 16
EXPIRED, PERSON = 50, "many"
BARE, OURS = "bare botocore, 16 threads", "--all"
ONE, ALL = "one profile", f"--all, {EXPIRED} profiles"
MAX_CALLS, MAX_SIGN_IN = 1.1, 1.5
"""Times as long."""

PROVIDER = "arn:aws:iam::111111111111:saml-provider/Corp"
ARNS = [f"arn:aws:iam::111111111111:role/Role{number}" for number in range(ROLES)]

LOOP = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session

url, assertion, *arns = sys.argv[1:]
config = Config(signature_version=UNSIGNED, max_pool_connections={AT_A_TIME}, proxies={{}})
sts = Session().create_client("sts", region_name="us-east-1", endpoint_url=url, config=config)

def ask(arn):
    return sts.assume_role_with_saml(
        RoleArn=arn, PrincipalArn="{PROVIDER}", SAMLAssertion=assertion, DurationSeconds=3600
    )["Credentials"]

with ThreadPoolExecutor({AT_A_TIME}) as pool:
    list(pool.map(ask, arns))
"""


def main() -> int:
    """Print the tables; return 0 if both bounds are met."""
    print(machine("botocore", "selenium"))
    with slow_sts() as sts:
        return max(calls(sts), sign_ins(sts))


def calls(sts: str) -> int:
    """Compare the time at STS with that of a bare loop; return 0 if the bound is met."""
    seconds: dict[str, list[float]] = {BARE: [], OURS: []}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        given = home / "assertion"
        given.write_text(assertion())
        _configure(home, sts, "https://idp.example.com/aws", ARNS)
        ours = [COMMAND, "--all", "--assertion", str(given)]
        bare = [sys.executable, "-c", LOOP, sts, assertion(), *ARNS]
        for number in range(WARM_UP + RUNS):
            pairs = [(BARE, bare), (OURS, ours)]
            for name, command in pairs if number % 2 else reversed(pairs):
                _run(command, home)
                took = _span(sts)
                if number >= WARM_UP:
                    seconds[name].append(took)
    bounds = {OURS: MAX_CALLS}
    one_by_one = ROLES * LATENCY
    print(
        f"\n{RUNS} interleaved runs: {ROLES} roles at {LATENCY * 1000:.0f} ms each, from the first"
    )
    print(
        f"call to the last answer; one after the other, that is {one_by_one:.1f} seconds and more."
    )
    print(table(seconds, floor=BARE, bounds=bounds))
    return 0 if within(seconds, floor=BARE, bounds=bounds) else 1


def sign_ins(sts: str) -> int:
    """Compare 50 profiles with one, both signed in to in a browser; return 0 for the bound."""
    seconds: dict[str, list[float]] = {ONE: [], ALL: []}
    users = [User(PERSON, tuple(ARNS[:EXPIRED]))]
    with tempfile.TemporaryDirectory() as folder, running(users=users) as demo:
        home = Path(folder)
        _configure(home, sts, demo.idp_url, ARNS[:EXPIRED])
        commands = {
            ONE: [COMMAND, "--profile", "p0", "--force"],
            ALL: [COMMAND, "--all", "--force"],
        }
        for number in range(WARM_UP + RUNS):
            for name in commands if number % 2 else reversed(commands):
                start = time.perf_counter()
                _run(commands[name], home)
                if number >= WARM_UP:
                    seconds[name].append(time.perf_counter() - start)
    bounds = {ALL: MAX_SIGN_IN}
    print(f"\n{RUNS} interleaved runs in a browser, from the start to the end of the command")
    print(table(seconds, floor=ONE, bounds=bounds))
    return 0 if within(seconds, floor=ONE, bounds=bounds) else 1


def assertion() -> str:
    """Return an assertion that offers every role; this STS verifies no signature."""
    values = "".join(f"<saml:AttributeValue>{arn},{PROVIDER}</saml:AttributeValue>" for arn in ARNS)
    name = "https://aws.amazon.com/SAML/Attributes/"
    document = (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Assertion>'
        "<saml:Issuer>https://idp.example.com/</saml:Issuer><saml:AttributeStatement>"
        f'<saml:Attribute Name="{name}RoleSessionName"><saml:AttributeValue>jane'
        f'</saml:AttributeValue></saml:Attribute><saml:Attribute Name="{name}Role">{values}'
        "</saml:Attribute></saml:AttributeStatement></saml:Assertion></samlp:Response>"
    )
    return base64.b64encode(document.encode()).decode()


def _configure(home: Path, sts: str, idp_url: str, arns: list[str]) -> None:
    folder = home / ".aws"
    folder.mkdir()
    sections = (
        f"[profile p{number}]\nregion = us-east-1\nendpoint_url = {sts}\nsaml_role_arn = {arn}\n"
        f"saml_idp_url = {idp_url}\nsaml_username = {PERSON}\nsaml_renewal = browser\n"
        for number, arn in enumerate(arns)
    )
    (folder / "config").write_text("\n".join(sections), encoding="utf-8")


def _run(command: list[str], home: Path) -> None:
    environ = environment(home) | {"AWS_SAML_PASSWORD_COMMAND": f"echo {PERSON}"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)


# ---- an STS that takes its time, in a process of its own ----


@contextmanager
def slow_sts() -> Iterator[str]:
    """Run an STS that grants everything after `LATENCY` seconds; yield its address."""
    context = multiprocessing.get_context("spawn")
    ports: Queue[int] = context.Queue()
    process = context.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=60)}"
    finally:
        process.terminate()
        process.join()


def _span(sts: str) -> float:
    """Return the seconds from the first call to the last answer since the last question."""
    with build_opener(ProxyHandler({})).open(f"{sts}/span", timeout=20) as answer:
        return float(answer.read())


def _serve(ports: Queue[int]) -> None:
    times: list[float] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's system

        def do_POST(self) -> None:
            with lock:
                times.append(time.perf_counter())
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            time.sleep(LATENCY)
            self._send(_granted(form["RoleArn"][0]), "text/xml")
            with lock:
                times.append(time.perf_counter())

        def do_GET(self) -> None:
            with lock:
                span = times[-1] - times[0]
                times.clear()
            self._send(str(span).encode(), "text/plain")

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ports.put(server.server_port)
    server.serve_forever()


def _granted(role_arn: str) -> bytes:
    name = role_arn.rpartition("/")[2]
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    return (
        '<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        "<AssumeRoleWithSAMLResult><AssumedRoleUser><AssumedRoleId>x</AssumedRoleId>"
        f"<Arn>arn:aws:sts::111111111111:assumed-role/{name}/{PERSON}</Arn></AssumedRoleUser>"
        f"<Credentials><AccessKeyId>ASIA{name.upper()}</AccessKeyId><SecretAccessKey>secret"
        f"</SecretAccessKey><SessionToken>token</SessionToken><Expiration>{ends}</Expiration>"
        "</Credentials></AssumeRoleWithSAMLResult><ResponseMetadata><RequestId>1</RequestId>"
        "</ResponseMetadata></AssumeRoleWithSAMLResponse>"
    ).encode()


if __name__ == "__main__":
    sys.exit(main())
