"""`console`: from a profile to a page of the console, with the demo's `/federation`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, build_opener

import pytest

from aws_saml_ext import fast_path
from aws_saml_ext.demo import Demo, console_sign_in, running
from tests.browsers import chromium
from tests.command import BROWSER_ARGUMENTS, Done, Home, home_at
from tests.integration.sts_server import Answer, StsServer
from tests.patience import until
from tests.profiles_at_demo import signed_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell commands")

TOKEN = re.compile(r"SigninToken=([\w-]+)")


@dataclass(frozen=True)
class Signed:
    """A home with a profile that is signed in to."""

    home: Home
    demo: Demo

    def console(self, *words: str, **environ: str) -> Done:
        return self.home.run("console", "--profile", "dev", *words, environ=environ)

    def printed(self, *words: str, **environ: str) -> dict[str, str]:
        """The parts of the address that `--print` prints."""
        done = self.console("--print", *words, **environ)
        assert done.status == 0, done.err
        parts = urlsplit(done.out.strip())
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return {**query, "host": parts.netloc}


@pytest.fixture(scope="module")
def at_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    home = home_at(tmp_path_factory.mktemp("console") / "home")
    home.aws.mkdir()
    home.config.write_text("[saml-accounts]\n000000000000 = production\n")
    with running() as demo:
        signed_in(home, demo)
        yield Signed(home, demo)


@pytest.fixture
def signed(at_demo: Signed) -> Signed:
    """The same for each test, with a sign-in of the console that has seen nothing yet."""
    at_demo.demo.aws.federation.calls.clear()
    at_demo.demo.aws.federation.takes_duration = True
    return at_demo


def visited(address: str) -> str:
    """The page that a browser with cookies ends at."""
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
    with opener.open(address, timeout=20) as page:
        text: str = page.read().decode()
        return text


def test_the_printed_address_leads_to_the_console_as_the_role(signed: Signed) -> None:
    done = signed.console("--print")
    whose = "whoever opens it is Role.User in account 000000000000 (production)."
    assert done.err == f"This address is a key for 15 minutes: {whose}\n"
    page = visited(done.out.strip())
    for text in ("000000000000", "assumed-role/Role.User/aws_admin", "eu-west-1"):
        assert text in page


def test_no_session_duration_is_asked_for(signed: Signed) -> None:
    signed.printed()
    assert signed.demo.aws.federation.calls == [console_sign_in.TokenCall(None, 200)]


def test_the_issuer_is_where_a_new_sign_in_starts(signed: Signed) -> None:
    assert signed.printed()["Issuer"] == signed.demo.idp_url


@pytest.mark.parametrize(
    ("words", "destination"),
    [
        ([], "https://eu-west-1.console.aws.amazon.com/"),
        (["s3"], "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"),
        (
            ["ec2", "--region", "us-east-2"],
            "https://us-east-2.console.aws.amazon.com/ec2/home?region=us-east-2",
        ),
        (
            ["--destination", "/iam/home#/roles"],
            "https://eu-west-1.console.aws.amazon.com/iam/home#/roles",
        ),
        (
            ["--destination", "https://console.aws.amazon.com/s3/"],
            "https://console.aws.amazon.com/s3/",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_destinations(signed: Signed, words: list[str], destination: str) -> None:
    assert signed.printed(*words)["Destination"] == destination


def test_a_region_of_the_environment_precedes_that_of_the_profile(signed: Signed) -> None:
    printed = signed.printed(AWS_REGION="ap-south-1")
    assert printed["Destination"] == "https://ap-south-1.console.aws.amazon.com/"


def test_a_region_of_another_partition_in_the_environment_does_not_count(signed: Signed) -> None:
    printed = signed.printed(AWS_REGION="cn-north-1")
    assert printed["Destination"] == "https://us-east-1.console.aws.amazon.com/"


@pytest.mark.parametrize(
    "words",
    [
        ["--destination", "https://console.aws.amazon.com.example.com/"],
        ["--destination", "https://console.amazonaws.cn/s3"],
        ["--destination", "//example.com/"],
        ["--console-duration", "13h"],
        ["--console-duration", "10"],
        ["s3/../x"],
        ["s3", "--destination", "/s3"],
        ["s3", "ec2"],
        ["--region", "cn-north-1"],
        ["--region", "no region"],
    ],
    ids=" ".join,
)
def test_what_is_no_destination_is_refused(signed: Signed, words: list[str]) -> None:
    done = signed.console("--print", *words)
    assert (done.status, done.out) == (252, "")
    assert signed.demo.aws.federation.calls == []


# ---- the browser ----


class Opened:
    """`console` with a command that notes the address, while a test acts as the browser."""

    def __init__(self, signed: Signed, folder: Path, command: str | None = None) -> None:
        self.file = folder / "opened"
        command = command or f"sh -c 'echo {{url}} >> {self.file}'"
        self.child = signed.home.start(
            *("console", "--profile", "dev"), environ={"AWS_SAML_CONSOLE_COMMAND": command}
        )

    @property
    def address(self) -> str:
        assert until(lambda: self.file.exists() and self.file.read_text().endswith("\n"))
        return self.file.read_text().strip()


class NoRedirect(HTTPRedirectHandler):
    """Returns a redirect instead of following it."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


