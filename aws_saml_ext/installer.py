"""
The alias `aws saml-login`, and a profile when asked: written losslessly, taken out to the byte.

The alias is one line of `~/.aws/cli/alias`, which `AWS_CONFIG_FILE` does not move. It is told from
somebody else's of that name by the variable that it sets for us, `aws_process.MARK`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext.config.aws_process import MARK, without_mark
from aws_saml_ext.config.sections import SECRETS, profile_of
from aws_saml_ext.errors import ConfigError, StoreError
from aws_saml_ext.fast_path import VERB
from aws_saml_ext.files import atomic, ini, revert, transaction
from aws_saml_ext.files.journal import Outcome
from aws_saml_ext.files.revert import Step
from aws_saml_ext.files.transaction import Change
from aws_saml_ext.store import credentials_file
from aws_saml_ext.store.cache import Cache

SCRIPT = "aws-saml-login"
_WINDOWS = sys.platform == "win32"
_SECTION, _ALIAS = "toplevel", "saml-login"
_COMMAND = "install"  # what the journal calls our entries

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
# cmd.exe, which runs aliases on Windows, knows no process ids: there the mark is empty, which is as
# good as none, and only says whose alias this is. Not tested on Windows.
_FOR_CMD = '!set "{mark}=" & "{script}"'

# What `credential_process` runs. It starts Python without its site-packages (-S), which are most of
# a start, and answers from the cache; whatever it cannot answer goes to the script.
_LAUNCHER = """\
# Written by aws-saml-login, which keeps it up to date: answers credential-process from the cache.
import sys

sys.path.append({package!r})
try:
    from aws_saml_ext.fast_path import answered

    is_answered = answered(sys.argv[1:])
except ImportError:  # it lies somewhere else by now
    is_answered = False
except KeyboardInterrupt:
    sys.exit(130)
if not is_answered:
    import os

    script = {script!r}
    first = os.environ.get("LD_LIBRARY_PATH", "").split(":")[0]
    if first and os.path.isdir(first + "/awscli"):
        # That of a frozen `aws`, which keeps the person's own.
        del os.environ["LD_LIBRARY_PATH"]
        if "LD_LIBRARY_PATH_ORIG" in os.environ:
            os.environ["LD_LIBRARY_PATH"] = os.environ.pop("LD_LIBRARY_PATH_ORIG")
    if sys.argv[1:2] == [{verb!r}]:
        sys.argv[1:] = [*sys.argv[2:], {verb!r}]  # beginning with it, it would ask the cache again
    try:
        os.execv(script, [script, *sys.argv[1:]])
    except OSError as error:
        sys.stderr.write(f"aws: [ERROR]: {{script}} cannot be run: {{error.strerror}}.\\n"
                         "Install aws-saml-ext again, then: aws-saml-login install\\n")
        sys.exit(253)
