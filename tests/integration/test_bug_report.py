"""`bug-report`: shown before it is written, complete, and without secrets."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from tests.command import Home, ended, home_at, typed

ARGUMENTS = ("bug-report", "--profile", "dev", "--offline")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(demo: Demo) -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="home") as folder:
        made = home_at(Path(folder))
        made.aws.mkdir(mode=0o700)
        made.config.write_text(
            f"[profile dev]\nsaml_idp_url = {demo.idp_url}?key=hunter2\nregion = us-east-1\n"
            f"endpoint_url = {demo.aws_url}\nsaml_username = aws_user\n"
            "saml_password_command = echo aws_user\nsaml_sign_in = silent\n",
            encoding="utf-8",
        )
        yield made


def test_at_a_terminal_it_is_shown_and_written_once_somebody_agrees(home: Home) -> None:
    file = home.path / "report.txt"
    child = home.start(*ARGUMENTS, "--report-file", str(file), environ={"AWS_PAGER": ""})
    child.expect_exact("Steps, after so many seconds:")
    child.expect_exact("Write this to")
    assert not file.exists()
    child.sendline("y")
    assert ended(child)[0] == 0
    assert "idp-address" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_enter_writes_nothing(home: Home) -> None:
    file = home.path / "report.txt"
    child = home.start(*ARGUMENTS, "--report-file", str(file), environ={"AWS_PAGER": ""})
    assert ended(typed(child, ("[y/N] ", "")))[0] == 0
    assert not file.exists()


def test_a_file_that_exists_is_kept(home: Home) -> None:
    file = home.path / "report.txt"
    file.write_text("mine")
    child = home.start(*ARGUMENTS, "--report-file", str(file))
    status, shown = ended(child)
    assert (status, file.read_text()) == (253, "mine")
    assert "exists already" in shown


def test_without_a_terminal_it_goes_to_standard_output(home: Home) -> None:
    before = sorted(home.path.rglob("*"))
    done = home.run(*ARGUMENTS)
    assert done.status == 0
    assert done.out.startswith("aws saml-login, 20")
    assert "aws-saml-ext " in done.out
    assert sorted(home.path.rglob("*")) == before


@pytest.mark.browser
def test_it_has_the_findings_and_steps_of_a_sign_in_and_no_secret(home: Home) -> None:
    done = home.run("bug-report", "--profile", "dev")
    assert done.status == 0
    for part in ("ok       sign-in", "ok       signed", "Page: 127.0.0.1", "Started chrom"):
        assert part in done.out
    assert "hunter2" not in done.out
    assert str(home.path) not in done.out
