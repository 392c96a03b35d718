"""
The command line: which verbs there are, which options each takes, and their help.

One parser is built, the one of the verb that was asked for: options may stand before or after the
verb, none is accepted that the verb does not use, and `--help` loads nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys

from aws_saml_ext.cli import streams
from aws_saml_ext.config.table import KEYS, Key
from aws_saml_ext.errors import UsageError

TYPE_CHECKING = False  # `typing` itself costs more than all of this module
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

PROGRAM = "aws saml-login"


class Verb:
    """One thing the program does."""

    __slots__ = ("about", "below_aws", "keys", "module", "name", "options", "options_class")

    def __init__(
        self,
        name: str,
        about: str,
        *,
        module: str,
        keys: Sequence[str] = (),
        options: Sequence[str] = (),
        options_class: str = "Options",
        below_aws: bool = True,
    ) -> None:
        self.name = name
        """How it is called; empty for the sign-in."""
        self.about = about
        self.module = module
        """The module of `cli.verbs` whose `run` does it."""
        self.keys = keys
        """The settings that it takes as options."""
        self.options = options
        """The options of `OPTIONS` that it takes besides."""
        self.options_class = options_class
        """The class in its module that holds these options."""
        self.below_aws = below_aws
        """Whether options of an `aws` above us are meant for it."""


_ALL_KEYS = tuple(key.name for key in KEYS)
_ROLE_KEYS = ("saml_role_arn", "saml_role_selection", "saml_session_duration")
_IDP_KEYS = ("saml_idp", "saml_idp_url", "saml_username")

VERBS = (
    Verb(
        "",
        "sign in at your identity provider, choose a role, store its credentials in the profile",
        module="sign_in",
        keys=_ALL_KEYS,
        options=(
            "assertion",
            "check",
            "clean",
            "force",
            "use_stored",
            "watch",
            "overwrite",
            "dry_run",
        ),
        options_class="SignInOptions",
    ),
    Verb(
        "configure",
        "write the settings of a profile: asks for them, or takes them as options",
        module="configure",
        keys=tuple(key.name for key in KEYS if key.in_profile and key.flag),
        options=("overwrite", "dry_run"),
        options_class="ConfigureOptions",
    ),
    Verb(
        "roles",
        "sign in and print the roles that are offered; STS is not asked",
        module="roles",
        keys=tuple(name for name in _ALL_KEYS if name not in (*_ROLE_KEYS, "saml_store")),
        options=("assertion", "clean"),
        options_class="RolesOptions",
    ),
    Verb("status", "what is stored, for which role, and how long it still lives", module="status"),
    Verb(
        "logout",
        "remove what a sign-in stored in the profile; the identity provider's session goes on",
        module="logout",
        keys=_IDP_KEYS,
        options=("forget_idp_session", "forget_password"),
        options_class="LogoutOptions",
    ),
    Verb(
        "credential-process",
        "the JSON of `credential_process`, which the SDKs run",
        module="credential_process",
        below_aws=False,
    ),
    Verb("undo", "take back the last change of the credentials and config files", module="undo"),
    Verb(
        "install",
        "write the alias `aws saml-login`, and the profile when --profile is given",
        module="install",
        keys=tuple(key.name for key in KEYS if key.in_profile and key.flag),
        options=("overwrite",),
        options_class="InstallOptions",
    ),
    Verb("uninstall", "take out what install put in", module="uninstall"),
    Verb(
        "demo",
        "an identity provider and an AWS on loopback, until Ctrl-C",
        module="demo",
        options=("idp_port", "aws_port"),
        options_class="DemoOptions",
    ),
)


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


OPTIONS: dict[str, tuple[str, dict[str, object]]] = {
    "assertion": (
        "--assertion",
        {
            "metavar": "FILE|-",
            "help": "a SAMLResponse (base64, the posted form, or XML) instead of a browser",
        },
    ),
    "check": (
        "--check",
        {"action": "store_true", "help": "then call GetCallerIdentity and ListBuckets"},
    ),
    "clean": (
        "--clean",
        {"action": "store_true", "help": "first forget what is remembered of this provider"},
    ),
    "force": (
        "--force",
        {"action": "store_true", "help": "renew although the stored credentials still live"},
    ),
    "use_stored": (
        "--use-stored",
        {
            "action": "store_true",
            "help": "take the remembered password and the role before, without a question",
        },
    ),
    "watch": (
        "--watch",
        {"action": "store_true", "help": "stay, and renew the keys before they end, until Ctrl-C"},
    ),
    "overwrite": (
        "--overwrite",
        {"action": "store_true", "help": "also over what somebody else put there"},
    ),
    "dry_run": (
        "--dry-run",
        {"action": "store_true", "help": "print what would change in the files, and do nothing"},
    ),
    "forget_idp_session": (
        "--forget-idp-session",
        {"action": "store_true", "help": "also remove the kept browser profile"},
    ),
    "forget_password": (
        "--forget-password",
        {"action": "store_true", "help": "also the password in the keyring"},
    ),
    "idp_port": (
        "--idp-port",
        {"metavar": "PORT", "type": _port, "help": "of the identity provider; default: a free one"},
    ),
    "aws_port": (
        "--aws-port",
        {"metavar": "PORT", "type": _port, "help": "of the AWS; default: a free one"},
    ),
}
"""Options that are no settings, by their name in the parsed options."""

_GLOBALS: tuple[tuple[str, dict[str, object]], ...] = (
    ("--profile", {"metavar": "NAME", "help": "AWS_PROFILE, AWS_DEFAULT_PROFILE, else saml"}),
    ("--region", {"metavar": "REGION", "help": "of STS; install and configure keep it"}),
    (
        "--output",
        {"metavar": "FORMAT", "help": "json, text, table or yaml; they keep it too"},
    ),
    ("--query", {"metavar": "JMESPATH", "help": "a filter of the output"}),
    ("--endpoint-url", {"metavar": "URL", "help": "of STS; they keep it, for every service"}),
    (
        "--no-verify-ssl",
        {"dest": "verify_ssl", "action": "store_false", "help": "of STS only, with a warning"},
    ),
    (
        "--ca-bundle",
        {"metavar": "FILE", "help": "the certificate authorities to believe; they keep it too"},
    ),
    ("--cli-read-timeout", {"metavar": "SECONDS", "help": "of STS; 0 waits for ever"}),
    ("--cli-connect-timeout", {"metavar": "SECONDS", "help": "of STS; 0 waits for ever"}),
    ("--color", {"choices": ("on", "off", "auto"), "help": "of tables"}),
    (
        "--debug",
        {"action": "store_true", "help": "say what is done: --log-level debug"},
    ),
    (
        "--log-level",
        {
            "choices": ("debug", "info", "warning", "error", "critical"),
            "metavar": "LEVEL",
            "help": "debug, info, warning, error or critical",
        },
    ),
    ("--quiet", {"action": "store_true", "help": "errors and questions only"}),
)


def parse(argv: Sequence[str]) -> tuple[Verb, dict[str, Any]]:
    """
    Return the verb and the options that were given, by their names.

    Raises:
        UsageError: the command line cannot be used.
        SystemExit: help or the version was asked for, and has been printed (status 0).
    """
    if argv[:1] == ["--"]:  # `aws saml-login -- OPTIONS`; `aws` drops it, a shell does not
        argv = argv[1:]
    _refuse_no_text(argv)
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
    """The parser of one verb: the options that it uses, and those that `aws` has everywhere."""
    parser = _Parser(
        prog=f"{PROGRAM} {verb.name}".rstrip(),
        usage=f"{PROGRAM} {verb.name}".rstrip()
        + (" [VERB]" if not verb.name else "")
        + " [OPTIONS]",
        description=_sentence(verb.about) + ("" if verb.name else _verbs()),
        epilog=None if verb.name else _EPILOG,
        formatter_class=_Formatter,
        add_help=False,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    settings = parser.add_argument_group(
        "settings (flag, else environment, else profile, else its [saml-idp NAME] section)"
    )
    for key in KEYS:
        if key.name in verb.keys and key.flag:
            _add_key(settings, key)
    own = parser.add_argument_group("options")
    for option in verb.options:
        flag, how = OPTIONS[option]
        own.add_argument(flag, dest=option, **how)  # type: ignore[arg-type]
    common = parser.add_argument_group("options of every verb")
    for flag, how in _GLOBALS:
        common.add_argument(flag, **how)  # type: ignore[arg-type]
    common.add_argument("-h", "--help", action="help", help="show this and end")
    common.add_argument("--version", action=_Version, nargs=0, help="show the version and end")
    return parser


def _add_key(group: argparse._ArgumentGroup, key: Key) -> None:
    if key.value is not None:
        meaning = f"{key.name} = {key.value}; {key.help}" if key.in_profile else key.help
        how: dict[str, object] = {"action": "store_const", "const": key.value}
    else:
        meaning = key.help + (f"; default {key.default}" if key.default else "")
        how = {"metavar": key.metavar}
    text = f"{meaning} [{key.env}]" if key.env else meaning
    group.add_argument(str(key.flag), dest=key.name, help=text, **how)  # type: ignore[arg-type]


def _refuse_no_text(argv: Sequence[str]) -> None:
    """Bytes that are no text come as halves of surrogate pairs, which no file of ours can hold."""
    for before, word in zip(("", *argv), argv, strict=False):
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            flag = next((each for each in (word, before) if each.startswith("-")), "A word")
            raise UsageError(
                f"{flag.partition('=')[0]} is not usable: it is no text in UTF-8.",
                hint=f"{PROGRAM} help",
            )


def _bare_words(argv: Sequence[str]) -> list[int]:
    """
    Where in `argv` the words are that are neither options nor values of options.

    Raises:
        UsageError: an option is unknown; what follows it could be its value or a verb.
    """
    takes_value = {str(key.flag): key.value is None for key in KEYS if key.flag}
    takes_value |= {flag: "action" not in how for flag, how in OPTIONS.values()}
    takes_value |= {flag: "action" not in how for flag, how in _GLOBALS}
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
            raise UsageError(f"Unknown option: {word.partition('=')[0]}.", hint=f"{PROGRAM} help")
        elif takes_value.get(word, False):
            next(indexes, None)
    return found


def _verb(name: str) -> Verb:
    for verb in VERBS:
        if verb.name == name:
            return verb
    names = ", ".join(verb.name for verb in VERBS if verb.name)
    raise UsageError(f"There is no verb {name!r}; there are {names}.", hint=f"{PROGRAM} help")


def _verbs() -> str:
    rows = "".join(f"\n  {verb.name:<20}{verb.about}" for verb in VERBS[1:])
    return f"\n\nverbs (`{PROGRAM} VERB help` says more):{rows}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


_EPILOG = """\
A setting is kept in the profile with: aws configure set saml_idp_url URL --profile NAME.
saml_password_command [AWS_SAML_PASSWORD_COMMAND], saml_mfa_command [AWS_SAML_MFA_COMMAND] and
saml_browser_arguments [AWS_SAML_BROWSER_ARGUMENTS] have no option. Through `aws`, options of `aws`
keep their meaning;
`aws saml-login -- OPTIONS` and `aws-saml-login OPTIONS` hand everything to this program.
Exit status: 0 done, 130 stopped by you, 252 command line, 253 settings, files or browser,
254 refused by the identity provider or STS, 255 anything else."""


class _Parser(argparse.ArgumentParser):
    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - argparse's own signature
        streams.write(self.format_help())

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[0].upper()}{message[1:]}.", hint=f"{self.prog} help")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """The help, as wide as the terminal; argparse would import shutil for that."""

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
