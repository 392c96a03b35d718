"""The options that `aws` keeps for itself, read from the `aws` process above this one.

`aws saml-login --profile prod` runs our alias without `--profile prod`: the AWS CLI takes its
global options off the line and passes on the rest (aws-cli issue 3102). Its own command line still
has them. This module reads that of the nearest `aws` among the processes above.

Two traces show that there is an `aws`: our alias passes its process id (`MARK`), and the AWS CLI
leaves its data folder in the `AWS_DATA_PATH` of every program that it starts. With either of them,
an `aws` that is not found or not readable is an error: no sign-in is better than one to a guessed
profile. Without them, an unreadable ancestor is ignored unless it is called `aws`, so that a plain
`aws-saml-login` works where the processes of other users are hidden.

Command lines of other programs can hold secrets: none is logged, shown or stored.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aws_saml_ext import fast_exec, hints
from aws_saml_ext.errors import ConfigError

MARK = "AWS_SAML_AWS_PID"

# All global options of AWS CLI 2.9 to 2.36: an abbreviation must be unique among all of them.
_WITH_VALUE = (
    "--endpoint-url",
    "--output",
    "--query",
    "--profile",
    "--region",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
    "--cli-error-format",
)
_AUTO_PROMPT, _NO_AUTO_PROMPT = "--cli-auto-prompt", "--no-cli-auto-prompt"
_SWITCHES = (
    "--debug",
    "--no-verify-ssl",
    "--no-paginate",
    "--version",
    "--no-sign-request",
    "--no-cli-pager",
    _AUTO_PROMPT,
    _NO_AUTO_PROMPT,
)

_EMPTY_IS_A_VALUE = "AWS_PAGER"  # it means: no pager

_MAX_ANCESTORS = 200  # more than any shell nests, and an end for a process table with a circle


@dataclass(frozen=True, slots=True)
class AwsGlobals:
    """The global options on the command line of `aws`; None where one is missing or empty."""

    profile: str | None = None
    region: str | None = None
    output: str | None = None
    query: str | None = None
    endpoint_url: str | None = None
    ca_bundle: str | None = None
    color: str | None = None
    cli_read_timeout: str | None = None
    cli_connect_timeout: str | None = None
    verify_ssl: bool = True
    debug: bool = False
    cli_pager: bool = True


@dataclass(frozen=True, slots=True)
class Process:
    """A running program; None for what the system does not show."""

    parent: int | None
    name: str | None
    arguments: tuple[str, ...] | None = field(repr=False)


_HIDDEN = Process(parent=None, name=None, arguments=None)

ProcessTable = Callable[[int], Process | None]
"""Return the process of an id, or None where the system shows none."""


def parse(arguments: Sequence[str]) -> AwsGlobals:
    """Return the global options in a command line, as the AWS CLI's own argparse reads them.

    Args:
        arguments: the words behind `aws`.

    Raises:
        ConfigError: `aws` itself would refuse them (an ambiguous abbreviation, a missing value).
    """
    options, _ = _parser().parse_known_args(arguments)
    return AwsGlobals(
        # `aws` too takes an empty value for none, and reads its environment then.
        profile=options.profile or None,
        region=options.region or None,
        output=options.output or None,
        query=options.query or None,
        endpoint_url=options.endpoint_url or None,
        ca_bundle=options.ca_bundle or None,
        color=options.color or None,
        cli_read_timeout=options.cli_read_timeout or None,
        cli_connect_timeout=options.cli_connect_timeout or None,
        verify_ssl=not options.no_verify_ssl,
        debug=options.debug,
        cli_pager=not options.no_cli_pager,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:  # noqa: ARG002 (it quotes the command line)
        raise _unreadable() from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="aws", add_help=False)
    for option in _WITH_VALUE:
        parser.add_argument(option)
    for option in _SWITCHES:
        parser.add_argument(option, action="store_true")
    parser.add_argument("command")
    return parser


def recovered(
    environ: Mapping[str, str],
    *,
    processes: ProcessTable | None = None,
    pid: int | None = None,
) -> AwsGlobals | None:
    """Return the options that the `aws` above kept, or None where no `aws` started this process.

    Args:
        environ: the environment before `prepare`.
        processes: the process table; None is that of the system.
        pid: the process to start from; None is this one.

    Raises:
        ConfigError: `aws` started this process, and its command line cannot be read.
    """
    arguments = _of_nearest_aws(environ, pid or os.getpid(), processes or running)
    if arguments is None:
        return None
    if _prompted(environ, arguments):
        raise ConfigError(
            "`aws` asked for its arguments at its own prompt, where they cannot be read.",
            command=hints.command("--no-cli-auto-prompt", "--profile", "NAME"),
        )
    return parse(arguments)


def _of_nearest_aws(
    environ: Mapping[str, str], pid: int, processes: ProcessTable
) -> tuple[str, ...] | None:
    """Return the arguments of the nearest `aws`; None where another run of ours is nearer."""
    mark, border = environ.get(MARK), environ.get(fast_exec.PID)
    if border == str(pid):
        return None
    lineage = _lineage(pid, processes)
    _, this = next(lineage, (pid, _HIDDEN))
    our_arguments = _behind(_OURS, this.arguments)
    for ancestor, process in lineage:
        arguments = _behind(_AWS, process.arguments)
        if arguments is not None and mark in {None, "", str(ancestor)}:
            return arguments
        if arguments is not None or _name(process.name or "") in _AWS.names:
            raise _unreadable()
        ours = _behind(_OURS, process.arguments)
        # On Windows a launcher with the same arguments is the parent; it is not another run.
        if ours is not None and ours != our_arguments and not mark:
            return None
        if border == str(ancestor):  # the command of our `exec`, which it has replaced
            break
    if mark or _data_path_of_aws(environ):
        raise _unreadable()
    return None


def _lineage(pid: int, processes: ProcessTable) -> Iterator[tuple[int, Process]]:
    """Yield this process, its parent, and so on up, as far as the system shows them."""
    for _ in range(_MAX_ANCESTORS):
        process = processes(pid)
        if process is None:
            return
        yield pid, process
        if not process.parent:
            return
        pid = process.parent


def _prompted(environ: Mapping[str, str], arguments: Sequence[str]) -> bool:
    # The AWS CLI compares whole words here, and ignores abbreviations and `--`.
    if {_NO_AUTO_PROMPT, "help"} & {*arguments}:
        return False
    return _AUTO_PROMPT in arguments or environ.get("AWS_CLI_AUTO_PROMPT", "").lower() == "on"


@dataclass(frozen=True, slots=True)
class _Program:
    """The signs of a program, which may be a script, in a command line."""

    names: frozenset[str]
    module: str
    interpreters: re.Pattern[str]


_PYTHON = re.compile(r"(python|pypy)[\w.]*")
_AWS = _Program(
    # Nix names the program behind its wrapper `.aws-wrapped`.
    names=frozenset({"aws", ".aws-wrapped"}),
    module="awscli",
    interpreters=re.compile(rf"{_PYTHON.pattern}|(ba|da|a|z|k)?sh"),
)
_OURS = _Program(
    # Not a shell script: that is somebody's wrapper, which adds arguments of its own.
    names=frozenset({"aws-saml-login"}),
    module="aws_saml_ext",
    interpreters=_PYTHON,
)
_INTERPRETER_OPTIONS_WITH_VALUE = frozenset({"-W", "-X", "-o", "--check-hash-based-pycs"})
_COMMAND_TEXT = re.compile(r"-(?![WX])[a-zA-Z]*c")
_MODULE = re.compile(r"-(?![WX])[a-zA-Z]*m")


def _behind(program: _Program, command_line: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the arguments of `program` on a command line; None for another program's."""
    if not command_line:
        return None
    first, *rest = command_line
    if _name(first) in program.names:
        return tuple(rest)
    if program.interpreters.fullmatch(_name(first)):
        return _behind_interpreter(program, iter(rest))
    return None


