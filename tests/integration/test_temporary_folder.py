"""A machine where no folder takes temporary files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import COMMAND, home_at

# Everything that Python would try, read-only, in a mount namespace of its own; but a writable home.
READ_ONLY = """
for folder in /tmp /var/tmp; do
    mount --bind $folder $folder && mount -o remount,ro,bind $folder || exit 99
done
mount -t tmpfs none "$HOME" && cd /proc && exec "$@"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a mount namespace")
@pytest.mark.parametrize("options", [(), ("roles",)])
def test_it_is_told_before_the_browser_starts(options: tuple[str, ...], tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine makes no mount namespace")
    home = home_at(tmp_path / "home")
    browser = tmp_path / "browser"
    started = Path("/dev/shm", f"started-{tmp_path.name}")
    browser.write_text(f"#!/bin/sh\ntouch {started}\n")
    browser.chmod(0o755)
    done = home.run(
        *options,
        "--idp-url=https://idp.example.com/",
        f"--browser-binary={browser}",
        command=("unshare", "-m", "sh", "-c", READ_ONLY, "sh", *COMMAND),
        environ={"TMPDIR": "/nowhere"},
    )
    assert done.status == 253, done.err
    assert "There is no folder for temporary files" in done.err
    assert "export TMPDIR=" in done.err
    assert "Traceback" not in done.err
    assert not started.exists()
