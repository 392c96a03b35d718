"""The man page of the command, made from the tables that the parser and the help read.

`setup.py` writes it when the package is built. It loads nothing that must be installed first.
"""

from __future__ import annotations

from aws_saml_ext import __version__, hints
from aws_saml_ext.cli import help_page
from aws_saml_ext.cli.verb_table import VERBS, Verb
from aws_saml_ext.config.table import SETTINGS

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_NAME = f"{hints.SCRIPT}.1"

_DESCRIPTION = f"""\
{hints.PROGRAM} signs you in to AWS through the SAML identity provider of your company, in a
real browser, and stores temporary credentials in a profile that every AWS tool can read.

{hints.SCRIPT} is the same program without aws in front. aws keeps its own options for itself, and
this program reads them from the command line of the aws above it. {hints.PROGRAM} -- OPTIONS
passes every option to this program."""

_EXIT_STATUSES = (
    ("0", "success"),
    ("130", "stopped by you: Ctrl-C, a closed window, the end of input at a question"),
    ("252", "the command line cannot be used"),
    ("253", "settings, files, the browser or a missing person stand in the way"),
    ("254", "the identity provider or STS refused"),
    ("255", "anything else: a time-out, the network, a bug"),
    ("129, 143", "SIGHUP, SIGTERM"),
)

_FILES = (
    ("~/.aws/credentials", "a sign-in sets its keys in the profile; every other byte stays"),
    ("~/.aws/config", "the settings of profiles, and [saml-idp NAME] sections"),
    ("~/.aws/cli/alias", "install writes the line saml-login"),
    ("~/.aws/saml/", "kept sessions, cached credentials, locks, the data of undo and uninstall"),
)


def text(released: str) -> str:
    """Return the man page in the language of troff.

    Args:
        released: the date of the version, YYYY-MM-DD.
    """
    title, version = _escaped(hints.SCRIPT.upper()), _escaped(__version__)
    first, *paragraphs = _DESCRIPTION.split("\n\n")
    lines = [
        f'.TH {title} 1 {released} "aws-saml-ext {version}"',
        ".SH NAME",
        _escaped(f"{hints.SCRIPT} - sign in to AWS through your own SAML identity provider"),
        ".SH SYNOPSIS",
        *_synopsis(hints.PROGRAM),
        ".br",
        *_synopsis(hints.SCRIPT),
        ".SH DESCRIPTION",
        _escaped(first),
        *(line for paragraph in paragraphs for line in (".PP", _escaped(paragraph))),
        ".SH VERBS",
    ]
    for verb in VERBS:
        lines += _verb(verb)
    lines += [
        *('.SS "help"', ".B help", "[VERB]", ".PP", "Show the help of the program or of a verb."),
        *('.SS "version"', "Show the version."),
        ".SH SETTINGS",
        _escaped(
            "Settings are read in this order: option, environment variable, profile, its "
            "[saml-idp NAME] section, default. An empty variable counts as unset."
        ),
    ]
    for setting in SETTINGS:
        if setting.in_profile:
            names = f"{setting.name}, {setting.env}" + (f", {setting.flag}" if setting.flag else "")
            default = f"; default {setting.default}" if setting.default else ""
            lines += _item(names, setting.help + default)
    lines.append(".SH EXIT STATUS")
    for status, meaning in _EXIT_STATUSES:
        lines += _item(status, meaning)
    lines.append(".SH FILES")
    for path, use in _FILES:
        lines += _item(path, use)
    lines += [".SH SEE ALSO", r".BR aws (1)"]
    return "\n".join(lines) + "\n"


def _synopsis(door: str) -> Iterator[str]:
    yield f".B {_escaped(door)}"
    yield r"[\fIVERB\fR] [\fIOPTIONS\fR]"


def _verb(verb: Verb) -> Iterator[str]:
    yield f'.SS "{_escaped(verb.name or "(no verb)")}"'
    if verb.operands:
        yield f".B {_escaped(verb.name)}"
        yield rf"[\fIOPTIONS\fR] {_escaped(verb.operands)}"
        yield ".PP"
    yield _escaped(f"{verb.about[0].upper()}{verb.about[1:]}.")
    for _, rows in help_page.groups(verb):
        for flag, about in rows:
            yield from _item(flag, about)
    yield ".PP"
    yield "Examples:"
    for about, command in help_page.examples(verb):
        yield from (".PP", _escaped(f"{about}:"), ".RS 4", ".EX", _escaped(command), ".EE", ".RE")


def _item(tag: str, about: str) -> Iterator[str]:
    yield from (".TP", rf"\fB{_escaped(tag)}\fR", _escaped(about))


def _escaped(words: str) -> str:
    r"""Return text that troff prints as it is.

    A hyphen becomes \- so that options can be copied and searched for; a first dot or quote would
    begin a request.
    """
    for letter, name in (("\\", r"\e"), ("-", r"\-"), ("'", r"\(aq"), ('"', r"\(dq")):
        words = words.replace(letter, name)
    words = words.replace("^", r"\(ha").replace("~", r"\(ti").replace("`", r"\(ga")
    return rf"\&{words}" if words.startswith(".") else words
