"""The folders of browser profiles: whose they are, who may use them, and when they go."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from aws_saml_ext.capture.flow.remembered_choices import RememberedChoices
from aws_saml_ext.capture.kept_session import (
    adopt,
    count,
    forget,
    forget_all,
    forget_assertions,
    note_signed_in,
    opened,
)
from aws_saml_ext.capture.replay import shared_assertion
from aws_saml_ext.capture.replay.shared_assertion import SharedAssertion
from aws_saml_ext.config.settings import Browser, Settings
from aws_saml_ext.errors import BrowserError, StoreError
from tests.samples import SETTINGS
from tests.scripted_browser import page

CHROMIUM = Browser.CHROMIUM
AT_ONCE = timedelta(0)


def silent(_: str) -> None:
    """Told nothing."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(SETTINGS, saml_folder=tmp_path / ".aws" / "saml", username="jane")


def path_of(settings: Settings, browser: Browser = CHROMIUM) -> Path:
    with opened(settings, browser, notify=silent) as path:
        return path


def test_the_same_identity_provider_and_username_have_the_same_profile(settings: Settings) -> None:
    first = path_of(settings)
    (first / "cookies").touch()
    assert path_of(settings) == first
    assert (first / "cookies").exists()


def test_nobody_else_has_it(settings: Settings) -> None:
    others = [
        replace(settings, username="joe"),
        replace(settings, username=None),
        replace(settings, idp_url=settings.idp_url + "?tenant=2"),
    ]
    paths = {path_of(settings), path_of(settings, Browser.FIREFOX), *map(path_of, others)}
    assert len(paths) == 5


def test_that_of_nobody_becomes_that_of_who_signed_in_with_it(settings: Settings) -> None:
    nameless = replace(settings, username=None)
    (path_of(nameless) / "cookies").touch()
    adopt(nameless, "jane")
    assert (path_of(settings) / "cookies").exists()
    assert json.loads((path_of(settings).parent / "about.json").read_text())["username"] == "jane"
    assert not (path_of(nameless) / "cookies").exists()


def test_who_has_one_already_keeps_it(settings: Settings) -> None:
    nameless = replace(settings, username=None)
    (path_of(settings) / "theirs").touch()
    (path_of(nameless) / "cookies").touch()
    adopt(nameless, "jane")
    assert (path_of(settings) / "theirs").exists()
    assert (path_of(nameless) / "cookies").exists()


