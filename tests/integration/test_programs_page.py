"""docs/programs.md: its lines of Python are run, as they stand there."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from tests.command import Done, Home, home_at

PAGE = (Path(__file__).parents[2] / "docs" / "programs.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PRINT_WHO = "\nprint(boto3.client('sts').get_caller_identity()['Arn'])\n"
WHO = "arn:aws:sts::000000000000:assumed-role/Role.User/aws_user"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(demo: Demo) -> Iterator[Home]:
    """With the page's profile, signed in to by `aws saml-login`."""
    with tempfile.TemporaryDirectory() as folder:  # its name is short, for a browser's sockets
        home = home_at(Path(folder))
        signed_in(demo, home)
        yield home


def signed_in(demo: Demo, home: Home) -> None:
    user = next(user for user in demo.idp.users if user.name == "aws_user")
    done = home.run(
        *("--profile", "dev", "--assertion", "-", "--store", "credential-process"),
        *("--endpoint-url", demo.aws_url, "--region", "eu-west-1", "--idp-url", demo.idp_url),
        stdin=demo.idp.saml_response(user),
    )
    assert done.status == 0, done.err


def run(home: Home, script: str) -> Done:
    return home.run("-W", "error::ResourceWarning", "-c", script, command=[sys.executable])


def test_the_page_has_four_pieces_of_python() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("script", BLOCKS, ids=["one line", "botocore", "default", "silent"])
def test_python_runs_as_it_stands(home: Home, script: str) -> None:
    done = run(home, script)
    assert (done.status, done.out, done.err) == (0, "", "")


def test_the_default_session_is_signed_in(home: Home) -> None:
    done = run(home, BLOCKS[2] + PRINT_WHO)
    assert (done.out, done.err) == (f"{WHO}\n", "")


@pytest.mark.browser
def test_where_a_person_is_needed_the_error_has_the_command(home: Home) -> None:
    assert home.run("logout", "--profile", "dev").status == 0
    done = run(home, BLOCKS[3])
    assert done.status == 0, done.err
    assert done.out.endswith("aws saml-login --profile dev\n")
