"""The pages under docs/ show settings that the program reads."""

from __future__ import annotations

import ast
import re
import shlex
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from aws_saml_ext.assertion import Assertion, Role
from aws_saml_ext.cli.parser import parse
from tests.package_source import modules, nodes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ACCOUNT = "arn:aws:iam::000000000000"


def test_the_example_of_an_assertion_is_understood() -> None:
    example = (DOCS / "examples" / "keycloak-response.xml").read_bytes()
    assertion = Assertion.parse(b64encode(example).decode())
    provider = f"{ACCOUNT}:saml-provider/SamlExampleProvider"
    assert assertion.roles == (
        Role(f"{ACCOUNT}:role/Role.User", provider),
        Role(f"{ACCOUNT}:role/Role.Admin", provider),
    )
    assert assertion.session_name == "aws_admin"
    assert assertion.issuer == "http://localhost:8080/auth/realms/aws"
    assert assertion.session_duration == timedelta(hours=8)
    assert assertion.not_on_or_after == datetime(2026, 11, 27, 9, 0, 52, tzinfo=timezone.utc)


def test_each_promise_of_the_security_page_names_a_test_that_exists() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", page)
    assert named != []
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_each_link_between_the_pages_leads_to_a_file() -> None:
    pages = [*ROOT.glob("*.md"), *DOCS.glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_map_of_the_architecture_has_every_module() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([\w/]+\.py)` \|", page, re.MULTILINE)
    package = ROOT / "aws_saml_ext"
    modules = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    assert sorted(named) == sorted(modules)


PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.glob("*.md"))]
OF_CODE = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def commands(page: str) -> set[str]:
    """Return the commands of this program that a page shows, each as one line."""
    blocks, text = OF_CODE.findall(page), OF_CODE.sub("", page)
    pieces = [line for block in blocks for line in re.sub(r"\\\n *", "", block).splitlines()]
    pieces += [re.sub(r"\s+", " ", piece) for piece in re.findall(r"`([^`]+)`", text)]
    # Up to the end of the line, a comment, or what a shell takes for the end of a command.
    pattern = r"""(?<![/\w])aws[ -]saml-login(?= |$)((?:'[^']*'|"\$\w+"|[^'"|)#;])*)"""
    found = {words.strip(" \\") for piece in pieces for words in re.findall(pattern, piece)}
    return {words for words in found if " " in words}  # not a mere name of a verb


def test_commands_of_a_page_are_found_wherever_they_stand() -> None:
    page = (
        "\n```sh\n$ aws saml-login a \\\n  -b 'x|y'  # so\n```\n"
        "`aws saml-login` or `x | aws-saml-login store -c`, `aws-saml-login d -e \\| x`"
    )
    assert commands(page) == {"a -b 'x|y'", "store -c", "d -e"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_of_a_page_is_one_of_the_program(page: Path) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        words = [word for word in shlex.split(command) if word not in {"…", "[SERVICE]"}]
        if "\N{BOX DRAWINGS LIGHT HORIZONTAL}" not in command and words[0] not in {
            "help",
            "version",
        }:
            parse(words)


def sentences() -> str:
    """Return every text of the package; f-strings without what varies."""
    texts = []
    for name in modules():
        for node in nodes(name):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            values = [part.value for part in parts if isinstance(part, ast.Constant)]
            texts.append("".join(value for value in values if isinstance(value, str)))
    return "\n".join(texts)


def is_made_of(words: str, texts: str, parts: int = 4) -> bool:
    """Return whether words are one text of the program, or a few of them in a row."""
    return words in texts or (
        parts > 1
        and any(
            words[:at] in texts and is_made_of(words[at:], texts, parts - 1)
            for at in range(len(words) - 1, 5, -1)
        )
    )


def test_each_message_of_the_troubleshooting_is_one_of_the_program() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    table = page.partition("## Troubleshooting")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`.*?) \| ", table, re.MULTILINE)
    messages = [words for cell in first_cells for words in re.findall(r"`([^`]+)`", cell)]
    assert len(messages) > 20
    pieces = [
        max(
            message.split("\N{HORIZONTAL ELLIPSIS}"),
            key=lambda piece: ("(" not in piece, len(piece)),
        )
        for message in messages
    ]
    texts = sentences()
    assert [piece for piece in pieces if not is_made_of(piece, texts)] == []