"""

_GET_AWS = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


def script_path(argv0: str, *, executable: str = sys.executable, windows: bool = _WINDOWS) -> Path:
    """
    Where the console script is that runs this program: the one called, else that of this Python.

    Symlinks are kept: where the script lies may change, where it is called less often.

    Raises:
        ConfigError: there is none.
    """
    name = f"{SCRIPT}.exe" if windows else SCRIPT
    for path in (Path(argv0).with_name(name), Path(executable).with_name(name)):
        if path.is_file():
            return path.absolute()
    raise ConfigError(
        f"The script {name} is not where this program runs from.",
        hint="python3 -m pip install aws-saml-ext",
    )


def alias(script: Path, *, windows: bool = _WINDOWS) -> str:
    """
    The alias's value for the program at `script`.

    Raises:
        ConfigError: the path cannot be written in it.
    """
    path = str(script)
    # cmd.exe puts variables in even between quotes, and knows no way to write a per cent sign.
    if not path.isprintable() or (windows and "%" in path):
        raise ConfigError(
            f"The path of {SCRIPT} has a character that an alias cannot hold: {path!r}.",
            hint="Install it in another folder.",
        )
    if windows:
        return _FOR_CMD.format(mark=MARK, script=path)
    return _FOR_SH.format(mark=MARK, script=shlex.quote(path))


def credential_process(profile: str, *, folder: Path, script: Path) -> str:
    """
    The `credential_process` of a profile: the launcher, or where there can be none the script.

    Args:
        profile: its name.
        folder: ~/.aws/saml.
        script: the console script's absolute path.
    """
    program = _launcher(folder) if _launcher_text(script) is not None else script
    if _WINDOWS:
        return subprocess.list2cmdline([str(program), VERB, "--profile", profile])
    path = shlex.quote(str(program))
    # The SDK for Go strips a command of the quotes that both begin and end it: two kinds, then.
    if path.startswith("'") and not re.search(r'["$`\\!]', str(program)):
        path = f'"{program}"'
    return f"{path} {VERB} --profile {shlex.quote(profile)}"


def write_launcher(*, folder: Path, script: Path) -> None:
    """
    Write the launcher that `credential_process` names, or bring it up to date.

    Raises:
        StoreError: it cannot be written.
    """
    text = _launcher_text(script)
    path = _launcher(folder)
    if text is not None and atomic.read(path) != text.encode():
        atomic.write_private(path, text.encode(), executable=True)


def refresh_launcher(*, folder: Path, argv0: str) -> None:
    """Bring the launcher up to date, if there is one: the program may have moved since."""
    if _launcher(folder).exists():
        with suppress(ConfigError, StoreError):
            write_launcher(folder=folder, script=script_path(argv0))


def _launcher(folder: Path) -> Path:
    return folder / "bin" / SCRIPT


def _launcher_text(script: Path) -> str | None:
    """None where a first line cannot name this Python, or (Windows) means nothing."""
    python = _python_outside()
    first = f"#!{python} -IS\n"
    can_be_named = re.fullmatch(r"[!-~]{1,120}\n", first.replace(" -IS", "")) is not None
    if _WINDOWS or not can_be_named:
        return None
    package = Path(__file__).resolve().parents[1]
    return first + _LAUNCHER.format(package=str(package), script=str(script), verb=VERB)


def _python_outside() -> Path:
    """The interpreter that this environment was made from: it stays when that is made anew."""
    python = Path(sys.executable)
    while python.is_symlink() and python.is_relative_to(sys.prefix):
        python = python.parent / python.readlink()
    return python


def is_ours(value: str) -> bool:
    """Whether an alias's value is one that we wrote."""
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
    """
    Write the alias for the program at `script`, and the changes that make the profile.

    Args:
        home: the person's home folder.
        script: the console script's absolute path.
        profile: what becomes of the config file, checks included.
        overwrite: replace an alias of somebody else, too.
        tell: hears what was written, and whether `aws` is there to use it.
        environ: where `aws` is looked for (PATH).

    Raises:
        ConfigError: there is an alias of that name which is not ours.
        StoreError: a file cannot be read or changed; all are as they were.
    """
    path = _alias_file(home)

    def refuse_anothers(toplevel: Mapping[str, str]) -> None:
        found = toplevel.get(_ALIAS)
        if found is not None and not is_ours(found.strip()) and not overwrite:
            raise ConfigError(
                f"{path} has an alias {_ALIAS} of somebody else.",
                hint="Run the same command again with --overwrite",
            )

    written = transaction.apply(
        [
            Change(path, _SECTION, {_ALIAS: alias(script)}, check=refuse_anothers),
            *profile,
        ],
        command=_COMMAND,
        folder=_saml_folder(home),
        secrets=SECRETS,
        lasting=True,
    )
    for file in written:
        notify(f"{file} is written.")
    if not written:
        notify("Everything is installed already.")
    notify(f"aws saml-login runs {script}.")
    for notice in aws_notices(environ):
        notify(notice)


