"""`store`: credentials through a pipe from another machine's `env --format process`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from tests.command import COMMAND, CREDENTIALS_BY_HAND, SCRIPT, Done, Home, home_at
from tests.profiles_at_demo import signed_in

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pipe of sh")


@dataclass(frozen=True)
class Laptop:
    """A home with a profile that is signed in to, and what `env` prints there."""

    home: Home
    demo: Demo
    printed: str


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    home = home_at(tmp_path_factory.mktemp("laptop") / "home")
    with running() as demo:
        signed_in(home, demo)
        printed = home.run("env", "--profile", "dev", "--format", "process").out
        yield Laptop(home, demo, printed)


@pytest.fixture
def devbox(tmp_path: Path) -> Home:
    home = home_at(tmp_path / "devbox")
    home.aws.mkdir()
    home.credentials.write_text(CREDENTIALS_BY_HAND)
    return home


def of_a_peer(laptop: Laptop, **changed: object) -> str:
    """The JSON of aws-vault or `aws configure export-credentials`, which name no role."""
    values = {**json.loads(laptop.printed), **changed}
    return json.dumps({name: values[name] for name in values if "Arn" not in name}, indent=2)


def store(devbox: Home, text: str, *options: str, profile: str = "dev") -> Done:
    return devbox.run("store", "--profile", profile, *options, stdin=text)


def test_the_pipe_stores_the_credentials_and_changes_nothing_else(
    laptop: Laptop, devbox: Home
) -> None:
    """`sh -c` with another HOME stands in place of ssh."""
    far = f"HOME={devbox.path} {SCRIPT} store --profile dev"
    pipe = f"{SCRIPT} env --format process --profile dev | sh -c '{far}'"
    done = laptop.home.run("sh", "-c", pipe, command=())
    assert (done.status, done.out) == (0, "")
    assert ":assumed-role/Role.User/aws_admin are stored in profile dev of " in done.err
    stored = devbox.credentials.read_text()
    assert stored.startswith(CREDENTIALS_BY_HAND)
    assert stored.count("\n[") == CREDENTIALS_BY_HAND.count("\n[") + 1
    who = devbox.run("status", "--profile", "dev", "--output", "json")
    assert json.loads(who.out)["Profiles"][0]["RoleArn"].endswith(":role/Role.User")


def test_undo_takes_them_back(laptop: Laptop, devbox: Home) -> None:
    assert store(devbox, laptop.printed).status == 0
    assert devbox.run("undo").status == 0
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND


def test_logout_removes_them(laptop: Laptop, devbox: Home) -> None:
    assert store(devbox, laptop.printed).status == 0
    assert devbox.run("logout", "--profile", "dev").status == 0
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND


def test_sts_is_asked_whose_a_peers_credentials_are(laptop: Laptop, devbox: Home) -> None:
    options = ("--endpoint-url", laptop.demo.aws_url)
    done = store(devbox, of_a_peer(laptop), *options)
    assert done.status == 0
    assert ":assumed-role/Role.User/aws_admin are stored" in done.err


def test_without_an_answer_of_sts_they_are_stored_all_the_same(
    laptop: Laptop, devbox: Home
) -> None:
    done = devbox.run(
        *("store", "--profile", "dev", "--endpoint-url", "http://127.0.0.1:9"),
        stdin=of_a_peer(laptop),
        environ={"AWS_MAX_ATTEMPTS": "1"},
    )
    assert done.status == 0
    assert done.err.startswith("Whose credentials they are is not known: ")
    assert json.loads(laptop.printed)["SessionToken"] in devbox.credentials.read_text()
    assert len(json.loads(devbox.run("status").out)["Profiles"]) == 1
    assert devbox.run("logout", "--profile", "dev").status == 0
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND


def test_a_dry_run_shows_the_change_and_masks_the_secrets(laptop: Laptop, devbox: Home) -> None:
    done = store(devbox, laptop.printed, "--dry-run")
    assert done.status == 0
    assert "+[dev]" in done.out
    assert json.loads(laptop.printed)["SessionToken"] not in done.out
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND


def test_long_lived_keys_are_overwritten_only_where_that_is_wanted(
    laptop: Laptop, devbox: Home
) -> None:
    done = store(devbox, laptop.printed, profile="default")
    assert done.status == 253
    assert "long-lived keys" in done.err
    assert "store --profile default-received" in done.err
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND
    assert store(devbox, laptop.printed, "--overwrite", profile="default").status == 0


def test_a_profile_with_our_process_is_not_hidden(laptop: Laptop, devbox: Home) -> None:
    process = "credential_process = /x/aws-saml-login credential-process --profile dev"
    devbox.config.write_text(f"[profile dev]\n{process}\n")
    done = store(devbox, laptop.printed)
    assert done.status == 253
    assert "would hide" in done.err
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND


@pytest.mark.parametrize("text", ["", "no json", "{}", "x" * 70_000], ids=len)
def test_what_is_no_credentials_is_refused(devbox: Home, text: str) -> None:
    done = store(devbox, text)
    assert (done.status, done.out) == (252, "")
    assert devbox.credentials.read_text() == CREDENTIALS_BY_HAND


def test_expired_credentials_are_refused(laptop: Laptop, devbox: Home) -> None:
    past = datetime.now(timezone.utc) - timedelta(seconds=1)
    done = store(devbox, of_a_peer(laptop, Expiration=past.isoformat()))
    assert done.status == 252
    assert "have expired" in done.err


def test_a_terminal_is_no_place_for_credentials(devbox: Home) -> None:
    child = devbox.start("store", "--profile", "dev", command=COMMAND)
    child.expect_exact("standard input, which is a terminal")
    child.wait()
    assert child.exitstatus == 252
