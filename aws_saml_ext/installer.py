"""Install and uninstall the alias `aws saml-login` and, on request, a profile, losslessly.

The alias is one line of `~/.aws/cli/alias`, which `AWS_CONFIG_FILE` does not move. The variable
that it sets, `aws_process.MARK`, tells it from another program's alias of that name.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext import hints
from aws_saml_ext.config.aws_process import MARK, without_mark
from aws_saml_ext.config.sections import SECRETS, config_section, profile_of
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.files import atomic, ini, revert, transaction
from aws_saml_ext.files.journal import Outcome
from aws_saml_ext.files.revert import Step
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.hints import SCRIPT
from aws_saml_ext.paths import Paths
from aws_saml_ext.store import launcher
from aws_saml_ext.store.cache import Cache
from aws_saml_ext.store.profile import PROCESS, is_our_process

_WINDOWS = sys.platform == "win32"
_SECTION, _ALIAS = "toplevel", "saml-login"
_COMMAND = "install"  # the label of the journal's entries

# * A function keeps a shell between `aws` and us. At Ctrl-C `aws` kills its child after 0.25 s;
#   a plain command would be that child where sh is bash, and no browser would be put away.
# * LD_LIBRARY_PATH is put back before Python starts, and only where its first folder is that of a
#   frozen `aws`, which has the AWS CLI's own data in it. See `aws_process.prepare`.
_FOR_SH = (
    '!f() {{ if [ -d "${{LD_LIBRARY_PATH%%:*}}/awscli" ]; then unset LD_LIBRARY_PATH; '
    'if [ -n "${{LD_LIBRARY_PATH_ORIG+set}}" ]; then '
    'export LD_LIBRARY_PATH="$LD_LIBRARY_PATH_ORIG"; fi; unset LD_LIBRARY_PATH_ORIG; fi; '
    '{mark}=$PPID {script} "$@"; }}; f'
)
# cmd.exe, which runs aliases on Windows, knows no process ids: the mark is empty there, and only
# says whose alias this is. Not tested on Windows.
_FOR_CMD = '!set "{mark}=" & "{script}"'

_GET_AWS = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


def alias(script: Path, *, windows: bool = _WINDOWS) -> str:
    """Return the alias's value for the program at `script`.

    Raises:
        ConfigError: an alias cannot hold the path.
    """
    path = str(script)
    # cmd.exe expands variables even between quotes, and cannot escape a per cent sign.
    if not path.isprintable() or (windows and "%" in path):
        raise ConfigError(
            f"The path of {SCRIPT} has a character that an alias cannot hold: {path!r}.",
            advice="Install it in another folder.",
        )
    if windows:
        return _FOR_CMD.format(mark=MARK, script=path)
    return _FOR_SH.format(mark=MARK, script=shlex.quote(path))


def is_ours(value: str) -> bool:
    """Return whether this program wrote an alias's value."""
    return value.startswith("!") and re.search(rf"\b{MARK}=", value) is not None


