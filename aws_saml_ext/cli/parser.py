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
from aws_saml_ext.cli.verb_table import GLOBALS, OPTIONS, VERBS, Verb
from aws_saml_ext.config.table import SETTINGS, Setting
from aws_saml_ext.errors import UsageError
from aws_saml_ext.text import quoted

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from aws_saml_ext.cli.verb_table import Keywords


def parse(argv: Sequence[str]) -> tuple[Verb, dict[str, Any]]:
    """Return the verb and the options that were given, by their names.

    Raises:
        UsageError: the command line cannot be used.
        SystemExit: the help or the version was requested, and is printed (status 0).
    """
    if "--" in argv:  # `aws` drops that of `aws saml-login -- OPTIONS`, a shell does not
        at = argv.index("--")
        argv = [*argv[:at], *argv[at + 1 :]]
    _check_encoding(argv)
    words = _bare_words(argv)
    names = [argv[index] for index in words]
    if "help" in names[:2]:
        names.remove("help")
        verb = _verb(names[0] if names else "")
        parser_of(verb).print_help()
        sys.exit(0)
    verb = _verb(names[0] if names else "")
    rest = [word for index, word in enumerate(argv) if index not in words[:1]]
    return verb, vars(parser_of(verb).parse_args(rest))


def parser_of(verb: Verb) -> argparse.ArgumentParser:
    """Return the parser of one verb: its own options, and those that every verb takes."""
    program = f"{hints.PROGRAM} {verb.name}".rstrip()
    parser = _Parser(
        prog=program,
        usage=f"{program} [OPTIONS]" if verb.name else f"{program} [VERB] [OPTIONS]",
        description=_sentence(verb.about) + ("" if verb.name else _verbs()),
        epilog=None if verb.name else _EPILOG,
        formatter_class=_Formatter,
        add_help=False,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    settings = parser.add_argument_group(
        "settings (read in this order: option, environment, profile, its [saml-idp NAME] section)"
    )
    for setting in SETTINGS:
        if setting.name in verb.settings and setting.flag:
            _add_setting(settings, setting)
    own = parser.add_argument_group("options")
    for option in verb.options:
        flag, how = OPTIONS[option]
        own.add_argument(flag, dest=option, **how)  # type: ignore[arg-type]
    common = parser.add_argument_group("options of every verb")
    for flag, how in GLOBALS:
        common.add_argument(flag, **how)  # type: ignore[arg-type]
    common.add_argument("-h", "--help", action="help", help="show this help and exit")
    common.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    return parser


def _add_setting(group: argparse._ArgumentGroup, setting: Setting) -> None:
    text = setting.flag_help
    if setting.value is not None:
        how: Keywords = {"action": "store_const", "const": setting.value}
    else:
        text += f"; default {setting.default}" if setting.default else ""
        how = {"metavar": setting.metavar}
    text += f" [{setting.env}]" if setting.env else ""
    group.add_argument(str(setting.flag), dest=setting.name, help=text, **how)  # type: ignore[arg-type]


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
    takes_value = {str(setting.flag): setting.value is None for setting in SETTINGS if setting.flag}
    takes_value |= {flag: "action" not in how for flag, how in OPTIONS.values()}
    takes_value |= {flag: "action" not in how for flag, how in GLOBALS}
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
            raise UsageError(
                f"Unknown option: {word.partition('=')[0]}.", command=hints.help_command()
            )
        elif takes_value.get(word, False):
            next(indexes, None)
    return found


def _verb(name: str) -> Verb:
    for verb in VERBS:
        if verb.name == name:
            return verb
    names = ", ".join(verb.name for verb in VERBS if verb.name)
    raise UsageError(
        f"There is no verb {quoted(name)}. The verbs are {names}.", command=hints.help_command()
    )


def _verbs() -> str:
    rows = "".join(f"\n  {verb.name:<20}{verb.about}" for verb in VERBS[1:])
    return f"\n\nverbs (more with `{hints.PROGRAM} VERB help`):{rows}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


_EPILOG = """\
To save a setting in a profile: aws configure set saml_idp_url URL --profile NAME
These settings have no option: saml_password_command [AWS_SAML_PASSWORD_COMMAND],
saml_mfa_command [AWS_SAML_MFA_COMMAND], saml_browser_arguments [AWS_SAML_BROWSER_ARGUMENTS].
`aws` keeps its own options, and this program reads them there. To pass every option to this
program: `aws saml-login -- OPTIONS` or `aws-saml-login OPTIONS`.
Exit status: 0 success, 130 stopped by you, 252 command line, 253 settings, files or browser,
254 refused by the identity provider or STS, 255 anything else."""


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - argparse's own signature
        streams.write(self.format_help())

    def error(self, message: str) -> NoReturn:
        verb = self.prog.removeprefix(hints.PROGRAM).strip()
        raise UsageError(f"{_plain(message)}.", command=hints.help_command(verb))


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


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """The layout of the help, as wide as the terminal; argparse would import shutil for that."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
        except (OSError, ValueError, AttributeError):
            columns = 100
        super().__init__(prog, max_help_position=30, width=max(60, min(columns, 110) - 2))


class _Version(argparse.Action):
    def __call__(self, *_: object, **__: object) -> None:
        from importlib.metadata import version

        from aws_saml_ext import __version__

        parts = ["aws-saml-ext/" + __version__]
        parts += [f"{name}/{version(name)}" for name in ("botocore", "selenium", "selenium-wire")]
        streams.write(" ".join(parts) + "\n")
        sys.exit(0)