def uninstall(
    *, home: Path, notify: Callable[[str], None], environ: Mapping[str, str] = os.environ
) -> None:
    """
    Take out what every `install` put in, to the byte; what others changed since stays.

    The launcher stays, too, as long as a profile names it.

    Raises:
        StoreError: a file cannot be read or changed; it is as it was.
    """
    folder = _saml_folder(home)
    touched = False
    while done := revert.revert_last(folder=folder, secrets=SECRETS, command=_COMMAND):
        touched = True
        for step in done.steps:
            notify(_described(step))
    if _without_journal(home, folder):
        touched = True
        notify(f"The alias is out of {_alias_file(home)}.")
    users = _users_of_the_launcher(home, environ)
    for profile in users:
        notify(
            f"Profile {profile} still runs this program (credential_process); without: "
            f"{SCRIPT} configure --profile {shlex.quote(profile)} --store credentials-file"
        )
    # Other config files than this one may name it: then there are indexes of their profiles.
    if not users and not Cache.of(folder).has_profiles:
        atomic.remove(_launcher(folder))
    if not touched:
        notify("There is nothing to take out.")


def _described(step: Step) -> str:
    if not step.section:
        return f"Removed {step.path}, which install had made."
    section = f"[{step.section}] in {step.path}"
    if step.outcome is Outcome.LEFT:
        return f"Left {section}: it was changed since install wrote it."
    return f"{step.outcome.value.capitalize()} {section}."


def _users_of_the_launcher(home: Path, environ: Mapping[str, str]) -> list[str]:
    """The profiles whose credentials come from here."""
    config = Path(environ.get("AWS_CONFIG_FILE") or home / ".aws" / "config")
    return [
        profile_of(section) or section
        for section, values in ini.sections(atomic.expanded(config)).items()
        if credentials_file.is_our_process(values.get("credential_process", ""))
    ]


def _without_journal(home: Path, folder: Path) -> bool:
    """Remove an alias of ours that no journal knows, or that was changed since; whether it did."""
    path = _alias_file(home)
    transaction.recover([path], folder=folder)
    found = (ini.read_section(path, _SECTION) or {}).get(_ALIAS)
    if found is None or not is_ours(found.strip()):
        return False
    without = Change(path, _SECTION, {_ALIAS: None}, remove_empty=True)
    return bool(transaction.apply([without], command="uninstall", folder=folder, secrets=SECRETS))


def _alias_file(home: Path) -> Path:
    return home / ".aws" / "cli" / "alias"


def _saml_folder(home: Path) -> Path:
    return home / ".aws" / "saml"


@dataclass(frozen=True, slots=True)
class _Aws:
    """An `aws` on the PATH; its version is None where it does not tell one."""

    path: Path
    version: str | None

    @property
    def is_2(self) -> bool:
        return self.version is not None and self.version.startswith("2.")

    def __str__(self) -> str:
        return f"{self.path} ({self.version or 'which does not tell its version'})"


def aws_notices(environ: Mapping[str, str]) -> Iterator[str]:
    """What to tell where `aws`, as a shell would find it, is not the AWS CLI version 2."""
    first: _Aws | None = None
    for path in _on_path("aws", environ):
        aws = _Aws(path, _version(path, environ))
        if aws.is_2:
            if first is not None:
                yield f"Version 2 is {path}; call it by that name, or put its folder first."
            return
        if first is None:
            first = aws
            yield f"The first aws on the PATH is {aws}; the alias needs version 2."
    if first is None:
        yield f"There is no aws on the PATH; the alias needs version 2. {SCRIPT} works without."
    yield f"How to get version 2: {_GET_AWS}"


def _on_path(name: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Every program of this name, in the order in which a shell looks for it."""
    import shutil

    seen: set[Path] = set()
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which(name, path=folder) if folder else None
        # /bin and /usr/bin are often one folder.
        if found is not None and (path := Path(found).absolute()).resolve() not in seen:
            seen.add(path.resolve())
            yield path


def _version(aws: Path, environ: Mapping[str, str]) -> str | None:
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
