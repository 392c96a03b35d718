"""The commands that messages show, and the punctuation of the next step, over the whole package."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aws_saml_ext import errors, hints
from tests import package_source
from tests.package_source import nodes

MODULES = sorted(set(package_source.modules()) - {"hints"})
ERRORS = {name for name in vars(errors) if isinstance(getattr(errors, name), type)}
A_COMMAND = re.compile(r"\b(aws saml-login|aws-saml-login|aws configure) +(-|[a-z{A-Z])")


def keywords(module: str, name: str) -> Iterator[ast.expr]:
    """The values of this keyword where an error is made, both branches of a condition."""
    for node in nodes(module):
        if not isinstance(node, ast.Call) or called(node) not in {*ERRORS, "kind"}:
            continue
        for keyword in node.keywords:
            if keyword.arg == name:
                yield from branches(keyword.value)


def called(call: ast.Call) -> str:
    """The name of a function that is called, without what it is an attribute of."""
    return ast.unparse(call.func).rpartition(".")[2]


def branches(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp):
        yield from branches(value.body)
        yield from branches(value.orelse)
    else:
        yield value


def texts(module: str) -> Iterator[str]:
    """Every text of a module that is no docstring; what an f-string fills in is `{}`."""
    inside = {
        id(part)
        for node in nodes(module)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    alone = {id(node.value) for node in nodes(module) if isinstance(node, ast.Expr)}
    for node in nodes(module):
        if id(node) in inside | alone:
            continue
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            yield text_of(node)


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "{}"


def test_no_command_is_spelled_outside_of_hints() -> None:
    spelled = {name for name in MODULES if any(map(A_COMMAND.search, texts(name)))}
    assert spelled == set()


def test_no_command_of_an_error_is_a_text() -> None:
    spelled = [
        f"{name}: {ast.unparse(value)}"
        for name in MODULES
        for value in keywords(name, "command")
        if isinstance(value, (ast.Constant, ast.JoinedStr, ast.BinOp)) and text_of(value) != "None"
    ]
    assert spelled == []


def test_advice_ends_with_a_full_stop() -> None:
    unfinished = [
        f"{name}: {text}"
        for name in MODULES
        for value in keywords(name, "advice")
        if (text := text_of(value)) not in {"{}", "None"} and not text.endswith((".", "{}"))
    ]
    assert unfinished == []


WITHOUT_NEXT_STEP = {
    "capture.browser.discovery: Selenium Manager has no driver for this browser.",  # caught there
    "prompt: An answer is needed ({}), and nobody is asked.",  # renewal adds the command
    "renewal: {}",
    "renewal: The previously used role {} is no longer offered.",
}
"""Errors that never reach a person as they are made."""


def test_every_error_has_a_next_step_unless_the_person_ended_it() -> None:
    without = {
        f"{name}: {text_of(node.args[0])}"
        for name in MODULES
        for node in nodes(name)
        if isinstance(node, ast.Call)
        and called(node) in ERRORS - {"Stopped", "TerminalGone"}
        and node.args
        and {keyword.arg for keyword in node.keywords}.isdisjoint({"command", "advice", None})
    }
    assert without == WITHOUT_NEXT_STEP


def test_a_message_ends_with_a_full_stop() -> None:
    unfinished = [
        f"{name}: {text}"
        for name in MODULES
        for node in nodes(name)
        if isinstance(node, ast.Call) and called(node) in ERRORS and node.args
        for value in branches(node.args[0])
        if (text := text_of(value)) and not text.endswith((".", "{}"))
    ]
    assert unfinished == []


@pytest.fixture
def door() -> Iterator[None]:
    """Restore the door that other tests expect."""
    yield
    hints.use_door(hints.PROGRAM.split())


@pytest.mark.parametrize(
    "built",
    [
        hints.command("roles"),
        hints.script_command("credential-process"),
        hints.sign_in_command("dev", "--use-browser"),
        hints.help_command("roles"),
        hints.help_command(""),
        hints.setting_command("saml_idp_url", "URL", "dev"),
        hints.help_command(),
    ],
)
def test_a_command_has_no_full_stop(built: str) -> None:
    assert not built.endswith(".")


def test_each_word_of_a_command_is_quoted() -> None:
    profile = "my $(profile)'s"
    words = shlex.split(hints.sign_in_command(profile, "--role-arn", "*:role/Dev*"))
    assert words == ["aws", "saml-login", "--profile", profile, "--role-arn", "*:role/Dev*"]


SHELLS_THAT_FOLD = [
    path for name in ("bash", "dash", "zsh", "fish") if (path := shutil.which(name))
]
SHELLS = [path for name in ("bash", "dash", "zsh", "pwsh") if (path := shutil.which(name))]
WORDS = (
    *("dev", "my profile", "$HOME", "$(id)", "`id`", "a'b", "a'b c", "it's $5!", 'say "yes"'),
    *(
        "a\\b",
        "*:role/Dev*",
        "/^Dev.*[0-9]$/",
        "~/x",
        "a;b",
        "a&b",
        "a|b",
        "<a>",
        "#a",
        "!a",
        "a!b",
    ),
    *("@a", "jane@example.com", "=ls", "a=b", "a,b", "%a", "{a,b}", "(a)", "^a", "Ä", "", "-dash"),
    "https://idp.example.com/adfs/ls?loginToRp=urn:amazon:webservices&x=1",
)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda path: Path(path).name)
def test_a_shell_reads_the_words_of_a_command_as_they_were(shell: str) -> None:
    # PowerShell has no spelling of its own for a word with `'` and one of these.
    both = re.compile(r"'.*[$`\"\\!]")
    words = [word for word in WORDS if "pwsh" not in shell or not both.search(word)]
    line = hints.shown(sys.executable, "-c", "import sys; print(ascii(sys.argv[1:]))", *words)
    done = subprocess.run([shell, "-c", line], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == words


def test_a_sign_in_command_repeats_the_options_of_this_run(repeated: None) -> None:
    url, other = ("--idp-url", "https://idp.example.com/"), ("--idp-url", "https://b.example.com/")
    hints.repeat("dev", [url, ("--username", "jane")], ["--endpoint-url", "http://127.0.0.1:1"])
    assert hints.sign_in_command("dev", "--use-browser") == (
        "aws saml-login --profile dev --idp-url https://idp.example.com/ --username jane "
        "--use-browser --endpoint-url http://127.0.0.1:1"
    )
    assert "jane" not in hints.sign_in_command("dev", without=["--username"])
    assert hints.roles_command("dev").startswith("aws saml-login roles --profile dev --idp-url")
    assert url[1] not in hints.sign_in_command("dev", *other)
    assert hints.sign_in_command("prod") == "aws saml-login --profile prod"


@pytest.fixture
def repeated() -> Iterator[None]:
    """Let other tests repeat nothing."""
    yield
    hints.repeat("dev", (), ())


@pytest.mark.parametrize("shell", SHELLS_THAT_FOLD)
@pytest.mark.parametrize("indent", ["", "  "])
def test_a_shell_reads_a_folded_command_as_one_line(shell: str, indent: str) -> None:
    words = ["--profile", "my own", "--role-arn", "arn:aws:iam::123456789012:role/Role.Admin"]
    command = indent + hints.shown("printf", r"%s\n", *words, "it's --this", "$HOME")
    folded = hints.folded(command, 40, environ={})
    assert len(folded.splitlines()) > 1
    assert all(line.startswith(indent) for line in folded.splitlines())
    done = subprocess.run([shell, "-c", folded], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [*words, "it's --this", "$HOME"]


@pytest.mark.parametrize(
    ("columns", "environ"),
    [(None, {}), (80, {}), (20, {"PSModulePath": "/opt/modules"})],
    ids=["a pipe", "there is room", "PowerShell"],
)
def test_a_command_that_need_not_or_must_not_be_folded_is_one_line(
    columns: int | None, environ: dict[str, str]
) -> None:
    command = hints.shown("aws", "sts", "get-caller-identity", "--profile", "dev")
    assert hints.folded(command, columns, environ=environ) == command


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  aws saml-login --all", True),
        ("  '/home/jane doe/bin/aws-saml-login' logout --all", False),
        ("  /opt/bin/aws-saml-login logout --all", True),
        ("  aws s3 ls", True),
        ("  0  123456789012  Role.User", False),
        ("  dev  123456789012  Role.User", False),
        ("  ", False),
    ],
)
def test_a_command_is_told_from_a_row_by_its_program(line: str, expected: bool) -> None:
    assert hints.is_command(line) is expected


def test_a_quote_in_a_word_for_powershell_is_doubled() -> None:
    assert hints.shown("aws", "it's $5", windows=True) == "aws 'it''s $5'"


def test_a_program_in_quotes_is_called_by_an_operator_of_powershell() -> None:
    program = r"C:\Program Files\aws-saml-login.exe"
    assert hints.shown(program, "help", windows=True) == f"& '{program}' help"


def test_a_command_begins_with_the_door(door: None) -> None:
    hints.use_door(["aws-saml-login"])
    assert hints.sign_in_command("dev") == "aws-saml-login --profile dev"


def test_below_aws_the_options_of_credential_process_stand_behind_two_dashes() -> None:
    built = hints.script_command("credential-process", "--profile", "dev")
    assert built == "aws saml-login -- credential-process --profile dev"


def test_the_next_step_is_the_command_or_else_the_advice() -> None:
    both = errors.ConfigError("No.", command="aws saml-login", advice="Sign in.")
    assert (both.hint, errors.ConfigError("No.", advice="Wait.").hint) == (
        "aws saml-login",
        "Wait.",
    )
