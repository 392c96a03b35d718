"""The pages under docs/ show settings that the program reads."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from pathlib import Path

from aws_saml_ext.assertion import Assertion, Role

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
