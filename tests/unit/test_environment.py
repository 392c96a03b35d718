"""The environment that a browser gets, and whether there is a display."""

from __future__ import annotations

from pathlib import Path

import pytest

from aws_saml_ext.capture.browser.environment import (
    at_home,
    browser_environment,
    has_display,
    needs_home,
)


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "win32", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "192.0.2.7 1 192.0.2.8 22"}, "darwin", False),
    ],
)
def test_knows_whether_a_window_can_be_shown(
    environ: dict[str, str], platform: str, expected: bool
) -> None:
    assert has_display(environ, platform) is expected


@pytest.mark.parametrize(
    "name",
    [
        *("SSLKEYLOGFILE", "SSLDEBUGFILE", "MOZ_LOG", "MOZ_LOG_FILE", "NSPR_LOG_FILE"),
        *("NSPR_LOG_MODULES", "MOZ_PROFILER_STARTUP", "CHROME_LOG_FILE", "moz_log"),
    ],
)
def test_a_browser_does_not_write_down_keys_headers_or_addresses(name: str) -> None:
    kept = {"PATH": "/bin", "MOZ_ENABLE_WAYLAND": "1"}
    assert browser_environment({name: "/tmp/x", **kept}) == kept


def test_a_home_that_cannot_be_written_is_known(tmp_path: Path) -> None:
    assert not needs_home({"HOME": str(tmp_path)})
    assert needs_home({"HOME": str(tmp_path / "missing")})
    assert not needs_home({})  # Windows has none


def test_another_home_has_its_folders_below_it(tmp_path: Path) -> None:
    before = {"HOME": "/home/jane", "XDG_CONFIG_HOME": "/home/jane/.config", "LANG": "C"}
    assert at_home(before, tmp_path) == {"HOME": str(tmp_path), "LANG": "C"}
