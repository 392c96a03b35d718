"""Homes without locks, without space, and read-only ones: all known before anybody types."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_saml_ext.demo import Demo, running
from aws_saml_ext.demo.identity_provider import ROLE_ADMIN
from tests.command import COMMAND, Done, Home, home_at

REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running() as both:
        yield both


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = home_at(tmp_path / "home")
    home.aws.mkdir()
    return home


def arguments(demo: Demo, *more: str) -> list[str]:
    return ["--profile", "dev", "--assertion", "-", "--endpoint-url", demo.aws_url, *more]


def assertion(demo: Demo) -> str:
    idp = demo.idp
    return idp.saml_response(next(user for user in idp.users if user.name == "aws_user"))


# ---- without locks ----

WITHOUT_LOCKS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int flock(int descriptor, int operation) {
    char link[64], path[4096];
    const char *prefix = getenv("WITHOUT_LOCKS");
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    if (prefix && !strncmp(path, prefix, strlen(prefix))) { errno = ENOLCK; return -1; }
    int (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
    return real(descriptor, operation);
}
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library by which files below WITHOUT_LOCKS cannot be locked, as on some network drives."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("cc is not installed")
    source = tmp_path_factory.mktemp("shim") / "flock.c"
    source.write_text(WITHOUT_LOCKS)
    library = source.with_suffix(".so")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def test_a_home_without_locks_is_locked_elsewhere_with_one_warning(
    demo: Demo, home: Home, shim: Path
) -> None:
    environ = {"LD_PRELOAD": str(shim), "WITHOUT_LOCKS": str(home.aws)}
    done = home.run(*arguments(demo), stdin=assertion(demo), environ=environ)
    assert done.status == 0, done.err
    first, *rest = done.err.splitlines()
    assert first.startswith(f"WARNING: Files in {home.aws}/saml/")
    assert "cannot be locked (no locks available); locks are in" in first
    assert any(line.startswith("Signed in as aws_user") for line in rest)
    assert not any("cannot be locked" in line for line in rest)


def test_where_nothing_can_be_locked_the_warning_says_so(
    demo: Demo, home: Home, shim: Path
) -> None:
    environ = {"LD_PRELOAD": str(shim), "WITHOUT_LOCKS": "/"}
    done = home.run(*arguments(demo), stdin=assertion(demo), environ=environ)
    assert done.status == 0, done.err
    assert "nothing is locked: do not run this twice at once" in done.err.splitlines()[0]
    assert "aws_session_token" in home.credentials.read_text()


LOCKED_TWICE = """
import subprocess, sys
from datetime import timedelta
from pathlib import Path
from aws_saml_ext.files import locks

with locks.lock(Path(sys.argv[1]), activity="Another program has been busy", wait=timedelta(0)):
    if len(sys.argv) == 2:
        sys.exit(subprocess.run([sys.executable, *sys.argv, "again"]).returncode)