def _behind_interpreter(program: _Program, words: Iterator[str]) -> tuple[str, ...] | None:
    for word in words:
        if not word.startswith("-"):
            return tuple(words) if _name(word) in program.names else None
        if _MODULE.fullmatch(word):
            return tuple(words) if next(words, None) == program.module else None
        if _COMMAND_TEXT.fullmatch(word):
            return None
        if word in _INTERPRETER_OPTIONS_WITH_VALUE:
            next(words, None)
    return None


def _name(path: str) -> str:
    """Return `aws` for `/usr/bin/aws` and for `…/AWSCLIV2/aws.EXE`, with either slash."""
    return re.split(r"[/\\]", path)[-1].lower().removesuffix(".exe")


def _unreadable() -> ConfigError:
    return ConfigError(
        "`aws` keeps options such as --profile for itself, and its command line cannot be read "
        "here.",
        command=hints.command("--", "--profile", "NAME"),
    )


def running(pid: int) -> Process | None:
    """Return a process of this machine, or None where the system shows none."""
    # psutil reads Linux too, but takes longer to import than everything else here takes to run.
    return _in_proc(pid) if sys.platform == "linux" else _by_psutil(pid)


def _in_proc(pid: int) -> Process | None:
    """Read proc(5): `stat` has the name in parentheses, and behind them the parent."""
    folder = Path("/proc", str(pid))
    try:
        before, _, after = (folder / "stat").read_bytes().rpartition(b")")
        name = os.fsdecode(before.partition(b"(")[2])
        parent = int(after.split()[1])
    except (OSError, ValueError, IndexError):
        return None
    try:
        command_line = (folder / "cmdline").read_bytes()
    except OSError:
        command_line = b""
    if not command_line:
        return Process(parent, name, None)
    words = command_line.removesuffix(b"\0").split(b"\0")
    return Process(parent, name, tuple(map(os.fsdecode, words)))


