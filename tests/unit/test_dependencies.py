"""The packages of others: a list that does not grow unnoticed, and only what is needed runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A browser engine's libraries included, everything that a sign-in may import.
COMMAND = """
import pkgutil, sys
from importlib import import_module

import aws_saml_ext

for module in pkgutil.walk_packages(aws_saml_ext.__path__, "aws_saml_ext."):
    if not module.name.startswith(("aws_saml_ext.demo", "aws_saml_ext.__main__")):
        import_module(module.name)
from aws_saml_ext.capture.browser import selenium_wire

selenium_wire.proxy_class()
print(sorted({"boto3", "s3transfer"} & set(sys.modules)))
"""


def test_the_command_imports_no_boto3() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", COMMAND], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout) == ("", "[]\n")


def test_only_a_function_for_programs_imports_it() -> None:
    importing = [
        path.name
        for path in sorted((ROOT / "aws_saml_ext").rglob("*.py"))
        if re.search(r"^\s*(import|from) boto3", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importing == ["extension.py"]


@pytest.mark.parametrize("verb", ["credential-process", "status"])
def test_a_verb_runs_without_it(verb: str, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['boto3'] = sys.modules['s3transfer'] = None\n"
        f"sys.argv[1:] = [{verb!r}, '--profile', 'dev']\n"
        "from aws_saml_ext.entry import entry; entry()"
    )
    (tmp_path / "config").write_text("[profile dev]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path), "AWS_CONFIG_FILE": str(tmp_path / "config")},
    )
    assert "boto3" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 253}
