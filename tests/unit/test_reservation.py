"""Space that is reserved on a disk before somebody types."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from aws_saml_ext.errors import StoreError
from aws_saml_ext.files.reservation import Reservation

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="another way of open files")


def open_sizes() -> list[int]:
    """The sizes of the files without a name that this process has open."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            status = os.fstat(int(descriptor.name))
        except OSError:
            continue
        if status.st_nlink == 0 and status.st_size:
            found.append(status.st_size)
    return found


def test_nothing_is_seen_in_the_folder(tmp_path: Path) -> None:
    reservation = Reservation()
    reservation.take(tmp_path / "credentials")
    assert list(tmp_path.iterdir()) == []
    reservation.release()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="of Linux: /proc")
def test_the_space_is_that_of_the_file_and_more_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_bytes(bytes(100_000))
    reservation = Reservation()
    reservation.take(path)
    assert any(size > 100_000 for size in open_sizes())
    reservation.release()
    assert not any(size > 100_000 for size in open_sizes())


def test_a_folder_that_is_still_to_be_made_has_the_space_of_the_one_above(tmp_path: Path) -> None:
    reservation = Reservation()
    reservation.take(tmp_path / "a" / "b" / "credentials")
    reservation.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/dev/null", "/"])
def test_what_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(StoreError, match="is not a regular file"):
        Reservation().take(Path(path))
