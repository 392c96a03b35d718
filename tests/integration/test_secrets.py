"""Passwords remembered in a real keyring, and processes that really hang."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import psutil
import pytest

pytest.importorskip("keyring", reason="the package keyring is not installed")

from aws_saml_ext.store.keyring import Passwords, ask_in_a_process
from tests import secret_service
from tests.patience import until

IDP = "https://idp.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices"
PASSWORD = "Grüße, \N{KEY} of 'mine' \\ "
PATIENCE = 30.0
"""For a keyring that works, on a busy machine."""


def passwords(environ: Mapping[str, str], *, seconds: float = PATIENCE) -> Passwords:
    return Passwords(ask=partial(ask_in_a_process, environ=environ), seconds=seconds)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keyring")


@pytest.fixture(scope="module")
def unlocked(home: Path) -> Iterator[Mapping[str, str]]:
    with secret_service.running(home, password="of the keyring") as environ:
        yield environ


def test_a_password_comes_back_character_by_character(unlocked: Mapping[str, str]) -> None:
    assert passwords(unlocked).remember(IDP, "jane", PASSWORD)
    assert passwords(unlocked).recall(IDP, "jane") == PASSWORD


def test_a_newer_password_takes_the_place_of_the_older(unlocked: Mapping[str, str]) -> None:
    for password in ("older", "newer"):
        assert passwords(unlocked).remember(IDP, "newcomer", password)
    assert passwords(unlocked).recall(IDP, "newcomer") == "newer"


def test_a_forgotten_password_is_gone(unlocked: Mapping[str, str]) -> None:
    kept = passwords(unlocked)
    kept.remember(IDP, "john", "x")
    kept.forget(IDP, "john")
    assert kept.recall(IDP, "john") is None
    assert kept.why_not is None


def test_no_password_of_it_lies_open_in_the_files_of_the_keyring(
    unlocked: Mapping[str, str], home: Path
) -> None:
    assert passwords(unlocked).remember(IDP, "jack", "to-be-found-nowhere")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"to-be-found" in path.read_bytes()]


@pytest.mark.parametrize("made", [True, False], ids=["locked", "not-even-made"])
def test_a_keyring_that_would_ask_for_its_password_is_told_at_once(
    tmp_path: Path, made: bool
) -> None:
    if made:
        with secret_service.running(tmp_path, password="of the keyring"):
            pass
    with secret_service.running(tmp_path, password=None) as environ:
        kept = passwords(environ)
        assert not kept.remember(IDP, "jane", "x")
        assert kept.why_not == "The keyring cannot be used: it is locked, or not set up yet."


def test_a_session_bus_that_says_nothing_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "bus"))
        bus.listen()
        address = f"unix:path={tmp_path / 'bus'}"
        kept = passwords({**os.environ, "DBUS_SESSION_BUS_ADDRESS": address}, seconds=1)
        before = time.monotonic()
        assert kept.recall(IDP, "jane") is None
        assert kept.why_not == "The keyring cannot be used: it did not answer in 1 seconds."
        assert time.monotonic() - before < 10


def test_without_a_session_bus_there_is_no_keyring(tmp_path: Path) -> None:
    nothing = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    kept = passwords(nothing)
    assert kept.recall(IDP, "jane") is None
    assert kept.why_not is not None
    assert kept.why_not.endswith(": this machine has none, or none that runs.")


# ---- keyrings of other people, as `PYTHON_KEYRING_BACKEND` brings them in ----

OTHER = """
from keyring.backend import KeyringBackend
class Keyring(KeyringBackend):
    priority = 5
    def get_password(self, service, username):
        {body}
    def set_password(self, service, username, password):
        {body}
"""


def other_keyring(
    folder: Path, patch: pytest.MonkeyPatch, body: str, *, seconds: float = PATIENCE
) -> Passwords:
    (folder / "other_keyring.py").write_text(OTHER.format(body=body), encoding="utf-8")
    patch.syspath_prepend(folder)
    environ = {**os.environ, "PYTHON_KEYRING_BACKEND": "other_keyring.Keyring"}
    return passwords(environ, seconds=seconds)


def test_a_keyring_that_asks_at_the_terminal_finds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = other_keyring(tmp_path, monkeypatch, "import getpass; return getpass.getpass()")
    assert kept.recall(IDP, "jane") is None
    assert kept.why_not == "The keyring cannot be used: it failed (EOFError)."


def test_what_a_keyring_prints_is_no_answer_and_not_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    body = "import os; os.write(1, b'printed'); os.write(2, b'printed'); return 'told'"
    assert other_keyring(tmp_path, monkeypatch, body).recall(IDP, "jane") == "told"
    assert capfd.readouterr() == ("", "")


def test_a_keyring_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = other_keyring(tmp_path, monkeypatch, "import os; os._exit(0)")
    assert not kept.remember(IDP, "jane", "x")
    assert kept.why_not == ("The keyring cannot be used: it ended without an answer.")


def test_what_a_hanging_keyring_was_told_to_keep_is_not_kept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process_id = tmp_path / "process id"
    body = (
        f"import os, time; open({str(process_id)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    kept = other_keyring(tmp_path, monkeypatch, body, seconds=1)
    assert not kept.remember(IDP, "jane", "x")
    if process_id.exists():  # the keyring had been reached
        assert until(lambda: not psutil.pid_exists(int(process_id.read_text())))


def test_a_keyring_module_of_the_working_folder_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keyring.py").write_text("open('taken', 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    passwords({"PATH": os.environ["PATH"], "HOME": str(tmp_path)}).recall(IDP, "jane")
    assert not (tmp_path / "taken").exists()
