"""The completion scripts: one template for each shell, and its tables of verbs and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_saml_ext.cli.option_table import GLOBALS, OPTIONS
from aws_saml_ext.cli.parser import parser_of
from aws_saml_ext.cli.verb_table import VERBS, Verb
from aws_saml_ext.config.flows import Flow
from aws_saml_ext.config.settings import Browser, Renewal, StoreKind
from aws_saml_ext.config.table import SETTINGS

SHELLS = ("bash", "zsh", "fish", "powershell")
_SUFFIXES = {"powershell": "ps1"}
_MARK = "@tables@"
_AWK_MARK = "@awk@"

_NAMES = {
    "profile": "profiles",
    "like": "profiles",
    "saml_idp": "nicknames",
    "saml_role_arn": "roles",
    "role_patterns": "roles",
    "saml_policy": "files",
    "source": "tools",
}
"""The options whose values are names in files, by their names in the tables."""

_WORDS: Mapping[str, Iterable[str]] = {
    "saml_browser": [each.value for each in Browser],
    "saml_sign_in": [each.value for each in Flow],
    "saml_store": [each.value for each in StoreKind],
    "saml_renewal": [each.value for each in Renewal],
    "saml_session_duration": ["1h", "4h", "8h", "12h", "max"],
    "output": ["json", "text", "table", "yaml"],
}
"""The options whose values are one of some words, where the table of options does not say so."""

_FILE_METAVARS = ("FILE", "FILE|-", "PATH")


@dataclass(frozen=True, slots=True)
class _Model:
    """The words that every shell completes."""

    verbs: Mapping[str, str]
    """Each verb with its help line."""
    options: Mapping[str, Mapping[str, str]]
    """The options of each verb with their help; that of the sign-in is empty."""
    kinds: Mapping[str, str]
    """The kind of value behind an option: `-` for nothing, `=` and words, or a kind of names."""
    operands: Mapping[str, str]
    """The words behind a verb."""
    tools: str


def text_of(shell: str) -> str:
    """Return the completion script of a shell, one of `SHELLS`."""
    suffix = _SUFFIXES.get(shell, shell)
    awk = _template("awk").rstrip("\n")
    quoted = _quoted(awk) if shell == "fish" else f"'{awk}'"  # it holds no quote of the shells
    template = _template(suffix).replace(_AWK_MARK, quoted)
    make = {"fish": _for_fish, "powershell": _for_powershell}.get(shell, _for_sh)
    return template.replace(_MARK, make(_model()).rstrip("\n"))


def _template(suffix: str) -> str:
    return Path(__file__).with_name(f"aws-saml-login.{suffix}").read_text(encoding="utf-8")


def _model() -> _Model:
    from aws_saml_ext.peers.known import NAMES as TOOLS

    about = {verb.name: verb.about for verb in VERBS if verb.name}
    about["help"] = "show the help of the program or of a verb"
    about["version"] = "show the version"
    operands = {verb.name: " ".join(SHELLS) for verb in VERBS if verb.operand == "shell"}
    operands["help"] = " ".join(verb.name for verb in VERBS if verb.name)
    return _Model(
        verbs=about,
        options={verb.name: _options(verb) for verb in VERBS},
        kinds=_kinds(),
        operands=operands,
        tools=" ".join(TOOLS),
    )


def _options(verb: Verb) -> dict[str, str]:
    """Return the options that a verb uses, each with its help."""
    unused = {
        flag
        for flag, how in GLOBALS
        if how.get("dest", flag[2:].replace("-", "_")) not in verb.used_globals
    }
    return {
        flag: _help_of(flag)
        for action in parser_of(verb)._actions
        for flag in action.option_strings
        if flag not in unused | {"-h", "--version"}
    }


def _help_of(flag: str) -> str:
    for setting in SETTINGS:
        if setting.flag == flag:
            return setting.flag_help
    for name, how in (*OPTIONS.values(), *GLOBALS):
        if name == flag:
            return str(how["help"])
    return "show this help"


def _kinds() -> dict[str, str]:
    """Return the kind of value behind each option."""
    kinds = {"-h": "-", "--help": "-", "--version": "-"}
    for setting in SETTINGS:
        if setting.flag:
            is_switch = setting.value is not None
            kinds[setting.flag] = "-" if is_switch else _kind(setting.name, setting.metavar)
    rows = [(name, flag, how) for name, (flag, how) in OPTIONS.items()]
    rows += [(flag[2:].replace("-", "_"), flag, how) for flag, how in GLOBALS]
    for name, flag, how in rows:
        if "action" in how:
            kinds[flag] = "-"
        else:
            words = getattr(how.get("type"), "names", None)
            kinds[flag] = "=" + " ".join(words) if words else _kind(name, str(how.get("metavar")))
    return kinds


def _kind(name: str, metavar: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    if name in _WORDS:
        return "=" + " ".join(_WORDS[name])
    return "files" if metavar in _FILE_METAVARS else "text"


def _for_sh(model: _Model) -> str:
    """Return the tables as bash and zsh read them."""
    options = [
        f"        ({_or_empty(verb)}) _asl_options='{' '.join(flags)}' ;;"
        for verb, flags in model.options.items()
    ]
    by_kind: dict[str, list[str]] = {}
    for flag, kind in model.kinds.items():
        by_kind.setdefault(kind, []).append(flag)
    kinds = [
        f"        ({' | '.join(flags)}) _asl_kind='{kind}' ;;" for kind, flags in by_kind.items()
    ]
    operands = [
        f"        ({verb}) _asl_operands='{words}' ;;" for verb, words in model.operands.items()
    ]
    lines = [
        f"_asl_verbs='{' '.join(model.verbs)}'",
        f"_asl_tools='{model.tools}'",
        *_function("options", options, "_asl_options=''"),
        *_function("kind", kinds, "_asl_kind=-"),
        *_function("operands", operands, "_asl_operands=''"),
    ]
    return "\n".join(lines)


def _function(name: str, cases: Iterable[str], otherwise: str) -> list[str]:
    begin = [f"_aws_saml_login_{name}() {{", "    case $1 in"]
    return [*begin, *cases, f"        (*) {otherwise} ;;", "    esac", "}"]


def _or_empty(name: str) -> str:
    return name or "''"


def _for_fish(model: _Model) -> str:
    lines = [
        f"set -g __aws_saml_login_tools {model.tools}",
        "function __aws_saml_login_verbs",
        *(
            f"    printf '%s\\t%s\\n' {name} {_quoted(about)}"
            for name, about in model.verbs.items()
        ),
        "end",
        "function __aws_saml_login_options",
        '    switch "$argv[1]"',
    ]
    for verb, flags in model.options.items():
        lines.append(f"        case {_or_empty(verb)}")
        lines += _fish_rows(flags)
    lines += ["    end", "end", "function __aws_saml_login_kind", '    switch "$argv[1]"']
    lines += [
        f"        case {flag}\n            echo '{kind}'" for flag, kind in model.kinds.items()
    ]
    lines += ["        case '*'", "            echo -", "    end", "end"]
    lines += ["function __aws_saml_login_operands", '    switch "$argv[1]"']
    lines += [
        f"        case {verb}\n            printf '%s\\n' {words}"
        for verb, words in model.operands.items()
    ]
    return "\n".join([*lines, "    end", "end"])


def _fish_rows(words: Mapping[str, str]) -> list[str]:
    """Return the lines that print words, each with its description behind a tab."""
    return [f"    printf '%s\\t%s\\n' {word} {_quoted(about)}" for word, about in words.items()]


def _quoted(text: str) -> str:
    r"""Return a text in quotes of fish, where `\'` is a quote."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _for_powershell(model: _Model) -> str:
    lines = [
        f"$awsSamlLoginVerbs = {_listed(model.verbs)}",
        f"$awsSamlLoginTools = {_listed(model.tools.split())}",
        "$awsSamlLoginOptions = @{",
        *(f"    '{verb}' = {_listed(flags)}" for verb, flags in model.options.items()),
        "}",
        "$awsSamlLoginKinds = @{",
        *(f"    '{flag}' = '{kind}'" for flag, kind in model.kinds.items()),
        "}",
        "$awsSamlLoginOperands = @{",
        *(f"    '{verb}' = {_listed(words.split())}" for verb, words in model.operands.items()),
        "}",
    ]
    return "\n".join(lines)


def _listed(words: Iterable[str]) -> str:
    return "@(" + ", ".join(f"'{word}'" for word in words) + ")"
