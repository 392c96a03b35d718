"""The lock between processes: waited for, given up, freed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import TypeVar

import pytest

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import locks

T = TypeVar("T")
AT_ONCE = timedelta(0)
ACTIVITY = "Another program has been busy"


def take(path: Path, **options: object) -> None:
    with locks.lock(path, activity=ACTIVITY, **options):  # type: ignore[arg-type]
        pass


def in_another_thread(act: Callable[[], T]) -> T:
    with ThreadPoolExecutor() as threads:
        return threads.submit(act).result()


def test_a_free_lock_is_taken_without_a_wait(tmp_path: Path) -> None:
    waits: list[str] = []
    take(tmp_path / "a" / "lock", on_wait=lambda: waits.append("wait"))
    assert waits == []


def test_a_lock_is_free_after_its_context(tmp_path: Path) -> None:
    take(tmp_path / "lock")
    in_another_thread(lambda: take(tmp_path / "lock", wait=AT_ONCE))


def test_without_a_time_to_wait_a_held_lock_is_given_up_at_once(tmp_path: Path) -> None:
    waits: list[str] = []
    with locks.lock(tmp_path / "lock", activity="x"), pytest.raises(locks.LockTimeout):
        in_another_thread(
            lambda: take(tmp_path / "lock", wait=AT_ONCE, on_wait=lambda: waits.append("wait"))
        )
    assert waits == []


def test_a_held_lock_is_waited_for(tmp_path: Path) -> None:
    waiting = Event()
    with ThreadPoolExecutor() as threads:
        with locks.lock(tmp_path / "lock", activity="x"):
            other = threads.submit(lambda: take(tmp_path / "lock", on_wait=waiting.set))
            assert waiting.wait(20)
        other.result(timeout=20)


def test_the_timeout_names_the_activity_its_time_and_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "a lock"
    with locks.lock(path, activity="x"), pytest.raises(locks.LockTimeout) as raised:
        in_another_thread(lambda: take(path, wait=timedelta(seconds=1)))
    assert str(raised.value).startswith(f"{ACTIVITY} for 1 second.")
    assert raised.value.command == f"fuser '{path}'"


def test_a_lock_that_cannot_be_made_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as raised:
        take(tmp_path / "file" / "lock")
    assert not isinstance(raised.value, locks.LockTimeout)