def test_one_that_is_in_use_stays_where_it_is(settings: Settings) -> None:
    nameless = replace(settings, username=None)
    with opened(nameless, CHROMIUM, notify=silent) as path:
        adopt(nameless, "jane")
        assert path.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_its_owner_can_read_it(settings: Settings) -> None:
    path = path_of(settings)
    for folder in (path, *path.parents[:4]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_a_note_says_whose_it_is(settings: Settings) -> None:
    note = path_of(settings).parent / "about.json"
    assert json.loads(note.read_text(encoding="utf-8")) == {
        "idp_url": settings.idp_url,
        "username": "jane",
        "browser": "chromium",
    }


def test_one_that_is_not_kept_is_fresh_and_goes(settings: Settings) -> None:
    once = replace(settings, keep_session=False)
    with opened(once, CHROMIUM, notify=silent) as path:
        (path / "Default").mkdir()
        assert path != path_of(settings)
    assert not path.exists()
    assert path_of(once) != path


def test_it_goes_after_an_error_too(settings: Settings) -> None:
    once = replace(settings, keep_session=False)
    with pytest.raises(RuntimeError), opened(once, CHROMIUM, notify=silent) as path:
        raise RuntimeError
    assert not path.exists()


def test_what_a_killed_sign_in_left_is_removed_by_the_next(settings: Settings) -> None:
    root = settings.saml_folder / "browser"
    (root / "fresh-0123" / "Default").mkdir(parents=True)
    (root / "fresh-0123.lock").touch()
    path_of(settings)
    assert not list(root.glob("fresh-*"))


def test_one_in_use_is_not(settings: Settings) -> None:
    with opened(replace(settings, keep_session=False), CHROMIUM, notify=silent) as path:
        path_of(settings)
        assert path.is_dir()


def left(settings: Settings, *, seconds: float) -> Path:
    """A SAMLResponse that a process of some seconds ago has left behind."""
    path = path_of(settings).with_name(shared_assertion.NAME)
    shared = SharedAssertion("digest", time.time() - seconds, ["dev"], "PD94bWw=")
    path.write_text(json.dumps(asdict(shared)))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(("seconds", "stays"), [(50, True), (61, False), (-60, False)])
def test_every_sign_in_removes_what_has_served_its_minute(
    seconds: float, stays: bool, settings: Settings
) -> None:
    assertion = left(replace(settings, username="joe"), seconds=seconds)
    path_of(settings)
    assert assertion.exists() is stays


def test_what_is_no_assertion_is_removed_too(settings: Settings) -> None:
    assertion = left(settings, seconds=0)
    assertion.write_text("{")
    path_of(settings)
    assert not assertion.exists()


def test_a_process_that_goes_on_removes_its_assertion_after_the_minute(settings: Settings) -> None:
    path = path_of(settings).with_name(shared_assertion.NAME)
    shared_assertion.put(path, SharedAssertion("digest", time.time() - 59.5, [], "PD94bWw="))
    assert path.exists()
    ends = time.monotonic() + 10
    while path.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not path.exists()


def test_fresh_ones_of_every_session_can_be_forgotten(settings: Settings) -> None:
    assertions = [left(of, seconds=0) for of in (settings, replace(settings, username="joe"))]
    forget_assertions(settings.saml_folder)
    assert not any(path.exists() for path in assertions)
    assert count(settings.saml_folder) == 2


def test_an_assertion_goes_with_the_session(settings: Settings) -> None:
    assertion = left(settings, seconds=0)
    forget(settings)
    assert not assertion.exists()


def test_another_sign_in_is_waited_for_and_that_is_said(settings: Settings) -> None:
    told: list[str] = []
    with opened(settings, CHROMIUM, notify=silent) as first:
        waited: list[Path] = []

        def wait() -> None:
            with opened(settings, CHROMIUM, notify=told.append) as path:
                waited.append(path)

        thread = threading.Thread(target=wait)
        thread.start()
        while not told:
            thread.join(0.01)
        assert waited == []
    thread.join()
    assert waited == [first]
    assert told == ["Another sign-in is using the kept browser session; waiting for it to end…"]


def test_after_that_a_fresh_one_is_used_with_a_word(settings: Settings) -> None:
    told: list[str] = []
    with (
        opened(settings, CHROMIUM, notify=silent) as kept,
        opened(settings, CHROMIUM, notify=told.append, wait=AT_ONCE) as other,
    ):
        assert other != kept
    assert not other.exists()
    assert "without the kept session" in told[-1]


def test_it_is_forgotten_for_every_browser(settings: Settings) -> None:
    paths = [path_of(settings, browser) for browser in (CHROMIUM, Browser.FIREFOX)]
    somebody_elses = path_of(replace(settings, username="joe"))
    assert forget(settings)
    assert not any(path.exists() for path in paths)
    assert somebody_elses.exists()
    assert not forget(settings)


def test_choices_that_were_remembered_are_forgotten_with_it(settings: Settings) -> None:
    shown = page("english-one-page")
    RememberedChoices(path_of(settings)).remember(shown, "Remind me later")
    assert RememberedChoices(path_of(settings)).recall(shown) == "Remind me later"
    forget(settings)
    assert RememberedChoices(path_of(settings)).recall(shown) is None


def test_one_in_use_is_not_forgotten(settings: Settings) -> None:
    with (
        opened(settings, CHROMIUM, notify=silent) as path,
        pytest.raises(BrowserError, match="is using"),
    ):
        forget(settings)
    assert path.exists()


def locked_by_nobody(settings: Settings) -> Path:
    """A folder in place of the lock file, which cannot be locked."""
    folder = path_of(settings).parent
    lock = folder.with_name(f"{folder.name}.lock")
    lock.unlink(missing_ok=True)
    lock.mkdir()
    return lock


def test_a_lock_that_is_somebody_elses_is_told_with_a_command(settings: Settings) -> None:
    lock = locked_by_nobody(settings)
    with pytest.raises(BrowserError, match="cannot be used") as raised:
        path_of(settings)
    assert str(raised.value.hint).endswith(f"ls -ld {lock.parent} {lock}")


def test_nor_is_the_profile_forgotten_then(settings: Settings) -> None:
    locked_by_nobody(settings)
    with pytest.raises(BrowserError, match="cannot be used"):
        forget(settings)


def test_what_somebody_else_left_does_not_keep_a_sign_in_from_going_on(settings: Settings) -> None:
    (settings.saml_folder / "browser" / "fresh-0123.lock").mkdir(parents=True)
    assert path_of(settings).is_dir()


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="Windows has other permissions, and root has all"
)
def test_a_folder_where_nothing_can_be_written_is_told(settings: Settings) -> None:
    root = path_of(settings).parents[1]
    root.chmod(0o500)
    try:
        for wanted in (replace(settings, username="joe"), replace(settings, keep_session=False)):
            with pytest.raises(BrowserError, match="cannot be used"):
                path_of(wanted)
    finally:
        root.chmod(0o700)


def test_of_a_short_time_half_is_left_after_the_wait(settings: Settings) -> None:
    told: list[str] = []
    short = replace(settings, timeout=timedelta(seconds=2))
    with opened(settings, CHROMIUM, notify=silent):
        began = time.monotonic()
        with opened(short, CHROMIUM, notify=told.append):
            assert time.monotonic() - began < 2
    assert "without the kept session" in told[-1]


def test_a_folder_that_cannot_be_made_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".aws").write_text("a file")
    with pytest.raises(StoreError, match="could not be made"):
        path_of(settings)


def test_a_new_one_that_nobody_signed_in_with_is_dropped(settings: Settings) -> None:
    with pytest.raises(KeyError), opened(settings, CHROMIUM, notify=silent) as path:
        raise KeyError
    assert not path.exists()
    assert count(settings.saml_folder) == 0


def test_one_that_somebody_signed_in_with_stays_after_an_error(settings: Settings) -> None:
    def sign_in() -> None:
        with opened(settings, CHROMIUM, notify=silent):
            note_signed_in(settings, CHROMIUM)
            raise KeyError

    with pytest.raises(KeyError):
        sign_in()
    assert count(settings.saml_folder) == 1


def test_one_of_before_stays_after_an_error(settings: Settings) -> None:
    path_of(settings)
    with pytest.raises(KeyError), opened(settings, CHROMIUM, notify=silent) as path:
        raise KeyError
    assert path.exists()


def test_all_are_forgotten_whoever_they_are_of(settings: Settings) -> None:
    paths = [path_of(settings), path_of(replace(settings, username="joe"), Browser.FIREFOX)]
    assert count(settings.saml_folder) == 2
    forget_all(settings.saml_folder)
    assert not any(path.exists() for path in paths)
    assert count(settings.saml_folder) == 0