def _by_psutil(pid: int) -> Process | None:
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            started, parent, name = process.create_time(), process.ppid(), process.name()
    except psutil.Error:
        return None
    try:
        # Windows keeps the id of a parent that has ended, and reuses it.
        true_parent = parent if psutil.Process(parent).create_time() <= started else None
    except psutil.Error:
        true_parent = None
    try:
        return Process(true_parent, name, tuple(process.cmdline()))
    except (psutil.Error, OSError):
        return Process(true_parent, name, None)


def prepare(environ: MutableMapping[str, str]) -> None:
    """Remove the variables that `aws` and our alias set for themselves, and empty ones of AWS.

    To be called after `recovered` and before botocore is imported.

    * the mark;
    * `AWS_DATA_PATH`: the AWS CLI's own data folder; the user's folders stay;
    * `LD_LIBRARY_PATH`: a frozen `aws` (the official Linux bundle) sets it to its own folder
      (aws-cli issue 6416) and keeps the user's, if there was one, in `LD_LIBRARY_PATH_ORIG`;
    * empty variables of AWS: botocore would take an empty `AWS_CONFIG_FILE` for a file name.
    """
    _remove_traces(environ)
    for name in [name for name in environ if name.startswith("AWS_") and not environ[name]]:
        if name != _EMPTY_IS_A_VALUE:
            del environ[name]


def _remove_traces(environ: MutableMapping[str, str]) -> None:
    """Remove what `aws` and our alias set for themselves."""
    environ.pop(MARK, None)
    of_aws = _data_path_of_aws(environ)
    if of_aws:
        folders = environ.pop("AWS_DATA_PATH").split(os.pathsep)
        kept = [folder for folder in folders if folder not in of_aws]
        if kept:
            environ["AWS_DATA_PATH"] = os.pathsep.join(kept)
    first_library_folder = environ.get("LD_LIBRARY_PATH", "").partition(os.pathsep)[0]
    if first_library_folder and Path(first_library_folder, "awscli").is_dir():
        del environ["LD_LIBRARY_PATH"]
        original = environ.pop("LD_LIBRARY_PATH_ORIG", None)
        if original is not None:
            environ["LD_LIBRARY_PATH"] = original


def _data_path_of_aws(environ: Mapping[str, str]) -> list[str]:
    """Return the folders in `AWS_DATA_PATH` that the AWS CLI added (`awscli/data`)."""
    folders = environ.get("AWS_DATA_PATH", "").split(os.pathsep)
    return [folder for folder in folders if Path(folder).parts[-2:] == ("awscli", "data")]


def without_mark(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a program to start: a copy of `environ`, prepared."""
    clean = dict(environ)
    prepare(clean)
    return clean


def as_before_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of `environ` without the traces of `aws`; all else is as the person has it."""
    clean = dict(environ)
    _remove_traces(clean)
    return clean
