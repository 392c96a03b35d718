"""The command line, read by the tables of verbs, options and settings.

Only the parser of the requested verb is built. Options may stand before or after the verb; those
that the verb does not use are refused. `--help` loads nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys

from aws_saml_ext import hints
from aws_saml_ext.cli import streams
from aws_saml_ext.cli.option_table import GLOBALS, OPTIONS
from aws_saml_ext.cli.verb_table import VERBS, Verb
from aws_saml_ext.config.table import SETTINGS, Setting
from aws_saml_ext.errors import UsageError
from aws_saml_ext.text import closest, did_you_mean, quoted

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from aws_saml_ext.cli.option_table import Keywords


def parse(argv: Sequence[str]) -> tuple[Verb, dict[str, Any]]:
    """Return the verb and the options that were given, by their names.

    Raises:
        UsageError: the command line cannot be used.
        SystemExit: the help or the version was requested, and is printed (status 0).
    """
    argv, command = _without_dashes(argv)
    _check_encoding(argv)
    words = _bare_words(argv)
    names = [argv[index] for index in words]
    if "help" in names[:2]:
        about = [name for name in names if name not in {"help", "version"}]
        verb = _verb(about[0] if about else "")
        _print_help(verb, argv)
        sys.exit(0)
    if names[:1] == ["version"]:
        _print_version()
        sys.exit(0)
    verb = _verb(names[0] if names else "")
    rest = [word for index, word in enumerate(argv) if index not in words[:1]]
    if verb.takes_command:
        more = [argv[index] for index in words[1:]]
        _check_command(verb, command, more)
        return verb, {**vars(parser_of(verb).parse_args(rest)), "command": tuple(command or ())}
    return verb, vars(parser_of(verb).parse_args(rest))


def _without_dashes(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str] | None]:
    """Return our own words, and those of the command that stands behind `--`.

    `aws` drops the `--` of `aws saml-login -- OPTIONS`, a shell does not.
    """
    for _ in range(2):
        if "--" not in argv:
            break
        at = argv.index("--")
        words = _bare_words(argv[:at])
        names = [argv[index] for index in words]
        if any(verb.takes_command and names[:1] == [verb.name] for verb in VERBS):
            return argv[:at], argv[at + 1 :]
        argv = [*argv[:at], *argv[at + 1 :]]
    return argv, None


def _check_command(verb: Verb, command: Sequence[str] | None, more: Sequence[str]) -> None:
    """Check that a command stands behind `--`, and no word before it.

    `aws` would take options such as --output from a command without `--`, and lose them.

    Raises:
        UsageError: the command line has another form.
    """
    if command is None:
        problem = f"{verb.name} runs the command that stands behind --."
    elif more:
        problem = f"{verb.name} takes no word before --, such as {quoted(more[0])}."
    elif not command:
        problem = f'There is no command behind --. A shell would be: {verb.name} -- "$SHELL"'
    else:
        return
    words = command or more or ("COMMAND",)
    raise UsageError(problem, command=hints.command(verb.name, "--", *words))


def parser_of(verb: Verb) -> argparse.ArgumentParser:
    """Return the parser of one verb: its own options, and those that every verb takes."""
    parser = _Parser(verb, add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    for setting in SETTINGS:
        if setting.name in verb.settings and setting.flag:
            _add_setting(parser, setting)
    for option in verb.options:
        flag, how = OPTIONS[option]
        parser.add_argument(flag, dest=option, **how)  # type: ignore[arg-type]
    for flag, how in GLOBALS:
        parser.add_argument(flag, **how)  # type: ignore[arg-type]
    if verb.operand and not verb.takes_command:
        parser.add_argument(verb.operand, nargs="?")
    parser.add_argument("-h", "--help", action="help")
    parser.add_argument("--version", action=_Version, nargs=0)
    return parser


def _add_setting(parser: argparse.ArgumentParser, setting: Setting) -> None:
    how: Keywords = {}
    if setting.value is not None:
        how = {"action": "store_const", "const": setting.value}
    parser.add_argument(str(setting.flag), dest=setting.name, **how)  # type: ignore[arg-type]


def _check_encoding(argv: Sequence[str]) -> None:
    """Refuse arguments that are not text.

    Python turns such bytes into halves of surrogate pairs, which no file can hold.

    Raises:
        UsageError: one is not text. The option is named, the argument is not shown.
    """
    for before, word in zip(("", *argv), argv, strict=False):
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            flag = word if word.startswith("-") else before
            name = flag.partition("=")[0] if flag.startswith("-") else "An argument"
            raise UsageError(
                f"{name} is not usable: it is not text in UTF-8.", command=hints.help_command()
            )


def _bare_words(argv: Sequence[str]) -> list[int]:
    """Return the places in `argv` of words that are neither options nor values of options.

    Raises:
        UsageError: an option is unknown; the next word could be its value or a verb.
    """
    # In this order: `--profil` is meant to be `--profile`, and not `--profile-name`.
    takes_value = {flag: "action" not in how for flag, how in GLOBALS}
    takes_value |= {str(each.flag): each.value is None for each in SETTINGS if each.flag}
    takes_value |= {flag: "action" not in how for flag, how in OPTIONS.values()}
    takes_value |= dict.fromkeys(("-h", "--help", "--version"), False)
    found = []
    indexes = iter(range(len(argv)))
    for index in indexes:
        word = argv[index]
        if word == "--":
            break
        if not word.startswith("-"):
            found.append(index)
        elif word.partition("=")[0] not in takes_value:
            flag = word.partition("=")[0]
            raise UsageError(
                f"Unknown option: {flag}.{did_you_mean(flag, takes_value)}",
                command=hints.help_command(),
            )
        elif takes_value.get(word, False):
            next(indexes, None)
    return found


def _verb(name: str) -> Verb:
    for verb in VERBS:
        if verb.name == name:
            return verb
    names = [*(verb.name for verb in VERBS if verb.name), "help", "version"]
    meant = closest(name, names)
    more = f"The verbs are {', '.join(names)}." if meant is None else f"Did you mean {meant}?"
    about = meant if meant in {verb.name for verb in VERBS} else None
    raise UsageError(
        f"There is no verb {quoted(name)}. {more}",
        command=hints.help_command(*([about] if about else [])),
    )


def _print_help(verb: Verb, argv: Sequence[str]) -> None:
    from aws_saml_ext.cli import help_page, pager  # here: most runs need neither

    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = help_page.MAX_COLUMNS
    allowed = "--no-cli-pager" not in argv
    pager.write(help_page.text_of(verb, columns=columns), allowed=allowed)


class _Parser(argparse.ArgumentParser):
    def __init__(self, verb: Verb, **how: Any) -> None:
        super().__init__(prog=hints.PROGRAM, usage="", **how)
        self._verb = verb

    def format_help(self) -> str:
        """Return our own help: argparse would say that of all options."""
        from aws_saml_ext.cli import help_page

        return help_page.text_of(self._verb)

    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - argparse's own signature
        _print_help(self._verb, sys.argv[1:])

    def error(self, message: str) -> NoReturn:
        prefix = "unrecognized arguments: "
        word = message.removeprefix(prefix).partition(" ")[0]
        more = ""
        if message.startswith(prefix) and word.startswith("-"):
            options = [flag for action in self._actions for flag in action.option_strings]
            more = did_you_mean(word, options)
        raise UsageError(f"{_plain(message)}.{more}", command=hints.help_command(self._verb.name))


def _plain(message: str) -> str:
    """Return an error of argparse as the beginning of a sentence."""
    subject, _, what = message.removeprefix("argument ").partition(": ")
    if not subject.startswith("-"):
        return message[0].upper() + message[1:]
    if what == "expected one argument":
        what = "needs a value"
    elif what.startswith("ignored explicit argument"):
        what = "takes no value"
    return f"{subject.rpartition('/')[2]} {what}"


class _Version(argparse.Action):
    def __call__(self, *_: object, **__: object) -> None:
        _print_version()
        sys.exit(0)


def _print_version() -> None:
    import platform
    from importlib.metadata import version

    from aws_saml_ext import __version__

    parts = [f"aws-saml-ext/{__version__}", f"Python/{platform.python_version()}"]
    parts.append(f"{platform.system()}/{platform.release()}")
    parts += [f"{name}/{version(name)}" for name in ("botocore", "selenium", "selenium-wire")]
    streams.write(" ".join(parts) + "\n")