"""


def test_the_lock_elsewhere_keeps_other_programs_out(home: Home, shim: Path) -> None:
    script = home.path / "locked.py"
    script.write_text(LOCKED_TWICE)
    environ = {"LD_PRELOAD": str(shim), "WITHOUT_LOCKS": str(home.aws)}
    environ["PYTHONPATH"] = str(REPOSITORY)
    done = home.run(
        str(home.aws / "x.lock"), command=[sys.executable, str(script)], environ=environ
    )
    assert done.status == 1
    assert "LockTimeout: Another program has been busy" in done.err


# ---- in a mount of our own ----


def in_a_mount(home: Home, mounts: str, *words: str, stdin: str = "", **environ: str) -> Done:
    """Run a command in a private mount namespace, or skip where the machine makes none."""
    possible = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    if possible.returncode:
        pytest.skip("this machine makes no private mounts")
    script = f'{mounts}; exec "$@"'
    command = ["unshare", "-m", "sh", "-ec", script, "sh"]
    return home.run(*words, command=command, stdin=stdin, environ=environ, cwd=REPOSITORY)


def read_only(folder: Path) -> str:
    path = shlex.quote(str(folder))
    return f"mount --bind {path} {path}; mount -o remount,bind,ro {path}"


def test_a_read_only_home_stores_elsewhere_with_one_line_that_says_so(
    demo: Demo, home: Home, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {
        "AWS_SHARED_CREDENTIALS_FILE": str(elsewhere / "credentials"),
        "AWS_CONFIG_FILE": str(elsewhere / "config"),
        "TMPDIR": str(elsewhere),
    }
    words = [*COMMAND, *arguments(demo)]
    done = in_a_mount(home, read_only(home.path), *words, stdin=assertion(demo), **environ)
    assert done.status == 0, done.err
    first, *rest = done.err.splitlines()
    assert first.startswith(f"{home.aws}/saml cannot be written (read-only file system): this run")
    assert "set AWS_SAML_FOLDER" in first
    assert not any("read-only" in line for line in rest)
    assert "aws_session_token" in (elsewhere / "credentials").read_text()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["credentials"]
    configure = [*COMMAND, "configure", "--profile", "dev", "--idp-url", "https://idp.example.com/"]
    made = in_a_mount(home, read_only(home.path), *configure, **environ)
    assert made.status == 0, made.err
    logout = [*COMMAND, "logout", "--profile", "dev"]
    gone = in_a_mount(home, read_only(home.path), *logout, **environ)
    assert gone.status == 0, gone.err
    assert "Removed the credentials from profile dev." in gone.err
    assert "aws_session_token" not in (elsewhere / "credentials").read_text()


def test_a_read_only_home_is_told_once_for_all_profiles(
    demo: Demo, home: Home, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    section = "[profile {}]\nsaml_idp_url = https://idp.example.com/\nsaml_role_arn = {}\n"
    both = section.format("a", ROLE_ADMIN) + section.format("b", ROLE_ADMIN)
    (elsewhere / "config").write_text(both)
    environ = {
        "AWS_SHARED_CREDENTIALS_FILE": str(elsewhere / "credentials"),
        "AWS_CONFIG_FILE": str(elsewhere / "config"),
        "TMPDIR": str(elsewhere),
    }
    words = [*COMMAND, "--all", "--dry-run"]
    done = in_a_mount(home, read_only(home.path), *words, **environ)
    assert done.status == 0, done.err
    assert done.err.count("cannot be written (read-only file system)") == 1


def test_with_a_folder_of_its_own_a_read_only_home_loses_nothing(
    demo: Demo, home: Home, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = {
        "AWS_SHARED_CREDENTIALS_FILE": str(elsewhere / "credentials"),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SAML_FOLDER": str(elsewhere / "saml"),
    }
    words = [*COMMAND, *arguments(demo)]
    done = in_a_mount(home, read_only(home.aws), *words, stdin=assertion(demo), **environ)
    assert done.status == 0, done.err
    assert "read-only" not in done.err
    undone = in_a_mount(home, read_only(home.aws), *COMMAND, "undo", **environ)
    assert undone.status == 0, undone.err
    assert not (elsewhere / "credentials").exists()


def test_credentials_that_cannot_be_written_are_known_before_anybody_types(
    demo: Demo, home: Home
) -> None:
    words = [*COMMAND, *arguments(demo)]
    done = in_a_mount(home, read_only(home.aws), *words, stdin=assertion(demo))
    assert done.status == 253, done.err
    assert f"{home.credentials} could not be written: read-only file system" in done.err
    assert "Signed in" not in done.err


def test_a_full_disk_is_known_before_anybody_types(demo: Demo, home: Home) -> None:
    folder = shlex.quote(str(home.aws))
    full = f"mount -t tmpfs -o size=128k none {folder}; cat /dev/zero >{folder}/full || true"
    room = f"{full}; truncate -s 96k {folder}/full"
    words = [*COMMAND, *arguments(demo)]
    done = in_a_mount(home, room, *words, stdin=assertion(demo))
    assert "could not be written: no space left on device" in done.err
    assert "Signed in" not in done.err
    assert "Free some space on that disk" in done.err


OPENED = """
import sys
from dataclasses import replace
from pathlib import Path
from aws_saml_ext.capture import kept_session
from aws_saml_ext.config.settings import Browser
from tests.samples import SETTINGS

settings = replace(SETTINGS, saml_folder=Path(sys.argv[1]), keep_session=False)
with kept_session.opened(settings, Browser.CHROMIUM, notify=print) as folder:
    (folder / "Cookies").write_text("x")
print(folder.exists())
"""


def test_a_browser_profile_of_a_read_only_home_is_a_temporary_one(home: Home) -> None:
    words = [sys.executable, "-c", OPENED, str(home.aws / "saml")]
    temporary = home.path.with_name("tmp")
    temporary.mkdir()
    environ = {"PYTHONPATH": str(REPOSITORY), "TMPDIR": str(temporary)}
    done = in_a_mount(home, read_only(home.path), *words, **environ)
    assert done.status == 0, done.err
    assert done.out.splitlines()[-1] == "False"
    assert list(temporary.iterdir()) == []


FIREFOX = """
import sys
from pathlib import Path
from aws_saml_ext.capture.browser import firefox as engine
from tests.geckodriver import firefox, firefox_settings

with engine.start(firefox(), firefox_settings(), Path(sys.argv[1]), True) as browser:
    print(browser.driver.title == "")
"""


@pytest.mark.browser
def test_firefox_starts_in_a_read_only_home(home: Home, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    environ = {"PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-c", FIREFOX, str(profile)]
    done = in_a_mount(home, read_only(home.path), *words, **environ)
    assert (done.status, done.out) == (0, "True\n"), done.err


def test_the_config_file_may_be_the_null_device(demo: Demo, home: Home) -> None:
    words = arguments(demo)
    environ = {"AWS_CONFIG_FILE": os.devnull}
    done = home.run(*words, stdin=assertion(demo), environ=environ)
    assert done.status == 0, done.err
    refused = home.run("configure", "--profile", "dev", "--username", "jane", environ=environ)
    assert "/dev/null is not a regular file, and AWS_CONFIG_FILE names it." in refused.err
    assert refused.err.endswith("\nunset AWS_CONFIG_FILE\n")
    assert Path(os.devnull).is_char_device()
