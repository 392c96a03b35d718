"""The help of the program and of its verbs: examples first, 80 columns, options in groups."""

from __future__ import annotations

import textwrap

from aws_saml_ext import hints
from aws_saml_ext.cli.option_table import GLOBALS, OPTIONS
from aws_saml_ext.cli.verb_table import VERBS, Verb
from aws_saml_ext.config.table import SETTINGS

TYPE_CHECKING = False  # `typing` takes longer to import than all of this module
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aws_saml_ext.cli.option_table import Keywords

MAX_COLUMNS = 80
_INDENT = 24

_GROUPS: tuple[tuple[str, Sequence[str]], ...] = (
    ("Profile", ("profile", "every_profile", "role_patterns", "saml_profile_name")),
    ("Identity provider", ("saml_idp", "saml_idp_url", "saml_username", "saml_acs_url")),
    (
        "Role",
        ("saml_role_arn", "saml_role_selection", "saml_provider_arn", "saml_session_duration"),
    ),
    (
        "Sign-in",
        (
            *("saml_sign_in", "saml_use_browser", "saml_show_browser", "use_stored", "clean"),
            *("saml_keep_session", "saml_timeout", "assertion", "accept_issuer"),
        ),
    ),
    ("Browser", ("saml_browser", "saml_browser_binary", "saml_browser_driver")),
    ("Credentials", ("saml_store", "force", "watch", "check", "overwrite", "dry_run")),
    (
        "AWS",
        (
            *("region", "endpoint_url", "ca_bundle", "verify_ssl"),
            *("cli_read_timeout", "cli_connect_timeout"),
        ),
    ),
    (
        "Output",
        ("output", "query", "color", "quiet", "log_level", "log_file", "debug", "cli_pager"),
    ),
)
"""The groups of options, by their names in the tables; the others are the verb's own."""

_EPILOG = """\
Settings are read in this order: option, environment variable [in brackets],
profile, its [saml-idp NAME] section, default. To save one in a profile:
  {set}
These have no option:
{without}

`aws` keeps its own options, and this program reads them there. To pass every
option to this program: {all}

Exit status: 0 success, 130 stopped by you, 252 command line, 253 settings,
files or browser, 254 refused by the identity provider or STS, 255 other.
"""


def text_of(verb: Verb, *, columns: int = MAX_COLUMNS) -> str:
    """Return the help of a verb; that of the sign-in is the help of the program.

    Args:
        verb: a row of the table.
        columns: the width of the terminal; at most `MAX_COLUMNS` are used.
    """
    width = max(40, min(columns, MAX_COLUMNS))
    lines = [_usage(verb, width), "", *textwrap.wrap(_sentence(verb.about), width), ""]
    lines.append("Examples:")
    for about, command in examples(verb):
        lines += [f"  {about}:", hints.folded(f"    {command}", width)]
    lines.append("")
    if not verb.name:
        lines += [f"Verbs (more: {hints.command('help', 'VERB')}):", *_verbs(width), ""]
    for title, rows in groups(verb):
        lines += [f"{title}:", *(line for row in rows for line in _row(*row, width)), ""]
    lines.append("\n".join(_row("-h, --help", "show this help", width)))
    if not verb.name:
        lines += ["", _epilog()]
    return "\n".join(lines).rstrip() + "\n"


def examples(verb: Verb) -> Iterator[tuple[str, str]]:
    """Yield the uses of a verb, each with its command."""
    for about, words in verb.examples:
        yield about, _command(verb, *words)


def _usage(verb: Verb, width: int) -> str:
    words = f"[OPTIONS] {verb.operands}".rstrip() if verb.name else "[VERB] [OPTIONS]"
    line = f"usage: {_command(verb)} {words}"
    return textwrap.fill(
        line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _command(verb: Verb, *words: str) -> str:
    """Return the command of a verb, by the door through which this program was called."""
    build = hints.command if verb.below_aws else hints.script_command
    return build(*([verb.name] if verb.name else []), *words)


def _epilog() -> str:
    own = hints.setting_command("saml_idp_url", "URL", "NAME")
    without = "\n".join(
        f"  {setting.name} [{setting.env}]" for setting in SETTINGS if setting.flag is None
    )
    return _EPILOG.format(set=own, without=without, all=hints.script_command("OPTIONS"))


def _verbs(width: int) -> Iterator[str]:
    for verb in VERBS[1:]:
        yield from _row(verb.name, verb.about, width)
    yield from _row("help [VERB]", "show the help of the program or of a verb", width)
    yield from _row("version", "show the version", width)


def groups(verb: Verb) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each group that the verb has options of, with its rows."""
    rows = dict(_options(verb))
    grouped = {name for _, names in _GROUPS for name in names}
    own = [row for name, row in rows.items() if name not in grouped]
    if own:
        yield "Options", own
    for title, names in _GROUPS:
        if found := [rows[name] for name in names if name in rows]:
            yield title, found


def _options(verb: Verb) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the name of each option that the verb uses, with its flag and text."""
    for setting in SETTINGS:
        if setting.name in verb.settings and setting.flag:
            flag = setting.flag + (f" {setting.metavar}" if setting.value is None else "")
            text = setting.flag_help
            if setting.value is None and setting.default:
                text += f"; default {setting.default}"
            yield setting.name, (flag, text + (f" [{setting.env}]" if setting.env else ""))
    for name in verb.options:
        flag, how = OPTIONS[name]
        yield name, _flag_and_text(flag, how)
    for flag, how in GLOBALS:
        name = str(how.get("dest", flag.lstrip("-").replace("-", "_")))
        if name in verb.used_globals:
            yield name, _flag_and_text(flag, how)


def _flag_and_text(flag: str, how: Mapping[str, object] | Keywords) -> tuple[str, str]:
    metavar = how.get("metavar")
    return (f"{flag} {metavar}" if metavar else flag), str(how["help"])


def _row(flag: str, text: str, width: int) -> list[str]:
    """Return the lines of an option or a verb; its text begins at one column."""
    wrapped = textwrap.wrap(text, width - _INDENT, break_long_words=False)
    begin = f"  {flag}"
    if len(begin) > _INDENT - 2:
        return [begin, *(" " * _INDENT + line for line in wrapped)]
    first, *rest = wrapped
    return [begin.ljust(_INDENT) + first, *(" " * _INDENT + line for line in rest)]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