def install(
    *,
    home: Path,
    script: Path,
    profile: Sequence[Change] = (),
    overwrite: bool = False,
    notify: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Write the alias for the program at `script`, and the changes that make the profile.

    Args:
        home: the user's home folder.
        script: the console script's absolute path.
        profile: the changes of the config file, checks included.
        overwrite: replace another program's alias of that name.
        notify: hears the files that were written, and whether `aws` is installed.
        environ: the environment, for PATH.

    Raises:
        ConfigError: another program's alias has that name.
        StoreError: a file cannot be read or changed. All files are unchanged.
    """
    path = Paths.of(home).alias

    def check(toplevel: Mapping[str, str]) -> None:
        found = toplevel.get(_ALIAS)
        if found is not None and not is_ours(found.strip()) and not overwrite:
            raise ConfigError(
                f"{path} has another alias called {_ALIAS}.",
                advice="To replace it, run the same command with --overwrite.",
            )

    written = transaction.apply(
        [
            Change(path, _SECTION, {_ALIAS: alias(script)}, check=check),
            *profile,
        ],
        command=_COMMAND,
        folder=Paths.of(home).saml,
        secrets=SECRETS,
        lasting=True,
    )
    for file in written:
        notify(f"{file} is written.")
    if not written:
        notify("Already installed.")
    notify(f"{hints.PROGRAM} runs {script}.")
    for notice in aws_notices(environ):
        notify(notice)


def uninstall(
    *,
    home: Path,
    notify: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
    program_goes: bool = False,
) -> None:
    """Remove everything that `install` wrote, to the byte; later changes of others stay.

    The launcher stays as long as a profile names it.

    Args:
        home: the home folder.
        notify: gets a line for each change.
        environ: the environment.
        program_goes: whether the program is removed next, so that no line may name a command of it.

    Raises:
        StoreError: a file cannot be read or changed. It is unchanged.
    """
    folder = Paths.of(home).saml
    touched = False
    while done := revert.revert_last(folder=folder, secrets=SECRETS, command=_COMMAND):
        touched = True
        for step in done.steps:
            notify(_described(step))
    if _without_journal(home, folder):
        touched = True
        notify(f"The alias is out of {Paths.of(home).alias}.")
    users = _users_of_the_launcher(home, environ)
    for profile in users:
        command = hints.command("configure", "--profile", profile, "--store", "credentials-file")
        cure = f"Remove {PROCESS} from [{config_section(profile)}]." if program_goes else ""
        notify(
            f"Profile {profile} still runs this program ({PROCESS}). "
            + (cure or f"Without it:\n  {command}")
        )
    # Other config files than this one may name it: then there are indexes of their profiles.
    if not users and not Cache(folder, environ=environ).has_profiles:
        atomic.remove(launcher.path_in(folder))
    if not touched:
        notify("Nothing to uninstall.")


def _described(step: Step) -> str:
    if not step.section:
        return f"Removed {step.path}, which install had made."
    section = f"[{step.section}] in {step.path}"
    if step.outcome is Outcome.LEFT:
        return f"Left {section}: it was changed since install wrote it."
    return f"{step.outcome.value.capitalize()} {section}."


def _users_of_the_launcher(home: Path, environ: Mapping[str, str]) -> list[str]:
    """Return the profiles whose `credential_process` runs this program."""
    config = Path(environ.get("AWS_CONFIG_FILE") or home / ".aws" / "config")
    return [
        profile_of(section) or section
        for section, values in ini.sections(atomic.expanded(config)).items()
        if is_our_process(values.get(PROCESS, ""))
    ]


def _without_journal(home: Path, folder: Path) -> bool:
    """Remove an alias of ours that no journal entry removes; return whether there was one."""
    path = Paths.of(home).alias
    transaction.recover([path], folder=folder)
    found = (ini.read_section(path, _SECTION) or {}).get(_ALIAS)
    if found is None or not is_ours(found.strip()):
        return False
    # The header stays: without the journal, nobody knows who wrote it.
    without = Change(path, _SECTION, {_ALIAS: None})
    return bool(transaction.apply([without], command="uninstall", folder=folder, secrets=SECRETS))


@dataclass(frozen=True, slots=True)
class _Aws:
    """An `aws` on the PATH; its version is None where it cannot be read."""

    path: Path
    version: str | None

    @property
    def is_2(self) -> bool:
        return self.version is not None and self.version.startswith("2.")

    def __str__(self) -> str:
        return f"{self.path} (version {self.version or 'unknown'})"


def aws_notices(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield notices for a person whose `aws`, as a shell finds it, is not version 2."""
    first: _Aws | None = None
    for path in programs_on_path("aws", environ):
        aws = _Aws(path, version_of(path, environ))
        if aws.is_2:
            if first is not None:
                yield f"Version 2 is {path}; call it by that name, or put its folder first."
            return
        if first is None:
            first = aws
            yield f"The first aws on the PATH is {aws}; the alias needs version 2."
    if first is None:
        yield f"No aws on the PATH; the alias needs version 2. {SCRIPT} works without."
    yield f"How to get version 2: {_GET_AWS}"


def programs_on_path(name: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield every program of this name, in the order of the PATH."""
    import shutil

    seen: set[Path] = set()
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which(name, path=folder) if folder else None
        # /bin and /usr/bin are often one folder.
        if found is not None and (path := Path(found).absolute()).resolve() not in seen:
            seen.add(path.resolve())
            yield path


def version_of(aws: Path, environ: Mapping[str, str]) -> str | None:
    """Return the version that an `aws` tells; None where it tells none."""
    try:
        answer = subprocess.run(
            [aws, "--version"],
            env=without_mark(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Old releases of version 1 answer on standard error.
    told = re.search(r"aws-cli/([\w.]+)", answer.stdout + answer.stderr)
    return told.group(1) if told else None
