"""The checks of this machine: programs, folders, files. Nothing is changed, nobody is called."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from aws_saml_ext import __version__, hints, installer
from aws_saml_ext.checks.findings import Looked, Problem, Skipped
from aws_saml_ext.cli.doctor.examination import UNREADABLE, Examination
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import ini
from aws_saml_ext.store import holder

_PACKAGES = ("botocore", "selenium", "seleniumwire")
_MIN_FREE, _FEW_FREE = 5_000_000, 100_000_000  # bytes
_OTHERS = 0o077
"""The permissions of everybody but the owner."""
_GET_AWS = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


def python(_: Examination) -> Iterator[Looked]:
    """Yield packages that are missing beside this program."""
    version = ".".join(map(str, sys.version_info[:3]))
    for package in _PACKAGES:
        if find_spec(package) is None:
            name = "selenium-wire" if package == "seleniumwire" else package
            yield Problem(
                f"The package {name} is not installed beside this program.",
                command=hints.shown(sys.executable, "-m", "pip", "install", name),
            )
    yield f"aws-saml-ext {__version__}, Python {version} at {sys.executable}."


def aws(examination: Examination) -> Iterator[Looked]:
    """Yield an `aws` without aliases, and an alias that runs something else."""
    yield from _alias(examination)
    versions = examination.versions
    found = versions.aws
    if found is None:
        yield Problem(
            f"There is no aws on the PATH; {hints.SCRIPT} works without it.",
            advice=f"Install version 2: {_GET_AWS}",
            is_warning=True,
        )
    elif not found.is_2:
        version = f"version {found.version}" if found.version else "of an unknown version"
        yield Problem(
            f"{found.path} is {version}, and aliases need version 2; {hints.SCRIPT} works without.",
            advice=f"Install version 2: {_GET_AWS}",
            is_warning=True,
        )
    elif not versions.is_first_aws:
        yield Problem(
            f"The first aws on the PATH is not version 2, which is {found.path}.",
            advice=f"Call it by that name, or put {found.path.parent} first.",
            is_warning=True,
        )
    else:
        yield f"aws {found.version} at {found.path}."


def _alias(examination: Examination) -> Iterator[Looked]:
    install = hints.shown(hints.SCRIPT, "install")
    try:
        value = (ini.read_section(examination.paths.alias, "toplevel") or {}).get("saml-login", "")
    except StoreError as error:
        yield Problem(str(error), command=error.command, advice=error.advice)
        return
    if not value:
        return
    if not installer.is_ours(value.strip()):
        yield Problem(
            f"The alias saml-login in {examination.paths.alias} is another program's.",
            command=f"{install} --overwrite",
            is_warning=True,
        )
    elif (script := _script_of(value)) is not None and not os.access(script, os.X_OK):
        yield Problem(f"The alias saml-login runs {script}, which is not there.", command=install)


def _script_of(alias: str) -> Path | None:
    """Return the program that our alias runs; None on Windows, where it is not read."""
    _, mark, command = alias.rpartition("=$PPID ")
    try:
        words = shlex.split(command.rpartition(";")[0])
    except ValueError:
        return None
    return Path(words[0]) if mark and words else None


def display(examination: Examination) -> Iterator[Looked]:
    """Yield that no window can be shown."""
    from aws_saml_ext.capture.browser.environment import has_display

    if has_display(examination.environ):
        yield "A window can be shown."
        return
    flow = examination.settings.sign_in if examination.settings else Flow.AUTO
    if flow is Flow.WINDOW:
        yield Problem(
            "saml_sign_in is window, and there is no display to show one.",
            advice="Use --sign-in terminal, or set DISPLAY.",
        )
    elif flow is Flow.AUTO:
        yield Problem(
            "There is no display: pages that the terminal cannot show, such as a CAPTCHA or a "
            "security key, end the sign-in.",
            advice="Set DISPLAY where one is reachable (ssh -X), or sign in on another machine.",
            is_warning=True,
        )


def keyring(examination: Examination) -> Iterator[Looked]:
    """Yield that no password can be remembered, though the keyring's package is installed."""
    if find_spec("keyring") is None:
        yield "The package keyring is not installed: passwords are not remembered."
        return
    if sys.platform == "linux" and not examination.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        yield Problem(
            "There is no D-Bus session (DBUS_SESSION_BUS_ADDRESS), so no keyring of a desktop can "
            "be reached.",
            advice="Sign in from the desktop, or use saml_password_command.",
            is_warning=True,
        )


def disk(examination: Examination) -> Iterator[Looked]:
    """Yield folders without space."""
    # Not `tempfile.gettempdir`, which tries to write.
    temporary = Path(examination.environ.get("TMPDIR") or "/tmp")  # noqa: S108 - the default of it
    folders = (examination.paths.saml, *([temporary] if os.name == "posix" else []))
    for folder in folders:
        existing = next(each for each in (folder, *folder.parents) if each.exists())
        free = shutil.disk_usage(existing).free
        if free < _FEW_FREE:
            yield Problem(
                f"Only {free // 1_000_000} MB are free in {existing}.",
                advice="Free some space: a browser needs about 100 MB.",
                is_warning=free >= _MIN_FREE,
            )


def permissions(examination: Examination) -> Iterator[Looked]:
    """Yield files that cannot be written or that others can read, and locks held for ever."""
    paths = examination.paths
    files = (examination.config_file, examination.credentials_file, paths.alias)
    folders = (paths.aws, paths.saml)
    for path in (*files, *folders):
        if path.exists():
            yield from _ownership(path)
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            yield Problem(
                f"{folder} is no folder.", command=hints.shown("mv", str(folder), f"{folder}.old")
            )
    for file in files:
        if file.parent.exists() and not os.access(file.parent, os.W_OK):
            yield Problem(
                f"The folder {file.parent} is read-only, so {file.name} cannot be changed.",
                command=hints.shown("chmod", "u+w", str(file.parent)),
            )
    yield from _readable_by_others(examination.credentials_file, "600")
    yield from _readable_by_others(paths.saml, "700")
    for note in (paths.saml / "cache").glob("*.holder"):
        if holder.is_stopped(note):
            yield Problem(
                f"A program that renews these credentials is stopped ({note}).",
                advice="Continue it (fg), or end it.",
            )


def _ownership(path: Path) -> Iterator[Looked]:
    if hasattr(os, "geteuid") and path.stat().st_uid != os.geteuid():
        yield Problem(
            f"{path} belongs to another user.",
            command=hints.shown("sudo", "chown", str(os.geteuid()), str(path)),
        )
    elif not os.access(path, os.W_OK):
        yield Problem(f"{path} is read-only.", command=hints.shown("chmod", "u+w", str(path)))


def _readable_by_others(path: Path, mode: str) -> Iterator[Looked]:
    if os.name == "posix" and path.exists() and path.stat().st_mode & _OTHERS:
        yield Problem(
            f"Other users of this machine may read {path}.",
            command=hints.shown("chmod", mode, str(path)),
            is_warning=True,
        )


def without_settings(_: Examination) -> Iterator[Looked]:
    """Yield the reason why a check of settings cannot look."""
    yield Skipped(UNREADABLE)


CHECKS: Mapping[str, Callable[[Examination], Iterator[Looked]]] = MappingProxyType(
    {
        "python": python,
        "aws": aws,
        "display": display,
        "keyring": keyring,
        "disk": disk,
        "permissions": permissions,
    }
)
"""Every check by its name, but for those of the browser."""