def fetched(address: str) -> tuple[int, str]:
    """Status and Location of one GET."""
    try:
        with build_opener(ProxyHandler({}), NoRedirect).open(address, timeout=20) as answer:
            return answer.status, ""
    except HTTPError as answer:
        return answer.code, answer.headers.get("Location", "")


def test_the_browser_gets_an_address_that_redirects_once(signed: Signed, tmp_path: Path) -> None:
    opened = Opened(signed, tmp_path)
    address = opened.address
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{40,}", address)
    status, location = fetched(address)
    assert (status, location.partition("?")[0]) == (302, f"{signed.demo.aws_url}/federation")
    assert fetched(address) == (410, "")
    opened.child.expect_exact("The address was opened a second time")
    opened.child.wait()
    assert opened.child.exitstatus == 0
    assert "Role.User" in visited(location)


def arguments(process: Path) -> bytes:
    try:
        return process.read_bytes()
    except OSError:  # it has ended
        return b""


FETCH = """\
import os, sys, urllib.error, urllib.request
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=20)
except urllib.error.HTTPError as answer:
    print(answer.code)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can act as another user"
)
def test_another_user_of_the_machine_gets_nothing_from_the_address(
    signed: Signed, tmp_path: Path
) -> None:
    opened = Opened(signed, tmp_path)
    words = ["/usr/bin/python3", "-c", FETCH, opened.address]
    other = subprocess.run(words, capture_output=True, text=True, check=True, cwd="/")
    assert other.stdout == "404\n"
    assert fetched(opened.address)[0] == 302
    opened.child.wait()


@pytest.mark.browser
def test_a_real_browser_opens_the_console(signed: Signed, tmp_path: Path) -> None:
    browser = chromium().binary
    switches = f"--headless=new {BROWSER_ARGUMENTS} --user-data-dir={tmp_path}/profile --dump-dom"
    done = signed.console("s3", AWS_SAML_CONSOLE_COMMAND=f"{browser} {switches} {{url}}")
    assert done.status == 0, done.err
    assert signed.demo.aws.federation.opened[-1].endswith("/s3/home?region=eu-west-1")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_process_has_the_token_in_its_arguments(signed: Signed, tmp_path: Path) -> None:
    seen: set[bytes] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            seen.update(map(arguments, Path("/proc").glob("[0-9]*/cmdline")))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        lasting = f"sh -c 'echo {{url}} > {tmp_path}/opened; sleep 1; exit 0'"
        opened = Opened(signed, tmp_path, lasting)
        _, location = fetched(opened.address)
        opened.child.wait()
    finally:
        done.set()
        watching.join()
    token = TOKEN.search(location)
    assert token is not None
    assert len(seen) > 10
    assert any(opened.address.encode() in each for each in seen)
    assert not any(token[1].encode() in each or b"SigninToken" in each for each in seen)


def test_ctrl_c_while_the_browser_is_waited_for(signed: Signed, tmp_path: Path) -> None:
    opened = Opened(signed, tmp_path)
    address = opened.address
    opened.child.expect_exact("Opening the console")
    opened.child.sendintr()
    opened.child.wait()
    assert opened.child.exitstatus == 130
    with pytest.raises(OSError, match="refused"):
        fetched(address)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/no/such/browser {url}", "saml_console_command cannot be run: /no/such/browser"),
        ("sh -c 'exit 3'", "saml_console_command ended with exit status 3"),
    ],
)
def test_a_command_that_fails_ends_with_253(signed: Signed, command: str, words: str) -> None:
    done = signed.console(AWS_SAML_CONSOLE_COMMAND=command)
    assert done.status == 253
    assert words in done.err


@pytest.mark.parametrize("environ", [{}, {"DISPLAY": ":9", "SSH_CONNECTION": "a 1 b 2"}], ids=str)
def test_where_no_browser_can_open_print_is_named(signed: Signed, environ: dict[str, str]) -> None:
    done = signed.console(**environ)
    assert done.status == 253
    assert "console --print --profile dev" in done.err
    assert signed.demo.aws.federation.calls == []


# ---- what AWS answers ----


def test_a_duration_is_asked_for(signed: Signed) -> None:
    signed.printed("--console-duration", "1h")
    assert signed.demo.aws.federation.calls == [console_sign_in.TokenCall("3600", 200)]


def test_a_duration_that_is_refused_is_left_out(signed: Signed) -> None:
    signed.demo.aws.federation.takes_duration = False
    done = signed.console("--print", "--console-duration", "12h")
    assert done.status == 0
    assert done.err.startswith("AWS does not take --console-duration")
    assert [call.duration for call in signed.demo.aws.federation.calls] == ["43200", None]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (console_sign_in.refused(400), 254),
        (console_sign_in.refused(403), 254),
        (console_sign_in.refused(500), 255),
        (console_sign_in.HTML_PAGE, 255),
        (console_sign_in.EMPTY, 255),
        (console_sign_in.WITHOUT_TOKEN, 255),
    ],
    ids=["400", "403", "500", "html", "empty", "no token"],
)
def test_what_is_no_token_is_told_in_our_words(
    signed: Signed, answer: console_sign_in.Page, status: int
) -> None:
    signed.demo.aws.federation.misbehave(answer)
    done = signed.console("--print")
    assert (done.status, done.out) == (status, "")
    assert done.err.startswith("aws saml-login: [ERROR]: ")
    assert len(done.err.strip().splitlines()) == 2
    assert len(signed.demo.aws.federation.calls) == 1


def test_two_refusals_end_it(signed: Signed) -> None:
    signed.demo.aws.federation.misbehave(console_sign_in.refused(), console_sign_in.refused())
    assert signed.console("--print", "--console-duration", "1h").status == 254
    assert len(signed.demo.aws.federation.calls) == 2


def test_a_sign_in_that_cannot_be_reached(signed: Signed) -> None:
    done = signed.console("--print", AWS_ENDPOINT_URL_SIGNIN="http://127.0.0.1:9")
    assert (done.status, done.out) == (255, "")
    assert "The console's sign-in at 127.0.0.1:9 cannot be reached" in done.err


def test_a_sign_in_that_hangs_up(signed: Signed) -> None:
    with StsServer(lambda _: Answer(0, "")) as server:
        done = signed.console("--print", AWS_ENDPOINT_URL_SIGNIN=server.url)
    assert (done.status, done.out) == (255, "")
    assert "closed the connection without an answer" in done.err


def test_a_sign_in_that_hangs_ends_with_its_timeout(signed: Signed) -> None:
    with running() as other:
        other.aws.federation.delay = 30
        done = signed.console("--print", "--timeout", "1", AWS_ENDPOINT_URL_SIGNIN=other.aws_url)
    assert done.status == 255
    assert "did not answer in time" in done.err


@pytest.mark.parametrize(
    "environ",
    [{}, {"AWS_ENDPOINT_URL_SIGNIN": "http://127.0.0.1:9"}],
    ids=["answered", "unreachable"],
)
def test_no_secret_is_in_a_debug_log(signed: Signed, environ: dict[str, str]) -> None:
    variables = json.loads(signed.home.run("env", "--profile", "dev", "--format", "json").out)
    done = signed.console("--print", "--debug", **environ)
    token = TOKEN.search(done.out)
    secrets = [variables["SecretAccessKey"], variables["SessionToken"]]
    secrets += [token[1]] if token else []
    assert not any(secret in done.err for secret in secrets)


@pytest.mark.parametrize(("minutes", "status"), [(10, 253), (20, 0)])
def test_credentials_of_less_than_a_quarter_of_an_hour_are_renewed_first(
    signed: Signed, tmp_path: Path, minutes: int, status: int
) -> None:
    """No browser can be started for the renewal, so that is what ends it."""
    home = home_at(tmp_path / "home")
    _leave_minutes(signed_in(home, signed.demo), minutes)
    environ = {"AWS_SAML_BROWSER_BINARY": "/bin/false"}
    assert home.run("console", "--profile", "dev", "--print", environ=environ).status == status
    assert len(signed.demo.aws.federation.calls) == (status == 0)


def _leave_minutes(folder: Path, minutes: int) -> None:
    """Let cached credentials end in some minutes, and still be fresh, as those of half an hour."""
    [path] = folder.glob("*.keys")
    entry = fast_path.read_entry(str(path))
    assert entry is not None
    ends = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    answer = json.loads(entry.answer)
    answer["Expiration"] = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    entry.answer = json.dumps(answer).encode()
    entry.fresh_until = int(time.time()) + 300
    path.write_bytes(fast_path.entry_content(entry))
