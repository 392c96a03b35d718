"""The completion scripts in the folders of a person's shells: written, refreshed, removed.

A file of somebody else stays. `completion-files`, in this program's own folder, lists the files and
folders that were made, so that `uninstall` removes these only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from aws_saml_ext.cli.completion.shell_scripts import text_of
from aws_saml_ext.errors import StoreError
from aws_saml_ext.files import atomic
from aws_saml_ext.hints import SCRIPT

_LIST = "completion-files"
_OURS = b"# Completion of aws-saml-login and "
_HEAD_BYTES = 200
_MAX_SECONDS = 10


def install(
    *, home: Path, folder: Path, environ: Mapping[str, str], notify: Callable[[str], None]
) -> None:
    """Write the scripts of the shells that are installed, each into its own folder.

    Args:
        home: the user's home folder.
        folder: the program's own folder.
        environ: the environment.
        notify: hears which files were written, and what is to be done by hand.

    Raises:
        StoreError: a file cannot be written.
    """
    made = _listed(folder)
    for shell, path in _places(home, environ, notify):
        if path.exists() and not _is_ours(path):
            notify(f"{path} is another program's, and stays.")
            continue
        text = text_of(shell).encode()
        if path.exists() and path.read_bytes() == text:
            continue
        try:
            folders = [each for each in reversed(path.parents) if not each.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            new = [*folders, path] if not path.exists() else []
            _save(folder, made := [*made, *(each for each in new if each not in made)])
            atomic.replace(path, text, copies=folder / "copies")
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror}.",
                advice=f"Check the permissions of {path.parent}.",
            ) from None
        notify(f"{path} is written; a new {shell} reads it.")


def refresh(folder: Path) -> None:
    """Bring the scripts that were installed up to date."""
    for path in _listed(folder):
        shell = {".fish": "fish", "": "zsh" if path.name.startswith("_") else "bash"}[path.suffix]
        if path.is_file() and _is_ours(path):
            with suppress(StoreError):
                atomic.replace(path, text_of(shell).encode(), copies=folder / "copies")


def uninstall(*, folder: Path, notify: Callable[[str], None]) -> bool:
    """Remove the scripts, and the folders that were made for them and are empty.

    Returns:
        Whether there was one.
    """
    made = _listed(folder)
    for path in reversed(made):
        if path.is_dir():
            with suppress(OSError):  # somebody else uses it
                path.rmdir()
        elif path.exists() and _is_ours(path):
            path.unlink()
            notify(f"Removed {path}.")
        elif path.exists():
            notify(f"Left {path}: it was changed since.")
    atomic.remove(folder / _LIST)
    return made != []


def _places(
    home: Path, environ: Mapping[str, str], notify: Callable[[str], None]
) -> Iterator[tuple[str, Path]]:
    """Yield each shell that is installed, with the files that it reads for both commands."""
    where = environ.get("PATH", os.defpath)
    if shutil.which("bash", path=where):
        data = _folder(environ.get("XDG_DATA_HOME"), home / ".local" / "share")
        for name in (SCRIPT, "aws"):
            yield "bash", data / "bash-completion" / "completions" / name
    if shutil.which("fish", path=where):
        config = _folder(environ.get("XDG_CONFIG_HOME"), home / ".config")
        for name in (SCRIPT, "aws"):
            yield "fish", config / "fish" / "completions" / f"{name}.fish"
    if zsh := shutil.which("zsh", path=where):
        if (place := _of_zsh(zsh, home, environ)) is not None:
            yield "zsh", place / f"_{SCRIPT}"
        else:
            notify(
                "zsh reads no folder of yours for completions. Add to ~/.zshrc, behind compinit: "
                f"source <({SCRIPT} completion zsh)"
            )


def _folder(named: str | None, default: Path) -> Path:
    return Path(named) if named and Path(named).is_absolute() else default


def _of_zsh(zsh: str, home: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the first folder below the home folder where zsh looks for completions."""
    try:
        done = subprocess.run(
            [zsh, "-ic", "print -rl -- $fpath"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_MAX_SECONDS,
            check=False,
            start_new_session=True,  # an interactive shell would take the terminal
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    folders = (Path(line) for line in done.stdout.splitlines())
    return next((each for each in folders if each.is_relative_to(home) and each.is_dir()), None)


def _listed(folder: Path) -> list[Path]:
    try:
        text = (folder / _LIST).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    return [Path(line) for line in text.splitlines() if line.startswith(os.sep)]


def _save(folder: Path, made: list[Path]) -> None:
    text = "".join(f"{path}\n" for path in made)
    atomic.write_private(folder / _LIST, text.encode())


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _OURS in file.read(_HEAD_BYTES)
    except OSError:
        return False
