"""The program's own folders: private, and real ones."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aws_saml_ext.capture import kept_session
from aws_saml_ext.config.settings import Browser
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic, locks
from aws_saml_ext.paths import own_folders
from aws_saml_ext.store.cache import Cache
from tests.samples import SETTINGS
from tests.stored import ISSUED, REQUEST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


def save_credentials(saml: Path) -> None:
    Cache(saml).save(REQUEST, ISSUED)


def take_a_lock(saml: Path) -> None:
    with locks.lock(saml / "cache" / "x.lock", activity="x"):
        pass


def open_a_browser_profile(saml: Path) -> None:
    settings = replace(SETTINGS, saml_folder=saml, keep_session=True)
    with kept_session.opened(settings, Browser.CHROMIUM, notify=print):
        pass


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that others may read, by the wish of its owner."""
    folder = tmp_path / "srv" / "shared"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture
def saml(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / ".aws" / "saml"
    folder.parent.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("link", "act"),
    [
        ("", save_credentials),
        ("", take_a_lock),
        ("", open_a_browser_profile),
        ("cache", save_credentials),
        ("cache", take_a_lock),
        ("browser", open_a_browser_profile),
    ],
)
def test_one_that_is_a_link_is_refused_and_its_target_untouched(
    link: str, act: Callable[[Path], None], saml: Path, elsewhere: Path
) -> None:
    (saml / link).parent.mkdir(exist_ok=True)
    (saml / link).symlink_to(elsewhere)
    with pytest.raises(StoreError, match="is a symbolic link") as refused:
        act(saml)
    assert refused.value.exit_status == 253
    assert list(elsewhere.iterdir()) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def test_a_link_above_them_is_the_users_own(tmp_path: Path, elsewhere: Path) -> None:
    (tmp_path / ".aws").symlink_to(elsewhere)
    assert atomic.make_private_folder(tmp_path / ".aws" / "saml")
    assert stat.S_IMODE((elsewhere / "saml").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/home/jane/.aws/saml/cache/x", [".aws/saml", ".aws/saml/cache", ".aws/saml/cache/x"]),
        ("/home/jane/.aws/saml", [".aws/saml"]),
        ("/home/jane/.aws", []),
        ("/home/saml/.aws", []),
    ],
)
def test_those_that_are_the_programs_own(path: str, own: list[str]) -> None:
    assert own_folders(Path(path)) == tuple(Path("/home/jane", folder) for folder in own)


def test_so_is_the_one_that_the_variable_names() -> None:
    environ = {"AWS_SAML_FOLDER": "/var/lib/saml login"}
    folder = Path("/var/lib/saml login")
    assert own_folders(folder / "cache", environ) == (folder, folder / "cache")


def test_the_null_device_is_read_as_an_empty_file() -> None:
    assert atomic.read(Path("/dev/null")) == b""
