"""`doctor`, whole: its two streams, its exit status, and what it leaves alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN, USERS
from tests.command import AWS, COMMAND, SCRIPT, Done, Home, ended, home_at

ADMIN = next(user for user in USERS if user.name == "aws_admin")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(tmp_path: Path, demo: Demo) -> Home:
    """A home with a profile for the demo."""
    return with_profile(home_at(tmp_path), demo)


@pytest.fixture
def short_home(demo: Demo) -> Iterator[Home]:
    """The same with a short name, for the sockets that browsers create."""
    with tempfile.TemporaryDirectory(prefix="home") as folder:
        yield with_profile(home_at(Path(folder)), demo)


def with_profile(made: Home, demo: Demo) -> Home:
    made.aws.mkdir(mode=0o700)
    made.config.write_text(
        f"[profile dev]\nsaml_idp_url = {demo.idp_url}\nsaml_role_arn = {ROLE_ADMIN}\n"
        f"endpoint_url = {demo.aws_url}\nregion = us-east-1\n",
        encoding="utf-8",
    )
    return made


def results(done: Done) -> dict[str, str]:
    return {check["Name"]: check["Result"] for check in json.loads(done.out)["Checks"]}


def failed(done: Done) -> list[str]:
    return [name for name, result in results(done).items() if result == "failed"]


def test_a_healthy_profile_ends_with_0(home: Home) -> None:
    done = home.run("doctor", "--profile", "dev")
    assert (done.status, failed(done)) == (0, [])
    assert results(done)["clock"] == results(done)["idp-host"] == "ok"


def test_a_failed_check_ends_with_253_and_its_remedy(home: Home) -> None:
    done = home.run("doctor", "--profile", "other", "--offline")
    assert done.status == 253
    assert "failed   profile" in done.err
    assert "\n  " in done.err
    assert "configure --profile other" in done.err
    assert "18 skipped (no assertion: --assertion FILE, or --fresh to sign in)" in done.err


def test_a_pipe_gets_one_json_document(home: Home) -> None:
    done = home.run("doctor", "--profile", "dev", "--offline")
    [(name, checks)] = json.loads(done.out).items()
    assert name == "Checks"
    assert set(checks[0]) == {"Name", "Result", "Detail", "Remedy"}


def test_a_query_filters_it(home: Home) -> None:
    query = ("--query", "Checks[?Name=='idp-address'].Result", "--output", "text")
    done = home.run("doctor", "--profile", "dev", "--offline", *query)
    assert done.out == "ok\n"


def test_a_terminal_gets_no_json(home: Home) -> None:
    child = home.start("doctor", "--profile", "dev", "--offline")
    status, shown = ended(child)
    assert status == 0
    assert "checks: " in shown
    assert "{" not in shown


def test_an_assertion_of_the_demo_is_healthy(home: Home, demo: Demo) -> None:
    done = home.run(
        *("doctor", "--profile", "dev", "--assertion", "-"), stdin=demo.idp.saml_response(ADMIN)
    )
    assert (done.status, failed(done)) == (0, [])
    assert "skipped" not in results(done).values()
    assert "Only STS knows the rest" in done.err


def test_an_assertion_of_somebody_else_needs_no_profile(home: Home, demo: Demo) -> None:
    home.config.unlink()
    given = ("--assertion", "-", "--endpoint-url", demo.aws_url)
    done = home.run("doctor", *given, stdin=demo.idp.saml_response(ADMIN))
    assert (done.status, failed(done)) == (0, [])


def test_an_old_assertion_in_a_file_is_late(home: Home, demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "saml.txt"
    with running(clock=lambda: datetime.now(timezone.utc) - timedelta(minutes=9)) as late:
        file.write_text(late.idp.saml_response(ADMIN), encoding="utf-8")
    done = home.run("doctor", "--profile", "dev", "--assertion", str(file))
    assert (done.status, failed(done)) == (253, ["times"])
    assert "older than 5 minutes" in done.err
    assert "PrincipalTag" not in done.out


@pytest.mark.parametrize("arguments", [["--assertion", "/nowhere"], ["--assertion", "/dev/null"]])
def test_no_assertion_in_the_file_ends_with_252(home: Home, arguments: list[str]) -> None:
    assert home.run("doctor", "--profile", "dev", *arguments).status == 252


@pytest.mark.parametrize("other", [["--offline"], ["--assertion", "-"]])
def test_fresh_excludes_what_it_cannot_go_with(home: Home, other: list[str]) -> None:
    assert home.run("doctor", "--profile", "dev", "--fresh", *other).status == 252


def test_nothing_is_changed(home: Home) -> None:
    def snapshot() -> dict[str, Any]:
        return {
            str(path): (path.stat().st_mtime_ns, path.stat().st_mode, path.is_file())
            for path in home.path.rglob("*")
        }

    before = snapshot()
    home.run("doctor", "--profile", "dev")
    assert snapshot() == before


def test_a_broken_file_is_a_finding_and_the_rest_goes_on(home: Home) -> None:
    with home.config.open("a", encoding="utf-8") as file:
        file.write("[profile dev]\n")
    done = home.run("doctor", "--profile", "dev", "--offline")
    assert (done.status, failed(done)) == (253, ["config-file"])


def test_below_aws_the_profile_of_aws_is_checked(home: Home) -> None:
    if not AWS.exists():
        pytest.skip("needs the AWS CLI")
    home.run("install", command=(str(SCRIPT),))
    done = home.run("saml-login", "doctor", "--offline", "--profile", "other", command=(str(AWS),))
    assert done.status == 253
    assert "There is no profile other." in done.err
    assert "aws saml-login configure --profile other" in done.err


def test_without_a_network_it_takes_less_than_3_seconds(home: Home) -> None:
    namespace = shutil.which("unshare")
    if namespace is None or subprocess.run([namespace, "-rn", "true"], check=False).returncode:
        pytest.skip("needs a network namespace")
    home.config.write_text("[profile dev]\nsaml_idp_url = https://idp.example.com/\n")
    before = time.monotonic()
    done = home.run("doctor", "--profile", "dev", command=(namespace, "-rn", *COMMAND))
    assert time.monotonic() - before < 3 + 2  # the machine may be busy: Python takes a second
    assert (done.status, failed(done)) == (253, ["clock", "idp-host"])


def test_no_secret_is_shown(home: Home, demo: Demo) -> None:
    saml_response = demo.idp.saml_response(ADMIN)
    home.config.write_text(
        home.config.read_text(encoding="utf-8")
        + "saml_password_command = echo hunter2\naws_secret_access_key = hunter2\n",
        encoding="utf-8",
    )
    done = home.run(
        *("doctor", "--profile", "dev", "--assertion", "-", "--debug"), stdin=saml_response
    )
    shown = done.out + done.err
    assert "hunter2" not in shown
    assert not any(saml_response[at : at + 40] in shown for at in range(0, 4000, 40))


@pytest.mark.browser
def test_fresh_signs_in_and_checks_what_comes(short_home: Home, demo: Demo) -> None:
    before = len(demo.aws.calls)
    done = short_home.run(
        *("doctor", "--profile", "dev", "--fresh", "--sign-in", "silent", "--username"),
        *("aws_admin",),
        environ={"AWS_SAML_PASSWORD_COMMAND": "echo aws_admin"},
    )
    assert (done.status, failed(done)) == (0, []), done.err
    assert results(done)["sign-in"] == results(done)["signed"] == "ok"
    assert len(demo.aws.calls) == before


@pytest.mark.browser
def test_a_fresh_sign_in_that_fails_is_a_finding(short_home: Home) -> None:
    done = short_home.run(
        *("doctor", "--profile", "dev", "--fresh", "--sign-in", "silent", "--username"),
        *("aws_admin",),
        environ={"AWS_SAML_PASSWORD_COMMAND": "echo wrong"},
    )
    assert (done.status, failed(done)) == (253, ["sign-in"])
    assert "password" in done.err
    assert "skipped (no assertion)" in done.err
