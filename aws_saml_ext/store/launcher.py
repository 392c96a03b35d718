"""The launcher: the small program that a profile's `credential_process` names.

It starts Python without its site-packages (-S), which are most of a start, and answers from the
cache. It also answers `status --short`, for the prompt of a shell. Anything else goes on to the
console script.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from aws_saml_ext import hints
from aws_saml_ext.errors import ConfigError, StoreError
from aws_saml_ext.fast_path import MISSED, VERB
from aws_saml_ext.files import atomic
from aws_saml_ext.hints import SCRIPT

_WINDOWS = sys.platform == "win32"

_LAUNCHER = """\
# Written and kept up to date by aws-saml-login: answers credential-process from the cache, and
# `status --short`.
import sys

sys.path.append({package!r})
try:
    if sys.argv[1:2] == ["status"]:
        from aws_saml_ext.short_status import answer_for_prompt as answer
    else:
        from aws_saml_ext.fast_path import answer_from_cache as answer

    is_answered = answer(sys.argv[1:])
except ImportError:  # the package has moved
    is_answered = None
except KeyboardInterrupt:
    sys.exit(130)
if not is_answered:
    import os

    script = {script!r}
    first = os.environ.get("LD_LIBRARY_PATH", "").split(":")[0]
    if first and os.path.isdir(first + "/awscli"):
        # A frozen `aws` set it, and kept the person's own.
        del os.environ["LD_LIBRARY_PATH"]
        if "LD_LIBRARY_PATH_ORIG" in os.environ:
            os.environ["LD_LIBRARY_PATH"] = os.environ.pop("LD_LIBRARY_PATH_ORIG")
    if sys.argv[1:2] == [{verb!r}]:
        # So that the script does not look in the cache again, or mends this file.
        os.environ[{missed!r}] = "moved" if is_answered is None else "missed"
    try:
        os.execv(script, [script, *sys.argv[1:]])
    except OSError as error:
        sys.stderr.write("aws saml-login: [ERROR]: "
                         f"{{script}} cannot be run: {{error.strerror}}.\\n"
                         "Install aws-saml-ext again, then: {install}\\n")
        sys.exit(253)
"""


def script_path(argv0: str, *, executable: str = sys.executable, windows: bool = _WINDOWS) -> Path:
    """Return the absolute path of the console script: the one called, else that of this Python.

    Symlinks are kept: they are more stable than their targets.

    Raises:
        ConfigError: there is no script.
    """
    name = f"{SCRIPT}.exe" if windows else SCRIPT
    for path in (Path(argv0).with_name(name), Path(executable).with_name(name)):
        if path.is_file():
            return path.absolute()
    raise ConfigError(
        f"The script {name} is missing beside this program.",
        command=hints.shown("python3", "-m", "pip", "install", "aws-saml-ext"),
    )


def process_of(profile: str, *, saml_folder: Path, script: Path) -> str:
    """Return the `credential_process` of a profile.

    It names the launcher, or the console script where no launcher can be written.

    Args:
        profile: its name.
        saml_folder: ~/.aws/saml.
        script: the console script's absolute path.
    """
    program = path_in(saml_folder) if _launcher_text(script) is not None else script
    if _WINDOWS:
        return subprocess.list2cmdline([str(program), VERB, "--profile", profile])
    word = shlex.quote(str(program))
    # The SDK for Go strips quotes that both begin and end the command: so use two kinds.
    if word.startswith("'") and not re.search(r'["$`\\!]', str(program)):
        word = f'"{program}"'
    return f"{word} {VERB} --profile {shlex.quote(profile)}"


def write(*, saml_folder: Path, script: Path) -> None:
    """Write the launcher, or bring it up to date.

    Call it before a profile names it.

    Raises:
        StoreError: it cannot be written.
    """
    text = _launcher_text(script)
    path = path_in(saml_folder)
    if text is not None and atomic.read(path) != text.encode():
        atomic.write_private(path, text.encode(), executable=True)


def refresh(*, saml_folder: Path, argv0: str) -> None:
    """Bring an existing launcher up to date, as the program may have moved."""
    if path_in(saml_folder).exists():
        with suppress(ConfigError, StoreError):
            write(saml_folder=saml_folder, script=script_path(argv0))


def path_in(saml_folder: Path) -> Path:
    """Return the launcher's path below ~/.aws/saml."""
    return saml_folder / "bin" / SCRIPT


def _launcher_text(script: Path) -> str | None:
    """Return the launcher, or None where a first line cannot name this Python."""
    python = _python_outside()
    first = f"#!{python} -IS\n"
    can_be_named = re.fullmatch(r"[!-~]{1,120}\n", first.replace(" -IS", "")) is not None
    if _WINDOWS or not can_be_named:
        return None
    package = Path(__file__).resolve().parents[2]
    return first + _LAUNCHER.format(
        package=str(package),
        script=str(script),
        missed=MISSED,
        verb=VERB,
        install=hints.shown(SCRIPT, "install"),
    )


def _python_outside() -> Path:
    """Return the interpreter behind this environment, which survives a rebuild of it."""
    python = Path(sys.executable)
    while python.is_symlink() and python.is_relative_to(sys.prefix):
        python = python.parent / python.readlink()
    return python
